#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Completion: what the table, --help and the shells offer is the same.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }
setup() { use_tree both; }

# offers "CANDIDATE..." WORD...: for the last word exactly these, in any order
offers()
{
	local wanted=$1

	shift
	ctl completion words -- "$@"
	[ "$status" = 0 ]
	diff <(tr ' ' '\n' <<<"$wanted" | sed '/^$/d' | sort) <(sort <<<"$output" | sed '/^$/d') ||
		{ echo "completing '$*'"; return 1; }
}

@test "every command of --help can be completed word by word, with its keys" {
	local name word before prefix option

	while read -r name; do
		before=()
		for word in $name; do
			ctl completion words -- "${before[@]}" "${word:0:1}"
			grep -qxe "$word" <<<"$output" || { echo "$word of $name"; return 1; }
			before+=("$word")
		done
		# shellcheck disable=SC2086
		for option in $("$rnbdctl" $name --help | sed -n 's/^  \(--[a-z-]*\) .*/\1/p'); do
			ctl completion words -- $name "$option"
			grep -qxe "$option" <<<"$output" || { echo "$option of $name"; return 1; }
		done
	done < <("$rnbdctl" --help | sed -n '/^Commands:/,/^Exit/s/^  \([a-z -]*[a-z]\)  .*/\1/p')
}

@test "all completed first words are commands, objects or short forms" {
	local word

	ctl completion words -- ""
	for word in $output; do
		"$rnbdctl" --help | grep -q "^  $word "
	done
	offers "--json" --js
	offers "--units=" --un
}

@test "devices, sessions, paths and addresses are completed" {
	offers "rnbd0 rnbd2 rnbd10" device show r
	offers "rnbd10" unmap rnbd1
	offers "device=rnbd0 device=rnbd2 device=rnbd10" unmap device=
	offers "a b sessname= policy=" session policy ""
	offers "min-inflight min-latency" session policy a min
	offers "ip:10.0.0.1@ip:10.0.0.2" path show a ip:10.0.0.1
	offers "path=ip:10.0.0.2 path=ip:fd00::2" map x path=ip:
	offers "access_mode=migration" map x access_mode=m
	offers "side=client side=server" session list side=
	offers "c" server session show c
	offers "--read-only" map --rea
	offers "from=" map x fr
	FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1" offers "rxe0" rxe remove r
	offers "lo" rxe add x lo
	offers "" frobnicate x
}

@test "names which a shell would misread are not offered" {
	mkdir -p "$RNBDCTL_SYSFS/class/rtrs-client/a\$(reboot)/paths" \
		"$RNBDCTL_SYSFS/class/rtrs-client/a b/paths"
	offers "a" session show a
}

# bash_offers "CANDIDATE..." WORD...
bash_offers()
{
	local wanted=$1 got

	shift
	got=$(PATH=$BATS_FILE_TMPDIR:$PATH bash --norc -c '
		. /usr/share/bash-completion/bash_completion
		. <(rnbdctl completion bash)
		COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_TYPE=9 COMP_KEY=9
		# as readline cuts a line
		mapfile -t COMP_WORDS < <(sed "s/\([=:@]\)/\n\1\n/g; s/ /\n/g" <<< "$COMP_LINE" | sed "/^$/d")
		[[ $COMP_LINE != *[\ =:@] ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_rnbdctl rnbdctl
		printf "%s\n" "${COMPREPLY[@]}"' bash rnbdctl "$@")
	diff <(tr ' ' '\n' <<<"$wanted" | sort) <(sort <<<"$got") || { echo "bash: '$*'"; return 1; }
}

@test "bash completes, also behind = : and @" {
	bash_offers "unmap" un
	bash_offers "rnbd0 rnbd2 rnbd10" unmap rnbd
	bash_offers "min-inflight min-latency" policy a min
	bash_offers "client server" session list side=
	bash_offers "10.0.0.2 fd00::2" map x path=ip:
}

@test "zsh completes" {
	got=$(PATH=$BATS_FILE_TMPDIR:$PATH zsh -f -c '
		compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -l -- "$@" }
		_files() { print files }
		words=(rnbdctl device sh); CURRENT=3
		rnbdctl completion zsh > '"$BATS_TEST_TMPDIR"'/_rnbdctl
		. '"$BATS_TEST_TMPDIR"'/_rnbdctl
		words=(rnbdctl unmap rnbd1); CURRENT=3
		_rnbdctl
		words=(rnbdctl map x fro); CURRENT=4
		_rnbdctl
		words=(rnbdctl nothing x); CURRENT=3
		_rnbdctl' | sed '/^$/d')
	[ "$got" = $'show\nrnbd10\nfrom=\nfiles' ] || { echo "$got"; false; }
}

@test "the installed scripts are those the tool prints" {
	make -s -C "$repo/rnbdctl" install DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/usr
	diff <("$rnbdctl" completion bash) \
		"$BATS_TEST_TMPDIR/root/usr/share/bash-completion/completions/rnbdctl"
	diff <("$rnbdctl" completion zsh) \
		"$BATS_TEST_TMPDIR/root/usr/share/zsh/vendor-completions/_rnbdctl"
	make -s -C "$repo/rnbdctl" uninstall DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/usr
	[ -z "$(find "$BATS_TEST_TMPDIR/root" -type f)" ]
}
