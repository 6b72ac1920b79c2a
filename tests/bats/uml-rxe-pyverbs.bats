# SPDX-License-Identifier: GPL-2.0
# rdma-core's own tests of RDMA devices: what succeeds on the soft-RoCE of Linux
# succeeds on ours, and CQs can be resized.

load lib/uml

setup_file()
{
	RNBD_VERBS_TESTS=$("$UML_TOP/tests/bed/fetch" verbs-tests)
	export RNBD_VERBS_TESTS
}

# verbs_tests FILE OURS_OR_LINUX USER [TEST...]: says in FILE how each test ended
verbs_tests()
{
	local file=$1 rxe=$2
	shift 2

	in_uml --rxe "$rxe" -- "$@" > "$file" <<-'EOF'
		. "$RNBD_TOP/tests/bats/lib/rxe.bash"
		user_verbs
		load ib_umad
		net_up -6 1
		chmod 666 /dev/infiniband/*
		user=$1
		shift
		gid=$(grep -l :ffff:0a00: /sys/class/infiniband/rxc1/ports/1/gids/[0-7] | head -n 1)
		# others may not look where these are
		cp -r "$RNBD_VERBS_TESTS" "$RNBD_TOP/tests/tools/verbs-tests" /run
		chmod -R a+rX /run
		setpriv --reuid="$user" --clear-groups /run/verbs-tests /run/tests rxc1 "${gid##*/}" "$@" || :
		wait_until 60 no_resources
	EOF
}

ok_in()
{
	sed -n 's/^ok //p' "$1" | sort
}

# nothing of Linux's is missed
no_worse()
{
	local missed

	[ "$(ok_in "$1" | wc -l)" -ge "$3" ]
	missed=$(comm -23 <(ok_in "$2") <(ok_in "$1"))
	if [ -n "$missed" ]; then
		echo "Linux's does this, ours does not: $missed"
		cat "$1"
		return 1
	fi
}

@test "rdma-core's tests: all that Linux's rxe passes, and a CQ is resized" {
	verbs_tests "$BATS_TEST_TMPDIR/linux" linux root
	verbs_tests "$BATS_TEST_TMPDIR/ours" ours root
	no_worse "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/linux" 60
	grep -q '^ok .*test_resize_cq$' "$BATS_TEST_TMPDIR/ours"
	! grep -A 30 '^failed' "$BATS_TEST_TMPDIR/ours"
}

@test "rdma-core's tests as an ordinary user" {
	verbs_tests "$BATS_TEST_TMPDIR/ours" ours nobody \
		test_addr test_atomic test_cq test_mr test_pd test_qp test_rdmacm
	[ "$(ok_in "$BATS_TEST_TMPDIR/ours" | wc -l)" -ge 30 ]
	grep -q '^ok .*test_resize_cq$' "$BATS_TEST_TMPDIR/ours"
	! grep -A 30 '^failed' "$BATS_TEST_TMPDIR/ours"
}
