# SPDX-License-Identifier: GPL-2.0
# Our soft-RoCE under the programs every RDMA device is tried with, and under
# RNBD: over IPv4 and IPv6, where the PMTU is 1024 and where it is 4096.

load lib/uml

# between SERVER CLIENT: both programs end well; the second is started when
# the first listens or is about to
tools='
	devices()
	{
		load ib_uverbs
		load rdma_ucm
		net_up -6 "$@"
		grep -q . /sys/module/rdma_rxe/version || fail "not our rxe"
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
	pingpong()
	{
		local kind=$1 gids=$2 server
		shift 2

		timeout 60 "ibv_${kind}_pingpong" -d rxs1 -g "$(gid_of rxs1 "$gids")" -n 100 "$@" \
			> "$OUT/$kind.server" 2>&1 &
		server=$!
		wait_until 60 listens 18515
		timeout 60 "ibv_${kind}_pingpong" -d rxc1 -g "$(gid_of rxc1 "$gids")" -n 100 "$@" \
			127.0.0.1 > "$OUT/$kind.client" 2>&1 ||
			fail "$kind $gids $*: $(cat "$OUT/$kind.client")"
		wait $server || fail "$kind $gids $*, server: $(cat "$OUT/$kind.server")"
	}
	counter()
	{
		cat /sys/class/infiniband/$1/ports/1/hw_counters/$2
	}
	no_faults()
	{
		local device name

		for device; do
			for name in icrc_errors malformed_pkts unknown_qp wrong_address \
				retry_exceeded_err retry_rnr_exceeded_err; do
				same "$device $name" 0 "$(counter "$device" $name)"
			done
		done
	}
'

@test "pingpongs of every kind of queue pair" {
	in_uml --rxe ours <<< "$tools"'
		devices 1
		for gids in :ffff:0a00: ^fd00:; do
			for kind in rc uc ud srq; do
				pingpong $kind "$gids" -s 1000
			done
			pingpong rc "$gids" -s 100000 -e
		done
		no_faults rxc1 rxs1
	'
}

@test "pingpongs where the PMTU is 4096" {
	in_uml --rxe ours <<< "$tools"'
		devices -m 4200 1
		for kind in rc uc srq; do
			pingpong $kind :ffff:0a00: -s 12289 -m 4096
		done
		pingpong ud :ffff:0a00: -s 2048
		no_faults rxc1 rxs1
	'
}

@test "rping checks what it gets, ucmatose and udaddy end well" {
	in_uml --rxe ours <<< "$tools"'
		devices 1
		for ip in ip4 ip6; do
			rping -s -a $($ip s 1) -C 20 -V > "$OUT/rping" 2>&1 &
			server=$!
			until timeout 60 rping -c -a $($ip s 1) -I $($ip c 1) -C 20 -V; do
				kill -0 $server || fail "rping: $(cat "$OUT/rping")"
			done
			wait $server
		done
		for tool in ucmatose udaddy; do
			$tool -b $(ip4 s 1) > "$OUT/$tool" 2>&1 &
			server=$!
			until timeout 60 $tool -s $(ip4 s 1) -b $(ip4 c 1); do
				kill -0 $server || fail "$tool: $(cat "$OUT/$tool")"
			done
			wait $server
		done
		no_faults rxc1 rxs1
	'
}

@test "RNBD with verification, and nothing is left when it is unloaded" {
	in_uml --rxe ours <<< "$tools"'
		devices 1 2
		both_ends
		ram_disks 1 64
		disk=$(map_disk sessname=a device_path=/dev/ram0 $(paths 1 2))
		run_fio random "/dev/$disk" --rw=randwrite --bs=4k --size=8M --iodepth=32 --verify=crc32c
		run_fio odd "/dev/$disk" --rw=randrw --bsrange=512-200k --blockalign=512 \
			--size=32M --io_size=16M --iodepth=16 --verify=crc32c
		same bytes "$(dd if=/dev/ram0 bs=1M iflag=direct status=none | sha256sum)" \
			"$(dd if=/dev/$disk bs=1M iflag=direct status=none | sha256sum)"
		unmap_disk "$disk"
		no_faults rxc1 rxs1 rxc2 rxs2
		unload_all
		net_down 1 2
		modprobe -r rdma_ucm
		rmmod rdma_rxe
	'
}
