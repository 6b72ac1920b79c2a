# SPDX-License-Identifier: GPL-2.0
# Data arrives as it was sent, whatever the mode, size and queue.

load lib/uml

verified='
	net_up 1 2
	disk=$(map_disk sessname=io device_path=/dev/ram0 $(paths 1 2))
	run_fio random "/dev/$disk" --rw=randwrite --bs=4k --size=8M --iodepth=32 --verify=crc32c
	run_fio sequential "/dev/$disk" --rw=write --bs=128k --size=32M --iodepth=8 --verify=crc32c
	run_fio odd "/dev/$disk" --rw=randrw --bsrange=512-200k --blockalign=512 --size=32M --io_size=16M --iodepth=16 --verify=crc32c
	# what the last writer left is on the disk of the server, byte by byte
	same bytes "$(dd if=/dev/ram0 bs=1M iflag=direct status=none | sha256sum)" \
		"$(dd "if=/dev/$disk" bs=1M iflag=direct status=none | sha256sum)"
	for path in 1 2; do
		[[ $(awk "{ print \$1 * \$3 }" "$(path_dir io $path)/stats/rdma")  -gt 0 ]] ||
			fail "path $path carried nothing"
		read -r _ _ _ _ inflight failed_over < "$(path_dir io $path)/stats/rdma"
		same "in flight, taken over" "0 0" "$inflight $failed_over"
	done
	unmap_disk "$disk"
	unload_all
'

@test "4k random and 128k sequential are verified, keys renewed with each request" {
	in_uml <<< "both_ends sess_queue_depth=512 always_invalidate=Y; ram_disks 1 64; $verified"
}

@test "4k random and 128k sequential are verified, keys kept" {
	in_uml <<< "both_ends sess_queue_depth=512 always_invalidate=N; ram_disks 1 64; $verified"
}

@test "four permits serve 64 requests at a time" {
	in_uml <<< "both_ends sess_queue_depth=4; ram_disks 1 64; $verified"
}

@test "one permit, the smallest chunk" {
	in_uml <<-'EOF'
		both_ends sess_queue_depth=1 max_chunk_size=8192
		ram_disks 1 16
		net_up 1
		disk=$(map_disk sessname=small device_path=/dev/ram0 $(paths 1))
		holds /sys/block/$disk/queue/max_hw_sectors_kb 4
		run_fio small "/dev/$disk" --rw=randwrite --bs=64k --size=8M --iodepth=16 --verify=crc32c
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "chunks of one MiB carry requests of their size" {
	in_uml <<-'EOF'
		both_ends max_chunk_size=1048576 sess_queue_depth=64
		ram_disks 1 64
		net_up 1
		disk=$(map_disk sessname=big device_path=/dev/ram0 $(paths 1))
		run_fio big "/dev/$disk" --rw=write --bs=1M --size=32M --iodepth=8 --verify=crc32c
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "poll queues carry polled I/O, on a path added later as well" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 64
		net_up 1 2
		disk=$(map_disk sessname=polled device_path=/dev/ram0 nr_poll_queues=1 $(paths 1))
		holds /sys/block/$disk/rnbd/nr_poll_queues 1
		run_fio one "/dev/$disk" --hipri=1 --rw=randrw --bs=4k --size=2M --iodepth=8 --verify=crc32c
		echo "ip:$(ip4 c 2)@ip:$(ip4 s 2)" > /sys/class/rtrs-client/polled/add_path
		echo round-robin > /sys/class/rtrs-client/polled/mpath_policy
		run_fio two "/dev/$disk" --hipri=1 --rw=randrw --bs=4k --size=2M --iodepth=8 --verify=crc32c
		[[ $(cut -d' ' -f1 "$(path_dir polled 2)/stats/rdma") -gt 100 ]]
		unmap_disk "$disk"
		unload_all
	EOF
}
