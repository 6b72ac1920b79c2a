#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# monitor: changes are seen as they happen, and nothing else is.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }

setup()
{
	use_tree both
	seen=$BATS_TEST_TMPDIR/seen
}

teardown() { kill "$monitor" 2>/dev/null || :; }

# begin WORD...: monitor runs, and has looked once
begin()
{
	"$rnbdctl" monitor --all "$@" >"$seen" 3>&- &
	monitor=$!
	until_seen . '/dev/rnbd10'
}

# becomes FILE TEXT: in one step, whenever the other one looks
becomes()
{
	echo "$2" >"$BATS_TEST_TMPDIR/new"
	mv "$BATS_TEST_TMPDIR/new" "$1"
}

# until_seen TEXT...: a line has all of these
until_seen()
{
	local deadline=$((SECONDS + 60)) lines word

	while :; do
		lines=$(cat "$seen")
		for word; do
			lines=$(grep -e "$word" <<<"$lines" || :)
		done
		[[ -z $lines ]] || return 0
		((SECONDS < deadline)) || { cat "$seen"; return 1; }
	done
}

@test "states which change, and what comes and goes" {
	begin
	before=$(wc -l <"$seen")
	becomes "$RNBDCTL_SYSFS/block/rnbd0/rnbd/state" closed
	until_seen device /dev/rnbd0 changed closed
	becomes "$RNBDCTL_SYSFS/class/rtrs-client/a/paths/ip:fd00::1@ip:fd00::2/state_detail" connected
	until_seen path "ip:fd00::1@ip:fd00::2 of a (client)" changed connected
	mv "$RNBDCTL_SYSFS/block/rnbd10" "$BATS_TEST_TMPDIR"
	until_seen device /dev/rnbd10 gone
	mkdir -p "$RNBDCTL_SYSFS/class/rtrs-client/n/paths"
	until_seen session "n (client)" new
	[ "$(wc -l <"$seen")" = $((before + 4)) ]
}

@test "events as JSON are one object for each batch" {
	begin --json
	becomes "$RNBDCTL_SYSFS/block/rnbd0/rnbd/state" closed
	until_seen '"event": "changed"'
	[ "$(jq -sc '.[1].events | map(del(.time))' "$seen")" = \
	  '[{"object":"device","name":"/dev/rnbd0","event":"changed","state":"closed"}]' ]
}

@test "monitor ends when it is told to" {
	begin
	kill -TERM "$monitor"
	wait "$monitor" || status=$?
	[ "$status" = 143 ]
}
