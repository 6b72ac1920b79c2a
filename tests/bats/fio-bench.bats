#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What the benchmark makes of counts; the machines are pretended. Starting fio
# costs them 1,000,000 instructions each, one KiB of a job 1, 2 and 3 in programs,
# the kernel and modules.

setup()
{
	local tests=$BATS_TEST_DIRNAME/..

	cd "$BATS_TEST_TMPDIR"
	export RNBD_CACHE=$PWD/cache
	mkdir -p tree/tests/{bats/lib,bed} tree/tests/fio
	cp "$tests"/fio/* tree/tests/fio/
	cp "$tests/bed/cache.sh" tree/tests/bed/
	echo 1 > tree/VERSION
	mkdir -p qemu/usr/bin
	printf '#!/bin/sh\necho QEMU emulator version 10.0\n' > qemu/usr/bin/qemu-system-x86_64
	printf '#!/bin/sh\necho "%s"\n' "$PWD/qemu" > tree/tests/bed/fetch
	chmod +x qemu/usr/bin/* tree/tests/bed/fetch
	cat > tree/tests/bats/lib/bed.bash <<-'BED'
		bed_up()
		{
			BED_DIR=$(mktemp -d ./bed.XXXXXX)
			mkdir "$BED_DIR"/{client,server}
			printf 'user 1 kernel 1 modules 1\nend\n' |
				tee "$BED_DIR/client/counts" > "$BED_DIR/server/counts"
			echo "boot ${RNBD_RXE-} $*" >> boots
		}
		bed_down()	{ :; }
		topo()		{ :; }
		guard()		{ [[ ! -e report ]]; }
		push()		{ cp "$1" job; }
		sh_on()		{ cat > /dev/null; }
		wait_until()	{ "${@:2}"; }
		on()
		{
			while [[ $1 == -* ]]; do
				shift 2
			done
			case "${*:2}" in
			*'uname -r')	echo 6.12.0 ;;
			*'/proc/stat'*)	printf '7 8 ' ;;
			*' fio '*)	fio_in "${@:2}" ;;
			esac
		}
		fio_in()
		{
			local machine

			[[ ! -e broken ]] || return 1
			for machine in client server; do
				awk -v kib="${3//[!0-9]/}" 'NR == 1 {
					$2 += 1e6 + kib; $4 += 1e6 + 2 * kib; $6 += 1e6 + 3 * kib
				} { print }' OFMT=%.0f "$BED_DIR/$machine/counts" > part
				mv part "$BED_DIR/$machine/counts"
			done
		}
	BED
}

bench()
{
	tree/tests/fio/bench --rounds 1 --mtus 9000 "$@" ./file
}

@test "what fio takes to start cancels" {
	bench --stacks rnbd --jobs 4k-randread-qd1,128k-read-qd8
	[ "$(jq -c '[.job, .instructions, .client.user, .server.modules, .client.packets]' file)" = \
		'["4k-randread-qd1",48,4,12,0]
["128k-read-qd8",1536,128,384,0]' ]
	# as many as it was told, whatever the job says of time
	not_there=$(grep -c 'time\|^DEVICE' job) || :
	[ "$not_there" -eq 0 ]
	grep -qx 'io_size=${IO_SIZE}' job
}

@test "each stack gets its modules, and what is measured is not measured again" {
	bench --stacks rnbd,nvme-tcp,rnbd-linux --jobs 4k-randread-qd1
	[ "$(cat boots)" = $'boot ours \nboot linux upstream-client upstream-server' ]
	[ "$(jq -r .stack file | tr '\n' ' ')" = 'rnbd nvme-tcp rnbd-linux ' ]
	bench --stacks rnbd,nvme-tcp --jobs 4k-randread-qd1
	[ "$(wc -l < boots)" -eq 2 ]
	bench --stacks rnbd,nvme-tcp --jobs 4k-randread-qd1,4k-randread-qd32
	[ "$(wc -l < boots)" -eq 3 ]
	[ "$(wc -l < file)" -eq 5 ]
}

@test "a job that fails is no measurement" {
	touch broken
	run bench --stacks rnbd --jobs 4k-randread-qd1
	[ "$status" -ne 0 ]
	[ ! -e file ]
}

@test "a kernel's complaint ends the run" {
	touch report
	run bench --stacks rnbd --jobs 4k-randread-qd1
	[ "$status" -ne 0 ]
}

@test "words it does not know are refused" {
	run bench --stacks rnbd,nfs
	[ "$status" -eq 2 ]
	run bench --jobs 4k-randread-qd3
	[ "$status" -eq 2 ]
	run bench --rounds many
	[ "$status" -eq 2 ]
	run bench --mtus
	[ "$status" -eq 2 ]
}
