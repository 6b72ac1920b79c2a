# SPDX-License-Identifier: GPL-2.0
# Our soft-RoCE's trains between virtual machines: each network device is a tap, and
# a program hands on, as a hypervisor does, what the kernel left it to take apart.

load lib/uml

setup_file()
{
	need_verbs
}

@test "blocks cross a hypervisor whole where it takes them, packets where not" {
	in_uml --rxe ours <<'SCRIPT'
		. "$RNBD_TOP/tests/bats/lib/rxe.bash"
		cat > "$OUT/hypervisor" <<-"PY"
			import fcntl, os, select, signal, struct, sys
			TAP, NO_PI, VNET_HDR = 2, 0x1000, 0x4000
			CSUM, TSO4, TSO6, USO4, USO6 = 1, 2, 4, 32, 64
			GSO_UDP_L4 = 5
			def tap(name):
			    fd = os.open("/dev/net/tun", os.O_RDWR)
			    fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", name, TAP | NO_PI | VNET_HDR))
			    fcntl.ioctl(fd, 0x400454d0, CSUM | TSO4 | TSO6 | USO4 | USO6)
			    return fd
			c, s = tap(b"c1"), tap(b"s1")
			frames = blocks = 0
			def tell(*_):
			    with open(sys.argv[1] + ".part", "w") as out:
			        print(frames, blocks, file=out)
			    os.rename(sys.argv[1] + ".part", sys.argv[1])
			signal.signal(signal.SIGUSR1, tell)
			tell()
			while True:
			    for fd in select.select([c, s], [], [])[0]:
			        frame = os.read(fd, 70000)
			        frames += 1
			        blocks += frame[1] == GSO_UDP_L4
			        try:
			            os.write(s if fd == c else c, frame)
			        except OSError:
			            pass  # the other end is not up
		PY
		# seen: sets frames and blocks, so many since the last time
		seen()
		{
			rm "$OUT/seen"
			kill -USR1 $hypervisor
			wait_until 20 test -e "$OUT/seen"
			read -r frames_now blocks_now < "$OUT/seen"
			frames=$((frames_now - frames_before)) blocks=$((blocks_now - blocks_before))
			frames_before=$frames_now blocks_before=$blocks_now
		}
		# sent: sets packets, so many of both ends since the last time
		sent()
		{
			packets_now=$(($(counter rxc1 sent_pkts) + $(counter rxs1 sent_pkts)))
			packets=$((packets_now - packets_before))
			packets_before=$packets_now
		}
		# traffic FROM TO
		traffic()
		{
			local server

			ip netns exec far "$RNBD_VERBS" server "$2" 7000 -d rxs1 -n 3 > "$OUT/server" 2>&1 &
			server=$!
			wait_until 20 grep -qs listening "$OUT/server"
			"$RNBD_VERBS" client "$1" "$2" 7000 -d rxc1 -q 3 -k rc,uc,ud -N 40 -t 600 \
				> "$OUT/client" 2>&1 ||
				fail "$what: client: $(cat "$OUT/client" "$OUT/server")"
			wait $server || fail "$what: server: $(cat "$OUT/server")"
			seen
			sent
			echo "$what: $packets packets in $frames frames, $blocks of them blocks"
		}
		frames_before=0 blocks_before=0 packets_before=0

		user_verbs
		load rdma_rxe
		python3 "$OUT/hypervisor" "$OUT/seen" &
		hypervisor=$!
		wait_until 20 test -e "$OUT/seen"
		ip netns add far
		ip link set s1 netns far
		far=""
		for end in c s; do
			ip $far addr add $(ip4 $end 1)/24 dev ${end}1
			ip $far addr add $(ip6 $end 1)/64 dev ${end}1 nodad
			ip $far link set ${end}1 up
			far="-n far"
		done
		rdma link add rxc1 type rxe netdev c1
		ip netns exec far rdma link add rxs1 type rxe netdev s1
		for device in rxc1 rxs1; do
			wait_until 10 has_gids $device 2
		done
		for ip in ip4 ip6; do
			wait_until 10 ping -q -c1 -W1 $($ip s 1) > /dev/null
		done

		seen
		sent
		for ip in ip4 ip6; do
			what="whole, $ip"
			trains=$(counter rxs1 trains_rcvd)
			traffic $($ip c 1) $($ip s 1)
			[[ $blocks -gt 20 && $frames -lt $((packets / 2)) ]] ||
				fail "$what: nothing was saved"
			[[ $(counter rxs1 trains_rcvd) -gt $trains ]] ||
				fail "$what: taken apart before it was received"
		done
		ethtool -K c1 tx-udp-segmentation off
		ip netns exec far ethtool -K s1 tx-udp-segmentation off
		blocks_sent=$(counter rxc1 blocks_sent)
		what="apart"
		traffic $(ip4 c 1) $(ip4 s 1)
		same "$what: blocks" 0 $blocks
		same "$what: blocks sent" $blocks_sent $(counter rxc1 blocks_sent)
		# what one reads now the other may read a moment later
		[[ $((frames * 10)) -ge $((packets * 9)) ]] || fail "$what: trains passed"
		no_faults rxc1 rxs1
SCRIPT
}
