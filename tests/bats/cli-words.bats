#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Which command the words of a command line mean.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }
setup() { use_tree both; }

# means COMMAND WORD...: --help of these words is that of the command
means()
{
	local wanted=$1

	shift
	ctl "$@" --help
	[[ $status == 0 && ${lines[0]} == "Usage: rnbdctl $wanted"?( *) ]] ||
		{ echo "'$*' wanted '$wanted', got ${lines[0]} $stderr"; return 1; }
}

# same_as "WORD..." WORD...: both print the same
same_as()
{
	local wanted

	# shellcheck disable=SC2086
	ctl $1
	[ "$status" = 0 ]
	wanted=$output
	shift
	ctl "$@"
	[ "$status" = 0 ]
	[ "$output" = "$wanted" ]
}

@test "each short form is its command" {
	local name command

	while read -r name command; do
		# shellcheck disable=SC2086
		means "${command//_/ }" ${name//_/ }
	done < <("$rnbdctl" --help | sed -n '/^Short forms:/,/^$/{/^  /{s/^  //;s/   */\t/;s/ /_/g;p}}')
}

@test "the beginning of a name is enough where nothing else begins so" {
	means "device list" dev li
	means "path add" path ad
	means "device unmap" unm
	means "session show" session sh
	means "server search-path set" server search set
	fails 2 "'re' could be: resize, remap, recover" re rnbd0
	fails 2 "'path' could be: path remove, path reconnect, path recover" path re a 10.0.0.2
	fails 2 "'se' could be: session list, server list" se li
}

@test "an exact name is no guess" {
	means "device map" map
	means "device list" list
	means show show
}

@test "the words of the other tool are understood" {
	means "session list" list sessions
	means "session list" sessions list
	means "session list" client sess list
	means "session show" show session a
	means "path list" list paths
	means "path remove" path del a 10.0.0.2
	means "device list" list devices
	means "device list" clt dev list
	means "device show" dump device rnbd0
	means "server device list" srv devices list
	means "device unmap" unmap device rnbd0
	same_as "session list side=client" client session list
	same_as "device list" client list
	same_as "show rnbd0" show device rnbd0
	same_as "session show a side=client" client session show a
}

@test "show finds a device, a session or a path by its name" {
	same_as "device show rnbd0" show rnbd0
	same_as "session show b" show b
	same_as "path show a ip:fd00::1@ip:fd00::2 side=client" show ip:fd00::1@ip:fd00::2
	fails 2 "a is the name of: client session, server session" show a
	fails 5 "no device, session or path x" show x
}

@test "a word which is none gets the nearest one" {
	fails 2 "no command 'lsit', did you mean 'list'?" lsit
	fails 2 "no command 'unamp', did you mean 'unmap'?" unamp rnbd0
	fails 2 "no command 'path disconect', did you mean 'path disconnect'?" path disconect a x
	fails 2 "no command 'server serch-path set', did you mean 'server search-path set'?" \
		server serch-path set /x
	fails 2 "no command 'frobnicate', see rnbdctl --help" frobnicate
	fails 2 "no command '$(printf '%0300d' 0)', see rnbdctl --help" "$(printf '%0300d' 0)"
	fails 2 "no word 'sesname=a', did you mean sessname=?" \
		map sesname=a device_path=x
	fails 2 "no option '--device-pth', did you mean --device-path?" map --device-pth x
	fails 2 "no option '--frobnicate', see rnbdctl device map --help" map --frobnicate
}

@test "a key may be an option, with its value beside it or behind it" {
	rm -r "$RNBDCTL_SYSFS/block/rnbd0"
	FAKE_MAP=$RNBDCTL_SYSFS/block/rnbd0 succeeds /dev/rnbd0 map --sessname a --device-path=/dev/sdb --path ip:10.0.0.2
	wrote class/rnbd-client/ctl/map_device "sessname=a path=ip:10.0.0.2 device_path=/dev/sdb"
	fails 2 "--sessname needs its NAME" map --sessname
	succeeds "" unmap --force rnbd2
	wrote block/rnbd2/rnbd/unmap_device force
	fails 2 "'force=1' is one word too many, see rnbdctl device unmap --help" unmap rnbd2 force=1
}
