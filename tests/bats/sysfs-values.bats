# SPDX-License-Identifier: GPL-2.0
# What the writable files take, keep and refuse, as the manual says.

load lib/uml

@test "settings keep what is in range and refuse the rest" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1
		disk=$(map_disk sessname=set device_path=/dev/ram0 $(paths 1))
		# FILE LOWEST HIGHEST DEFAULT, as in rtrs(7)
		range()
		{
			holds "$1" "$4"
			for value in "$2" "$3"; do
				echo "$value" > "$1"
				holds "$1" "$value"
			done
			refused "Numerical result out of range" "$1" $(($3 + 1))
			[[ $2 -le 0 ]] || refused "Numerical result out of range" "$1" $(($2 - 1))
			for value in ten 5x "" -5; do
				if { echo "$value" > "$1"; } 2> /tmp/said; then
					fail "$1 took '$value'"
				fi
			done
			holds "$1" "$3"
			echo "$4" > "$1"
		}
		for end in client server; do
			sess=/sys/class/rtrs-$end/set
			range $sess/hb_interval_ms 50 60000 500
			range $sess/hb_missed_max 2 100 6
			range $sess/hb_idle_interval_ms 1000 600000 5000
		done
		sess=/sys/class/rtrs-client/set
		range $sess/reconnect_delay_ms 0 600000 30000
		range $sess/fence_wait_ms 0 60000 2000
		range $sess/request_timeout_ms 1000 3600000 30000
		echo 0 > $sess/request_timeout_ms
		holds $sess/request_timeout_ms 0

		holds $sess/max_reconnect_attempts -1
		for value in 0 9999 -1; do
			echo "$value" > $sess/max_reconnect_attempts
			holds $sess/max_reconnect_attempts "$value"
		done
		refused "Invalid argument" $sess/max_reconnect_attempts 10000
		refused "Invalid argument" $sess/max_reconnect_attempts -2
		refused "Invalid argument" $sess/max_reconnect_attempts many

		policy=$sess/mpath_policy
		for name in round-robin rr RR 0 Round-Robin; do
			echo 1 > $policy
			echo "$name" > $policy
			holds $policy "round-robin (RR: 0)"
		done
		for name in min-inflight mi MI 1; do
			echo 0 > $policy
			echo "$name" > $policy
			holds $policy "min-inflight (MI: 1)"
		done
		for name in min-latency ml 2 "MIN-LATENCY (ML: 2)"; do
			echo 0 > $policy
			echo "$name" > $policy
			holds $policy "min-latency (ML: 2)"
		done
		for name in fastest 3 m; do
			refused "Invalid argument" $policy "$name"
		done
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "files that act take 1 and nothing else, and read as help" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 1 16
		net_up 1
		disk=$(map_disk sessname=act device_path=/dev/ram0 $(paths 1))
		for dir in "$(path_dir act 1)" "$(path_dir act 1 server)"; do
			for file in reconnect disconnect remove_path; do
				[[ -e $dir/$file ]] || continue
				grep -q '^Usage: echo' $dir/$file
				for value in 0 2 yes 11; do
					refused "Invalid argument" $dir/$file $value
				done
			done
		done
		path_is act 1 connected
		path=$(path_dir act 1)
		dd if=/dev/$disk of=/dev/null bs=4k count=16 iflag=direct status=none
		[[ $(cut -d' ' -f1 $path/stats/rdma) -ge 16 ]]
		for file in rdma reconnects cpu_migration_from cpu_migration_to reset_all; do
			refused "Invalid argument" $path/stats/$file 0
			echo 1 > $path/stats/$file
		done
		same rdma "0 0 0 0 0 0" "$(cat $path/stats/rdma)"
		same reconnects "0 0" "$(cat $path/stats/reconnects)"
		refused "Invalid argument" "$(path_dir act 1 server)/stats/rdma" 0
		echo 1 > "$(path_dir act 1 server)/stats/rdma"
		same "rdma of the server" "0 0 0 0" "$(cat "$(path_dir act 1 server)/stats/rdma")"
		for file in remap_device unmap_device; do
			grep -q '^Usage: echo' /sys/block/$disk/rnbd/$file
			refused "Invalid argument" /sys/block/$disk/rnbd/$file 0
		done
		unmap_disk "$disk"
		unload_all
	EOF
}
