#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Every command of the table: as it should be written, with hostile words,
# without root, without modules, and where sysfs is not what it was.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }

setup()
{
	use_tree both
	export FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1" FAKE_PAUSE=:
	export FAKE_MAP=$RNBDCTL_SYSFS/block/rnbd9
	cd "$repo" || return
}

# matrix MODE: without a network, where names of hosts are looked for in vain
matrix()
{
	run env LD_PRELOAD="$BATS_FILE_TMPDIR/preload.so" \
		unshare --net --map-current-user "$repo/tests/rnbdctl/matrix" "$rnbdctl" "$1"
	echo "$output"
	[ "$status" = 0 ]
}

@test "each command does what it should where all is well" {
	matrix sound
}

@test "no word makes a command crash, hang, write, or reach the terminal" {
	matrix hostile
}

@test "without root exactly those which change something are refused" {
	matrix nobody
}

@test "without modules each command says which it misses" {
	matrix bare
}

@test "whatever sysfs holds, commands end well or say why not" {
	matrix stale
}
