# SPDX-License-Identifier: GPL-2.0
# What a process shares with a device of our soft-RoCE: its memory is counted
# and stays its own, its queues are nobody else's, and nothing survives it.

load lib/uml

setup_file()
{
	export RNBD_SHARE=$BATS_FILE_TMPDIR/share
	"${CC:-cc}" -O2 -Wall -o "$RNBD_SHARE" "$UML_TOP/tests/tools/share.c" -libverbs
	need_verbs
}

# before a command: by an ordinary user, with 1 MiB of memory to lock
nobody='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	# where anybody may execute it
	install "$RNBD_SHARE" /usr/bin/share
	as_nobody="setpriv --reuid 65534 --regid 65534 --clear-groups prlimit --memlock=1048576"
'

@test "an ordinary user's memory is counted, and refused beyond the limit" {
	in_uml --rxe ours <<< "$nobody"'
		user_verbs
		rm -f /lib/udev/rules.d/* /etc/udev/rules.d/*
		net_up 1
		chmod 600 /dev/infiniband/uverbs*
		! $as_nobody ibv_devinfo -d rxc1 || fail "a user may although there is no rule"
		cp "$RNBD_TOP/udev/65-rxe.rules" /etc/udev/rules.d/
		/lib/systemd/systemd-udevd --daemon
		udevadm trigger --action=add --subsystem-match=infiniband_verbs
		udevadm settle -t 60
		$as_nobody share limit rxc1
		$as_nobody share fork rxc1 rxs1
		udevadm control --exit
		no_resources || fail "something was left"
	'
}

@test "the device keeps the pages of the process which registered them" {
	in_uml --rxe ours <<< "$nobody"'
		user_verbs
		net_up 1
		share fork rxc1 rxs1
		share dontfork rxc1 rxs1
		mount -t tmpfs none /mnt
		share private rxc1 rxs1 /mnt/file
		no_resources || fail "something was left"
	'
}

@test "queues are mapped by their process only, and harm no other when spoilt" {
	in_uml --rxe ours <<< "$nobody"'
		user_verbs
		net_up 1
		$as_nobody share steal rxc1
		verbs_begin calm 1 1
		$as_nobody share spoil rxc1 200 2> "$OUT/spoil" &
		spoil=$!
		verbs_end calm 1 1 500
		wait $spoil || fail "spoil: $(cat "$OUT/spoil")"
		counted rxc1 bad_wqe
		no_resources || fail "something was left"
	'
}

@test "a process that is killed leaves nothing" {
	in_uml --rxe ours <<< "$nobody"'
		user_verbs
		net_up 1
		for i in 1 2; do
			verbs_begin killed$i 1 1
			share hold rxc1 rxs1 > "$OUT/hold" &
			hold=$!
			$as_nobody share hold rxs1 rxc1 > "$OUT/hold2" &
			hold2=$!
			"$RNBD_VERBS" client $(ip4 c 1) $(ip4 s 1) 7001 -d rxc1 -t 600 > "$OUT/client" 2>&1 &
			client=$!
			wait_until 60 grep -q held "$OUT/hold"
			wait_until 60 grep -q held "$OUT/hold2"
			rdma resource > "$OUT/resources"
			for kind in mr srq ctx; do
				! grep -q "$kind 0" "$OUT/resources" || fail "no $kind to lose"
			done
			kill -KILL $hold $client $hold2 $verbs_server
			wait $hold $client $hold2 $verbs_server || :
			wait_until 60 no_resources
		done
		# and the device is as good as before
		verbs after 1 1 100
	'
}
