# SPDX-License-Identifier: GPL-2.0
# A disk of the server takes no more requests for the moment, or for long.

load lib/uml

# both ends with path 1, and: close_path_of DISK, whose requests take 5 s, 4 at
# a time
full='
	both_ends
	net_up 1
	many_inside()
	{
		[[ $(awk "{ print \$1 + \$2 }" /sys/block/$1/inflight) -gt 12 ]]
	}
	close_path_of()
	{
		local began disk i took

		disk=$(map_disk sessname=full device_path=$1 $(paths 1))
		for i in {1..32}; do
			dd if=/dev/zero of=/dev/$disk bs=4k count=1 seek=$i oflag=direct status=none 2>/dev/null &
		done
		wait_until 60 many_inside $disk
		began=$(date +%s%3N)
		echo 1 > "$(path_dir full 1)/disconnect"
		wait_until 60 test ! -e "$(path_dir full 1 server)"
		took=$(($(date +%s%3N) - began))
		[[ $took -lt 2000 ]] || fail "closing took $took ms"
		wait_until 5 grep -qvx 0 /sys/class/rtrs-server/ctl/orphaned_ops
		wait || :
		wait_until 300 grep -qx 0 /sys/class/rtrs-server/ctl/orphaned_ops
		unmap_disk "$disk"
	}
'

@test "a path closes at once although the server's disk has no room for its requests" {
	in_uml <<-EOF
		$full
		load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=5000000000 \
			hw_queue_depth=4 submit_queues=1 gb=1
		close_path_of /dev/nullb0
		unload_all
	EOF
}

@test "so it does where the disk cannot say that it has no room" {
	in_uml <<-EOF
		$full
		load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=5000000000 \
			hw_queue_depth=4 submit_queues=1 gb=1
		# a delay of nothing passes on in the context of the one who submits
		close_path_of "\$(dm_disk blunt '0 2097152 delay /dev/nullb0 0 0')"
		wait_until 5 dmsetup remove --noudevsync blunt
		unload_all
	EOF
}

@test "a disk that hangs with hundreds of requests delays no other disk" {
	in_uml <<-'EOF'
		# null_disk NAME DEPTH NSEC
		null_disk()
		{
			local dir=/sys/kernel/config/nullb/$1

			mkdir "$dir"
			echo 1024 > "$dir/size"
			echo 2 > "$dir/irqmode"
			echo "$3" > "$dir/completion_nsec"
			echo "$2" > "$dir/hw_queue_depth"
			echo 1 > "$dir/power"
		}
		mount -t configfs none /sys/kernel/config 2>/dev/null || :
		load null_blk nr_devices=0
		# 64 at a time, 5 s each; and 2 at a time, 1 ms each
		null_disk slow 64 5000000000
		null_disk quick 2 1000000
		both_ends sess_queue_depth=512 max_chunk_size=16384
		net_up 1
		slow=$(map_disk sessname=slow device_path=/dev/slow $(paths 1))
		quick=$(map_disk sessname=quick device_path=/dev/quick $(paths 1))
		echo none > /sys/block/$slow/queue/scheduler
		run_fio slow /dev/$slow --rw=randwrite --bs=4k --iodepth=500 --number_ios=500 &
		filler=$!
		many_inside()
		{
			[[ $(awk '{ print $2 }' /sys/block/$slow/inflight) -gt 400 ]]
		}
		wait_until 60 many_inside
		began=$(date +%s%3N)
		run_fio quick /dev/$quick --rw=randwrite --bs=4k --iodepth=16 --number_ios=64
		took=$(($(date +%s%3N) - began))
		[[ $took -lt 4000 ]] || fail "the other disk took $took ms"
		wait $filler
		unmap_disk "$slow"
		unmap_disk "$quick"
		unload_all
	EOF
}
