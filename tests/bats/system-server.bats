# SPDX-License-Identifier: GPL-2.0
# server.conf becomes parameters of the modules; without a search path nothing.

setup()
{
	top=$(readlink -f "$BATS_TEST_DIRNAME/../..")
	export RNBD_ETC=$BATS_TEST_TMPDIR/etc RNBD_SYSFS=$BATS_TEST_TMPDIR/sys
	export CALLS=$BATS_TEST_TMPDIR/calls
	mkdir -p "$RNBD_ETC" "$RNBD_SYSFS/module" "$BATS_TEST_TMPDIR/bin"
	touch "$CALLS"
	# stands in for the kernel: says what it was asked
	cat > "$BATS_TEST_TMPDIR/bin/modprobe" <<-'SCRIPT'
		#!/bin/sh
		echo "$*" >> "$CALLS"
	SCRIPT
	chmod +x "$BATS_TEST_TMPDIR/bin/modprobe"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# conf LINE...: is server.conf
conf()		{ printf '%s\n' "$@" > "$RNBD_ETC/server.conf"; }

server()
{
	run "$top/systemd/server" "$@"
	echo "$output"
}

# loaded MODULE PARAMETER=VALUE...: as if it were
loaded()
{
	local dir=$RNBD_SYSFS/module/$1/parameters word

	mkdir -p "$dir"
	for word in "${@:2}"; do
		echo "${word#*=}" > "$dir/${word%%=*}"
	done
}

@test "as shipped it refuses to start, says why, and loads nothing" {
	cp "$top/etc/server.conf" "$RNBD_ETC/"
	server start
	[ "$status" -eq 6 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"no search_path"*"/dev/rnbd-export/%SESSNAME%"* ]]
	[ ! -s "$CALLS" ]
}

@test "without a file it refuses to start" {
	server start
	[ "$status" -eq 6 ]
	[[ $output == *"$RNBD_ETC/server.conf"* ]]
	[ ! -s "$CALLS" ]
}

@test "the shipped file uncommented is what the modules do by default" {
	sed 's/^# \([a-z_]* = \)/\1/' "$top/etc/server.conf" > "$RNBD_ETC/server.conf"
	server start
	[ "$status" -eq 0 ]
	for word in port_nr=1234 always_invalidate=Y max_io_prio_class=2 sess_queue_depth=512 \
		    max_chunk_size=131072 max_sessions=256 max_half_open=64 \
		    max_connections=4096 max_total_connections=16384 max_chunk_mem_mb=0; do
		grep -qw -- "$word" "$CALLS"
	done
	# each stands in a module's source with that default
	for file in rtrs/rtrs-srv-main.c rnbd/rnbd-srv-main.c; do
		sed -n '/module_param/s/^.*module_param[a-z_]*(\([a-z_]*\),.*/\1/p' "$top/$file"
	done | while read -r name; do
		[ "$name" = dev_search_path ] || grep -q "\b$name=" "$CALLS" ||
			{ echo "$name is not in server.conf"; return 1; }
	done
}

@test "the search path is there when the module is loaded, not after" {
	conf 'search_path=/dev/rnbd-export/%SESSNAME%' 'port =  4321' 'always_invalidate = no'
	server start
	[ "$status" -eq 0 ]
	[ "$(cat "$CALLS")" = "rtrs-server always_invalidate=N
rnbd-server dev_search_path=/dev/rnbd-export/%SESSNAME% port_nr=4321" ]
}

@test "wrong lines are all said with their numbers, and nothing is loaded" {
	conf 'search_path = /a' 'port = 12x' 'colour = red' 'no sense' 'always_invalidate = perhaps' \
		'max_sessions = 99999999999' 'max sessions = 3' 'max_sessions =' 'port = -1'
	server start
	[ "$status" -eq 6 ]
	[ "$(grep -o 'server.conf:[0-9]*:' <<< "$output" | cut -d: -f2 | xargs)" = "2 3 4 5 6 7 8 9" ]
	[ ! -s "$CALLS" ]
}

@test "a search path that is none is refused" {
	for path in export ./a /a/../b '/a b' '/a"b' /.. /a/..%SESSNAME%; do
		conf "search_path = $path"
		server start
		[ "$status" -eq 6 ]
		[[ $output == *"server.conf:1: search_path: "* ]]
	done
	[ ! -s "$CALLS" ]
}

@test "an empty search path is none" {
	conf 'search_path ='
	server start
	[ "$status" -eq 6 ]
	[ ! -s "$CALLS" ]
}

@test "nothing in the file is a command or a pattern" {
	conf 'search_path = /*$(touch${IFS}bad);`touch${IFS}bad`'
	cd "$BATS_TEST_TMPDIR"
	server start
	[ "$(tail -n 1 "$CALLS")" = 'rnbd-server dev_search_path=/*$(touch${IFS}bad);`touch${IFS}bad`' ]
	[ ! -e bad ]
	mkdir -p 'dev_search_path=/hit'
	conf 'search_path = /h*'
	server start
	[ "$(tail -n 1 "$CALLS")" = 'rnbd-server dev_search_path=/h*' ]
}

@test "modules that are loaded get what they take" {
	loaded rtrs_server always_invalidate=Y max_sessions=256
	loaded rnbd_server dev_search_path=/ port_nr=1234
	conf 'search_path = /new' 'max_sessions = 7' 'always_invalidate = yes' 'port = 1234'
	for verb in start reload; do
		server $verb
		[ "$status" -eq 0 ]
		[ "$(cat "$RNBD_SYSFS/module/rnbd_server/parameters/dev_search_path")" = /new ]
		[ "$(cat "$RNBD_SYSFS/module/rtrs_server/parameters/max_sessions")" = 7 ]
	done
	[ ! -s "$CALLS" ]
}

@test "what needs a restart is said, the rest is done" {
	loaded rtrs_server always_invalidate=Y
	loaded rnbd_server dev_search_path=/ port_nr=1234
	conf 'port = 4321' 'always_invalidate = no' 'search_path = /new'
	server reload
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ $output == *"always_invalidate is Y until the server is stopped and started, not N"* ]]
	[[ $output == *"port_nr is 1234 until"*"not 4321"* ]]
	[ "$(cat "$RNBD_SYSFS/module/rnbd_server/parameters/dev_search_path")" = /new ]
}

@test "stop unloads what is loaded" {
	server stop
	[ "$status" -eq 0 ]
	[ ! -s "$CALLS" ]
	loaded rtrs_server
	loaded rnbd_server
	server stop
	[ "$status" -eq 0 ]
	[ "$(cat "$CALLS")" = "-r rnbd-server
-r rtrs-server" ]
}
