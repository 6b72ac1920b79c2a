# SPDX-License-Identifier: GPL-2.0
# The Debian packages: what is in them, and what installing, upgrading and
# removing them does. Debian 12; in check-long Debian 13, too.

bats_require_minimum_version 1.5.0

setup_file()
{
	TOP=$(readlink -f "$BATS_TEST_DIRNAME/../..")
	VERSION=$(cat "$TOP/VERSION")
	export TOP VERSION suites="bookworm ${RNBD_ROUNDS:+trixie}"
	for suite in $suites; do
		"$TOP/tests/bed/packages" "$suite"
	done > "$BATS_FILE_TMPDIR/folders"
}

# for_each FUNCTION: with $suite, and its packages in $built
for_each()
{
	for suite in $suites; do
		built=$(grep "/$suite-" "$BATS_FILE_TMPDIR/folders")
		echo "in $suite:"
		"$1"
	done
}

# inside: the script on stdin, as root in a clean Debian of that suite with the
# packages in /exchange; what it says is $output
inside()
{
	local work=$BATS_TEST_TMPDIR/work

	mkdir -p "$work"
	cp "$built"/rnbd-*_*.deb "$work/"
	{
		cat <<-'SCRIPT'
			set -eu
			cd /exchange
			install_both() { apt-get install -qq --no-install-recommends ./rnbd-tools_*.deb ./rnbd-dkms_*.deb 2>&1; }
			# no kernel that is supported: then nothing is built
			no_kernel() { rm -rf /lib/modules/6.12*; }
		SCRIPT
		cat
	} > "$work/script"
	run "$TOP/tests/bed/chroot" run "$suite" "$work" sh /exchange/script
	echo "$output"
	[ "$status" -eq 0 ]
}

clean()	{ cat "$built/lintian"; [ ! -s "$built/lintian" ]; }
@test "lintian finds nothing" {
	for_each clean
}

one_version()
{
	for deb in "$built"/*.deb; do
		[ "$(dpkg-deb -f "$deb" Version)" = "$VERSION" ]
	done
	for module in "$built"/modules/*/updates/dkms/*; do
		[ "$(modinfo -F version "$module")" = "$VERSION" ]
	done
	dpkg-deb --fsys-tarfile "$built"/rnbd-dkms_*.deb |
		tar -xO "./usr/src/rnbd-$VERSION/dkms.conf" |
		grep -qx "PACKAGE_VERSION=\"$VERSION\""
}
@test "packages, modules and tools have one version" {
	for_each one_version
}

built_modules()
{
	[ "$(ls "$built/modules")" = "$(ls "$built/modules" | grep '^6\.12\.')" ]
	ls "$built"/modules/*/updates/dkms | sed 's/\.ko.*//' | sort > "$BATS_TEST_TMPDIR/seen"
	sed -n 's/^obj-m := //p; s/^obj-m += //p' "$TOP/Kbuild" | tr ' ' '\n' |
		sed -n 's/\.o$//p' | sort > "$BATS_TEST_TMPDIR/wanted"
	diff "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/seen"
}
@test "DKMS builds every module of the tree, for supported kernels only" {
	for_each built_modules
}

nothing_left()	{ cat "$built/left"; [ ! -s "$built/left" ]; }
@test "modules that were built go with the package" {
	for_each nothing_left
}

unsupported()
{
	inside <<-'SCRIPT'
		no_kernel
		install_both
		dkms status
		test -z "$(find /lib/modules -name '*.ko*' -path '*updates*')"
		test "$(dpkg-query -W -f '${db:Status-Status}' rnbd-dkms)" = installed
	SCRIPT
}
@test "where no kernel is supported the packages install all the same" {
	for_each unsupported
}

quiet()
{
	inside <<-'SCRIPT'
		no_kernel
		install_both > /dev/null
		echo "target: $(systemctl is-enabled rnbd.target)"
		echo "server: $(systemctl is-enabled rnbd-server.service)"
		grep -rhs '^[^#]' /etc/rnbd /etc/modules-load.d /usr/lib/modules-load.d | grep -i 'rnbd\|rtrs\|rxe' || :
		ls /etc/modprobe.d /usr/lib/modprobe.d | grep -i 'rnbd\|rtrs\|rxe' || :
		dpkg-query -W -f '${Conffiles}\n' rnbd-tools | awk 'NF { print $1 }' | sort
	SCRIPT
	[ "$output" = "target: enabled
server: disabled
/etc/rnbd/rnbdtab
/etc/rnbd/rxe.conf
/etc/rnbd/server.conf" ]
}
@test "installing exports nothing, loads nothing, and enables only the target" {
	for_each quiet
}

commands_work()
{
	inside <<-'SCRIPT'
		no_kernel
		install_both > /dev/null
		rnbdctl --version
		man -w 8 rnbdctl rnbd-map@.service rnbd-rxe@.service rnbd-server.service > /dev/null
		man -w 7 rnbd rtrs rxe > /dev/null
		man -w 5 rnbdtab > /dev/null
		udevdir=$(dirname "$(find /lib/udev /usr/lib/udev -name rnbd_id | head -n 1)")
		test -e "$udevdir/rules.d/65-rnbd.rules"
		grep -q 'rnbd_id' "$udevdir/rules.d/65-rnbd.rules"
	SCRIPT
	[[ $output == *"$VERSION"* ]]
}
@test "commands, manual and rules are where they are looked for" {
	for_each commands_work
}

units_verified()
{
	inside <<-'SCRIPT'
		no_kernel
		install_both > /dev/null
		units=$(dpkg -L rnbd-tools | grep '/systemd/system/')
		printf 'data s1 ip:10.0.0.2 /dev/a nofail\nmore s1 ip:10.0.0.2 /dev/b\n' > /etc/rnbd/rnbdtab
		printf 'rxe0 eth0\n' > /etc/rnbd/rxe.conf
		mkdir -p /run/systemd/generator
		"$(dpkg -L rnbd-tools | grep system-generators/)" /run/systemd/generator /tmp /tmp
		test -e /run/systemd/generator/rnbd.target.wants/rnbd-map@data.service
		for template in map@data rxe@eth0; do
			file=$(echo "$units" | grep "/rnbd-${template%@*}@.service")
			ln -s "$file" "/tmp/rnbd-$template.service"
			units="$units /tmp/rnbd-$template.service"
		done
		systemd-analyze verify $(echo "$units" | grep -v '@\.') 2>&1
	SCRIPT
	[ -z "$output" ]
}
@test "systemd finds nothing wrong with the units" {
	for_each units_verified
}

no_residue()
{
	inside <<-'SCRIPT'
		no_kernel
		# mok.*: the key of the machine, which DKMS makes when it first builds
		files()
		{
			find / -xdev ! -path '/var/lib/dpkg/*' ! -path '/var/log/*' ! -path '/var/cache/*' \
				! -path '/var/lib/apt/*' ! -path '/tmp/*' ! -path '/exchange/*' ! -path '/run/*' \
				! -path '/etc/ld.so.cache' ! -path '/var/lib/dkms/mok.*' | sort
		}
		files > /tmp/before
		install_both > /dev/null
		files > /tmp/installed
		# what an administrator does
		systemctl -q enable rnbd-server.service
		echo 'data s1 ip:10.0.0.2 /dev/a' >> /etc/rnbd/rnbdtab
		apt-get remove -qq rnbd-tools rnbd-dkms > /dev/null
		grep -q '^data' /etc/rnbd/rnbdtab
		apt-get purge -qq rnbd-tools rnbd-dkms > /dev/null
		files > /tmp/after
		diff /tmp/before /tmp/after
		test "$(comm -13 /tmp/before /tmp/installed | wc -l)" -gt 30
	SCRIPT
}
@test "removed, the administrator's files stay; purged, nothing does" {
	for_each no_residue
}

upgraded()
{
	inside <<-'SCRIPT'
		no_kernel
		# as if these were loaded: /sys is an empty directory here
		for module in rtrs_core rnbd_client; do
			mkdir -p /sys/module/$module
			echo 0.0.9 > /sys/module/$module/version
		done
		mkdir -p /sys/module/rdma_rxe
		install_both | grep '^rnbd-dkms:'
		dpkg-query -W -f '${Version}' rnbd-dkms > /tmp/version
		rm -r /sys/module/rdma_rxe
		for module in rtrs_core rnbd_client; do
			cp /tmp/version /sys/module/$module/version
		done
		echo again
		apt-get install -qq --reinstall ./rnbd-dkms_*.deb 2>&1 | grep '^rnbd-dkms:' || :
	SCRIPT
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[0]} == "rnbd-dkms: rtrs_core in use stays 0.0.9; $VERSION takes effect when"* ]]
	[[ ${lines[1]} == "rnbd-dkms: rnbd_client in use stays 0.0.9; $VERSION "* ]]
	[[ ${lines[2]} == "rnbd-dkms: rdma_rxe in use stays that of the kernel; "* ]]
	[ "${lines[3]}" = again ]
}
@test "an upgrade says what stays in use, and nothing where nothing does" {
	for_each upgraded
}

untouched()
{
	inside <<-'SCRIPT'
		for deb in rnbd-tools_*.deb rnbd-dkms_*.deb; do
			dpkg-deb -e $deb /tmp/$deb
			grep -nE 'modprobe|rmmod|(stop|restart|start)' /tmp/$deb/p* | sed "s/^[^:]*\///" || :
		done
	SCRIPT
	# stopped when the package is removed, and in no other case
	[ -z "$(grep -v '^prerm:.*deb-systemd-invoke stop\|^postrm:\|^$' <<< "$output")" ]
	inside <<-'SCRIPT'
		dpkg-deb -e rnbd-tools_*.deb /tmp/control
		grep -B1 'deb-systemd-invoke stop' /tmp/control/prerm | grep -c '"$1" = remove'
		grep -c 'deb-systemd-invoke stop' /tmp/control/prerm
	SCRIPT
	[ "${lines[0]}" -eq "${lines[1]}" ]
}
@test "an upgrade stops and loads nothing" {
	for_each untouched
}
