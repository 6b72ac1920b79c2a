#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The forms of output: columns, units, CSV, colour, and JSON by its schema.

load ../rnbdctl/cli.bash

setup_file() { build_tool; }
setup()
{
	use_tree both
	cd "$repo" || return
}

# What --json prints by each command which has tables.
documents()
{
	local words

	while read -r words; do
		# shellcheck disable=SC2086
		ctl $words --json
		[[ $status == 0 || $status == 11 || $status == 13 ]] ||
			{ echo "$words: status $status $stderr" >&2; return 1; }
		jq -c . <<<"$output"
	done < <(grep -v '^#' "$repo/tests/rnbdctl/documents")
}

@test "JSON is as its schema says, with all keys of it and no others" {
	export FAKE_RDMA="rxe0/1 4 eth0 ::ffff:10.0.0.1"
	documents >"$BATS_TEST_TMPDIR/documents"
	# it has no end of its own
	timeout 60 env LD_PRELOAD="$BATS_FILE_TMPDIR/preload.so" "$rnbdctl" monitor --all --json \
		>"$BATS_TEST_TMPDIR/events" 3>&- &
	until jq -ce . "$BATS_TEST_TMPDIR/events" 2>/dev/null >>"$BATS_TEST_TMPDIR/documents"; do
		kill -0 $!
	done
	kill $!
	python3 - "$repo/rnbdctl/schema-1.json" "$BATS_TEST_TMPDIR/documents" <<-'EOF'
		import json, sys
		from jsonschema import Draft202012Validator

		schema = json.load(open(sys.argv[1]))
		Draft202012Validator.check_schema(schema)

		# readers may meet new keys; whoever adds one must describe it
		for strict in [schema, *schema["$defs"].values()]:
		    strict["additionalProperties"] = False

		validator = Draft202012Validator(schema)
		seen = set()
		for line in open(sys.argv[2]):
		    document = json.loads(line)
		    for error in validator.iter_errors(document):
		        sys.exit(f"{list(document)}: {error.json_path}: {error.message}")
		    seen |= set(document)
		missing = set(schema["properties"]) - seen
		if missing:
		    sys.exit(f"no command printed {missing}")
	EOF
}

@test "the schema refuses what is none" {
	local wrong

	for wrong in '{"schema":2,"devices":[]}' '{"devices":[]}' '{"schema":1,"devices":[{}]}' \
		     '{"schema":1}'; do
		run -1 python3 -c 'import json, sys, jsonschema
jsonschema.validate(json.loads(sys.argv[2]), json.load(open(sys.argv[1])))' \
			"$repo/rnbdctl/schema-1.json" "$wrong"
		[[ $output == *ValidationError* ]]
	done
}

@test "fields are chosen, added and taken away" {
	succeeds "\
STATE   DEVICE
open    /dev/rnbd0
closed  /dev/rnbd2
open    /dev/rnbd10" list --fields state,device
	succeeds "\
DEVICE       STATE  MODE       POLL QUEUES
/dev/rnbd10  open   migration            4" list b --fields=+nr_poll_queues,-size_bytes,-session,-device_path
	fails 2 "no field 'colour', there are: device size_bytes state access_mode session device_path nr_poll_queues" \
		list --fields device,colour
	fails 2 "--fields is empty" list --fields=
	fails 2 "--fields needs its LIST" list --fields
}

@test "of several tables only those with the fields are shown" {
	ctl show --fields=disk,access_mode
	[ "$status" = 0 ]
	[[ $output == $'Devices\nMODE\nrw\nro\nmigration\n\nExports\nDISK'* ]]
	[[ $output != *Sessions* ]]
}

@test "units are those asked for" {
	ctl list --units=MiB
	[[ ${lines[1]} == "/dev/rnbd0   1024 MiB  open"* ]]
	[[ ${lines[2]} == "/dev/rnbd2    0.5 MiB  closed"* ]]
	ctl list --units B
	[[ ${lines[1]} == "/dev/rnbd0   1073741824 B  open"* ]]
	ctl list --units K
	[[ ${lines[3]} == *" 3.5 KiB  open"* ]]
	ctl list --units=auto
	[[ ${lines[1]} == *" 1 GiB  open"* ]]
	fails 2 "--units must be auto, B, KiB, MiB, GiB, TiB or PiB" list --units=MB
}

@test "headings can be left out" {
	succeeds "/dev/rnbd10  3.5 KiB  open  migration  b  disk10" list b --no-headings
	succeeds "" list none --no-headings
	succeeds "min-inflight" session policy a --no-headings --fields=policy
}

@test "CSV has plain numbers, quotes what it must, and one table" {
	printf 'a,"b\n\033' >"$RNBDCTL_SYSFS/block/rnbd10/rnbd/mapping_path"
	ctl list b -o csv
	[ "$status" = 0 ]
	[ "$output" = $'device,size_bytes,state,access_mode,session,device_path,nr_poll_queues\r
/dev/rnbd10,3584,open,migration,b,"a,""b\\x0a\\x1b",4\r' ]
	ctl path list c -o csv --no-headings --fields=session,latency_ns,state
	[ "$output" = $'c,,connected\r' ]
	ctl server list c -o csv --fields=read_only
	[[ $output == $'read_only\r\n'@(true|false)$'\r'* ]]
	fails 2 "csv is for one table, and these are several: use a list command, or --json" show -o csv
	fails 2 "--output must be table, json or csv" list -o xml
}

@test "colour is for terminals only" {
	local plain coloured

	ctl list
	plain=$output
	[[ $plain != *$'\033'* ]]
	coloured=$(script -qec "'$rnbdctl' list" /dev/null | tr -d '\r')
	[[ $coloured == *$'\033[32mopen\033[0m '* ]]
	[[ $coloured == *$'\033[31mclosed\033[0m'* ]]
	[ "$(sed 's/\x1b\[[0-9]*m//g' <<<"$coloured")" = "$plain" ]
	coloured=$(NO_COLOR=1 script -qec "'$rnbdctl' list" /dev/null | tr -d '\r')
	[ "$coloured" = "$plain" ]
}
