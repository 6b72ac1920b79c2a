# SPDX-License-Identifier: GPL-2.0
# What netfilter says of UDP port 4791 holds for our soft-RoCE, and what it
# forwards for others is none of its business.

load lib/uml

setup_file()
{
	need_verbs
}

firewall='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	load ib_uverbs
	net_up -6 1
	nft add table inet wall
	nft add chain inet wall in "{ type filter hook input priority 0; }"
	nft add chain inet wall out "{ type filter hook output priority 0; }"
	# refused_by CHAIN RULE: with it nothing arrives at rxs1, without it all is well
	refused_by()
	{
		local before

		nft add rule inet wall "$1" "$2" counter drop
		before=$(counter rxs1 rcvd_pkts)
		verbs_begin refused 1 1
		if "$RNBD_VERBS" client $(ip4 c 1) $(ip4 s 1) 7001 -d rxc1 -N 1 -T 8 2> "$OUT/said"; then
			fail "$1 $2 let it pass"
		fi
		grep -q "retry counter exceeded" "$OUT/said"
		wait $verbs_server || :
		same "$1 $2: packets received" "$before" "$(counter rxs1 rcvd_pkts)"
		[[ $(nft list chain inet wall "$1" | sed -nE "s/.* packets ([0-9]+) .*/\1/p") -gt 0 ]] ||
			fail "$1 $2: nothing was refused"
		nft flush chain inet wall "$1"
		verbs allowed 1 1 50
	}
'

@test "rules for input and for output hold" {
	in_uml --rxe ours <<< "$firewall"'
		verbs before 1 1 50
		refused_by in "iifname s1 udp dport 4791"
		refused_by out "oifname c1 udp dport 4791"
		# every packet passes by the rules which count
		nft add rule inet wall in iifname s1 udp dport 4791 counter
		before=$(counter rxs1 rcvd_pkts)
		verbs counted 1 1 50
		came=$(($(counter rxs1 rcvd_pkts) - before))
		seen=$(nft list chain inet wall in | sed -nE "s/.* packets ([0-9]+) .*/\1/p")
		[[ $came -gt 100 && $seen -ge $((came / 64)) && $seen -le $came ]] ||
			fail "the rule saw $seen packets, rxs1 $came"
	'
}

@test "a wall that lets only port 4791 in is no obstacle" {
	in_uml --rxe ours <<< "$firewall"'
		nft add rule inet wall in iifname s1 udp dport 4791 accept
		nft add rule inet wall in iifname c1 udp dport 4791 accept
		nft add rule inet wall in meta l4proto tcp accept
		nft add rule inet wall in meta l4proto icmpv6 accept
		nft add rule inet wall in drop
		verbs walled 1 3 50 -k rc,uc,ud
	'
}

# what came before and what others sent does not matter: new packets, known ones,
# answers, all count as new, since each direction has ports of its own
@test "connection tracking with a strict rule set is no obstacle" {
	in_uml --rxe ours <<< "$firewall"'
		nft flush table inet wall
		for chain in in out; do
			nft add chain inet wall $chain "{ policy drop; }"
			nft add rule inet wall $chain ct state established,related accept
			nft add rule inet wall $chain ct state invalid counter drop
			nft add rule inet wall $chain ip6 nexthdr icmpv6 accept
			nft add rule inet wall $chain udp dport 4791 ct state new counter accept
			nft add rule inet wall $chain tcp dport 7001 ct state new accept
		done
		for max in 64 1; do
			trains $max
			verbs strict 1 3 50 -k rc,uc,ud
		done
		dropped() { nft list table inet wall | sed -nE "s/.*invalid counter packets ([0-9]+) .*/\1/p"; }
		same invalid "0 0" "$(dropped | paste -sd" ")"
		# who is locked out now has been seen before
		nft insert rule inet wall in udp dport 4791 drop
		verbs_begin locked 1 1
		! "$RNBD_VERBS" client $(ip4 c 1) $(ip4 s 1) 7001 -d rxc1 -N 1 -T 8 2> "$OUT/said" ||
			fail "passed a closed door"
		wait $verbs_server || :
	'
}

passes='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	load ib_uverbs
	# across WHAT: packets pass, and the devices DEVICE... in between see none
	across()
	{
		local what=$1 device max

		shift
		for max in 64 1; do
			trains $max
			rm -f "$OUT/server"
			ip netns exec right "$RNBD_VERBS" server 10.5.2.2 7000 -d rxright -n 3 \
				> "$OUT/server" 2>&1 &
			server=$!
			wait_until 60 grep -qs listening "$OUT/server"
			ip netns exec left "$RNBD_VERBS" client 10.5.1.2 10.5.2.2 7000 -d rxleft \
				-q 3 -k rc,uc,ud -N 100 -t 600 || fail "across the $what"
			wait $server || fail "server: $(cat "$OUT/server")"
		done
		for device; do
			same "seen by $device" "0 0 0" "$(counter $device rcvd_pkts) $(
				counter $device icrc_errors) $(counter $device wrong_address)"
		done
		for device in rxleft rxright; do
			same "icrc_errors of $device" 0 "$(counter $device icrc_errors)"
		done
	}
'

@test "what is routed between others passes unseen and unchanged" {
	in_uml --rxe ours <<< "$passes"'
		between_others
		rdma link add midleft type rxe netdev toleft
		rdma link add midright type rxe netdev toright
		across router midleft midright
	'
}

@test "what is bridged between others passes unseen and unchanged, with walls on the bridge" {
	in_uml --rxe ours <<< "$passes"'
		between_others -b
		rdma link add mid type rxe netdev between
		across bridge mid
		load br_netfilter
		sysctl -qw net.bridge.bridge-nf-call-iptables=1
		nft add table inet wall
		nft add chain inet wall on "{ type filter hook forward priority 0; policy drop; }"
		nft add rule inet wall on ct state invalid drop
		nft add rule inet wall on udp dport 4791 counter accept
		nft add rule inet wall on tcp dport 7000 accept
		nft add rule inet wall on tcp sport 7000 accept
		across "walled bridge" mid
		nft list chain inet wall on | grep -q "dport 4791 counter packets [1-9]" ||
			fail "the wall saw nothing"
	'
}
