/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_STDDEF_H
#define SHIM_STDDEF_H

#include <stddef.h>

#define DECLARE_FLEX_ARRAY(type, name) \
	struct { struct { } empty_##name; type name[]; }

#endif
