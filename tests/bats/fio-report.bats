#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What is said about measurements: medians, spreads, differences, profiles.

setup()
{
	FIO=$BATS_TEST_DIRNAME/../fio
	cd "$BATS_TEST_TMPDIR"
}

# cell STACK JOB MTU INSTRUCTIONS...: a line for each round
cell()
{
	local round=0 n

	for n in "${@:4}"; do
		round=$((round + 1))
		printf '{"stack":"%s","job":"%s","mtu":%s,"round":%s,"kernel":"6.12.0","instructions":%s}\n' \
			"$1" "$2" "$3" $round "$n"
	done
}

@test "a table has the median and spread of each cell, and RNBD's share of the others'" {
	{
		cell nvme-tcp 4k-randread-qd1 1500 100000 104000 102000
		cell rnbd 4k-randread-qd1 1500 60000 51000 49000
		cell rnbd-linux 4k-randread-qd1 1500 200000 200000 200000
	} > file
	run "$FIO/report" table file
	[ "$status" -eq 0 ]
	[[ $output == *"| job | rnbd | rnbd-linux | nvme-tcp | rnbd / rnbd-linux | rnbd / nvme-tcp |"* ]]
	[[ $output == *"| 4k-randread-qd1 | 51.0k ±11% | 200k ±0% | 102k ±2% | 0.26 | 0.50 |"* ]]
}

@test "what the spread could explain is no difference" {
	{
		cell rnbd 128k-read-qd8 9000 100000 120000 140000
		cell nvme-tcp 128k-read-qd8 9000 158000 160000 162000
	} > near
	cell nvme-tcp 128k-read-qd8 9000 161000 161000 161000 > far
	grep '"rnbd"' near >> far
	[[ $("$FIO/report" table near) == *"| no difference |"* ]]
	[[ $("$FIO/report" table far) == *"| 0.75 |"* ]]
}

@test "two files are compared where they measured the same" {
	cell rnbd 4k-randread-qd1 1500 100000 101000 102000 > before
	cell rnbd 4k-randread-qd1 1500 50000 50500 51000 > after
	cell rnbd 4k-randread-qd1 9000 10 > also
	cat also >> after
	run "$FIO/report" compare before after
	[ "${lines[2]}" = "| 1500 | 4k-randread-qd1 | rnbd | 101k ±1% | 50.5k ±1% | 0.50 |" ]
	[ "${#lines[@]}" -eq 3 ]
	run "$FIO/report" compare before also
	[ "$status" -eq 1 ]
}

@test "a file which is cut short, empty or missing is an error that says so" {
	cell rnbd 4k-randread-qd1 1500 100000 > file
	printf '{"stack":"rnbd","jo' >> file
	run "$FIO/report" table file
	[ "$status" -eq 1 ]
	[ "$output" = "report: file, line 2 is none of bench's" ]
	: > empty
	run "$FIO/report" table empty
	[ "$status" -eq 1 ]
	run "$FIO/report" table missing
	[ "$status" -eq 1 ]
	[[ $output == report:* && $output != *Traceback* ]]
}

@test "plots have a bar for each cell" {
	{
		cell rnbd 4k-randread-qd1 1500 60000
		cell nvme-tcp 4k-randread-qd1 1500 90000
		cell rnbd 128k-read-qd8 9000 90000
	} > file
	"$FIO/report" plot file plots
	grep -q '>nvme-tcp<' plots/mtu-1500.svg
	grep -q '>4k-randread-qd1<' plots/mtu-1500.svg
	grep -q '>128k-read-qd8<' plots/mtu-9000.svg
	python3 -c 'import sys, xml.dom.minidom as dom
for name in sys.argv[1:]: dom.parse(name)' plots/*.svg
}

@test "a profile names the functions that an I/O is spent in, and cancels the rest" {
	local machine

	for machine in client server; do
		printf '%s\n' 'ffffffff81000010 T early' 'ffffffff81000100 T memcpy' \
			'ffffffffc0000000 t rxe_send [rdma_rxe]' 'ffffffffc0000200 d table [rdma_rxe]' \
			> $machine.symbols
		printf '%s\n' 'user 100 kernel 0 modules 0' 'ffffffff81000010 5000' end > $machine.0
		printf '%s\n' 'user 300 kernel 0 modules 0' 'ffffffff81000010 10000' \
			'ffffffff81000120 10' 'ffffffffc0000210 100' end > $machine.1
		printf '%s\n' 'user 900 kernel 0 modules 0' 'ffffffff81000010 15000' \
			'ffffffff81000120 40' 'ffffffffc0000000 50' 'ffffffffc0000210 350' end > $machine.2
	done
	echo 10 > ios
	run "$FIO/profile" .
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "client: 62 instructions per I/O" ]
	[ "${lines[1]}" = "  user 40, rxe 20, kernel 2" ]
	[[ ${lines[3]} =~ ^\ +20\ 32\.3%\ \ rxe_send\ \[rdma_rxe\]$ ]]
	[[ $output == *"memcpy"* ]]
	rm client.2
	run "$FIO/profile" .
	[ "$status" -eq 1 ]
	[[ $output == profile:* && $output != *Traceback* ]]
}

@test "I/Os per second have a table of their own, and do not mix with instructions" {
	cell rnbd 128k-read-qd8 1500 4028 | sed 's/instructions/iops/' > speed
	cell rnbd 128k-read-qd8 1500 4028 > cost
	[[ $("$FIO/report" table speed) == "I/Os per second"*"| 128k-read-qd8 | 4.03k |"* ]]
	[[ $("$FIO/report" table cost) == "Instructions per I/O"* ]]
	cat speed cost > both
	run "$FIO/report" table both
	[ "$status" -eq 1 ]
	run "$FIO/report" compare speed cost
	[ "$status" -eq 1 ]
}
