# SPDX-License-Identifier: GPL-2.0
# An RDMA device goes away under I/O, on either side.

load lib/uml

setup_file()
{
	need_stamp
}

@test "a removed device takes its path, at once, and a new one brings it back" {
	in_uml <<-'EOF'
		# within SECONDS, as `rdma link delete` waits for all that is on it
		deleted_within()
		{
			local began=$SECONDS

			rdma link delete "$2"
			[[ $((SECONDS - began)) -le $1 ]] ||
				fail "deleting $2 took $((SECONDS - began)) s"
		}

		both_ends
		ram_disks 1 64
		net_up 1 2
		disk=$(map_disk sessname=gone device_path=/dev/ram0 $(paths 1 2))
		stamps_begin "$disk"

		deleted_within 10 rxc1
		goes_on "$disk"
		path_is gone 1 disconnected
		rdma link add rxc1 type rxe netdev c1
		wait_until 60 has_gids rxc1 1
		wait_until 60 path_again gone 1

		deleted_within 10 rxs2
		goes_on "$disk"
		rdma link add rxs2 type rxe netdev s2
		wait_until 60 path_is gone 2 connected

		stamps_end "$disk" ram0
		unmap_disk "$disk"
		unload_all
	EOF
}
