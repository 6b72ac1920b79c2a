# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What works whichever end is ours; needs bed.bash and disk.bash.

# verified_io INVALIDATE PATH...: writes over these paths are read back, also
# after the disk was unmapped and mapped again. The disk has 32 MB: checksums are
# what takes longest.
verified_io()
{
	local invalidate=$1 disk
	shift

	both_ends "always_invalidate=$invalidate"
	disk=$(map_disk $(paths "$@"))
	run_fio "$disk" --rw=randwrite --bs=4k --iodepth=16 --size=16M --io_size=4M
	run_fio "$disk" --rw=write --bs=128k --iodepth=8 --offset=16M --size=16M
	on client md5sum "$disk" > "$BATS_TEST_TMPDIR/before"
	unmap_disk "$disk"
	disk=$(map_disk $(paths "$@"))
	on client md5sum "$disk" > "$BATS_TEST_TMPDIR/after"
	unmap_disk "$disk"
	on server md5sum /dev/vdb > "$BATS_TEST_TMPDIR/server"
	cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	cmp <(cut -d' ' -f1 "$BATS_TEST_TMPDIR/after") <(cut -d' ' -f1 "$BATS_TEST_TMPDIR/server")
}

# path_do PATH WHAT: writes 1 to that file of the client's path
path_do()
{
	on client sh -c 'echo 1 > "$0"' "/sys/class/rtrs-client/$SESSION/paths/ip:$(ip_of client "$1")@ip:$(ip_of server "$1")/$2"
}

# reconnected_under_writes INVALIDATE: one path after the other
reconnected_under_writes()
{
	local disk path

	both_ends "always_invalidate=$1"
	disk=$(map_disk $(paths 0 1))
	stamps_begin "$disk"
	for path in 0 1; do
		path_do $path disconnect
		wait_until 20 path_is $path disconnected
		goes_on "$disk" 50
		path_do $path reconnect
		wait_until 60 path_is $path connected
		goes_on "$disk" 50
	done
	stamps_end "$disk"
	unmap_disk "$disk"
}

# cut_under_writes INVALIDATE SECONDS_TO_NOTICE
cut_under_writes()
{
	local disk

	both_ends "always_invalidate=$1"
	disk=$(map_disk $(paths 0 1))
	stamps_begin "$disk"
	net_cut 0
	wait_until "$2" not path_is 0 connected
	goes_on "$disk" 50
	net_restore 0
	wait_until 90 path_is 0 connected
	goes_on "$disk" 50
	stamps_end "$disk"
	unmap_disk "$disk"
}
