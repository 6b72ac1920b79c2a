# SPDX-License-Identifier: GPL-2.0
# perftest, with messages of the PMTU and next to it. Its programs look at no
# byte; others here do. They wait for the clock to go on, which it does in idle
# time only unless it is the host's.

load lib/uml

tools='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	begin()
	{
		user_verbs
		net_up -6 "$@"
		grep -q . /sys/module/rdma_rxe/version || fail "not our rxe"
		port=20000
	}
	listens()
	{
		ss -Hltn "sport = :$1" | grep -q . 2>/dev/null
	}
	gid_of()
	{
		grep -l "$2" /sys/class/infiniband/$1/ports/1/gids/[0-7] | head -n1 |
			grep -o "[0-7]$"
	}
	# once GIDS PROGRAM OPTIONS...: whether it runs to its end at both ends
	once()
	{
		local gids=$1 server
		shift

		port=$((port + 1))
		timeout 200 "$@" -d rxs1 -x "$(gid_of rxs1 "$gids")" -p $port -F -n 50 \
			> "$OUT/perf.server" 2>&1 &
		server=$!
		wait_until 60 listens $port
		timeout 200 "$@" -d rxc1 -x "$(gid_of rxc1 "$gids")" -p $port -F -n 50 127.0.0.1 \
			> "$OUT/perf.client" 2>&1 && wait $server
	}
	# perf GIDS PROGRAM OPTIONS...: it does, and sent what it was to send. It also
	# measures the clock of the processor, and gives up where others run there.
	perf()
	{
		local before

		before=$(counter rxc1 sent_pkts)
		until once "$@"; do
			grep -q "Correlation coefficient" "$OUT"/perf.* ||
				fail "$*: $(tail -n 20 "$OUT"/perf.*)"
		done
		[[ $(counter rxc1 sent_pkts) -ge $((before + 50)) ]] || fail "$*: sent too little"
	}
'

# Programs which sleep instead of asking all the time leave the only processor
# to each other; ib_write_lat cannot.
@test "write, read, send and atomic, next to a PMTU of 1024" {
	in_uml --rxe ours --real-time <<< "$tools"'
		begin 1
		for gids in :ffff:0a00: ^fd00:; do
			for size in 1023 1024 1025; do
				perf $gids ib_write_bw -s $size
				perf $gids ib_read_bw -e -s $size
				perf $gids ib_send_bw -e -s $size
			done
			perf $gids ib_read_lat -e -s 1
			perf $gids ib_send_lat -e -s 1
			perf $gids ib_atomic_bw -e -A FETCH_AND_ADD
			perf $gids ib_atomic_lat -e -A CMP_AND_SWAP
		done
		no_faults rxc1 rxs1
	'
}

@test "write, read and send next to a PMTU of 4096; both ways, UC, UD, many queue pairs" {
	in_uml --rxe ours --real-time <<< "$tools"'
		begin -m 4200 1
		for size in 4095 4096 4097; do
			perf :ffff:0a00: ib_write_bw -s $size
			perf :ffff:0a00: ib_read_bw -e -s $size
			perf :ffff:0a00: ib_send_bw -e -s $size
		done
		perf ^fd00: ib_read_bw -e -s 65536 -q 4
		perf ^fd00: ib_send_bw -e -s 65536 -q 4
		perf ^fd00: ib_send_bw -e -s 65536 -b
		# more completions at once than it takes at a time
		perf ^fd00: ib_send_bw -e -s 1000 -b -q 4
		perf ^fd00: ib_write_bw -c UC -s 4097
		perf ^fd00: ib_send_bw -e -c UC -s 4097
		perf :ffff:0a00: ib_send_bw -e -c UD -s 4096
		perf :ffff:0a00: ib_send_lat -e -c UD -s 1024
		perf :ffff:0a00: ib_send_bw -e -s 1000 --use-srq -q 4
		no_faults rxc1 rxs1
	'
}
