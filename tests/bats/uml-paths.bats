# SPDX-License-Identifier: GPL-2.0
# Paths come and go by the administrator's hand while data is written.

load lib/uml

setup_file() { need_stamp; }

@test "add, disconnect, reconnect and remove paths under writes: no error, no byte lost" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 64
		net_up 1 2
		sess=/sys/class/rtrs-client/moving
		disk=$(map_disk sessname=moving device_path=/dev/ram0 $(paths 1))
		stamps_begin "$disk"
		for ((round = 0; round < 2; round++)); do
			echo "ip:$(ip4 c 2)@ip:$(ip4 s 2)" > $sess/add_path
			path_is moving 2 connected
			goes_on "$disk" 200
			echo 1 > "$(path_dir moving 1)/disconnect"
			path_is moving 1 disconnected
			goes_on "$disk" 200
			echo 1 > "$(path_dir moving 1)/reconnect"
			path_is moving 1 connected
			# a reconnect of a path in use
			echo 1 > "$(path_dir moving 2)/reconnect"
			path_is moving 2 connected
			goes_on "$disk" 200
			echo 1 > "$(path_dir moving 2)/remove_path"
			test ! -e "$(path_dir moving 2)"
			goes_on "$disk" 200
		done
		stamps_end "$disk" ram0
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "the server disconnects a path and the client comes back, which can be traced" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 64
		net_up 1 2
		tracing=/sys/kernel/tracing
		traces() { echo $1 > $tracing/events/$2/enable; }
		# traced EVENT RE
		traced() { grep -Eq " $1: .*$2" $tracing/trace || fail "no $1 with '$2'"; }
		for events in rtrs_clt rtrs_srv rnbd_srv; do
			traces 1 $events
		done
		disk=$(map_disk sessname=back device_path=/dev/ram0 $(paths 1 2))
		dd if=/dev/zero of=/dev/$disk bs=8k seek=3 count=1 oflag=direct status=none
		traced create_sess 'session=back$'
		traced process_msg_sess_info 'session=back version=2$'
		traced process_msg_open 'session=back path=/dev/ram0 access=rw$'
		traced process_rdma 'session=back .* sector=48 bytes=8192 .* data_len=8192 '
		traced send_io_resp_imm 'write chunk=[0-9]+ err=0 state=connected '
		traces 0 rtrs_srv
		traces 0 rnbd_srv/process_rdma
		stamps_begin "$disk"
		echo 1 > "$(path_dir back 1 server)/disconnect"
		goes_on "$disk" 200
		wait_until 10 path_is back 1 connected
		goes_on "$disk" 200
		read -r good bad < "$(path_dir back 1)/stats/reconnects"
		same "reconnects" 1 "$good"
		for event in rtrs_rdma_error_recovery rtrs_clt_close_conns rtrs_clt_reconnect_work; do
			traced $event "path=.*$(ip4 s 1) state=reconnecting attempts=0 "
		done
		stamps_end "$disk" ram0
		unmap_disk "$disk"
		wait_until 30 test ! -e /sys/class/rtrs-server/back
		traced process_msg_close 'session=back id='
		traced destroy_sess 'session=back$'
		unload_all
	EOF
}

@test "a path that is lost as soon as it is up runs out of attempts" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1 2
		disk=$(map_disk sessname=flap device_path=/dev/ram0 $(paths 1 2))
		echo 3 > /sys/class/rtrs-client/flap/max_reconnect_attempts
		reconnected() { read -r good bad < "$(path_dir flap 1)/stats/reconnects"; [[ $good -eq $1 ]]; }
		for n in 1 2 3; do
			echo 1 > "$(path_dir flap 1 server)/disconnect"
			wait_until 10 reconnected $n
		done
		echo 1 > "$(path_dir flap 1 server)/disconnect"
		wait_until 10 grep -qx closed "$(path_dir flap 1)/state_detail"
		kernel_says "gave up after 3 attempts"
		# by hand it begins anew
		echo 1 > "$(path_dir flap 1)/reconnect"
		echo 1 > "$(path_dir flap 1 server)/disconnect"
		wait_until 10 reconnected 5
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "the last path may be removed and another added" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1 2
		disk=$(map_disk sessname=none device_path=/dev/ram0 $(paths 1))
		echo 1 > "$(path_dir none 1)/remove_path"
		wait_until 5 grep -qx closed /sys/block/$disk/rnbd/state
		if dd if=/dev/$disk of=/dev/null bs=4k count=1 iflag=direct status=none 2> /tmp/said; then
			fail "read without a path"
		fi
		echo "ip:$(ip4 c 2)@ip:$(ip4 s 2)" > /sys/class/rtrs-client/none/add_path
		wait_until 5 grep -qx open /sys/block/$disk/rnbd/state
		run_fio again "/dev/$disk" --rw=randwrite --bs=4k --size=2M --verify=crc32c
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "the last path goes while another comes: the disk comes back with it" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1 2
		disk=$(map_disk sessname=swap device_path=/dev/ram0 $(paths 1 2))
		reads() { dd if=/dev/$disk of=/dev/null bs=4k count=1 iflag=direct status=none 2> /dev/null; }
		up=1 down=2
		echo 1 > "$(path_dir swap $down)/disconnect"
		# the server may or may not have closed the session in between
		for ((ms = 0; ms < 100; ms += 4)); do
			echo 1 > "$(path_dir swap $down)/reconnect" &
			reconnecting=$!
			read -rt "0.$(printf %03d $ms)" <> <(:) || :
			echo 1 > "$(path_dir swap $up)/disconnect"
			wait $reconnecting
			wait_until 10 reads
			same "state of the disk" open "$(cat /sys/block/$disk/rnbd/state)"
			next=$up up=$down down=$next
		done
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "the server makes a new session while the client believes in the old one" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 2 16
		net_up 1 2
		disk=$(map_disk sessname=new device_path=/dev/ram0 $(paths 1 2))
		second=$(map_disk sessname=new device_path=/dev/ram1)
		sess=/sys/class/rtrs-client/new
		echo 60000 > $sess/hb_interval_ms
		echo 60000 > $sess/hb_idle_interval_ms
		path_cut 1
		path_cut 2
		echo 1 > "$(path_dir new 1 server)/disconnect"
		echo 1 > "$(path_dir new 2 server)/disconnect"
		wait_until 10 test ! -e /sys/class/rtrs-server/new
		path_is new 2 connected || fail "the client has noticed"
		path_heal 1
		echo 1 > "$(path_dir new 1)/reconnect" 2>/dev/null || :
		# the disks are opened anew, though not all paths were seen to be lost
		kernel_says "another session by now"
		for d in $disk $second; do
			wait_until 10 is /sys/block/$d/rnbd/state open
			run_fio again "/dev/$d" --rw=randwrite --bs=4k --size=1M --verify=crc32c
		done
		path_is new 2 disconnected
		path_heal 2
		wait_until 30 path_is new 2 connected
		unmap_disk "$disk"
		unmap_disk "$second"
		unload_all
	EOF
}

@test "a path that is there, or leads nowhere, is not added" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1 2
		disk=$(map_disk sessname=add device_path=/dev/ram0 $(paths 1))
		add=/sys/class/rtrs-client/add/add_path
		refused "File exists" $add "ip:$(ip4 c 1)@ip:$(ip4 s 1)"
		refused "Invalid argument" $add "ip:10.0.2.300"
		refused "Invalid argument" $add "somewhere"
		! path=$({ echo "ip:10.9.9.9" > $add; } 2>&1) || fail "added a path to nowhere"
		same "paths" "ip:$(ip4 c 1)@ip:$(ip4 s 1)" "$(ls /sys/class/rtrs-client/add/paths)"
		# an added path may not open a session on a server that does not know it
		echo 1 > "$(path_dir add 1)/disconnect"
		wait_until 5 test ! -e /sys/class/rtrs-server/add
		refused "No such device or address" $add "ip:$(ip4 c 2)@ip:$(ip4 s 2)"
		echo 1 > "$(path_dir add 1)/reconnect"
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "an RDMA device goes away under writes, the other carries on" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 64
		net_up 1 2
		disk=$(map_disk sessname=gone device_path=/dev/ram0 $(paths 1 2))
		stamps_begin "$disk"
		rdma link delete rxc1
		wait_until 10 path_gone gone 1
		goes_on "$disk" 200
		rdma link delete rxs1
		goes_on "$disk" 200
		rdma link add rxc1 type rxe netdev c1
		rdma link add rxs1 type rxe netdev s1
		wait_until 10 has_gids rxc1 1
		wait_until 10 has_gids rxs1 1
		echo 1 > "$(path_dir gone 1)/reconnect"
		path_is gone 1 connected
		goes_on "$disk" 200
		stamps_end "$disk" ram0
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "a mapping outside the initial network namespace is refused in one line" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1
		request="sessname=ns device_path=/dev/ram0 $(paths 1)"
		! said=$({ unshare --net bash -c "echo '$request' > $rnbd_ctl/map_device"; } 2>&1) ||
			fail "mapped from another namespace"
		grep -q "Operation not supported" <<< "$said"
		kernel_says namespace
		unload_all
	EOF
}
