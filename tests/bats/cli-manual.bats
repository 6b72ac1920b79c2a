#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Commands, --help and the manual say the same; the manual is well-formed.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }

setup()
{
	use_tree both
	man=$repo/man/rnbdctl.8
	cd "$repo" || return
}

# Names of all commands, one a line, as --help lists them.
commands()
{
	"$rnbdctl" --help | sed -n '/^Commands:/,/^$/s/^  \(.*[a-z]\)   *[A-Z].*/\1/p'
}

# A section of the manual as text, in lines too long to break.
section()
{
	mandoc -Tascii -Owidth=300 "$man" | col -bx | sed -n "/^$1\$/,/^[A-Z]/p"
}

@test "--help lists every command, and each has help of its own" {
	local name

	[ "$(commands | wc -l)" -ge 20 ]
	while read -r name; do
		# shellcheck disable=SC2086
		ctl $name --help
		[ "$status" = 0 ]
		[[ ${lines[0]} == "Usage: rnbdctl $name"* ]]
	done < <(commands)
}

@test "the manual has the synopsis of every command, and no other" {
	# shellcheck disable=SC2086
	diff <(commands | while read -r name; do
			"$rnbdctl" $name --help | sed -n 's/^Usage: rnbdctl //p'
	       done | sort) \
	     <(section COMMANDS | sed -n 's/^     \([a-z]\)/\1/; T; s/  .*//; p' | sort)
}

@test "the manual has every option" {
	local option

	for option in $("$rnbdctl" --help | sed -n '/^Options:/,/^$/s/.*--\([a-z-]*\).*/\1/p'); do
		section DESCRIPTION | grep -qe "--$option" ||
			{ echo "no --$option in the manual"; return 1; }
	done
}

@test "the manual explains every key of map" {
	local key

	for key in $("$rnbdctl" map --help | sed -n 's/^  \([a-z_-]*\) .*/\1/p'); do
		section COMMANDS | grep -q "^  *$key  " ||
			{ echo "no $key in the manual"; return 1; }
	done
}

@test "the manual has every short form" {
	local name

	while read -r name; do
		section DESCRIPTION | tr -s ' \n' ' ' | grep -qw -- "$name"
	done < <("$rnbdctl" --help | sed -n '/^Short forms:/,/^$/s/^  \(.*[a-z]\)   .*/\1/p')
}

@test "the manual has the exit codes of --help" {
	diff <("$rnbdctl" --help | sed -n '/^Exit status:/,$s/^ *\([0-9][0-9]*\) */\1 /p') \
	     <(section "EXIT STATUS" | sed -n 's/^ *\([0-9][0-9]*\) */\1 /p')
}

@test "the manual has every key of JSON" {
	local words key

	while read -r words; do
		# shellcheck disable=SC2086
		ctl $words --json
		for key in $(jq -r '[paths | map(strings) | .[]] | unique[]' <<<"$output"); do
			section JSON | grep -qw "$key" || { echo "no $key in the manual"; return 1; }
		done
	done < <(grep -v '^#' "$repo/tests/rnbdctl/documents")
}

@test "every page of the manual is well-formed" {
	for page in man/*; do
		mandoc -Tlint "$page" 2>&1 | grep -v 'referenced manual not found\|outdated mandoc.db' || :
		MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null
	done >"$BATS_TEST_TMPDIR/wrong"
	cat "$BATS_TEST_TMPDIR/wrong"
	[ ! -s "$BATS_TEST_TMPDIR/wrong" ]
}

@test "an object's --help lists its verbs" {
	ctl path --help
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 9 ]
}
