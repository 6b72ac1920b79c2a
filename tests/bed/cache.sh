# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The cache of everything that is downloaded or built once: sourced by the
# scripts of both beds. An entry appears whole or not at all.

CACHE=${RNBD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rnbd}
mkdir -p "$CACHE"

# cache_entry NAME COMMAND...
# Prints $CACHE/NAME. Where it does not exist yet, COMMAND makes it: it runs
# with an empty directory as its last argument, which becomes the entry when
# the command succeeds; a failure ends the script and leaves the directory for
# inspection. Two callers of one name wait for each other. Not to be called in
# a condition, where bash ignores -e.
cache_entry()
{
	local entry=$CACHE/$1 lock
	shift

	if [[ ! -e $entry ]]; then
		mkdir -p "${entry%/*}"
		exec {lock}>"$entry.lock"
		flock "$lock"
		if [[ ! -e $entry ]]; then
			rm -rf "$entry.part"
			mkdir "$entry.part"
			(set -e; "$@" "$entry.part") >&2
			mv "$entry.part" "$entry"
		fi
		exec {lock}>&-
	fi
	echo "$entry"
}

# cache_key FILE|STRING...: a short name for what a build depends on
cache_key()
{
	local arg

	for arg; do
		if [[ -f $arg ]]; then
			cat "$arg"
		else
			printf '%s\n' "$arg"
		fi
	done | sha256sum | cut -c1-12
}
