# SPDX-License-Identifier: GPL-2.0
# Links, network devices, namespaces, the module and programs come and go in
# the midst of traffic. It can always be begun anew, and nothing is left.

load lib/uml

# 50, and 500 where there is time
rounds=$((RNBD_ROUNDS ? RNBD_ROUNDS * 100 : 50))

setup_file()
{
	need_verbs
	need_stamp
}

# Two ends of a veth: `near` with rxnear here, `far` with rxfar in the network
# namespace `far`.
two_ends='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	in_far() { ip netns exec far "$@"; }
	device_is() { [[ -e /sys/class/infiniband/$1 ]]; }
	device_gone() { [[ ! -e /sys/class/infiniband/$1 ]]; }
	gid_is() { grep -qs "ffff:0a09:000$2" /sys/class/infiniband/$1/ports/1/gids/[0-7]; }
	# the name of one that goes is free some time after its folder
	link_is() { device_is $1 || "${@:3}" rdma link add $1 type rxe netdev $2 2> "$OUT/link"; }
	# what is missing of it all
	ends_up()
	{
		[[ -e /run/netns/far ]] || ip netns add far
		if [[ ! -e /sys/class/net/near ]]; then
			ip link add near type veth peer name far netns far
			in_far ip addr add 10.9.0.2/24 dev far
			in_far ip link set far up
			ip addr add 10.9.0.1/24 dev near
			# who waits lets the clock go on
			tc qdisc add dev near root netem delay 40ms limit 100000
		fi
		ip link set near mtu 1500 up
		wait_until 60 link_is rxnear near
		wait_until 60 link_is rxfar far in_far
		wait_until 60 gid_is rxnear 1
		wait_until 60 gid_is rxfar 2
		wait_until 60 ping -qc1 -W1 10.9.0.2 > /dev/null
	}
	received() { [[ $(counter rxnear rcvd_pkts) -gt $1 ]]; }
	# packets go to and fro
	goes() { wait_until 60 received $(($(counter rxnear rcvd_pkts) + 60)); }
	# nobody waits for the programs, all wait for the script
	traffic_begin()
	{
		rm -f "$OUT/traffic"
		nice -n 19 ip netns exec far "$RNBD_VERBS" server 10.9.0.2 7000 -n 4 > "$OUT/traffic" 2>&1 &
		server=$!
		wait_until 60 grep -qs listening "$OUT/traffic"
		nice -n 19 "$RNBD_VERBS" client 10.9.0.1 10.9.0.2 7000 -q 4 -k rc,rc,uc,ud \
			-T 17 -s 8,1000,5000,20000 -D 2 -t 600 > "$OUT/client" 2>&1 &
		client=$!
		goes
	}
	killed()
	{
		kill -KILL "$@" 2>/dev/null || :
		wait "$@" 2>/dev/null || :
	}
	# with a context goes all that a program had
	no_contexts() { [[ $(rdma resource) != *" ctx "[1-9]* ]]; }
	traffic_killed()
	{
		killed $client $server
		wait_until 60 no_contexts
	}
'

@test "again and again something changes or ends in the midst of traffic, which goes on or begins anew" {
	in_uml --rxe ours --timeout $((rounds * 40)) -- $rounds <<< "$two_ends"'
		# traffic goes on
		down()		{ ip link set near down; ip link set near up; goes; }
		mtu()		{ ip link set near mtu 4200; goes; ip link set near mtu 1500; }
		rename()
		{
			ip link set near name other
			rdma dev set rxnear name rxother
			rdma dev set rxother name rxnear
			ip link set other name near
			goes
		}
		# or ends
		kill_both()
		{
			kill -KILL $client $server 2>/dev/null ||
				fail "traffic had ended: $(cat "$OUT/client")"
		}
		link_delete()	{ rdma link delete rxnear; }
		netdev_delete()	{ ip link del near; wait_until 60 device_gone rxfar; }
		namespace()
		{
			ip netns del far
			killed $server
			wait_until 60 device_gone rxfar
			wait_until 60 device_gone rxnear
			wait_until 60 test ! -e /sys/class/net/near
		}
		unload()	{ rmmod rdma_rxe; modprobe rdma_rxe; }
		load ib_uverbs
		load rdma_rxe
		events=(down kill_both mtu link_delete rename namespace netdev_delete unload)
		ends_up
		traffic_begin
		for ((round = 0; round < $1; round++)); do
			${events[round % 8]}
			case ${events[round % 8]} in
			down|mtu|rename) ;;
			*)
				traffic_killed
				ends_up
				traffic_begin
				;;
			esac
		done
		traffic_killed
		wait_until 60 no_resources
		rmmod rdma_rxe
		ip link del near
		ip netns del far
	'
}

@test "a link down for a moment costs a connection nothing, a new MTU neither" {
	in_uml --rxe ours <<< "$two_ends"'
		load ib_uverbs
		load rdma_rxe
		ends_up
		ip netns exec far "$RNBD_VERBS" server 10.9.0.2 7000 -n 3 > "$OUT/server" 2>&1 &
		server=$!
		wait_until 60 grep -qs listening "$OUT/server"
		"$RNBD_VERBS" client 10.9.0.1 10.9.0.2 7000 -q 3 -t 60 -N 1000 -T 18 \
			-s 8,1000,5000,20000 -D 4 > "$OUT/client" 2>&1 &
		client=$!
		goes
		ip link set near down
		grep -q DOWN /sys/class/infiniband/rxnear/ports/1/state
		ip link set near up
		goes
		ip link set near mtu 4200
		goes
		ip link set near mtu 1500
		wait $client || fail "client: $(cat "$OUT/client")"
		wait $server || fail "server: $(cat "$OUT/server")"
	'
}

@test "connections are made again after the link was down and its MTU changed" {
	in_uml --rxe ours <<< "$two_ends"'
		connects()
		{
			timeout 60 ip netns exec far rping -s -a 10.9.0.2 -C 3 > "$OUT/rping" 2>&1 &
			server=$!
			until timeout 30 rping -c -a 10.9.0.2 -C 3 -V; do
				kill -0 $server || fail "$1: $(cat "$OUT/rping")"
			done
			wait $server || fail "$1: $(cat "$OUT/rping")"
		}
		user_verbs
		load rdma_rxe
		ends_up
		connects "at first"
		ip link set near down
		ip link set near up
		ends_up
		connects "after down and up"
		ip link set near mtu 4200
		connects "after a new MTU"
		ip link set near mtu 1500
		rdma link delete rxnear
		ends_up
		connects "on a new device"
		wait_until 60 no_resources
		rmmod rdma_ucm
		rmmod rdma_rxe
	'
}

@test "RNBD is there again after its links were deleted and made anew" {
	in_uml --rxe ours <<-'EOF'
		. "$RNBD_TOP/tests/bats/lib/rxe.bash"
		both_ends
		ram_disks 1 64
		net_up 1 2
		disk=$(map_disk sessname=life device_path=/dev/ram0 $(paths 1 2))
		stamps_begin "$disk"
		for path in 1 2; do
			rdma link delete rxc$path
			wait_until 60 path_gone life $path
			goes_on "$disk" 200
			rdma link add rxc$path type rxe netdev c$path
			wait_until 60 has_gids rxc$path 1
			wait_until 60 path_again life $path
			goes_on "$disk" 200
		done
		stamps_end "$disk" ram0
		unmap_disk "$disk"
		unload_all
		net_down 1 2
		rmmod rdma_rxe
	EOF
}
