// SPDX-License-Identifier: GPL-2.0
/* What map_device understands, and what it does not. */
#include <linux/types.h>

#include "rnbd-clt-opts.h"
#include "test.h"

static struct rnbd_map_opts opts;
static char buf[2048];

static int parse(const char *text)
{
	snprintf(buf, sizeof(buf), "%s", text);
	return rnbd_map_opts_parse(&opts, buf, 8);
}

static void a_whole_request_in_any_order(void)
{
	static const char all[] =
		"nr_poll_queues=2 path=x device_path=/b  access_mode=ro path=x@y sessname=a\n";

	EXPECT_EQ(parse(all), 0);
	EXPECT(!strcmp(opts.sessname, "a"));
	EXPECT(!strcmp(opts.device_path, "/b"));
	EXPECT_EQ(opts.access, RNBD_ACCESS_RO);
	EXPECT_EQ(opts.nr_poll_queues, 2);
	EXPECT_EQ(opts.nr_paths, 2);
	EXPECT(!strcmp(opts.paths[1].text, "x@y"));
	EXPECT_EQ(opts.paths[0].port, 1234);
	EXPECT_EQ(opts.port, 1234);
}

static void what_is_not_told_has_a_default(void)
{
	EXPECT_EQ(parse("sessname=a device_path=b"), 0);
	EXPECT_EQ(opts.access, RNBD_ACCESS_RW);
	EXPECT_EQ(opts.nr_poll_queues, 0);
	EXPECT_EQ(opts.nr_paths, 0);
}

static void one_port_is_that_of_all_paths(void)
{
	EXPECT_EQ(parse("sessname=a device_path=b path=x dest_port=99 path=y"), 0);
	EXPECT_EQ(opts.paths[0].port, 99);
	EXPECT_EQ(opts.paths[1].port, 99);
	EXPECT_EQ(opts.port, 99);
}

static void several_ports_hold_to_their_right(void)
{
	EXPECT_EQ(parse("sessname=a device_path=b path=x dest_port=99 path=y dest_port=0x9 path=z"),
		  0);
	EXPECT_EQ(opts.paths[0].port, 1234);
	EXPECT_EQ(opts.paths[1].port, 99);
	EXPECT_EQ(opts.paths[2].port, 9);
	EXPECT_EQ(opts.port, 9);
}

static void later_words_win(void)
{
	EXPECT_EQ(parse("sessname=a sessname=b device_path=c device_path=d"), 0);
	EXPECT(!strcmp(opts.sessname, "b"));
	EXPECT(!strcmp(opts.device_path, "d"));
}

static void names_have_1_to_254_characters(void)
{
	char text[600], name[256];

	memset(name, 'x', 255);
	name[255] = '\0';
	sprintf(text, "sessname=%.254s device_path=%.254s", name, name);
	EXPECT_EQ(parse(text), 0);
	EXPECT_EQ(strlen(opts.sessname), 254);
	sprintf(text, "sessname=%s device_path=y", name);
	EXPECT_EQ(parse(text), -EINVAL);
	sprintf(text, "sessname=y device_path=%s", name);
	EXPECT_EQ(parse(text), -EINVAL);
	EXPECT(strstr(opts.why, "device_path"));
}

static void bad_words_are_refused_with_a_reason(void)
{
	static const struct { const char *text; int err; } rows[] = {
		{ "", -EINVAL },
		{ "sessname=a", -EINVAL },
		{ "device_path=b", -EINVAL },
		{ "sessname= device_path=b", -EINVAL },
		{ "sessname=a device_path=b what", -EINVAL },
		{ "sessname=a device_path=b what=x", -EINVAL },
		{ "sessname=a.b device_path=b", -EINVAL },
		{ "sessname=a/b device_path=b", -EINVAL },
		{ "sessname=a\x01 device_path=b", -EINVAL },
		{ "sessname=a device_path=b\x7f", -EINVAL },
		{ "sessname=a\tdevice_path=b", -EINVAL },
		{ "sessname=a device_path=b access_mode=RO", -EINVAL },
		{ "sessname=a device_path=b dest_port=65536", -EINVAL },
		{ "sessname=a device_path=b dest_port=x", -EINVAL },
		{ "sessname=a device_path=b nr_poll_queues=9", -EINVAL },
		{ "sessname=a device_path=b nr_poll_queues=-2", -EINVAL },
		{ "sessname=a device_path=b path=1 path=2 path=3 path=4 path=5 path=6 path=7",
		  -ENOMEM },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(parse(rows[i].text), rows[i].err);
		EXPECT(opts.why && opts.why[0]);
	}
}

static void poll_queues_up_to_one_a_cpu(void)
{
	EXPECT_EQ(parse("sessname=a device_path=b nr_poll_queues=8"), 0);
	EXPECT_EQ(opts.nr_poll_queues, 8);
	EXPECT_EQ(parse("sessname=a device_path=b nr_poll_queues=-1"), 0);
	EXPECT_EQ(opts.nr_poll_queues, 8);
}

int main(void)
{
	a_whole_request_in_any_order();
	what_is_not_told_has_a_default();
	one_port_is_that_of_all_paths();
	several_ports_hold_to_their_right();
	later_words_win();
	names_have_1_to_254_characters();
	bad_words_are_refused_with_a_reason();
	poll_queues_up_to_one_a_cpu();
	return TEST_END();
}
