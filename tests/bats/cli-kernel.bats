#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The tool and a running kernel: what it asks for happens, and what it shows is
# so. RDMA links and addresses are real here.

load lib/uml

setup_file()
{
	make -s -C "$UML_TOP/rnbdctl"
	cp "$UML_TOP/rnbdctl/rnbdctl" "$BATS_FILE_TMPDIR"
	export RNBD_CTL=$BATS_FILE_TMPDIR/rnbdctl
}

@test "a device is mapped, listed, resized and unmapped" {
	in_uml <<-'EOF'
		. "$RNBD_TOP/tests/rnbdctl/ends.bash"
		both_ends
		ram_disks 2 16
		net_up 1 2
		ends 0 map sessname=a device_path=/dev/ram0 $(paths 1 2)
		same "first map" /dev/rnbd0 "$said"
		ends 0 map sessname=a device_path=/dev/ram1 access_mode=ro
		same "second map" /dev/rnbd1 "$said"
		ends 0 resize rnbd1 8M
		holds /sys/block/rnbd1/size 16384
		ends 0 list
		same list "\
		DEVICE        SIZE  STATE  MODE  SESSION  DEVICE PATH
		/dev/rnbd0  16 MiB  open   rw    a        /dev/ram0
		/dev/rnbd1   8 MiB  open   ro    a        /dev/ram1" "$said"
		ends 0 server list a
		same "server list" "\
		DISK       SESSION  MODE  READ ONLY  DEVICE PATH
		/dev/ram0  a        rw    no         /dev/ram0
		/dev/ram1  a        ro    yes        /dev/ram1" "$said"
		exec 9</dev/rnbd1
		ends 10 unmap rnbd1
		exec 9<&-
		ends 0 unmap sessname=a device_path=/dev/ram1
		ends 0 unmap /dev/rnbd0
		same "left over" "" "$(ls /sys/block | grep rnbd || :)"
		unload_all
	EOF
}

@test "each refusal of a map has its exit code" {
	in_uml <<-'EOF'
		. "$RNBD_TOP/tests/rnbdctl/ends.bash"
		load rnbd-client
		ends 9 map sessname=a device_path=/dev/ram0 path=ip:10.0.1.2
		says *"this host has no RDMA device"*
		both_ends
		ram_disks 1 16
		net_up 1
		ends 9 map sessname=a device_path=/dev/ram0 path=ip:10.99.0.1@$(ip4 s 1)
		says *"no RDMA device of this host has the address ip:10.99.0.1"
		ends 5 map sessname=a device_path=/dev/ram0
		ends 0 map sessname=a device_path=/dev/ram0 $(paths 1)
		ends 0 map sessname=a device_path=/dev/ram0
		says *"/dev/ram0 of session a is already mapped"*/dev/rnbd0
		ends 7 map sessname=a device_path=/dev/ram9
		ends 7 map sessname=b device_path=/dev/ram0 $(paths 1)
		says *"another client has it open for writing"
		ends 6 path add a ip:$(ip4 c 1)@ip:$(ip4 s 1)
		ends 0 unmap rnbd0
		unload_all
	EOF
}

@test "paths are added, removed, disconnected and reconnected, and show their links" {
	in_uml <<-'EOF'
		. "$RNBD_TOP/tests/rnbdctl/ends.bash"
		both_ends
		ram_disks 1 16
		net_up 1 2
		ends 0 map sessname=a device_path=/dev/ram0 $(paths 1)
		ends 0 path add a ip:$(ip4 c 2)@ip:$(ip4 s 2)
		path_is a 2 connected
		ends 0 path list a side=client
		[[ $(awk 'NR > 1 {print $3, $4, $5, $7, $8, $9}' <<< "$said") == \
		   "ip:$(ip4 c 1) ip:$(ip4 s 1) connected rxc1 1 ACTIVE
		ip:$(ip4 c 2) ip:$(ip4 s 2) connected rxc2 1 ACTIVE" ]] || fail "$said"
		ends 0 --json path list a side=server
		says *'"netdev": "s1"'*'"gid_type": "RoCE v2"'*
		ends 0 path disconnect a ip:$(ip4 s 2) side=client
		path_is a 2 disconnected
		ends 0 path reconnect a ip:$(ip4 s 2) side=client
		path_is a 2 connected
		ends 0 path remove a ip:$(ip4 s 1) side=client
		test ! -e "$(path_dir a 1)"
		ends 0 policy a round-robin
		ends 0 policy a
		same policy "$(printf 'SESSION  POLICY\na        round-robin')" "$said"
		ends 0 unmap rnbd0
		unload_all
	EOF
}

@test "a map which waits for a silent server is interrupted, and leaves nothing" {
	in_uml <<-'EOF'
		. "$RNBD_TOP/tests/rnbdctl/ends.bash"
		both_ends
		ram_disks 1 16
		net_up 1
		path_cut 1
		"$RNBD_CTL" map sessname=a device_path=/dev/ram0 $(paths 1) &
		map=$! status=0
		wait_until 10 pgrep -P $map -x rnbdctl
		kill -TERM $map
		wait $map || status=$?
		same status 143 $status
		path_heal 1
		wait_until 40 test ! -e /sys/class/rtrs-client/a
		unload_all
	EOF
}

@test "the server closes a disk and takes a new search path, modules tell their version" {
	in_uml <<-'EOF'
		. "$RNBD_TOP/tests/rnbdctl/ends.bash"
		both_ends
		ram_disks 1 16
		net_up 1
		ends 0 server search-path set /dev
		ends 0 server search-path show a
		says *$'can set      yes\n'*$'\na        /dev'
		ends 0 map sessname=a device_path=ram0 $(paths 1)
		ends 0 server close ram0 a
		ends 0 server list
		same "server list" "DISK  SESSION  MODE  READ ONLY  DEVICE PATH" "$said"
		ends 0 session show a side=server --json
		says *'"reason": "connect_magic",'*
		ends 0 show
		says *$'\nmax_sessions '*256*
		ends 0 --version
		ends 0 unmap rnbd0
		unload_all
	EOF
}

@test "modules of another version than the tool are named, while loaded" {
	other=$BATS_TEST_TMPDIR/other
	mkdir "$other"
	cp -r "$UML_TOP/rnbdctl" "$other"
	rm -f "$other"/rnbdctl/{rnbdctl,*.o}
	echo 0.0.1 > "$other/VERSION"
	make -s -C "$other/rnbdctl"
	RNBD_OTHER=$other/rnbdctl/rnbdctl in_uml -- "$(cat "$UML_TOP/VERSION")" <<-'EOF'
		. "$RNBD_TOP/tests/rnbdctl/ends.bash"
		both_ends
		ends 0 --version
		holds /sys/module/rtrs_core/version "$1"
		RNBD_CTL=$RNBD_OTHER
		ends 11 --version
		for module in rtrs_core rtrs_client rtrs_server rnbd_client rnbd_server; do
			says *"rnbdctl: $module as loaded is version $1, the tool is 0.0.1"*
		done
		unload_all
	EOF
}

@test "soft-RoCE devices are made and removed, and go with what carries them" {
	in_uml --rxe ours <<-'EOF'
		. "$RNBD_TOP/tests/rnbdctl/ends.bash"
		devices() { ls /sys/class/infiniband 2>/dev/null | xargs; }
		ip link add c1 type veth peer name s1
		ip link set c1 up
		ip link set s1 up
		# it brings the modules
		ends 0 rxe add rxc1 c1
		ends 0 rxe add rxc1 c1
		ends 0 rxe add a_-.9 s1
		same devices "a_-.9 rxc1" "$(devices)"
		ends 0 rxe list --no-headings
		same list $'a_-.9  s1  ACTIVE\nrxc1   c1  ACTIVE' "$(sort <<< "$said")"
		ends 6 rxe add rxc1 s1
		ends 6 rxe add other c1
		ends 5 rxe add other nothing
		ends 2 rxe add 'an other' lo
		ends 5 rxe remove other
		ends 0 rxe remove rxc1 --dry-run
		same devices "a_-.9 rxc1" "$(devices)"
		RNBD_CTL_AS_ROOT=$RNBD_CTL
		printf '#!/bin/sh\nexec setpriv --reuid=65534 --clear-groups %s "$@"\n' "$RNBD_CTL" > /run/as-nobody
		chmod +x /run/as-nobody
		RNBD_CTL=/run/as-nobody
		ends 3 rxe add other lo
		ends 3 rxe remove rxc1
		ends 0 rxe list
		RNBD_CTL=$RNBD_CTL_AS_ROOT
		ends 0 rxe remove a_-.9
		same devices rxc1 "$(devices)"
		ip link del c1
		wait_until 10 test ! -e /sys/class/infiniband/rxc1
		ends 0 rxe list --no-headings
		same list "" "$said"
		rmmod rdma_rxe
	EOF
}

@test "top shows the rates which fio has" {
	in_uml <<-'EOF'
		. "$RNBD_TOP/tests/rnbdctl/ends.bash"
		# shows KEY WANTED: within 15 %, of the device and of both paths together
		shows()
		{
			local of got

			for of in .device_rates '[.path_rates[] | select(.side == "client")]' \
				  '[.path_rates[] | select(.side == "server")]'; do
				got=$(jq "$of | map(.$1) | add" <<< "$said")
				((got * 100 >= $2 * 85 && got * 100 <= $2 * 115)) ||
					{ echo "$1 of $of: $got, not $2"; return 1; }
			done
		}
		both_ends
		ram_disks 1 16
		net_up 1 2
		ends 0 map sessname=a device_path=/dev/ram0 $(paths 1 2)
		fio_did() { jq ".jobs[0].$1 | round" "$OUT/paced.json"; }
		measure()
		{
			run_fio paced /dev/rnbd0 --clocksource=clock_gettime --time_based --runtime=12 \
				--rw=randrw --rwmixread=75 --bs=4k,8k --rate_iops=150,50 --iodepth=4 &
			fio=$!
			goes_on rnbd0 20
			ends 0 top a --once --interval=5 --json
			wait $fio
		}
		near() { (($2 * 100 >= $1 * 95 && $2 * 100 <= $1 * 105)); }
		right()
		{
			did="$(fio_did read.iops) $(fio_did write.iops)"
			near 150 "${did% *}" && near 50 "${did#* }" ||
				{ echo "fio itself did $did"; return 1; }
			shows read_iops 150 && shows read_bytes_per_s $((150 * 4096)) &&
				shows write_iops 50 && shows written_bytes_per_s $((50 * 8192))
		}
		# on a busy host fio does not always keep its pace
		for try in 1 2 3; do
			measure
			! right || break
		done
		right || fail "top or fio, see above"
		ends 0 unmap rnbd0
		unload_all
	EOF
}

@test "of several at once each disk is mapped once, each path connected once" {
	in_uml <<-'EOF'
		# together FILE WORD...: four times
		together()
		{
			local n pids=() file=$1
			shift

			for n in 1 2 3 4; do
				"$RNBD_CTL" "$@" --file="$file" > "$OUT/said.$n" 2>&1 &
				pids+=($!)
			done
			for n in 1 2 3 4; do
				wait "${pids[n - 1]}" || fail "$* ended with $?: $(cat "$OUT/said.$n")"
			done
		}
		disks() { ls /sys/block | grep -c rnbd || :; }
		both_ends
		ram_disks 3 16
		net_up 1 2
		for n in 0 1 2; do
			echo "disk$n a $(ip4 c 1)@$(ip4 s 1) /dev/ram$n"
		done > /run/tab
		sed "s/ \\/dev/,$(ip4 c 2)@$(ip4 s 2)&/" /run/tab > /run/more
		for round in 1 2; do
			together /run/tab apply
			same disks 3 "$(disks)"
			together /run/more apply
			same disks 3 "$(disks)"
			same paths 2 "$(ls /sys/class/rtrs-client/a/paths | wc -l)"
			together /run/more apply --unmap
			same disks 0 "$(disks)"
		done
		unload_all
	EOF
}
