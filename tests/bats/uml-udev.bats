# SPDX-License-Identifier: GPL-2.0
# Disks and their partitions have names which do not depend on the order of
# mapping.

load lib/uml

@test "links by session and path come with a disk and go with it" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 2 32
		# a partition table with two entries of 8 MiB each
		{
			head -c 446 /dev/zero
			printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\100\0\0'
			printf '\0\0\0\0\203\0\0\0\0\110\0\0\0\100\0\0'
			head -c 32 /dev/zero
			printf '\125\252'
		} > /dev/ram1
		sync /dev/ram1
		net_up 1
		rm -f /lib/udev/rules.d/* /etc/udev/rules.d/*
		cp "$RNBD_TOP/udev/65-rnbd.rules" /etc/udev/rules.d/
		/lib/systemd/systemd-udevd --daemon
		a=$(map_disk sessname=links device_path=/dev/ram0 $(paths 1))
		b=$(map_disk sessname=links device_path=dev/ram1)
		udevadm settle -t 10
		links=/dev/disk/by-rnbd/links/dev
		same "links" "ram0 ram1 ram1-part1 ram1-part2" "$(echo $(ls $links))"
		same ram0 "/dev/$a" "$(readlink -f $links/ram0)"
		same ram1 "/dev/$b" "$(readlink -f $links/ram1)"
		same ram1-part2 "/dev/${b}p2" "$(readlink -f $links/ram1-part2)"
		# a lost session changes no name
		echo 1 > "$(path_dir links 1)/disconnect"
		wait_until 5 grep -qx closed /sys/block/$a/rnbd/state
		udevadm settle -t 10
		same ram0 "/dev/$a" "$(readlink -f $links/ram0)"
		unmap_disk "$b"
		udevadm settle -t 10
		same "links" ram0 "$(ls $links)"
		unmap_disk "$a"
		udevadm settle -t 10
		test ! -e /dev/disk/by-rnbd
		udevadm control --exit
		unload_all
	EOF
}
