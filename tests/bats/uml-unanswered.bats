# SPDX-License-Identifier: GPL-2.0
# A server that is alive but does not answer about one disk.

load lib/uml

setup_file() { need_stamp; }

# slow_disk SECONDS: /dev/slow, each request of which takes that long. While its
# partitions are looked for, that is at once, nobody can open it.
slow_disk='
	slow_disk()
	{
		local dir=/sys/kernel/config/nullb/slow

		mount -t configfs none /sys/kernel/config 2>/dev/null || :
		load null_blk nr_devices=0
		mkdir $dir
		echo 64 > $dir/size
		echo 2 > $dir/irqmode
		echo $1000000000 > $dir/completion_nsec
		echo 1 > $dir/power &
		wait_until 20 test -b /dev/slow
	}
'

@test "nobody waits for ever for a server that does not answer an OPEN" {
	in_uml <<-EOF
		$slow_disk
		both_ends
		ram_disks 1 16
		net_up 1
		slow_disk 15
		echo 1000 > /sys/module/rnbd_client/parameters/answer_timeout_ms
		used=\$(map_disk sessname=s device_path=/dev/ram0 \$(paths 1))
		began=\$SECONDS
		refused "Connection timed out" \$rnbd_ctl/map_device "sessname=s device_path=/dev/slow"
		[[ \$((SECONDS - began)) -lt 6 ]] || fail "mapping took \$((SECONDS - began)) s"
		# what has been asked for is still on its way
		refused "File exists" \$rnbd_ctl/map_device "sessname=s device_path=/dev/slow"
		began=\$SECONDS
		unmap_disk "\$used"
		modprobe -r rnbd-client
		[[ \$((SECONDS - began)) -lt 8 ]] || fail "leaving took \$((SECONDS - began)) s"
		kernel_says 'slow@s> .*the server does not answer'
		wait
		wait_until 20 test ! -e /sys/class/rtrs-server/s
		rmdir /sys/kernel/config/nullb/slow
		unload_all
	EOF
}

@test "a device comes back although its last OPEN is still under way" {
	in_uml <<-EOF
		$slow_disk
		both_ends
		net_up 1 2
		slow_disk 15
		wait
		disk=\$(map_disk sessname=s device_path=/dev/slow \$(paths 1))
		echo 1 > /sys/class/rnbd-server/ctl/devices/slow/sessions/s/force_close
		! dd if=/dev/\$disk of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null ||
			fail "read from a closed disk"
		wait_until 20 grep -qx closed /sys/block/\$disk/rnbd/state
		blockdev --rereadpt /dev/slow &
		busy() { [[ \$(awk '{ print \$1 }' /sys/block/slow/inflight) -gt 0 ]]; }
		wait_until 20 busy
		echo 1 > /sys/block/\$disk/rnbd/remap_device 2>/dev/null &
		remap=\$!
		# a second path, which the server will believe in: so the session and its
		# OPEN stay when the client has lost both
		echo "\$(paths 2 | sed s/path=//)" > /sys/class/rtrs-client/s/add_path
		wait_until 30 path_is s 2 connected
		echo 60000 > /sys/class/rtrs-server/s/hb_interval_ms
		echo 60000 > /sys/class/rtrs-server/s/hb_idle_interval_ms
		path_cut 2
		echo 1 > "\$(path_dir s 2)/disconnect"
		echo 1 > "\$(path_dir s 1)/disconnect"
		wait \$remap || :
		echo 1 > "\$(path_dir s 1)/reconnect"
		wait_until 120 grep -qx open /sys/block/\$disk/rnbd/state
		[[ \$(sed -n 's/^open //p' /sys/class/rnbd-server/ctl/refused) -gt 0 ]] || fail "no OPEN met the other"
		path_heal 2
		wait
		unmap_disk "\$disk"
		rmdir /sys/kernel/config/nullb/slow
		unload_all
	EOF
}

@test "a disk whose I/O is never answered is unmapped, others of its session go on" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 2 16
		net_up 1 2
		stuck=$(dm_disk stuck "0 32768 linear /dev/ram1 0")
		echo 2000 > /sys/module/rnbd_client/parameters/answer_timeout_ms
		good=$(map_disk sessname=s device_path=/dev/ram0 $(paths 1 2))
		disk=$(map_disk sessname=s device_path=$stuck)
		stamps_begin "$good"
		dmsetup suspend --noudevsync --noflush --nolockfs stuck
		dd if=/dev/$disk of=/dev/null bs=4k count=1 iflag=direct 2> /dev/null &
		reader=$!
		dd if=/dev/zero of=/dev/$disk bs=4k count=1 oflag=direct 2> /dev/null &
		writer=$!
		busy() { [[ $(cat /sys/block/$disk/inflight) =~ ^\ *1\ +1$ ]]; }
		wait_until 20 busy
		began=$SECONDS
		echo force > /sys/block/$disk/rnbd/unmap_device
		[[ $((SECONDS - began)) -lt 30 ]] || fail "it took $((SECONDS - began)) s"
		! wait $reader || fail "the read did not fail"
		! wait $writer || fail "the write did not fail"
		kernel_says "does not answer its I/O"
		goes_on "$good" 200
		stamps_end "$good" ram0
		# nobody uses the chunks with which the server is still busy
		run_fio deep "/dev/$good" --rw=randwrite --bs=4k --size=8M --iodepth=128 --verify=crc32c
		same "busy chunks" "chunk_busy 0" "$(grep '^chunk_busy ' /sys/class/rtrs-server/ctl/refused)"
		for n in 1 2; do
			echo 1 > "$(path_dir s $n)/reconnect"
		done
		run_fio again "/dev/$good" --rw=randwrite --bs=4k --size=8M --iodepth=128 --verify=crc32c
		same "busy chunks" "chunk_busy 0" "$(grep '^chunk_busy ' /sys/class/rtrs-server/ctl/refused)"
		dmsetup resume --noudevsync stuck
		unmap_disk "$good"
		wait_until 10 test ! -e /sys/class/rtrs-server/s
		dmsetup remove --noudevsync stuck
		unload_all
	EOF
}

# stuck NAME DISK: a disk of the server which can be made to answer no more;
# mute it, and let it answer again
mute='
	stuck() { dm_disk "$1" "0 32768 linear /dev/$2 0"; }
	mute() { dmsetup suspend --noudevsync --noflush --nolockfs "$1"; }
	answer() { dmsetup resume --noudevsync "$1"; }
	reading() { [[ $(cat /sys/block/$1/inflight) =~ ^\ *$2\ +0$ ]]; }
	both_ends sess_queue_depth=16
	echo 2000 > /sys/module/rnbd_client/parameters/answer_timeout_ms
	ram_disks 3 16
	net_up 1 2
	stuck=$(stuck stuck ram1)
'

@test "for a disk that goes the last path is not given up while another comes back" {
	in_uml <<-EOF
		$mute
		again=\$(stuck again ram2)
		good=\$(map_disk sessname=s device_path=/dev/ram0 \$(paths 1 2))
		first=\$(map_disk sessname=s device_path=\$stuck)
		second=\$(map_disk sessname=s device_path=\$again)
		stamps_begin "\$good"
		mute stuck
		path_cut 1
		wait_until 30 path_gone s 1
		dd if=/dev/\$first of=/dev/null bs=4k count=1 iflag=direct 2> /dev/null &
		reader=\$!
		wait_until 20 reading \$first 1
		echo 1000 > /sys/module/rnbd_client/parameters/answer_timeout_ms
		echo force > /sys/block/\$first/rnbd/unmap_device &
		forced=\$!
		kernel_says "does not answer its I/O"
		goes_on "\$good" 50
		path_heal 1
		wait_until 60 path_again s 1
		wait \$forced
		! wait \$reader || fail "the read did not fail"
		stamps_end "\$good" ram0
		# but not for ever
		wait_until 60 path_is s 2 connected
		mute again
		path_cut 1
		wait_until 30 path_gone s 1
		dd if=/dev/\$second of=/dev/null bs=4k count=1 iflag=direct 2> /dev/null &
		reader=\$!
		wait_until 20 reading \$second 1
		began=\$SECONDS
		echo force > /sys/block/\$second/rnbd/unmap_device
		[[ \$((SECONDS - began)) -lt 60 ]] || fail "it took \$((SECONDS - began)) s"
		! wait \$reader || fail "the read did not fail"
		path_heal 1
		answer stuck
		answer again
		wait_until 60 is /sys/block/\$good/rnbd/state open
		unmap_disk "\$good"
		wait_until 30 test ! -e /sys/class/rtrs-server/s
		dmsetup remove --noudevsync stuck
		dmsetup remove --noudevsync again
		unload_all
	EOF
}

@test "a disk the server closed comes back although its I/O is unanswered" {
	in_uml <<-EOF
		$mute
		disk=\$(map_disk sessname=s device_path=\$stuck \$(paths 1 2))
		mute stuck
		dd if=/dev/\$disk of=/dev/null bs=4k count=1 iflag=direct 2> /dev/null &
		reader=\$!
		wait_until 20 reading \$disk 1
		echo 1 > /sys/class/rnbd-server/ctl/devices/\${stuck#/dev/}/sessions/s/force_close
		! dd if=/dev/\$disk of=/dev/null bs=4k count=1 skip=1 iflag=direct 2> /dev/null ||
			fail "read from a closed disk"
		wait_until 60 is /sys/block/\$disk/rnbd/state closed
		# who asks may not have the patience to see it
		echo 1 2> /dev/null > /sys/block/\$disk/rnbd/remap_device || :
		wait_until 60 is /sys/block/\$disk/rnbd/state open
		! wait \$reader || fail "the read did not fail"
		answer stuck
		run_fio back "/dev/\$disk" --rw=randwrite --bs=4k --size=1M --iodepth=16 --verify=crc32c
		unmap_disk "\$disk"
		wait_until 30 test ! -e /sys/class/rtrs-server/s
		dmsetup remove --noudevsync stuck
		unload_all
	EOF
}

@test "nobody waits for ever for who closes a disk, or for its partitions" {
	in_uml <<-EOF
		$mute
		again=\$(stuck again ram2)
		good=\$(map_disk sessname=s device_path=/dev/ram0 \$(paths 1 2))
		disk=\$(map_disk sessname=s device_path=\$stuck)
		mute stuck
		mute again
		dd if=/dev/\$disk of=/dev/null bs=4k count=1 2> /dev/null &
		reader=\$!
		reads() { [[ \$(awk '{ print \$1 }' /sys/block/\$disk/inflight) -gt 0 ]]; }
		wait_until 20 reads
		# it dies, and waits with the disk's mutex for what it has read ahead
		kill -KILL \$reader
		closing() { [[ -z \$(ls /proc/\$reader/fd) ]]; }
		wait_until 20 closing
		began=\$SECONDS
		echo force > /sys/block/\$disk/rnbd/unmap_device
		[[ \$((SECONDS - began)) -lt 30 ]] || fail "unmapping took \$((SECONDS - began)) s"
		! wait \$reader
		began=\$SECONDS
		refused "Connection timed out" \$rnbd_ctl/map_device "sessname=s device_path=\$again"
		[[ \$((SECONDS - began)) -lt 30 ]] || fail "mapping took \$((SECONDS - began)) s"
		run_fio good "/dev/\$good" --rw=randwrite --bs=4k --size=1M --iodepth=8 --verify=crc32c
		answer stuck
		answer again
		unmap_disk "\$good"
		wait_until 30 test ! -e /sys/class/rtrs-server/s
		dmsetup remove --noudevsync stuck
		dmsetup remove --noudevsync again
		unload_all
	EOF
}

@test "when half of the requests are given up the paths are connected anew" {
	in_uml <<-EOF
		$mute
		full=\$(stuck full ram2)
		good=\$(map_disk sessname=s device_path=\$full \$(paths 1 2))
		disk=\$(map_disk sessname=s device_path=\$stuck)
		# read_some DISK COUNT: at once, each by a process of its own
		read_some()
		{
			local i

			readers=()
			for ((i = 0; i < \$2; i++)); do
				dd if=/dev/\$1 of=/dev/null bs=4k count=1 skip=\$i iflag=direct 2> /dev/null &
				readers+=(\$!)
			done
			wait_until 30 reading \$1 \$2
		}
		# all of them on path 1
		echo 1 > "\$(path_dir s 2)/disconnect"
		mute stuck
		read_some \$disk 8
		echo 1 > "\$(path_dir s 2)/reconnect"
		echo force > /sys/block/\$disk/rnbd/unmap_device
		for reader in "\${readers[@]}"; do
			! wait \$reader || fail "a read did not fail"
		done
		kernel_says "renewing its chunks"
		# all of them are there again, but for the one with which it is closed
		mute full
		read_some \$good 15
		answer full
		for reader in "\${readers[@]}"; do
			wait \$reader
		done
		same "busy chunks" "chunk_busy 0" "\$(grep '^chunk_busy ' /sys/class/rtrs-server/ctl/refused)"
		answer stuck
		unmap_disk "\$good"
		wait_until 30 test ! -e /sys/class/rtrs-server/s
		dmsetup remove --noudevsync stuck
		dmsetup remove --noudevsync full
		unload_all
	EOF
}
