# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scripts in an instance which test our soft-RoCE, after inside.bash.

# user_verbs: what programs need
user_verbs()
{
	load ib_uverbs
	load rdma_ucm
}

# counter DEVICE NAME: the kernel shows what it counted up to 10 ms ago
counter()
{
	read -rt 0.02 -u "$never" || :
	cat "/sys/class/infiniband/$1/ports/1/hw_counters/$2"
}

# counted DEVICE NAME: not nothing
counted()
{
	[[ $(counter "$1" "$2") -gt 0 ]] || fail "$1 has counted no $2"
}

# no_faults DEVICE...: they have met nothing on the wire that should not be there
no_faults()
{
	local device name

	for device; do
		for name in icrc_errors malformed_pkts wrong_address \
			retry_exceeded_err retry_rnr_exceeded_err; do
			[[ $(counter "$device" $name) -eq 0 ]] || fail "$device has counted $name"
		done
	done
}

# verbs_begin NAME PATH CONNECTIONS [options]: the server of stamped buffers
# listens, at an address of that path's server end
verbs_begin()
{
	local name=$1 path=$2 connections=$3
	shift 3

	rm -f "$OUT/$name.server"
	"$RNBD_VERBS" server "$(ip4 s "$path")" $((7000 + path)) -d "rxs$path" \
		-n "$connections" "$@" > "$OUT/$name.server" 2>&1 &
	verbs_server=$!
	wait_until 60 grep -qs listening "$OUT/$name.server"
}

# verbs_end NAME PATH QPS MESSAGES [options]: the client sends so many over each
# queue pair, and no byte is wrong at either end; prints what it did
verbs_end()
{
	local name=$1 path=$2 qps=$3 messages=$4
	shift 4

	"$RNBD_VERBS" client "$(ip4 c "$path")" "$(ip4 s "$path")" $((7000 + path)) \
		-d "rxc$path" -q "$qps" -N "$messages" -t 600 "$@" > "$OUT/$name.client" 2>&1 ||
		fail "$name: client: $(cat "$OUT/$name.client")"
	wait "$verbs_server" || fail "$name: server: $(cat "$OUT/$name.server")"
	cat "$OUT/$name.client"
}

# verbs NAME PATH QPS MESSAGES [options]: both
verbs()
{
	verbs_begin "$1" "$2" "$3"
	verbs_end "$@"
}

# Below, path 1 is bad: IMPAIRMENT is one of netem, for what either end sends.

# trains N: so many packets at most are handed to the IP stack as one, and netem
# loses, delays or doubles them as one
trains()
{
	echo "$1" > /sys/module/rdma_rxe/parameters/max_train
}

_impair_both()
{
	impair c1 "$@"
	impair s1 "$@"
}

# verbs_over IMPAIRMENT QPS MESSAGES [options of the client]: prints what it did
verbs_over()
{
	local impairment=$1
	shift

	_impair_both $impairment
	verbs "verbs $impairment" 1 "$@"
	path_heal 1
}

# nothing_gave_up: each queue pair found its peer again
nothing_gave_up()
{
	same retries "0 0" "$(counter rxc1 retry_exceeded_err) $(counter rxs1 retry_exceeded_err)"
}

# bad_disk: maps $disk, a /dev/ram0 of 64 MiB, over path 1, session `bad`
bad_disk()
{
	both_ends
	ram_disks 1 64
	net_up 1
	disk=$(map_disk sessname=bad device_path=/dev/ram0 $(paths 1))
}

# io_over IMPAIRMENT BYTES: all that was written is read again, and the session
# notices nothing
io_over()
{
	_impair_both $1
	run_fio "io" "/dev/$disk" --rw=randrw --bsrange=4k-128k --size=32M --io_size="$2" \
		--iodepth=16 --verify=crc32c
	path_heal 1
	path_is bad 1 connected || fail "$1: the path is gone"
	same "$1: reconnected" "0 0" "$(cat "$(path_dir bad 1)/stats/reconnects")"
}

# bad_disk_end: both ends hold the same bytes
bad_disk_end()
{
	same bytes "$(dd if=/dev/ram0 bs=1M iflag=direct status=none | sha256sum)" \
		"$(dd if="/dev/$disk" bs=1M iflag=direct status=none | sha256sum)"
	unmap_disk "$disk"
	unload_all
}

# between_others [-b]: `left` with rxleft at 10.5.1.2 and `right` with rxright at
# 10.5.2.2 are network namespaces; what they tell each other passes toleft and
# toright here, is routed, or with -b bridged by `between`
between_others()
{
	local side n prefix=24

	load rdma_rxe
	sysctl -qw net.ipv4.ip_forward=1
	if [[ ${1-} == -b ]]; then
		prefix=16
		ip link add between type bridge
		ip addr add 10.5.0.1/16 dev between
		ip link set between up
	fi
	for side in left right; do
		n=$([[ $side == left ]] && echo 1 || echo 2)
		ip netns add $side
		ip link add to$side type veth peer name $side netns $side
		if [[ ${1-} == -b ]]; then
			ip link set to$side master between
		else
			ip addr add 10.5.$n.1/24 dev to$side
		fi
		ip link set to$side up
		ip netns exec $side ip addr add 10.5.$n.2/$prefix dev $side
		ip netns exec $side ip link set $side up
		[[ ${1-} == -b ]] || ip netns exec $side ip route add default via 10.5.$n.1
		ip netns exec $side rdma link add rx$side type rxe netdev $side
	done
	wait_until 60 _has_gid rxleft 0a05:0102
	wait_until 60 _has_gid rxright 0a05:0202
	wait_until 60 ip netns exec left ping -qc1 -W1 10.5.2.2 > /dev/null
}

_has_gid()
{
	grep -qs "ffff:$2" "/sys/class/infiniband/$1/ports/1/gids"/[0-7]
}

# no_resources: programs have left none, and no page pinned
no_resources()
{
	local kind

	for kind in ctx pd cq qp mr srq cm_id; do
		! rdma resource show $kind 2>/dev/null | grep -q ' pid ' || return 1
	done
	[[ $(awk '/^nr_foll_pin_acquired/ { n += $2 } /^nr_foll_pin_released/ { n -= $2 }
		END { print n }' /proc/vmstat) -eq 0 ]]
}
