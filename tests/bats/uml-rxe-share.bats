# SPDX-License-Identifier: GPL-2.0
# Our soft-RoCE where the network is the bottleneck: connections share it, fill
# no queue beyond its end, and lose little to loss.

load lib/uml

setup_file()
{
	need_verbs
}

# Nothing but the network takes time here.
slow='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	load ib_uverbs
	# ms: of the clock
	ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
	bytes_of() { sed -nE "s/.* bytes ([0-9]+) .*/\1/p" "$1"; }
	# two_share SECONDS: two programs, client() each, write at once; neither gets
	# less than a third of the other, the network is busy, and what it drops, of
	# what lost() and sent() tell, is less than 5 %
	two_share()
	{
		local seconds=$1 a b began sent lost

		sent=$(sent)
		lost=$(lost)
		began=$(ms)
		for i in 1 2; do
			client -t "$seconds" -q 1 -o write -s 65536 -D 32 > "$OUT/client$i" 2>&1 &
			clients[i]=$!
		done
		for i in 1 2; do
			wait ${clients[i]} || fail "client: $(cat "$OUT/client$i")"
		done
		wait $server || fail "server: $(cat "$OUT/server")"
		a=$(bytes_of "$OUT/client1")
		b=$(bytes_of "$OUT/client2")
		took=$(($(ms) - began))
		sent=$(($(sent) - sent))
		lost=$(($(lost) - lost))
		echo "$a and $b bytes in $took ms, $lost packets lost of $sent"
		((a < 3 * b && b < 3 * a)) || fail "unfair"
		((20 * lost < sent)) || fail "the queue overflows"
		# 12500 bytes a millisecond
		((a + b > took * 12500 * 6 / 10)) || fail "the network stands idle"
	}
'

@test "two queue pairs share a slow device, single packets and trains" {
	in_uml --rxe ours --instant <<< "$slow"'
		net_up 1
		tc qdisc replace dev c1 root tbf rate 100mbit burst 64kb latency 20ms
		client() { "$RNBD_VERBS" client $(ip4 c 1) $(ip4 s 1) 7001 -d rxc1 "$@"; }
		qdisc() { tc -s -j qdisc show dev c1 root | jq ".[0].$1"; }
		sent() { qdisc packets; }
		# whole trains, of which nobody tells how long they were
		lost() { echo $(($(qdisc drops) * max)); }
		for max in 1 64; do
			trains $max
			verbs_begin share 1 2
			server=$verbs_server
			ln -sf share.server "$OUT/server"
			two_share 3
		done
	'
}

@test "two queue pairs share a slow router, single packets and trains" {
	in_uml --rxe ours --instant <<< "$slow"'
		between_others
		tc qdisc replace dev toright root tbf rate 100mbit burst 64kb latency 20ms
		client() { ip netns exec left "$RNBD_VERBS" client 10.5.1.2 10.5.2.2 7000 -d rxleft "$@"; }
		sent() { counter rxleft sent_pkts; }
		lost() { echo $(($(sent) - $(counter rxright rcvd_pkts))); }
		for max in 1 64; do
			trains $max
			rm -f "$OUT/server"
			ip netns exec right "$RNBD_VERBS" server 10.5.2.2 7000 -d rxright -n 2 \
				> "$OUT/server" 2>&1 &
			server=$!
			wait_until 60 grep -qs listening "$OUT/server"
			two_share 6
		done
	'
}

# Single packets for both, so that both lose the same.
@test "with 1 % loss a stream keeps a third at least of what TCP keeps" {
	in_uml --rxe ours --instant <<< "$slow"'
		net_up 1
		trains 1
		ip link set c1 gso_max_segs 1
		ip link set s1 gso_max_segs 1
		# what goes beside the buffers, by TCP, is not measured
		lossy()
		{
			for dev in c1 s1; do
				tc qdisc replace dev $dev root handle 1: prio bands 2 \
					priomap 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
				tc qdisc replace dev $dev parent 1:2 netem limit 1000 \
					rate 100mbit delay 2ms loss 1%
				tc filter replace dev $dev parent 1: protocol ip prio 1 \
					u32 match ip protocol "$1" 0xff flowid 1:2
			done
		}
		lossy 17
		began=$(ms)
		verbs stream 1 1 400 -o write -s 65536 -D 64 > "$OUT/stream"
		rdma=$(($(bytes_of "$OUT/stream") / ($(ms) - began)))
		lossy 6
		cat > "$OUT/tcp" <<-"END"
			import select, socket, sys, time
			here, there, count = sys.argv[1], sys.argv[2], 400 * 65536
			listener = socket.create_server((there, 7999))
			sender = socket.create_connection((there, 7999), source_address=(here, 0))
			receiver = listener.accept()[0]
			sender.setblocking(False)
			began = time.monotonic()
			sent = got = 0
			while got < count:
			    readable, writable, _ = select.select(
			        [receiver], [sender] if sent < count else [], [])
			    if writable:
			        sent += sender.send(bytes(min(65536, count - sent)))
			    if readable:
			        got += len(receiver.recv(1 << 20))
			print(int(count / (time.monotonic() - began) / 1000))
		END
		tcp=$(python3 "$OUT/tcp" $(ip4 c 1) $(ip4 s 1))
		echo "$rdma bytes a millisecond, TCP $tcp"
		((tcp > 100)) || fail "TCP does not work here"
		((3 * rdma >= tcp)) || fail "RDMA $rdma, TCP $tcp"
	'
}
