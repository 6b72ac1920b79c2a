# SPDX-License-Identifier: GPL-2.0
# Ours at one end, the modules of Linux 6.12 at the other, each in an instance
# of its own.

load lib/uml

setup_file()
{
	need_stamp
	RNBD_TOP=$UML_TOP
	export RNBD_TOP
}

# client_meets_server MODULES_OF_CLIENT MODULES_OF_SERVER ARGUMENTS...
client_meets_server()
{
	local options=(${RNBD_UML-})

	[[ $1 == ours ]] || options+=(--modules-a "$1")
	[[ $2 == ours ]] || options+=(--modules-b "$2")
	shift 2
	local once=("$UML_TOP/tests/bed/uml/pair" --timeout 900 "${options[@]}"
		"$UML_TOP/tests/bats/uml/interop-client"
		"$UML_TOP/tests/bats/uml/interop-server" "$@")
	run "${once[@]}"
	if [ "$status" -eq 75 ]; then
		echo "# $BATS_TEST_DESCRIPTION: writes failed where rxe lost packets; again" >&3
		run "${once[@]}"
	fi
	echo "$output"
	[ "$status" -eq 0 ]
}

right_rounds()
{
	grep -c '^b: blocks [0-9]* wrong 0$' <<< "$output"
}

verified_io()
{
	client_meets_server "$@"
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

@test "late packets with an upstream server: nothing stale when the fence wait outlasts them" {
	rounds=${RNBD_ROUNDS:-1}
	client_meets_server ours upstream N late 6000 "$rounds"
	[ "$(right_rounds)" -eq "$rounds" ]
}
