# SPDX-License-Identifier: GPL-2.0
# The names which udev gives a disk.

bats_require_minimum_version 1.5.0

setup_file()
{
	export RNBD_ID=$BATS_FILE_TMPDIR/rnbd_id
	"${CC:-cc}" -g -Wall -fsanitize=address,undefined -o "$RNBD_ID" \
		"$BATS_TEST_DIRNAME/../../udev/rnbd_id.c"
}

# disk SESSION MAPPING_PATH: as sysfs shows it
disk()
{
	dir=$BATS_TEST_TMPDIR/sys/block/rnbd0
	export RNBD_SYSFS=$BATS_TEST_TMPDIR/sys
	mkdir -p "$dir/rnbd" "$dir/rnbd0p2"
	echo 2 > "$dir/rnbd0p2/partition"
	printf '%s\n' "$1" > "$dir/rnbd/session"
	printf '%s\n' "$2" > "$dir/rnbd/mapping_path"
	echo rw > "$dir/rnbd/access_mode"
}

# links DIR: all of them
links()		{ "$RNBD_ID" "$1" | sed -n 's/^RNBD_\(LINK\|BY_.*\)=//p' | xargs -d '\n'; }

@test "a disk has its session and export, and links for both" {
	disk s1 /dev/sdb
	[ "$("$RNBD_ID" "$dir")" = "RNBD_SESSION=s1
RNBD_DEVICE_PATH=/dev/sdb
RNBD_ACCESS_MODE=rw
RNBD_LINK=rnbd/s1/dev/sdb
RNBD_BY_ID=disk/by-id/rnbd-s1:dev:sdb" ]
}

@test "a partition has the disk's names with -partN" {
	disk s1 vol
	[ "$(links "$dir/rnbd0p2")" = "rnbd/s1/vol-part2 disk/by-id/rnbd-s1:vol-part2" ]
}

@test "each address of the server makes a link by path" {
	disk s1 vol
	mkdir -p "$RNBD_SYSFS/class/rtrs-client/s1/paths/"{ip:10.0.0.1@ip:10.0.0.2,ip:10.0.1.1@ip:10.0.0.2,ip:fd00::1@ip:fd00::2}
	# a rule for each
	for ((n = 1; n <= 6; n++)); do
		grep -qx "ENV{RNBD_BY_PATH$n}==\"?\*\", SYMLINK+=\"\$env{RNBD_BY_PATH$n}\"" \
			"$BATS_TEST_DIRNAME/../../udev/65-rnbd.rules"
	done
	[[ $(links "$dir") == *" disk/by-path/ip-10.0.0.2-rnbd-s1:vol disk/by-path/ip-fd00::2-rnbd-s1:vol" ]]
	[ "$(links "$dir/rnbd0p2" | tr ' ' '\n' | grep -c -- '-part2$')" -eq 4 ]
}

@test "the generator asks for the same links" {
	disk s1 /a//b/
	[ "$(links "$dir")" = "$("$RNBD_ID" --links s1 /a//b/ | xargs)" ]
	[ "$(links "$dir")" = "rnbd/s1/a/b disk/by-id/rnbd-s1:a:b" ]
}

@test "different mappings have different names" {
	names()
	{
		while read -r session export; do
			"$RNBD_ID" --links "$session" "$export"
		done <<-'LIST'
			a b:c
			a b/c
			a:b c
			a:b:c d
			a b-c
			a-b c
			a b\x2fc
			a b%c
			a b_c
		LIST
	}
	[ "$(names | wc -l)" -eq 18 ]
	[ -z "$(names | sort | uniq -d)" ]
}

# every link stays below its folder, in characters that udev keeps
sound()
{
	local link part

	for link; do
		[[ $link == rnbd/* || $link == disk/by-id/rnbd-* || $link == disk/by-path/* ]]
		[[ /$link/ != */../* && /$link/ != */./* && $link != *//* ]]
		[ -z "$(LC_ALL=C tr -d '0-9A-Za-z#+.:=@_/\\\200-\377-' <<< "$link")" ]
		[ -z "$(sed 's/\\x[0-9a-f][0-9a-f]//g' <<< "$link" | tr -dc '\\')" ]
		while read -r part; do
			[ "$(wc -c <<< "$part")" -le 256 ]
		done < <(tr / '\n' <<< "$link")
		[ -z "$(LC_ALL=C.UTF-8 grep -P '[\x{0}-\x{1f}\x{7f}-\x{9f}]' <<< "$link")" ]
		iconv -f UTF-8 -t UTF-8 <<< "$link" > /dev/null
	done
}

@test "hostile names cannot leave the folder" {
	for name in .. . ../../etc/passwd /../x a/../../b './.' '...' 'a b' '$(id)' '!x' '"' "'" \
		    '\x2e\x2e/x' $'\xff\xfe' $'\xc0\xae\xc0\xae/x' $'\xed\xa0\x80' $'\xc2\x80' 'ä€😀' \
		    "$(printf '!%.0s' {1..254})" "$(printf 'x%.0s' {1..254})" "$(printf '€%.0s' {1..84})" \
		    "$(printf '/é%.0s' {1..84})" "x$(printf '€%.0s' {1..84})" "xy$(printf '😀%.0s' {1..63})"; do
		disk s1 "$name"
		for of in "$dir" "$dir/rnbd0p2"; do
			run -0 "$RNBD_ID" "$of"
			[ "${#lines[@]}" -eq 5 ]
			# shellcheck disable=SC2046
			sound $(links "$of")
		done
		disk "${name//\//-}" x
		# shellcheck disable=SC2046
		sound $(links "$dir")
	done
}

@test "a line feed in a name is no further property" {
	disk s1 $'a\nDEVNAME=/dev/sda'
	run -0 "$RNBD_ID" "$dir"
	[ "${#lines[@]}" -eq 5 ]
	[[ $output != *$'\nDEVNAME'* ]]
}

@test "what is not a mapped disk has no names" {
	run "$RNBD_ID" "$BATS_TEST_TMPDIR"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	disk s1 ///
	run "$RNBD_ID" "$dir"
	[ "$status" -eq 1 ]
	run "$RNBD_ID" --links '' x
	[ "$status" -eq 1 ]
	run "$RNBD_ID"
	[ "$status" -eq 2 ]
}
