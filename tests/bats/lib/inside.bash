# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scripts in an instance, beside its lib.sh: saying what is expected, and
# writing in the background while something happens.

# both_ends [parameters of rtrs-server]: all modules; sessions are small, since
# clearing their memory is what takes most time under KASAN
both_ends()
{
	load rtrs-server sess_queue_depth=64 "$@"
	load rnbd-server
	load rnbd-client
}

# same WHAT WANTED SEEN
same()
{
	[[ $2 == "$3" ]] || fail "$1: wanted '$2', saw '$3'"
}

# holds FILE TEXT: that is what FILE says
holds()
{
	same "$1" "$2" "$(cat "$1")"
}

# refused ERROR FILE TEXT: writing TEXT to FILE fails with that error
refused()
{
	local said

	if said=$({ printf '%s' "$3" > "$2"; } 2>&1); then
		fail "$2 took '$3'"
	fi
	[[ $said == *": $1" ]] || fail "$2 on '$3': wanted '$1', saw '${said##*: }'"
}

# mapping_fails ERROR WORDS...: and leaves no disk and no new session
mapping_fails()
{
	local error=$1 before
	shift

	before=$(mapped_now)
	refused "$error" $rnbd_ctl/map_device "$*"
	same "left over by '$*'" "$before" "$(mapped_now)"
}

mapped_now()
{
	(shopt -s nullglob
	 echo /sys/block/rnbd* /sys/class/rtrs-client/* $rnbd_ctl/devices/*)
}

# dm_disk NAME TABLE: a device-mapper disk; prints its device
dm_disk()
{
	dmsetup create --noudevsync --noudevrules "$1" <<< "$2"
	echo "/dev/$(dmsetup info -c --noheadings -o blkdevname "$1")"
}

# the number of writes a disk has completed
writes_of()
{
	local stat

	read -ra stat < "/sys/block/$1/stat" && echo "${stat[4]}"
}

_wrote()
{
	local stat

	read -ra stat < "/sys/block/$1/stat" && [[ ${stat[4]} -gt $2 ]]
}

# goes_on DISK [WRITES]: as many more writes complete within 60 s
goes_on()
{
	wait_until 60 _wrote "$1" $(($(writes_of "$1") + ${2:-1000}))
}

# stamps_begin DISK [options of stamp]: writes in the background until the end;
# few writers which rest, since they share the CPU with the script, and only an
# idle CPU passes over time
stamps_begin()
{
	"$RNBD_STAMP" write "/dev/$1" "$OUT/stamps" -w 3 -b 480 -t 600 -p 10000 "${@:2}" > "$OUT/stamps.said" &
	stamps_pid=$!
	goes_on "$1" 100
}

# stamps_stop: ends it, prints what it did
stamps_stop()
{
	kill -TERM "$stamps_pid"
	wait "$stamps_pid" || fail "the writer ended with $?"
	cat "$OUT/stamps.said"
}

# stamps_end DISK SERVER_DISK: stops, and wants no failed write, and each
# acknowledged block on both
stamps_end()
{
	stamps_stop
	grep -q ' failed 0 ' "$OUT/stamps.said" || fail "writes failed"
	stamps_verify "$1" "$2"
}

# stamps_verify DISK...
stamps_verify()
{
	local disk

	for disk; do
		"$RNBD_STAMP" verify "/dev/$disk" "$OUT/stamps" || fail "wrong blocks on $disk"
	done
}

# path_gone SESSION N: it has left the list, or is not connected
path_gone()
{
	! path_is "$1" "$2" connected
}

# Debian's rxe loses sessions of itself on a busy machine
rxe_retried()
{
	cat /sys/class/infiniband/rx*/ports/1/hw_counters/completer_retry_err \
		/sys/class/infiniband/rx*/ports/1/hw_counters/retry_exceeded_err |
		grep -qv '^0$'
}

# kernel_says RE: within 20 s
kernel_says()
{
	wait_until 20 _dmesg_has "$1"
}

_dmesg_has()
{
	dmesg | grep -E "$1" > "$OUT/kernel-said"
}
