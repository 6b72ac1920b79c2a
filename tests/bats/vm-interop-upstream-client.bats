# SPDX-License-Identifier: GPL-2.0
# The client of Linux 6.12 with our server.

bats_require_minimum_version 1.5.0
load lib/bed
load lib/disk
load lib/interop

export BED_SERVER_DISKS=32M

setup_file()	{ bed_up upstream-client && topo && need_stamp; }
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
	cut_under_writes Y 90
}
