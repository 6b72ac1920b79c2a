#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Recovering, closing, the server's views, and soft-RoCE devices.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }

setup()
{
	use_tree both
	sysfs=$RNBDCTL_SYSFS
	paths=$sysfs/class/rtrs-client/a/paths
	up=ip:10.0.0.1@ip:10.0.0.2
	down=ip:fd00::1@ip:fd00::2
}

# only_down_reconnected: path down was told to reconnect, path up was not
only_down_reconnected()
{
	wrote class/rtrs-client/a/paths/$down/reconnect 1
	wrote class/rtrs-client/a/paths/$up/reconnect $'Usage: echo \n'
}

@test "recovering a session or its paths connects those which are down" {
	succeeds "" session reconnect a
	only_down_reconnected
}

@test "path recover takes all paths or one, and leaves those which are up" {
	succeeds "" path recover a
	only_down_reconnected
	succeeds "" path recover a 10.0.0.2
	only_down_reconnected
	fails 5 "no client session c" path recover c
	fails 5 "session a has no path 10.0.0.9" path recover a 10.0.0.9
	FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1" FAKE_WRITE=reconnect=107 fails 9 \
		"path $down of session a: Transport endpoint is not connected: no RDMA device of this host has the address ip:fd00::1" \
		path recover a
}

@test "device recover brings the paths back, then the device" {
	succeeds "" device recover rnbd2
	only_down_reconnected
	wrote block/rnbd2/rnbd/remap_device 1
	FAKE_WRITE=remap_device=114 succeeds "" recover rnbd2
	fails 5 "no mapped device rnbd1" recover rnbd1
	: >"$sysfs/block/rnbd2/rnbd/remap_device"
	succeeds "" recover rnbd0
	wrote block/rnbd2/rnbd/remap_device ""
}

@test "session close unmaps all devices of a session" {
	succeeds "" session close a
	wrote block/rnbd0/rnbd/unmap_device normal
	wrote block/rnbd2/rnbd/unmap_device normal
	wrote block/rnbd10/rnbd/unmap_device $'Usage: echo \n'
	succeeds "" session close b force
	wrote block/rnbd10/rnbd/unmap_device force
	fails 5 "no client session c" session close c
}

@test "the server's verbs see its side only" {
	ctl session list side=server
	succeeds "$output" server session list
	ctl session show a side=server
	succeeds "$output" server session show a
	ctl path list a side=server
	succeeds "$output" server path list a
	ctl path show c 10.0.0.1
	succeeds "$output" server path show c 10.0.0.1
	fails 5 "no session b" server session show b
	ctl server device show /dev/sdb --no-headings --fields=disk,session
	[ "$output" = $'/dev/sdb  a\n/dev/sdb  c' ]
	fails 5 "no session has sdz open" server device show sdz
	rm -r "$sysfs/class/rtrs-server"
	fails 4 "module rnbd-server is not loaded: modprobe rnbd-server" server session list
	fails 4 "module rnbd-server is not loaded: modprobe rnbd-server" server path list
}

@test "server session disconnect closes all its paths" {
	succeeds "" server session disconnect a
	wrote "class/rtrs-server/a/paths/ip:10.0.0.9@ip:10.0.0.1/disconnect" 1
	wrote class/rtrs-client/a/paths/$up/disconnect $'Usage: echo \n'
	fails 5 "no session b" server session disconnect b
}

@test "soft-RoCE devices are listed, and others are not" {
	export FAKE_RDMA=$'rxe0/1 4 eth0 ::ffff:10.0.0.1\nmlx0/1 4 eth1 ::ffff:10.0.1.1'
	succeeds $'DEVICE  NETDEV  LINK\nrxe0    eth0    ACTIVE' rxe list
	ctl rxe list --json
	[ "$(jq -c . <<<"$output")" = '{"schema":1,"rxe":[{"device":"rxe0","netdev":"eth0","link":"ACTIVE"}]}' ]
	FAKE_RDMA='' succeeds "DEVICE  NETDEV  LINK" rxe list
}

@test "a soft-RoCE device is made once" {
	export FAKE_RDMA=$'rxe0/1 4 eth0 ::ffff:10.0.0.1\nmlx0/1 4 eth1 ::ffff:10.0.1.1'
	export FAKE_LINK_LOG=$BATS_TEST_TMPDIR/links
	succeeds "" rxe add rxe9 eth9
	[ "$(cat "$FAKE_LINK_LOG")" = "add rxe9 rxe eth9" ]
	succeeds "" rxe add rxe0 eth0
	succeeds "rdma link add rxe9 type rxe netdev eth9" -n rxe add rxe9 eth9
	[ "$(wc -l <"$FAKE_LINK_LOG")" = 1 ]
	fails 6 "rxe0 is on eth0 already" rxe add rxe0 eth1
	fails 6 "mlx0 is another RDMA device" rxe add mlx0 eth1
	for name in a/b a%d 'a b' 0a . -- "$(printf a%063d 0)"; do
		fails 2 "bad name '$name': up to 63 letters, digits, '_', '.' and '-', a letter first" \
			rxe add "name=$name" eth0
	done
	fails 5 "no network device 0123456789abcdef" rxe add x 0123456789abcdef
	FAKE_LINK=1 fails 3 "rxe add needs root" rxe add rxe9 eth9
	FAKE_LINK=17 fails 6 "rxe9: there is one of this name, eth9 has one, or UDP port 4791 is taken" rxe add rxe9 eth9
	FAKE_LINK=19 fails 5 "no network device eth9" rxe add rxe9 eth9
	FAKE_LINK=22 fails 7 "rxe9: the kernel does not take eth9, or module rdma_rxe is missing" rxe add rxe9 eth9
}

@test "a soft-RoCE device is removed, another one is not" {
	export FAKE_RDMA=$'rxe0/1 4 eth0 ::ffff:10.0.0.1\nmlx0/1 4 eth1 ::ffff:10.0.1.1'
	export FAKE_LINK_LOG=$BATS_TEST_TMPDIR/links
	succeeds "" rxe remove rxe0
	[ "$(cat "$FAKE_LINK_LOG")" = "remove 1" ]
	fails 2 "mlx0 is no soft-RoCE device" rxe remove mlx0
	fails 5 "no RDMA device rxe9" rxe remove rxe9
	FAKE_LINK=1 fails 3 "rxe remove needs root" rxe remove rxe0
	succeeds "rdma link delete rxe0" rxe remove rxe0 --dry-run
}
