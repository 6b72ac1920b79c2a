# SPDX-License-Identifier: GPL-2.0
# Which devices a name reaches, and which it does not.

load lib/uml

@test "names lead below the search path, links are followed, escapes are refused" {
	in_uml <<-'EOF'
		load rnbd-server dev_search_path=/dev/export
		load rnbd-client
		ram_disks 2 16
		mkdir -p /dev/export/sub
		ln -s ../ram0 /dev/export/disk
		ln -s ../../ram1 /dev/export/sub/disk
		ln -s /dev/nowhere /dev/export/dangling
		net_up 1
		path=$(paths 1)
		a=$(map_disk sessname=s device_path=disk $path)
		b=$(map_disk sessname=s device_path=/sub//disk)
		test -d /sys/class/rnbd-server/ctl/devices/ram0/sessions/s
		test -d /sys/class/rnbd-server/ctl/devices/ram1/sessions/s
		unmap_disk "$b"
		mapping_fails "No such file or directory" sessname=s device_path=missing
		mapping_fails "No such file or directory" sessname=s device_path=dangling
		mapping_fails "No such file or directory" sessname=s device_path=/dev/ram1
		mapping_fails "Block device required" sessname=s device_path=sub
		for escape in ../ram1 sub/../../ram1 .. sub/..; do
			mapping_fails "Invalid argument" sessname=s device_path=$escape
		done
		unmap_disk "$a"
		unload_all
	EOF
}

@test "a name with two dots in it is no escape" {
	in_uml <<-'EOF'
		load rnbd-server dev_search_path=/dev/export
		load rnbd-client
		ram_disks 1 16
		mkdir /dev/export
		ln -s ../ram0 /dev/export/disk..1
		net_up 1
		disk=$(map_disk sessname=s device_path=disk..1 $(paths 1))
		unmap_disk "$disk"
		unload_all
	EOF
}

@test "%SESSNAME% gives each session a directory of its own" {
	in_uml <<-'EOF'
		load rnbd-server dev_search_path=/dev/export/%SESSNAME%
		load rnbd-client
		ram_disks 2 16
		mkdir -p /dev/export/red /dev/export/blue
		ln -s ../../ram0 /dev/export/red/disk
		ln -s ../../ram1 /dev/export/blue/disk
		net_up 1
		red=$(map_disk sessname=red device_path=disk $(paths 1))
		blue=$(map_disk sessname=blue device_path=disk $(paths 1))
		test -d /sys/class/rnbd-server/ctl/devices/ram0/sessions/red
		test -d /sys/class/rnbd-server/ctl/devices/ram1/sessions/blue
		mapping_fails "Invalid argument" sessname=red device_path=../blue/disk
		mapping_fails "No such file or directory" sessname=green device_path=disk $(paths 1)
		unmap_disk "$red"
		unmap_disk "$blue"
		unload_all
	EOF
}

@test "the search path changes while disks are open, for new ones" {
	in_uml <<-'EOF'
		both_ends
		ram_disks 2 16
		mkdir /dev/export
		ln -s ../ram1 /dev/export/ram0
		net_up 1
		parameter=/sys/module/rnbd_server/parameters/dev_search_path
		file=/sys/class/rnbd-server/ctl/dev_search_path
		holds $parameter /
		a=$(map_disk sessname=s device_path=/dev/ram0 $(paths 1))
		echo /dev/export > $file
		holds $parameter /dev/export
		b=$(map_disk sessname=s device_path=ram0)
		test -d /sys/class/rnbd-server/ctl/devices/ram1/sessions/s
		# what was open goes on, and opens again in its old place
		dd if=/dev/$a of=/dev/null bs=4k count=1 iflag=direct status=none
		unmap_disk "$b"
		echo /dev > $parameter
		holds $file /dev
		refused "Invalid argument" $file "/dev/../etc"
		refused "Invalid argument" $file "$(printf 'x%.0s' {1..4095})"
		holds $file /dev
		unmap_disk "$a"
		unload_all
	EOF
}
