# SPDX-License-Identifier: GPL-2.0
# Our soft-RoCE's trains: they cross the IP stack as one packet, and no byte of
# them changes.

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
		wait_until 20 grep -qs listening "$OUT/server"
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

@test "lists, blocks, and single packets if told" {
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
					grew $blocks $device blocks_sent
				done
			done
		done
		no_faults rxc1 rxs1
		refused "Invalid argument" $parameters/train trains
	'
}
