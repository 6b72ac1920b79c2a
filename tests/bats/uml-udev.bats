# SPDX-License-Identifier: GPL-2.0
# With the real udevd, disks and their partitions have names which do not depend
# on the order of mapping.

load lib/uml

setup_file()
{
	export RNBD_ID=$BATS_FILE_TMPDIR/rnbd_id
	"${CC:-cc}" -o "$RNBD_ID" "$UML_TOP/udev/rnbd_id.c"
}

@test "links follow the mapping, come with a disk and go with it" {
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
		mkfs.ext4 -qF -U 11111111-2222-3333-4444-555555555555 /dev/ram0
		# names which would be elsewhere, or something else, in a path or rule
		weird='/exp/"we!rd$(id)ä\x2f..'
		mkdir /exp
		ln -s /dev/ram1 "$weird"
		net_up 1
		rm -f /lib/udev/rules.d/* /etc/udev/rules.d/*
		cp "$RNBD_TOP/udev/65-rnbd.rules" /etc/udev/rules.d/
		cp "$RNBD_ID" /lib/udev/rnbd_id
		/lib/systemd/systemd-udevd --daemon
		links=/dev/rnbd/links/dev
		links_are() { [[ $(echo $(ls $links)) == "$*" ]]; }
		for order in "ram0 ram1" "ram1 ram0"; do
			set -- $order
			declare -A node=()
			node[$1]=$(map_disk sessname=links device_path=/dev/$1 $(paths 1))
			node[$2]=$(map_disk sessname=links device_path=dev/$2)
			wait_until 60 links_are ram0 ram1 ram1-part1 ram1-part2
			udevadm settle -t 60
			same "by-id" "rnbd-links:dev:ram0 rnbd-links:dev:ram1 rnbd-links:dev:ram1-part1 rnbd-links:dev:ram1-part2" \
				"$(echo $(ls /dev/disk/by-id))"
			same "by-path" 4 "$(ls /dev/disk/by-path | grep -c '^ip-.*-rnbd-links:dev:ram[01]')"
			same ram0 "/dev/${node[ram0]}" "$(readlink -f $links/ram0)"
			same ram1 "/dev/${node[ram1]}" "$(readlink -f $links/ram1)"
			same ram1-part2 "/dev/${node[ram1]}p2" "$(readlink -f $links/ram1-part2)"
			same by-uuid "/dev/${node[ram0]}" \
				"$(readlink -f /dev/disk/by-uuid/11111111-2222-3333-4444-555555555555)"
			# a lost session changes no name
			echo 1 > "$(path_dir links 1)/disconnect"
			wait_until 20 grep -qx closed /sys/block/${node[ram0]}/rnbd/state
			udevadm settle -t 60
			same ram0 "/dev/${node[ram0]}" "$(readlink -f $links/ram0)"
			unmap_disk "${node[ram1]}"
			udevadm settle -t 60
			same "links" ram0 "$(ls $links)"
			unmap_disk "${node[ram0]}"
			udevadm settle -t 60
			test ! -e /dev/rnbd
		done
		find /dev ! -type d | sort > "$OUT/before"
		c=$(map_disk sessname=links "device_path=$weird" $(paths 1))
		udevadm settle -t 60
		same "its link" "/dev/$c" "$(readlink -f '/dev/rnbd/links/exp/\x22we\x21rd\x24\x28id\x29ä\x5cx2f..')"
		find /dev ! -type d | sort | comm -13 "$OUT/before" - > "$OUT/new"
		same "elsewhere" "" "$(grep -v "^/dev/$c\|^/dev/block/[0-9:]*$\|^/dev/rnbd/links/exp/\|^/dev/disk/by-[a-z]*/.*rnbd-links:exp:" "$OUT/new")"
		unmap_disk "$c"
		udevadm settle -t 60
		find /dev ! -type d | sort > "$OUT/after"
		same "left over" "" "$(comm -13 "$OUT/before" "$OUT/after")"
		udevadm control --exit
		unload_all
	EOF
}
