# SPDX-License-Identifier: GPL-2.0
# A path dies, or all do. What was acknowledged is on the disk.

load lib/uml

setup_file() { need_stamp; }

cut_and_heal='
	ram_disks 1 64
	net_up 1 2
	disk=$(map_disk sessname=cut device_path=/dev/ram0 $(paths 1 2))
	stamps_begin "$disk"
	for path in 1 2; do
		path_cut $path
		wait_until 40 path_gone cut $path
		goes_on "$disk" 300
		path_heal $path
		wait_until 90 path_is cut $path connected
		goes_on "$disk" 300
	done
	stamps_end "$disk" ram0
	unmap_disk "$disk"
	unload_all
'

@test "one path falls silent under writes, keys renewed: no error, no byte lost" {
	in_uml <<< "both_ends always_invalidate=Y; $cut_and_heal"
}

@test "one path falls silent under writes, keys kept: no error, no byte lost" {
	in_uml <<< "both_ends always_invalidate=N; $cut_and_heal"
}

@test "packets are lost, late and doubled: no byte lost" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 64
		net_up 1 2
		disk=$(map_disk sessname=bad device_path=/dev/ram0 $(paths 1 2))
		stamps_begin "$disk"
		impair c1 duplicate 5%
		goes_on "$disk" 500
		impair c1 delay 5ms 2ms
		goes_on "$disk" 200
		path_heal 1
		goes_on "$disk" 500
		stamps_stop
		stamps_verify "$disk" ram0
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "when all paths are silent I/O ends with an error, and afterwards it goes on" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 64
		net_up 1 2
		disk=$(map_disk sessname=all device_path=/dev/ram0 $(paths 1 2))
		stamps_begin "$disk"
		path_cut 1
		path_cut 2
		wait_until 60 grep -qx closed /sys/block/$disk/rnbd/state
		path_heal 1
		path_heal 2
		wait_until 60 grep -qx open /sys/block/$disk/rnbd/state
		goes_on "$disk" 1000
		wait_until 60 path_is all 1 connected
		wait_until 60 path_is all 2 connected
		goes_on "$disk" 1000
		stamps_stop
		! grep -q ' failed 0 ' "$OUT/stamps.said" || fail "no write failed without a path"
		stamps_verify "$disk" ram0
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "a slow disk, a path cut and permits used again: nothing stale" {
	in_uml <<-'EOF'
		both_ends sess_queue_depth=16
		ram_disks 1 64
		slow=$(dm_disk slow "0 131072 delay /dev/ram0 0 0 /dev/ram0 0 700")
		net_up 1 2
		disk=$(map_disk sessname=slow device_path=$slow $(paths 1 2))
		stamps_begin "$disk" -w 24 -b 96
		for path in 1 2; do
			path_cut $path
			wait_until 40 path_gone slow $path
			goes_on "$disk" 50
			path_heal $path
			wait_until 60 path_is slow $path connected
			goes_on "$disk" 50
		done
		stamps_end "$disk" ram0
		unmap_disk "$disk"
		wait_until 10 dmsetup remove --noudevsync slow
		unload_all
	EOF
}

# A write is left to a slow disk, its path is closed and opened again.
orphan='
	both_ends
	ram_disks 1 16
	slow=$(dm_disk slow "0 32768 delay /dev/ram0 0 0 /dev/ram0 0 20000")
	net_up 1
	disk=$(map_disk sessname=orphan device_path=$slow $(paths 1))
	orphans=/sys/class/rtrs-server/ctl/orphaned_ops
	holds $orphans 0
	orphaned() { [[ $(cat $orphans) -eq $1 ]]; }
	head -c 4096 < <(yes old) > /tmp/old
	head -c 4096 < <(yes new) > /tmp/new
	dd if=/tmp/old of=/dev/$disk bs=4k seek=8 count=1 oflag=direct status=none 2> /tmp/said &
	begun() { [[ $(cut -d" " -f3 "$(path_dir orphan 1 server)/stats/rdma") -eq 1 ]]; }
	wait_until 20 begun
	echo 1 > "$(path_dir orphan 1)/disconnect"
	! wait $! || fail "written without a path"
	wait_until 15 orphaned 1
'

@test "a read after an orphaned write sees what that wrote" {
	in_uml <<-EOF
		$orphan
		echo 1 > "\$(path_dir orphan 1)/reconnect"
		wait_until 15 grep -qx open "/sys/block/\$disk/rnbd/state"
		# at once, not after the orphan: elsewhere
		dd "if=/dev/\$disk" of=/dev/null bs=4k skip=100 count=1 iflag=direct status=none
		orphaned 1
		dd "if=/dev/\$disk" of=/tmp/seen bs=4k skip=8 count=1 iflag=direct status=none
		cmp /tmp/seen /tmp/old
		wait_until 20 orphaned 0
		unmap_disk "\$disk"
		dmsetup remove --noudevsync slow
		unload_all
	EOF
}

@test "a write after an orphaned one reaches the disk after it" {
	in_uml <<-EOF
		$orphan
		echo 1 > "\$(path_dir orphan 1)/reconnect"
		wait_until 15 grep -qx open "/sys/block/\$disk/rnbd/state"
		tracing=/sys/kernel/tracing
		echo 1 > \$tracing/events/block/block_bio_queue/enable
		echo 1 > \$tracing/events/block/block_bio_complete/enable
		dd if=/tmp/new "of=/dev/\$disk" bs=4k seek=8 count=1 oflag=direct status=none
		dev=\$(cat "/sys/block/\${slow##*/}/dev")
		same "what the disk saw" "complete queue complete " "\$(
			sed -nE "s/.*block_bio_(queue|complete): \${dev/:/,} WS?F?S? 64 \+ 8 .*/\1/p" \$tracing/trace | tr '\n' ' ')"
		dd if=/dev/ram0 of=/tmp/seen bs=4k skip=8 count=1 iflag=direct status=none
		cmp /tmp/seen /tmp/new
		unmap_disk "\$disk"
		dmsetup remove --noudevsync slow
		unload_all
	EOF
}

@test "the server's modules stay while a write of a lost path is under way" {
	in_uml <<-EOF
		$orphan
		wait_until 15 test ! -e /sys/class/rtrs-server/orphan
		for module in rnbd-server rtrs-server; do
			if modprobe -r \$module 2> /tmp/said; then
				fail "\$module left while its write was under way"
			fi
			grep -q 'in use' /tmp/said
		done
		wait_until 60 orphaned 0
		unmap_disk "\$disk"
		wait_until 20 modprobe -r rnbd-server
		dmsetup remove --noudevsync slow
		unload_all
	EOF
}
