# SPDX-License-Identifier: GPL-2.0
# Every test ends with the kernel's log being judged. These are logs, and what
# is to be thought of them.

judge()
{
	cat > "$BATS_TEST_TMPDIR/log"
	run "$BATS_TEST_DIRNAME/../bed/kernel-reports" "$@" "$BATS_TEST_TMPDIR/log"
}

guilty()	{ judge "$@"; [ "$status" -eq 1 ]; [[ $output == "kernel report: "* ]]; }
excused()	{ judge "$@"; [ "$status" -eq 0 ]; [[ $output == "kernel report, "* ]]; }

@test "a log without a report is good" {
	judge <<-'EOF'
		[    1.000000] Loading iSCSI transport class v2.0-870.
		[    1.100000] rtrs_core: loading out-of-tree module taints kernel.
		[    2.000000] rtrs_client: a: ip:10.0.1.1@ip:10.0.1.2: connected
	EOF
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "warnings, bugs, oopses, hung tasks, references and leaks fail" {
	local line

	while read -r line; do
		guilty <<< "[    3.000000] $line"
	done <<-'EOF'
		WARNING: CPU: 0 PID: 7 at lib/refcount.c:28 refcount_warn_saturate+0x1/0x2
		BUG: KASAN: slab-use-after-free in rtrs_clt_request+0x1/0x2 [rtrs_client]
		BUG: kernel NULL pointer dereference, address: 0000000000000008
		Oops: 0002 [#1] PREEMPT SMP
		kernel BUG at rtrs/rtrs-clt.c:1!
		refcount_t: underflow; use-after-free.
		INFO: task fio:123 blocked for more than 60 seconds.
		INFO: rcu_preempt detected stalls on CPUs/tasks:
		WARNING: possible circular locking dependency detected
		WARNING: inconsistent lock state
		BUG: sleeping function called from invalid context at mm/slab.h:1
		watchdog: BUG: soft lockup - CPU#0 stuck for 22s!
		list_add corruption. prev->next should be next (1), but was 2.
		unregister_netdevice: waiting for c1 to become free. Usage count = 2
		BUG rtrs_permits (Not tainted): Objects remaining in rtrs_permits on __kmem_cache_shutdown()
		general protection fault, probably for non-canonical address 0x1
		sysfs: cannot create duplicate filename '/class/rtrs-client/a'
	EOF
}

@test "a report of Debian's rdma_rxe is named, unless ours is in its stack" {
	excused <<-'EOF'
		[    3.000000] WARNING: CPU: 0 PID: 7 at rxe_comp.c:1 rxe_completer+0x1/0x2 [rdma_rxe]
		[    3.000001]  rxe_completer+0x1/0x2 [rdma_rxe]
		[    3.000002]  process_one_work+0x1/0x2
	EOF
	guilty --own-rxe <<-'EOF'
		[    3.000000] WARNING: CPU: 0 PID: 7 at rxe_comp.c:1 rxe_completer+0x1/0x2 [rdma_rxe]
		[    3.000001]  rxe_completer+0x1/0x2 [rdma_rxe]
	EOF
	guilty <<-'EOF'
		[    3.000000] WARNING: CPU: 0 PID: 7 at rxe_comp.c:1 rxe_completer+0x1/0x2 [rdma_rxe]
		[    3.000001]  rxe_post_send+0x1/0x2 [rdma_rxe]
		[    3.000002]  rtrs_post_send+0x1/0x2 [rtrs_client]
	EOF
}

@test "a leak is ours when our module is in its backtrace, by name or by address" {
	guilty <<-'EOF'
		unreferenced object 0xffff888001 (size 64):
		  comm "modprobe", pid 1, jiffies 1
		    [<ffffffff81>] rtrs_clt_open+0x1/0x2 [rtrs_client]
	EOF
	echo 'rtrs_client 4096 0 - Live 0x0000000060f00000' > "$BATS_TEST_TMPDIR/map"
	guilty --module-map "$BATS_TEST_TMPDIR/map" <<-'EOF'
		unreferenced object 0x61234567 (size 64):
		  comm "modprobe", pid 1, jiffies 1
		    [<0000000060f00010>] 0x60f00010
	EOF
	excused <<-'EOF'
		unreferenced object 0xffff888001 (size 64):
		  comm "swapper", pid 1, jiffies 1
		    [<ffffffff81>] acpi_init+0x1/0x2
	EOF
	local rxe='unreferenced object 0xffff888001 (size 64):
		  comm "rdma", pid 1, jiffies 1
		    [<ffffffff81>] rxe_newlink+0x1/0x2 [rdma_rxe]'
	excused <<< "$rxe"
	guilty --own-rxe <<< "$rxe"
}

@test "what is tolerated is named and does not fail" {
	excused --tolerate 'task fio' <<< "[    3.000000] INFO: task fio:123 blocked for more than 60 seconds."
	guilty --tolerate 'task dd' <<< "[    3.000000] INFO: task fio:123 blocked for more than 60 seconds."
}

@test "one of two reports being excused does not excuse the other" {
	judge <<-'EOF'
		[    3.000000] WARNING: CPU: 0 PID: 7 at rxe_comp.c:1 rxe_completer+0x1/0x2 [rdma_rxe]
		[    3.000001]  rxe_completer+0x1/0x2 [rdma_rxe]
		[    9.000000] BUG: KASAN: out-of-bounds in rnbd_open+0x1/0x2 [rnbd_server]
	EOF
	[ "$status" -eq 1 ]
	[[ $output == *"rdma_rxe's own"*"kernel report: BUG: KASAN"* ]]
}
