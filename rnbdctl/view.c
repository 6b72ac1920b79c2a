// SPDX-License-Identifier: GPL-2.0
/*
 * Columns and rows of every object. The keys are the JSON schema: rnbdctl(8)
 * documents them and they keep their meaning.
 */
#include <string.h>

#include "say.h"
#include "util.h"
#include "view.h"

enum device_column {
	DEV_DEVICE, DEV_SIZE, DEV_STATE, DEV_MODE, DEV_SESSION, DEV_PATH,
	DEV_POLL_QUEUES,
};

static const struct column device_columns[] = {
	[DEV_DEVICE]	= { "device", "DEVICE", COLUMN_TEXT, 0 },
	[DEV_SIZE]	= { "size_bytes", "SIZE", COLUMN_BYTES, 0 },
	[DEV_STATE]	= { "state", "STATE", COLUMN_TEXT, COLUMN_STATE },
	[DEV_MODE]	= { "access_mode", "MODE", COLUMN_TEXT, 0 },
	[DEV_SESSION]	= { "session", "SESSION", COLUMN_TEXT, 0 },
	[DEV_PATH]	= { "device_path", "DEVICE PATH", COLUMN_TEXT, 0 },
	[DEV_POLL_QUEUES] = {
		"nr_poll_queues", "POLL QUEUES", COLUMN_COUNT, COLUMN_DETAIL
	},
};

enum session_column {
	SESS_SESSION, SESS_SIDE, SESS_STATE, SESS_PATHS, SESS_PATHS_UP,
	SESS_POLICY, SESS_DEVICES, SESS_SETTINGS,
	SESS_COLUMNS = SESS_SETTINGS + NR_SESSION_SETTINGS
};

static const struct column session_columns[SESS_COLUMNS] = {
	[SESS_SESSION]	= { "session", "SESSION", COLUMN_TEXT, 0 },
	[SESS_SIDE]	= { "side", "SIDE", COLUMN_TEXT, 0 },
	[SESS_STATE]	= { "state", "STATE", COLUMN_TEXT, COLUMN_STATE },
	[SESS_PATHS]	= { "paths", "PATHS", COLUMN_COUNT, 0 },
	[SESS_PATHS_UP]	= { "paths_up", "UP", COLUMN_COUNT, 0 },
	[SESS_POLICY]	= { "policy", "POLICY", COLUMN_TEXT, 0 },
	[SESS_DEVICES]	= { "devices", "DEVICES", COLUMN_COUNT, 0 },
	[SESS_SETTINGS + SET_MAX_RECONNECT_ATTEMPTS] = {
		"max_reconnect_attempts", "max_reconnect_attempts", COLUMN_COUNT, COLUMN_DETAIL
	},
	[SESS_SETTINGS + SET_RECONNECT_DELAY_MS] = {
		"reconnect_delay_ms", "reconnect_delay_ms", COLUMN_COUNT, COLUMN_DETAIL
	},
	[SESS_SETTINGS + SET_HB_INTERVAL_MS] = {
		"hb_interval_ms", "hb_interval_ms", COLUMN_COUNT, COLUMN_DETAIL
	},
	[SESS_SETTINGS + SET_HB_MISSED_MAX] = {
		"hb_missed_max", "hb_missed_max", COLUMN_COUNT, COLUMN_DETAIL
	},
	[SESS_SETTINGS + SET_HB_IDLE_INTERVAL_MS] = {
		"hb_idle_interval_ms", "hb_idle_interval_ms", COLUMN_COUNT, COLUMN_DETAIL
	},
	[SESS_SETTINGS + SET_FENCE_WAIT_MS] = {
		"fence_wait_ms", "fence_wait_ms", COLUMN_COUNT, COLUMN_DETAIL
	},
	[SESS_SETTINGS + SET_REQUEST_TIMEOUT_MS] = {
		"request_timeout_ms", "request_timeout_ms", COLUMN_COUNT, COLUMN_DETAIL
	},
};

enum path_column {
	PATH_SESSION, PATH_SIDE, PATH_SRC, PATH_DST, PATH_STATE, PATH_DETAIL,
	PATH_HCA, PATH_PORT, PATH_LINK, PATH_LATENCY, PATH_NETDEV,
	PATH_GID_INDEX, PATH_GID_TYPE,
};

static const struct column path_columns[] = {
	[PATH_SESSION]	= { "session", "SESSION", COLUMN_TEXT, 0 },
	[PATH_SIDE]	= { "side", "SIDE", COLUMN_TEXT, 0 },
	[PATH_SRC]	= { "src", "SOURCE", COLUMN_TEXT, 0 },
	[PATH_DST]	= { "dst", "DESTINATION", COLUMN_TEXT, 0 },
	[PATH_STATE]	= { "state", "STATE", COLUMN_TEXT, COLUMN_STATE },
	[PATH_DETAIL]	= { "state_detail", "DETAIL", COLUMN_TEXT, 0 },
	[PATH_HCA]	= { "hca", "HCA", COLUMN_TEXT, 0 },
	[PATH_PORT]	= { "port", "PORT", COLUMN_COUNT, 0 },
	[PATH_LINK]	= { "link", "LINK", COLUMN_TEXT, COLUMN_STATE },
	[PATH_LATENCY]	= { "latency_ns", "LATENCY", COLUMN_NS, 0 },
	[PATH_NETDEV]	= { "netdev", "NETDEV", COLUMN_TEXT, COLUMN_DETAIL },
	[PATH_GID_INDEX] = { "gid_index", "GID", COLUMN_COUNT, COLUMN_DETAIL },
	[PATH_GID_TYPE]	= { "gid_type", "GID TYPE", COLUMN_TEXT, COLUMN_DETAIL },
};

/* What devices and paths count alike. */
#define COLUMN_READS	{ "reads", "READS", COLUMN_COUNT, 0 }
#define COLUMN_READ	{ "read_bytes", "READ", COLUMN_BYTES, 0 }
#define COLUMN_WRITES	{ "writes", "WRITES", COLUMN_COUNT, 0 }
#define COLUMN_WRITTEN	{ "written_bytes", "WRITTEN", COLUMN_BYTES, 0 }
#define COLUMN_FLIGHT \
	{ "in_flight", "IN FLIGHT", COLUMN_COUNT, COLUMN_GAUGE }

enum stats_column {
	STATS_SESSION, STATS_SIDE, STATS_PATH, STATS_UP, STATS_COUNTERS,
	STATS_COLUMNS = STATS_COUNTERS + NR_PATH_STATS
};

static const struct column stats_columns[STATS_COLUMNS] = {
	[STATS_SESSION]	= { "session", "SESSION", COLUMN_TEXT, 0 },
	[STATS_SIDE]	= { "side", "SIDE", COLUMN_TEXT, 0 },
	[STATS_PATH]	= { "path", "PATH", COLUMN_TEXT, 0 },
	[STATS_UP]	= {
		"up", "UP", COLUMN_YES_NO, COLUMN_DETAIL | COLUMN_GAUGE
	},
	[STATS_COUNTERS + STAT_RECONNECTS] = {
		"reconnects", "RECONNECTS", COLUMN_COUNT, 0
	},
	[STATS_COUNTERS + STAT_FAILED_RECONNECTS] = {
		"failed_reconnects", "FAILED", COLUMN_COUNT, 0
	},
	[STATS_COUNTERS + STAT_READS] = COLUMN_READS,
	[STATS_COUNTERS + STAT_READ_BYTES] = COLUMN_READ,
	[STATS_COUNTERS + STAT_WRITES] = COLUMN_WRITES,
	[STATS_COUNTERS + STAT_WRITTEN_BYTES] = COLUMN_WRITTEN,
	[STATS_COUNTERS + STAT_IN_FLIGHT] = COLUMN_FLIGHT,
	[STATS_COUNTERS + STAT_FAILED_OVER] = {
		"failed_over", "FAILED OVER", COLUMN_COUNT, 0
	},
	[STATS_COUNTERS + STAT_MIGRATIONS_FROM] = {
		"cpu_migrations_from", "FROM CPU", COLUMN_COUNT, COLUMN_DETAIL
	},
	[STATS_COUNTERS + STAT_MIGRATIONS_TO] = {
		"cpu_migrations_to", "TO CPU", COLUMN_COUNT, COLUMN_DETAIL
	},
};

enum device_stats_column {
	DSTATS_DEVICE, DSTATS_SESSION, DSTATS_COUNTERS,
	DSTATS_COLUMNS = DSTATS_COUNTERS + NR_DEVICE_IO
};

static const struct column device_stats_columns[DSTATS_COLUMNS] = {
	[DSTATS_DEVICE]	 = { "device", "DEVICE", COLUMN_TEXT, 0 },
	[DSTATS_SESSION] = { "session", "SESSION", COLUMN_TEXT, 0 },
	[DSTATS_COUNTERS + IO_READS] = COLUMN_READS,
	[DSTATS_COUNTERS + IO_READ_BYTES] = COLUMN_READ,
	[DSTATS_COUNTERS + IO_READ_MS] = {
		"read_ms", "READ MS", COLUMN_COUNT, 0
	},
	[DSTATS_COUNTERS + IO_WRITES] = COLUMN_WRITES,
	[DSTATS_COUNTERS + IO_WRITTEN_BYTES] = COLUMN_WRITTEN,
	[DSTATS_COUNTERS + IO_WRITE_MS] = {
		"write_ms", "WRITE MS", COLUMN_COUNT, 0
	},
	[DSTATS_COUNTERS + IO_IN_FLIGHT] = COLUMN_FLIGHT,
};

enum refused_column {
	REF_SESSION, REF_SIDE, REF_PATH, REF_REASON, REF_COUNT,
};

static const struct column refused_columns[] = {
	[REF_SESSION]	= { "session", "SESSION", COLUMN_TEXT, 0 },
	[REF_SIDE]	= { "side", "SIDE", COLUMN_TEXT, 0 },
	[REF_PATH]	= { "path", "PATH", COLUMN_TEXT, 0 },
	[REF_REASON]	= { "reason", "REASON", COLUMN_TEXT, 0 },
	[REF_COUNT]	= { "count", "COUNT", COLUMN_COUNT, COLUMN_NO_ZERO },
};

enum export_column {
	EXP_DISK, EXP_SESSION, EXP_MODE, EXP_READ_ONLY, EXP_PATH,
};

static const struct column export_columns[] = {
	[EXP_DISK]	= { "disk", "DISK", COLUMN_TEXT, 0 },
	[EXP_SESSION]	= { "session", "SESSION", COLUMN_TEXT, 0 },
	[EXP_MODE]	= { "access_mode", "MODE", COLUMN_TEXT, 0 },
	[EXP_READ_ONLY]	= { "read_only", "READ ONLY", COLUMN_YES_NO, 0 },
	[EXP_PATH]	= { "device_path", "DEVICE PATH", COLUMN_TEXT, 0 },
};

enum counter_column {
	CNT_NAME, CNT_VALUE,
};

static const struct column refused_connect_columns[] = {
	[CNT_NAME]	= { "reason", "REASON", COLUMN_TEXT, 0 },
	[CNT_VALUE]	= { "count", "COUNT", COLUMN_COUNT, COLUMN_NO_ZERO },
};

static const struct column server_columns[] = {
	[CNT_NAME]	= { "name", "NAME", COLUMN_TEXT, 0 },
	[CNT_VALUE]	= { "value", "VALUE", COLUMN_COUNT, COLUMN_GAUGE },
};

static bool selected(const struct selection *select, enum side side,
		     const char *session)
{
	if (select->one_side && select->side != side)
		return false;
	return !select->session ||
	       (session && !strcmp(select->session, session));
}

static void device_row(struct table *table, const struct device *device)
{
	char *node = xasprintf("/dev/%s", device->name);

	table_row(table);
	table_text(table, DEV_DEVICE, node);
	table_num(table, DEV_SIZE, device->size_bytes);
	table_text(table, DEV_STATE, device->state);
	table_text(table, DEV_MODE, device->access_mode);
	table_text(table, DEV_SESSION, device->session);
	table_text(table, DEV_PATH, device->device_path);
	table_num(table, DEV_POLL_QUEUES, device->nr_poll_queues);
	free(node);
}

void view_device(struct out *out, const struct device *device)
{
	device_row(out_table(out, TABLE_RECORD, "device", "Device",
			     device_columns, ARRAY_SIZE(device_columns)), device);
}

void view_devices(struct out *out, const struct selection *select)
{
	const struct model *model = select->model;
	struct table *table;
	size_t i;

	table = out_table(out, TABLE_LIST, "devices", "Devices",
			  device_columns, ARRAY_SIZE(device_columns));
	for (i = 0; i < model->nr_devices; i++)
		if (selected(select, SIDE_CLIENT, model->devices[i].session))
			device_row(table, &model->devices[i]);
}

static size_t nr_disks(const struct model *model, const struct session *session)
{
	size_t i, nr = 0;

	if (session->side == SIDE_CLIENT) {
		for (i = 0; i < model->nr_devices; i++)
			nr += model->devices[i].session &&
			      !strcmp(model->devices[i].session,
				      session->name);
	} else {
		for (i = 0; i < model->nr_exports; i++)
			nr += !strcmp(model->exports[i].session,
				      session->name);
	}
	return nr;
}

static void session_row(struct table *table, const struct model *model,
			const struct session *session)
{
	size_t up = 0, i;

	for (i = 0; i < session->nr_paths; i++)
		up += session->paths[i].up;

	table_row(table);
	table_text(table, SESS_SESSION, session->name);
	table_text(table, SESS_SIDE, side_names[session->side]);
	table_text(table, SESS_STATE, up ? "connected" : "disconnected");
	table_num(table, SESS_PATHS, num(session->nr_paths));
	table_num(table, SESS_PATHS_UP, num(up));
	table_text(table, SESS_POLICY, session->policy);
	table_num(table, SESS_DEVICES, num(nr_disks(model, session)));
	for (i = 0; i < NR_SESSION_SETTINGS; i++)
		table_num(table, SESS_SETTINGS + i, session->settings[i]);
}

void view_session(struct out *out, const char *key,
		  const struct selection *select,
		  const struct session *session)
{
	session_row(out_table(out, TABLE_RECORD, key, "Session",
			      session_columns, SESS_COLUMNS),
		    select->model, session);
}

void view_sessions(struct out *out, const struct selection *select)
{
	const struct model *model = select->model;
	struct table *table;
	size_t i;

	table = out_table(out, TABLE_LIST, "sessions", "Sessions",
			  session_columns, SESS_COLUMNS);
	for (i = 0; i < model->nr_sessions; i++)
		if (selected(select, model->sessions[i].side,
			     model->sessions[i].name))
			session_row(table, model, &model->sessions[i]);
}

/* The local end of a path: its source here, its destination on a server. */
static const struct rdma_gid *local_gid(const struct rdma *rdma,
					const struct session *session,
					const struct path *path)
{
	const char *text = session->side == SIDE_CLIENT ? path->src :
							  path->dst;
	struct addr addr;

	if (!rdma || !path->hca || !text || addr_parse(&addr, text))
		return NULL;
	return rdma_gid(rdma, path->hca, &addr);
}

static void path_row(struct table *table, const struct rdma *rdma,
		     const struct session *session, const struct path *path)
{
	const struct rdma_gid *gid = local_gid(rdma, session, path);
	const struct rdma_link *link = NULL;

	if (rdma && path->hca && path->port.known)
		link = rdma_link(rdma, path->hca, path->port.value);

	table_row(table);
	table_text(table, PATH_SESSION, session->name);
	table_text(table, PATH_SIDE, side_names[session->side]);
	table_text(table, PATH_SRC, path->src);
	table_text(table, PATH_DST, path->dst);
	table_text(table, PATH_STATE, path->state);
	table_text(table, PATH_DETAIL, path->state_detail);
	table_text(table, PATH_HCA, path->hca);
	table_num(table, PATH_PORT, path->port);
	table_num(table, PATH_LATENCY, path->latency_ns);
	if (link) {
		table_text(table, PATH_LINK, link->state);
		table_text(table, PATH_NETDEV, link->netdev);
	}
	if (gid) {
		table_num(table, PATH_GID_INDEX, num(gid->index));
		table_text(table, PATH_GID_TYPE, gid->type);
	}
}

typedef void (*path_fn)(struct table *table, const struct rdma *rdma,
			const struct session *session,
			const struct path *path);

static void each_path(struct table *table, const struct selection *select,
		      path_fn add)
{
	const struct model *model = select->model;
	size_t i, p;

	for (i = 0; i < model->nr_sessions; i++) {
		const struct session *session = &model->sessions[i];

		if (!selected(select, session->side, session->name))
			continue;
		for (p = 0; p < session->nr_paths; p++)
			if (!select->path ||
			    !strcmp(select->path, session->paths[p].name))
				add(table, select->rdma, session,
				    &session->paths[p]);
	}
}

void view_paths(struct out *out, const struct selection *select)
{
	each_path(out_table(out, TABLE_LIST, "paths", "Paths", path_columns,
			    ARRAY_SIZE(path_columns)), select, path_row);
}

void view_device_stats(struct out *out, const struct selection *select)
{
	const struct model *model = select->model;
	struct table *table;
	size_t i, c;
	char *node;

	table = out_table(out, TABLE_LIST, "device_stats", "Devices",
			  device_stats_columns, DSTATS_COLUMNS);
	for (i = 0; i < model->nr_devices; i++) {
		const struct device *device = &model->devices[i];

		if (!selected(select, SIDE_CLIENT, device->session))
			continue;
		node = xasprintf("/dev/%s", device->name);
		table_row(table);
		table_text(table, DSTATS_DEVICE, node);
		table_text(table, DSTATS_SESSION, device->session);
		for (c = 0; c < NR_DEVICE_IO; c++)
			table_num(table, DSTATS_COUNTERS + c, device->io[c]);
		free(node);
	}
}

static void stats_row(struct table *table, const struct rdma *rdma,
		      const struct session *session, const struct path *path)
{
	size_t i;

	(void)rdma;
	table_row(table);
	table_text(table, STATS_SESSION, session->name);
	table_text(table, STATS_SIDE, side_names[session->side]);
	table_text(table, STATS_PATH, path->name);
	table_num(table, STATS_UP, num(path->up));
	for (i = 0; i < NR_PATH_STATS; i++)
		table_num(table, STATS_COUNTERS + i, path->stats[i]);
}

void view_path_stats(struct out *out, const struct selection *select)
{
	each_path(out_table(out, TABLE_LIST, "path_stats", "Traffic",
			    stats_columns, STATS_COLUMNS), select, stats_row);
}

static void refused_rows(struct table *table, const struct rdma *rdma,
			 const struct session *session,
			 const struct path *path)
{
	size_t i;

	(void)rdma;
	for (i = 0; i < path->refused.nr; i++) {
		table_row(table);
		table_text(table, REF_SESSION, session->name);
		table_text(table, REF_SIDE, side_names[session->side]);
		table_text(table, REF_PATH, path->name);
		table_text(table, REF_REASON, path->refused.list[i].name);
		table_num(table, REF_COUNT, path->refused.list[i].value);
	}
}

void view_refused(struct out *out, const struct selection *select)
{
	each_path(out_table(out, TABLE_LIST, "refused", "Refused on paths",
			    refused_columns, ARRAY_SIZE(refused_columns)), select,
		  refused_rows);
}

void view_exports(struct out *out, const struct selection *select)
{
	const struct model *model = select->model;
	struct table *table;
	char *disk, *c;
	size_t i;

	table = out_table(out, TABLE_LIST, "exports", "Exports",
			  export_columns, ARRAY_SIZE(export_columns));
	for (i = 0; i < model->nr_exports; i++) {
		const struct export *export = &model->exports[i];

		if (!selected(select, SIDE_SERVER, export->session) ||
		    (select->disk && strcmp(select->disk, export->disk)))
			continue;
		disk = xasprintf("/dev/%s", export->disk);
		for (c = disk; (c = strchr(c, '!')); )
			*c = '/';
		table_row(table);
		table_text(table, EXP_DISK, disk);
		table_text(table, EXP_SESSION, export->session);
		table_text(table, EXP_MODE, export->access_mode);
		table_num(table, EXP_READ_ONLY, export->read_only);
		table_text(table, EXP_PATH, export->device_path);
		free(disk);
	}
}

static void counter_rows(struct table *table, const struct counters *counters)
{
	size_t i;

	for (i = 0; i < counters->nr; i++) {
		table_row(table);
		table_text(table, CNT_NAME, counters->list[i].name);
		table_num(table, CNT_VALUE, counters->list[i].value);
	}
}

void view_refused_connects(struct out *out, const struct model *model)
{
	counter_rows(out_table(out, TABLE_LIST, "refused_connects",
			       "Refused connects", refused_connect_columns,
			       ARRAY_SIZE(refused_connect_columns)), &model->refused);
}

void view_rtrs_server(struct out *out, const struct model *model)
{
	counter_rows(out_table(out, TABLE_LIST, "rtrs_server",
			       "Server's limits", server_columns,
			       ARRAY_SIZE(server_columns)), &model->server);
}
