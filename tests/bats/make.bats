# SPDX-License-Identifier: GPL-2.0
# make, in a copy of this tree: what is built, installed and taken away again.

setup_file()
{
	TOP=$(readlink -f "$BATS_TEST_DIRNAME/../..")
	HEADERS=$("$TOP/tests/bed/fetch" headers)
	TREE=$BATS_FILE_TMPDIR/tree
	mkdir "$TREE"
	# the sources only, so that everything is built here
	tar -C "$TOP" -c --exclude='*.o' --exclude='*.ko' --exclude='*.cmd' --exclude='*.mod*' \
		Kbuild Makefile VERSION compat.h rtrs rnbd rxe rnbdctl man udev systemd etc tests/bed |
		tar -C "$TREE" -x
	make -s -j2 -C "$TREE" KDIR="$HEADERS" > "$BATS_FILE_TMPDIR/said" 2>&1
	RELEASE=$(make -s --no-print-directory -C "$HEADERS" kernelrelease)
	export TOP HEADERS TREE RELEASE
}

quietly()
{
	"$@" > "$BATS_TEST_TMPDIR/said" 2>&1 || { cat "$BATS_TEST_TMPDIR/said"; return 1; }
}

modules="rdma_rxe rnbd-client rnbd-server rtrs-client rtrs-core rtrs-server"

@test "make builds six modules and the tool, without a warning" {
	for module in $modules; do
		[ -f "$TREE/$module.ko" ]
		[ "$(modinfo -F version "$TREE/$module.ko")" = "$(cat "$TREE/VERSION")" ]
	done
	[ -x "$TREE/rnbdctl/rnbdctl" ]
	run grep -i warning "$BATS_FILE_TMPDIR/said"
	[ "$status" -ne 0 ]
}

@test "modules depend on each other as those of Linux do" {
	depends() { modinfo -F depends "$TREE/$1.ko" | tr , '\n' | grep -E '^r(trs|nbd)' | sort | xargs; }
	[ "$(depends rnbd-client)" = "rtrs-client rtrs-core" ] || [ "$(depends rnbd-client)" = rtrs-client ]
	[[ $(depends rnbd-server) == *rtrs-server* ]]
	[[ $(depends rtrs-client) == rtrs-core ]]
	[[ $(depends rtrs-server) == rtrs-core ]]
	[ -z "$(depends rtrs-core)" ]
}

@test "a kernel that is not supported is told in one line, and 6.12 is taken" {
	run make -s --no-print-directory -C "$TREE" running=5.10.0-1-amd64 modules
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'No headers of a supported kernel for 5.10.0-1-amd64' <<< "$output")" -eq 1 ]
	[ "$(grep -cv '^make\|warning: \|the compiler\|The kernel was\|You are using\|BTF' <<< "$output")" -eq 1 ]
}

@test "install puts things where they belong, uninstall leaves nothing" {
	root=$BATS_TEST_TMPDIR/root
	where=(KDIR="$HEADERS" DESTDIR="$root" INSTALL_MOD_PATH="$root" PREFIX=/usr)
	quietly make -s -C "$TREE" "${where[@]}" install
	for module in $modules; do
		ls "$root/lib/modules/$RELEASE/updates/$module".ko*
		grep -q "^updates/$module.ko" "$root/lib/modules/$RELEASE/modules.dep"
	done
	"$root"/usr/sbin/rnbdctl --help > /dev/null || "$root"/usr/bin/rnbdctl --help > /dev/null
	[ "$(find "$root" -name 'rnbdctl.8*' -o -name 'rnbd.7*' -o -name 'rtrs.7*' | wc -l)" -eq 3 ]
	[ "$(find "$root" -name '*.rules' | wc -l)" -eq "$(ls "$TREE"/udev/*.rules | wc -l)" ]

	quietly make -s -C "$TREE" "${where[@]}" uninstall
	run find "$root" -type f ! -name 'modules.*'
	echo "$output"
	[ -z "$output" ]
}

@test "a prefix is honoured" {
	root=$BATS_TEST_TMPDIR/root
	quietly make -s -C "$TREE" DESTDIR="$root" PREFIX=/opt/rnbd tools_install
	[ -n "$(find "$root/opt/rnbd" -name rnbdctl)" ]
	[ -n "$(find "$root/opt/rnbd" -name rnbd.7)" ]
}

@test "clean leaves what was there before" {
	quietly make -s -C "$TREE" KDIR="$HEADERS" clean
	run find "$TREE" -newer "$TREE/VERSION" -type f '(' -name '*.o' -o -name '*.ko' -o -name '*.cmd' -o -name rnbdctl ')'
	echo "$output"
	[ -z "$output" ]
}

@test "help names every target that is meant for people" {
	run make -s -C "$TOP" help
	for target in $(sed -n 's/^\.PHONY: //p; /^\.PHONY/,/[^\\]$/s/^\t//p' "$TOP/Makefile" | tr -d '\\'); do
		case $target in
		*_install|all|help) ;;
		*) grep -q "^make $target" <<< "$output" || { echo "$target"; return 1; } ;;
		esac
	done
}
