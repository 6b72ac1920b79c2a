# SPDX-License-Identifier: GPL-2.0
# Several processors at either end: what User-Mode Linux, which has one, cannot
# show. Each round is a race of its own; check-long runs more of them, with four
# processors, and so with four connections for I/O on each path.

bats_require_minimum_version 1.5.0
load lib/bed
load lib/disk

rounds=${RNBD_ROUNDS:-1}
export BED_CPUS=$((rounds > 1 ? 4 : 2)) BED_MEMORY_MB=1024 BED_SERVER_DISKS="64M 64M"

setup_file()	{ bed_up && topo && need_stamp; }
teardown_file()	{ bed_down; }
teardown()	{ net_restore; guard; }

# jobs_begin DEVICE: four of them, each with a quarter of the disk, and whatever
# they write they read back; in the background, again and again until jobs_end,
# for fio which is asked to end now and then waits for I/O it never began
jobs_begin()
{
	on client rm -f /tmp/enough
	on -t 900 client sh -c 'until test -e /tmp/enough; do "$@" || exit; done' sh \
		fio --name=jobs "--filename=$1" --allow_file_create=0 --direct=1 \
		--ioengine=libaio --numjobs=4 --size=16M --offset_increment=16M --io_size=4M \
		--rw=randwrite --bsrange=4k-64k --blockalign=4k --iodepth=8 \
		--verify=crc32c --verify_fatal=1 --verify_backlog=64 \
		--minimal --output=/tmp/jobs 3>&- &
	jobs_pid=$!
	goes_on "$1" 100
}

# jobs_end: none of them met an error
jobs_end()
{
	on client touch /tmp/enough
	wait "$jobs_pid"
}

path_word()
{
	echo "ip:$(ip_of client "$1")@ip:$(ip_of server "$1")"
}

# sess_do FILE TEXT: of the client's session
sess_do()
{
	on client sh -c 'echo "$1" > "/sys/class/rtrs-client/$0"' "$SESSION/$1" "$2"
}

@test "each processor has a connection of its own on every path" {
	both_ends
	disk=$(map_disk $(paths 0 1))
	[ "$(on client nproc) $(on server nproc)" = "$BED_CPUS $BED_CPUS" ]
	# one more for what is no I/O
	[ "$(on server sh -c 'rdma resource show qp | grep -c "type RC state RTS"')" -eq \
		$((2 * (BED_CPUS + 1))) ]
	unmap_disk "$disk"
}

@test "four jobs verify what they write while a path is cut" {
	both_ends
	disk=$(map_disk $(paths 0 1))
	for ((round = 0; round < rounds; round++)); do
		jobs_begin "$disk"
		net_cut $((round % 2))
		wait_until 90 not path_is $((round % 2)) connected
		goes_on "$disk" 100
		net_restore $((round % 2))
		wait_until 150 path_is $((round % 2)) connected
		goes_on "$disk" 100
		jobs_end
	done
	unmap_disk "$disk"
	no_ends
}

@test "paths leave and come under writes, a disk beside it is mapped and unmapped" {
	both_ends
	disk=$(map_disk $(paths 0 1))
	stamps_begin "$disk"
	for ((round = 0; round < rounds; round++)); do
		for path in 0 1; do
			sess_do "paths/$(path_word $path)/remove_path" 1
			goes_on "$disk" 50
			other=$(on client rnbdctl map "sessname=$SESSION" device_path=/dev/vdc)
			run_fio "$other" --rw=randwrite --bs=4k --iodepth=8 --size=8M --io_size=1M
			sess_do add_path "$(path_word $path)"
			goes_on "$disk" 50
			unmap_disk "$other"
			sess_do "paths/$(path_word $path)/disconnect" 1
			goes_on "$disk" 50
			sess_do "paths/$(path_word $path)/reconnect" 1
			wait_until 150 path_is $path connected
		done
	done
	stamps_end "$disk"
	unmap_disk "$disk"
}

@test "the client's module leaves with a disk mapped, and the server's after it" {
	for ((round = 0; round < 2 * rounds; round++)); do
		both_ends
		disk=$(map_disk $(paths 0 1))
		run_fio "$disk" --rw=randwrite --bs=4k --iodepth=16 --numjobs=2 --size=8M --offset_increment=8M --io_size=1M
		on client modprobe -ra rnbd-client rtrs-client rtrs-core
		wait_until 90 on server sh -c '! test -e /sys/class/rtrs-server/"$0"' "$SESSION"
		on server modprobe -ra rnbd-server rtrs-server rtrs-core
	done
}
