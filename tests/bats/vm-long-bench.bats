# SPDX-License-Identifier: GPL-2.0
# The benchmark measures machines: about the same twice, and more for more bytes.

# it loads this itself, but so this file runs while nothing else does
load lib/bed

@test "a large I/O costs more than a small one, either the same in each round" {
	run "$BATS_TEST_DIRNAME/../fio/bench" --rounds 2 --stacks rnbd,nvme-tcp --mtus 9000 \
		--jobs 4k-randread-qd32,128k-read-qd8 "$BATS_TEST_TMPDIR/file"
	[ "$status" -eq 0 ]
	[[ $output == *"| 4k-randread-qd32 | "* ]]
	[ "$(wc -l < "$BATS_TEST_TMPDIR/file")" -eq 8 ]
	for stack in rnbd nvme-tcp; do
		jq -e -n --arg stack $stack '[inputs | select(.stack == $stack)] | group_by(.job) |
			map(map(.instructions)) | map({ min: min, max: max }) |
			.[0] as $large | .[1] as $small |
			$small.min > 5000 and $large.min > 1.5 * $small.max and
			$small.max < 1.5 * $small.min' "$BATS_TEST_TMPDIR/file"
	done
	jq -e -n '[inputs | .client.modules > 0 and .server.kernel > 0 and
		.client.packets > 0] | all' "$BATS_TEST_TMPDIR/file"
}
