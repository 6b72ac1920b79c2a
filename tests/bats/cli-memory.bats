#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# No command reads or keeps memory it should not, whether it succeeds or fails.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }
setup() { use_tree both; }

# clean STATUS WORD...: ends with STATUS, and valgrind finds nothing
clean()
{
	local expected=$1 log=$BATS_TEST_TMPDIR/valgrind

	shift
	FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1" LD_PRELOAD=$BATS_FILE_TMPDIR/preload.so \
		run valgrind -q --leak-check=full --error-exitcode=99 \
		--child-silent-after-fork=yes --log-file="$log" "$rnbdctl" "$@"
	if [[ $status != "$expected" ]]; then
		echo "rnbdctl $*: status $status instead of $expected"
		cat "$log"
		return 1
	fi
}

@test "showing is clean" {
	printf 'a\033\xff\n\xe2\x80' >"$RNBDCTL_SYSFS/block/rnbd2/rnbd/mapping_path"
	clean 0 show
	clean 0 show --json
	clean 0 show rnbd0
	clean 0 session show a side=server --json
	clean 0 server search-path show a b
	clean 0 policy a
	clean 0 --version
	clean 0 stats --openmetrics
	clean 0 top --once
	clean 13 doctor
	clean 0 completion words -- session policy a ""
	clean 0 --help
	clean 0 map --help
}

@test "changing is clean" {
	clean 0 map sessname=a device_path=/dev/sdb
	export FAKE_MAP=$RNBDCTL_SYSFS/block/rnbd9
	clean 0 map /dev/sdc from 10.0.0.2 path=ip:10.0.0.1@ip:10.0.0.2 path=fd00::1
	clean 0 map /dev/sdd sessname=a --timeout=9 --wait -n
	FAKE_WRITE=map_device=17:1,map clean 0 map /dev/sde sessname=a
	clean 0 unmap sessname=a device_path=/dev/sdb force
	clean 0 resize rnbd0 1G
	clean 0 path add a 10.0.0.1,10.0.0.2
	clean 0 path remove a 10.0.0.2 side=client
	clean 0 path recover a
	clean 0 recover rnbd2
	clean 0 session close b force
	clean 0 server session disconnect a
	clean 0 rxe add rxe9 eth9
	clean 0 rxe remove rxe0
	clean 0 server close sdb a
	clean 0 server search-path set /srv
}

@test "tables are clean" {
	printf '%s\n' "x a - d ro,rw" "y a 1.1.1.1,x d" "z" "z a - /dev/sdb policy=ml" "z a - /dev/sdb" \
		>"$BATS_TEST_TMPDIR/tab"
	clean 2 apply "--file=$BATS_TEST_TMPDIR/tab"
	clean 2 diff "--file=$BATS_TEST_TMPDIR/tab"
	clean 5 apply "--file=$BATS_TEST_TMPDIR/no-table"
	clean 2 apply --unmap "--file=$BATS_TEST_TMPDIR/tab"
}

@test "failing is clean" {
	clean 2
	clean 2 map x
	clean 8 map sessname=a device_path=/dev/sdb path=ip:10.0.0.1 path=x
	clean 5 unmap x
	clean 2 session show a
	clean 5 path remove a 10.0.0.9 side=client
	clean 2 server close sdb
	export FAKE_WRITE="map_device=113 add_path=17 reconnect=107 unmap_device=16"
	clean 9 map sessname=n device_path=x path=ip:10.9.9.9@ip:10.0.0.2
	clean 6 path add a 10.0.0.2
	clean 9 path reconnect a ip:10.0.0.2 side=client
	clean 10 unmap rnbd0
	rm -r "$RNBDCTL_SYSFS"
	clean 4 list
}
