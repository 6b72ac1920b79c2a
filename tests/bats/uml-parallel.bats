# SPDX-License-Identifier: GPL-2.0
# Many mappings at once on one session, which loses and gains paths meanwhile.

load lib/uml

workers='
	both_ends
	ram_disks 9 16
	net_up 1 2
	words=$(paths 1 2 | xargs)
	# worker N ROUNDS: maps disk N, writes, reads, unmaps
	worker()
	{
		local disk i

		head -c 64k /dev/urandom > /tmp/data.$1
		for ((i = 0; i < $2; i++)); do
			echo "sessname=par device_path=/dev/ram$1 $words" > $rnbd_ctl/map_device ||
				fail "disk $1, round $i: not mapped"
			disk=$(readlink -f "$rnbd_ctl/devices/!dev!ram$1@par")
			disk=${disk##*/}
			dd if=/tmp/data.$1 of=/dev/$disk bs=8k seek=$i oflag=direct status=none
			dd if=/dev/$disk bs=8k skip=$i count=8 iflag=direct status=none | cmp - /tmp/data.$1
			unmap_disk $disk
		done
	}
	# begin ROUNDS, and all_done: each of eight workers ended well
	begin()
	{
		local n

		pids=()
		for n in {0..7}; do
			worker $n $1 &
			pids+=($!)
		done
	}
	working()
	{
		kill -0 "${pids[@]}" 2>/dev/null
	}
	all_done()
	{
		local pid

		for pid in "${pids[@]}"; do
			wait $pid || fail "a worker ended with $?"
		done
	}
'
rounds=$((${RNBD_ROUNDS:-1} * 3))

@test "eight disks are mapped and unmapped while paths are removed and added" {
	in_uml <<-EOF
		$workers
		# the server may still be closing the old one
		add_path()
		{
			echo "ip:\$(ip4 c \$1)@ip:\$(ip4 s \$1)" 2> /dev/null > /sys/class/rtrs-client/par/add_path
		}
		keeper=\$(map_disk sessname=par device_path=/dev/ram8 \$words)
		begin $rounds
		changes=0
		while working; do
			path=\$((changes++ % 2 + 1))
			echo 1 > "\$(path_dir par \$path)/remove_path"
			wait_until 20 add_path \$path
		done
		all_done
		[[ \$changes -ge 2 ]] || fail "paths changed \$changes times only"
		unmap_disk \$keeper
		unload_all
	EOF
}

@test "eight disks are mapped and unmapped while their session comes and goes" {
	in_uml <<-EOF
		$workers
		begin $rounds
		all_done
		wait_until 10 test ! -e /sys/class/rtrs-client/par
		wait_until 10 test ! -e /sys/class/rtrs-server/par
		unload_all
	EOF
}
