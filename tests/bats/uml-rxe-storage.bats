# SPDX-License-Identifier: GPL-2.0
# Storage of others over our soft-RoCE, both ends of it those of Linux: what is
# written there is read back, and is on the disk it was meant for.

load lib/uml

tools='
	. "$RNBD_TOP/tests/bats/lib/rxe.bash"
	configfs=/sys/kernel/config

	begin()
	{
		net_up -6 "$@"
		grep -q . /sys/module/rdma_rxe/version || fail "not our soft-RoCE"
		ram_disks 1 48
		mount -t configfs configfs $configfs
	}

	# verified DISK: of each size and alignment there is
	verified()
	{
		run_fio small "/dev/$1" --rw=randwrite --bs=4k --size=8M --io_size=4M \
			--iodepth=32 --verify=crc32c
		run_fio odd "/dev/$1" --rw=randrw --bsrange=512-300k --blockalign=512 \
			--size=40M --io_size=12M --iodepth=16 --verify=crc32c
		same_bytes $1
	}

	same_bytes()
	{
		same bytes "$(dd if=/dev/ram0 bs=1M iflag=direct status=none | sha256sum)" \
			"$(dd if=/dev/$1 bs=1M iflag=direct status=none | sha256sum)"
	}

	# over_now MODULE...: none of it stays, and our device goes
	over_now()
	{
		[[ $# -eq 0 ]] || modprobe -r "$@"
		umount $configfs
		net_down 1
		rmmod rdma_rxe
	}
'

@test "nvme-rdma and nvmet-rdma over IPv4 and IPv6" {
	# nvmet locks in two orders, on a connection and when a port goes
	in_uml --rxe ours --tolerate nvmet_config_sem <<< "$tools"'
		begin -m 4200 1
		load nvmet-rdma
		load nvme-rdma
		nvmet=$configfs/nvmet
		mkdir -p $nvmet/subsystems/disk/namespaces/1
		echo 1 > $nvmet/subsystems/disk/attr_allow_any_host
		echo /dev/ram0 > $nvmet/subsystems/disk/namespaces/1/device_path
		echo 1 > $nvmet/subsystems/disk/namespaces/1/enable
		for family in ip4 ip6; do
			port=$nvmet/ports/${family#ip}
			mkdir $port
			echo rdma > $port/addr_trtype
			echo ${family/ip/ipv} > $port/addr_adrfam
			$family s 1 > $port/addr_traddr
			echo 4420 > $port/addr_trsvcid
			ln -s $nvmet/subsystems/disk $port/subsystems/
			echo "transport=rdma,traddr=$($family s 1),host_traddr=$($family c 1),trsvcid=4420,nqn=disk" \
				> /dev/nvme-fabrics
			wait_until 60 test -b /dev/nvme0n1
			verified nvme0n1
			no_faults rxc1 rxs1
			echo 1 > /sys/class/nvme/nvme0/delete_controller
			wait_until 60 test ! -e /dev/nvme0n1
			rm $port/subsystems/disk
			rmdir $port
		done
		rmdir $nvmet/subsystems/disk/namespaces/1 $nvmet/subsystems/disk
		over_now nvme-rdma nvmet-rdma
	'
}

@test "srp and srpt" {
	in_uml --rxe ours <<< "$tools"'
		begin 1
		# whom a target is told from, here both ends
		load ib_srpt srpt_service_guid=0x1
		load ib_srp
		load target_core_iblock
		load sd_mod
		core=$configfs/target/core/iblock_0/ram
		mkdir -p $core
		echo udev_path=/dev/ram0 > $core/control
		echo 1 > $core/enable
		mkdir $configfs/target/srpt
		echo 5555 > $configfs/target/srpt/discovery_auth/rdma_cm_port
		# the port is named by half of its first GID
		read -r gid < /sys/class/infiniband/rxs1/ports/1/gids/0
		group=$configfs/target/srpt/${gid:20}/one
		mkdir -p $group/lun/lun_0
		ln -s $core $group/lun/lun_0/disk
		# it takes the address it was called at for the name of the caller
		acl=$group/acls/$(ip4 s 1)
		mkdir -p "$acl/lun_0"
		ln -s $group/lun/lun_0 "$acl/lun_0/disk"
		echo 1 > $group/enable
		echo "id_ext=0000000000000001,ioc_guid=0000000000000001,dest=$(ip4 s 1):5555,src=$(ip4 c 1)" \
			> /sys/class/infiniband_srp/srp-rxc1-1/add_target
		wait_until 60 test -b /dev/sda
		verified sda
		no_faults rxc1 rxs1
		echo 1 > "$(echo /sys/class/srp_remote_ports/port-*/delete)"
		wait_until 60 test ! -e /dev/sda
		echo 0 > $group/enable
		echo 0 > $configfs/target/srpt/discovery_auth/rdma_cm_port
		rm "$acl/lun_0/disk"
		rmdir "$acl/lun_0" "$acl"
		rm $group/lun/lun_0/disk
		rmdir $group/lun/lun_0 $group "${group%/*}" $core "${core%/*}"
		rmdir $configfs/target/srpt
		over_now ib_srp ib_srpt target_core_iblock sd_mod
	'
}

@test "RTRS and RNBD of Linux" {
	in_uml --rxe ours --modules upstream <<< "$tools"'
		begin 1
		[[ ! -e /sys/module/rtrs_core/version ]] || fail "not those of Linux"
		both_ends
		disk=$(map_disk sessname=linux device_path=/dev/ram0 $(paths 1))
		# its client fails reads of odd sizes, whoever makes the device
		run_fio small "/dev/$disk" --rw=randwrite --bs=4k --size=8M --io_size=4M \
			--iodepth=32 --verify=crc32c
		run_fio large "/dev/$disk" --rw=write --bs=128k --size=24M --iodepth=8 \
			--verify=crc32c
		same_bytes "$disk"
		no_faults rxc1 rxs1
		unmap_disk "$disk"
		unload_all
		over_now
	'
}
