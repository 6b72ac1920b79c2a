# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests on the two machines of bed.bash: the server's /dev/vdb as a disk of
# the client, its paths, and writes that are checked. SESSION is its session.

SESSION=vm

# need_stamp [MACHINE...]: the checker of written blocks, on both machines or
# there; for setup_file, and after a restart
need_stamp()
{
	local machine

	[[ $# -gt 0 ]] || set -- client server
	"${CC:-cc}" -O2 -Wall -pthread -static -o "$BATS_FILE_TMPDIR/stamp" \
		"$BED_TOP/tests/tools/stamp.c"
	for machine; do
		push "$BATS_FILE_TMPDIR/stamp" "$machine:/usr/bin/stamp"
		on "$machine" chmod +x /usr/bin/stamp
	done
}

# both_ends [parameters of rtrs-server]: the modules, loaded afresh
both_ends()
{
	no_ends
	sh_on server sh "$@" <<-'SCRIPT'
		modprobe rtrs-server "$@"
		modprobe rnbd-server
	SCRIPT
	on client modprobe rnbd-client
}

# no_ends: whatever was mapped is unmapped, and the modules leave
no_ends()
{
	on client pkill -KILL -x 'stamp|dd|fio' || :
	on client sh -c 'for f in /sys/block/rnbd*/rnbd/unmap_device; do
		test ! -e "$f" || echo force > "$f"
	done'
	wait_until 60 on client sh -c 'modprobe -rq rnbd-client'
	wait_until 60 on server sh -c 'modprobe -rq rnbd-server'
}

# paths [6] PATH...: words for `rnbdctl map`
paths()
{
	local six='' path

	if [[ $1 == 6 ]]; then
		six=6
		shift
	fi
	for path; do
		echo "path=ip:$(ip_of server "$path" $six)"
	done
}

# map_disk PATH_WORD...: prints its device in the client
map_disk()
{
	on client rnbdctl map "sessname=$SESSION" "$@" device_path=/dev/vdb
}

unmap_disk()
{
	on client rnbdctl unmap "$1"
}

# path_is PATH STATE: the client's path over that network, IPv4
path_is()
{
	[[ $(on client cat "/sys/class/rtrs-client/$SESSION/paths/ip:$(ip_of client "$1")@ip:$(ip_of server "$1")/state") == "$2" ]]
}

# device_is DEVICE STATE
device_is()
{
	[[ $(on client cat "/sys/block/${1#/dev/}/rnbd/state") == "$2" ]]
}

# run_fio DEVICE OPTIONS...: and whatever it wrote, it reads back
run_fio()
{
	on -t 240 client fio --name=fio "--filename=$1" --allow_file_create=0 --direct=1 \
		--ioengine=libaio --verify=crc32c --verify_fatal=1 --minimal \
		--output=/tmp/fio "${@:2}"
}

# stamps_begin DEVICE [options of stamp]: writes in the background until the end
stamps_begin()
{
	on -t 900 client stamp write "$1" /tmp/stamps -t 600 -w 8 -b 512 "${@:2}" \
		> "$BATS_TEST_TMPDIR/stamps" 3>&- &
	stamps_pid=$!
	goes_on "$1" 20
}

# goes_on DEVICE WRITES: as many more complete within 90 s
goes_on()
{
	wait_until 90 has_written "$1" $(($(writes_of "$1") + $2))
}

has_written()	{ (($(writes_of "$1") >= $2)); }
writes_of()	{ on client awk '{ print $5 }' "/sys/block/${1#/dev/}/stat"; }

# stamps_stop: what the writer has to say is in $output
stamps_stop()
{
	on client pkill -TERM -x stamp
	wait "$stamps_pid"
	output=$(cat "$BATS_TEST_TMPDIR/stamps")
	echo "$output"
}

# stamps_end DEVICE: no write failed, and each is there, in the client and on
# the server's own disk
stamps_end()
{
	stamps_stop
	[[ $output == *" failed 0 "* ]]
	stamps_verify "$1"
}

stamps_verify()
{
	on client stamp verify "$1" /tmp/stamps
	on client cat /tmp/stamps | on -i server sh -c 'cat > /tmp/stamps'
	on server stamp verify /dev/vdb /tmp/stamps
}
