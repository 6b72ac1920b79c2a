#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# doctor: each test breaks one thing of a sound host, and exactly that is found.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }

setup()
{
	use_tree sound
	sysfs=$RNBDCTL_SYSFS
	export FAKE_RDMA=$'rxe0/1 4 eth0 ::ffff:10.0.0.1\nrxe1/1 4 eth1 ::ffff:10.0.1.1'
	mkdir "$BATS_TEST_TMPDIR/export" "$BATS_TEST_TMPDIR/bin"
	search_path "$BATS_TEST_TMPDIR/export/%SESSNAME%"
	ulimit -l 8192
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	prints nft '{"nftables": []}'
	prints ethtool $'Features for eth0:\ntx-udp-segmentation: on\n'
}

# prints PROGRAM TEXT: what this program prints in place of the real one
prints()
{
	printf '%s' "$2" >"$BATS_TEST_TMPDIR/$1.out"
	printf '#!/bin/sh\ncat "%s"\n' "$BATS_TEST_TMPDIR/$1.out" >"$BATS_TEST_TMPDIR/bin/$1"
	chmod +x "$BATS_TEST_TMPDIR/bin/$1"
}

search_path() { echo "$1" >"$sysfs/class/rnbd-server/ctl/dev_search_path"; }

# finds CHECK FINDING FIX: exactly this line
finds()
{
	ctl doctor -o csv
	if [[ $status != 13 || -n $stderr ]] ||
	   [[ ${#lines[@]} != 2 || $(tr -d '\r"' <<<"${lines[1]}") != "$1,$2,$3" ]]; then
		printf '%s\n' "wanted $1,$2,$3" "status $status" "$output" "$stderr"
		return 1
	fi
}

@test "a sound host gives no line" {
	succeeds "" doctor
	ctl doctor --json
	[ "$status" = 0 ]
	[ "$(jq -c . <<<"$output")" = '{"schema":1,"findings":[]}' ]
}

@test "no module is loaded" {
	rm -r "$sysfs"/module/* "$sysfs"/class/r* "$sysfs/block"
	finds module-missing "neither rnbd-client nor rnbd-server is loaded" \
		"install the package rnbd-dkms, then modprobe rnbd-client"
}

@test "a module is the kernel's own" {
	rm "$sysfs/module/rnbd_client/version"
	finds module-shadowed "rnbd_client as loaded is the kernel's own" \
		"rmmod rnbd_client, then modprobe it; depmod -a if that does not help"
}

# installs NAME [VERSION]: a module to be loaded, without a version as the kernel's
installs()
{
	local dir=$BATS_TEST_TMPDIR/lib/modules/6.12.0

	mkdir -p "$dir"
	export RNBDCTL_MODULES=$dir
	printf '__attribute__((section(".modinfo"), used)) static const char %s[] = "%s=%s";\n' \
		n name "${1//-/_}" ${2+v version "$2"} |
		gcc -x c -c -o "$dir/$1.ko" -
	depmod -b "$BATS_TEST_TMPDIR" 6.12.0
}

@test "a module is installed, but not loaded" {
	rm -r "$sysfs"/module/* "$sysfs"/class/r* "$sysfs/block"
	installs rnbd-client "$version"
	finds module-missing "neither rnbd-client nor rnbd-server is loaded" \
		"modprobe rnbd-client, on a server rnbd-server"
}

@test "a module would be the kernel's own" {
	installs rnbd-client
	finds module-shadowed "modprobe would load the kernel's own rnbd_client" \
		"install the package rnbd-dkms, then depmod -a"
}

@test "a module would be of another version" {
	installs rnbd-client 0.0.9
	finds module-version "rnbd_client as installed is version 0.0.9, the tool is $version" \
		"install rnbd-dkms and rnbd-tools of one version"
	installs rnbd-client "$version"
	succeeds "" doctor
}

@test "a module is of another version" {
	echo 0.0.9 >"$sysfs/module/rtrs_core/version"
	finds module-version "rtrs_core as loaded is version 0.0.9, the tool is $version" \
		"unload the modules and load them again, or boot"
}

@test "no RDMA device" {
	export FAKE_RDMA=''
	finds no-rdma "this host has no RDMA device" \
		"load the card's driver, or: rnbdctl rxe add rxe0 NETDEV"
}

@test "no address" {
	export FAKE_RDMA="rxe0/1 4 eth0 -"
	finds no-gid "no RDMA device has an address" "ip link set eth0 up, and give it an IP address"
}

@test "packets which do not fit the network device" {
	export FAKE_MTU=5
	echo 9000 >"$sysfs/class/net/eth1/mtu"
	finds mtu "rxe0 sends packets of 4096 bytes, which do not fit the MTU 1500 of eth0" \
		"ip link set eth0 mtu 4176, also at the other end and between"
}

@test "a network device which does not cut packets" {
	echo eth0 >"$sysfs/class/infiniband/rxe1/parent"
	rm "$sysfs/class/infiniband/rxe1/parent"
	prints ethtool $'Features for eth0:\ntx-udp-segmentation: off\n'
	finds uso "eth0 below rxe0 does not cut UDP packets itself" \
		"ethtool -K eth0 tx-udp-segmentation on"
	prints ethtool $'Features for eth0:\ntx-udp-segmentation: off [fixed]\n'
	succeeds "" doctor
}

# chain POLICY RULE...: nft with an input chain of these rules' expressions
chain()
{
	local rule all="{\"chain\": {\"family\": \"inet\", \"table\": \"filter\", \"name\": \"in\", \"hook\": \"input\", \"policy\": \"$1\"}}"

	shift
	for rule; do
		all+=", {\"rule\": {\"family\": \"inet\", \"table\": \"filter\", \"chain\": \"in\", \"expr\": [$rule]}}"
	done
	prints nft "{\"nftables\": [{\"metainfo\": {}}, $all]}"
}

dport() { echo "{\"match\": {\"op\": \"==\", \"left\": {\"payload\": {\"protocol\": \"$1\", \"field\": \"dport\"}}, \"right\": $2}}"; }

blocked() { finds firewall "chain inet filter in drops UDP port 4791, which is RoCE" "nft insert rule inet filter in udp dport 4791 accept"; }

@test "a firewall drops RoCE" {
	local known='{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "established"}}'

	chain drop
	blocked
	chain accept "$(dport udp 4791), {\"drop\": null}"
	blocked
	chain drop "$known, {\"accept\": null}" "$(dport tcp 22), {\"accept\": null}" \
		"$(dport udp 53), {\"accept\": null}"
	blocked
	chain accept "$(dport udp '{"set": [53, {"range": [4000, 5000]}]}'), {\"reject\": null}"
	blocked
	chain accept '{"counter": {"packets": 1, "bytes": 1}}, {"drop": null}'
	blocked
}

@test "a firewall which lets RoCE in, or may" {
	local from='{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "10.0.0.2"}}'

	chain drop "$(dport udp 4791), {\"accept\": null}"
	succeeds "" doctor
	chain drop "$(dport udp '{"set": [53, 4791]}'), {\"accept\": null}" "{\"drop\": null}"
	succeeds "" doctor
	chain drop "$from, {\"accept\": null}"
	succeeds "" doctor
	chain accept "$from, {\"drop\": null}"
	succeeds "" doctor
	chain accept "$(dport tcp 4791), {\"drop\": null}"
	succeeds "" doctor
	chain drop '{"jump": {"target": "other"}}'
	succeeds "" doctor
	chain drop "$(dport udp '{"range": 3}'), {\"accept\": null}" "{\"accept\": null}"
	succeeds "" doctor
	prints nft 'no json'
	succeeds "" doctor
	printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/nft"
	succeeds "" doctor
}

@test "too little memory may be locked" {
	ulimit -S -l 64
	finds memlock "programs may lock 64 KiB of memory only" \
		"raise memlock in limits.conf(5), or LimitMEMLOCK= of the service"
}

@test "a search path which exports everything, or is missing" {
	local path

	ln -s /dev "$BATS_TEST_TMPDIR/link"
	for path in / /dev /dev// /dev/%SESSNAME% "$BATS_TEST_TMPDIR/link"; do
		search_path "$path"
		finds search-path-all "the search path $path exports every disk of this host" \
			"rnbdctl server search-path set /dev/rnbd-export/%SESSNAME%"
	done
	search_path /none/%SESSNAME%
	finds search-path-missing "there is no folder /none/, the search path" \
		"mkdir -p /none/, with links to what is exported"
}

@test "a path is down" {
	echo disconnected >"$sysfs/class/rtrs-client/a/paths/ip:10.0.1.1@ip:10.0.1.2/state"
	finds path-down "path ip:10.0.1.1@ip:10.0.1.2 of session a is down" \
		"rnbdctl path recover a ip:10.0.1.1@ip:10.0.1.2"
}

@test "two hosts want one session name" {
	printf 'connect_magic 4\ninfo_name_taken 2\n' >"$sysfs/class/rtrs-server/ctl/refused"
	finds name-taken "2 times another host wanted the name of a session" \
		"let each host name its sessions after itself"
}

@test "a device without redundancy" {
	rm -r "$sysfs/class/rtrs-client/a/paths/ip:10.0.1.1@ip:10.0.1.2"
	finds no-redundancy "/dev/rnbd0 has 1 path only" \
		"rnbdctl path add a SOURCE@DESTINATION, over another network"
	cp -r "$sysfs/class/rtrs-client/a/paths/ip:10.0.0.1@ip:10.0.0.2" \
		"$sysfs/class/rtrs-client/a/paths/ip:10.0.0.1@ip:10.0.0.3"
	finds no-redundancy "all paths of /dev/rnbd0 go through one port of this host" \
		"rnbdctl path add a SOURCE@DESTINATION, over another network"
}
