# SPDX-License-Identifier: GPL-2.0
#
# Runs rnbdctl against a recorded sysfs tree: no kernel, no root.

bats_require_minimum_version 1.5.0

repo=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
version=$(cat "$repo/VERSION")

# Once per file: the tool, and the library which plays the kernel. Its own copy,
# so that others may build meanwhile.
build_tool()
{
	make -s -C "$repo/rnbdctl"
	cp "$repo/rnbdctl/rnbdctl" "$BATS_FILE_TMPDIR/rnbdctl"
	# shellcheck disable=SC2046
	${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -shared -fPIC \
		$(pkg-config --cflags libnl-3.0) \
		-o "$BATS_FILE_TMPDIR/preload.so" "$repo/tests/rnbdctl/preload.c"
}

# Each test gets a tree of its own, whose modules have the tool's version.
use_tree()
{
	local file

	rnbdctl=$BATS_FILE_TMPDIR/rnbdctl
	export LC_ALL=C.UTF-8
	export RNBDCTL_SYSFS=$BATS_TEST_TMPDIR/sys RNBDCTL_MODULES=$BATS_TEST_TMPDIR/none
	export FAKE_WRITE='' FAKE_RDMA=''
	unset FAKE_MAP
	mkdir -p "$RNBDCTL_SYSFS" "$RNBDCTL_MODULES"
	"$repo/tests/rnbdctl/unpack" "$repo/tests/rnbdctl/$1.tree" "$RNBDCTL_SYSFS"
	for file in "$RNBDCTL_SYSFS"/module/*/version; do
		[[ ! -e $file ]] || echo "$version" >"$file"
	done
}

# ctl WORD...: sets $status, $output and $stderr
ctl()
{
	run --separate-stderr env LD_PRELOAD="$BATS_FILE_TMPDIR/preload.so" \
		"$rnbdctl" "$@"
}

# fails STATUS LINE WORD...: this status, exactly this one line, nothing else
fails()
{
	local expected=$1 line=$2

	shift 2
	ctl "$@"
	if [[ $status != "$expected" || $stderr != "rnbdctl: $line" || -n $output ]]; then
		printf '%s\n' "rnbdctl $*" "expected $expected: rnbdctl: $line" \
			"got      $status: $stderr" "output: $output"
		return 1
	fi
}

# succeeds TEXT WORD...: exactly this output, nothing on standard error
succeeds()
{
	local expected=$1

	shift
	ctl "$@"
	if [[ $status != 0 || -n $stderr || $output != "$expected" ]]; then
		printf '%s\n' "rnbdctl $*" "status $status" "stderr $stderr"
		diff <(printf '%s\n' "$expected") <(printf '%s\n' "$output")
		return 1
	fi
}

# wrote FILE TEXT: what the kernel would have got
wrote()
{
	local got

	got=$(cat "$RNBDCTL_SYSFS/$1"; echo .)
	if [[ $got != "$2." ]]; then
		printf '%s\n' "$1" "expected $2" "got      ${got%.}"
		return 1
	fi
}
