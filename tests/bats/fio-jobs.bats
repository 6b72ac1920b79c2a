#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The jobs below tests/fio run as they are, and measure no file by mistake.

@test "every job is valid and names its device by \$DEVICE" {
	local job

	for job in "$BATS_TEST_DIRNAME"/../fio/*.fio; do
		DEVICE=/dev/zero fio --parse-only "$job" || return
		grep -q '^filename=${DEVICE}$' "$job"
	done
}

@test "a device that is missing fails and makes no file" {
	local job

	for job in "$BATS_TEST_DIRNAME"/../fio/*.fio; do
		! DEVICE=$BATS_TEST_TMPDIR/none fio --size=64k --runtime=1 --ramp_time=0 "$job" || return
		[[ ! -e $BATS_TEST_TMPDIR/none ]] || return
	done
}
