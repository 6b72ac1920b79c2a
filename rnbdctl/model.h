/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel told, as plain data: devices, sessions with their paths,
 * exported disks. sysfs.c fills it, view.c shows it.
 */
#ifndef RNBDCTL_MODEL_H
#define RNBDCTL_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "num.h"

enum side {
	SIDE_CLIENT,
	SIDE_SERVER,
};

extern const char *const side_names[];

/* One "name value" line of a refusal file. */
struct counter {
	char		*name;
	struct num	value;
};

struct counters {
	struct counter	*list;
	size_t		nr;
};

enum path_stat {
	STAT_RECONNECTS,
	STAT_FAILED_RECONNECTS,
	STAT_READS,
	STAT_READ_BYTES,
	STAT_WRITES,
	STAT_WRITTEN_BYTES,
	STAT_IN_FLIGHT,
	STAT_FAILED_OVER,
	STAT_MIGRATIONS_FROM,
	STAT_MIGRATIONS_TO,
	NR_PATH_STATS
};

struct path {
	char		*name;		/* directory: "src@dst" */
	char		*src;
	char		*dst;
	char		*state;
	char		*state_detail;
	char		*hca;
	struct num	port;
	struct num	latency_ns;
	bool		up;
	struct num	stats[NR_PATH_STATS];
	struct counters	refused;
};

enum session_setting {
	SET_MAX_RECONNECT_ATTEMPTS,
	SET_RECONNECT_DELAY_MS,
	SET_HB_INTERVAL_MS,
	SET_HB_MISSED_MAX,
	SET_HB_IDLE_INTERVAL_MS,
	SET_FENCE_WAIT_MS,
	SET_REQUEST_TIMEOUT_MS,
	NR_SESSION_SETTINGS
};

struct session {
	char		*name;
	enum side	side;
	char		*policy;	/* its full name; client only */
	struct num	settings[NR_SESSION_SETTINGS];
	struct path	*paths;
	size_t		nr_paths;
};

/* What the block layer counts. */
enum device_io {
	IO_READS,
	IO_READ_BYTES,
	IO_READ_MS,
	IO_WRITES,
	IO_WRITTEN_BYTES,
	IO_WRITE_MS,
	IO_IN_FLIGHT,
	NR_DEVICE_IO
};

struct device {
	char		*name;		/* "rnbd0" */
	char		*session;
	char		*device_path;	/* the server's disk, as it was asked for */
	char		*state;
	char		*access_mode;
	struct num	size_bytes;
	struct num	nr_poll_queues;
	struct num	io[NR_DEVICE_IO];
};

/* One session's use of one exported disk. */
struct export {
	char		*disk;		/* directory: '/' is spelled '!' */
	char		*session;
	char		*device_path;
	char		*access_mode;
	struct num	read_only;
};

struct module {
	const char	*name;		/* as in /sys/module */
	bool		loaded;
	char		*version;	/* NULL if it tells none */
};

struct model {
	struct device	*devices;
	size_t		nr_devices;
	struct session	*sessions;	/* clients first, each side by name */
	size_t		nr_sessions;
	struct export	*exports;
	size_t		nr_exports;
	char		*search_path;	/* NULL if rnbd_server is not loaded */
	struct counters	server;		/* limits and totals of rtrs_server */
	struct counters	refused;	/* connects, by the server */
	bool		has_rnbd_client;
	bool		has_rnbd_server;
	bool		has_rtrs_client;
	bool		has_rtrs_server;
};

/**
 * model_free() - forget everything in a model
 * @model: filled by sysfs_read_model()
 */
void model_free(struct model *model);

/**
 * model_device() - find a device by its name
 * @model: the model
 * @name:  "rnbd0", "/dev/rnbd0", or a link in /dev to it
 *
 * Return: the device, or NULL.
 */
const struct device *model_device(const struct model *model, const char *name);

/**
 * model_mapping() - find a device by what it maps
 * @model:       the model
 * @session:     name of its session
 * @device_path: as it was given to map
 *
 * Return: the device, or NULL.
 */
const struct device *model_mapping(const struct model *model,
				   const char *session,
				   const char *device_path);

/**
 * model_session() - find a session
 * @model: the model
 * @side:  which end this host is
 * @name:  its name
 *
 * Return: the session, or NULL.
 */
const struct session *model_session(const struct model *model, enum side side,
				    const char *name);

#endif
