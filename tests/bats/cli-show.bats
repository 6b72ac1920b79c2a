#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What is shown, to people and as JSON, of whatever the modules and peers left
# in sysfs.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }
setup() { use_tree both; }

links=$'rxe0/1 4 eth0 ::ffff:10.0.0.1\nrxe1/1 1 eth1 fd00::1'

@test "list shows devices in the order of their numbers" {
	succeeds "\
DEVICE          SIZE  STATE   MODE       SESSION  DEVICE PATH
/dev/rnbd0     1 GiB  open    rw         a        /dev/sdb
/dev/rnbd2   500 KiB  closed  ro         a        vg/lv!1
/dev/rnbd10  3.5 KiB  open    migration  b        disk10" list
}

@test "list can be narrowed to a session" {
	succeeds "\
DEVICE          SIZE  STATE  MODE       SESSION  DEVICE PATH
/dev/rnbd10  3.5 KiB  open   migration  b        disk10" list b
	succeeds "DEVICE  SIZE  STATE  MODE  SESSION  DEVICE PATH" list none
}

@test "list without devices is an empty list" {
	rm -r "$RNBDCTL_SYSFS"/block/rnbd*
	succeeds "DEVICE  SIZE  STATE  MODE  SESSION  DEVICE PATH" list
	ctl list --json
	[ "$(jq -c . <<<"$output")" = '{"schema":1,"devices":[]}' ]
}

@test "show of a device has its session, paths, traffic and refusals" {
	FAKE_RDMA=$links succeeds "\
Device
device       /dev/rnbd0
size         1 GiB
state        open
mode         rw
session      a
device path  /dev/sdb
poll queues  0

Session
session                 a
side                    client
state                   connected
paths                   2
up                      1
policy                  min-inflight
devices                 2
max_reconnect_attempts  -1
reconnect_delay_ms      30000
hb_interval_ms          500
hb_missed_max           6
hb_idle_interval_ms     5000
fence_wait_ms           2000
request_timeout_ms      30000

Paths
SESSION  SIDE    SOURCE       DESTINATION  STATE         DETAIL        HCA   PORT  LINK    LATENCY
a        client  ip:10.0.0.1  ip:10.0.0.2  connected     connected     rxe0     1  ACTIVE  12.3 us
a        client  ip:fd00::1   ip:fd00::2   disconnected  reconnecting  rxe1     1  DOWN       0 ns

Traffic
SESSION  SIDE    PATH                     RECONNECTS  FAILED  READS     READ  WRITES  WRITTEN  IN FLIGHT  FAILED OVER
a        client  ip:10.0.0.1@ip:10.0.0.2           0       0    100  400 KiB      50  6.2 MiB          3            2
a        client  ip:fd00::1@ip:fd00::2             2       5      0      0 B       0      0 B          0            0

Refused on paths
SESSION  SIDE    PATH                     REASON      COUNT
a        client  ip:10.0.0.1@ip:10.0.0.2  bad_length      7" show /dev/rnbd0
}

@test "show of everything has both sides and what the server refused" {
	ctl show --json
	[ "$status" = 0 ]
	[ "$(jq -c '[.schema, (del(.schema) | map_values(length))]' <<<"$output")" = \
	  '[1,{"devices":3,"exports":3,"sessions":4,"paths":4,"path_stats":4,"refused":3,"refused_connects":2,"rtrs_server":7}]' ]
	[ "$(jq -c '.refused_connects[1]' <<<"$output")" = '{"reason":"bad_magic","count":4}' ]
	[ "$(jq -c '.refused[2]' <<<"$output")" = \
	  '{"session":"a","side":"server","path":"ip:10.0.0.9@ip:10.0.0.1","reason":"bad_header","count":1}' ]
	[ "$(jq -c '.rtrs_server[0]' <<<"$output")" = '{"name":"max_sessions","value":256}' ]
}

@test "session show needs the side where client and server share a name" {
	fails 2 "session a is a client's and a server's on this host: add side=client or side=server" \
		session show a
	fails 2 "side must be client or server" session show a side=left
	fails 5 "no session b" session show b side=server
	ctl session show a side=server
	[ "$status" = 0 ]
	[[ $output == *$'Refused on paths\nSESSION  SIDE    PATH                     REASON      COUNT\na        server  ip:10.0.0.9@ip:10.0.0.1  bad_header      1\n'* ]]
	[[ $output == *$'Refused connects\nREASON     COUNT\nbad_magic      4' ]]
	[[ $output == *$'Exports\nDISK      SESSION  MODE  READ ONLY  DEVICE PATH\n/dev/sdb  a        rw    no         disk1\n'* ]]
}

@test "session list shows both sides, or one" {
	succeeds "\
SESSION  SIDE    STATE         PATHS  UP  POLICY        DEVICES
a        client  connected         2   1  min-inflight        2
b        client  disconnected      0   0  round-robin         1
a        server  connected         1   1  -                   1
c        server  connected         1   1  -                   2" session list
	succeeds "\
SESSION  SIDE    STATE      PATHS  UP  POLICY  DEVICES
a        server  connected      1   1  -             1
c        server  connected      1   1  -             2" session list side=server
}

@test "JSON has the same rows as text" {
	local words

	for words in "list" "session list" "path list" "server list"; do
		# shellcheck disable=SC2086
		ctl $words
		text=$(tail -n +2 <<<"$output" | awk '{print $1, $2}')
		# shellcheck disable=SC2086
		ctl $words --json
		case $words in
		list) keys='"\(.device) "' ;;
		"session list") keys='"\(.session) \(.side)"' ;;
		"path list") keys='"\(.session) \(.side)"' ;;
		"server list") keys='"\(.disk) \(.session)"' ;;
		esac
		[[ $words != list ]] || text=$(awk '{print $1, ""}' <<<"$text")
		[ "$(jq -r "to_entries[1].value[] | $keys" <<<"$output")" = "$text" ]
	done
}

@test "JSON has plain numbers, null for what the kernel does not tell, and links" {
	FAKE_RDMA=$links ctl path list a side=client --json
	[ "$(jq -c '.paths[0]' <<<"$output")" = '{"session":"a","side":"client","src":"ip:10.0.0.1","dst":"ip:10.0.0.2","state":"connected","state_detail":"connected","hca":"rxe0","port":1,"link":"ACTIVE","latency_ns":12345,"netdev":"eth0","gid_index":1,"gid_type":"RoCE v2"}' ]
	ctl path list c --json
	[ "$(jq -c '.paths[0] | [.state_detail, .latency_ns, .link]' <<<"$output")" = '[null,null,null]' ]
	ctl session show a side=client --json
	[ "$(jq -c '.path_stats[0]' <<<"$output")" = '{"session":"a","side":"client","path":"ip:10.0.0.1@ip:10.0.0.2","up":true,"reconnects":0,"failed_reconnects":0,"reads":100,"read_bytes":409600,"writes":50,"written_bytes":6553600,"in_flight":3,"failed_over":2,"cpu_migrations_from":10,"cpu_migrations_to":11}' ]
	[ "$(jq -c '.session | [.max_reconnect_attempts, .fence_wait_ms, .hb_missed_max]' <<<"$output")" = '[-1,2000,6]' ]
}

@test "names from peers cannot reach the terminal or break JSON" {
	local path=$RNBDCTL_SYSFS/block/rnbd10/rnbd/mapping_path

	printf 'a\033[2J\\b\xff\n\xe2\x80\xae\xc3\xa9\n' >"$path"
	succeeds "\
DEVICE          SIZE  STATE  MODE       SESSION  DEVICE PATH
/dev/rnbd10  3.5 KiB  open   migration  b        a\\x1b[2J\\\\b\\xff\\x0a\\xe2\\x80\\xaeé" list b
	LC_ALL=C ctl list b
	[[ $output == *'\xe2\x80\xae\xc3\xa9' ]]
	ctl list b --json
	iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
	[ "$(jq -r '.devices[0].device_path' <<<"$output")" = $'a\x1b[2J\\b\xef\xbf\xbd\n\xe2\x80\xae\xc3\xa9' ]
	fails 5 'no mapped device \x1b[2J\x0ax' device show $'\x1b[2J\nx'
}

@test "wide names keep the columns straight" {
	echo 日本 >"$RNBDCTL_SYSFS/block/rnbd0/rnbd/session"
	ctl list
	[ "${lines[1]}" = "/dev/rnbd0     1 GiB  open    rw         日本     /dev/sdb" ]
}

@test "a number which is none, or too big, is shown as unknown" {
	local size=$RNBDCTL_SYSFS/block/rnbd0/size text

	for text in "" x 99999999999999999999; do
		echo "$text" >"$size"
		ctl list
		[[ ${lines[1]} =~ ^"/dev/rnbd0 "\ +"-  open" ]]
	done
}

@test "what vanishes while it is read is left out" {
	rm -r "$RNBDCTL_SYSFS/class/rtrs-client/a/paths" \
		"$RNBDCTL_SYSFS/block/rnbd0/rnbd/session" \
		"$RNBDCTL_SYSFS/block/rnbd2/rnbd"
	ctl show
	[ "$status" = 0 ]
	[[ $output == *"/dev/rnbd0     1 GiB  open   rw         -        /dev/sdb"* ]]
	[[ $output != *rnbd2* ]]
	ctl show rnbd0
	[ "$status" = 0 ]
}

@test "our modules leave nothing unknown" {
	rm -r "$RNBDCTL_SYSFS"
	use_tree ours
	succeeds "\
Device
device       /dev/rnbd0
size         16 MiB
state        open
mode         rw
session      one
device path  /dev/ram0
poll queues  0

Session
session                 one
side                    client
state                   connected
paths                   2
up                      1
policy                  min-inflight
devices                 1
max_reconnect_attempts  -1
reconnect_delay_ms      30000
hb_interval_ms          500
hb_missed_max           6
hb_idle_interval_ms     5000
fence_wait_ms           2000
request_timeout_ms      30000

Paths
SESSION  SIDE    SOURCE       DESTINATION  STATE         DETAIL     HCA   PORT  LINK   LATENCY
one      client  ip:10.0.1.1  ip:10.0.1.2  connected     connected  rxc1     1  -     114.2 us
one      client  ip:10.0.2.1  ip:10.0.2.2  disconnected  closed     rxc2     1  -         0 ns

Traffic
SESSION  SIDE    PATH                     RECONNECTS  FAILED  READS     READ  WRITES    WRITTEN  IN FLIGHT  FAILED OVER
one      client  ip:10.0.1.1@ip:10.0.1.2           0       0      3  4.4 KiB      10  640.3 KiB          0            0
one      client  ip:10.0.2.1@ip:10.0.2.2           0       0      0      0 B       0        0 B          0            0" \
		show rnbd0
	ctl show --json
	[ "$(jq -c '.refused_connects | map(select(.reason == "connect_magic"))' <<<"$output")" = \
	  '[{"reason":"connect_magic","count":0}]' ]
	[ "$(jq -c '[.rtrs_server[].value]' <<<"$output")" = '[256,64,4096,0,131072,512,0]' ]
}

@test "modules of the Linux kernel lack our files, which is no error" {
	rm -r "$RNBDCTL_SYSFS"
	use_tree linux
	succeeds "\
Devices
DEVICE        SIZE  STATE  MODE  SESSION  DEVICE PATH
/dev/rnbd0  16 MiB  open   rw    one      /dev/ram0
/dev/rnbd1  16 MiB  open   ro    two      /dev/ram1

Exports
DISK       SESSION  MODE  READ ONLY  DEVICE PATH
/dev/ram0  one      rw    no         /dev/ram0
/dev/ram1  two      ro    yes        /dev/ram1

Sessions
SESSION  SIDE    STATE      PATHS  UP  POLICY        DEVICES
one      client  connected      2   1  min-inflight        1
two      client  connected      1   1  min-inflight        1
one      server  connected      1   1  -                   1
two      server  connected      1   1  -                   1

Paths
SESSION  SIDE    SOURCE       DESTINATION  STATE         DETAIL  HCA   PORT  LINK  LATENCY
one      client  ip:10.0.1.1  ip:10.0.1.2  connected     -       rxc1     1  -        0 ns
one      client  ip:10.0.2.1  ip:10.0.2.2  disconnected  -       rxc2     1  -        0 ns
two      client  ip:10.0.1.1  ip:10.0.1.2  connected     -       rxc1     1  -        0 ns
one      server  ip:10.0.1.1  ip:10.0.1.2  connected     -       rxs1     1  -           -
two      server  ip:10.0.1.1  ip:10.0.1.2  connected     -       rxs1     1  -           -

Traffic
SESSION  SIDE    PATH                     RECONNECTS  FAILED  READS     READ  WRITES    WRITTEN  IN FLIGHT  FAILED OVER
one      client  ip:10.0.1.1@ip:10.0.1.2           0       0      3  4.4 KiB      10  640.3 KiB          0            0
one      client  ip:10.0.2.1@ip:10.0.2.2           0       0      0      0 B       0        0 B          0            0
two      client  ip:10.0.1.1@ip:10.0.1.2           0       0      3  4.4 KiB       0        0 B          0            0
one      server  ip:10.0.1.1@ip:10.0.1.2           -       -      3  4.4 KiB      10  640.3 KiB          -            -
two      server  ip:10.0.1.1@ip:10.0.1.2           -       -      3  4.4 KiB       0        0 B          -            -

Server's limits
NAME               VALUE
max_sessions           -
max_half_open          -
max_connections        -
max_chunk_mem_mb       -
max_chunk_size    131072
sess_queue_depth     512
orphaned_ops           -" show
	ctl server search-path show --json
	[ "$(jq -c '.server.search_path' <<<"$output")" = '"/"' ]
}

@test "each command says which module it misses" {
	rm -r "$RNBDCTL_SYSFS/class"
	fails 4 "module rnbd-client is not loaded: modprobe rnbd-client" list
	fails 4 "module rnbd-client is not loaded: modprobe rnbd-client" show
	fails 4 "module rnbd-client is not loaded: modprobe rnbd-client" resize rnbd0 1
	fails 4 "module rtrs-client is not loaded: modprobe rtrs-client" session list
	fails 4 "module rtrs-client is not loaded: modprobe rtrs-client" session show a
	fails 4 "module rtrs-client is not loaded: modprobe rtrs-client" policy a
	fails 4 "module rtrs-client is not loaded: modprobe rtrs-client" path list
	fails 4 "module rtrs-client is not loaded: modprobe rtrs-client" path add a 10.0.0.1
	fails 4 "module rnbd-server is not loaded: modprobe rnbd-server" server list
	fails 4 "module rnbd-server is not loaded: modprobe rnbd-server" server close sdb
}

@test "output which cannot be written is an error" {
	run -1 bash -c "'$rnbdctl' list 2>&1 >/dev/full"
	[ "$output" = "rnbdctl: cannot write the output: No space left on device" ]
}

@test "a wrong command line is one line and status 2" {
	fails 2 "what to do? see rnbdctl --help"
	fails 2 "path needs one of its verbs, see rnbdctl path --help" path
	fails 2 "path needs one of its verbs, see rnbdctl path --help" path 10.0.0.1
	fails 2 "server search-path needs one of its verbs, see rnbdctl server search-path --help" server search-path
	fails 2 "no option '--frobnicate', see rnbdctl device list --help" list --frobnicate
	fails 2 "'c' is one word too many, see rnbdctl device list --help" list b c
	fails 2 "sessname is empty" list ""
	fails 5 "no device, session or path --json" show -- --json
}
