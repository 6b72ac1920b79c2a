# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For bats files whose tests run in a User-Mode Linux instance each.

UML_TOP=$(readlink -f "${BASH_SOURCE[0]%/*}/../../..")

# in_uml [options of tests/bed/uml/run] [-- ARG...]: runs the bash script on
# stdin in an instance of its own, with tests/bed/uml/lib.sh and inside.bash
# loaded; its status is the script's, or 70 when the kernel reported something.
in_uml()
{
	local options=()

	while [[ $# -gt 0 && $1 != -- ]]; do
		options+=("$1")
		shift
	done
	[[ $# -eq 0 ]] || shift
	{
		printf '%s\n' '#!/bin/bash' ". \"\$UML/lib.sh\"" \
			". \"\$RNBD_TOP/tests/bats/lib/inside.bash\""
		cat
	} > "$BATS_TEST_TMPDIR/job"
	chmod +x "$BATS_TEST_TMPDIR/job"
	# RNBD_UML adds options to each run, such as --debug
	# shellcheck disable=SC2086
	RNBD_TOP=$UML_TOP "$UML_TOP/tests/bed/uml/run" ${RNBD_UML-} "${options[@]}" \
		"$BATS_TEST_TMPDIR/job" "$@"
}

# need_stamp: builds the checker of written blocks, for setup_file
need_stamp()
{
	RNBD_STAMP=$BATS_FILE_TMPDIR/stamp
	export RNBD_STAMP
	"${CC:-cc}" -O2 -Wall -pthread -o "$RNBD_STAMP" "$UML_TOP/tests/tools/stamp.c"
}

# need_verbs: builds the program which sends stamped buffers
need_verbs()
{
	RNBD_VERBS=$BATS_FILE_TMPDIR/verbs
	export RNBD_VERBS
	"${CC:-cc}" -O2 -Wall -pthread -o "$RNBD_VERBS" "$UML_TOP"/tests/tools/verbs/*.c -libverbs
}

# mixed_modules: directory of our rtrs and upstream's rnbd
mixed_modules()
{
	local kernel flavour=plain

	[[ " ${RNBD_UML-} " != *" --debug "* ]] || flavour=debug
	kernel=$("$UML_TOP/tests/bed/uml/build" "$flavour") &&
		"$UML_TOP/tests/bed/build-mixed" "$kernel" ARCH=um
}
