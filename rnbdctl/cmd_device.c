// SPDX-License-Identifier: GPL-2.0
/*
 * Mapped devices: list, show, resize, remap.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cmd_device.h"
#include "cmd_path.h"
#include "explain.h"
#include "say.h"
#include "sysfs.h"
#include "view.h"

#define SECTOR_BYTES	512

static int run_list(const struct args *args)
{
	struct model model = { };
	struct selection select = { .model = &model };
	struct out *out;
	int rc;

	sysfs_read_model(&model);
	rc = need_module(model.has_rnbd_client, "rnbd-client");
	if (!rc) {
		select.session = arg(args, "sessname");
		out = out_new();
		view_devices(out, &select);
		rc = out_print(out, &args->style);
	}
	model_free(&model);
	return rc;
}

int read_device(struct model *model, const char *name,
		const struct device **device)
{
	int rc;

	sysfs_read_model(model);
	rc = need_module(model->has_rnbd_client, "rnbd-client");
	if (rc)
		return rc;
	*device = model_device(model, name);
	return *device ? RC_OK :
			 fail(RC_NOT_FOUND, "no mapped device %s", name);
}

int show_device(const struct model *model, const struct device *device,
		const struct style *style)
{
	const struct session *session = NULL;
	struct selection select = {
		.model = model, .one_side = true, .side = SIDE_CLIENT,
	};
	struct rdma rdma = { };
	struct out *out;

	rdma_read(&rdma);
	select.rdma = &rdma;
	select.session = device->session;
	if (device->session)
		session = model_session(model, SIDE_CLIENT, device->session);
	out = out_new();
	view_device(out, device);
	if (session) {
		view_session(out, "session", &select, session);
		view_paths(out, &select);
		view_path_stats(out, &select);
		view_refused(out, &select);
	}
	rdma_free(&rdma);
	return out_print(out, style);
}

static int run_show(const struct args *args)
{
	const struct device *device;
	struct model model = { };
	int rc;

	rc = read_device(&model, arg(args, "device"), &device);
	if (!rc)
		rc = show_device(&model, device, &args->style);
	model_free(&model);
	return rc;
}

/* Sectors of "8388608", "8388608s", "4G" or "4GiB"; 0 if it is no size. */
static unsigned long long parse_size(const char *text)
{
	static const char units[] = "KMGTP";
	unsigned long long value;
	const char *unit;
	unsigned int shift;
	char *end;

	if (!isdigit((unsigned char)*text))
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return 0;
	if (!*end || !strcmp(end, "s"))
		return value;

	unit = strchr(units, toupper((unsigned char)*end));
	if (!unit || (end[1] && strcmp(end + 1, "iB")))
		return 0;
	shift = 10 * (unit - units + 1);
	if (value > ULLONG_MAX >> shift)
		return 0;
	value <<= shift;
	return value / SECTOR_BYTES;
}

static const struct meaning resize_meanings[] = {
	{ ENOENT, RC_BUSY, "is not connected, it cannot be resized now" },
	{ EINVAL, RC_REFUSED, "the kernel did not take this size" },
	{ }
};

static const struct meaning remap_meanings[] = {
	{ EALREADY, RC_EXISTS, "is connected, there is nothing to remap" },
	{ EBUSY, RC_BUSY, "is being mapped just now" },
	{ ENODEV, RC_NOT_FOUND, "is being unmapped" },
	{ ENOENT, RC_REFUSED,
	  "the server refused: it finds no such device below its search path" },
	{ EPERM, RC_REFUSED,
	  "the server refused: another client has it open for writing" },
	{ EACCES, RC_REFUSED, "the server refused: it may not be opened so" },
	{ EROFS, RC_REFUSED, "the server refused: it is read-only there" },
	{ EINVAL, RC_REFUSED,
	  "the server's disk does not fit any more, see the kernel log" },
	{ }
};

static int explain_remap(const struct write_result *result,
			 const char *subject)
{
	if (is_no_answer(result->err) && result->err != ENODEV)
		return explain_no_answer(result->err, subject, NULL, 0);
	return explain(result, remap_meanings, "remap", subject);
}

static int remap(const struct device *device, const char *subject)
{
	struct write_result result = sysfs_remap(device);

	return explain_remap(&result, subject);
}

static int resize(const struct device *device, const char *subject,
		  unsigned long long sectors)
{
	struct write_result result = sysfs_resize(device, sectors);

	return explain(&result, resize_meanings, "resize", subject);
}

/* One device named by the user; @sectors 0 remaps it, else resizes it. */
static int change_device(const char *name, unsigned long long sectors)
{
	const struct device *device;
	struct model model = { };
	char *subject;
	int rc;

	rc = read_device(&model, name, &device);
	if (!rc) {
		subject = xasprintf("/dev/%s", device->name);
		rc = sectors ? resize(device, subject, sectors) :
			       remap(device, subject);
		free(subject);
	}
	model_free(&model);
	return rc;
}

/* A device may open by itself once a path is back. */
static int remap_if_closed(const char *name)
{
	const struct device *device;
	struct model model = { };
	struct write_result result = { };
	char *subject;
	int rc;

	sysfs_read_model(&model);
	device = model_device(&model, name);
	if (!device || !device->state || strcmp(device->state, "closed")) {
		model_free(&model);
		return RC_OK;
	}
	result = sysfs_remap(device);
	if (result.err == EALREADY)
		result.err = 0;
	subject = xasprintf("/dev/%s", device->name);
	rc = explain_remap(&result, subject);
	free(subject);
	model_free(&model);
	return rc;
}

/* The session's paths first: without one there is nobody to ask. */
static int run_recover(const struct args *args)
{
	const char *name = arg(args, "device");
	const struct session *session = NULL;
	const struct device *device;
	struct model model = { };
	int rc;

	rc = read_device(&model, name, &device);
	if (rc)
		goto out;
	if (device->session)
		session = model_session(&model, SIDE_CLIENT, device->session);
	if (session)
		rc = recover_paths(session, args->cmd->name);
	if (device->state && !strcmp(device->state, "closed"))
		rc = remap_if_closed(name);
out:
	model_free(&model);
	return rc;
}

static int run_resize(const struct args *args)
{
	unsigned long long sectors = parse_size(arg(args, "size"));

	if (!sectors)
		return fail(RC_USAGE,
			    "bad size '%s': write 512-byte sectors as 8388608, or a size as 4096M or 4G",
			    arg(args, "size"));
	return change_device(arg(args, "device"), sectors);
}

static int run_remap(const struct args *args)
{
	return change_device(arg(args, "device"), 0);
}

static const struct word list_words[] = {
	{ "sessname", "SESSION", WORD_PLAIN, "only devices of this session",
	  KIND_CLIENT_SESSION },
	{ }
};

static const struct word show_words[] = {
	{ "device", "DEVICE", WORD_REQUIRED | WORD_PLAIN,
	  "as rnbd0 or /dev/rnbd0", KIND_DEVICE },
	{ }
};

static const struct word resize_words[] = {
	{ "device", "DEVICE", WORD_REQUIRED | WORD_PLAIN,
	  "as rnbd0 or /dev/rnbd0", KIND_DEVICE },
	{ "size", "SIZE", WORD_REQUIRED | WORD_PLAIN,
	  "512-byte sectors, or with K, M, G, T or P units of 1024" },
	{ }
};

static const struct word remap_words[] = {
	{ "device", "DEVICE", WORD_REQUIRED | WORD_PLAIN,
	  "as rnbd0 or /dev/rnbd0", KIND_DEVICE },
	{ }
};

const struct cmd device_cmds[] = {
	{ "device list", "List mapped devices", list_words, run_list },
	{ "device show", "Show a device, its session, paths and counters",
	  show_words, run_show },
	{ "device resize", "Tell a device that the server's disk has another size",
	  resize_words, run_resize },
	{ "device recover", "Connect what is down below a device, and open it again",
	  remap_words, run_recover },
	{ "device remap", "Open a device on the server again after it was lost",
	  remap_words, run_remap },
	{ }
};
