#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Changing paths and policies of a session, sizes and connections of a device.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }
setup() { use_tree both; }

v4=ip:10.0.0.1@ip:10.0.0.2
v6=ip:fd00::1@ip:fd00::2
paths_of_a=class/rtrs-client/a/paths

@test "path add gives the kernel the address in its own spelling" {
	succeeds "" path add a 10.0.1.1,ip:10.0.1.2
	wrote class/rtrs-client/a/add_path ip:10.0.1.1@ip:10.0.1.2
	succeeds "" path add sessname=b path=FD00::2
	wrote class/rtrs-client/b/add_path ip:fd00::2
}

@test "path add says why not" {
	fails 2 "path add needs ADDR, see rnbdctl path add --help" path add a
	fails 5 "no client session c" path add c 10.0.0.1
	fails 8 "bad address '10.0.0': write it as ip:192.0.2.1 or ip:2001:db8::1" path add a 10.0.0
	FAKE_WRITE=add_path=17 fails 6 \
		"path ip:10.0.0.2 of session a: the session has this path already" path add a 10.0.0.2
	FAKE_WRITE=add_path=6 fails 7 \
		"path ip:10.0.0.2 of session a: the server does not know the session: another host, or none of its paths is left" \
		path add a 10.0.0.2
	FAKE_WRITE=add_path=22 fails 7 \
		"path ip:10.0.0.2 of session a: refused as invalid, the kernel log says why" path add a 10.0.0.2
	FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1" FAKE_WRITE=add_path=113 fails 9 \
		"path ip:10.9.9.9@ip:10.0.0.2 of session a: No route to host: no RDMA device of this host has the address ip:10.9.9.9" \
		path add a 10.9.9.9@10.0.0.2
}

@test "a path is named by both ends, by one, or by another spelling" {
	local words

	for words in $v4 10.0.0.1,10.0.0.2 ip:10.0.0.2 10.0.0.2; do
		: >"$RNBDCTL_SYSFS/$paths_of_a/$v4/disconnect"
		succeeds "" path disconnect a "$words" side=client
		wrote $paths_of_a/$v4/disconnect 1
	done
	succeeds "" path reconnect a FD00:0:0::2 side=client
	wrote $paths_of_a/$v6/reconnect 1
	succeeds "" path remove sessname=a path=$v6 side=client
	wrote $paths_of_a/$v6/remove_path 1
	wrote $paths_of_a/$v4/remove_path $'Usage: echo \n'
}

@test "a path which could be two is none" {
	cp -r "$RNBDCTL_SYSFS/$paths_of_a/$v4" "$RNBDCTL_SYSFS/$paths_of_a/ip:10.0.0.3@ip:10.0.0.2"
	fails 2 "'10.0.0.2' names several paths: $v4 ip:10.0.0.3@ip:10.0.0.2" \
		path remove a 10.0.0.2 side=client
	succeeds "" path remove a 10.0.0.3@10.0.0.2 side=client
	wrote $paths_of_a/ip:10.0.0.3@ip:10.0.0.2/remove_path 1
}

@test "path verbs say why not" {
	fails 5 "no session x" path remove x 10.0.0.2
	fails 5 "session a has no path 10.0.0.7" path remove a 10.0.0.7 side=client
	fails 5 "session a has no path 10.0.0.2@10.0.0.1" path remove a 10.0.0.2@10.0.0.1 side=client
	fails 8 "bad address '../$v4': write it as ip:192.0.2.1 or ip:2001:db8::1" \
		path remove a ../$v4 side=client
	FAKE_WRITE=reconnect=16 fails 10 \
		"path $v4 of session a: is being connected or closed just now" path reconnect a $v4 side=client
	FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1" FAKE_WRITE=reconnect=107 fails 9 \
		"path $v4 of session a: Transport endpoint is not connected: is the server up and rnbd-server loaded there, does a firewall stop RDMA?" \
		path reconnect a $v4 side=client
}

@test "a server can only disconnect" {
	succeeds "" path disconnect c 10.0.0.8@10.0.0.1
	wrote class/rtrs-server/c/paths/ip:10.0.0.8@ip:10.0.0.1/disconnect 1
	fails 12 "path remove is the client's to do, a server can only disconnect" path remove c 10.0.0.1
	fails 12 "path reconnect is the client's to do, a server can only disconnect" path reconnect c 10.0.0.1
}

@test "path list shows one session, one side, and the links" {
	succeeds "\
SESSION  SIDE    SOURCE       DESTINATION  STATE      DETAIL  HCA   PORT  LINK  LATENCY
c        server  ip:10.0.0.8  ip:10.0.0.1  connected  -       rxe0     1  -           -" path list c
	FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1" ctl path list a side=server
	[ "${lines[1]}" = "a        server  ip:10.0.0.9  ip:10.0.0.1  connected  -       rxe0     1  ACTIVE        -" ]
	[ "${#lines[@]}" = 2 ]
	fails 5 "no session x" path list x
}

@test "policy is shown and set by all its spellings" {
	local word

	succeeds $'SESSION  POLICY\na        min-inflight' policy a
	ctl policy b --json
	[ "$(jq -c . <<<"$output")" = '{"schema":1,"policies":[{"session":"b","policy":"round-robin"}]}' ]
	for word in round-robin rr RR 0; do
		succeeds "" policy a $word
		wrote class/rtrs-client/a/mpath_policy round-robin
	done
	for word in min-inflight mi 1; do
		succeeds "" policy a $word
		wrote class/rtrs-client/a/mpath_policy min-inflight
	done
	for word in Min-Latency ml 2; do
		succeeds "" policy a policy=$word
		wrote class/rtrs-client/a/mpath_policy min-latency
	done
	fails 2 "no policy 'fastest', there are round-robin, min-inflight and min-latency" policy a fastest
	fails 5 "no client session c" policy c rr
}

@test "resize takes sectors and units, and gives the kernel sectors" {
	local pair

	for pair in 8388608=8388608 8388608s=8388608 1K=2 3KiB=6 4096M=8388608 4G=8388608 \
		    4g=8388608 2T=4294967296 1P=2199023255552 8191P=18012199486226432; do
		: >"$RNBDCTL_SYSFS/block/rnbd0/rnbd/resize"
		succeeds "" resize rnbd0 ${pair%=*}
		wrote block/rnbd0/rnbd/resize ${pair#*=}
	done
}

@test "resize refuses what is no size" {
	local size

	for size in 0 0G x 12x 4GB 4Gi -1 +1 " 1" 0x10 1.5G 99999999999999999999 16384P; do
		fails 2 "bad size '$size': write 512-byte sectors as 8388608, or a size as 4096M or 4G" \
			resize rnbd0 -- "$size"
	done
	fails 2 "device resize needs SIZE, see rnbdctl device resize --help" resize rnbd0
	fails 5 "no mapped device rnbd1" resize rnbd1 4G
	FAKE_WRITE=resize=2 fails 10 "/dev/rnbd2: is not connected, it cannot be resized now" resize rnbd2 4G
	FAKE_WRITE=resize=22 fails 7 "/dev/rnbd0: the kernel did not take this size" resize rnbd0 1P
}

@test "remap opens a device again, or says why not" {
	succeeds "" remap /dev/rnbd2
	wrote block/rnbd2/rnbd/remap_device 1
	fails 5 "no mapped device rnbd1" remap rnbd1
	FAKE_WRITE=remap_device=114 fails 6 "/dev/rnbd0: is connected, there is nothing to remap" remap rnbd0
	FAKE_WRITE=remap_device=16 fails 10 "/dev/rnbd2: is being mapped just now" remap rnbd2
	FAKE_WRITE=remap_device=19 fails 5 "/dev/rnbd2: is being unmapped" remap rnbd2
	FAKE_WRITE=remap_device=2 fails 7 \
		"/dev/rnbd2: the server refused: it finds no such device below its search path" remap rnbd2
	FAKE_WRITE=remap_device=22 fails 7 \
		"/dev/rnbd2: the server's disk does not fit any more, see the kernel log" remap rnbd2
	FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1" FAKE_WRITE=remap_device=103 fails 9 \
		"/dev/rnbd2: Software caused connection abort: is the server up and rnbd-server loaded there, does a firewall stop RDMA?" \
		remap rnbd2
}
