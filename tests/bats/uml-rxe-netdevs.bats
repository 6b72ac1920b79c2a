# SPDX-License-Identifier: GPL-2.0
# Our soft-RoCE on what there is of network devices, with and without IPv6, and
# in network namespaces.

load lib/uml

setup_file()
{
	need_verbs
	export RNBD_SHARE=$BATS_FILE_TMPDIR/share
	"${CC:-cc}" -O2 -Wall -o "$RNBD_SHARE" "$UML_TOP/tests/tools/share.c" -libverbs
}

tools='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 2>/dev/null || :
	far=""
	# has_gid DEVICE ADDRESS: as it stands in the table
	has_gid()
	{
		grep -qsh "$2" "/sys/class/infiniband/$1/ports/1/gids"/[0-9]
	}
	hex4()
	{
		printf "ffff:%02x%02x:%02x%02x" ${1//./ }
	}
	# talk SERVER_DEVICE SERVER_IP CLIENT_DEVICE CLIENT_IP KINDS: stamped
	# buffers by a queue pair of each kind, the server behind $far
	talk()
	{
		local server sdev=$1 sip=$2 cdev=$3 cip=$4 kinds=$5 qps
		qps=$(tr -cd , <<< "$kinds,")

		$far "$RNBD_VERBS" server "$sip" 7000 -d "$sdev" -n ${#qps} > "$OUT/server" 2>&1 &
		server=$!
		wait_until 60 grep -qs listening "$OUT/server"
		"$RNBD_VERBS" client "$cip" "$sip" 7000 -d "$cdev" -k $kinds -q ${#qps} -N 30 -t 600 > "$OUT/client" 2>&1 ||
			fail "$cdev $cip to $sdev $sip: $(cat "$OUT/client")"
		wait $server || fail "$sdev $sip, server: $(cat "$OUT/server")"
	}
	# veth_pairs N...: cN here, sN in the namespace b
	veth_pairs()
	{
		local n

		[[ -e /run/netns/b ]] || ip netns add b
		for n; do
			ip link add c$n type veth peer name s$n
			ip link set s$n netns b
			ip link set c$n up
			ip -n b link set s$n up
		done
		ip -n b link set lo up
	}
	sent()
	{
		cat "/sys/class/net/$1/statistics/tx_packets"
	}
'

@test "VLAN: its addresses are the device's of the netdev below, its packets tagged" {
	in_uml --rxe ours <<< "$tools"'
		user_verbs
		load rdma_rxe
		veth_pairs 1
		far="ip netns exec b"
		ip addr add 10.0.1.1/24 dev c1
		ip -n b addr add 10.0.1.2/24 dev s1
		rdma link add rxc1 type rxe netdev c1
		$far rdma link add rxs1 type rxe netdev s1
		ip link add link c1 name c1.5 type vlan id 5
		ip -n b link add link s1 name s1.5 type vlan id 5
		ip addr add 10.0.5.1/24 dev c1.5
		ip -n b addr add 10.0.5.2/24 dev s1.5
		ip link set c1.5 up
		ip -n b link set s1.5 up
		! rdma link add rxv type rxe netdev c1.5 || fail "a device of the VLAN itself"
		for ip in 10.0.1 10.0.5; do
			wait_until 60 has_gid rxc1 "$(hex4 $ip.1)"
			wait_until 60 has_gid rxs1 "$(hex4 $ip.2)"
		done
		talk rxs1 10.0.1.2 rxc1 10.0.1.1 rc,uc,ud
		before=$(sent c1.5)
		talk rxs1 10.0.5.2 rxc1 10.0.5.1 rc,uc,ud
		[[ $(sent c1.5) -gt $((before + 100)) ]] || fail "not through the VLAN"
		# the VLAN goes, the device stays
		ip link del c1.5
		talk rxs1 10.0.1.2 rxc1 10.0.1.1 rc
		forgotten() { ! has_gid rxc1 "$(hex4 10.0.5.1)"; }
		wait_until 60 forgotten
		# the namespace goes, and its device with it
		rdma link show | grep -q rxs1
		ip netns del b
		gone() { ! rdma link show | grep -q rxs1; }
		wait_until 60 gone
	'
}

@test "bond and bridge: the other slave takes over" {
	in_uml --rxe ours <<< "$tools"'
		user_verbs
		load rdma_rxe
		veth_pairs 1 2
		far="ip netns exec b"
		ip link add bnd type bond mode active-backup miimon 100
		for n in 1 2; do
			ip link set c$n down
			ip link set c$n master bnd
		done
		ip link set bnd up
		ip -n b link add br0 type bridge
		for n in 1 2; do
			ip -n b link set s$n master br0
		done
		ip -n b link set br0 up
		ip addr add 10.0.1.1/24 dev bnd
		ip -n b addr add 10.0.1.2/24 dev br0
		rdma link add rxc1 type rxe netdev bnd
		$far rdma link add rxs1 type rxe netdev br0
		wait_until 60 has_gid rxc1 "$(hex4 10.0.1.1)"
		wait_until 60 has_gid rxs1 "$(hex4 10.0.1.2)"
		wait_until 60 ping -q -c1 -W1 10.0.1.2 > "$OUT/ping"
		talk rxs1 10.0.1.2 rxc1 10.0.1.1 rc,ud
		# a connection outlives the slave; without a delay it would be over
		# before anything else gets a turn
		tc qdisc add dev bnd root netem delay 20ms limit 10000
		$far "$RNBD_VERBS" server 10.0.1.2 7001 -d rxs1 > "$OUT/server1" 2>&1 &
		server=$!
		wait_until 60 grep -qs listening "$OUT/server1"
		"$RNBD_VERBS" client 10.0.1.1 10.0.1.2 7001 -d rxc1 -t 600 -N 1500 > "$OUT/client1" 2>&1 &
		client=$!
		active=$(cat /sys/class/net/bnd/bonding/active_slave)
		moved() { [[ $(sent $active) -gt $((before + 50)) ]]; }
		before=$(sent $active)
		wait_until 30 moved
		ip link set $active down
		kill -0 $client || fail "nothing under way any more"
		wait $client || fail "client: $(cat "$OUT/client1")"
		wait $server || fail "server: $(cat "$OUT/server1")"
		same "slave now" 1 "$(cat /sys/class/net/bnd/bonding/active_slave | grep -vc $active)"
	'
}

@test "lo and dummy: a device talks to itself" {
	in_uml --rxe ours <<< "$tools"'
		user_verbs
		load rdma_rxe
		rdma link add rxlo type rxe netdev lo
		ip link add dm9 type dummy
		ip addr add 10.0.9.1/24 dev dm9
		ip link set dm9 up
		rdma link add rxd type rxe netdev dm9
		wait_until 60 has_gid rxlo "$(hex4 127.0.0.1)"
		wait_until 60 has_gid rxd "$(hex4 10.0.9.1)"
		talk rxlo 127.0.0.1 rxlo 127.0.0.1 rc,uc,ud
		talk rxd 10.0.9.1 rxd 10.0.9.1 rc,uc,ud
		ip link del dm9
		gone() { ! rdma link show | grep -q rxd; }
		wait_until 60 gone
	'
}

@test "a link that stands still stops nobody on another" {
	in_uml --rxe ours <<< "$tools"'
		user_verbs
		net_up 1 2
		tc qdisc replace dev c1 root tbf rate 8kbit burst 3000 limit 200m
		"$RNBD_SHARE" flood rxc1 rxs1 &
		flood=$!
		full() { [[ $(counter rxc1 backpressure) -gt 0 ]]; }
		wait_until 60 full
		talk rxs2 10.0.2.2 rxc2 10.0.2.1 rc,ud
		same "of the other" 0 "$(counter rxc2 backpressure)"
		# a program that waits for room can be killed, a device be removed
		kill -KILL $flood
		wait $flood || :
		net_down 1
	'
}

@test "IPv6 off at boot" {
	in_uml --rxe ours --boot ipv6.disable=1 <<< "$tools"'
		user_verbs
		load rdma_rxe
		test ! -e /proc/net/if_inet6
		veth_pairs 1
		far="ip netns exec b"
		ip addr add 10.0.1.1/24 dev c1
		ip -n b addr add 10.0.1.2/24 dev s1
		rdma link add rxc1 type rxe netdev c1
		$far rdma link add rxs1 type rxe netdev s1
		wait_until 60 has_gid rxc1 "$(hex4 10.0.1.1)"
		wait_until 60 has_gid rxs1 "$(hex4 10.0.1.2)"
		talk rxs1 10.0.1.2 rxc1 10.0.1.1 rc,uc,ud
	'
}

@test "exclusive namespaces: a device moves, its users lose it, it works where it is" {
	in_uml --rxe ours <<< "$tools"'
		user_verbs
		load rdma_rxe
		rdma system set netns exclusive
		veth_pairs 1
		ip addr add 10.0.1.1/24 dev c1
		rdma link add rxc1 type rxe netdev c1
		wait_until 60 has_gid rxc1 "$(hex4 10.0.1.1)"
		# the manual'\''s way: the netdev moves first, then its new device
		ip netns exec b rdma link add rxs1 type rxe netdev s1
		same "here" 2 "$(rdma link show | wc -l)"
		rdma dev set rxs1 netns b
		same "there" 1 "$(ip netns exec b rdma link show | wc -l)"
		same "here" 1 "$(rdma link show | grep -c rxc1)"
		ip -n b addr add 10.0.1.2/24 dev s1
		there() { ip netns exec b grep -qsh "$(hex4 10.0.1.2)" /sys/class/infiniband/rxs1/ports/1/gids/{0,1,2,3}; }
		wait_until 60 there
		far="ip netns exec b"
		talk rxs1 10.0.1.2 rxc1 10.0.1.1 rc,uc,ud
		! $far "$RNBD_SHARE" steal rxc1 2>/dev/null || fail "seen from another namespace"
		# who uses it when it moves is cut off
		"$RNBD_SHARE" hold rxc1 rxc1 > "$OUT/hold" 2>&1 &
		hold=$!
		wait_until 60 grep -q held "$OUT/hold"
		ip netns add c
		rdma dev set rxc1 netns c
		! wait $hold || fail "the program did not notice"
		same "here" 0 "$(rdma link show | wc -l)"
		ip netns del c
		back() { rdma dev show | grep -q rxc1; }
		wait_until 60 back
		ip netns del b
		wait_until 60 no_resources
	'
}
