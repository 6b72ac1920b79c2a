# SPDX-License-Identifier: GPL-2.0
# What both ends say to each other is what the modules of Linux 6.12 say; but for
# one flag, see uml/wire.differences.

load lib/uml
load lib/golden

@test "a map, I/O of every kind and an unmap are on the wire what Linux makes of them" {
	like_linux wire
}
