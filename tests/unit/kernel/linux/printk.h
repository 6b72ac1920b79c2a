/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>

#define pr_warn(...)	fprintf(stderr, __VA_ARGS__)
