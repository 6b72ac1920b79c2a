# SPDX-License-Identifier: GPL-2.0
# The pair of machines is there in seconds, and leaves nothing.

load lib/bed

# of three tries the quickest counts: others may run on our processors
@test "the pair boots and is gone again within 20 s, and leaves nothing" {
	# whatever is built once
	make -s -C "$BED_TOP/rnbdctl"
	"$BED_TESTS/build-ours" "$("$BED_TESTS/fetch" headers)"
	"$BED_TESTS/vm/image"

	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	took=20
	for ((try = 0; try < 3 && took >= 20; try++)); do
		began=$SECONDS
		bed_up
		[ "$(on client hostname) $(on server hostname)" = "client server" ]
		bed_down
		took=$((SECONDS - began))
		echo "$took s"
		[ -z "$(ls -A "$TMPDIR")" ]
		run pgrep -f "$TMPDIR"
		[ -z "$output" ]
	done
	[ "$took" -lt 20 ]
}
