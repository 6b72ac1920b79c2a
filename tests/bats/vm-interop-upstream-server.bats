# SPDX-License-Identifier: GPL-2.0
# Our client with the server of Linux 6.12.

bats_require_minimum_version 1.5.0
load lib/bed
load lib/disk
load lib/interop

export BED_SERVER_DISKS=32M

setup_file()	{ bed_up upstream-server && topo && need_stamp; }
teardown_file()	{ bed_down; }
teardown()	{ net_restore; net_repair; guard; }

@test "verified writes over one path, keys renewed" {
	calmly verified_io Y 0
}

@test "verified writes over two paths, keys renewed" {
	calmly verified_io Y 0 1
}

@test "verified writes over two paths, keys kept" {
	calmly verified_io N 0 1
}

@test "paths disconnected and reconnected under writes, keys renewed" {
	calmly reconnected_under_writes Y
}

@test "paths disconnected and reconnected under writes, keys kept" {
	calmly reconnected_under_writes N
}

@test "a network falls silent under writes: no error, no byte lost" {
	cut_under_writes Y 30
}

# requests of path 0 are caught on the wire until 4.5 s later, while the client
# gives the path up and writes the same blocks over path 1
@test "late packets are stale no more once the fence wait outlasts them" {
	both_ends always_invalidate=N
	disk=$(map_disk $(paths 0 1))
	on client sh -c 'cd /sys/class/rtrs-client/"$0" && echo 6000 > fence_wait_ms &&
		echo round-robin > mpath_policy' "$SESSION"
	stamps_begin "$disk"
	net_hold client0 4500ms
	net_impair server0 loss 100%
	wait_until 30 not path_is 0 connected
	goes_on "$disk" 100
	stamps_end "$disk"
	net_repair
	unmap_disk "$disk"
}
