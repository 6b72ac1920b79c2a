# SPDX-License-Identifier: GPL-2.0
# A silent peer is noticed in time, a slow one is left alone.

load lib/uml

setup_file() { need_stamp; }

@test "a silent path is noticed as soon as its session says" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 64
		net_up 1 2
		disk=$(map_disk sessname=hb device_path=/dev/ram0 $(paths 1 2))
		sess=/sys/class/rtrs-client/hb
		now_ms() { date +%s%3N; }
		stamps_begin "$disk"
		# under I/O, 3 s if nothing is said
		echo 100 > $sess/hb_interval_ms
		echo 5 > $sess/hb_missed_max
		goes_on "$disk"
		path_cut 1
		before=$(now_ms)
		wait_until 10 path_gone hb 1
		[[ $(($(now_ms) - before)) -lt 2500 ]] || fail "noticed after $(($(now_ms) - before)) ms"
		path_heal 1
		wait_until 90 path_is hb 1 connected
		stamps_end "$disk" ram0

		# when idle, a probe that stays unanswered for 1 s
		echo 1000 > $sess/hb_idle_interval_ms
		path_cut 2
		before=$(now_ms)
		wait_until 15 path_gone hb 2
		[[ $(($(now_ms) - before)) -lt 6000 ]] || fail "noticed after $(($(now_ms) - before)) ms"
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "a disk that takes longer than a request may is reported once, and waited for" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		slow=$(dm_disk slow "0 32768 delay /dev/ram0 0 0 /dev/ram0 0 5000")
		net_up 1 2
		disk=$(map_disk sessname=slow device_path=$slow $(paths 1 2))
		echo 1000 > /sys/class/rtrs-client/slow/request_timeout_ms
		head -c 4096 /dev/urandom > /tmp/data
		dd if=/tmp/data of=/dev/$disk bs=4k count=1 oflag=direct status=none
		same "lines about it" 1 "$(dmesg | grep -c 'unanswered')"
		cmp -n 4096 /tmp/data <(dd if=/dev/ram0 bs=4k count=1 iflag=direct status=none)
		for path in 1 2; do
			path_is slow $path connected
			read -r good bad < "$(path_dir slow $path)/stats/reconnects"
			same "reconnects of path $path" "0 0" "$good $bad"
		done
		unmap_disk "$disk"
		dmsetup remove --noudevsync slow
		unload_all
	EOF
}

@test "a request on a connection that is dead moves to another path" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1 2
		disk=$(map_disk sessname=mute device_path=/dev/ram0 $(paths 1 2))
		# no heartbeat notices
		for side in client server; do
			echo 60000 > /sys/class/rtrs-$side/mute/hb_interval_ms
			echo 600000 > /sys/class/rtrs-$side/mute/hb_idle_interval_ms
		done
		echo 1000 > /sys/class/rtrs-client/mute/request_timeout_ms
		head -c 8192 /dev/urandom > /tmp/data
		path_cut 1
		began=$SECONDS
		# idle paths take turns: one of the two meets the dead one
		dd if=/tmp/data of=/dev/$disk bs=4k count=2 oflag=direct status=none
		# a second until it is late, five for a sign of life, and the FENCE
		[[ $((SECONDS - began)) -le 9 ]] || fail "moved after $((SECONDS - began)) s"
		kernel_says "no sign of life"
		cmp -n 8192 /tmp/data <(dd if=/dev/ram0 bs=4k count=2 iflag=direct status=none)
		same "requests moved" 1 "$(cut -d' ' -f6 "$(path_dir mute 2)/stats/rdma")"
		path_heal 1
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "the latency of a path is that of its network" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1
		disk=$(map_disk sessname=far device_path=/dev/ram0 $(paths 1))
		echo 1000 > /sys/class/rtrs-client/far/hb_idle_interval_ms
		latency_ms() { echo $(($(cut -d' ' -f1 "$(path_dir far 1)/cur_latency") / 1000000)); }
		between() { [[ $(latency_ms) -ge $1 && $(latency_ms) -lt $2 ]]; }
		impair s1 delay 200ms
		wait_until 30 between 200 400
		path_heal 1
		wait_until 30 between 0 100
		unmap_disk "$disk"
		unload_all
	EOF
}
