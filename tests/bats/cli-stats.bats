#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Counters as tables, as OpenMetrics text, and per second.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }

setup()
{
	use_tree both
	path=$RNBDCTL_SYSFS/class/rtrs-client/a/paths/ip:10.0.0.1@ip:10.0.0.2
	stat=$RNBDCTL_SYSFS/block/rnbd0/stat
}

teardown() { [[ -z ${top-} ]] || kill "$top" 2>/dev/null || :; }

@test "stats shows counters of devices, paths and refusals" {
	ctl stats a --json
	[ "$(jq -c '.device_stats[0]' <<<"$output")" = '{"device":"/dev/rnbd0","session":"a","reads":100,"read_bytes":409600,"read_ms":50,"writes":200,"written_bytes":819200,"write_ms":400,"in_flight":3}' ]
	[ "$(jq -c '[.path_stats[].up]' <<<"$output")" = '[true,false,true]' ]
	ctl stats b
	[[ $output == *"/dev/rnbd10  b"* ]]
	[[ $output != *"/dev/rnbd0 "* ]]
}

@test "OpenMetrics has a type for each metric, its labels, and an end" {
	ctl stats --openmetrics
	[ "$status" = 0 ]
	[[ $output == *$'\n# TYPE rnbd_path_read_bytes counter\n# UNIT rnbd_path_read_bytes bytes\nrnbd_path_read_bytes_total{session="a",side="client",path="ip:10.0.0.1@ip:10.0.0.2"} 409600\n'* ]]
	[[ $output == *$'\n# TYPE rnbd_path_up gauge\nrnbd_path_up{session="a",side="client",path="ip:10.0.0.1@ip:10.0.0.2"} 1\nrnbd_path_up{session="a",side="client",path="ip:fd00::1@ip:fd00::2"} 0\n'* ]]
	[[ $output == *$'\nrnbd_device_writes_total{device="/dev/rnbd0",session="a"} 200\n'* ]]
	[[ $output == *$'\nrnbd_refused_connects_total{reason="bad_magic"} 4\n'* ]]
	[[ $output == *$'\nrnbd_rtrs_server{name="max_sessions"} 256\n'* ]]
	[ "${lines[-1]}" = "# EOF" ]
	# nothing else: each line is of the grammar, each metric has its type before
	awk '/^# TYPE / { type[$3] = 1; next }
	     /^# UNIT / { if (!type[$3]) exit 1; next }
	     /^# EOF$/ { end = NR; next }
	     { name = $0; sub(/[{ ].*/, "", name); sub(/_total$/, "", name)
	       if (!type[name] || $0 !~ /^[a-z_]+({[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*})? -?[0-9]+$/) { print; exit 1 } }
	     END { exit end != NR }' <<<"$output"
}

@test "labels are escaped" {
	printf 'a"b\\c\n\n' >"$RNBDCTL_SYSFS/block/rnbd0/rnbd/session"
	ctl stats --openmetrics
	[[ $output == *'{device="/dev/rnbd0",session="a\"b\\c\n"} 100'* ]]
}

# within WANTED GOT: within 15 %, or less where $took ms lay between the two looks
# and not the second that was asked for
within()
{
	(($2 * took >= $1 * 850 && $2 * 100 <= $1 * 115)) || { echo "$1 $2, $took ms"; false; }
}

@test "top shows what was done in a second, by device and by path" {
	cat >"$BATS_TEST_TMPDIR/go" <<-EOF
		echo "1100 0 8800 2050 700 0 5600 900 5 0 0" >"$stat"
		echo "1100 4505600 550 8601600 7 2" >"$path/stats/rdma"
	EOF
	began=${EPOCHREALTIME/./}
	FAKE_PAUSE="sh $BATS_TEST_TMPDIR/go" ctl top a --once --json
	took=$(((${EPOCHREALTIME/./} - began) / 1000))
	[ "$status" = 0 ]
	[ "$took" -ge 1000 ]
	read -r reads read_bytes writes written latency flight <<<"$(jq -r '.device_rates[0] |
		"\(.read_iops) \(.read_bytes_per_s) \(.write_iops) \(.written_bytes_per_s) \(.latency_ns) \(.in_flight)"' <<<"$output")"
	within 1000 "$reads"
	within 4096000 "$read_bytes"
	within 500 "$writes"
	within 2048000 "$written"
	[ "$latency" = 1666666 ]
	[ "$flight" = 5 ]
	read -r reads read_bytes writes written latency flight <<<"$(jq -r '.path_rates[0] |
		"\(.read_iops) \(.read_bytes_per_s) \(.write_iops) \(.written_bytes_per_s) \(.latency_ns) \(.in_flight)"' <<<"$output")"
	within 1000 "$reads"
	within 4096000 "$read_bytes"
	within 500 "$writes"
	within 2048000 "$written"
	[ "$latency $flight" = "12345 7" ]
}

@test "what was reset or came just now has no rate" {
	cat >"$BATS_TEST_TMPDIR/go" <<-EOF
		echo "0 0 0 0 0 0" >"$path/stats/rdma"
		mv "$RNBDCTL_SYSFS/block/rnbd0" "$RNBDCTL_SYSFS/block/rnbd9"
	EOF
	FAKE_PAUSE="sh $BATS_TEST_TMPDIR/go" ctl top a --once --json
	[ "$(jq -c '[.path_rates[0].read_iops, (.device_rates[] | select(.device == "/dev/rnbd9") | .read_iops)]' <<<"$output")" = "[null,null]" ]
}

@test "top goes on until it is told not to" {
	"$rnbdctl" top a --no-headings --fields=device >"$BATS_TEST_TMPDIR/said" 3>&- &
	top=$!
	deadline=$((SECONDS + 60))
	until [ "$(grep -c '^/dev/rnbd0$' "$BATS_TEST_TMPDIR/said")" -ge 2 ]; do
		kill -0 $top
		((SECONDS < deadline))
		read -rt 0.1 <> <(:) || :
	done
	kill -TERM $top
	status=0
	wait $top || status=$?
	[ "$status" = 143 ]
	fails 2 "--interval must be a number of seconds from 1 to 86400" top --interval=0
}
