# SPDX-License-Identifier: GPL-2.0
# The demo says what it needs, refuses to begin with less, and leaves nothing
# when it is interrupted. That it succeeds is in vm-long-demo.bats.

load lib/bed

setup()
{
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
}

nothing_left()
{
	ls -A "$TMPDIR"
	[ -z "$(ls -A "$TMPDIR")" ]
	run pgrep -f "$TMPDIR"
	[ -z "$output" ]
}

# refuses WORDS COMMAND: where COMMAND has been run, in a mount namespace
refuses()
{
	run unshare --mount bash -c "$2"' && exec "$0"' "$BED_TESTS/demo"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"It needs:"*"memory "*"MB free"*"disk "*"FAILED: $1"* ]]
	[[ $output != *"rnbdctl"* ]]
	nothing_left
}

@test "too little memory, or disk for the cache or for temporary files" {
	printf 'MemTotal: 4000000 kB\nMemAvailable: 1000000 kB\n' > "$BATS_TEST_TMPDIR/meminfo"
	refuses "not enough memory" "mount --bind $BATS_TEST_TMPDIR/meminfo /proc/meminfo"
	mkdir "$BATS_TEST_TMPDIR/cache"
	refuses "not enough space in $BATS_TEST_TMPDIR/cache" \
		"mount -t tmpfs -o size=100M tmpfs $BATS_TEST_TMPDIR/cache && export RNBD_CACHE=$BATS_TEST_TMPDIR/cache"
	refuses "not enough space in $TMPDIR" "mount -t tmpfs -o size=100M tmpfs $TMPDIR"
}

@test "interrupted with a disk mapped it ends at once and leaves nothing" {
	# a shell's background job is deaf to SIGINT otherwise
	setsid env --default-signal=INT "$BED_TESTS/demo" > "$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	demo=$!
	wait_until 240 grep -q 'reading them back' "$BATS_TEST_TMPDIR/said"
	kill -INT -- -$demo
	status=0
	wait $demo || status=$?
	cat "$BATS_TEST_TMPDIR/said"
	[ "$status" -eq 130 ]
	grep -q 'interrupted' "$BATS_TEST_TMPDIR/said"
	nothing_left
}
