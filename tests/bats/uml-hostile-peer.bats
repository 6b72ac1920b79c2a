# SPDX-License-Identifier: GPL-2.0
# A client that sends what it must not: each thing is refused in its own way and
# counted by its name, the kernel has nothing to report, and another session goes
# on without an error or a long wait. doc/hostile.md tells what the rows are about.

load lib/uml
load lib/hostile

setup_file() { need_peer; }

requests='
	expect /dev/ram0 <<-CASES
		chunk-id chunk_id closed
		offset-outside header_range closed
		header-cut header_range closed
		descriptor-cut header_range closed
		header-type header_type closed
		message-before-chunk user_length answer 22
		message-long user_length answer 22
		data-long data_length answer 22
		read-flags flags answer 22
		two-descriptors descriptor_count answer 22
		many-descriptors descriptor_count answer 22
		descriptor-long descriptor_length answer 22
		descriptor-short descriptor_length answer 22
		descriptor-empty descriptor_length answer 22
		descriptor-missing descriptor_length answer 22
		immediate-type immediate_type nothing
		immediate-answer immediate_type nothing
		immediate-answer-inv immediate_type nothing
		immediate-fenced immediate_type nothing
		immediate-last immediate_type nothing
		heartbeat-elsewhere immediate_type nothing
		ack-unasked - nothing
		many-probes - nothing
		answer-to-wild-key - closed
		answer-to-wild-address - closed
		foreign-key - closed
		guessed-keys - closed
		wrong-key - closed
		beyond-chunks - closed
		send-on-io opcode closed
		fence-unknown - fenced 0
		fence-itself fence closed
		fence-short fence closed
		fence-type fence closed
		fence-not-agreed - closed
	CASES
	# the same chunk again before its request was answered
	slow=$(dm_disk slow "0 32768 delay /dev/ram1 0 0 /dev/ram1 0 2000")
	expect "$slow" <<-CASES
		chunk-twice chunk_busy closed
		chunk-shared chunk_busy closed
		rewritten - $rewritten
	CASES
	gone() { [[ $(cat /sys/class/rtrs-server/ctl/orphaned_ops) -eq 0 ]]; }
	wait_until 5 gone
	wait_until 5 dmsetup remove --noudevsync slow
	same "peer" "noise: nothing" "$(peer /dev/ram0 noise)"
'

@test "wrong and damaged requests are refused, keys kept" {
	in_uml -- N <<< "$hostile rewritten='answer 0' $requests still_good"
}

@test "wrong and damaged requests are refused, keys renewed" {
	# with the key dead nothing can be written any more
	in_uml -- Y <<< "$hostile rewritten=closed $requests still_good"
}

@test "wrong connections, info requests and messages of RNBD are refused" {
	in_uml -- Y <<-EOF
		$hostile
		expect /dev/ram0 <<-CASES
			magic connect_magic rejected 104
			version connect_version rejected 104
			no-connections connect_connections rejected 104
			many-connections connect_connections rejected 104
			no-session connect_no_session rejected 6
			changing-cid-num connect_unlike_first rejected 104
			skips-first connect_path_busy rejected 104
			cid-outside connect_connections rejected 104
			last-cid connect_connections rejected 104
			older-incarnation connect_unlike_first rejected 104
			newer-incarnation connect_path_renewed rejected 104
			all-bits - nothing
			first-twice connect_address_taken rejected 17
			connection-twice connect_connection_taken rejected 104
			path-elsewhere connect_unlike_first rejected 104
			same-addresses connect_address_taken rejected 17
			crowd connect_max_half_open rejected 12
			missing-connection info_connections closed
			empty-name info_name closed
			slash-in-name info_name closed
			dots-as-name info_name closed
			control-in-name info_name closed
			ctl-as-name info_name closed
			endless-name info_name closed
			short-info info_message closed
			info-type info_message closed
			name-taken info_name_taken closed
			long-info - closed
			empty-info info_message closed
			info-again - closed
			early-request early closed
			message-type - answer 22
			response-as-request - answer 22
			no-message - answer 22
			one-byte - answer 22
			short-open - answer 22
			short-io - answer 22
			short-sess-info - answer 22
			short-close - answer 22
			small-answer - answer 22
			open-endless - answer 22
			open-escape - answer 22
			open-control - answer 22
			open-mode - answer 22
			open-other-mode - answer 1
			open-again - answer 0
			open-spelling - answer 17
			open-no-name - answer 22
			open-directory - answer 15
			open-file - answer 15
			old-id - answer 107
			close-wild - answer 0
			no-device - answer 107
			wild-device - answer 107
			closed-device - answer 107
			forced-device - answer 107
			close-twice - answer 0
			operation - answer 95
			operation-6 - answer 95
			all-flags - answer 0
			forced-read - answer 0
			read-without-data - answer 22
			write-without-data - answer 22
			read-sizes-differ - answer 22
			sizes-differ - answer 22
			flush-with-data - answer 22
			discard-with-data - answer 22
			empty-read - answer 22
			empty-write - answer 22
			empty-discard - answer 22
			empty-preflush - answer 0
			unaligned - answer 22
			unaligned-discard - answer 22
			beyond-end - answer 5
			across-end - answer 5
			discard-across-end - answer 5
			wrapping-end - answer 5
			wrapping-discard - answer 5
			endless-discard - answer 5
			secure-erase - answer 95
			empty-erase - answer 95
			erase-with-data - answer 95
			flush-as-read - answer 0
			flush-as-write - answer 0
		CASES
		same "wrong directions" "direction 0" "\$(grep direction \$rnbd_refused)"
		expect /dev/ram0 <<-CASES
			read-as-write - answer 22
			write-as-read - answer 22
			discard-as-read - answer 22
			zeroes-as-read - answer 22
			open-as-write - answer 22
			info-as-write - answer 22
			close-as-read - answer 22
		CASES
		same "wrong directions" "direction 7" "\$(grep direction \$rnbd_refused)"
		# a disk that can write zeroes
		truncate -s 16M /tmp/disk
		losetup /dev/loop0 /tmp/disk
		expect /dev/loop0 <<-CASES
			zeroes-with-data - answer 22
			empty-zeroes - answer 22
		CASES
		losetup -d /dev/loop0
		# no CLOSE is answered before the last I/O is
		slow=\$(dm_disk slow "0 32768 delay /dev/ram1 0 0 /dev/ram1 0 2000")
		expect "\$slow" <<-CASES
			close-twice-early - answer 0
		CASES
		wait_until 5 dmsetup remove --noudevsync slow
		# nothing is written through a mapping which is ro
		head -c 1M /dev/urandom > /dev/ram0
		sync /dev/ram0
		before=\$(dd if=/dev/ram0 bs=1M iflag=direct status=none | sha256sum)
		expect /dev/ram0 <<-CASES
			ro-write - answer 30
			ro-discard - answer 30
			ro-zeroes - answer 30
			ro-again-rw - answer 1
		CASES
		same "the disk" "\$before" "\$(dd if=/dev/ram0 bs=1M iflag=direct status=none | sha256sum)"
		still_good
	EOF
}
