# SPDX-License-Identifier: GPL-2.0
# A disk of the server takes no more requests for the moment.

load lib/uml

@test "a path closes at once although the server's disk has no room for its requests" {
	in_uml --timeout 180 <<-'EOF'
		both_ends
		# 4 requests at a time, 3 s each
		load null_blk nr_devices=1 queue_mode=2 irqmode=2 completion_nsec=3000000000 \
			hw_queue_depth=4 submit_queues=1 gb=1
		net_up 1
		disk=$(map_disk sessname=full device_path=/dev/nullb0 $(paths 1))
		for i in {1..32}; do
			dd if=/dev/zero of=/dev/$disk bs=4k count=1 seek=$i oflag=direct status=none 2>/dev/null &
		done
		many_inside()
		{
			[[ $(awk '{ print $2 }' /sys/block/$disk/inflight) -gt 12 ]]
		}
		wait_until 20 many_inside
		began=$(date +%s%3N)
		echo 1 > "$(path_dir full 1)/disconnect"
		wait_until 20 test ! -e "$(path_dir full 1 server)"
		took=$(($(date +%s%3N) - began))
		[[ $took -lt 2000 ]] || fail "closing took $took ms"
		[[ $(cat /sys/class/rtrs-server/ctl/orphaned_ops) -gt 0 ]] || fail "nothing was orphaned"
		wait || :
		wait_until 60 grep -qx 0 /sys/class/rtrs-server/ctl/orphaned_ops
		unmap_disk "$disk"
		unload_all
	EOF
}
