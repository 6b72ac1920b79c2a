# SPDX-License-Identifier: GPL-2.0
# A real systemd starts and stops what rnbdtab and rxe.conf say, in that order;
# only rnbdctl is a stand-in, which takes its time, and notes when it is called.

bats_require_minimum_version 1.5.0

setup_file()
{
	local built

	TOP=$(readlink -f "$BATS_TEST_DIRNAME/../..")
	built=$("$TOP/tests/bed/packages")
	work=$BATS_FILE_TMPDIR/work
	export work TOP
	mkdir "$work"
	cp "$built"/rnbd-tools_*_amd64.deb "$work/"

	cat > "$work/rnbdctl" <<-'SCRIPT'
		#!/bin/bash
		[[ $* != *--names* ]] || exec /usr/sbin/rnbdctl "$@"
		note() { echo "$* $(date +%s%N)" >> /exchange/calls; }
		trap 'note ended: "$@"; exit 143' TERM
		note begins: "$@"
		case $* in
		*--wait*name=slow)  sleep 3 & wait ;;
		*--wait*name=never) sleep infinity & wait ;;
		*--wait*name=refused) exit 7 ;;
		*--unmap*name=uuid) note busy: "$@"; exit 10 ;;
		esac
		note "$@"
	SCRIPT

	# stand-ins for mounts: by the disk's name, and remote ones by another
	for mount in "name blockdev@dev-rnbd-s1-data.target" "netdev remote-fs-pre.target"; do
		cat > "$work/mount-${mount%% *}.service" <<-UNIT
			[Unit]
			After=${mount##* }
			[Service]
			Type=oneshot
			RemainAfterExit=yes
			ExecStart=/exchange/note mount ${mount%% *}
			ExecStop=sleep 1
			ExecStop=/exchange/note umount ${mount%% *}
			[Install]
			WantedBy=multi-user.target
		UNIT
	done
	cat > "$work/note" <<-'SCRIPT'
		#!/bin/bash
		echo "$* $(date +%s%N)" >> /exchange/calls
	SCRIPT

	# looks at what there is when it is up, and switches off
	cat > "$work/probe.service" <<-'UNIT'
		[Unit]
		DefaultDependencies=no
		[Service]
		ExecStart=bash /exchange/probe
		[Install]
		WantedBy=sysinit.target
	UNIT
	cat > "$work/probe" <<-'SCRIPT'
		all_active() { for unit; do systemctl -q is-active "$unit" || return; done; }
		until ((SECONDS > 200)) || {
			all_active rnbd-map@slow multi-user.target mount-name mount-netdev &&
			[[ $(systemctl show -P NRestarts rnbd-map@refused) -gt 0 ]]
		}; do
			read -rt 0.2 <> <(:)
		done
		systemctl list-units --no-legend --plain --all 'rnbd*' | awk '{ print $1, ($4 == "exited" || $4 == "active" ? "active" : $4) }' > /exchange/units
		journalctl --no-pager -b -o cat > /exchange/journal
		systemctl poweroff
	SCRIPT

	cat > "$work/install" <<-'SCRIPT'
		set -e
		cd /exchange
		rm -rf /lib/modules/6.12*
		apt-get install -qq --no-install-recommends ./rnbd-tools_*.deb > /exchange/installed 2>&1
		install -m 755 rnbdctl /usr/local/sbin/
		chmod +x note
		cp ./*.service /etc/systemd/system/
		cat > /etc/rnbd/rnbdtab <<-'TAB'
			data     s1  ip:10.0.0.2  data
			uuid     s1  ip:10.0.0.2  uuid
			slow     s1  ip:10.0.0.2  slow     nofail
			never    s2  ip:10.0.0.3  never    nofail
			wrong    s1
			refused  s1  ip:10.0.0.2  refused  nofail
			asked    s1  ip:10.0.0.2  asked    noauto
		TAB
		systemctl -q enable mount-name mount-netdev probe
		systemctl -q mask systemd-logind.service systemd-timesyncd.service getty.target \
			systemd-networkd-wait-online.service
	SCRIPT
	# the first process of a namespace heeds no other signal
	timeout -s KILL 400 "$TOP/tests/bed/chroot" boot bookworm "$work" sh /exchange/install \
		> "$BATS_FILE_TMPDIR/console" 2>&1 || :
}

# at WORDS...: when that was noted, in ns; fails if it was not, or twice
at()
{
	[ "$(grep -c "^$* [0-9]*$" "$work/calls")" -eq 1 ] || { echo "not once: $*"; cat "$work/calls"; return 1; } >&2
	sed -n "s/^$* \([0-9]*\)$/\1/p" "$work/calls"
}

# in_order FIRST SECOND
in_order()	{ [ "$(at "$1")" -lt "$(at "$2")" ]; }

state()		{ sed -n "s/^$1 //p" "$work/units"; }

@test "it came up and went down" {
	cat "$BATS_FILE_TMPDIR/console"
	[ -s "$work/units" ]
	[ "$(state rnbd.target)" = active ]
	[ -z "$(grep -i 'ordering cycle' "$work/journal" "$BATS_FILE_TMPDIR/console")" ]
}

@test "each line was mapped once, but noauto" {
	at apply --wait --name=data
	at apply --wait --name=slow
	not_asked=$(grep -c name=asked "$work/calls") || :
	[ "$not_asked" -eq 0 ]
}

@test "nobody waits for a server that is not there" {
	[ "$(state rnbd-map@never.service)" = start ]
	[ "$(state rnbd.target)" = active ]
	at ended: apply --wait --name=never
}

@test "who is refused tries again" {
	[ "$(grep -c 'begins: apply --wait --name=refused' "$work/calls")" -ge 2 ]
}

@test "a wrong line is in the journal, with its number" {
	grep -q 'rnbdtab:5: ' "$work/journal"
}

@test "a file system is mounted after the mapping, and unmounted before" {
	in_order "apply --wait --name=data" "mount name"
	in_order "umount name" "begins: apply --unmap --name=data"
}

@test "what was in use is unmapped after the last of the remote file systems" {
	at busy: apply --unmap --name=uuid
	in_order "umount netdev" "begins: apply --unmap"
	in_order "apply --unmap --name=data" "apply --unmap"
}
