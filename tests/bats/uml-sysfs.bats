# SPDX-License-Identifier: GPL-2.0
# Names, modes, texts and refusals in sysfs are those of the modules of Linux
# 6.12, but for what the manual says; see uml/sysfs.differences. And the published
# tool finds what it reads.

load lib/uml
load lib/golden

@test "sysfs looks as Linux's, but for what is documented; the published tool reads it" {
	like_linux sysfs
}
