# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For scripts in an instance which use the tool.

# ends STATUS WORD...: rnbdctl WORD... ends with that status; what it printed is
# in $said
ends()
{
	local wanted=$1 status=0

	shift
	said=$("$RNBD_CTL" "$@" 2>&1) || status=$?
	[[ $status == "$wanted" ]] ||
		fail "rnbdctl $*: status $status, not $wanted: $said"
}

# says PATTERN: the last one printed that
says()
{
	# shellcheck disable=SC2053
	[[ $said == $1 ]] || fail "wanted '$1', rnbdctl said '$said'"
}
