# SPDX-License-Identifier: GPL-2.0
# What the server gives to all its clients together is limited, and the limits
# can be changed while it runs.

load lib/uml

limits='
	both_ends sess_queue_depth=512
	parameters=/sys/module/rtrs_server/parameters
	counted()
	{
		awk -v c="$1" "\$1 == c { print \$2 }" /sys/class/rtrs-server/ctl/refused
	}
'

@test "sessions, connections and memory for chunks" {
	in_uml <<-EOF
		$limits
		ram_disks 2 16
		net_up 1 2
		a=\$(map_disk sessname=a device_path=/dev/ram0 \$(paths 1))

		echo 1 > \$parameters/max_sessions
		mapping_fails "Cannot allocate memory" sessname=b device_path=/dev/ram1 \$(paths 1)
		[[ \$(counted connect_max_sessions) -ge 1 ]]
		# a second path is no second session
		echo "ip:\$(ip4 c 2)@ip:\$(ip4 s 2)" > /sys/class/rtrs-client/a/add_path
		echo 2 > \$parameters/max_sessions

		echo 1 > \$parameters/max_connections
		mapping_fails "Connection reset by peer" sessname=b device_path=/dev/ram1 \$(paths 1)
		[[ \$(counted connect_connections) -ge 1 ]]
		echo 4096 > \$parameters/max_connections

		# whose they are does not matter; what is there stays
		echo 4 > \$parameters/max_total_connections
		mapping_fails "Cannot allocate memory" sessname=b device_path=/dev/ram1 \$(paths 1)
		[[ \$(counted connect_max_total) -ge 1 ]]
		# each path has two connections in this kernel
		wait_until 5 test ! -e /sys/class/rtrs-server/b
		echo 6 > \$parameters/max_total_connections
		b=\$(map_disk sessname=b device_path=/dev/ram1 \$(paths 1))
		unmap_disk "\$b"
		wait_until 5 test ! -e /sys/class/rtrs-server/b
		echo 16384 > \$parameters/max_total_connections

		# a session has 64 MiB
		echo 100 > \$parameters/max_chunk_mem_mb
		mapping_fails "Connection reset by peer" sessname=b device_path=/dev/ram1 \$(paths 1)
		[[ \$(counted chunk_memory) -ge 1 ]]
		echo 128 > \$parameters/max_chunk_mem_mb
		b=\$(map_disk sessname=b device_path=/dev/ram1 \$(paths 1))
		# what is there was not touched, and what is gone is free again
		run_fio a "/dev/\$a" --rw=randwrite --bs=4k --size=2M --verify=crc32c
		unmap_disk "\$b"
		wait_until 5 test ! -e /sys/class/rtrs-server/b
		b=\$(map_disk sessname=c device_path=/dev/ram1 \$(paths 1))
		unmap_disk "\$b"
		unmap_disk "\$a"
		unload_all
	EOF
}

@test "a path that never gets further is closed after 30 s, and others may come" {
	RNBD_PEER=$BATS_TEST_TMPDIR/peer
	export RNBD_PEER
	"${CC:-cc}" -O2 -Wall -o "$RNBD_PEER" "$UML_TOP"/tests/tools/peer/*.c -lrdmacm -libverbs
	in_uml <<-EOF
		$limits
		load rdma_ucm
		ram_disks 1 16
		net_up 1 2
		echo 1 > \$parameters/max_half_open
		peer() { "\$RNBD_PEER" "\$(ip4 c "\$1")" "\$(ip4 s "\$1")" 1234 /dev/ram0 "\$2"; }
		began=\$SECONDS
		peer 1 half-open > /tmp/said &
		wait_until 10 grep -q connected /tmp/said
		refused_for_it()
		{
			peer 2 early-request > /dev/null 2>&1 || :
			[[ \$(counted connect_max_half_open) -ge 1 ]]
		}
		wait_until 20 refused_for_it
		wait \$!
		same said "half-open: closed" "\$(tail -n 1 /tmp/said)"
		same half_open_expired 1 "\$(counted half_open_expired)"
		[[ \$((SECONDS - began)) -ge 20 ]] || fail "closed after \$((SECONDS - began)) s"
		disk=\$(map_disk sessname=next device_path=/dev/ram0 \$(paths 1))
		unmap_disk "\$disk"
		unload_all
	EOF
}
