# SPDX-License-Identifier: GPL-2.0
# The modules of Linux 6.12 at one end, ours at the other. The end stands in the
# name: vm-long-interop-linux-server.bats is this file too.

bats_require_minimum_version 1.5.0
load lib/bed
load lib/disk
load lib/interop

export BED_SERVER_DISKS=32M
linux=$(basename "$BATS_TEST_FILENAME" .bats)
linux=${linux##*-}

setup_file()	{ bed_up "upstream-$linux" && topo && need_stamp; }
teardown_file()	{ bed_down; }
teardown()	{ net_restore; net_repair; guard; }

@test "it is Linux's modules which are loaded at one end, and ours at the other" {
	both_ends
	for machine in client server; do
		version=$(on $machine sh -c 'cat /sys/module/rtrs_core/version 2>/dev/null || :')
		if [ $machine = "$linux" ]; then
			[ "$version" != "$(cat "$BED_TOP/VERSION")" ]
		else
			[ "$version" = "$(cat "$BED_TOP/VERSION")" ]
		fi
	done
}

@test "verified writes over one path, keys renewed" {
	verified_io Y 0
}

@test "verified writes over two paths, keys renewed" {
	verified_io Y 0 1
}

@test "verified writes over two paths, keys kept" {
	verified_io N 0 1
}

@test "paths disconnected and reconnected under writes, keys renewed" {
	reconnected_under_writes Y
}

@test "paths disconnected and reconnected under writes, keys kept" {
	reconnected_under_writes N
}

@test "a network falls silent under writes: no error, no byte lost" {
	# Linux's client takes longer to notice
	cut_under_writes Y "$([ "$linux" = client ] && echo 90 || echo 30)"
}
