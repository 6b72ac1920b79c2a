# SPDX-License-Identifier: GPL-2.0
# Disks of every shape: the client's has the shape of the server's, and I/O at
# its edges is right; and what two clients see of them.

load lib/uml

setup_file() { need_stamp; }

shapes='
	both_ends
	net_up 1
	# alike QUEUE_FILE...: on $disk as on $backend
	alike()
	{
		local file

		for file; do
			holds "/sys/block/$disk/$file" "$(cat "/sys/block/$backend/$file")"
		done
	}
	# edges BLOCK_SIZE SECTORS: first and last block, and nothing behind
	edges()
	{
		local last=$(($2 * 512 / $1 - 1)) at

		for at in 0 $last; do
			head -c $1 /dev/urandom > /tmp/block
			dd if=/tmp/block of=/dev/$disk bs=$1 seek=$at count=1 oflag=direct status=none
			dd if=/dev/$disk of=/tmp/client bs=$1 skip=$at count=1 iflag=direct status=none
			dd if=/dev/$backend of=/tmp/server bs=$1 skip=$at count=1 iflag=direct status=none
			cmp /tmp/block /tmp/client
			cmp /tmp/block /tmp/server
		done
		same "bytes behind the end" 0 "$(dd if=/dev/$disk bs=$1 skip=$((last + 1)) count=1 iflag=direct status=none | wc -c)"
		if dd if=/tmp/block of=/dev/$disk bs=$1 seek=$((last + 1)) count=1 oflag=direct status=none 2> /tmp/said; then
			fail "written behind the end"
		fi
		grep -q "No space left" /tmp/said
	}
'

@test "blocks of 4 KiB, blocks of 512 bytes on 4 KiB, an odd number of them" {
	in_uml <<-EOF
		$shapes
		blocks="size queue/logical_block_size queue/physical_block_size"
		load null_blk nr_devices=1 memory_backed=1 bs=4096 gb=1
		backend=nullb0
		disk=\$(map_disk sessname=shape device_path=/dev/nullb0 \$(paths 1))
		alike \$blocks
		holds /sys/block/\$disk/queue/logical_block_size 4096
		edges 4096 \$(cat /sys/block/nullb0/size)
		run_fio whole "/dev/\$disk" --rw=randrw --bsrange=4k-200k --blockalign=4k --size=16M --io_size=4M --iodepth=8 --verify=crc32c
		if dd if=/dev/\$disk of=/dev/null bs=512 count=1 iflag=direct status=none 2> /dev/null; then
			fail "half a block was read"
		fi
		unmap_disk \$disk

		ram_disks 1 16
		backend=ram0
		disk=\$(map_disk sessname=shape device_path=/dev/ram0 \$(paths 1))
		alike \$blocks
		holds /sys/block/\$disk/queue/logical_block_size 512
		holds /sys/block/\$disk/queue/physical_block_size 4096
		edges 512 32768
		unmap_disk \$disk

		# 7 sectors from the beginning of the other one
		odd=\$(dm_disk odd "0 12345 linear /dev/ram0 7")
		backend=\${odd##*/}
		disk=\$(map_disk sessname=shape device_path=\$odd \$(paths 1))
		alike \$blocks
		holds /sys/block/\$disk/size 12345
		edges 512 12345
		run_fio end "/dev/\$disk" --rw=write --bs=512 --offset=\$((12345 * 512 - 65536)) --size=64k --verify=crc32c
		unmap_disk \$disk
		dmsetup remove --noudevsync odd
		unload_all
	EOF
}

@test "a cache that is volatile or not, odd limits of discards" {
	in_uml <<-EOF
		$shapes
		load null_blk nr_devices=0
		mount -t configfs configfs /sys/kernel/config
		# null NAME ATTRIBUTE=VALUE...
		null()
		{
			local dir=/sys/kernel/config/nullb/\$1 word
			shift

			mkdir \$dir
			for word in size=64 memory_backed=1 "\$@" power=1; do
				echo "\${word#*=}" > "\$dir/\${word%%=*}"
			done
		}
		null nullb0 cache_size=4
		null nullb1 discard=1
		for backend in nullb0 nullb1; do
			disk=\$(map_disk sessname=cache device_path=/dev/\$backend \$(paths 1))
			alike queue/write_cache queue/fua queue/discard_max_bytes queue/discard_granularity
			edges 512 131072
			unmap_disk \$disk
		done
		holds /sys/block/\$backend/queue/write_cache "write through"

		# discards of 76 KiB at most, which begin in the middle of a page
		odd=\$(dm_disk odd "0 65536 linear /dev/\$backend 3")
		backend=\${odd##*/}
		echo 77824 > /sys/block/\$backend/queue/discard_max_bytes
		disk=\$(map_disk sessname=cache device_path=\$odd \$(paths 1))
		alike queue/discard_max_bytes queue/discard_granularity discard_alignment
		holds /sys/block/\$disk/queue/discard_max_bytes 77824
		head -c 1M /dev/urandom > /tmp/data
		dd if=/tmp/data of=/dev/\$disk bs=64k oflag=direct status=none
		blkdiscard -o \$((512 * 5)) -l \$((512 * 1001)) /dev/\$disk
		cmp -n \$((512 * 5)) /tmp/data /dev/\$disk
		cmp -i \$((512 * 1006)) -n \$((512 * 1000)) /tmp/data /dev/\$disk
		dd if=/dev/\$disk bs=512 skip=5 count=1001 iflag=direct status=none | cmp -n \$((512 * 1001)) - /dev/zero
		unmap_disk \$disk
		dmsetup remove --noudevsync odd
		unload_all
	EOF
}

@test "a disk that vanishes from the server: its I/O fails, no other's, and it can come again" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1
		load null_blk nr_devices=0
		mount -t configfs configfs /sys/kernel/config
		gone=/sys/kernel/config/nullb/nullb0
		mkdir $gone
		echo 1 > $gone/memory_backed
		echo 64 > $gone/size
		echo 1 > $gone/power
		disk=$(map_disk sessname=van device_path=/dev/nullb0 $(paths 1))
		other=$(map_disk sessname=van device_path=/dev/ram0)
		stamps_begin "$other"
		dd if=/dev/zero of=/dev/$disk bs=4k count=64 oflag=direct status=none
		echo 0 > $gone/power
		for action in "if=/dev/$disk of=/dev/null iflag=direct" "if=/dev/zero of=/dev/$disk oflag=direct"; do
			if dd $action bs=4k count=1 status=none 2> /tmp/said; then
				fail "no error: $action"
			fi
			grep -q 'Input/output error' /tmp/said
		done
		path_is van 1 connected
		goes_on "$other"
		unmap_disk "$disk"
		mapping_fails "No such file or directory" sessname=van device_path=/dev/nullb0
		echo 1 > $gone/power
		disk=$(map_disk sessname=van device_path=/dev/nullb0)
		dd if=/dev/zero of=/dev/$disk bs=4k count=64 oflag=direct status=none
		unmap_disk "$disk"
		stamps_end "$other" ram0
		unmap_disk "$other"
		unload_all
	EOF
}

@test "two clients: one reads what the other writes, each writes a disk of its own" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 2 8
		net_up 1 2
		# two sessions are two clients to the server
		a=$(map_disk sessname=one device_path=/dev/ram0 $(paths 1))
		reader=$(map_disk sessname=two device_path=/dev/ram0 access_mode=ro $(paths 2))
		b=$(map_disk sessname=two device_path=/dev/ram1)
		stamps_begin "$a"
		run_fio other "/dev/$b" --rw=randwrite --bs=4k --size=2M --iodepth=8 --verify=crc32c &
		fio_pid=$!
		for ((i = 0; i < 5; i++)); do
			dd if=/dev/$reader of=/dev/null bs=64k iflag=direct status=none
		done
		wait $fio_pid || fail "fio ended with $?"
		path_cut 1
		wait_until 30 is "$(path_dir one 1)/state" disconnected
		# the other one does not notice
		run_fio other "/dev/$b" --rw=randwrite --bs=4k --size=1M --iodepth=8 --verify=crc32c
		path_heal 1
		wait_until 60 path_is one 1 connected
		stamps_stop
		stamps_verify "$a" "$reader" ram0
		unmap_disk "$a"
		unmap_disk "$b"
		unmap_disk "$reader"
		unload_all
	EOF
}
