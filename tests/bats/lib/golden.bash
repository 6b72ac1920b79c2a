# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For bats files that compare what modules do with what has been written down
# of Linux's; needs uml.bash. In uml/ there are, for each NAME, the script
# NAME-doings, what it prints with Linux's modules, NAME.golden, and the lines in
# which ours may differ and why, NAME.differences.

# seen NAME [options of tests/bed/uml/run]: what the script prints is in
# $BATS_TEST_TMPDIR/NAME
seen()
{
	local name=$1
	shift

	in_uml --rxe linux --out "$BATS_TEST_TMPDIR/out" "$@" \
		<<< "\"\$RNBD_TOP/tests/bats/uml/$name-doings\" > \"\$OUT/seen\"" || return
	{
		echo "# SPDX-License-Identifier: GPL-2.0"
		cat "$BATS_TEST_TMPDIR/out/seen"
	} > "$BATS_TEST_TMPDIR/$name"
}

# like_linux NAME: ours differs as has been written down, and not otherwise
like_linux()
{
	local golden=$UML_TOP/tests/bats/uml/$1

	seen "$1" || return
	[[ -s $golden.golden ]] || return
	diff "$golden.golden" "$BATS_TEST_TMPDIR/$1" | grep '^[<>]' | sort > "$BATS_TEST_TMPDIR/differences"
	grep '^[<>]' "$golden.differences" | sort | diff -u - "$BATS_TEST_TMPDIR/differences"
}

# is_golden NAME: Linux's modules still do what has been written down; with
# RNBD_GOLDEN set that is written now
is_golden()
{
	local golden=$UML_TOP/tests/bats/uml/$1.golden

	seen "$1" --modules upstream || return
	[[ -z ${RNBD_GOLDEN-} ]] || cp "$BATS_TEST_TMPDIR/$1" "$golden"
	diff -u "$golden" "$BATS_TEST_TMPDIR/$1"
}
