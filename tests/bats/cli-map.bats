#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# map and unmap: what they ask of the kernel, and what they say when it, the
# server or the user is wrong.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }
setup()
{
	use_tree both
	rm -r "$RNBDCTL_SYSFS/block/rnbd0"
}

map_a() { FAKE_MAP=$RNBDCTL_SYSFS/block/rnbd0 ctl map sessname=a device_path=/dev/sdb "$@"; }

@test "map asks for what the words say and prints the device" {
	FAKE_MAP=$RNBDCTL_SYSFS/block/rnbd0 succeeds /dev/rnbd0 map device_path=/dev/sdb sessname=a \
		path=ip:10.0.0.1@ip:10.0.0.2 access_mode=rw
	wrote class/rnbd-client/ctl/map_device \
		"sessname=a path=ip:10.0.0.1@ip:10.0.0.2 device_path=/dev/sdb access_mode=rw"
}

@test "map puts the port before all paths" {
	map_a path=ip:10.0.0.2 path=ip:10.0.1.2 dest_port=4000 nr_poll_queues=-1
	[ "$status" = 0 ]
	wrote class/rnbd-client/ctl/map_device \
		"sessname=a dest_port=4000 path=ip:10.0.0.2 path=ip:10.0.1.2 device_path=/dev/sdb nr_poll_queues=-1"
}

@test "map spells addresses as the kernel does" {
	map_a path=10.0.0.1,10.0.0.2 path=FD00:0::0001@ip:fd00:0:0::2 path=IP:10.0.0.2 \
		path=gid:fe80::1@gid:fe80::2
	[ "$status" = 0 ]
	wrote class/rnbd-client/ctl/map_device "sessname=a path=ip:10.0.0.1@ip:10.0.0.2 \
path=ip:fd00::1@ip:fd00::2 path=ip:10.0.0.2 \
path=gid:fe80:0000:0000:0000:0000:0000:0000:0001@gid:fe80:0000:0000:0000:0000:0000:0000:0002 \
device_path=/dev/sdb"
}

@test "map prints the device as JSON" {
	map_a --json
	[ "$status" = 0 ]
	[ "$(jq -c . <<<"$output")" = '{"schema":1,"device":{"device":"/dev/rnbd0","size_bytes":1073741824,"state":"open","access_mode":"rw","session":"a","device_path":"/dev/sdb","nr_poll_queues":0}}' ]
}

@test "map refuses words which the kernel would misread, and writes nothing" {
	local long name

	long=$(printf '%0254d' 0)
	fails 2 "device map needs sessname= or from=, see rnbdctl device map --help" map device_path=x
	fails 2 "device map needs PATH, see rnbdctl device map --help" map sessname=a
	fails 2 "sessname is empty" map sessname= device_path=x
	fails 2 "sessname is given twice" map sessname=a sessname=b device_path=x
	fails 8 "bad address 'speed=9': write it as ip:192.0.2.1 or ip:2001:db8::1" \
		map sessname=a device_path=x speed=9
	for name in a/b a.b; do
		fails 2 "sessname holds '/' or '.'" map sessname=$name device_path=x
	done
	fails 2 "sessname holds a blank, which the kernel cannot take" \
		map "sessname=a b" device_path=x
	fails 2 "device_path holds a blank, which the kernel cannot take" \
		map sessname=a "device_path=x access_mode=ro"
	fails 2 "device_path holds a control character" map sessname=a device_path=$'x\ny'
	fails 2 "sessname is longer than 254 bytes" map "sessname=${long}0" device_path=x
	fails 2 "device_path is longer than 254 bytes" map sessname=a "device_path=${long}0"
	fails 2 "sessname and device_path have more than 254 bytes together" \
		map sessname=a "device_path=$long"
	fails 2 "access_mode must be ro, rw or migration" \
		map sessname=a device_path=x access_mode=RW
	wrote class/rnbd-client/ctl/map_device $'Usage: echo \n'
}

@test "map refuses numbers out of range" {
	local number

	for number in 0 65536 -1 12x 0x50 " 1" 99999999999999999999; do
		fails 2 "dest_port must be a number from 1 to 65535" \
			map sessname=a device_path=x "dest_port=$number"
	done
	for number in -2 x 2147483648; do
		fails 2 "nr_poll_queues must be a number from -1 to 2147483647" \
			map sessname=a device_path=x nr_poll_queues=$number
	done
}

@test "map takes names at their limit" {
	local long

	long=$(printf '%0252d' 0)
	FAKE_MAP=$RNBDCTL_SYSFS/block/rnbd0 succeeds /dev/rnbd0 map sessname=a "device_path=$long"
}

@test "map refuses a seventh path" {
	fails 2 "map takes at most 6 paths, add others by path add" map sessname=a \
		device_path=x path=ip:10.0.0.{1,2,3,4,5,6,7}
}

@test "a bad address is named, with what would be right" {
	local address

	for address in ip:10.0.0 10.0.0.256 ip: x ip:10.0.0.1: 1::2::3 \
		       ip:10.0.0.1@ip:zz @ip:10.0.0.1 ip:10.0.0.1@; do
		fails 8 "bad address '$address': write it as ip:192.0.2.1 or ip:2001:db8::1" \
			map sessname=n device_path=x "path=$address"
	done
	fails 8 "bad address 'gid:xyz': write it as gid:fe80:0000:0000:0000:0002:c903:0010:c0f5" \
		map sessname=n device_path=x path=gid:xyz
	fails 8 "bad address 'ip:10.0.0.1@gid:fe80::1': source and destination must both be ip: or both be gid:" \
		map sessname=n device_path=x path=ip:10.0.0.1@gid:fe80::1
	fails 8 "bad address 'fe80::1%eth0': an address cannot name its interface with '%': the kernel takes none" \
		map sessname=n device_path=x path=fe80::1%eth0
}

# refused ERRNO STATUS TEXT: the kernel answers map with ERRNO
refused()
{
	FAKE_WRITE="map_device=$1" fails "$2" "x of session n: $3" \
		map sessname=n path=ip:10.0.0.2 device_path=x
}

@test "a refusal of the server is explained" {
	refused 1 7 "the server refused: another client has it open for writing"
	refused 2 7 "the server refused: it finds no such device below its search path"
	refused 6 7 "the server refused: no such device or session"
	refused 13 7 "the server refused: it may not be opened so there, try access_mode=ro"
	refused 15 7 "the server refused: it is no block device"
	refused 20 7 "the server refused: a part of the path is no folder there"
	refused 30 7 "the server refused: it is read-only there, try access_mode=ro"
	refused 40 7 "the server refused: too many links"
	refused 22 7 "refused as invalid, the kernel logs here and on the server say why"
	refused 17 6 "exists already under another spelling, or a path is taken; see the kernel log"
	refused 16 10 "busy here or on the server, try again"
	refused 93 8 "the kernel knows no such address"
	refused 95 12 "not supported, or not in the initial network namespace"
	refused 12 1 "not enough memory here or on the server"
	refused 5 1 "Input/output error"
}

# mapped: /dev/sdb of session a is there
mapped()
{
	mkdir -p "$RNBDCTL_SYSFS/block/rnbd0/rnbd"
	cd "$RNBDCTL_SYSFS/block/rnbd0/rnbd"
	echo a >session
	echo /dev/sdb >mapping_path
	echo open >state
	echo rw >access_mode
	echo 0 >nr_poll_queues
	echo 2097152 >../size
	echo usage >unmap_device
	cd - >/dev/null
}

@test "what is mapped stays so: a second map says it and succeeds" {
	mapped
	map_a path=ip:10.0.0.2
	[ "$status" = 0 ]
	[ "$output" = /dev/rnbd0 ]
	[ "$stderr" = "rnbdctl: /dev/sdb of session a is already mapped" ]
	wrote class/rnbd-client/ctl/map_device $'Usage: echo \n'
	map_a access_mode=rw
	[ "$status" = 0 ]
	fails 6 "/dev/sdb of session a is already mapped as /dev/rnbd0, with access_mode=rw" \
		map sessname=a device_path=/dev/sdb --read-only
}

@test "of two maps at once one maps, and both succeed" {
	FAKE_WRITE=map_device=17,map map_a path=ip:10.0.0.2
	[ "$status" = 0 ]
	[ "$output" = /dev/rnbd0 ]
	[ "$stderr" = "rnbdctl: /dev/sdb of session a is already mapped" ]
}

@test "what another one is just mapping is waited for, and mapped if that fails" {
	mapped
	mv "$RNBDCTL_SYSFS/block/rnbd0" "$BATS_TEST_TMPDIR/later"
	FAKE_WRITE=map_device=17 \
		FAKE_PAUSE="mv -T $BATS_TEST_TMPDIR/later $RNBDCTL_SYSFS/block/rnbd0" \
		ctl map sessname=a device_path=/dev/sdb path=ip:10.0.0.2
	[ "$status" = 0 ]
	[ "$output" = /dev/rnbd0 ]
	[ "$stderr" = "rnbdctl: /dev/sdb of session a is already mapped" ]
	rm -r "$RNBDCTL_SYSFS/block/rnbd0"
	FAKE_WRITE=map_device=17:2,map map_a path=ip:10.0.0.2
	[ "$status" = 0 ]
	[ "$output" = /dev/rnbd0 ]
	[ -z "$stderr" ]
}

@test "a dry run prints what would be written, and writes nothing" {
	succeeds "printf %s 'sessname=a path=ip:10.0.0.2 device_path=/dev/sdb access_mode=ro nr_poll_queues=2' >$RNBDCTL_SYSFS/class/rnbd-client/ctl/map_device" \
		map /dev/sdb sessname=a path=10.0.0.2 --read-only --poll-queues=2 --dry-run
	wrote class/rnbd-client/ctl/map_device $'Usage: echo \n'
	succeeds "printf %s \$'sessname=o\\'a device_path=\\\\x' >$RNBDCTL_SYSFS/class/rnbd-client/ctl/map_device" \
		map '\x' sessname=o\'a -n
	succeeds "printf %s force >$RNBDCTL_SYSFS/block/rnbd2/rnbd/unmap_device" unmap rnbd2 force -n
	succeeds "printf %s 1 >$RNBDCTL_SYSFS/block/rnbd2/rnbd/remap_device" --dry-run remap rnbd2
	rm -r "$RNBDCTL_SYSFS"
	ctl -n map x sessname=a path=10.0.0.2
	[ "$status" = 0 ]
}

@test "what a dry run prints does what map does" {
	ctl map x sessname=o\'a path=10.0.0.2 -n
	bash -c "$output"
	wrote class/rnbd-client/ctl/map_device "sessname=o'a path=ip:10.0.0.2 device_path=x"
}

@test "options say what keys say, and contradictions are refused" {
	map_a path=10.0.0.2 --read-only --poll-queues 3 --dest-port=9
	[ "$status" = 0 ]
	wrote class/rnbd-client/ctl/map_device \
		"sessname=a dest_port=9 path=ip:10.0.0.2 device_path=/dev/sdb access_mode=ro nr_poll_queues=3"
	fails 2 "--read-only is access_mode=ro, which contradicts access_mode=rw" \
		map x sessname=a --read-only access_mode=rw
	for number in 0 x -1 86401 "" 1s; do
		ctl map x sessname=a "--timeout=$number"
		[ "$status" = 2 ]
	done
}

@test "map from a session, an address or a host" {
	FAKE_MAP=$RNBDCTL_SYSFS/block/rnbd0 succeeds /dev/rnbd0 map /dev/sdb from a
	wrote class/rnbd-client/ctl/map_device "sessname=a device_path=/dev/sdb"
	host=$(uname -n); host=${host%%.*}
	succeeds "printf %s 'sessname=$host@10-0-0-2 path=ip:10.0.0.2 device_path=/dev/sdb access_mode=ro' >$RNBDCTL_SYSFS/class/rnbd-client/ctl/map_device" \
		-n map /dev/sdb from 10.0.0.2 ro
	succeeds "printf %s 'sessname=$host@s-lan path=ip:10.0.0.2 path=ip:10.0.1.2 device_path=/dev/sdb' >$RNBDCTL_SYSFS/class/rnbd-client/ctl/map_device" \
		-n map /dev/sdb from s.lan 10.0.0.2 10.0.1.2
	ctl -n map /dev/sdb from localhost
	[[ $output == *"sessname=$host@localhost path=ip:"*"device_path=/dev/sdb"* ]]
	mkdir "$RNBDCTL_SYSFS/class/rtrs-client/$host@s-lan" "$RNBDCTL_SYSFS/class/rtrs-client/$host@s-lan/paths"
	ctl -n map /dev/sdb from s.lan
	[[ $output == *"'sessname=$host@s-lan device_path=/dev/sdb'"* ]]
	ctl -n map /dev/sdb from nowhere.invalid
	[ "$status" = 8 ]
	[[ $stderr == "rnbdctl: nowhere.invalid is no session, address or known host: "* ]]
	fails 2 "device map needs sessname= or from=, see rnbdctl device map --help" \
		map /dev/sdb sessname=a from=b
	fails 2 "from needs its SERVER" map /dev/sdb from
}

@test "map waits for a server which is not there yet" {
	FAKE_WRITE=map_device=113:2,map map_a path=ip:10.0.0.2 --wait
	[ "$status" = 0 ]
	[ "$output" = /dev/rnbd0 ]
	[ -z "$stderr" ]
}

@test "map waits only for what may come" {
	FAKE_WRITE=map_device=2 fails 7 \
		"x of session a: the server refused: it finds no such device below its search path" \
		map x sessname=a --wait
}

@test "map gives up in time, whether it waits or the kernel does" {
	SECONDS=0
	FAKE_WRITE=map_device=block fails 9 "x of session a: no answer within 1 s" \
		map x sessname=a --timeout=1
	FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1" FAKE_WRITE=map_device=111 fails 9 \
		"x of session a: Connection refused: is the server up and rnbd-server loaded there, does a firewall stop RDMA?" \
		map x sessname=a --wait --timeout=1
	((SECONDS < 60))
}

@test "a new session needs a path" {
	FAKE_WRITE=map_device=6 fails 5 "no session n, a new one needs path=" \
		map sessname=n device_path=x
	FAKE_WRITE=map_device=6 fails 7 \
		"x of session a: the server refused: no such device or session" \
		map sessname=a device_path=x
}

@test "a server which does not answer is explained by this host's RDMA devices" {
	local all="map sessname=n device_path=x path=ip:10.0.0.1@ip:10.0.0.2"

	FAKE_WRITE=map_device=104 fails 9 \
		"x of session n: Connection reset by peer: this host has no RDMA device, see rdma-link(8)" $all
	FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.9" FAKE_WRITE=map_device=110 fails 9 \
		"x of session n: Connection timed out: no RDMA device of this host has the address ip:10.0.0.1" $all
	FAKE_RDMA="rxe0/1 1 eth0 ::ffff:10.0.0.1" FAKE_WRITE=map_device=113 fails 9 \
		"x of session n: No route to host: no RDMA link of this host is active" $all
	FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1" FAKE_WRITE=map_device=111 fails 9 \
		"x of session n: Connection refused: is the server up and rnbd-server loaded there, does a firewall stop RDMA?" $all
}

@test "without the module map and unmap say so" {
	rm -r "$RNBDCTL_SYSFS/class/rnbd-client"
	fails 4 "module rnbd-client is not loaded: modprobe rnbd-client" map sessname=a device_path=x
	fails 4 "module rnbd-client is not loaded: modprobe rnbd-client" unmap rnbd0
}

@test "without permission map says that it needs root" {
	chmod a-w "$RNBDCTL_SYSFS/class/rnbd-client/ctl/map_device"
	if [[ $EUID == 0 ]]; then
		run --separate-stderr setpriv --inh-caps=-all --bounding-set=-dac_override \
			"$rnbdctl" map sessname=a device_path=x
	else
		ctl map sessname=a device_path=x
	fi
	[ "$status" = 3 ]
	[ "$stderr" = "rnbdctl: map needs root" ]
}

# endless_map WRAPPER...: a map which never ends, told to the kernel by $child
endless_map()
{
	local deadline=$((SECONDS + 60)) state=

	FAKE_WRITE=map_device=block LD_PRELOAD=$BATS_FILE_TMPDIR/preload.so \
		"$@" "$rnbdctl" map sessname=n device_path=x \
		2>"$BATS_TEST_TMPDIR/said" 3>&- &
	pid=$!
	until child=$(pgrep -P $pid) && read -r _ _ state _ <"/proc/$child/stat" &&
	      [[ $state == S ]]; do
		((SECONDS < deadline))
	done
}

@test "a signal ends a map at once, with its exit code" {
	local signal status

	for signal in INT TERM HUP QUIT; do
		endless_map env --default-signal
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		[ $status = $((128 + $(kill -l $signal))) ]
		[ "$(cat "$BATS_TEST_TMPDIR/said")" = "rnbdctl: map was interrupted by SIG$signal" ]
		[ ! -e /proc/$child ]
	done
}

@test "a killed map leaves no writer behind" {
	local deadline=$((SECONDS + 60))

	endless_map env --default-signal
	kill -KILL $pid
	wait $pid || true
	while [ -e /proc/$child ] && ((SECONDS < deadline)); do :; done
	[ ! -e /proc/$child ]
}

@test "an ignored signal stays ignored" {
	endless_map env --default-signal --ignore-signal=INT
	kill -INT $pid
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" = 143 ]
	[ "$(cat "$BATS_TEST_TMPDIR/said")" = "rnbdctl: map was interrupted by SIGTERM" ]
}

@test "unmap by either name of the device, or by what it maps" {
	local words

	for words in rnbd2 /dev/rnbd2 "sessname=a device_path=vg/lv!1"; do
		: >"$RNBDCTL_SYSFS/block/rnbd2/rnbd/unmap_device"
		# shellcheck disable=SC2086
		succeeds "" unmap $words
		wrote block/rnbd2/rnbd/unmap_device normal
	done
	succeeds "" unmap rnbd2 force
	wrote block/rnbd2/rnbd/unmap_device force
}

@test "unmap says why not" {
	mapped
	fails 2 "unmap needs a device, or sessname= and device_path=" unmap
	fails 2 "unmap needs a device, or sessname= and device_path=" unmap sessname=a
	fails 2 "unmap needs a device, or sessname= and device_path=" unmap rnbd0 sessname=a
	fails 2 "'rnbd2' is one word too many, see rnbdctl device unmap --help" unmap rnbd0 rnbd2
	fails 5 "no mapped device rnbd1" unmap rnbd1
	fails 5 "no mapped device /dev/sda" unmap /dev/sda
	fails 5 "no mapped device ../block/rnbd0" unmap ../block/rnbd0
	fails 5 "x of session a is not mapped" unmap sessname=a device_path=x
	FAKE_WRITE=unmap_device=16 fails 10 \
		"/dev/rnbd0: is open or mounted on this host; close it, or add the word force" unmap rnbd0
	FAKE_WRITE=unmap_device=114 fails 10 "/dev/rnbd0: is being unmapped already" unmap rnbd0
	FAKE_WRITE=unmap_device=19 fails 5 "/dev/rnbd0: is going away" unmap rnbd0
}
