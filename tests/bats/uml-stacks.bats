# SPDX-License-Identifier: GPL-2.0
# What administrators put on a disk keeps its promises over a disk of ours,
# while a path goes.

load lib/uml

setup_file() { need_stamp; }

# fill DIR: files which are on the disk when it returns, and a copy beside
files='
	fill()
	{
		mkdir -p /tmp/kept
		for ((i = 0; i < 10; i++)); do
			head -c $((1 + RANDOM * 12)) /dev/urandom > /tmp/kept/$i
			cp /tmp/kept/$i "$1/$i"
			sync "$1/$i"
		done
	}
	# cut_meanwhile SESSION PATH COMMAND...: the path is cut before, and given up
	# and healed before it returns
	cut_meanwhile()
	{
		local sess=$1 path=$2 pid
		shift 2

		path_cut $path
		"$@" &
		pid=$!
		wait_until 30 path_gone $sess $path
		path_heal $path
		wait $pid || fail "$* ended with $?"
		wait_until 60 path_is $sess $path connected
	}
'

@test "ext4 and xfs: files synced while a path goes are there, also on the server" {
	in_uml <<-EOF
		$files
		both_ends
		ram_disks 2 304
		net_up 1 2
		mkdir /tmp/fs
		check_ext4() { e2fsck -fn "\$1" > /tmp/said 2>&1; }
		check_xfs() { xfs_repair -n "\$1" > /tmp/said 2>&1; }
		for fs in ext4 xfs; do
			ram=/dev/ram\$([[ \$fs == ext4 ]] && echo 0 || echo 1)
			disk=\$(map_disk sessname=fs device_path=\$ram \$(paths 1 2))
			mkfs.\$fs -q /dev/\$disk
			mount -t \$fs /dev/\$disk /tmp/fs
			cut_meanwhile fs 1 fill /tmp/fs
			umount /tmp/fs
			check_\$fs /dev/\$disk || fail "\$(cat /tmp/said)"
			unmap_disk \$disk
			for end in client server; do
				[[ \$end == server ]] || disk=\$(map_disk sessname=fs device_path=\$ram access_mode=ro \$(paths 1 2))
				mount -t \$fs -o ro "\$([[ \$end == server ]] && echo \$ram || echo /dev/\$disk)" /tmp/fs
				for file in /tmp/kept/*; do
					cmp \$file /tmp/fs/\${file##*/}
				done
				umount /tmp/fs
				[[ \$end == server ]] || unmap_disk \$disk
			done
		done
		unload_all
	EOF
}

@test "LVM: a snapshot keeps what was, the volume what came after" {
	in_uml <<-EOF
		$files
		both_ends
		ram_disks 1 64
		net_up 1 2
		# as in rnbd(7): LVM has to be told of the type
		mkdir /tmp/lvm
		export LVM_SYSTEM_DIR=/tmp/lvm
		cat > /tmp/lvm/lvm.conf <<-CONF
			devices {
				types = [ "rnbd", 64 ]
				filter = [ "a|^/dev/rnbd|", "r|.*|" ]
				use_devicesfile = 0
				obtain_device_list_from_udev = 0
				external_device_info_source = "none"
			}
			activation {
				udev_sync = 0
				udev_rules = 0
				monitoring = 0
			}
			backup { backup = 0
				archive = 0 }
		CONF
		disk=\$(map_disk sessname=lvm device_path=/dev/ram0 \$(paths 1 2))
		if pvcreate -q --config 'devices { types = [] }' /dev/\$disk 2> /dev/null; then
			fail "LVM knows the type: the manual need not tell"
		fi
		pvcreate -q /dev/\$disk
		vgcreate -q vg /dev/\$disk
		lvcreate -q -n data -L 24M vg
		head -c 8M /dev/urandom > /tmp/old
		head -c 4M /dev/urandom > /tmp/new
		{ cat /tmp/new; tail -c +4194305 /tmp/old; } > /tmp/both
		dd if=/tmp/old of=/dev/vg/data bs=256k oflag=direct status=none
		lvcreate -q -s -n before -L 12M vg/data
		cut_meanwhile lvm 1 dd if=/tmp/new of=/dev/vg/data bs=64k oflag=direct status=none
		right()
		{
			cmp -n \$((8 << 20)) /tmp/old /dev/vg/before
			cmp -n \$((8 << 20)) /tmp/both /dev/vg/data
		}
		right
		vgchange -q -an vg
		unmap_disk \$disk
		disk=\$(map_disk sessname=lvm device_path=/dev/ram0 \$(paths 1 2))
		vgchange -q -ay vg
		right
		vgchange -q -an vg
		unmap_disk \$disk
		unload_all
	EOF
}

@test "md RAID1 over two disks of two paths each: a lost half is noticed, and resynced" {
	in_uml <<-EOF
		both_ends
		ram_disks 2 32
		net_up 1 2 3 4
		load raid1
		export MDADM_NO_UDEV=1
		a=\$(map_disk sessname=left device_path=/dev/ram0 \$(paths 1 2))
		b=\$(map_disk sessname=right device_path=/dev/ram1 \$(paths 3 4))
		# the data begins where the disk does
		mdadm --quiet --create /dev/md0 --run --level=1 --raid-devices=2 --metadata=1.0 \
			--bitmap=internal --assume-clean /dev/\$a /dev/\$b
		stamps_begin md0
		path_cut 1
		wait_until 30 path_gone left 1
		goes_on md0
		holds /sys/block/md0/md/degraded 0
		path_cut 2
		wait_until 30 is /sys/block/md0/md/degraded 1
		goes_on md0
		path_heal 1
		path_heal 2
		wait_until 90 is /sys/block/\$a/rnbd/state open
		wait_until 90 path_is left 1 connected
		wait_until 10 mdadm --quiet /dev/md0 --remove /dev/\$a
		mdadm --quiet /dev/md0 --re-add /dev/\$a
		wait_until 60 is /sys/block/md0/md/degraded 0
		goes_on md0
		stamps_end md0 \$b
		stamps_verify \$a ram0 ram1
		mdadm --quiet --stop /dev/md0
		unmap_disk \$a
		unmap_disk \$b
		unload_all
	EOF
}

@test "dm-crypt: what was written comes back, and nobody else can read it" {
	in_uml <<-EOF
		$files
		both_ends
		ram_disks 1 32
		net_up 1 2
		key=\$(head -c 64 /dev/urandom | od -An -tx1 | tr -d ' \n')
		open_crypt() { dm_disk secret "0 65536 crypt aes-xts-plain64 \$key 0 /dev/\$disk 0" > /dev/null; }
		disk=\$(map_disk sessname=crypt device_path=/dev/ram0 \$(paths 1 2))
		open_crypt
		head -c 4M < <(yes 'nobody else can read this') > /tmp/plain
		cut_meanwhile crypt 1 dd if=/tmp/plain of=/dev/mapper/secret bs=64k oflag=direct status=none
		dmsetup remove --noudevsync secret
		unmap_disk \$disk
		disk=\$(map_disk sessname=crypt device_path=/dev/ram0 \$(paths 1 2))
		open_crypt
		cmp -n \$((4 << 20)) /tmp/plain /dev/mapper/secret
		if grep -aq 'nobody else' /dev/ram0; then
			fail "the server has it in plain"
		fi
		dmsetup remove --noudevsync secret
		unmap_disk \$disk
		unload_all
	EOF
}
