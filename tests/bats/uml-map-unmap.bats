# SPDX-License-Identifier: GPL-2.0
# The life of a mapping, and what the map request takes and refuses.

load lib/uml

@test "a disk is mapped and unmapped 100 times over two paths, and nothing stays" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1 2
		for ((i = 0; i < 100; i++)); do
			disk=$(map_disk sessname=again device_path=/dev/ram0 $(paths 1 2))
			# the last reference to the one before may go a moment after it
			[[ $disk == rnbd[01] ]] || fail "numbers are not given back: $disk"
			path_is again 1 connected && path_is again 2 connected
			dd if=/dev/$disk of=/dev/null bs=4k count=8 iflag=direct status=none
			unmap_disk "$disk"
		done
		wait_until 5 test ! -e /sys/class/rtrs-client/again
		wait_until 5 test ! -e /sys/class/rtrs-server/again
		same "devices of the server" "" "$(ls /sys/class/rnbd-server/ctl/devices)"
		unload_all
	EOF
}

@test "a disk maps over IPv6, and with the source left out" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 2 16
		net_up -6 1
		disk=$(map_disk sessname=six device_path=/dev/ram0 $(paths -6 1))
		run_fio six "/dev/$disk" --rw=write --bs=64k --size=4M --verify=crc32c
		test -d "$(path_dir six 1 client -6)"
		other=$(map_disk sessname=short device_path=/dev/ram1 path=ip:$(ip4 s 1))
		test -d "/sys/class/rtrs-client/short/paths/ip:$(ip4 c 1)@ip:$(ip4 s 1)"
		unmap_disk "$disk"
		unmap_disk "$other"
		unload_all
	EOF
}

@test "options come in any order, and one dest_port counts for all paths" {
	in_uml <<-'EOF'
		load rnbd-server port_nr=4321
		load rnbd-client
		ram_disks 1 16
		net_up 1 2
		disk=$(map_disk $(paths 1) access_mode=ro device_path=/dev/ram0 dest_port=4321 $(paths 2) sessname=any)
		path_is any 1 connected
		path_is any 2 connected
		holds /sys/block/$disk/rnbd/access_mode ro
		holds /sys/block/$disk/rnbd/session any
		holds /sys/block/$disk/rnbd/mapping_path /dev/ram0
		holds /sys/block/$disk/rnbd/state open
		same link "$(readlink -f /sys/block/$disk)" "$(readlink -f $rnbd_ctl/devices/\!dev\!ram0@any)"
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "a second disk shares the session, and the session ends with its last disk" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 2 16
		net_up 1
		a=$(map_disk sessname=two device_path=/dev/ram0 $(paths 1))
		b=$(map_disk sessname=two device_path=/dev/ram1)
		same sessions two "$(ls /sys/class/rtrs-client)"
		mapping_fails "File exists" sessname=two device_path=/dev/ram1
		unmap_disk "$a"
		test -d /sys/class/rtrs-client/two
		dd if=/dev/$b of=/dev/null bs=4k count=1 iflag=direct status=none
		unmap_disk "$b"
		wait_until 5 test ! -e /sys/class/rtrs-client/two
		unload_all
	EOF
}

@test "a wrong map request is refused in its own way and leaves nothing" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 2 16
		net_up 1
		path=$(paths 1)
		mapping_fails "Invalid argument" sessname=s device_path=/dev/ram0 $path colour=red
		mapping_fails "Invalid argument" sessname=s device_path=/dev/ram0 $path access_mode=RW
		mapping_fails "Invalid argument" sessname=s device_path=/dev/ram0 $path dest_port=65536
		mapping_fails "Invalid argument" sessname=s device_path=/dev/ram0 $path nr_poll_queues=99999
		mapping_fails "Invalid argument" sessname=s device_path=/dev/ram0 path=ip:10.0.0.256
		mapping_fails "Protocol not supported" sessname=s device_path=/dev/ram0 path=tcp:10.0.0.1
		mapping_fails "Invalid argument" sessname=a/b device_path=/dev/ram0 $path
		mapping_fails "Invalid argument" sessname=a.b device_path=/dev/ram0 $path
		mapping_fails "Invalid argument" sessname= device_path=/dev/ram0 $path
		mapping_fails "Invalid argument" device_path=/dev/ram0 $path
		mapping_fails "Invalid argument" sessname=s $path
		mapping_fails "Cannot allocate memory" sessname=s device_path=/dev/ram0 $path $path $path $path $path $path $path
		mapping_fails "No such device or address" sessname=unknown device_path=/dev/ram0
		disk=$(map_disk sessname=s device_path=/dev/ram0 $path)
		mapping_fails "Invalid argument" sessname=s device_path=/dev/ram1 nr_poll_queues=1
		refused "Invalid argument" /sys/block/$disk/rnbd/unmap_device perhaps
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "names of 254 bytes work; longer ones, control characters and long pairs do not" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1
		path=$(paths 1)
		n200=$(printf 'n%.0s' {1..200})
		n54=$(printf 'x%.0s' {1..54})
		mapping_fails "Invalid argument" sessname=${n200}${n54}x device_path=/dev/ram0 $path
		mapping_fails "Invalid argument" sessname=$'bell\a' device_path=/dev/ram0 $path
		mapping_fails "Invalid argument" sessname=s device_path=$'/dev/ram\a0' $path
		mapping_fails "File name too long" sessname=${n200}${n54} device_path=/dev/ram0 $path
		same "sessions the server saw" "" "$(ls /sys/class/rtrs-server | grep -vx ctl)"
		# as long as its link may be: 245 bytes, '@', and /dev/ram0
		long=${n200}${n54:0:45}
		disk=$(map_disk sessname=$long device_path=/dev/ram0 $path)
		holds /sys/block/$disk/rnbd/session $long
		unmap_disk "$disk"
		ln -s /dev/ram0 /tmp/d
		disk=$(map_disk sessname=${n200}${n54:0:48} device_path=/tmp/d $path)
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "a disk in use is not unmapped, unless by force" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1
		disk=$(map_disk sessname=busy device_path=/dev/ram0 $(paths 1))
		exec 9< "/dev/$disk"
		refused "Device or resource busy" /sys/block/$disk/rnbd/unmap_device normal
		holds /sys/block/$disk/rnbd/state open
		unmap_disk "$disk" force
		exec 9<&-
		unload_all
	EOF
}
