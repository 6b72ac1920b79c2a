# SPDX-License-Identifier: GPL-2.0
# The two machines themselves: what other tests take for granted.

bats_require_minimum_version 1.5.0
load lib/bed

setup_file()	{ bed_up && topo; }
teardown_file()	{ bed_down; }
teardown()	{ net_restore; net_repair; guard; }

@test "a command's output, errors and exit code come back" {
	run on client sh -c 'echo out; echo err >&2; exit 7'
	[ "$status" -eq 7 ]
	[[ "$output" == *out* && "$output" == *err* ]]
	[ "$(on client sh -c 'echo out; echo err >&2' 2>/dev/null)" = out ]
	run -127 on server no-such-command
}

@test "a command reads our stdin only when asked to" {
	[ "$(echo text | on client wc -c)" -eq 0 ]
	[ "$(echo text | on -i client wc -c)" -eq 5 ]
}

@test "a file arrives whole, in both directions" {
	head -c 3000001 /dev/urandom > "$BATS_TEST_TMPDIR/sent"
	push "$BATS_TEST_TMPDIR/sent" server:/tmp/file
	pull server:/tmp/file "$BATS_TEST_TMPDIR/back"
	cmp "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/back"
}

@test "a command that takes too long is killed and its children with it" {
	run on -t 1 client sh -c 'sleep 4711 & wait'
	[ "$status" -eq 124 ]
	wait_until 30 on client sh -c '! pidof sleep'
}

@test "a command whose caller dies is killed" {
	timeout -s KILL 1 "$BED_ASK" "$BED_DIR/client" sleep 4712 || :
	wait_until 30 on client sh -c '! pidof sleep'
}

@test "commands run at the same time" {
	on -t 120 server sh -c 'until test -e /tmp/go; do :; done' 3>&- &
	on server touch /tmp/go
	wait $!
}

# answers PATH [6]: whether the server is reached over that network
answers()
{
	on client ping -qc1 -W1 "$(ip_of server "$@")" > /dev/null
}

@test "each network is cut and restored alone, and commands still work" {
	net_cut 0
	not answers 0
	wait_until 30 answers 1
	[ "$(on server cat /sys/class/net/eth0/carrier)" -eq 1 ]
	net_restore 0
	wait_until 30 answers 0

	net_cut server
	not answers 0
	not answers 1 6
	net_restore
	wait_until 30 answers 0 6
	wait_until 30 answers 1 6
}

@test "packets are delayed, lost, and held back until their path is dead" {
	net_impair client0 delay 300ms
	on client ping -qc2 -i 0.2 10.0.0.2 | awk -F/ '/^rtt/ { exit $4 < 300 }'
	net_impair client0 loss 100%
	not answers 0
	net_repair client0
	wait_until 30 answers 0

	# a packet sent before the hold arrives although none after it does
	on client ip neigh replace 10.0.0.2 lladdr "$(on server cat /sys/class/net/eth0/address)" dev eth0
	before=$(received)
	net_impair client0 delay 2s
	on client ping -qc1 -W1 10.0.0.2 > /dev/null || :
	net_hold_only client0 2s
	on client ping -qc1 -W1 10.0.0.2 > /dev/null || :
	wait_until 30 eval '[ "$(received)" -gt "$before" ]'
	[ "$(received)" -eq "$((before + 1))" ]
	net_repair
}

# echo requests which reached the server
received()
{
	on server awk '$1 == "Icmp:" { n = $10 } END { print n }' /proc/net/snmp
}

@test "a machine stands still and goes on" {
	machine_stop server
	not answers 0
	machine_cont server
	wait_until 30 answers 0
}

@test "a machine that lost its power comes back with its disks" {
	on server sh -c 'echo kept | dd of=/dev/vdb conv=fsync status=none'
	machine_restart server
	[ "$(on server head -c 4 /dev/vdb)" = kept ]
	topo server
	wait_until 30 answers 0
}

@test "a kernel report fails the test which caused it, and no other" {
	guard
	on client sh -c 'echo "<4>WARNING: CPU: 0 PID: 1 at lib/nothing.c:1 tell_tale+0x1/0x2 [rnbd_client]" > /dev/kmsg'
	run guard
	[ "$status" -ne 0 ]
	[[ "$output" == *tell_tale* ]]
	guard
}
