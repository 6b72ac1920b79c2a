# SPDX-License-Identifier: GPL-2.0
# The golden files of uml-wire.bats and uml-sysfs.bats are what the modules of
# Linux 6.12 do.

load lib/uml
load lib/golden

@test "what Linux's modules put on the wire has been written down" {
	is_golden wire
}

@test "what Linux's modules show in sysfs has been written down" {
	is_golden sysfs
}
