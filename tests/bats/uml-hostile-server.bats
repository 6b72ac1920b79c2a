# SPDX-License-Identifier: GPL-2.0
# A server that says what it must not: the client refuses each thing in its own
# way and counts it by its name, comes back when the server is good again, and
# another session notices nothing. doc/hostile.md tells what each row is about.

load lib/uml

setup_file()
{
	need_stamp
	RNBD_PEER=$BATS_FILE_TMPDIR/peer
	export RNBD_PEER
	"${CC:-cc}" -O2 -Wall -o "$RNBD_PEER" "$UML_TOP"/tests/tools/peer/*.c -lrdmacm -libverbs
}

# The disk "good" is another session's, on another path to an honest server.
liar='
	both_ends
	load rdma_ucm
	ram_disks 1 64
	net_up 1 2
	good=$(map_disk sessname=good device_path=/dev/ram0 $(paths 2))
	stamps_begin "$good"
	coproc LIAR { exec "$RNBD_PEER" serve "$(ip4 s 1)" 1235; }
	liar=$LIAR_PID mouth=${LIAR[0]} ear=${LIAR[1]}
	tell() { echo "$1" >&"$ear"; }
	hear()
	{
		local said

		read -rt 60 said <&"$mouth" || fail "no word about: $1"
		same "the server" "$1" "$said"
	}
	hear listening
	disk=$(map_disk sessname=liar device_path=/dev/lie dest_port=1235 $(paths 1))
	state=/sys/block/$disk/rnbd/state
	refused=$(path_dir liar 1)/stats/refused
	echo 100 > /sys/class/rtrs-client/liar/reconnect_delay_ms
	pattern=$(head -c 4096 "/dev/$disk" | sha256sum)
	read_it() { dd "if=/dev/$disk" bs=4k count=1 iflag=direct status=none 2>/dev/null | sha256sum; }
	write_it() { head -c 4096 "/dev/$disk" | dd "of=/dev/$disk" bs=4k count=1 oflag=direct conv=notrunc status=none 2>/dev/null; }
	io_as_it_should()
	{
		case $1 in
		read)       same "data of $2" "$pattern" "$(read_it)" ;;
		read-fails) [[ $(read_it) != "$pattern" ]] || fail "$2: could be read" ;;
		write)      write_it || fail "$2: could not be written" ;;
		esac
	}
	counted() { comm -13 <(sort <<< "$before") <(sort "$refused") | xargs; }
	# expect: lines of LIE COUNTER=HOW-OFTEN,...|- kept|lost [idle|read|read-fails|write|closed]
	expect()
	{
		local name counter reaction io before wanted c

		while read -r name counter reaction io; do
			before=$(cat "$refused")
			tell "$name"
			case $io in
			""|closed) ;;
			*) hear ready; io_as_it_should "$io" "$name" ;;
			esac
			hear "$name: $reaction"
			wanted=()
			for c in ${counter//,/ }; do
				[[ $c == - ]] || wanted+=("${c%=*} $(($(awk -v c="${c%=*}" "\$1 == c { print \$2 }" <<< "$before") + ${c#*=}))")
			done
			same "$name: counters" "${wanted[*]}" "$(counted)"
			if [[ $io == closed ]]; then
				wait_until 5 is "$state" closed
				tell truth
				hear "truth: kept"
			fi
			wait_until 10 is "$state" open
		done
	}
	the_end()
	{
		same "data" "$pattern" "$(read_it)"
		run_fio end "/dev/$disk" --rw=randwrite --bs=4k --size=2M --iodepth=8 --verify=crc32c
		unmap_disk "$disk"
		exec {ear}>&-
		wait "$liar"
		stamps_end "$good" ram0
		[[ $(sed -n "s/.*longest_ms //p" "$OUT/stamps.said") -lt 3000 ]] || fail "another session had to wait"
		unmap_disk "$good"
		unload_all
	}
'

@test "a server that lies while it connects" {
	in_uml <<-EOF
		$liar
		expect <<-LIES
			rsp-magic conn_rsp_magic=1 lost
			rsp-version conn_rsp_version=1 lost
			rsp-minor - kept
			rsp-errno conn_rsp_errno=1 lost
			rsp-positive-errno conn_rsp_errno=1 lost
			rsp-no-depth conn_rsp_depth=1 lost
			rsp-depth conn_rsp_sizes=1 lost
			rsp-no-io conn_rsp_sizes=1 lost
			rsp-small-io conn_rsp_sizes=1 lost
			rsp-large-io conn_rsp_sizes=1 lost
			rsp-endless-io conn_rsp_sizes=1 lost
			rsp-no-header conn_rsp_sizes=1 lost
			rsp-small-header conn_rsp_sizes=1 lost
			rsp-large-header conn_rsp_sizes=1 lost
			rsp-endless-header conn_rsp_sizes=1 lost
			rsp-wrapping-sizes conn_rsp_sizes=1 lost
			rsp-chunk conn_rsp_sizes=1 lost
			rsp-all-features - kept
			rsp-reserved - kept
			rsp-flags info_rsp_regions=1 lost
			rsp-second-magic conn_rsp_magic=1 lost
			rsp-second-version conn_rsp_version=1 lost
			rsp-second-errno conn_rsp_errno=1 lost
			rsp-second-sizes - kept
			reject - lost
			reject-empty - lost
			reject-short - lost
			reject-magic - lost
			reject-success - lost
			reject-positive - lost
			reject-wild - lost
			reject-restart - lost
			no-answer - lost
			no-second-answer - lost
			leave-at-second - lost
			no-info - lost
			leave-at-info - lost
			heartbeat-first info_rsp_length=1 lost
			info-empty info_rsp_length=1 lost
			info-short info_rsp_length=1 lost
			info-cut info_rsp_length=1 lost
			info-endless - lost
			info-type info_rsp_type=1 lost
			info-no-regions info_rsp_regions=1 lost
			info-regions info_rsp_regions=1 lost
			info-missing info_rsp_length=1 lost
			info-most-regions info_rsp_length=1 lost
			info-no-length info_rsp_regions=1 lost
			info-length info_rsp_regions=1 lost
			info-too-little info_rsp_regions=1 lost
			info-too-much info_rsp_regions=1 lost
			info-most info_rsp_regions=1 lost
			info-wrap info_rsp_regions=1 lost
			info-key - lost
			info-address - lost
			info-longer - kept
			truth-new-keys - kept
			info-one-region info_rsp_regions=1 lost
		LIES
		the_end
	EOF
}

@test "a server that lies about its disk" {
	in_uml <<-EOF
		$liar
		expect <<-LIES
			version-type - kept closed
			version-zero - kept closed
			version-most - kept
			open-type - kept closed
			open-id - kept
			open-endless - kept closed
			open-large - kept closed
			open-block-0 - kept closed
			open-block-256 - kept closed
			open-block-513 - kept closed
			open-block-32768 - kept closed
			open-physical - kept
			open-sectors - kept
			open-segments - kept
			open-zeroes - kept
			open-discard - kept
			open-granularity - kept
			open-discard-1 - kept
			open-cache - kept
			open-reserved - kept
		LIES
		the_end
	EOF
}

@test "a server that lies while it serves" {
	in_uml <<-EOF
		$liar
		expect <<-LIES
			imm-request imm_type=1 kept idle
			imm-unknown imm_type=1 kept idle
			imm-last imm_type=1 kept idle
			probe-elsewhere imm_type=1 kept idle
			ack-elsewhere imm_type=1 kept idle
			ack-unasked - kept idle
			many-probes - kept idle
			fence-unasked fence_rsp=1 kept idle
			fence-elsewhere imm_type=1 kept idle
			answer-wild rsp_id=1 kept idle
			answer-wildest rsp_id=1 kept idle
			answer-idle rsp_idle=8 kept idle
			empty-send imm_missing=1 kept idle
			long-send - lost idle
			info-again - lost idle
			write-wild - lost idle
			write-after - lost idle
			inval-wild - lost idle
			inval-again - lost idle
			twice rsp_idle=1 kept read
			other-connection rsp_connection=1 kept read
			other-id rsp_idle=1 kept read
			key-alive rsp_key_alive=1 kept read
			key-alive-used rsp_key_alive=1 kept read
			write-after - lost idle
			no-inval - kept read
			inval-before-data - lost read-fails
			inval-twice - kept read
			inval-early imm_type=1,rsp_key_alive=1 kept read
			data-long - lost read-fails
			data-before - lost read-fails
			other-key - lost read-fails
			error-most - kept read-fails
			error-again - kept read-fails
			half-answer - lost read-fails
			inval-and-leave - lost read-fails
			write-twice rsp_idle=1 kept write
			write-inval rsp_key_alive=1 kept write
			truth-new-keys - kept
			key-unasked key_rsp_length=1 lost idle
			key-none key_rsp_length=1 lost read-fails
			key-short key_rsp_length=1 lost read-fails
			key-long - lost read-fails
			key-type key_rsp_type=1 lost read-fails
			key-id key_rsp_id=1 lost read-fails
			key-wild-id key_rsp_id=1 lost read-fails
		LIES
		# it denies the disk it has open
		tell error-device
		hear ready
		io_as_it_should read-fails error-device
		hear "error-device: kept"
		wait_until 5 is "\$state" closed
		# another depth than at first: nobody tries that again but by hand
		tell rsp-depth-changes
		wait_until 10 grep -qx closed "\$(path_dir liar 1)/state_detail"
		same "refused" "conn_rsp_changed 1" "\$(grep conn_rsp_changed "\$refused")"
		echo 1 > "\$(path_dir liar 1)/reconnect"
		hear "rsp-depth-changes: lost"
		wait_until 10 is "\$state" open
		tell rsp-io-shrinks
		wait_until 10 grep -qx closed "\$(path_dir liar 1)/state_detail"
		echo 1 > "\$(path_dir liar 1)/reconnect"
		hear "rsp-io-shrinks: lost"
		wait_until 10 is "\$state" open
		the_end
	EOF
}

@test "two servers behind the addresses of one session: it stays with one of them" {
	in_uml <<-EOF
		$liar
		"\$RNBD_PEER" serve "\$(ip4 s 2)" 1235 <&"\$never" > /tmp/other &
		other=\$!
		wait_until 30 grep -q listening /tmp/other
		success() { cut -d' ' -f1 "\$(path_dir liar "\$1")/stats/reconnects"; }
		failures() { [[ \$(cut -d' ' -f2 "\$(path_dir liar "\$1")/stats/reconnects") -ge \$2 ]]; }
		echo "\$(paths 2 | sed s/path=//)" > /sys/class/rtrs-client/liar/add_path
		kernel_says "is that one server"
		wait_until 30 is "\$state" open
		before=\$(success 2)
		wait_until 30 failures 1 5
		read_it > /dev/null
		same "path 2" "\$before" "\$(success 2)"
		path_is liar 2 connected
		same "disk" open "\$(cat "\$state")"
		# the one that is left counts
		kill \$other
		wait_until 60 path_is liar 1 connected
		wait_until 30 is "\$state" open
		the_end
	EOF
}
