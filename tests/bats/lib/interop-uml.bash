# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For bats files where ours stands at one end and Linux's modules at the other,
# each in an instance of its own; needs uml.bash.

need_both_ends()
{
	need_stamp
	RNBD_TOP=$UML_TOP
	export RNBD_TOP
}

# steps CLIENT SERVER STEP...: all of them are done; see uml/matrix-client
steps()
{
	local options=(${RNBD_UML-})

	[[ $1 == ours ]] || options+=(--modules-a "$1")
	[[ $2 == ours ]] || options+=(--modules-b "$2")
	shift 2
	local once=("$UML_TOP/tests/bed/uml/pair" --timeout 600 "${options[@]}"
		"$UML_TOP/tests/bats/uml/matrix-client"
		"$UML_TOP/tests/bats/uml/matrix-server" "$@")
	run "${once[@]}"
	if [ "$status" -eq 75 ]; then
		echo "# $BATS_TEST_DESCRIPTION: writes failed where rxe lost packets; again" >&3
		run "${once[@]}"
	fi
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c '^a: done' <<< "$output")" -eq $# ]
}
