# SPDX-License-Identifier: GPL-2.0
# Our soft-RoCE's trains: they cross the IP stack as one packet, by rules for
# packets and past hosts which only pass them on, and no byte of them changes.

load lib/uml

setup_file()
{
	need_verbs
}

tools='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	parameters=/sys/module/rdma_rxe/parameters
	declare -A before
	# grown DEVICE NAME: sets grown, by how much since the last time
	grown()
	{
		local now

		now=$(counter "$1" "$2")
		grown=$((now - ${before[$1 $2]-0}))
		before[$1 $2]=$now
	}
	# grew yes|no DEVICE NAME
	grew()
	{
		grown "$2" "$3"
		if [[ $1 == yes ]]; then
			[[ $grown -gt 0 ]] || fail "$what: no $3 at $2"
		else
			same "$what: $3 at $2" 0 "$grown"
		fi
	}
	# traffic FROM TO KINDS [options of verbs]: one queue pair of each kind, the
	# server in $inside; no byte is wrong at either end
	traffic()
	{
		local source=$1 address=$2 kinds=$3 server qps=${3//[!,]}
		shift 3

		qps=$((${#qps} + 1))
		$inside "$RNBD_VERBS" server "$address" 7000 -d rxs1 -n $qps > "$OUT/server" 2>&1 &
		server=$!
		wait_until 60 grep -qs listening "$OUT/server"
		"$RNBD_VERBS" client "$source" "$address" 7000 -d rxc1 -q $qps -k $kinds \
			-t 600 "$@" > "$OUT/client" 2>&1 ||
			fail "$what: client: $(cat "$OUT/client" "$OUT/server")"
		wait $server || fail "$what: server: $(cat "$OUT/server")"
	}
	inside="" what=""
	no_faults()
	{
		local device name

		for device; do
			for name in icrc_errors malformed_pkts unknown_qp wrong_address; do
				same "$what: $device $name" 0 "$(counter "$device" $name)"
			done
		done
	}
'

@test "lists and blocks are taken whole, at both ends, and single packets if told" {
	in_uml --rxe ours <<< "$tools"'
		user_verbs
		net_up -6 1
		for kind in auto list block off; do
			echo $kind > $parameters/train
			holds $parameters/train $kind
			for ip in ip4 ip6; do
				what="$kind $ip"
				traffic $($ip c 1) $($ip s 1) rc,uc,ud -N 60
				lists=yes blocks=no
				case $kind in
				block) blocks=yes ;;
				off)   lists=no ;;
				esac
				for device in rxc1 rxs1; do
					grew $lists $device trains_sent
					grew $lists $device trains_rcvd
					grew $blocks $device blocks_sent
				done
			done
		done
		echo N > $parameters/gro
		for kind in list block; do
			echo $kind > $parameters/train
			what="$kind, apart"
			traffic $(ip4 c 1) $(ip4 s 1) rc,ud -N 60
			grew yes rxc1 trains_sent
			grew no rxs1 trains_rcvd
		done
		no_faults rxc1 rxs1
		refused "Invalid argument" $parameters/train trains
	'
}

@test "what arrives one by one is chained" {
	in_uml --rxe ours <<< "$tools"'
		user_verbs
		net_up -6 1
		for dev in c1 s1; do
			ethtool -K $dev tso off tx-gso-list off tx-udp-segmentation off
		done
		for dev in c1 s1; do
			ethtool -K $dev gro on
		done
		for ip in ip4 ip6; do
			what="chained $ip"
			traffic $($ip c 1) $($ip s 1) rc,uc,ud -N 60
			for device in rxc1 rxs1; do
				grew yes $device trains_chained
				grew yes $device trains_rcvd
			done
		done
		echo N > $parameters/gro
		what="one by one"
		traffic $(ip4 c 1) $(ip4 s 1) rc,ud -N 60
		grew no rxs1 trains_chained
		grew no rxs1 trains_rcvd
		no_faults rxc1 rxs1
	'
}

@test "who listens to what arrives takes nothing away" {
	in_uml --rxe ours <<< "$tools"'
		user_verbs
		net_up -6 1
		cat > "$OUT/listen" <<-"PY"
			import select, signal, socket as s, sys
			heard = 0
			signal.signal(signal.SIGTERM, lambda *_: sys.exit(heard == 0))
			socks = [s.socket(s.AF_PACKET, s.SOCK_RAW, s.htons(3))] if sys.argv[1] == "all" else [
			    s.socket(family, s.SOCK_RAW, s.IPPROTO_UDP) for family in (s.AF_INET, s.AF_INET6)]
			print("listening", flush=True)
			while True:
			    for sock in select.select(socks, [], [])[0]:
			        heard += len(sock.recv(65536)) > 0
		PY
		# heard WHAT all|udp: what goes on while somebody reads that
		heard()
		{
			local ip listener

			python3 "$OUT/listen" "$2" > "$OUT/listening" &
			listener=$!
			wait_until 60 grep -qs listening "$OUT/listening"
			for ip in ip4 ip6; do
				what="$1, $2 read, $ip"
				traffic $($ip c 1) $($ip s 1) rc,uc,ud -N 60
			done
			kill $listener
			wait $listener || fail "$what: nothing was heard"
		}
		for kind in list block; do
			echo $kind > $parameters/train
			heard $kind udp
			grew yes rxs1 trains_rcvd
			heard $kind all
		done
		for dev in c1 s1; do
			ethtool -K $dev tso off tx-gso-list off tx-udp-segmentation off
		done
		for dev in c1 s1; do
			ethtool -K $dev gro on
		done
		grown rxs1 trains_chained
		for reader in udp all; do
			heard chained $reader
			grew yes rxs1 trains_chained
		done
		no_faults rxc1 rxs1
	'
}

@test "rules for packets hold for trains, in and out" {
	in_uml --rxe ours <<< "$tools"'
		user_verbs
		net_up 1
		# dropped HOOK: packets, a train being one
		dropped()
		{
			nft list chain inet t "$1" | sed -n "s/.*packets \([0-9]*\) .*/\1/p"
		}
		rule()
		{
			nft flush chain inet t "$1"
			nft add rule inet t "$@"
		}
		nft add table inet t
		for hook in input output; do
			nft add chain inet t $hook "{ type filter hook $hook priority 0; }"
		done
		for kind in list block; do
			echo $kind > $parameters/train
			for hook in input output; do
				what="$kind $hook"
				# every seventh: the others bring it all
				rule $hook udp dport 4791 numgen inc mod 7 == 0 counter drop
				traffic $(ip4 c 1) $(ip4 s 1) rc -s 300001 -N 40
				[[ $(dropped $hook) -gt 2 ]] || fail "$what: nothing was dropped"
				grew yes rxs1 trains_rcvd
				# all: nothing comes through
				"$RNBD_VERBS" server $(ip4 s 1) 7001 -d rxs1 > "$OUT/server" 2>&1 &
				server=$!
				wait_until 60 grep -qs listening "$OUT/server"
				rule $hook udp dport 4791 counter drop
				grown rxs1 rcvd_pkts
				"$RNBD_VERBS" client $(ip4 c 1) $(ip4 s 1) 7001 -d rxc1 -k rc \
					-s 300001 -N 40 -T 8 -r 1 > "$OUT/client" 2>&1 &&
					fail "$what: went through"
				wait $server || :
				[[ $(dropped $hook) -gt 0 ]] || fail "$what: nothing was dropped"
				grew no rxs1 rcvd_pkts
				nft flush chain inet t $hook
			done
		done
		no_faults rxc1 rxs1
	'
}

@test "what is only passed on is not chained, and trains pass whole" {
	in_uml --rxe ours <<< "$tools"'
		user_verbs
		load rdma_rxe
		sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
		ip netns add router
		ip netns add far
		ip link add c1 type veth peer name r1 netns router
		ip link add s1 netns far type veth peer name r2 netns router
		ip addr add 10.0.1.1/24 dev c1
		ip link set c1 up
		ip netns exec router sysctl -qw net.ipv4.ip_forward=1
		ip -n router addr add 10.0.1.254/24 dev r1
		ip -n router addr add 10.0.2.254/24 dev r2
		ip -n router link set r1 up
		ip -n router link set r2 up
		ip -n far addr add 10.0.2.1/24 dev s1
		ip -n far link set s1 up
		ip route add 10.0.2.0/24 via 10.0.1.254
		ip -n far route add default via 10.0.2.254
		rdma link add rxc1 type rxe netdev c1
		# the router has the port open, too
		ip netns exec router rdma link add rxr1 type rxe netdev r1
		ip netns exec far rdma link add rxs1 type rxe netdev s1
		for device in rxc1 rxr1 rxs1; do
			wait_until 60 has_gids $device 1
		done
		wait_until 60 ping -q -c1 -W1 10.0.2.1 > /dev/null
		inside="ip netns exec far"
		for kind in list block; do
			echo $kind > $parameters/train
			what="$kind through a router"
			traffic 10.0.1.1 10.0.2.1 rc,ud -N 60
			grew yes rxs1 trains_rcvd
		done
		echo list > $parameters/train
		ethtool -K c1 tso off tx-gso-list off tx-udp-segmentation off
		ip netns exec router ethtool -K r1 gro on
		what="one by one through a router"
		traffic 10.0.1.1 10.0.2.1 rc -o write -s 300001 -N 60
		grew no rxs1 trains_rcvd
		for name in rcvd_pkts malformed_pkts trains_rcvd trains_chained; do
			same "the router: $name" 0 "$(counter rxr1 $name)"
		done
		no_faults rxc1 rxs1
	'
}
