/* SPDX-License-Identifier: GPL-2.0 */
/* Names of devices to paths of this host. Pure: tests/unit/test_rnbd_path.c. */
#ifndef RNBD_SRV_PATH_H
#define RNBD_SRV_PATH_H

#include <linux/types.h>

#define RNBD_SESSNAME_TOKEN	"%SESSNAME%"

int rnbd_search_path_check(const char *search);
int rnbd_srv_path_build(char *buf, size_t size, const char *search,
			const char *sessname, const char *name);

#endif /* RNBD_SRV_PATH_H */
