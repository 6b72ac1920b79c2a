# SPDX-License-Identifier: GPL-2.0
# A client that breaks the rules is answered with an error or loses its path; it
# is counted by name, never passed over in silence, and never makes the kernel
# complain.

load lib/uml

setup_file()
{
	RNBD_HOSTILE=$BATS_FILE_TMPDIR/hostile
	export RNBD_HOSTILE
	"${CC:-cc}" -O2 -Wall -o "$RNBD_HOSTILE" "$UML_TOP/tests/tools/hostile.c" \
		-lrdmacm -libverbs
}

# what is broken, what comes of it, and what counts it
rules()
{
	cat <<-'EOF'
		conn-magic           rejected 104   connect_magic
		conn-version         rejected 104   connect_version
		conn-cids            rejected 104   connect_connections
		conn-no-session      rejected 6     connect_no_session
		conn-skips-first     rejected 104   connect_path_busy
		conn-twice           rejected 104   connect_connection_taken
		conn-unlike          rejected 104   connect_unlike_first
		conn-other-session   rejected 104   connect_unlike_first
		conn-same-address    rejected 17    connect_address_taken
		info-short           closed         info_message
		info-slash           closed         info_name
		info-unterminated    closed         info_name
		info-early           closed         info_connections
		write-early          closed         early
		chunk-id             closed         chunk_id
		chunk-twice          closed         chunk_busy
		hdr-outside          closed         header_range
		hdr-type             closed         header_type
		usr-len              answer 22      user_length
		data-len             answer 22      data_length
		desc-longer          answer 22      descriptor_length
		desc-count           answer 22      descriptor_count
		desc-flags           answer 22      flags
		imm-type             alive          immediate_type
		hb-on-io             alive          immediate_type
		send-on-io           closed         opcode
		fence-self           closed         fence
		fence-short          closed         fence
		fence-unknown        fenced
		usr-garbage          answer 22
		io-good              answer 0
		io-flush             answer 0
		io-read-fua          answer 0
		io-read-only         answer 30
		io-discard-read-only answer 30
		io-secure-erase      answer 95
		io-unknown           answer 95
		io-without-data      answer 22
		io-empty             answer 22
		io-odd-length        answer 22
		io-beyond-end        answer 5
		io-sector-wraps      answer 5
		io-wrong-id          answer 107
	EOF
}

# The queue depth is no power of two, so that there are numbers without chunk;
# the disk takes its time, so that a request can find another under way.
break_rules()
{
	RNBD_RULES=$(rules) in_uml -- "$1" <<-'EOF'
		load rtrs-server always_invalidate="$1" sess_queue_depth=300
		load rnbd-server
		load rdma_ucm
		ram_disks 1 16
		slow=$(dm_disk slow "0 32768 delay /dev/ram0 0 0 /dev/ram0 0 1000")
		net_up 1
		refused=/sys/class/rtrs-server/ctl/refused
		wrong=0
		while read -r rule expected; do
			before=$(<$refused)
			said=$(timeout 30 "$RNBD_HOSTILE" "$(ip4 s 1)" "$rule" "$slow" 2>&1) || :
			counted=$(diff <(echo "$before") $refused |
				sed -n 's/^> \(.*\) .*/\1/p') || :
			seen=$(echo $said $counted)
			if [[ "$seen" != "$(echo $expected)" ]]; then
				echo "$rule: $seen, expected: $expected"
				wrong=$((wrong + 1))
			fi
		done <<< "$RNBD_RULES"
		# and the next one is served as ever
		load rnbd-client
		disk=$(map_disk sessname=honest device_path=/dev/ram0 $(paths 1))
		run_fio honest "/dev/$disk" --rw=randrw --bs=4k --size=4M --iodepth=8 \
			--verify=crc32c --verify_fatal=1
		unmap_disk "$disk"
		dmsetup remove --noudevsync slow
		unload_all
		[[ $wrong -eq 0 ]]
	EOF
}

@test "every broken rule is refused and counted by name, keys kept" {
	break_rules N
}

@test "every broken rule is refused and counted by name, keys renewed" {
	break_rules Y
}
