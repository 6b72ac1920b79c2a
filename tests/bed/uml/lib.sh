# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scripts inside an instance: `. "$UML/lib.sh"`. Both ends live here, in one
# kernel: path N is a veth pair whose ends carry one rxe device each, and
# routing sends what one end says to the other through the pair, so that
# packets can be delayed, dropped and cut.
#
#            path N            client end            server end
#            interface         c<N>                  s<N>
#            rxe device        rxc<N>                rxs<N>
#            IPv4              10.0.<N>.1            10.0.<N>.2
#            IPv6              fd00:<N>::1           fd00:<N>::2

set -euo pipefail

fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

# nothing is ever said there; a process to sleep in costs 20 ms under KASAN
exec {never}<> <(:)

# wait_until SECONDS COMMAND...: until COMMAND succeeds; fails at the deadline
wait_until()
{
	# SECONDS counts whole ones, and the first may be nearly over
	local deadline=$((SECONDS + $1 + 1))
	shift

	until "$@"; do
		[[ $SECONDS -lt $deadline ]] || fail "not within the time allowed: $*"
		read -rt 0.1 -u "$never" || :
	done
}

# load MODULE [parameters]
load()
{
	modprobe "$@"
}

_no_sessions()
{
	local all=(/sys/class/rtrs-client/*)

	[[ ! -e ${all[0]} ]]
}

# unload_all: ours and what they stand on, in order
unload_all()
{
	local m

	# Linux's client ends a session some time after the last unmap returned; ours
	# takes along what is mapped
	(wait_until 30 _no_sessions) 2> /dev/null || :
	cat /proc/modules >> "$OUT/module-map"
	for m in rnbd-client rnbd-server rtrs-client rtrs-server rtrs-core; do
		[[ ! -e /sys/module/${m//-/_} ]] || modprobe -r "$m"
	done
}

# is FILE TEXT: that is all it says; for polls, which had better not fork
is()
{
	local said

	read -r said 2>/dev/null < "$1" && [[ $said == "$2" ]]
}

ip4() { echo "10.0.$2.$([[ $1 == c ]] && echo 1 || echo 2)"; }
ip6() { echo "fd00:$2::$([[ $1 == c ]] && echo 1 || echo 2)"; }

# has_gids DEVICE COUNT: as many addresses of ours are in the GID table; only
# its beginning is read, since it has a thousand entries
has_gids()
{
	local gids=/sys/class/infiniband/$1/ports/1/gids

	[[ $(grep -sh -e ':ffff:0a00:' -e '^fd00:' "$gids"/[0-7] | wc -l) -ge $2 ]]
}

# One direction: what anyone here sends to TO leaves by DEV. The second rule is
# the one which rdma_cm asks: may a packet from there have come in by DEV?
_route()
{
	local ip=(ip "$1") dev=$2 from=$3 to=$4 table=$5

	"${ip[@]}" route add "$to" dev "$dev" src "$from" table "$table"
	"${ip[@]}" rule add pref 10 iif lo to "$to" lookup "$table"
	"${ip[@]}" rule add pref 10 oif "$dev" to "$to" lookup "$table"
}

# net_up [-6] [-m MTU] N...: make these paths, IPv4 or with -6 IPv6 as well
net_up()
{
	local six='' mtu=1500 n gids=1

	while [[ $1 == -* ]]; do
		case $1 in
		-6) six=1; gids=2; shift ;;
		-m) mtu=$2; shift 2 ;;
		*)  fail "net_up: $1?" ;;
		esac
	done

	load rdma_rxe
	# the local table would answer for both ends first
	if ! ip rule show | grep -q '^100:'; then
		ip rule add pref 100 lookup local
		ip rule del pref 0
		ip -6 rule add pref 100 lookup local
		ip -6 rule del pref 0
		sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
			net.ipv4.conf.all.accept_local=1 net.ipv4.conf.default.accept_local=1 \
			net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
	fi

	for n; do
		ip link add "c$n" mtu "$mtu" type veth peer name "s$n" mtu "$mtu"
		ip addr add "$(ip4 c "$n")/32" dev "c$n"
		ip addr add "$(ip4 s "$n")/32" dev "s$n"
		if [[ -n $six ]]; then
			ip addr add "$(ip6 c "$n")/128" dev "c$n" nodad
			ip addr add "$(ip6 s "$n")/128" dev "s$n" nodad
		fi
		ip link set "c$n" up
		ip link set "s$n" up
		_route -4 "c$n" "$(ip4 c "$n")" "$(ip4 s "$n")" $((1000 + n))
		_route -4 "s$n" "$(ip4 s "$n")" "$(ip4 c "$n")" $((2000 + n))
		if [[ -n $six ]]; then
			_route -6 "c$n" "$(ip6 c "$n")" "$(ip6 s "$n")" $((1000 + n))
			_route -6 "s$n" "$(ip6 s "$n")" "$(ip6 c "$n")" $((2000 + n))
		fi
		_netem "c$n"
		_netem "s$n"
		rdma link add "rxc$n" type rxe netdev "c$n"
		rdma link add "rxs$n" type rxe netdev "s$n"
	done
	for n; do
		wait_until 60 has_gids "rxc$n" "$gids"
		wait_until 60 has_gids "rxs$n" "$gids"
		# neighbours are learnt, before anything is timed
		wait_until 60 ping -q -c1 -W1 -I "$(ip4 c "$n")" "$(ip4 s "$n")" >/dev/null
		[[ -z $six ]] ||
			wait_until 60 ping -q -c1 -W1 -I "$(ip6 c "$n")" "$(ip6 s "$n")" >/dev/null
	done
}

# net_side c|s [-m MTU] N...: the same where the other end is another instance
# (see `pair`): network N becomes c<N> and rxc<N>, or s<N> and rxs<N>
net_side()
{
	local side=$1 other=s mtu=1500 n
	shift

	[[ $side == c ]] || other=c
	if [[ $1 == -m ]]; then
		mtu=$2
		shift 2
	fi

	load rdma_rxe
	sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
	for n; do
		ip link set "vec$((n - 1))" name "$side$n" mtu "$mtu"
		ip addr add "$(ip4 "$side" "$n")/24" dev "$side$n"
		ip addr add "$(ip6 "$side" "$n")/64" dev "$side$n" nodad
		ip link set "$side$n" up
		_netem "$side$n"
		rdma link add "rx$side$n" type rxe netdev "$side$n"
	done
	for n; do
		wait_until 60 has_gids "rx$side$n" 2
		wait_until 60 ping -q -c1 -W1 "$(ip4 "$other" "$n")" >/dev/null
		wait_until 60 ping -q -c1 -W1 "$(ip6 "$other" "$n")" >/dev/null
	done
}

# tell NAME, await NAME SECONDS: meet the other instance
tell()
{
	touch "$RNBD_MEET/$1"
}

await()
{
	wait_until "$2" test -e "$RNBD_MEET/$1"
}

# net_down N...: remove these paths' devices
net_down()
{
	local n

	for n; do
		rdma link delete "rxc$n"
		rdma link delete "rxs$n"
		ip link del "c$n"
	done
}

# Faults. The interface names the sender: c1 impairs what the client says on
# path 1, s1 what the server says. Each has its netem from the beginning: when a
# queue is taken away or put there, what is sent in that moment is refused, and
# Debian's rdma_rxe leaves a GSI queue pair in error for that, for ever.

# _netem DEV [OPTIONS]: and nothing of what was there
_netem()
{
	local dev=$1
	shift

	tc qdisc replace dev "$dev" root netem limit 100000 corrupt 0% reorder 0% "$@"
}

# path_cut N: silence in both directions, carrier stays
path_cut()
{
	local dev

	for dev in "c$1" "s$1"; do
		[[ ! -e /sys/class/net/$dev ]] || _netem "$dev" loss 100%
	done
}

# impair DEV NETEM...: e.g. impair c1 delay 10ms loss 1%
impair()
{
	_netem "$@"
}

# hold DEV MS: what DEV sends within the next moment arrives MS later, and
# nothing after it (a change of netem keeps what is queued)
hold()
{
	_netem "$1" delay "$2ms"
	read -rt 0.1 -u "$never" || :
	_netem "$1" delay "$2ms" loss 100%
}

# path_heal N: heal whatever was done to path N; what is held still arrives
path_heal()
{
	local dev

	# the server's end first, so that no answer of the CM is lost
	for dev in "s$1" "c$1"; do
		if [[ -e /sys/class/net/$dev ]]; then
			_netem "$dev"
			ip link set "$dev" up
		fi
	done
}

# paths [-6] N...: path= words for map_disk, source and destination given
paths()
{
	local ip=ip4 n

	if [[ $1 == -6 ]]; then
		ip=ip6
		shift
	fi
	for n; do
		echo "path=ip:$($ip c "$n")@ip:$($ip s "$n")"
	done
}

rnbd_ctl=/sys/class/rnbd-client/ctl

# map_disk key=value...: maps and prints the name of the new disk, e.g. rnbd0;
# fails with the kernel's errno text on stderr when the kernel refuses
map_disk()
{
	local before after word wanted=''

	before=$(cd /sys/block && ls -d rnbd* 2>/dev/null || :)
	echo "$*" > $rnbd_ctl/map_device || return 1
	after=$(cd /sys/block && ls -d rnbd* 2>/dev/null || :)
	for word in $after; do
		[[ $'\n'$before$'\n' == *$'\n'$word$'\n'* ]] || wanted=$word
	done
	[[ -n $wanted ]] || fail "mapped, but no new disk"
	wait_until 30 test -b "/dev/$wanted"
	echo "$wanted"
}

# unmap_disk NAME [normal|force]: an io_uring lets go of its files only some time
# after its process has ended
unmap_disk()
{
	wait_until 30 _unmap "$1" "${2:-normal}"
	wait_until 30 test ! -e "/sys/block/$1"
}

_unmap()
{
	echo "$2" 2>/dev/null > "/sys/block/$1/rnbd/unmap_device"
}

# path_dir SESSION N [client|server] [-6]: sysfs directory of that path
path_dir()
{
	local net=10.0.$2.

	[[ ${4-} != -6 ]] || net=fd00:$2::
	echo "/sys/class/rtrs-${3:-client}/$1/paths/ip:${net}1@ip:${net}2"
}

# path_is SESSION N STATE
path_is()
{
	is "/sys/class/rtrs-client/$1/paths/ip:10.0.$2.1@ip:10.0.$2.2/state" "$3"
}

# path_again SESSION N: it is connected, or now it is; for polls
path_again()
{
	path_is "$1" "$2" connected || {
		echo 1 > "$(path_dir "$1" "$2")/reconnect" && path_is "$1" "$2" connected
	}
} 2> /dev/null

# ram_disks COUNT MIB: /dev/ram0 and so on, empty
ram_disks()
{
	load brd "rd_nr=$1" "rd_size=$(($2 * 1024))" max_part=0
}

# run_fio NAME DEVICE options...: quiet unless it fails; JSON in $OUT/NAME.json
run_fio()
{
	local name=$1 dev=$2
	shift 2

	fio --name="$name" --filename="$dev" --allow_file_create=0 --direct=1 \
		--ioengine=io_uring --clocksource=cpu --thread --group_reporting --eta=never \
		--output-format=json --output="$OUT/$name.json" "$@" ||
		fail "fio $name on $dev: $(head -c 2000 "$OUT/$name.json")"
}
