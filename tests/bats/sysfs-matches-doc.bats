# SPDX-License-Identifier: GPL-2.0
# What the manual says of files and parameters is what a running session has.

load lib/uml

mapped='
	load rnbd-server
	load rnbd-client
	ram_disks 1 16
	net_up 1 2
	disk=$(map_disk sessname=doc device_path=/dev/ram0 $(paths 1 2))
'

@test "each file of the manual is there, with its mode, and no other" {
	in_uml <<-EOF
		$mapped
		"\$RNBD_TOP/tests/checks/sysfs-doc" "\$RNBD_TOP"/man/rtrs.7 "\$RNBD_TOP"/man/rnbd.7
		unmap_disk "\$disk"
		unload_all
	EOF
}

@test "the comparison finds a missing, an additional and a changed entry" {
	in_uml <<-EOF
		$mapped
		cd "\$RNBD_TOP/man"
		sed -e '/^.BR src_addr/d' -e 's/^.BR hca_name .*/.BR hca_name " (0644)"/' rtrs.7 > "\$OUT/rtrs.7"
		sed 's/^.BR mapping_path/.BR no_such_file/' rnbd.7 > "\$OUT/rnbd.7"
		if said=\$("\$RNBD_TOP/tests/checks/sysfs-doc" "\$OUT"/r*.7); then
			fail "found nothing"
		fi
		for path in client server; do
			dir=/sys/class/rtrs-\$path/SESSION/paths/PATH
			grep -Fx "there, but not documented: 0444 \$dir/src_addr" <<< "\$said"
			grep -Fx "there, but not documented: 0444 \$dir/hca_name" <<< "\$said"
			grep -Fx "documented, but not there: 0644 \$dir/hca_name" <<< "\$said"
		done
		grep -Fx "documented, but not there: 0444 /sys/block/rnbdN/rnbd/no_such_file" <<< "\$said"
		unmap_disk "\$disk"
		unload_all
	EOF
}
