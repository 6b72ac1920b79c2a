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

	"$RNBD_VERBS" server "$(ip4 s "$path")" $((7000 + path)) -d "rxs$path" \
		-n "$connections" "$@" > "$OUT/$name.server" 2>&1 &
	verbs_server=$!
	wait_until 20 grep -qs listening "$OUT/$name.server"
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
