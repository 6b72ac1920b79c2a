# SPDX-License-Identifier: GPL-2.0
# Each operation is seen on the disk of the server: by the block layer's trace
# of what was given to that disk, and by the bytes that are there afterwards.

load lib/uml

# watch DISK: from now on; given RWBS SECTOR SECTORS: that it got such a request
watching='
	tracing=/sys/kernel/tracing
	watch()
	{
		watched=$(cat "/sys/block/$1/dev")
		echo 1 > $tracing/events/block/block_bio_queue/enable
		echo > $tracing/trace
	}
	got()
	{
		grep -qE "block_bio_queue: ${watched/:/,} $1 $2 \+ $3 " $tracing/trace
	}
	given()
	{
		got "$@" || fail "the disk did not get $*: $(cat $tracing/trace)"
		echo > $tracing/trace
	}
	# bytes FILE FIRST_SECTOR SECTORS
	bytes()
	{
		dd "if=$1" iflag=direct bs=512 "skip=$2" "count=$3" status=none | sha256sum
	}
'

@test "read, write, forced write and flush" {
	in_uml <<-EOF
		$watching
		both_ends
		# a disk with a volatile cache, which knows FUA
		load null_blk nr_devices=1 memory_backed=1 cache_size=4 queue_mode=2 gb=1
		net_up 1
		disk=\$(map_disk sessname=ops device_path=/dev/nullb0 \$(paths 1))
		holds "/sys/block/\$disk/queue/write_cache" "write back"
		holds "/sys/block/\$disk/queue/fua" 1
		head -c 8192 /dev/urandom > /tmp/data
		watch nullb0

		dd if=/tmp/data of=/dev/\$disk bs=8k seek=100 count=1 oflag=direct status=none
		given 'WS?' 1600 16
		same "bytes on the disk" "\$(sha256sum < /tmp/data)" "\$(bytes /dev/nullb0 1600 16)"
		echo > \$tracing/trace
		same "bytes read" "\$(sha256sum < /tmp/data)" "\$(bytes /dev/\$disk 1600 16)"
		given 'RS?' 1600 1
		dd if=/tmp/data of=/dev/\$disk bs=8k seek=200 count=1 oflag=direct,dsync status=none
		given 'WFS?' 3200 16
		same "forced bytes" "\$(sha256sum < /tmp/data)" "\$(bytes /dev/nullb0 3200 16)"
		echo > \$tracing/trace
		sync /dev/\$disk
		given 'FW?F?S?' '[0-9]+' 0
		unmap_disk "\$disk"
		unload_all
	EOF
}

@test "discard and write zeroes, with and without giving the blocks back" {
	in_uml <<-EOF
		$watching
		both_ends
		ram_disks 1 128
		mkfs.ext4 -q /dev/ram0
		mkdir /tmp/fs
		mount /dev/ram0 /tmp/fs
		head -c 32M /dev/urandom > /tmp/fs/image
		loop=\$(losetup -f --show --direct-io=on /tmp/fs/image)
		allocated() { sync /tmp/fs/image; stat -c %b /tmp/fs/image; }
		net_up 1
		disk=\$(map_disk sessname=ops device_path=\$loop \$(paths 1))
		before=\$(bytes "\$loop" 0 65536)
		full=\$(allocated)
		zeroes() { head -c \$((\$1 * 512)) /dev/zero | sha256sum; }
		watch "\${loop##*/}"

		blkdiscard -o 1M -l 1M "/dev/\$disk"
		given 'DS?' 2048 2048
		same "discarded bytes" "\$(zeroes 2048)" "\$(bytes "\$loop" 2048 2048)"
		[[ \$(allocated) -le \$((full - 2000)) ]] || fail "the discard gave nothing back"
		full=\$(allocated)

		# blkdiscard asks for zeroes which stay allocated
		echo > \$tracing/trace
		blkdiscard -z -o 4M -l 64K "/dev/\$disk"
		given 'NS?' 8192 128
		same "zeroed bytes" "\$(zeroes 128)" "\$(bytes "\$loop" 8192 128)"
		[[ \$(allocated) -ge \$full ]] || fail "zeroes which stay allocated gave something back"

		# a hole punched into a disk is zeroes which may be given back
		echo > \$tracing/trace
		fallocate -p -o 8M -l 1M "/dev/\$disk"
		given 'NS?' 16384 2048
		same "punched bytes" "\$(zeroes 2048)" "\$(bytes "\$loop" 16384 2048)"
		[[ \$(allocated) -le \$((full - 2000)) ]] || fail "the hole gave nothing back"

		# beside them nothing changed
		same "first MiB" "\$(head -c 1M /tmp/fs/image | sha256sum)" "\$(bytes "/dev/\$disk" 0 2048)"
		if blkdiscard -s -o 0 -l 1M "/dev/\$disk" 2> /tmp/said; then
			fail "erased securely what cannot be"
		fi
		grep -q 'Operation not supported' /tmp/said
		unmap_disk "\$disk"
		losetup -d "\$loop"
		umount /tmp/fs
		unload_all
	EOF
}

@test "an error of the disk is the error of the request, and no other request's" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		# sectors 8000 to 15999 fail
		broken=$(dm_disk broken "0 8000 linear /dev/ram0 0
			8000 8000 error
			16000 16768 linear /dev/ram0 16000")
		net_up 1
		disk=$(map_disk sessname=err device_path=$broken $(paths 1))
		for action in if=/dev/$disk\ of=/dev/null\ iflag=direct\ skip=1000 of=/dev/$disk\ if=/dev/zero\ oflag=direct\ seek=1000; do
			if dd $action bs=4k count=1 status=none 2> /tmp/said; then
				fail "no error: $action"
			fi
			grep -q 'Input/output error' /tmp/said
		done
		run_fio before /dev/$disk --rw=randwrite --bs=4k --size=3M --verify=crc32c
		run_fio behind /dev/$disk --rw=randwrite --bs=4k --offset=8M --size=3M --verify=crc32c
		path_is err 1 connected
		unmap_disk "$disk"
		dmsetup remove --noudevsync broken
		unload_all
	EOF
}

@test "the queue limits of the disk are those of the server's disk" {
	in_uml <<-'EOF'
		both_ends
		load null_blk nr_devices=1 memory_backed=1 discard=1 bs=4096 gb=1
		net_up 1
		disk=$(map_disk sessname=limits device_path=/dev/nullb0 $(paths 1))
		for limit in logical_block_size physical_block_size discard_granularity \
			discard_max_bytes write_zeroes_max_bytes write_cache fua; do
			holds /sys/block/$disk/queue/$limit "$(cat /sys/block/nullb0/queue/$limit)"
		done
		holds /sys/block/$disk/size "$(cat /sys/block/nullb0/size)"
		holds /sys/block/$disk/queue/max_hw_sectors_kb 124
		unmap_disk "$disk"
		unload_all
	EOF
}
