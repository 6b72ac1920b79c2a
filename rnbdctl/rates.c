// SPDX-License-Identifier: GPL-2.0
/*
 * Differences of counters by the time between.
 */
#include <string.h>
#include <time.h>

#include "rates.h"
#include "say.h"
#include "sysfs.h"

#define NS_PER_S	1000000000ULL
#define NS_PER_MS	1000000

enum device_column {
	DEV_DEVICE, DEV_SESSION, DEV_READS, DEV_READ, DEV_WRITES, DEV_WRITTEN,
	DEV_LATENCY, DEV_IN_FLIGHT,
};

static const struct column device_columns[] = {
	[DEV_DEVICE]	= { "device", "DEVICE", COLUMN_TEXT, 0 },
	[DEV_SESSION]	= { "session", "SESSION", COLUMN_TEXT, 0 },
	[DEV_READS]	= { "read_iops", "READ/S", COLUMN_COUNT, 0 },
	[DEV_READ]	= { "read_bytes_per_s", "READ B/S", COLUMN_BYTES, 0 },
	[DEV_WRITES]	= { "write_iops", "WRITE/S", COLUMN_COUNT, 0 },
	[DEV_WRITTEN]	= { "written_bytes_per_s", "WRITE B/S", COLUMN_BYTES, 0 },
	[DEV_LATENCY]	= { "latency_ns", "LATENCY", COLUMN_NS, 0 },
	[DEV_IN_FLIGHT]	= { "in_flight", "IN FLIGHT", COLUMN_COUNT, 0 },
};

enum path_column {
	PATH_SESSION, PATH_SIDE, PATH_PATH, PATH_STATE, PATH_READS, PATH_READ,
	PATH_WRITES, PATH_WRITTEN, PATH_LATENCY, PATH_IN_FLIGHT,
};

static const struct column path_columns[] = {
	[PATH_SESSION]	= { "session", "SESSION", COLUMN_TEXT, 0 },
	[PATH_SIDE]	= { "side", "SIDE", COLUMN_TEXT, 0 },
	[PATH_PATH]	= { "path", "PATH", COLUMN_TEXT, 0 },
	[PATH_STATE]	= { "state", "STATE", COLUMN_TEXT, COLUMN_STATE },
	[PATH_READS]	= { "read_iops", "READ/S", COLUMN_COUNT, 0 },
	[PATH_READ]	= { "read_bytes_per_s", "READ B/S", COLUMN_BYTES, 0 },
	[PATH_WRITES]	= { "write_iops", "WRITE/S", COLUMN_COUNT, 0 },
	[PATH_WRITTEN]	= { "written_bytes_per_s", "WRITE B/S", COLUMN_BYTES, 0 },
	[PATH_LATENCY]	= { "latency_ns", "HEARTBEAT", COLUMN_NS, 0 },
	[PATH_IN_FLIGHT] = { "in_flight", "IN FLIGHT", COLUMN_COUNT, 0 },
};

void sample_take(struct sample *sample)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sample->at_ns = now.tv_sec * NS_PER_S + now.tv_nsec;
	sysfs_read_model(&sample->model);
}

/* Unknown if it was reset meanwhile. */
static struct num grown(struct num before, struct num now)
{
	struct num none = { };

	return before.known && now.known && now.value >= before.value ?
	       num(now.value - before.value) : none;
}

static struct num per_second(struct num before, struct num now,
			     unsigned long long ns)
{
	struct num by = grown(before, now);

	if (by.known)
		by.value = (long long)((double)by.value * NS_PER_S / ns + 0.5);
	return by;
}

/* Mean time of a request which ended between. */
static struct num latency(const struct num *before, const struct num *now)
{
	struct num reads = grown(before[IO_READS], now[IO_READS]);
	struct num writes = grown(before[IO_WRITES], now[IO_WRITES]);
	struct num read_ms = grown(before[IO_READ_MS], now[IO_READ_MS]);
	struct num write_ms = grown(before[IO_WRITE_MS], now[IO_WRITE_MS]);
	struct num none = { };

	if (!reads.known || !writes.known || !read_ms.known ||
	    !write_ms.known || !(reads.value + writes.value))
		return none;
	return num((read_ms.value + write_ms.value) * NS_PER_MS /
		   (reads.value + writes.value));
}

static const struct device *device_before(const struct sample *before,
					  const char *name)
{
	size_t i;

	for (i = 0; i < before->model.nr_devices; i++)
		if (!strcmp(before->model.devices[i].name, name))
			return &before->model.devices[i];
	return NULL;
}

static void device_row(struct table *table, const struct device *before,
		       const struct device *now, unsigned long long ns)
{
	char *node = xasprintf("/dev/%s", now->name);

	table_row(table);
	table_text(table, DEV_DEVICE, node);
	table_text(table, DEV_SESSION, now->session);
	table_num(table, DEV_IN_FLIGHT, now->io[IO_IN_FLIGHT]);
	free(node);
	if (!before)
		return;
	table_num(table, DEV_READS,
		  per_second(before->io[IO_READS], now->io[IO_READS], ns));
	table_num(table, DEV_READ,
		  per_second(before->io[IO_READ_BYTES],
			     now->io[IO_READ_BYTES], ns));
	table_num(table, DEV_WRITES,
		  per_second(before->io[IO_WRITES], now->io[IO_WRITES], ns));
	table_num(table, DEV_WRITTEN,
		  per_second(before->io[IO_WRITTEN_BYTES],
			     now->io[IO_WRITTEN_BYTES], ns));
	table_num(table, DEV_LATENCY, latency(before->io, now->io));
}

static const struct path *path_before(const struct sample *before,
				      const struct session *session,
				      const char *name)
{
	const struct session *old;
	size_t i;

	old = model_session(&before->model, session->side, session->name);
	for (i = 0; old && i < old->nr_paths; i++)
		if (!strcmp(old->paths[i].name, name))
			return &old->paths[i];
	return NULL;
}

static void path_row(struct table *table, const struct session *session,
		     const struct path *before, const struct path *now,
		     unsigned long long ns)
{
	static const struct {
		enum path_column	column;
		enum path_stat		stat;
	} rates[] = {
		{ PATH_READS, STAT_READS }, { PATH_READ, STAT_READ_BYTES },
		{ PATH_WRITES, STAT_WRITES },
		{ PATH_WRITTEN, STAT_WRITTEN_BYTES },
	};
	size_t i;

	table_row(table);
	table_text(table, PATH_SESSION, session->name);
	table_text(table, PATH_SIDE, side_names[session->side]);
	table_text(table, PATH_PATH, now->name);
	table_text(table, PATH_STATE, now->state);
	table_num(table, PATH_LATENCY, now->latency_ns);
	table_num(table, PATH_IN_FLIGHT, now->stats[STAT_IN_FLIGHT]);
	for (i = 0; before && i < ARRAY_SIZE(rates); i++)
		table_num(table, rates[i].column,
			  per_second(before->stats[rates[i].stat],
				     now->stats[rates[i].stat], ns));
}

void view_rates(struct out *out, const struct sample *before,
		const struct sample *now, const char *session)
{
	unsigned long long ns = now->at_ns - before->at_ns;
	const struct model *model = &now->model;
	struct table *table;
	size_t i, p;

	ns = ns ? ns : 1;
	table = out_table(out, TABLE_LIST, "device_rates", "Devices",
			  device_columns, ARRAY_SIZE(device_columns));
	for (i = 0; i < model->nr_devices; i++) {
		const struct device *device = &model->devices[i];

		if (!session || (device->session &&
				 !strcmp(device->session, session)))
			device_row(table, device_before(before, device->name),
				   device, ns);
	}
	table = out_table(out, TABLE_LIST, "path_rates", "Paths", path_columns,
			  ARRAY_SIZE(path_columns));
	for (i = 0; i < model->nr_sessions; i++) {
		const struct session *of = &model->sessions[i];

		if (session && strcmp(of->name, session))
			continue;
		for (p = 0; p < of->nr_paths; p++)
			path_row(table, of,
				 path_before(before, of, of->paths[p].name),
				 &of->paths[p], ns);
	}
}
