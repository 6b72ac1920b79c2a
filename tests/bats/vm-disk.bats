# SPDX-License-Identifier: GPL-2.0
# A disk of the server in the client, with both ends ours.

bats_require_minimum_version 1.5.0
load lib/bed
load lib/disk

setup_file()	{ bed_up && topo; }
teardown_file()	{ bed_down; }
teardown()	{ guard; }

# what was written through the client is what the server's own disk has
same_bytes()
{
	on client sh -c "head -c 16M $1 | md5sum" > "$BATS_TEST_TMPDIR/client"
	on server sh -c 'head -c 16M /dev/vdb | md5sum' > "$BATS_TEST_TMPDIR/server"
	cmp "$BATS_TEST_TMPDIR/client" "$BATS_TEST_TMPDIR/server"
}

verified_io()
{
	both_ends "always_invalidate=$1"
	[ "$(on server cat /sys/module/rtrs_server/parameters/always_invalidate)" = "$1" ]
	disk=$(map_disk $(paths 0 1))
	run_fio "$disk" --rw=randwrite --bs=4k --iodepth=16 --size=16M --io_size=4M
	run_fio "$disk" --rw=write --bs=128k --iodepth=8 --size=16M
	unmap_disk "$disk"
	disk=$(map_disk $(paths 0 1))
	same_bytes "$disk"
	unmap_disk "$disk"
}

@test "4k random and 128k sequential writes are read back, keys renewed" {
	verified_io Y
}

@test "4k random and 128k sequential writes are read back, keys kept" {
	verified_io N
}

@test "one path over IPv6, one over IPv4" {
	both_ends
	disk=$(map_disk $(paths 6 0) $(paths 1))
	run_fio "$disk" --rw=randwrite --bs=16k --iodepth=16 --size=16M --io_size=4M
	on client rnbdctl --json path list | grep -q 'fd00:0*0::2\|fd00::2'
	unmap_disk "$disk"
}

@test "files written through the client are on the server's disk" {
	both_ends
	disk=$(map_disk $(paths 0 1))
	sh_on client "$disk" <<-'SCRIPT'
		mkfs.ext4 -qF "$0"
		mkdir -p /mnt/fs
		mount "$0" /mnt/fs
		cp -a /usr/bin /mnt/fs/
		umount /mnt/fs
		fsck.ext4 -fn "$0"
	SCRIPT
	unmap_disk "$disk"
	sh_on server <<-'SCRIPT'
		mkdir -p /mnt/fs
		mount -o ro /dev/vdb /mnt/fs
		diff -r --no-dereference /usr/bin /mnt/fs/bin
		umount /mnt/fs
	SCRIPT
}

@test "modules stay while a disk is mapped, and leave afterwards" {
	both_ends
	disk=$(map_disk $(paths 0 1))
	on client sh -c "dd if=/dev/zero of=$disk bs=64k count=400 oflag=direct status=none & echo \$!" > "$BATS_TEST_TMPDIR/pid"
	not on client modprobe -r rnbd-client
	not on server modprobe -r rtrs-server
	wait_until 180 on client sh -c '! kill -0 "$0" 2>/dev/null' "$(cat "$BATS_TEST_TMPDIR/pid")"
	unmap_disk "$disk"
	on client modprobe -ra rnbd-client rtrs-client rtrs-core
	on server modprobe -ra rnbd-server rtrs-server rtrs-core
	not on client grep -q '^r[nt][br]' /proc/modules
	not on server grep -q '^r[nt][br]' /proc/modules
}
