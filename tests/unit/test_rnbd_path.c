// SPDX-License-Identifier: GPL-2.0
/* From a client's name for a device to a path of the host. */
#include <linux/types.h>

#include "rnbd-srv-path.h"
#include "test.h"

static char buf[64];

static void paths_are_built_below_the_search_path(void)
{
	static const struct {
		const char *search, *sess, *name, *path;
	} rows[] = {
		{ "/", "s", "/dev/sdb", "/dev/sdb" },
		{ "/", "s", "dev/sdb", "/dev/sdb" },
		{ "/dev", "s", "sdb", "/dev/sdb" },
		{ "/dev/", "s", "//mapper///x", "/dev/mapper/x" },
		{ "/x/%SESSNAME%", "s", "disk", "/x/s/disk" },
		{ "/x/%SESSNAME%/y", "s", "disk", "/x/s/disk" },
		{ "/x%SESSNAME%", "s", "disk", "/x/s/disk" },
		{ "/", "s", "/dev/a..b", "/dev/a..b" },
		{ "/", "s", "/dev/...", "/dev/..." },
		{ "/dev", "..", "sdb", "/dev/sdb" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(rnbd_srv_path_build(buf, sizeof(buf), rows[i].search,
					      rows[i].sess, rows[i].name), 0);
		if (strcmp(buf, rows[i].path)) {
			fprintf(stderr, "row %u: %s\n", i, buf);
			test_failures++;
		}
	}
}

static void what_climbs_out_is_refused(void)
{
	static const struct { const char *search, *sess, *name; } rows[] = {
		{ "/dev", "s", ".." },
		{ "/dev", "s", "../etc" },
		{ "/dev", "s", "a/../../etc" },
		{ "/dev", "s", "a/.." },
		{ "/dev", "s", "/..//x" },
		{ "/x/%SESSNAME%", "..", "disk" },
		{ "/x/%SESSNAME%", ".", "disk" },
		{ "/x/%SESSNAME%", "a/b", "disk" },
		{ "/x/%SESSNAME%", "", "disk" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		EXPECT_EQ(rnbd_srv_path_build(buf, sizeof(buf), rows[i].search,
					      rows[i].sess, rows[i].name),
			  -EINVAL);
}

static void the_result_must_fit(void)
{
	char name[80];

	/* slash, 62 characters, terminator */
	memset(name, 'x', sizeof(name));
	name[62] = '\0';
	EXPECT_EQ(rnbd_srv_path_build(buf, sizeof(buf), "/", "s", name), 0);
	EXPECT_EQ(strlen(buf), 63);
	name[62] = 'x';
	name[63] = '\0';
	EXPECT_EQ(rnbd_srv_path_build(buf, sizeof(buf), "/", "s", name), -EINVAL);
}

static void search_paths_are_checked(void)
{
	static char long_path[5000];

	EXPECT_EQ(rnbd_search_path_check("/"), 0);
	EXPECT_EQ(rnbd_search_path_check("/srv/%SESSNAME%/disks"), 0);
	EXPECT_EQ(rnbd_search_path_check(""), -EINVAL);
	EXPECT_EQ(rnbd_search_path_check("dev"), -EINVAL);
	EXPECT_EQ(rnbd_search_path_check("/srv/../etc"), -EINVAL);
	EXPECT_EQ(rnbd_search_path_check("/srv/\x01"), -EINVAL);
	EXPECT_EQ(rnbd_search_path_check("/%SESSNAME%/%SESSNAME%"), -EINVAL);
	memset(long_path, '/', 4095);
	EXPECT_EQ(rnbd_search_path_check(long_path), 0);
	long_path[4095] = '/';
	EXPECT_EQ(rnbd_search_path_check(long_path), -EINVAL);
}

int main(void)
{
	paths_are_built_below_the_search_path();
	what_climbs_out_is_refused();
	the_result_must_fit();
	search_paths_are_checked();
	return TEST_END();
}
