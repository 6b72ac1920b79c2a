# SPDX-License-Identifier: GPL-2.0
# rnbdtab and rxe.conf become units.

setup_file()
{
	TOP=$(readlink -f "$BATS_TEST_DIRNAME/../..")
	make -s -C "$TOP/rnbdctl" >&2
	mkdir "$BATS_FILE_TMPDIR/udev"
	"${CC:-cc}" -o "$BATS_FILE_TMPDIR/udev/rnbd_id" "$TOP/udev/rnbd_id.c"
	export TOP RNBD_UDEV=$BATS_FILE_TMPDIR/udev
	export PATH=$TOP/rnbdctl:$PATH
}

setup()
{
	export RNBD_ETC=$BATS_TEST_TMPDIR/etc
	out=$BATS_TEST_TMPDIR/out
	mkdir "$RNBD_ETC" "$out"
}

generate()
{
	run "$TOP/systemd/rnbd-generator" "$out" "$out.early" "$out.late"
	echo "$output"
}

# units_below DIR: what it pulls in
units_below()	{ (cd "$out/$1" 2>/dev/null && echo *); }

# setting UNIT KEY: from its drop-ins
setting()	{ cat "$out/$1.d"/*.conf | sed -n "s/^$2=//p"; }

@test "no files and the files as they are shipped make no units" {
	generate
	[ "$status" -eq 0 ]
	[ -z "$(ls "$out")" ]
	cp "$TOP/etc/rnbdtab" "$TOP/etc/rxe.conf" "$RNBD_ETC/"
	generate
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ -z "$(ls "$out")" ]
}

@test "a line is wanted by the target, which waits for it unless nofail" {
	cat > "$RNBD_ETC/rnbdtab" <<-'TAB'
		must  s1  ip:10.0.0.2  /dev/a
		may   s1  ip:10.0.0.2  /dev/b  ro,nofail
		not   s1  ip:10.0.0.2  /dev/c  noauto
	TAB
	generate
	[ "$status" -eq 0 ]
	[ "$(units_below rnbd.target.requires)" = rnbd-map@must.service ]
	[ "$(units_below rnbd.target.wants)" = rnbd-map@may.service ]
	[[ " $(setting rnbd-map@must.service Before) " == *" rnbd.target "* ]]
	[[ " $(setting rnbd-map@may.service Before) " != *" rnbd.target "* ]]
	[ "$(readlink "$out/rnbd.target.wants/rnbd-map@may.service")" = /usr/lib/systemd/system/rnbd-map@.service ]
}

@test "a mount of either of the disk's names brings it, and comes after it" {
	echo "not s1 ip:10.0.0.2 /dev/c noauto" > "$RNBD_ETC/rnbdtab"
	generate
	[ "$status" -eq 0 ]
	for link in rnbd/s1/dev/c disk/by-id/rnbd-s1:dev:c; do
		node=$(systemd-escape --path "/dev/$link")
		[ "$(units_below "$node.device.wants")" = rnbd-map@not.service ]
		# who mounts comes after that target, if it is wanted at all
		[[ " $(setting rnbd-map@not.service Before) " == *" blockdev@$node.target "* ]]
		[[ " $(setting rnbd-map@not.service Wants) " == *" blockdev@$node.target "* ]]
	done
}

@test "with nofail a mount waits as long as the mapping" {
	cat > "$RNBD_ETC/rnbdtab" <<-'TAB'
		ever  s1  ip:10.0.0.2  a  nofail
		some  s1  ip:10.0.0.2  b  nofail,timeout=300
		must  s1  ip:10.0.0.2  c
	TAB
	generate
	[ "$(setting dev-rnbd-s1-a.device JobRunningTimeoutSec)" = infinity ]
	[ "$(setting dev-rnbd-s1-b.device JobRunningTimeoutSec)" = 300 ]
	[ ! -e "$out/dev-rnbd-s1-c.device.d" ]
	# and one that gives up stays so
	[ -z "$(setting rnbd-map@ever.service Restart)" ]
	[ "$(setting rnbd-map@some.service Restart)" = no ]
}

@test "a wrong line is said with its number, the others count" {
	cat > "$RNBD_ETC/rnbdtab" <<-'TAB'
		# comment
		one  s1  ip:10.0.0.2  a
		two  s1

		-x/../y  s1  ip:10.0.0.2  c
		four  s1  ip:10.0.0.2  d
	TAB
	generate
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == *"$RNBD_ETC/rnbdtab:3: "* ]]
	[[ ${lines[1]} == *"$RNBD_ETC/rnbdtab:5: "* ]]
	[ "$(units_below rnbd.target.requires)" = "rnbd-map@four.service rnbd-map@one.service" ]
}

@test "whatever a line names, nothing is made outside the folder" {
	printf '%s\n' 'a s1 ip:10.0.0.2 /../../../etc/x' 'b s1 ip:10.0.0.2 $(touch${IFS}x)' \
		'c s1 ip:10.0.0.2 *' 'd s1 ip:10.0.0.2 "%i%n' > "$RNBD_ETC/rnbdtab"
	printf '%s\n' '../x eth0' 'rxe0 ../../x' 'rxe1 ..' '* eth9' > "$RNBD_ETC/rxe.conf"
	# what a pattern would become
	mkdir "$BATS_TEST_TMPDIR/here"
	touch "$BATS_TEST_TMPDIR/here/rxe9"
	touch "$BATS_TEST_TMPDIR/began"
	cd "$BATS_TEST_TMPDIR/here"
	generate
	[ -z "$(find "$BATS_TEST_TMPDIR" -newer "$BATS_TEST_TMPDIR/began" ! -path "$out*" ! -path "$BATS_TEST_TMPDIR")" ]
	[ ! -e "$out/rnbd-rxe@eth9.service.d" ]
	run find "$out" -name '*x' -o -name '*etc*' ! -name '*dev-*'
	[ -z "$output" ]
}

@test "a line of rxe.conf is started by its Ethernet device" {
	printf '%s\n' '# a comment' 'rxe0 eth0 # first' 'rxe1	br-lan' > "$RNBD_ETC/rxe.conf"
	generate
	[ "$status" -eq 0 ]
	[ "$(units_below sys-subsystem-net-devices-eth0.device.wants)" = rnbd-rxe@eth0.service ]
	[ "$(setting rnbd-rxe@eth0.service Environment)" = RXE=rxe0 ]
	[ "$(units_below 'sys-subsystem-net-devices-br\x2dlan.device.wants')" = 'rnbd-rxe@br\x2dlan.service' ]
	[ "$(setting 'rnbd-rxe@br\x2dlan.service' Environment)" = RXE=rxe1 ]
}

@test "wrong lines of rxe.conf are said, the others count" {
	printf '%s\n' 'rxe0' 'rxe0 eth0 more' '0rxe eth0' 'rxe0 eth/0' 'rxe0 eth0' \
		'rxe0 eth1' 'rxe2 eth0' 'rxe3 eth3456789abcdef' 'rxe4 eth4' > "$RNBD_ETC/rxe.conf"
	generate
	[ "$status" -eq 1 ]
	[ "$(grep -o 'rxe.conf:[0-9]*' <<< "$output" | cut -d: -f2 | xargs)" = "1 2 3 4 6 7 8" ]
	[ "$(cd "$out" && echo rnbd-rxe@*.service.d)" = "rnbd-rxe@eth0.service.d rnbd-rxe@eth4.service.d" ]
}
