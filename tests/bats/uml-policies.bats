# SPDX-License-Identifier: GPL-2.0
# Which path requests take: each policy's share for each path, when paths are
# equal, slow, lost, back, or very different.

load lib/uml

setup_file() { need_stamp; }

policies='
	both_ends
	ram_disks 1 64
	net_up 1 2 3
	disk=$(map_disk sessname=pol device_path=/dev/ram0 $(paths 1 2))
	sess=/sys/class/rtrs-client/pol
	# neighbours by chance stay two
	echo 2 > /sys/block/$disk/queue/nomerges
	reads() { cut -d" " -f1 "$(path_dir pol "$1")/stats/rdma"; }
	# by POLICY READS DEPTH [options of fio]: share[N] is what path N got of them
	by()
	{
		local n before=() sum=0 count=$2

		echo "$1" > $sess/mpath_policy
		for n in $at; do
			before[n]=$(reads $n)
		done
		run_fio "$1" "/dev/$disk" --rw=randread --bs=4k --io_size=$((count * 4))k --size=32M --iodepth="$3" "${@:4}"
		share=()
		for n in $at; do
			share[n]=$(($(reads $n) - before[n]))
			sum=$((sum + share[n]))
		done
		same "reads" $count $sum
	}
	# shares WHAT LEAST MOST: of each path
	shares()
	{
		local n

		for n in $at; do
			[[ ${share[n]} -ge $2 && ${share[n]} -le $3 ]] || fail "$1: ${share[*]}"
		done
	}
	add() { echo "ip:$(ip4 c $1)@ip:$(ip4 s $1)" > $sess/add_path; }
	at="1 2"
'

@test "equal paths get equal shares, two of them and three" {
	in_uml <<-EOF
		$policies
		holds \$sess/mpath_policy "min-inflight (MI: 1)"
		by round-robin 400 1
		shares "round-robin" 190 210
		# idle paths take turns
		by min-inflight 400 1
		shares "min-inflight, idle" 190 210
		# eight at once go together: of three batches one path has two
		together="--iodepth_batch_submit=8 --iodepth_batch_complete_min=8"
		by min-inflight 24 8 \$together
		shares "min-inflight, together" 8 16
		by round-robin 400 8 \$together
		shares "round-robin, together" 150 250
		add 3
		at="1 2 3"
		by round-robin 300 1
		shares "round-robin, three" 95 105
		by round-robin 300 8
		shares "round-robin, three, eight at once" 80 120
		unmap_disk "\$disk"
		unload_all
	EOF
}

@test "a slow path gets less, a lost one nothing, and its share when it is back" {
	in_uml <<-EOF
		$policies
		impair s1 delay 20ms
		# one on each path all the time; on a busy host the quick one is slow, too
		for try in 1 2 3; do
			by min-inflight 400 2
			[[ \${share[1]} -ge 80 ]] || break
		done
		[[ \${share[1]} -gt 0 && \${share[1]} -lt 80 ]] || fail "min-inflight: \${share[*]}"
		path_heal 1
		path_cut 2
		dd if=/dev/\$disk of=/dev/null bs=4k count=8 iflag=direct status=none
		wait_until 60 path_gone pol 2
		for policy in round-robin min-inflight min-latency; do
			by \$policy 50 4
			same "\$policy, one path lost" "50 0" "\${share[*]}"
		done
		path_heal 2
		wait_until 60 path_again pol 2
		by round-robin 200 1
		shares "round-robin, back" 90 110
		unmap_disk "\$disk"
		unload_all
	EOF
}

@test "min-latency follows within two probes when latencies change places" {
	in_uml <<-EOF
		$policies
		interval=1000
		echo \$interval > \$sess/hb_idle_interval_ms
		slower_than() { [[ \$(cut -d' ' -f1 "\$(path_dir pol \$1)/cur_latency") -gt \$2 ]]; }
		probed() { slower_than \$slow 250000000 && ! slower_than \$fast 250000000; }
		slow=1 fast=2
		for ((round = 0; round < 4; round++)); do
			began=\${EPOCHREALTIME/./}
			path_heal \$fast
			impair s\$slow delay 500ms
			wait_until 30 probed
			took=\$(((\${EPOCHREALTIME/./} - began) / 1000))
			[[ \$took -lt \$((3 * interval)) ]] || fail "not probed in \$took ms"
			by min-latency 50 4
			same "on the slow path" 0 "\${share[slow]}"
			other=\$slow slow=\$fast fast=\$other
		done
		unmap_disk "\$disk"
		unload_all
	EOF
}

@test "paths of very different speed: no policy stalls" {
	in_uml <<-EOF
		$policies
		add 3
		impair s2 delay 20ms
		impair c2 delay 5ms
		impair s3 delay 200ms rate 8mbit
		stamps_begin "\$disk"
		for policy in round-robin min-inflight min-latency round-robin; do
			echo \$policy > \$sess/mpath_policy
			goes_on "\$disk" 300
		done
		for n in 1 2 3; do
			path_is pol \$n connected || fail "path \$n was given up"
			[[ \$(cut -d' ' -f3 "\$(path_dir pol \$n)/stats/rdma") -gt 10 ]] || fail "path \$n was not used"
		done
		stamps_end "\$disk" ram0
		longest=\$(sed -n "s/.*longest_ms //p" "\$OUT/stamps.said")
		[[ \$longest -lt 3000 ]] || fail "a write took \$longest ms"
		unmap_disk "\$disk"
		unload_all
	EOF
}
