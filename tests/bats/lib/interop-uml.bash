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

# meet CLIENT SERVER SCRIPT ARGUMENTS...: the scripts uml/SCRIPT-client and
# -server run, with the modules `ours` or `upstream` at either end
meet()
{
	local options=(${RNBD_UML-}) script=$UML_TOP/tests/bats/uml/$3

	[[ $1 == ours ]] || options+=(--modules-a "$1")
	[[ $2 == ours ]] || options+=(--modules-b "$2")
	shift 3
	local once=("$UML_TOP/tests/bed/uml/pair" --timeout 900 "${options[@]}"
		"$script-client" "$script-server" "$@")
	run "${once[@]}"
	if [ "$status" -eq 75 ]; then
		echo "# $BATS_TEST_DESCRIPTION: writes failed where rxe lost packets; again" >&3
		run "${once[@]}"
	fi
	echo "$output"
	[ "$status" -eq 0 ]
}

# steps CLIENT SERVER STEP...: all of them are done; see uml/matrix-client
steps()
{
	meet "$1" "$2" matrix "${@:3}"
	[ "$(grep -c '^a: done' <<< "$output")" -eq $(($# - 2)) ]
}
