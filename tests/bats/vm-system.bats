# SPDX-License-Identifier: GPL-2.0
# Two Debian hosts as their administrators live with them: packages, units,
# names, reboots. Each test goes on where the one before it ended.

bats_require_minimum_version 1.5.0
load lib/bed

BED_SYSTEM=1
BED_SERVER_DISKS="256M 64M"
# what the packages bring
export RNBD_RXE=ours

disk=/dev/rnbd/web1/data

setup_file()
{
	packages=$("$BED_TESTS/packages")
	export packages
	bed_up
	for machine in server client; do
		# degraded, where nothing has a network
		on -t 300 $machine systemctl is-system-running --wait || :
		network $machine
	done
}
teardown_file()	{ bed_down; }
teardown()	{ guard; }

# network MACHINE: addresses that stay
network()
{
	sh_on "$1" "$([[ $1 == client ]] && echo 1 || echo 2)" <<-'SCRIPT'
		for path in 0 1; do
			printf '[Match]\nName=eth%s\n[Network]\nAddress=10.0.%s.%s/24\nLinkLocalAddressing=no\n' \
				$path $path "$0" > /etc/systemd/network/path$path.network
		done
		networkctl reload
	SCRIPT
}

apt_on()	{ on -t 300 "$1" env DEBIAN_FRONTEND=noninteractive apt-get "${@:2}" -qq; }

# install_tools MACHINE FILE
install_tools()
{
	push "$2" "$1:/root/rnbd-tools.deb"
	apt_on "$1" install --no-install-recommends /root/rnbd-tools.deb
}

# until_on SECONDS MACHINE COMMAND...: wait_until, but asked from within, where
# each question costs less
until_on()
{
	on -t "$1" "$2" sh -c 'until "$@"; do sleep 0.5; done' sh "${@:3}" > /dev/null
}

is_loaded()	{ on "$1" grep -q '^rtrs\|^rnbd' /proc/modules; }
mounted()	{ on client findmnt -n /srv/data > /dev/null; }

# names of disks, and how large what they lead to is
names()
{
	sh_on client <<-'SCRIPT'
		udevadm settle
		find /dev/rnbd /dev/disk/by-id /dev/disk/by-path -type l |
			grep rnbd | sort | while read -r link; do
				echo "$link $(cat "/sys/class/block/$(basename "$(readlink -f "$link")")/size")"
			done
	SCRIPT
}

# both_mapped: the disks of rnbdtab are there, and the file system is mounted,
# as it was left
both_mapped()
{
	until_on 300 client findmnt -n /srv/data
	until_on 180 client test -b /dev/rnbd/web1/more
	[ "$(on client findmnt -n -o SOURCE /srv/data)" = "$(on client readlink -f $disk)" ]
	on -t 180 client diff -r --no-dereference /usr/sbin /srv/data/sbin
	until_on 60 client sh -c 'test "$(rnbdctl path list web1 --fields=state --no-headings | xargs)" = "connected connected"'
	[ "$(on client rnbdctl device list --fields=access_mode,device_path --no-headings | sort | xargs)" = \
		"ro more rw data" ]
	[ "$(names)" = "$(cat "$BATS_FILE_TMPDIR/names")" ]
}

# nothing_failed: no unit of ours, on either host
nothing_failed()
{
	for machine in client server; do
		[ -z "$(on $machine systemctl --failed --no-legend 'rnbd*' '*.mount')" ]
	done
}

# power_off_both: by systemd, the client first
power_off_both()
{
	on -t 20 client systemctl reboot || :
	wait_until 300 machine_is_off client
	# it was told, and did not find out
	[ -z "$(on server ls /sys/class/rnbd-server/ctl/devices)" ]
	[ "$(on server ls /sys/class/rtrs-server)" = ctl ]
	on -t 20 server systemctl reboot || :
	wait_until 300 machine_is_off server
}

@test "packages install; nothing is loaded, and the server refuses without a search path" {
	for machine in server client; do
		install_tools $machine "$packages"/rnbd-tools_*_amd64.deb
		not is_loaded $machine
	done
	not on server systemctl start rnbd-server
	on server journalctl -q -u rnbd-server -o cat | grep -q 'no search_path'
	not is_loaded server
	run on server systemctl is-enabled rnbd-server
	[ "$output" = disabled ]
	[ "$(on client systemctl is-enabled rnbd.target)" = enabled ]
}

@test "export, map and mount by the files in /etc/rnbd" {
	for machine in server client; do
		sh_on $machine <<-'SCRIPT'
			printf 'rxe0 eth0\nrxe1 eth1\n' > /etc/rnbd/rxe.conf
			systemctl daemon-reload
			systemctl start rnbd-rxe@eth0 rnbd-rxe@eth1
		SCRIPT
		[ "$(on $machine ls /sys/class/infiniband | xargs)" = "rxe0 rxe1" ]
		[ "$(on $machine cat /sys/module/rdma_rxe/version)" = "$(cat "$BED_TOP/VERSION")" ]
	done
	sh_on server <<-'SCRIPT'
		echo 'search_path = /dev/rnbd-export/%SESSNAME%' > /etc/rnbd/server.conf
		cat > /etc/tmpfiles.d/rnbd-export.conf <<-'FILES'
			d /dev/rnbd-export 0755 root root
			d /dev/rnbd-export/web1 0755 root root
			L /dev/rnbd-export/web1/data - - - - /dev/vdb
			L /dev/rnbd-export/web1/more - - - - /dev/vdc
		FILES
		systemd-tmpfiles --create rnbd-export.conf
		systemctl -q enable --now rnbd-server
	SCRIPT
	[ "$(on server cat /sys/module/rnbd_server/parameters/dev_search_path)" = /dev/rnbd-export/%SESSNAME% ]
	sh_on client <<-'SCRIPT'
		cat > /etc/rnbd/rnbdtab <<-'TAB'
			data web1 ip:10.0.0.2,ip:10.0.1.2 data nofail
			bad  web1
			more web1 - more ro,nofail
		TAB
		mkdir -p /srv/data
		systemctl daemon-reload
		systemctl start rnbd.target
	SCRIPT
	until_on 180 client test -b $disk
	until_on 180 client test -b /dev/rnbd/web1/more
	on client dmesg | grep -q 'rnbdtab:2: '
	sh_on client $disk <<-'SCRIPT'
		mkfs.ext4 -qF "$0"
		echo "$0 /srv/data ext4 _netdev,nofail 0 0" >> /etc/fstab
		systemctl daemon-reload
		mount /srv/data
		cp -a /usr/sbin /srv/data/
		sync
	SCRIPT
	names > "$BATS_FILE_TMPDIR/names"
	cat "$BATS_FILE_TMPDIR/names"
	# by export, by id, and by each path to the server
	[ "$(wc -l < "$BATS_FILE_TMPDIR/names")" -eq 8 ]
	both_mapped
	nothing_failed
	for machine in client server; do
		run on $machine rnbdctl doctor
		echo "$output"
		[ "$status" -eq 0 ]
	done
	run on client rnbdctl unmap $disk
	[ "$status" -eq 10 ]
	mounted
}

@test "verbs of soft-RoCE are for everybody" {
	sh_on client <<-'SCRIPT'
		modprobe ib_uverbs
		udevadm settle
		for file in /dev/infiniband/uverbs0 /dev/infiniband/uverbs1; do
			test "$(stat -c %a $file)" = 666
		done
	SCRIPT
}

@test "both reboot and the client is up first: all is there when the server is" {
	power_off_both
	machine_start client
	machine_wait client
	until_on 300 client systemctl -q is-active multi-user.target
	not mounted
	until_on 180 client sh -c 'test "$(systemctl show -P ActiveState rnbd-map@data)" = activating'
	machine_start server
	machine_wait server
	both_mapped
	nothing_failed
	# it was unmounted before it was unmapped
	not on client sh -c 'dmesg | grep "recovery complete"'
	[ "$(on server cat /sys/module/rnbd_server/parameters/dev_search_path)" = /dev/rnbd-export/%SESSNAME% ]
}
