# SPDX-License-Identifier: GPL-2.0
# Who may have a disk at the same time, and who may write.

load lib/uml

@test "one writer, or one that migrates to a second; readers always" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1
		map() { map_disk sessname=$1 device_path=/dev/ram0 access_mode=$2 $(paths 1); }
		refuse() { mapping_fails "Operation not permitted" sessname=$1 device_path=/dev/ram0 access_mode=$2 $(paths 1); }
		owners() { (cd /sys/class/rnbd-server/ctl/devices/ram0/sessions && grep -H . */access_mode | tr '\n' ' '); }

		a=$(map a rw)
		refuse b rw
		r=$(map r ro)
		b=$(map b migration)
		refuse c migration
		refuse c rw
		same owners "a/access_mode:rw b/access_mode:migration r/access_mode:ro " "$(owners)"
		# the migration is over: the first goes, the second stays
		unmap_disk "$a"
		refuse c rw
		c=$(map c migration)
		unmap_disk "$b"
		unmap_disk "$c"
		# nobody writes any more
		a=$(map a rw)
		unmap_disk "$a"
		unmap_disk "$r"
		wait_until 5 test ! -e /sys/class/rnbd-server/ctl/devices/ram0
		unload_all
	EOF
}

@test "a disk mapped ro is read-only on both ends" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1
		disk=$(map_disk sessname=reader device_path=/dev/ram0 access_mode=ro $(paths 1))
		holds /sys/block/$disk/ro 1
		holds /sys/class/rnbd-server/ctl/devices/ram0/sessions/reader/read_only 1
		if dd if=/dev/zero of=/dev/$disk bs=4k count=1 oflag=direct status=none 2> /tmp/said; then
			fail "wrote to a disk mapped ro"
		fi
		dd if=/dev/$disk of=/dev/null bs=4k count=1 iflag=direct status=none
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "a disk which is read-only on the server is mapped ro and not rw" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		blockdev --setro /dev/ram0
		net_up 1
		mapping_fails "Permission denied" sessname=w device_path=/dev/ram0 $(paths 1)
		disk=$(map_disk sessname=w device_path=/dev/ram0 access_mode=ro $(paths 1))
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "force_close ends one client's I/O, and its old id is no other disk" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 3 16
		net_up 1
		a=$(map_disk sessname=one device_path=/dev/ram0 $(paths 1))
		echo 1 > /sys/class/rnbd-server/ctl/devices/ram0/sessions/one/force_close
		wait_until 5 test ! -e /sys/class/rnbd-server/ctl/devices/ram0
		b=$(map_disk sessname=one device_path=/dev/ram1)
		c=$(map_disk sessname=one device_path=/dev/ram2)
		# the first disk's requests carry an id which nobody has now
		if dd if=/dev/urandom of=/dev/$a bs=4k count=1 oflag=direct status=none 2> /tmp/said; then
			fail "wrote through a closed mapping"
		fi
		for disk in ram1 ram2; do
			cmp -n 1M /dev/$disk /dev/zero
		done
		run_fio others /dev/$b --rw=randwrite --bs=4k --size=2M --verify=crc32c
		for disk in "$a" "$b" "$c"; do
			unmap_disk "$disk"
		done
		unload_all
	EOF
}

@test "the same disk under another spelling is refused within a session" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		ln -s ram0 /dev/alias
		net_up 1
		disk=$(map_disk sessname=twice device_path=/dev/ram0 access_mode=ro $(paths 1))
		for name in /dev/alias //dev/ram0 dev/ram0; do
			mapping_fails "File exists" sessname=twice device_path=$name access_mode=ro
		done
		kernel_says '/dev/ram0'
		other=$(map_disk sessname=else device_path=/dev/alias access_mode=ro $(paths 1))
		unmap_disk "$other"
		unmap_disk "$disk"
		unload_all
	EOF
}
