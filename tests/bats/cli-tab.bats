#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# rnbdtab: what apply makes of it, what diff finds, and wrong lines.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }

setup()
{
	use_tree both
	tab=$BATS_TEST_TMPDIR/rnbdtab
	cp "$repo/tests/rnbdctl/rnbdtab" "$tab"
	sysfs=$RNBDCTL_SYSFS
}

apply() { ctl apply "--file=$tab" "$@"; }

# Lines of the table are wrong with these reasons.
wrong()
{
	local line=$1 reason=$2

	printf '%s\n' "$line" >"$tab"
	fails 2 "$tab:1: $reason" apply --names "--file=$tab"
}

@test "apply maps what is missing, with its paths and policy, and nothing else" {
	FAKE_MAP=$sysfs/block/rnbd7 apply
	[ "$status" = 0 ]
	[ "$output" = $'/dev/rnbd0\n/dev/rnbd7' ]
	[ -z "$stderr" ]
	wrote class/rnbd-client/ctl/map_device "sessname=a device_path=/dev/sdc access_mode=ro"
	wrote class/rtrs-client/a/add_path ip:10.0.1.2
	wrote class/rtrs-client/a/mpath_policy round-robin
}

@test "applied twice, the second changes nothing" {
	FAKE_MAP=$sysfs/block/rnbd7 apply
	: >"$sysfs/class/rnbd-client/ctl/map_device"
	: >"$sysfs/class/rtrs-client/a/add_path"
	cp -r "$sysfs/class/rtrs-client/a/paths/ip:10.0.0.1@ip:10.0.0.2" \
		"$sysfs/class/rtrs-client/a/paths/ip:10.0.1.1@ip:10.0.1.2"
	apply
	[ "$status" = 0 ]
	[ "$output" = $'/dev/rnbd0\n/dev/rnbd7' ]
	wrote class/rnbd-client/ctl/map_device ""
	wrote class/rtrs-client/a/add_path ""
}

@test "one mapping is applied by its name, even if it is noauto" {
	FAKE_MAP=$sysfs/block/rnbd7 ctl apply "--file=$tab" --name=late --json
	[ "$status" = 0 ]
	[ "$(jq -c .applied <<<"$output")" = '[{"name":"late","device":"/dev/rnbd7"}]' ]
	wrote class/rnbd-client/ctl/map_device \
		"sessname=n dest_port=4000 path=ip:10.0.0.2 device_path=disk1 nr_poll_queues=-1"
	fails 5 "no mapping x in $tab" apply "--file=$tab" --name x
}

@test "a wrong line is said with its number and reason, the others are applied" {
	sed -i '3a\broken a 10.0.0 /dev/sdd' "$tab"
	FAKE_MAP=$sysfs/block/rnbd7 apply
	[ "$status" = 2 ]
	[ "$output" = $'/dev/rnbd0\n/dev/rnbd7' ]
	[ "$stderr" = "rnbdctl: $tab:4: bad address '10.0.0': write it as ip:192.0.2.1 or ip:2001:db8::1" ]
	FAKE_MAP=$sysfs/block/rnbd7 apply --name=more
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	fails 2 "$tab:4: bad address '10.0.0': write it as ip:192.0.2.1 or ip:2001:db8::1" \
		apply "--file=$tab" --name broken
}

@test "a mapping which fails does not stop the others" {
	printf '%s\n' "one n - x" "two a - /dev/sdb" >"$tab"
	FAKE_WRITE=map_device=6 apply
	[ "$status" = 5 ]
	[ "$output" = /dev/rnbd0 ]
	[ "$stderr" = "rnbdctl: no session n, a new one needs path=" ]
}

@test "each mistake in a line has its reason" {
	wrong x "no session"
	wrong "x a" "no paths"
	wrong "x a -" "no device"
	wrong "x a - d - more" "'more' is one field too many"
	wrong ".x a - d" "bad name '.x': 64 letters, digits, '_', inside also '.' and '-'"
	wrong "a/b a - d" "bad name 'a/b': 64 letters, digits, '_', inside also '.' and '-'"
	wrong "x a.b - d" "sessname holds '/' or '.'"
	wrong $'x a - d\001' 'device_path holds a control character'
	wrong "x a , d" "bad address '': write it as ip:192.0.2.1 or ip:2001:db8::1"
	wrong "x a 1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5,1.1.1.6,1.1.1.7 d" "more than 6 paths"
	wrong "x a - d speed=9" "no option 'speed=9'"
	wrong "x a - d ro,,rw" "no option ''"
	wrong "x a - d ro,rw" "both ro and rw"
	wrong "x a - d port=0" "dest_port must be a number from 1 to 65535"
	wrong "x a - d poll-queues=x" "nr_poll_queues must be a number from -1 to 2147483647"
	wrong "x a - d timeout=-1" "timeout must be a number of seconds from 0 to 86400"
	wrong "x a - d policy=best" "no policy 'best', there are round-robin, min-inflight and min-latency"
	wrong "x $(printf '%0255d' 0) - d" "sessname is longer than 254 bytes"
	wrong "x a - $(printf '%04096d' 0)" "longer than 4095 bytes"
	printf 'x a - d\0\n' >"$tab"
	fails 2 "$tab:1: holds a NUL byte" apply --names "--file=$tab"
	printf '%s\n' "x a - d" "# x" "" "x b - d" >"$tab"
	ctl apply --names "--file=$tab"
	[ "$status" = 2 ]
	[ "$stderr" = "rnbdctl: $tab:4: line 1 has the name x already" ]
}

@test "names are printed for programs, without a kernel" {
	rm -r "$RNBDCTL_SYSFS"
	succeeds "\
data noauto=0 nofail=1 timeout=0 session=a device=/dev/sdb
more noauto=0 nofail=0 timeout=5 session=a device=/dev/sdc
late noauto=1 nofail=0 timeout=0 session=n device=disk1" apply --names "--file=$tab"
}

@test "a table which is not there, or empty" {
	fails 5 "there is no $tab.x" apply "--file=$tab.x"
	succeeds "" apply --unmap "--file=$tab.x"
	: >"$tab"
	succeeds "" apply "--file=$tab"
	fails 1 "$BATS_TEST_TMPDIR: Is a directory" apply "--file=$BATS_TEST_TMPDIR"
}

@test "what the table maps is unmapped, and what is not mapped is no error" {
	succeeds "" apply --unmap "--file=$tab"
	wrote block/rnbd0/rnbd/unmap_device normal
	wrote block/rnbd2/rnbd/unmap_device $'Usage: echo \n'
	succeeds "" apply --unmap --name more "--file=$tab"
	FAKE_WRITE=unmap_device=16 fails 10 \
		"/dev/rnbd0: is open or mounted on this host; close it, or add the word force" \
		apply --unmap "--file=$tab"
	rm -r "$sysfs/class" "$sysfs/block"
	succeeds "" apply --unmap "--file=$tab"
}

@test "what another one is just adding or unmapping is waited for" {
	cp -r "$sysfs/class/rtrs-client/a/paths/ip:10.0.0.1@ip:10.0.0.2" "$BATS_TEST_TMPDIR/later"
	FAKE_WRITE=add_path=17 FAKE_PAUSE="mv -T $BATS_TEST_TMPDIR/later $sysfs/class/rtrs-client/a/paths/ip:10.0.1.1@ip:10.0.1.2" \
		succeeds /dev/rnbd0 apply --name=data "--file=$tab"
	FAKE_WRITE=unmap_device=114 FAKE_PAUSE="rm -r $sysfs/block/rnbd0" \
		succeeds "" apply --unmap "--file=$tab"
	FAKE_WRITE=unmap_device=114 fails 10 "/dev/rnbd2: is being unmapped already" unmap rnbd2
}

@test "unmap waits for those who only look at a disk" {
	FAKE_WRITE=unmap_device=16:3 succeeds "" unmap rnbd0
}

@test "without the module apply says so after it tried to load it" {
	rm -r "$sysfs/class/rnbd-client"
	fails 4 "module rnbd-client is not loaded: modprobe rnbd-client" apply "--file=$tab"
}

@test "a dry run of apply prints the writes and does none" {
	printf '%s\n' "one n 10.0.0.2 x" "two a 10.0.7.2 /dev/sdb policy=ml" >"$tab"
	succeeds "\
printf %s 'sessname=n path=ip:10.0.0.2 device_path=x' >$sysfs/class/rnbd-client/ctl/map_device
printf %s ip:10.0.7.2 >$sysfs/class/rtrs-client/a/add_path
printf %s min-latency >$sysfs/class/rtrs-client/a/mpath_policy
/dev/rnbd0" apply -n "--file=$tab"
	wrote class/rtrs-client/a/add_path $'Usage: echo \n'
}

@test "diff tells what is missing, otherwise, and not in the table" {
	sed -i 's/_netdev/ro/' "$tab"
	ctl diff "--file=$tab"
	[ "$status" = 13 ]
	[ -z "$stderr" ]
	[ "$output" = "\
NAME  WHAT         IN TABLE     ON HOST
data  access_mode  ro           rw
data  policy       round-robin  min-inflight
data  path         ip:10.0.1.2  -
more  device       /dev/sdc     -
-     device       -            /dev/rnbd2
-     device       -            /dev/rnbd10" ]
	ctl diff "--file=$tab" --name=late --no-headings
	[ "$status" = 13 ]
	[ "$output" = "late  device  disk1  -" ]
}

@test "diff of a host which is as its table is empty" {
	printf '%s\n' "one a 10.0.0.2 /dev/sdb rw,policy=mi" "two a - vg/lv!1 ro" "three b - disk10 migration" >"$tab"
	succeeds "NAME  WHAT  IN TABLE  ON HOST" diff "--file=$tab"
}
