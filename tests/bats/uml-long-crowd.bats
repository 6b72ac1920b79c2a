# SPDX-License-Identifier: GPL-2.0
# Thousands of connections which never get any further, all at the same time: each
# is closed after its 30 s, and another session hardly notices.

load lib/uml
load lib/hostile

setup_file() { need_peer; }

@test "2000 half-open paths at once: all are closed, another session goes on" {
	in_uml --mem 3072M --timeout 900 -- N <<-EOF
		$hostile
		# as many as an administrator could allow
		parameters=/sys/module/rtrs_server/parameters
		echo 4000 > \$parameters/max_sessions
		echo 4000 > \$parameters/max_half_open
		expired() { awk '\$1 == "half_open_expired" { print \$2 }' \$counters; }
		peer /dev/ram0 thousands > /tmp/said &
		pid=\$!
		here() { grep -q "all here" /tmp/said; }
		wait_until 300 here
		same "closed before all were there" 0 "\$(expired)"
		goes_on "\$good" 100
		wait \$pid || fail "the peer ended with \$?"
		same "the peer" "thousands: closed" "\$(tail -n 1 /tmp/said)"
		# and the one which had their memory
		same "closed as half-open" 2001 "\$(expired)"
		still_good
	EOF
}
