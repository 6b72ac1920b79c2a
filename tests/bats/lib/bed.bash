# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Two virtual machines, `client` and `server`, on two networks, for tests and
# for the demo. Sourced; needs root. What each function does stands above it.
#
#	setup_file()	{ bed_up; topo; }
#	teardown()	{ guard; }
#	teardown_file()	{ bed_down; }
#
# Both machines see network 0 as eth0 and rxe0, network 1 as eth1 and rxe1.
# A command in a machine travels outside both, so it works while they are cut.

BED_TOP=$(readlink -f "${BASH_SOURCE[0]%/*}/../../..")
BED_TESTS=$BED_TOP/tests/bed
CLIENT=client
SERVER=server
BED_PORTS=8			# commands at a time, per machine
: "${BED_MEMORY_MB:=768}"	# of each machine
: "${BED_CPUS:=1}"		# of each machine; several are slower here
# Not empty: whole Debian hosts with systemd, which keep their roots over reboots;
# both have the modules which DKMS built, and no rnbdctl.
: "${BED_SYSTEM=}"
# For measuring: another QEMU's root, and a plugin for it, which answers in
# $BED_DIR/MACHINE/counts.
: "${BED_QEMU=}"
: "${BED_PLUGIN=}"
# Scratch disks, vdb and up: a size makes an empty one, a file is read-only.
: "${BED_CLIENT_DISKS=}"
: "${BED_SERVER_DISKS=1G 256M}"
# linux: Debian's soft-RoCE, which loses connections, in place of ours
: "${RNBD_RXE=ours}"

# ---- up and down -----------------------------------------------------------

# bed_up [upstream-client] [upstream-server]: boots both machines with our
# modules, or upstream's where named, and waits until both take commands.
# BED_UPSTREAM names such machines too: `BED_UPSTREAM=upstream-client bats FILE`
# shows how a test ends there.
bed_up()
{
	local word headers image machine modules rxe program
	local -A side=([client]=ours [server]=ours)

	for word in "$@" ${BED_UPSTREAM-}; do
		side[${word#upstream-}]=upstream
	done
	[[ $EUID -eq 0 && -w /dev/net/tun ]] ||
		{ echo "bed: needs root and /dev/net/tun" >&2; return 1; }

	headers=$("$BED_TESTS/fetch" headers) || return
	image=$("$BED_TESTS/vm/${BED_SYSTEM:+system-}image") || return
	BED_DIR=$(mktemp -d "${TMPDIR:-/tmp}/rnbd-bed.XXXXXX") || return
	export BED_DIR
	BED_ASK=$image/ask
	export BED_ASK
	bed_start_keeper || return

	for machine in client server; do
		mkdir "$BED_DIR/$machine"
		if [[ -n $BED_SYSTEM ]]; then
			modules=$(bed_dkms_modules) || return
			rxe=$modules/rdma_rxe.ko
			cp --sparse=always "$image/root.img" "$BED_DIR/$machine/"
			program=
		else
			modules=$("$BED_TESTS/build-${side[$machine]}" "$headers") || return
			rxe=$("$BED_TESTS/build-ours" "$headers")/rdma_rxe.ko || return
			program=$BED_TOP/rnbdctl/rnbdctl
			[[ -x $program ]] || program=
		fi
		[[ $RNBD_RXE == ours ]] || rxe=
		"$BED_TESTS/vm/initrd" "$image" "$modules" "$rxe" "$BED_DIR/$machine" \
			${program:+"$program"} || return
	done
	bed_make_disks client $BED_CLIENT_DISKS
	bed_make_disks server $BED_SERVER_DISKS
	ln -s "$image/vmlinux" "$image/root.img" "$BED_DIR/"
	machine_start client && machine_start server || return
	machine_wait client && machine_wait server
}

# Prints a folder with the modules that DKMS made, for xz is slow in a guest.
bed_dkms_modules()
{
	local dir=$BED_DIR/modules packages

	if [[ ! -e $dir ]]; then
		packages=$("$BED_TESTS/packages") && mkdir "$dir" &&
			cp "$packages"/modules/*/updates/dkms/* "$dir" || return
		xz -dq "$dir"/*.xz
	fi
	echo "$dir"
}

# The networks and machines live until nobody has BED_HOLD open any more.
bed_start_keeper()
{
	mkfifo "$BED_DIR/hold"
	bed_detached unshare --net --pid --fork --kill-child \
		"$BED_TESTS/vm/keeper" "$BED_DIR" client server \
		< "$BED_DIR/hold" > "$BED_DIR/keeper.log" 2>&1 &
	exec {BED_HOLD}> "$BED_DIR/hold"
	export BED_HOLD
	if ! wait_until 60 test -e "$BED_DIR/keeper"; then
		cat "$BED_DIR/keeper.log" >&2
		return 1
	fi
	BED_KEEPER=$(<"$BED_DIR/keeper")
	export BED_KEEPER
}

# Without our open files, which would keep bats and the bed waiting, and
# without our terminal's signals.
bed_detached()
{
	local fd

	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		((fd <= 2)) || eval "exec $fd>&-"
	done
	exec setsid "$@"
}

bed_enter()
{
	nsenter --target "$BED_KEEPER" --net --pid -- "$@"
}

# bed_down: ends both machines and everything of the bed.
bed_down()
{
	[[ -n ${BED_HOLD-} ]] || return 0
	# in words too: something of ours in the background may have it open
	echo down >&"$BED_HOLD" || :
	exec {BED_HOLD}>&-
	unset BED_HOLD
	wait_until 60 bed_is_gone
}

bed_is_gone()
{
	[[ ! -e $BED_DIR && ! -e /proc/$BED_KEEPER ]]
}

# ---- machines --------------------------------------------------------------

bed_make_disks()
{
	local machine=$1 letter=b disk
	shift

	for disk; do
		if [[ -f $disk ]]; then
			ln -s "$(readlink -f "$disk")" "$BED_DIR/$machine/vd$letter.ro"
		else
			truncate -s "$disk" "$BED_DIR/$machine/vd$letter"
		fi
		letter=$(tr 'b-y' 'c-z' <<< "$letter")
	done
}

# machine_start MACHINE: powers on; disks keep what they had.
machine_start()
{
	local machine=$1 dir=$BED_DIR/$1 disk i number=1 args
	local lib=$BED_QEMU/usr/lib/x86_64-linux-gnu
	local root="file=$BED_DIR/root.img,readonly=on"

	[[ ! -e $dir/root.img ]] || root="file=$dir/root.img,cache=unsafe"
	[[ $machine == client ]] || number=2
	args=(
		-nodefaults -no-user-config -display none -vga none -no-reboot
		-M q35,hpet=off -accel tcg,thread=multi -cpu max,erms=off,fsrm=off
		-smp "$BED_CPUS" -m "$BED_MEMORY_MB" -name "$machine"
		-kernel "$BED_DIR/vmlinux" -initrd "$dir/initrd"
		-append "console=ttyS0 loglevel=7 panic=-1 oops=panic mitigations=off
			nokaslr tsc=reliable no_timer_check random.trust_cpu=on audit=0
			net.ifnames=0 clearcpuid=rep_good,erms,fsrm,fzrm,fsrs
			init_on_alloc=0 bed.name=$machine bed.ports=$BED_PORTS"
		-chardev "file,id=console,path=$dir/console,append=on"
		-serial chardev:console
		-device virtio-serial-pci
		-drive "$root,format=raw,if=none,id=root"
		-device virtio-blk-pci,drive=root
	)
	for disk in "$dir"/vd*; do
		[[ -e $disk ]] || continue
		i=${disk##*/} i=${i%.ro}
		args+=(-device "virtio-blk-pci,drive=$i,serial=$machine-$i")
		if [[ $disk == *.ro ]]; then
			args+=(-drive "file=$disk,format=raw,if=none,id=$i,readonly=on")
		else
			args+=(-drive "file=$disk,format=raw,if=none,id=$i,cache=unsafe,discard=unmap")
		fi
	done
	for i in 0 1; do
		args+=(-netdev "tap,id=path$i,ifname=$machine$i,script=no,downscript=no"
			-device "virtio-net-pci,netdev=path$i,host_mtu=9000,mac=52:54:00:00:0$i:0$number")
	done
	if [[ -n $BED_QEMU ]]; then
		args+=(-L "$BED_QEMU/usr/share/qemu" -L "$BED_QEMU/usr/share/seabios"
			-L /usr/share/qemu -L /usr/share/seabios -L /usr/lib/ipxe/qemu)
	fi
	if [[ -n $BED_PLUGIN ]]; then
		args+=(-plugin "$BED_PLUGIN,out=$dir/counts")
	fi
	for ((i = 0; i < BED_PORTS; i++)); do
		args+=(-chardev "socket,id=ctl$i,path=$dir/ctl$i,server=on,wait=off"
			-device "virtserialport,chardev=ctl$i,name=bed.$i")
	done
	(bed_detached nsenter --target "$BED_KEEPER" --net --pid -- \
		env ${BED_QEMU:+"LD_LIBRARY_PATH=$lib" "QEMU_MODULE_DIR=$lib/qemu"} \
		"$BED_QEMU${BED_QEMU:+/usr/bin/}qemu-system-x86_64" "${args[@]}" -daemonize -pidfile "$dir/pid" </dev/null)
}

# machine_wait MACHINE: until it takes commands.
machine_wait()
{
	if ! on -t 240 "$1" true; then
		echo "bed: $1 did not come up; its last words:" >&2
		tail -n 20 "$BED_DIR/$1/console" >&2
		return 1
	fi
}

# The file goes when the machine switches itself off.
machine_signal()
{
	local pid

	[[ -e $BED_DIR/$1/pid ]] && pid=$(cat "$BED_DIR/$1/pid") &&
		bed_enter kill "-$2" "$pid"
}

machine_is_off()
{
	! machine_signal "$1" 0 2>/dev/null
}

# machine_kill MACHINE: as if the power cord were pulled.
machine_kill()
{
	machine_signal "$1" KILL
	wait_until 30 machine_is_off "$1"
}

# machine_power_off MACHINE: as its administrator would.
machine_power_off()
{
	# the answer to the last word may not make it
	on -t 20 "$1" sh -c 'sync; echo o > /proc/sysrq-trigger' || :
	wait_until 60 machine_is_off "$1"
}

# machine_stop, machine_cont MACHINE: all its processors stand still, and go on.
machine_stop()	{ machine_signal "$1" STOP; }
machine_cont()	{ machine_signal "$1" CONT; }

# machine_restart MACHINE: kill, start, wait. Its networks need topo again.
machine_restart()
{
	machine_kill "$1" && machine_start "$1" && machine_wait "$1"
}

# on [-i] [-t SECONDS] MACHINE COMMAND...: runs it there, with its output and
# exit code here; several at once are fine. -i passes stdin on. 124: took longer
# than SECONDS (180). 255: the machine is off.
on()
{
	local options=(-t 180)

	while [[ $1 == -* ]]; do
		options+=("$1")
		if [[ $1 == -t ]]; then
			options+=("$2")
			shift
		fi
		shift
	done
	"$BED_ASK" "${options[@]}" "$BED_DIR/$1" "${@:2}" {BED_HOLD}>&-
}

# sh_on MACHINE: runs the shell script on stdin there. Any failure ends it.
sh_on()
{
	on "$1" sh -euc "$(cat)" "${@:2}"
}

# push FILE MACHINE:PATH and pull MACHINE:PATH FILE
push()	{ on -i "${2%%:*}" sh -c 'cat > "$0"' "${2#*:}" < "$1"; }
pull()	{ on "${1%%:*}" cat "${1#*:}" > "$2"; }

# not COMMAND...: unlike a bare `!`, ends a test when the command succeeds.
not()	{ ! "$@"; }

# wait_until SECONDS COMMAND...: polls until it succeeds; 1 after SECONDS.
wait_until()
{
	local seconds=$1 end=$((SECONDS + $1 + 1))
	shift

	until "$@"; do
		if ((SECONDS >= end)); then
			echo "not within $seconds s: $*" >&2
			return 1
		fi
		read -rt 0.1 <> <(:) || :
	done
}

# ---- networks --------------------------------------------------------------

# ip_of MACHINE PATH [6]: its address on that network
ip_of()
{
	local number=1

	[[ $1 == client ]] || number=2
	if [[ ${3-} == 6 ]]; then
		echo "fd00:$2::$number"
	else
		echo "10.0.$2.$number"
	fi
}

# topo [MACHINE...]: addresses and rxe devices on both networks, and every GID
# there. BED_MTU is that of the networks.
topo()
{
	local machine path

	[[ $# -gt 0 ]] || set -- client server
	for machine; do
		sh_on "$machine" <<-SCRIPT || return
			modprobe -a crc32_pclmul rdma_rxe
			for path in 0 1; do
				ip link set eth\$path mtu ${BED_MTU:-9000} up
				ip addr add 10.0.\$path.$([[ $machine == client ]] && echo 1 || echo 2)/24 dev eth\$path
				ip addr add fd00:\$path::$([[ $machine == client ]] && echo 1 || echo 2)/64 dev eth\$path nodad
				rdma link add rxe\$path type rxe netdev eth\$path
			done
		SCRIPT
	done
	for machine; do
		for path in 0 1; do
			wait_until 60 bed_has_gids "$machine" "$path" || return
		done
	done
	for path in 0 1; do
		on client ping -qc1 -w60 "$(ip_of server $path)" > /dev/null || return
	done
}

bed_has_gids()
{
	on "$1" sh -c 'grep -qi "ffff:0a00:0$1" $0/* && grep -qi "^fd00:000$1" $0/*' \
		"/sys/class/infiniband/rxe$2/ports/1/gids" "$2" 2>/dev/null
}

# WHERE below: a network (0, 1), a machine (client, server), or a machine's end
# of a network (client0, server1); nothing means everywhere.
bed_taps()
{
	case ${1-} in
	[01])		echo "client$1 server$1" ;;
	client|server)	echo "${1}0 ${1}1" ;;
	'')		echo client0 client1 server0 server1 ;;
	*)		echo "$1" ;;
	esac
}

# net_cut WHERE: packets vanish; the machines' links stay up.
net_cut()
{
	local tap

	for tap in $(bed_taps "$@"); do
		bed_enter ip link set "$tap" down || return
	done
}

# net_restore [WHERE]: the opposite.
net_restore()
{
	local tap

	for tap in $(bed_taps "$@"); do
		bed_enter ip link set "$tap" up || return
	done
}

# net_impair WHERE NETEM...: what leaves there meets `tc netem` NETEM, such as
# `delay 10ms 3ms`, `loss 1%`, `duplicate 1%`.
net_impair()
{
	local tap

	for tap in $(bed_taps "$1"); do
		on "${tap%?}" tc qdisc replace dev "eth${tap: -1}" root \
			netem limit 100000 "${@:2}" || return
	done
}

# net_hold WHERE DELAY: what leaves now arrives after DELAY, and what leaves
# from now on never does: late packets of a path that is dead.
net_hold()
{
	net_impair "$1" delay "$2" && net_hold_only "$1" "$2"
}

# net_hold_only WHERE DELAY: the second half of net_hold, for packets which a
# net_impair WHERE delay DELAY holds already.
net_hold_only()
{
	local tap

	for tap in $(bed_taps "$1"); do
		on "${tap%?}" tc qdisc change dev "eth${tap: -1}" root \
			netem limit 100000 delay "$2" loss 100% || return
	done
}

# net_repair [WHERE]: ends net_impair; packets still held are lost.
net_repair()
{
	local tap

	for tap in $(bed_taps "$@"); do
		on "${tap%?}" sh -c 'tc qdisc del dev "$0" root 2>/dev/null || :' \
			"eth${tap: -1}" || return
	done
}

# ---- kernel logs -----------------------------------------------------------

# guard: fails and shows what the kernels reported since the last guard. See
# tests/bed/kernel-reports for what counts.
guard()
{
	local machine bad=0

	for machine in client server; do
		bed_judge "$machine" || bad=1
	done
	return $bad
}

bed_judge()
{
	local machine=$1 log=$BED_DIR/$1/console seen=$BED_DIR/$1/judged from size mark
	local options=()

	from=$(cat "$seen" 2>/dev/null) || from=0
	# what the kernel said before now has reached the log when this has
	mark="bed-mark-$$-$RANDOM$RANDOM"
	if ! machine_is_off "$machine" &&
	   on -t 60 "$machine" sh -c 'echo "<4>$0" > /dev/kmsg' "$mark"; then
		wait_until 60 grep -aqF "$mark" "$log" || :
	fi
	size=$(stat -c %s "$log")
	tail -c "+$((from + 1))" "$log" | head -c "$((size - from))" > "$log.part"
	echo "$size" > "$seen"
	[[ $RNBD_RXE != ours ]] || options=(--own-rxe)
	"$BED_TESTS/kernel-reports" "${options[@]}" "$log.part" | sed "s/^/$machine: /"
	return "${PIPESTATUS[0]}"
}
