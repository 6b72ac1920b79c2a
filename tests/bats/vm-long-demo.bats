# SPDX-License-Identifier: GPL-2.0
# make demo, whole.

load lib/bed

@test "the demo ends well, within 3 minutes when everything is there" {
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	began=$SECONDS
	run make -s -C "$BED_TOP" demo
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"on the client: "*" files, all the same"*"on the server: "*" files, all the same"* ]]
	[ $((SECONDS - began)) -lt 180 ]
	[ -z "$(ls -A "$TMPDIR")" ]
}
