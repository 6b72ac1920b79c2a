# SPDX-License-Identifier: GPL-2.0
# Our soft-RoCE on four processors and on virtio: many queue pairs of all kinds
# at a time, made, moved and destroyed meanwhile, and packets that get lost,
# doubled and out of order. check-long does it for a minute.

bats_require_minimum_version 1.5.0
load lib/bed

seconds=$((${RNBD_ROUNDS:-1} > 1 ? 60 : 12))
export BED_CPUS=4 BED_MEMORY_MB=1024 BED_SERVER_DISKS=

setup_file()
{
	local machine

	bed_up && topo || return
	"${CC:-cc}" -O2 -Wall -pthread -o "$BATS_FILE_TMPDIR/verbs" \
		"$BED_TOP"/tests/tools/verbs/*.c -libverbs || return
	for machine in client server; do
		push "$BATS_FILE_TMPDIR/verbs" "$machine:/usr/bin/verbs"
		on "$machine" sh -c 'chmod +x /usr/bin/verbs && modprobe -a ib_uverbs rdma_ucm'
	done
}

teardown_file()	{ bed_down; }
teardown()	{ net_repair; guard; }

listens()
{
	on server grep -qs listening /tmp/verbs
}

# programs have left nothing, and no page is pinned
nothing_left()
{
	local machine

	for machine in client server; do
		sh_on "$machine" <<-'SCRIPT' || return
			test -z "$(rdma resource show qp | grep -v 'type GSI')"
			test -z "$(rdma resource show mr)"
			awk '/^nr_foll_pin_acquired/ { n += $2 } /^nr_foll_pin_released/ { n -= $2 }
				END { exit n != 0 }' /proc/vmstat
		SCRIPT
	done
}

# stamps QPS OPTIONS...: stamped buffers over so many queue pairs of all kinds
# for a time; what the client has to say is in $output
stamps()
{
	local qps=$1 server status=0
	shift

	on server rm -f /tmp/verbs
	on -t $((seconds + 200)) server sh -c 'exec verbs server "$0" 7001 -n "$1" > /tmp/verbs 2>&1' \
		"$(ip_of server 0)" "$qps" 3>&- &
	server=$!
	wait_until 60 listens
	run on -t $((seconds + 180)) client verbs client "$(ip_of client 0)" "$(ip_of server 0)" 7001 \
		-q "$qps" -k rc,uc,ud -D 4 -s 1,1000,1024,4096,4097,65536 -T 18 "$@"
	echo "$output"
	wait $server || status=$?
	on server cat /tmp/verbs
	[ "$status" -eq 0 ]
	[[ $output == *" wrong 0 "*" failed 0"* ]]
}

@test "64 queue pairs of all kinds, made, moved and destroyed meanwhile: no byte is wrong" {
	[ "$(on client cat /sys/module/rdma_rxe/version)" = "$(cat "$BED_TOP/VERSION")" ]
	[ "$(on client nproc) $(on server nproc)" = "4 4" ]
	stamps 64 -t "$seconds" -c 2000
	[[ $output =~ remade\ ([0-9]+) ]]
	[ "${BASH_REMATCH[1]}" -ge 64 ]
	wait_until 60 nothing_left
}

# without acknowledgements what comes twice or late is a message of its own
@test "packets lost, doubled, broken and out of order: no byte is wrong" {
	net_impair 0 delay 1ms 1ms loss 1% duplicate 1% corrupt 0.5%
	stamps 8 -k rc -t $((seconds / 2))
	[ "$(on server cat /sys/class/infiniband/rxe0/ports/1/hw_counters/icrc_errors)" -gt 0 ]
	wait_until 60 nothing_left
}

@test "the module leaves both machines" {
	for machine in client server; do
		on "$machine" modprobe -r rdma_ucm rdma_rxe
		not on "$machine" grep -q '^rdma_rxe' /proc/modules
	done
}
