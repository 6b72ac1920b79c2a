# SPDX-License-Identifier: GPL-2.0
# Networks and machines fail while a disk is written. What was acknowledged is
# on the server's disk, and what can go on does.

bats_require_minimum_version 1.5.0
load lib/bed
load lib/disk

setup_file()	{ bed_up && topo && need_stamp; }
teardown_file()	{ bed_down; }
teardown()	{ net_restore; guard; }

@test "a network falls silent under writes: no error, no byte lost" {
	both_ends
	disk=$(map_disk $(paths 0 1))
	stamps_begin "$disk"
	for path in 0 1; do
		net_cut $path
		wait_until 60 not path_is $path connected
		goes_on "$disk" 100
		net_restore $path
		wait_until 120 path_is $path connected
		goes_on "$disk" 100
	done
	stamps_end "$disk"
	unmap_disk "$disk"
}

@test "both networks fall silent: an error, and afterwards it goes on" {
	both_ends
	disk=$(map_disk $(paths 0 1))
	stamps_begin "$disk"
	net_cut client
	wait_until 90 device_is "$disk" closed
	net_restore
	wait_until 150 device_is "$disk" open
	goes_on "$disk" 100
	stamps_stop
	[[ $output != *" failed 0 "* ]]
	stamps_verify "$disk"
	unmap_disk "$disk"
}

@test "the server stands still for a while: what is written later is right" {
	both_ends
	disk=$(map_disk $(paths 0 1))
	stamps_begin "$disk"
	machine_stop server
	wait_until 90 device_is "$disk" closed
	machine_cont server
	wait_until 150 device_is "$disk" open
	goes_on "$disk" 100
	stamps_stop
	stamps_verify "$disk"
	unmap_disk "$disk"
}

@test "the server loses its power and returns: the disk does too" {
	both_ends
	disk=$(map_disk $(paths 0 1))
	stamps_begin "$disk"
	machine_restart server
	topo server
	need_stamp server
	on server modprobe rnbd-server
	wait_until 150 device_is "$disk" open
	goes_on "$disk" 100
	stamps_stop
	stamps_verify "$disk"
	unmap_disk "$disk"
}

@test "the client loses its power: the server forgets it, and it can map again" {
	both_ends
	disk=$(map_disk $(paths 0 1))
	stamps_begin "$disk"
	machine_restart client
	wait "$stamps_pid" || :
	topo client
	need_stamp client
	on client modprobe rnbd-client
	wait_until 120 eval 'disk=$(map_disk $(paths 0 1) 2> "$BATS_TEST_TMPDIR/said")'
	stamps_begin "$disk"
	goes_on "$disk" 100
	stamps_end "$disk"
	unmap_disk "$disk"
	wait_until 90 on server sh -c '! test -e /sys/class/rtrs-server/"$0"' "$SESSION"
}
