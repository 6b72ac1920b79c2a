# SPDX-License-Identifier: GPL-2.0
# The pair of machines is there in seconds, and leaves nothing.

load lib/bed

@test "the pair boots and is gone again within 20 s, and leaves nothing" {
	# whatever is built once
	make -s -C "$BED_TOP/rnbdctl"
	"$BED_TESTS/build-ours" "$("$BED_TESTS/fetch" headers)"
	"$BED_TESTS/vm/image"

	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	began=$SECONDS
	bed_up
	[ "$(on client hostname) $(on server hostname)" = "client server" ]
	bed_down
	echo "$((SECONDS - began)) s"
	[ $((SECONDS - began)) -lt 20 ]
	[ -z "$(ls -A "$TMPDIR")" ]
	run pgrep -f "$TMPDIR"
	[ -z "$output" ]
}
