// SPDX-License-Identifier: GPL-2.0
/*
 * Layout of /sys as the modules make it, ours and the kernel's own. Entries
 * come and go while they are read: what is absent is left unset.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"
#include "sysfs.h"
#include "text.h"

#define FILE_MAX_BYTES	65536

#define CLIENT_CTL	"class/rnbd-client/ctl"
#define SERVER_CTL	"class/rnbd-server/ctl"
#define RTRS_SERVER_CTL	"class/rtrs-server/ctl"
#define SERVER_LIMITS	"module/rtrs_server/parameters"

static const char *const class_dirs[] = {
	[SIDE_CLIENT] = "class/rtrs-client",
	[SIDE_SERVER] = "class/rtrs-server",
};

static const char *const path_act_files[] = {
	[PATH_REMOVE]	  = "remove_path",
	[PATH_DISCONNECT] = "disconnect",
	[PATH_RECONNECT]  = "reconnect",
};

static const char *const setting_files[NR_SESSION_SETTINGS] = {
	[SET_MAX_RECONNECT_ATTEMPTS]	= "max_reconnect_attempts",
	[SET_RECONNECT_DELAY_MS]	= "reconnect_delay_ms",
	[SET_HB_INTERVAL_MS]		= "hb_interval_ms",
	[SET_HB_MISSED_MAX]		= "hb_missed_max",
	[SET_HB_IDLE_INTERVAL_MS]	= "hb_idle_interval_ms",
	[SET_FENCE_WAIT_MS]		= "fence_wait_ms",
	[SET_REQUEST_TIMEOUT_MS]	= "request_timeout_ms",
};

static const char *const limit_names[] = {
	"max_sessions", "max_half_open", "max_connections",
	"max_chunk_mem_mb", "max_chunk_size", "sess_queue_depth",
};

/* Another root serves the tests. */
static char *file_name(const char *fmt, va_list ap)
{
	const char *root = getenv("RNBDCTL_SYSFS");
	char *tail, *name;

	if (vasprintf(&tail, fmt, ap) < 0)
		tail = xcalloc(0, 1);
	name = xasprintf("%s/%s", root ? root : "/sys", tail);
	free(tail);
	return name;
}

__printf(1, 2)
static char *sysfs_name(const char *fmt, ...)
{
	va_list ap;
	char *name;

	va_start(ap, fmt);
	name = file_name(fmt, ap);
	va_end(ap);
	return name;
}

__printf(1, 2)
static bool sysfs_exists(const char *fmt, ...)
{
	va_list ap;
	char *name;
	bool found;

	va_start(ap, fmt);
	name = file_name(fmt, ap);
	va_end(ap);
	found = !access(name, F_OK);
	free(name);
	return found;
}

/* A file without its last newline, or NULL. */
__printf(1, 2)
static char *sysfs_read(const char *fmt, ...)
{
	char *name, *text = NULL;
	size_t used = 0;
	ssize_t got;
	va_list ap;
	int fd;

	va_start(ap, fmt);
	name = file_name(fmt, ap);
	va_end(ap);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	free(name);
	if (fd < 0)
		return NULL;

	text = xcalloc(1, FILE_MAX_BYTES);
	do {
		got = read(fd, text + used, FILE_MAX_BYTES - 1 - used);
		if (got > 0)
			used += got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	close(fd);
	if (got < 0) {
		free(text);
		return NULL;
	}
	if (used && text[used - 1] == '\n')
		text[used - 1] = '\0';
	return text;
}

/* Reads one number and moves on; unknown where there is none. */
static struct num take_num(const char **text)
{
	struct num value = { };
	char *end;

	if (!*text)
		return value;
	errno = 0;
	value.value = strtoll(*text, &end, 10);
	value.known = end != *text && !errno;
	*text = end;
	return value;
}

static struct num num_of(char *text)
{
	const char *at = text;
	struct num value = take_num(&at);

	free(text);
	return value;
}

static struct num sum_of(char *text)
{
	struct num sum = { 0 }, value;
	const char *at = text;

	for (value = take_num(&at); value.known; value = take_num(&at))
		sum = num(sum.value + value.value);
	free(text);
	return sum;
}

static int is_entry(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Names in a folder, rnbd2 before rnbd10; the caller frees each and the list. */
static size_t list_dir(char *dir, struct dirent ***entries)
{
	int nr = scandir(dir, entries, is_entry, versionsort);

	free(dir);
	if (nr >= 0)
		return nr;
	*entries = NULL;
	return 0;
}

static void list_free(struct dirent **entries, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		free(entries[i]);
	free(entries);
}

static void add_counter(struct counters *counters, char *name,
			struct num value)
{
	counters->list = xgrow(counters->list, counters->nr,
			       sizeof(*counters->list));
	counters->list[counters->nr++] = (struct counter){ name, value };
}

static void read_counters(struct counters *counters, char *text)
{
	char *line, *rest = text, *space;
	const char *at;

	while ((line = strsep(&rest, "\n"))) {
		space = strrchr(line, ' ');
		if (!space)
			continue;
		*space = '\0';
		at = space + 1;
		add_counter(counters, xstrdup(line), take_num(&at));
	}
	free(text);
}

static void read_path_stats(struct path *path, const char *dir)
{
	struct num *stats = path->stats;
	char *text;
	const char *at;
	int i;

	text = sysfs_read("%s/stats/reconnects", dir);
	at = text;
	stats[STAT_RECONNECTS] = take_num(&at);
	stats[STAT_FAILED_RECONNECTS] = take_num(&at);
	free(text);

	text = sysfs_read("%s/stats/rdma", dir);
	at = text;
	for (i = STAT_READS; i <= STAT_FAILED_OVER; i++)
		stats[i] = take_num(&at);
	free(text);

	stats[STAT_MIGRATIONS_FROM] =
		sum_of(sysfs_read("%s/stats/cpu_migration_from", dir));
	stats[STAT_MIGRATIONS_TO] =
		sum_of(sysfs_read("%s/stats/cpu_migration_to", dir));
	read_counters(&path->refused, sysfs_read("%s/stats/refused", dir));
}

static void read_path(struct path *path, enum side side, const char *dir)
{
	path->src = sysfs_read("%s/src_addr", dir);
	path->dst = sysfs_read("%s/dst_addr", dir);
	path->state = sysfs_read("%s/state", dir);
	/* A server shows a path only while it is connected. */
	if (!path->state && side == SIDE_SERVER)
		path->state = xstrdup("connected");
	path->up = path->state && !strcmp(path->state, "connected");
	path->state_detail = sysfs_read("%s/state_detail", dir);
	path->hca = sysfs_read("%s/hca_name", dir);
	path->port = num_of(sysfs_read("%s/hca_port", dir));
	path->latency_ns = num_of(sysfs_read("%s/cur_latency", dir));
	read_path_stats(path, dir);
}

static void read_session(struct session *session)
{
	const char *class = class_dirs[session->side];
	struct dirent **entries;
	size_t nr, i;
	char *dir;

	for (i = 0; i < NR_SESSION_SETTINGS; i++)
		session->settings[i] =
			num_of(sysfs_read("%s/%s/%s", class, session->name,
					  setting_files[i]));

	/* The file says "min-inflight (MI: 1)"; the name comes first. */
	session->policy = sysfs_read("%s/%s/mpath_policy", class,
				     session->name);
	if (session->policy)
		session->policy[strcspn(session->policy, " ")] = '\0';

	nr = list_dir(sysfs_name("%s/%s/paths", class, session->name),
		      &entries);
	for (i = 0; i < nr; i++) {
		struct path *path;

		session->paths = xgrow(session->paths, session->nr_paths,
				       sizeof(*session->paths));
		path = &session->paths[session->nr_paths++];
		path->name = xstrdup(entries[i]->d_name);
		dir = xasprintf("%s/%s/paths/%s", class, session->name,
				path->name);
		read_path(path, session->side, dir);
		free(dir);
	}
	list_free(entries, nr);
}

static void read_sessions(struct model *model, enum side side)
{
	struct dirent **entries;
	size_t nr, i;

	nr = list_dir(sysfs_name("%s", class_dirs[side]), &entries);
	for (i = 0; i < nr; i++) {
		struct session *session;

		if (!sysfs_exists("%s/%s/paths", class_dirs[side],
				  entries[i]->d_name))
			continue;
		model->sessions = xgrow(model->sessions, model->nr_sessions,
					sizeof(*model->sessions));
		session = &model->sessions[model->nr_sessions++];
		session->name = xstrdup(entries[i]->d_name);
		session->side = side;
		read_session(session);
	}
	list_free(entries, nr);
}

/* Numbers in a line: reads, merged, sectors, ms, the same of writes, ... */
static void read_device_io(struct device *device)
{
	static const int columns[] = {
		IO_READS, -1, IO_READ_BYTES, IO_READ_MS,
		IO_WRITES, -1, IO_WRITTEN_BYTES, IO_WRITE_MS, IO_IN_FLIGHT,
	};
	char *text = sysfs_read("block/%s/stat", device->name);
	const char *at = text;
	struct num value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		value = take_num(&at);
		if (columns[i] >= 0)
			device->io[columns[i]] = value;
	}
	device->io[IO_READ_BYTES].value *= 512;
	device->io[IO_WRITTEN_BYTES].value *= 512;
	free(text);
}

static void read_device(struct device *device)
{
	char *dir = xasprintf("block/%s/rnbd", device->name);

	device->session = sysfs_read("%s/session", dir);
	device->device_path = sysfs_read("%s/mapping_path", dir);
	device->state = sysfs_read("%s/state", dir);
	device->access_mode = sysfs_read("%s/access_mode", dir);
	device->nr_poll_queues = num_of(sysfs_read("%s/nr_poll_queues", dir));
	device->size_bytes = num_of(sysfs_read("block/%s/size", device->name));
	device->size_bytes.value *= 512;
	read_device_io(device);
	free(dir);
}

static void read_devices(struct model *model)
{
	struct dirent **entries;
	size_t nr, i;

	nr = list_dir(sysfs_name("block"), &entries);
	for (i = 0; i < nr; i++) {
		struct device *device;

		if (!sysfs_exists("block/%s/rnbd", entries[i]->d_name))
			continue;
		model->devices = xgrow(model->devices, model->nr_devices,
				       sizeof(*model->devices));
		device = &model->devices[model->nr_devices++];
		device->name = xstrdup(entries[i]->d_name);
		read_device(device);
	}
	list_free(entries, nr);
}

static void read_exports_of(struct model *model, const char *disk)
{
	struct dirent **entries;
	size_t nr, i;
	char *dir;

	nr = list_dir(sysfs_name(SERVER_CTL "/devices/%s/sessions", disk),
		      &entries);
	for (i = 0; i < nr; i++) {
		struct export *export;

		model->exports = xgrow(model->exports, model->nr_exports,
				       sizeof(*model->exports));
		export = &model->exports[model->nr_exports++];
		export->disk = xstrdup(disk);
		export->session = xstrdup(entries[i]->d_name);
		dir = xasprintf(SERVER_CTL "/devices/%s/sessions/%s", disk,
				export->session);
		export->device_path = sysfs_read("%s/mapping_path", dir);
		export->access_mode = sysfs_read("%s/access_mode", dir);
		export->read_only = num_of(sysfs_read("%s/read_only", dir));
		free(dir);
	}
	list_free(entries, nr);
}

/* Our own server has the file beside its devices, all have the parameter. */
static char *search_path_file(void)
{
	if (sysfs_exists(SERVER_CTL "/dev_search_path"))
		return sysfs_name(SERVER_CTL "/dev_search_path");
	return sysfs_name("module/rnbd_server/parameters/dev_search_path");
}

static void read_server(struct model *model)
{
	struct dirent **entries;
	size_t nr, i;

	nr = list_dir(sysfs_name(SERVER_CTL "/devices"), &entries);
	for (i = 0; i < nr; i++)
		read_exports_of(model, entries[i]->d_name);
	list_free(entries, nr);

	model->search_path = sysfs_read(SERVER_CTL "/dev_search_path");
	if (!model->search_path)
		model->search_path =
			sysfs_read("module/rnbd_server/parameters/dev_search_path");
}

static void read_rtrs_server(struct counters *server)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limit_names); i++)
		add_counter(server, xstrdup(limit_names[i]),
			    num_of(sysfs_read(SERVER_LIMITS "/%s",
					      limit_names[i])));
	add_counter(server, xstrdup("orphaned_ops"),
		    num_of(sysfs_read(RTRS_SERVER_CTL "/orphaned_ops")));
}

void sysfs_read_model(struct model *model)
{
	model->has_rnbd_client = sysfs_exists("class/rnbd-client");
	model->has_rnbd_server = sysfs_exists("class/rnbd-server");
	model->has_rtrs_client = sysfs_exists("class/rtrs-client");
	model->has_rtrs_server = sysfs_exists("class/rtrs-server");

	read_devices(model);
	read_sessions(model, SIDE_CLIENT);
	read_sessions(model, SIDE_SERVER);
	read_server(model);
	read_counters(&model->refused,
		      sysfs_read(RTRS_SERVER_CTL "/refused"));
	if (model->has_rtrs_server)
		read_rtrs_server(&model->server);
}

void sysfs_read_module(struct module *module)
{
	module->loaded = sysfs_exists("module/%s", module->name);
	module->version = sysfs_read("module/%s/version", module->name);
}

char *sysfs_rxe_netdev(const char *device)
{
	return sysfs_read("class/infiniband/%s/parent", device);
}

struct num sysfs_netdev_mtu(const char *netdev)
{
	return num_of(sysfs_read("class/net/%s/mtu", netdev));
}

bool sysfs_can_set_search_path(void)
{
	char *file = search_path_file();
	struct stat st;
	bool can = !stat(file, &st) && (st.st_mode & 0222);

	free(file);
	return can;
}

static bool dry_run;

void sysfs_dry_run(void)
{
	dry_run = true;
}

/* As the shell would have it done. */
static void print_write(const char *name, const char *text)
{
	char *quoted_name = text_for_shell(name);
	char *quoted_text = text_for_shell(text);

	printf("printf %%s %s >%s\n", quoted_text, quoted_name);
	free(quoted_text);
	free(quoted_name);
}

/* Takes the name. */
static struct write_result write_within(char *name, const char *text,
					unsigned int timeout_ms)
{
	struct write_result result = { };

	if (dry_run)
		print_write(name, text);
	else
		result = killable_write(name, text, timeout_ms);
	free(name);
	return result;
}

static struct write_result write_file(char *name, const char *text)
{
	return write_within(name, text, 0);
}

struct write_result sysfs_map(const char *request, unsigned int timeout_ms)
{
	return write_within(sysfs_name(CLIENT_CTL "/map_device"), request,
			    timeout_ms);
}

static struct write_result write_device(const struct device *device,
					const char *file, const char *text)
{
	return write_file(sysfs_name("block/%s/rnbd/%s", device->name, file),
			  text);
}

struct write_result sysfs_unmap(const struct device *device, bool force)
{
	return write_device(device, "unmap_device", force ? "force" : "normal");
}

bool sysfs_has_device(const struct device *device)
{
	return sysfs_exists("block/%s/rnbd", device->name);
}

struct write_result sysfs_resize(const struct device *device,
				 unsigned long long sectors)
{
	struct write_result result;
	char *text = xasprintf("%llu", sectors);

	result = write_device(device, "resize", text);
	free(text);
	return result;
}

struct write_result sysfs_remap(const struct device *device)
{
	return write_device(device, "remap_device", "1");
}

struct write_result sysfs_set_policy(const struct session *session,
				     const char *policy)
{
	return write_file(sysfs_name("%s/%s/mpath_policy",
				     class_dirs[session->side],
				     session->name), policy);
}

struct write_result sysfs_add_path(const struct session *session,
				   const char *pair)
{
	return write_file(sysfs_name("%s/%s/add_path",
				     class_dirs[session->side],
				     session->name), pair);
}

struct write_result sysfs_path_act(const struct session *session,
				   const struct path *path, enum path_act act)
{
	return write_file(sysfs_name("%s/%s/paths/%s/%s",
				     class_dirs[session->side], session->name,
				     path->name, path_act_files[act]), "1");
}

struct write_result sysfs_close_export(const struct export *export)
{
	return write_file(sysfs_name(SERVER_CTL "/devices/%s/sessions/%s/force_close",
				     export->disk, export->session), "1");
}

struct write_result sysfs_set_search_path(const char *path)
{
	return write_file(search_path_file(), path);
}
