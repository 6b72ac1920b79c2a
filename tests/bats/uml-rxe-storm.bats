# SPDX-License-Identifier: GPL-2.0
# Whoever can send UDP to a device sends it whatever he likes. Sessions he has no
# part in keep their I/O, the log stays short, and nothing breaks.

load lib/uml

count=$((${RNBD_ROUNDS:-1} * 8192))

setup_file()
{
	need_verbs
}

storm='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	user_verbs
	# before all those it is to disturb
	storm() { nice -n -19 "$RNBD_TOP/tests/tools/storm" "$@"; }
	# queue pairs of a device, with the PSN they expect, or send where they expect none
	queue_pairs()
	{
		rdma -d resource show qp link "$1/1" | awk "/ pid / {
			psn = \"\"
			for (i = 1; i < NF; i++) {
				if (\$i == \"lqpn\")
					number = \$(i + 1)
				if (\$i ~ /^[rs]q-psn\$/ && psn == \"\")
					psn = \$(i + 1)
			}
			print number \":\" psn
		}" | paste -sd,
	}
	keys()
	{
		rdma -d resource show mr dev "$1" |
			sed -nE "s/.* rkey (0x)?([0-9a-f]+) .*/0x\2/p" | paste -sd,
	}
	quiet_log()
	{
		local lines

		lines=$(dmesg | grep -c "rdma_rxe\|ib_core") || :
		[[ $lines -lt 20 ]] || fail "$lines lines in the log: $(dmesg | tail)"
	}
	session_begins()
	{
		both_ends
		ram_disks 1 64
		disk=$(map_disk sessname=storm device_path=/dev/ram0 $(paths 1))
	}
	# as long as PROCESS runs, and once at least
	session_works_beside()
	{
		local process=$1

		while :; do
			run_fio io "/dev/$disk" --rw=randrw --bsrange=4k-64k --size=16M \
				--io_size=4M --iodepth=8 --verify=crc32c
			kill -0 "$process" 2>/dev/null || break
		done
		wait "$process" || fail "the storm ended with $?"
	}
	session_ends()
	{
		same reconnected "0 0" "$(cat "$(path_dir storm 1)/stats/reconnects")"
		unmap_disk "$disk"
		unload_all
		wait_until 60 no_resources
		net_down 1 "$@"
		rmmod rdma_ucm
		rmmod rdma_rxe
	}
'

@test "no packet to no queue pair disturbs a session, IPv4 and IPv6" {
	in_uml --rxe ours -- $count <<< "$storm"'
		net_up -6 1
		session_begins
		{
			storm $(($1 / 2)) $(ip4 s 1) $(ip4 c 1),10.0.1.77
			storm $(($1 / 2)) $(ip6 s 1) $(ip6 c 1),fd00:1::77
		} &
		session_works_beside $!
		for name in malformed_pkts icrc_errors unknown_qp bad_qkey; do
			counted rxs1 $name
		done
		quiet_log
		session_ends
	'
}

# A MAD which is too long costs the MAD layer one of its 512 receive buffers
@test "no datagram makes a device deaf to new connections" {
	in_uml --rxe ours <<< "$storm"'
		net_up 1
		storm -o 0x64 8192 $(ip4 s 1) 10.0.1.77 1:0
		counted rxs1 malformed_pkts
		quiet_log
		session_begins
		run_fio io "/dev/$disk" --rw=randwrite --bs=4k --size=1M --verify=crc32c
		session_ends
	'
}

@test "packets to queue pairs at work, with their keys and PSNs: others work on" {
	in_uml --rxe ours -- $((count / 8)) <<< "$storm"'
		net_up 1 2
		session_begins
		victims()
		{
			local seed client

			for seed in 1 2 3 4; do
				verbs_begin victims 2 6
				nice -n 19 "$RNBD_VERBS" client $(ip4 c 2) $(ip4 s 2) 7002 -d rxc2 -q 6 \
					-k rc,rc,uc,ud -s 8,1000,5000 -D 4 -t 600 > "$OUT/victims.client" 2>&1 &
				client=$!
				wait_until 60 at_work
				storm -s $seed $1 $(ip4 s 2) $(ip4 c 2),10.0.2.77 \
					"$(queue_pairs rxs2)" "$(keys rxs2)"
				kill -KILL $client $verbs_server 2>/dev/null || :
				wait $client $verbs_server 2>/dev/null || :
			done
		}
		at_work()
		{
			[[ $(queue_pairs rxs2) == *:*,*:*,*:* ]]
		}
		victims "$1" &
		session_works_beside $!
		for name in malformed_pkts icrc_errors wrong_address bad_qkey out_of_seq_request \
			nak_sent; do
			counted rxs2 $name
		done
		quiet_log
		# whoever comes now finds everything in order
		verbs after 2 3 100 -k rc,uc,ud
		session_ends 2
	'
}
