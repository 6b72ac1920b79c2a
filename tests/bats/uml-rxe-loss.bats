# SPDX-License-Identifier: GPL-2.0
# A bad network below our soft-RoCE: packets are lost, doubled, late, overtaken
# and changed. No byte is wrong, and no session notices.

load lib/uml

setup_file()
{
	need_verbs
}

verbs='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	user_verbs
	net_up 1
'
rnbd='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	bad_disk
'

@test "stamped buffers, 0.1, 1 and 5 % of the packets lost" {
	in_uml --rxe ours <<< "$verbs"'
		trains 1
		verbs_over "loss 0.1%" 3 150
		verbs_over "loss 1%" 3 150
		verbs_over "loss 5%" 2 100
		counted rxs1 out_of_seq_request
		counted rxc1 probes_sent
		nothing_gave_up
	'
}

# with four seconds for an acknowledgement and no second try
@test "what is lost is found before the acknowledgement is late" {
	in_uml --rxe ours <<< "$verbs"'
		trains 1
		nft add table inet bad
		nft add chain inet bad in "{ type filter hook input priority 0; }"
		for side in c s; do
			nft add rule inet bad in iifname ${side}1 udp dport 4791 \
				numgen inc mod 40 == 0 drop
		done
		verbs short 1 1 600 -D 1 -s 8,1000,3000 -T 20 -r 0
		counted rxc1 probes_sent
		nothing_gave_up
	'
}

@test "stamped buffers, packets overtake each other and come twice" {
	in_uml --rxe ours <<< "$verbs"'
		verbs_over "delay 1ms reorder 1% duplicate 1%" 3 150
		verbs_over "delay 10ms 3ms" 3 150
		counted rxs1 duplicate_request
		nothing_gave_up
	'
}

# without acknowledgements a packet that comes twice may be taken twice
@test "stamped buffers, everything that can go wrong, three kinds of queue pair" {
	in_uml --rxe ours <<< "$verbs"'
		verbs_over "delay 1ms 300us loss 0.5% duplicate 1% corrupt 1%" 3 150
		verbs_over "delay 1ms 300us loss 0.5% corrupt 1%" 2 150 -k uc,ud
		[[ $(($(counter rxc1 icrc_errors) + $(counter rxs1 icrc_errors))) -gt 0 ]] ||
			fail "nothing was found changed"
		nothing_gave_up
	'
}

@test "queue pairs are moved and remade while packets are lost" {
	in_uml --rxe ours <<< "$verbs"'
		verbs_over "loss 1%" 3 300 -c 200 > "$OUT/said"
		! grep " remade 0 " "$OUT/said" || fail "none was remade"
	'
}

@test "RNBD loses neither byte nor session where packets are lost" {
	in_uml --rxe ours <<< "$rnbd"'
		io_over "loss 1%" 8M
		trains 1
		io_over "loss 0.1%" 8M
		io_over "loss 1%" 8M
		counted rxs1 out_of_seq_request
		bad_disk_end
	'
}

@test "RNBD loses neither byte nor session where packets are late and doubled" {
	in_uml --rxe ours <<< "$rnbd"'
		trains 1
		io_over "delay 1ms reorder 1% duplicate 1%" 8M
		trains 64
		io_over "delay 10ms 3ms" 4M
		counted rxs1 duplicate_request
		bad_disk_end
	'
}

# netem changes any bit; the rules change the middle of a payload
@test "RNBD takes no changed packet for a good one, and each changed one counts" {
	in_uml --rxe ours <<< "$rnbd"'
		io_over "corrupt 1%" 8M
		nft add table inet bad
		nft add chain inet bad in "{ type filter hook input priority 0; }"
		before_c=$(counter rxc1 icrc_errors)
		before_s=$(counter rxs1 icrc_errors)
		for side in c s; do
			nft add rule inet bad in iifname ${side}1 udp dport 4791 \
				numgen random mod 50 == 0 @th,1600,32 set 0x5eed5eed counter
		done
		trains 1
		io_over "" 8M
		seen() { nft list chain inet bad in | sed -nE "s/.*${1}1.* packets ([0-9]+) .*/\1/p"; }
		for side in c s; do
			before=before_$side
			[[ $(seen $side) -gt 10 ]] || fail "at ${side}1 $(seen $side) were changed"
			same "changed for rx${side}1" "$(seen $side)" \
				$(($(counter rx${side}1 icrc_errors) - ${!before}))
		done
		nft flush chain inet bad in
		bad_disk_end
	'
}
