# SPDX-License-Identifier: GPL-2.0
# The disk behind a mapping changes its size, or is another one.

load lib/uml

replaced='
	load rnbd-server dev_search_path=/dev/export
	load rnbd-client
	ram_disks 2 16
	load null_blk nr_devices=2 memory_backed=1 gb=1 bs=4096
	mkdir /dev/export
	export_disk() { ln -sfn "../$1" /dev/export/disk; }
	export_disk ram0
	net_up 1
	disk=$(map_disk sessname=re device_path=disk $(paths 1))
	state=/sys/block/$disk/rnbd/state
	down()
	{
		echo 1 > "$(path_dir re 1)/disconnect"
		wait_until 5 grep -qx closed "$state"
		wait_until 5 test ! -e /sys/class/rtrs-server/re
	}
	up()
	{
		echo 1 > "$(path_dir re 1)/reconnect"
	}
'

@test "resize changes the client's view, up to what is sane" {
	in_uml <<-EOF
		$replaced
		resize=/sys/block/\$disk/rnbd/resize
		echo 16384 > \$resize
		holds /sys/block/\$disk/size 16384
		echo 0x8000 > \$resize
		holds /sys/block/\$disk/size 32768
		for wrong in x -1 "" " " 99999999999999999999999; do
			if { echo "\$wrong" > \$resize; } 2> /tmp/said; then
				fail "resized to '\$wrong'"
			fi
		done
		holds /sys/block/\$disk/size 32768
		down
		refused "No such file or directory" \$resize 100
		up
		unmap_disk "\$disk"
		unload_all
	EOF
}

@test "a disk of the same shape takes the other's place after a reconnect" {
	in_uml <<-EOF
		$replaced
		exec 9< "/dev/\$disk"
		down
		head -c 4096 < <(yes second) > /dev/ram1
		sync /dev/ram1
		export_disk ram1
		up
		wait_until 5 grep -qx open "\$state"
		dd "if=/dev/\$disk" of=/tmp/seen bs=4k count=1 iflag=direct status=none
		cmp -n 4096 /tmp/seen /dev/ram1
		exec 9<&-
		unmap_disk "\$disk"
		unload_all
	EOF
}

@test "a disk in use does not come back smaller or with other blocks, and says so once" {
	in_uml <<-EOF
		$replaced
		small=\$(dm_disk small "0 16384 linear /dev/ram1 0")
		exec 9< "/dev/\$disk"
		for other in \${small#/dev/} nullb0; do
			down
			dmesg -C
			export_disk \$other
			up
			wait_until 5 path_is re 1 connected
			kernel_says "\$disk|disk@re"
			same "\$other" closed "\$(cat \$state)"
			if { echo 1 > /sys/block/\$disk/rnbd/remap_device; } 2> /tmp/said; then
				fail "remapped onto \$other"
			fi
			same "size" 32768 "\$(cat /sys/block/\$disk/size)"
			# the first one is back
			export_disk ram0
			echo 1 > /sys/block/\$disk/rnbd/remap_device
			holds "\$state" open
			dd "if=/dev/\$disk" of=/dev/null bs=4k count=1 iflag=direct status=none
		done
		exec 9<&-
		refused "Operation already in progress" /sys/block/\$disk/rnbd/remap_device 1
		unmap_disk "\$disk"
		dmsetup remove --noudevsync small
		unload_all
	EOF
}

@test "a disk nobody has open takes the shape of what it finds" {
	in_uml <<-EOF
		$replaced
		for other in nullb1 ram1; do
			down
			export_disk \$other
			up
			wait_until 5 grep -qx open "\$state"
			holds /sys/block/\$disk/size "\$(cat /sys/block/\$other/size)"
			holds /sys/block/\$disk/queue/logical_block_size "\$(cat /sys/block/\$other/queue/logical_block_size)"
			run_fio \$other "/dev/\$disk" --rw=randwrite --bs=4k --size=2M --verify=crc32c
		done
		unmap_disk "\$disk"
		unload_all
	EOF
}
