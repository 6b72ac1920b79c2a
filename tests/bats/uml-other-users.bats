# SPDX-License-Identifier: GPL-2.0
# RTRS has other users than ours: upstream's rnbd, unmodified, compiles against
# rtrs.h and works over our transport.

load lib/uml

@test "upstream's rnbd maps, writes and reads over our rtrs, and survives a cut" {
	need_stamp
	in_uml --modules "$(mixed_modules)" <<-'EOF'
		both_ends
		ram_disks 1 64
		net_up 1 2
		disk=$(map_disk sessname=theirs device_path=/dev/ram0 $(paths 1 2))
		run_fio random "/dev/$disk" --rw=randwrite --bs=4k --size=16M --iodepth=32 --verify=crc32c
		run_fio large "/dev/$disk" --rw=write --bs=128k --size=32M --iodepth=8 --verify=crc32c
		stamps_begin "$disk"
		path_cut 1
		wait_until 10 path_gone theirs 1
		goes_on "$disk"
		path_heal 1
		wait_until 30 path_is theirs 1 connected
		stamps_end "$disk" ram0
		unmap_disk "$disk"
		unload_all
	EOF
}
