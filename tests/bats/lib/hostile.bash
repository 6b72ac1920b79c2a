# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For bats files where tests/tools/peer lies to our server; needs uml.bash.

# need_peer: builds it, and what another session is checked with
need_peer()
{
	need_stamp
	RNBD_PEER=$BATS_FILE_TMPDIR/peer
	export RNBD_PEER
	"${CC:-cc}" -O2 -Wall -o "$RNBD_PEER" "$UML_TOP"/tests/tools/peer/*.c -lrdmacm -libverbs
}

# The beginning of a job; its first argument says whether keys are renewed.
# A queue depth that is no power of two leaves numbers which name no chunk.
# shellcheck disable=SC2034,SC2016
hostile='
	both_ends sess_queue_depth=12 always_invalidate=$1
	load rdma_ucm
	ram_disks 3 16
	net_up 1 2
	good=$(map_disk sessname=good device_path=/dev/ram2 $(paths 2))
	stamps_begin "$good"
	counters=/sys/class/rtrs-server/ctl/refused
	rnbd_refused=/sys/class/rnbd-server/ctl/refused
	peer() { "$RNBD_PEER" "$(ip4 c 1)" "$(ip4 s 1)" 1234 "$@"; }
	# expect DEVICE: lines of CASE COUNTER|- REACTION on stdin
	expect()
	{
		local name counter reaction before names=() wanted=()

		while read -r name counter reaction; do
			if [[ $counter == - ]]; then
				names+=("$name")
				wanted+=("$name: $reaction")
				continue
			fi
			before=$(cat $counters)
			same "peer" "$name: $reaction" "$(peer "$1" "$name")"
			# nothing but that counter has moved, and that by one
			same "$name: counters" "$counter $(($(awk -v c="$counter" "\$1 == c { print \$2 }" <<< "$before") + 1))" "$(changed)"
		done
		# those which are answered, not counted, in one go
		[[ ${#names[@]} -gt 0 ]] || return 0
		before=$(cat $counters)
		same "peer" "$(printf "%s\n" "${wanted[@]}")" "$(peer "$1" "${names[@]}")"
		same "counters" "" "$(changed)"
	}
	changed()
	{
		comm -13 <(sort <<< "$before") <(sort $counters)
	}
	# too_much_said: of our lines about peers those of a kind that came 20 times
	# in the five seconds before
	too_much_said()
	{
		dmesg | awk -F "[][]" "
			/\] (rtrs|rnbd)_server: / {
				kind = \$0
				sub(/^[^:]*: /, \"\", kind)
				gsub(/[0-9a-f.:@-]+/, \"\", kind)
				n = ++count[kind]
				at[kind, n] = \$2
				if (n > 20 && \$2 - at[kind, n - 20] < 5)
					print
			}"
	}
	no_session() { [[ $(ls /sys/class/rtrs-server | xargs) == "ctl good" ]]; }
	# what is good still works, once the peer and its disks are forgotten
	still_good()
	{
		local disk

		wait_until 30 no_session
		same "too much in the log" "" "$(too_much_said | head)"
		disk=$(map_disk sessname=next device_path=/dev/ram0 $(paths 1))
		run_fio next "/dev/$disk" --rw=randwrite --bs=4k --size=4M --iodepth=16 --verify=crc32c
		unmap_disk "$disk"
		stamps_end "$good" ram2
		[[ $(sed -n "s/.*longest_ms //p" "$OUT/stamps.said") -lt 3000 ]] || fail "another session had to wait"
		unmap_disk "$good"
		unload_all
	}
'
