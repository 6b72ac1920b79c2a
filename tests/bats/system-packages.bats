# SPDX-License-Identifier: GPL-2.0
# The Debian packages: what is in them, and what installing, upgrading and
# removing them does. Debian 12; in check-long Debian 13, too.

bats_require_minimum_version 1.5.0

# Both packages live once in a clean Debian; each test looks at what was noted.
setup_file()
{
	local work built

	TOP=$(readlink -f "$BATS_TEST_DIRNAME/../..")
	VERSION=$(cat "$TOP/VERSION")
	export TOP VERSION suites="bookworm ${RNBD_ROUNDS:+trixie}"
	for suite in $suites; do
		built=$("$TOP/tests/bed/packages" "$suite")
		work=$BATS_FILE_TMPDIR/$suite
		mkdir "$work"
		ln -s "$built" "$BATS_FILE_TMPDIR/$suite.built"
		cp "$built"/rnbd-{tools,dkms}_*.deb "$work/"
		life > "$work/script"
		"$TOP/tests/bed/chroot" run "$suite" "$work" sh -eu /exchange/script > "$work/log" 2>&1 ||
			{ cat "$work/log"; return 1; }
	done
}

# the script of that life: root, with the packages in /exchange, and without a
# kernel that is supported, so that nothing is built
life()
{
	cat <<-'SCRIPT'
		cd /exchange
		rm -rf /lib/modules/6.12*
		# mok.*: the key of the machine, which DKMS makes when it first builds
		files()
		{
			find / -xdev ! -path '/var/lib/dpkg/*' ! -path '/var/log/*' ! -path '/var/cache/*' \
				! -path '/var/lib/apt/*' ! -path '/tmp/*' ! -path '/exchange/*' ! -path '/run/*' \
				! -path '/sys/*' ! -path '/etc/ld.so.cache' ! -path '/var/lib/dkms/mok.*' | sort
		}
		files > before

		# as if these were loaded: /sys is an empty directory here
		for module in rtrs_core rnbd_client; do
			mkdir -p /sys/module/$module
			echo 0.0.9 > /sys/module/$module/version
		done
		mkdir -p /sys/module/rdma_rxe
		apt-get install -qq --no-install-recommends ./rnbd-tools_*.deb ./rnbd-dkms_*.deb > install 2>&1
		rm -r /sys/module/rdma_rxe
		for module in rtrs_core rnbd_client; do
			dpkg-query -W -f '${Version}' rnbd-dkms > /sys/module/$module/version
		done
		apt-get install -qq --reinstall ./rnbd-dkms_*.deb > again 2>&1
		rm -r /sys/module
		files > installed

		dpkg-query -W -f '${db:Status-Status}' rnbd-dkms > status
		dkms status > dkms
		find /lib/modules -name '*.ko*' -path '*updates*' > modules
		for unit in rnbd.target rnbd-server.service; do
			echo "$unit $(systemctl is-enabled $unit)"
		done > enabled
		grep -rhs '^[^#]' /etc/rnbd /etc/modules-load.d /usr/lib/modules-load.d | grep -i 'rnbd\|rtrs\|rxe' > active || :
		ls /etc/modprobe.d /usr/lib/modprobe.d | grep -i 'rnbd\|rtrs\|rxe' >> active || :

		dpkg-query -W -f '${Conffiles}\n' rnbd-tools | awk 'NF { print $1 }' | sort > conffiles

		rnbdctl --version > version
		for page in 8/rnbdctl 8/rnbd-map@.service 8/rnbd-rxe@.service 8/rnbd-server.service \
			    7/rnbd 7/rtrs 7/rxe 5/rnbdtab; do
			man -w "${page%/*}" "${page#*/}" > /dev/null || echo $page
		done > no-manual
		# what rdma-core has, which no other package may
		dpkg -L rnbd-tools | grep -x /usr/share/man/man7/rxe.7.gz > conflicts || :
		udevdir=$(dirname "$(find /lib/udev /usr/lib/udev -name rnbd_id | head -n 1)")
		grep -c 'rnbd_id' "$udevdir/rules.d/65-rnbd.rules" > rules
		for shell in bash zsh; do
			rnbdctl completion $shell > completion.$shell
		done
		cp /usr/share/bash-completion/completions/rnbdctl installed.bash
		cp /usr/share/zsh/vendor-completions/_rnbdctl installed.zsh
		# as a login shell finds it
		bash -c '. /usr/share/bash-completion/completions/rnbdctl; complete -p rnbdctl' > complete

		units=$(dpkg -L rnbd-tools | grep '/systemd/system/')
		cp /etc/rnbd/rnbdtab /tmp
		printf 'data s1 ip:10.0.0.2 /dev/a nofail\nmore s1 ip:10.0.0.2 /dev/b\n' > /etc/rnbd/rnbdtab
		printf 'rxe0 eth0\n' > /etc/rnbd/rxe.conf
		mkdir -p /run/systemd/generator
		"$(dpkg -L rnbd-tools | grep system-generators/)" /run/systemd/generator /tmp /tmp
		test -e /run/systemd/generator/rnbd.target.wants/rnbd-map@data.service
		for template in map@data rxe@eth0; do
			ln -s "$(echo "$units" | grep "/rnbd-${template%@*}@.service")" "/tmp/rnbd-$template.service"
			units="$units /tmp/rnbd-$template.service"
		done
		systemd-analyze verify $(echo "$units" | grep -v '@\.') > verified 2>&1 || echo "status $?" >> verified

		for deb in rnbd-tools_*.deb rnbd-dkms_*.deb; do
			dpkg-deb -e $deb /tmp/$deb
			grep -nE 'modprobe|rmmod|(stop|restart|start)' /tmp/$deb/p* | sed "s/^[^:]*\///" || :
		done > scripts
		cp /tmp/rnbd-tools_*.deb/prerm prerm

		# what an administrator does
		systemctl -q enable rnbd-server.service
		apt-get remove -qq rnbd-tools rnbd-dkms > remove 2>&1
		cp /etc/rnbd/rnbdtab kept
		apt-get purge -qq rnbd-tools rnbd-dkms > purge 2>&1
		files > after
	SCRIPT
}

# for_each FUNCTION: with $suite, its packages in $built, what was noted in
# $work, which is the current folder
for_each()
{
	for suite in $suites; do
		built=$BATS_FILE_TMPDIR/$suite.built
		echo "in $suite:"
		cd "$BATS_FILE_TMPDIR/$suite"
		"$1"
	done
}

# empty FILE
empty()	{ cat "$1"; [ ! -s "$1" ]; }

clean()	{ empty "$built/lintian"; }
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
	grep -qw "$VERSION" version
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

nothing_left()	{ empty "$built/left"; }
@test "modules that were built go with the package" {
	for_each nothing_left
}

unsupported()
{
	cat install dkms
	[ "$(cat status)" = installed ]
	empty modules
}
@test "where no kernel is supported the packages install all the same" {
	for_each unsupported
}

quiet()
{
	diff - enabled <<-'LIST'
		rnbd.target enabled
		rnbd-server.service disabled
	LIST
	empty active
	diff - conffiles <<-'LIST'
		/etc/rnbd/rnbdtab
		/etc/rnbd/rxe.conf
		/etc/rnbd/server.conf
	LIST
}
@test "installing exports nothing, loads nothing, and enables only the target" {
	for_each quiet
}

found()
{
	empty no-manual
	empty conflicts
	[ "$(cat rules)" -gt 0 ]
	cmp completion.bash installed.bash
	cmp completion.zsh installed.zsh
	[ -s installed.zsh ]
	grep -q -- '-F _rnbdctl rnbdctl$' complete
}
@test "manual, rules and completion are where they are looked for" {
	for_each found
}

verified()	{ empty verified; }
@test "systemd finds nothing wrong with the units" {
	for_each verified
}

no_residue()
{
	grep -q '^data' kept
	diff before after
	[ "$(comm -13 before installed | wc -l)" -gt 30 ]
}
@test "removed, the administrator's files stay; purged, nothing does" {
	for_each no_residue
}

upgraded()
{
	run grep '^rnbd-dkms:' install
	echo "$output"
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == "rnbd-dkms: rtrs_core in use stays 0.0.9; $VERSION takes effect when"* ]]
	[[ ${lines[1]} == "rnbd-dkms: rnbd_client in use stays 0.0.9; $VERSION "* ]]
	[[ ${lines[2]} == "rnbd-dkms: rdma_rxe in use stays that of the kernel; "* ]]
	cat again
	! grep '^rnbd-dkms:' again
}
@test "an upgrade says what stays in use, and nothing where nothing does" {
	for_each upgraded
}

untouched()
{
	# stopped when the package is removed, and in no other case
	[ -z "$(grep -v '^prerm:.*deb-systemd-invoke stop\|^postrm:' scripts)" ]
	[ "$(grep -B1 'deb-systemd-invoke stop' prerm | grep -c '"$1" = remove')" -gt 0 ]
	[ "$(grep -B1 'deb-systemd-invoke stop' prerm | grep -c '"$1" = remove')" -eq \
		"$(grep -c 'deb-systemd-invoke stop' prerm)" ]
}
@test "an upgrade stops and loads nothing" {
	for_each untouched
}
