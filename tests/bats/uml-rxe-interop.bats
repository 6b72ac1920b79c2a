# SPDX-License-Identifier: GPL-2.0
# Our soft-RoCE at one end and that of Linux at the other, each in an instance
# of its own: programs and RNBD move data which is checked at both ends.

load lib/uml

setup_file()
{
	need_verbs
	RNBD_TOP=$UML_TOP
	export RNBD_TOP
}

# meet CLIENT SERVER [lossy]: whose soft-RoCE each has
meet()
{
	# shellcheck disable=SC2086
	"$UML_TOP/tests/bed/uml/pair" ${RNBD_UML-} --rxe-a "$1" --rxe-b "$2" \
		"$UML_TOP/tests/bats/uml/rxe-client" "$UML_TOP/tests/bats/uml/rxe-server" "${@:3}"
}

# Linux's requester loses connections where packets are lost; in the long check
# its responder meets that, too.
@test "ours asks, Linux's answers" {
	meet ours linux ${RNBD_ROUNDS:+lossy}
}

@test "Linux's asks, ours answers" {
	meet linux ours
}
