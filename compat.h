/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before every source file. The sources are written for the newest
 * supported kernel; whatever an older one lacks is supplied here and only here.
 */
#ifndef RNBD_COMPAT_H
#define RNBD_COMPAT_H

#endif
