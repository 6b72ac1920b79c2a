#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The server's commands, and the versions of tool and modules.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }
setup() { use_tree both; }

devices=class/rnbd-server/ctl/devices

@test "server list shows who has which disk open" {
	succeeds "\
DISK             SESSION  MODE       READ ONLY  DEVICE PATH
/dev/cciss/c0d1  c        migration  no         c0d1
/dev/sdb         a        rw         no         disk1
/dev/sdb         c        ro         yes        disk1" server list
	ctl server list a --json
	[ "$(jq -c . <<<"$output")" = '{"schema":1,"exports":[{"disk":"/dev/sdb","session":"a","access_mode":"rw","read_only":false,"device_path":"disk1"}]}' ]
}

@test "server close takes the disk by any name, and the session if there are two" {
	local disk

	for disk in cciss/c0d1 /dev/cciss/c0d1 'cciss!c0d1'; do
		: >"$RNBDCTL_SYSFS/$devices/cciss!c0d1/sessions/c/force_close"
		succeeds "" server close "$disk"
		wrote "$devices/cciss!c0d1/sessions/c/force_close" 1
	done
	succeeds "" server close /dev/sdb c
	wrote $devices/sdb/sessions/c/force_close 1
	wrote $devices/sdb/sessions/a/force_close $'Usage: echo \n'
	fails 2 "several sessions have sdb open, name one: a c" server close sdb
	fails 5 "no session has sdc open" server close sdc
	fails 5 "no session has sd open" server close sd
	fails 5 "session b does not have sdb open" server close sdb b
}

@test "the search path is shown as each session sees it" {
	succeeds "\
Server
search path  /export//%SESSNAME%
can set      yes

Folders of sessions
SESSION  FOLDER
a        /export/a
c        /export/c" server search-path show
	ctl server search-path show x --json
	[ "$(jq -c . <<<"$output")" = '{"schema":1,"server":{"search_path":"/export//%SESSNAME%","can_set":true},"folders":[{"session":"x","folder":"/export/x"}]}' ]
}

@test "the search path expands as the server does it" {
	local path=$RNBDCTL_SYSFS/class/rnbd-server/ctl/dev_search_path pair

	for pair in /=/ //=/ /dev=/dev /a//b///c=/a/b/c /x%SESSNAME%y=/x/s %SESSNAME%=/s; do
		echo "${pair%=*}" >"$path"
		ctl server search-path show s --json
		[ "$(jq -r '.folders[0].folder' <<<"$output")" = "${pair#*=}" ]
	done
}

@test "the search path is set where the loaded server has it" {
	succeeds "" server search-path set /srv/%SESSNAME%/
	wrote class/rnbd-server/ctl/dev_search_path /srv/%SESSNAME%/
	rm "$RNBDCTL_SYSFS/class/rnbd-server/ctl/dev_search_path"
	succeeds "" server search-path set /srv
	wrote module/rnbd_server/parameters/dev_search_path /srv
	chmod a-w "$RNBDCTL_SYSFS/module/rnbd_server/parameters/dev_search_path"
	fails 12 "the loaded rnbd_server takes its search path only when it is loaded" \
		server search-path set /srv
	rm "$RNBDCTL_SYSFS/module/rnbd_server/parameters/dev_search_path"
	fails 4 "module rnbd-server is not loaded: modprobe rnbd-server" server search-path set /srv
	fails 4 "module rnbd-server is not loaded: modprobe rnbd-server" server search-path show
}

@test "a search path which the server would misread is refused" {
	local long

	long=/$(printf '%04095d' 0)
	fails 2 "folder is empty" server search-path set ""
	fails 2 "bad search path 'srv': it must begin with '/'" server search-path set srv
	fails 2 "bad search path '/a/../b': it may not step up by '..'" server search-path set /a/../b
	fails 2 "bad search path '/a/..': it may not step up by '..'" server search-path set /a/..
	fails 2 "bad search path '/a/..%SESSNAME%': it may not step up by '..'" server search-path set /a/..%SESSNAME%
	fails 2 "bad search path '/a\\x0a/b': it may not hold control characters" \
		server search-path set $'/a\n/b'
	fails 2 "bad search path '/%SESSNAME%/x': %SESSNAME% must be its end: the server drops what follows" \
		server search-path set /%SESSNAME%/x
	fails 2 "bad search path '$long': it must be shorter than 4096 bytes" server search-path set "$long"
	FAKE_WRITE=dev_search_path=22 fails 7 "/srv: the server did not take it as search path" \
		server search-path set /srv
	succeeds "" server search-path set /a/..b
}

# Modules as modinfo knows them: no code, only their version.
install_modules()
{
	local dir=$BATS_TEST_TMPDIR/lib/modules/6.12.0 name

	export RNBDCTL_MODULES=$dir
	mkdir -p "$dir"
	for name in rtrs-core rtrs-client rtrs-server rnbd-client rnbd-server; do
		printf '%s\n' "__attribute__((section(\".modinfo\"), used)) static const char n[] = \"name=${name//-/_}\";" \
			"__attribute__((section(\".modinfo\"), used)) static const char v[] = \"version=$1\";" |
			gcc -x c -c -o "$dir/$name.ko" -
	done
	depmod -b "$BATS_TEST_TMPDIR" 6.12.0
}

@test "versions of tool, loaded and installed modules are shown" {
	install_modules "$version"
	succeeds "\
Tool
rnbdctl  $version

Modules
MODULE       LOADED  VERSION  INSTALLED  VERSION
$(printf '%s  yes     %-7s  yes        %s\n' "rtrs_core  " "$version" "$version" \
	rtrs_client "$version" "$version" rtrs_server "$version" "$version" \
	rnbd_client "$version" "$version" rnbd_server "$version" "$version")" --version
}

@test "modules neither loaded nor installed are no mismatch" {
	rm -r "$RNBDCTL_SYSFS/module"
	ctl --version --json
	[ "$status" = 0 ]
	[ "$(jq -c '[.tool, .modules[0]]' <<<"$output")" = \
	  "[{\"rnbdctl\":\"$version\"},{\"module\":\"rtrs_core\",\"loaded\":false,\"loaded_version\":null,\"installed\":false,\"installed_version\":null}]" ]
}

@test "a mismatch of versions is said, with its exit code" {
	echo 0.0.9 >"$RNBDCTL_SYSFS/module/rnbd_client/version"
	rm "$RNBDCTL_SYSFS/module/rtrs_core/version"
	ctl --version
	[ "$status" = 11 ]
	[ "$stderr" = "rnbdctl: rtrs_core as loaded has no version: it is not of this product
rnbdctl: rnbd_client as loaded is version 0.0.9, the tool is $version" ]
}

@test "a mismatch of installed modules is said" {
	install_modules 9.9
	ctl --version
	[ "$status" = 11 ]
	[ "${stderr_lines[0]}" = "rnbdctl: rtrs_core as installed is version 9.9, the tool is $version" ]
	[ "${#stderr_lines[@]}" = 5 ]
}
