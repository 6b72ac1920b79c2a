# SPDX-License-Identifier: GPL-2.0
# A thousand lives of a mapping: nothing accumulates.

load lib/uml

@test "mapped and unmapped 1000 times: slab, pages and RDMA resources do not grow" {
	in_uml --timeout 1800 <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1 2
		cycles()
		{
			local i disk

			for ((i = 0; i < $1; i++)); do
				disk=$(map_disk sessname=again device_path=/dev/ram0 $(paths 1 2))
				dd if=/dev/$disk of=/dev/null bs=4k count=8 iflag=direct status=none
				unmap_disk "$disk"
			done
			wait_until 30 test ! -e /sys/class/rtrs-server/again
		}
		# in_use: KiB of slab, KiB of other memory, memory regions
		in_use()
		{
			echo 3 > /proc/sys/vm/drop_caches
			awk '$1 == "Slab:" { slab = $2 } $1 == "MemTotal:" { all = $2 } $1 == "MemFree:" { free = $2 }
				$1 == "Cached:" { cached = $2 } END { print slab, all - free - slab - cached }' /proc/meminfo
			rdma resource show mr | wc -l
		}
		cycles 100
		read -r -d '' slab pages mrs < <(in_use) || :
		cycles 1000
		read -r -d '' slab_then pages_then mrs_then < <(in_use) || :
		echo "slab $slab, then $slab_then KiB; pages $pages, then $pages_then KiB; regions $mrs, then $mrs_then"
		same regions "$mrs" "$mrs_then"
		# half a page for each, and two pages; what is not slab comes and goes by
		# a MiB or so
		[[ $((slab_then - slab)) -lt 2048 ]] || fail "slab grows"
		[[ $((pages_then - pages)) -lt 8192 ]] || fail "pages grow"
		unload_all
	EOF
}
