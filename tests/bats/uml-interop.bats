# SPDX-License-Identifier: GPL-2.0
# Ours at one end, the modules of Linux 6.12 at the other, each in an instance
# of its own: a bit of everything. The whole stands in uml-long-interop.bats.

load lib/uml
load lib/interop-uml

setup_file() { need_both_ends; }

@test "client ours, server upstream: smallest chunks, IPv6, lost paths with keys renewed" {
	steps ours upstream geometry:1:8192:N ipv6 lost:Y
}

@test "client upstream, server ours: ordinary chunks, two paths lost with keys kept" {
	steps upstream ours geometry:128:131072:Y lost:N
}
