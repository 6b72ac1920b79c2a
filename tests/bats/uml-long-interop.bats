# SPDX-License-Identifier: GPL-2.0
# Ours at one end, the modules of Linux 6.12 at the other, each in an instance
# of its own.

load lib/uml
load lib/interop-uml

setup_file() { need_both_ends; }

right_rounds()
{
	grep -c '^b: blocks [0-9]* wrong 0$' <<< "$output"
}

verified_io()
{
	meet "${@:1:2}" interop "${@:3}"
	[ "$(right_rounds)" -eq 1 ]
}

@test "client ours, server upstream, keys renewed, one path" {
	verified_io ours upstream Y io 1
}

@test "client ours, server upstream, keys renewed, two paths, reconnected under writes" {
	verified_io ours upstream Y io 1 2
}

@test "client ours, server upstream, keys kept, one path" {
	verified_io ours upstream N io 1
}

@test "client ours, server upstream, keys kept, two paths, reconnected under writes" {
	verified_io ours upstream N io 1 2
}

@test "client upstream, server ours, keys renewed, one path" {
	verified_io upstream ours Y io 1
}

@test "client upstream, server ours, keys renewed, two paths, reconnected under writes" {
	verified_io upstream ours Y io 1 2
}

@test "client upstream, server ours, keys kept, one path" {
	verified_io upstream ours N io 1
}

@test "client upstream, server ours, keys kept, two paths, reconnected under writes" {
	verified_io upstream ours N io 1 2
}

@test "client ours, server upstream: another port, a path with a comma, one without source" {
	steps ours upstream port comma
}

@test "late packets with an upstream server: nothing stale when the fence wait outlasts them" {
	rounds=${RNBD_ROUNDS:-1}
	meet ours upstream interop N late 6000 "$rounds"
	[ "$(right_rounds)" -eq "$rounds" ]
}
