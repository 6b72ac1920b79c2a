# SPDX-License-Identifier: GPL-2.0
# Modules leave in good order, whatever is going on.

load lib/uml

setup_file() { need_stamp; }

@test "the server's modules leave under writes, and come back" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 64
		net_up 1 2
		disk=$(map_disk sessname=left device_path=/dev/ram0 $(paths 1 2))
		stamps_begin "$disk"
		modprobe -r rnbd-server
		wait_until 60 grep -qx closed /sys/block/$disk/rnbd/state
		same "sessions left" "" "$(ls /sys/class/rtrs-server 2>/dev/null | grep -vx ctl)"
		# with the same chunks as before
		both_ends
		wait_until 60 grep -qx open /sys/block/$disk/rnbd/state
		goes_on "$disk" 1000
		stamps_stop
		stamps_verify "$disk" ram0
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "the server's modules stay while a disk still writes for a vanished path" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1
		slow=$(dm_disk slow "0 32768 delay /dev/ram0 0 0 /dev/ram0 0 20000")
		disk=$(map_disk sessname=left device_path="$slow" $(paths 1))
		dd if=/dev/zero of=/dev/$disk bs=4k count=1 oflag=direct status=none 2>/dev/null &
		under_way() { [[ $(awk '{ print $2 }' /sys/block/$disk/inflight) -gt 0 ]]; }
		wait_until 15 under_way
		echo 1 > "$(path_dir left 1)/disconnect"
		wait_until 15 grep -qx 1 /sys/class/rtrs-server/ctl/orphaned_ops
		if modprobe -r rnbd-server 2> /tmp/said; then
			fail "left while a disk wrote"
		fi
		grep -q 'in use' /tmp/said
		wait_until 60 grep -qx 0 /sys/class/rtrs-server/ctl/orphaned_ops
		wait_until 20 modprobe -r rnbd-server
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "the client's module leaves with disks mapped, unless one is open" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 2 64
		net_up 1
		a=$(map_disk sessname=s device_path=/dev/ram0 $(paths 1))
		b=$(map_disk sessname=s device_path=/dev/ram1)
		exec 9< "/dev/$a"
		if modprobe -r rnbd-client 2> /tmp/said; then
			fail "left while a disk was open"
		fi
		grep -q 'in use' /tmp/said
		exec 9<&-
		modprobe -r rnbd-client
		test ! -e "/sys/block/$a"
		test ! -e "/sys/block/$b"
		wait_until 5 test ! -e /sys/class/rtrs-server/s
		unload_all
	EOF
}

@test "modules load and unload 10 times, with and without RDMA devices" {
	in_uml <<-'EOF'
		for ((i = 0; i < 5; i++)); do
			both_ends
			unload_all
		done
		net_up 1
		for ((i = 0; i < 5; i++)); do
			both_ends
			unload_all
		done
		net_down 1
	EOF
}

@test "a server module is not loaded with parameters that cannot work" {
	in_uml <<-'EOF'
		for wrong in max_chunk_size=4096 max_chunk_size=100000 sess_queue_depth=0 \
			sess_queue_depth=65536 "sess_queue_depth=65535 max_chunk_size=131072"; do
			# shellcheck disable=SC2086
			if modprobe rtrs-server $wrong 2> /tmp/said; then
				fail "loaded with $wrong"
			fi
			grep -q 'Invalid argument' /tmp/said
			test ! -e /sys/module/rtrs_server
		done
		load rtrs-server sess_queue_depth=2048 max_chunk_size=131072
		unload_all
	EOF
}
