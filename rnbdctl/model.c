// SPDX-License-Identifier: GPL-2.0
/*
 * Looking things up in the model, and letting go of it.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

const char *const side_names[] = {
	[SIDE_CLIENT] = "client",
	[SIDE_SERVER] = "server",
};

static void counters_free(struct counters *counters)
{
	size_t i;

	for (i = 0; i < counters->nr; i++)
		free(counters->list[i].name);
	free(counters->list);
}

static void session_free(struct session *session)
{
	size_t i;

	for (i = 0; i < session->nr_paths; i++) {
		struct path *path = &session->paths[i];

		free(path->name);
		free(path->src);
		free(path->dst);
		free(path->state);
		free(path->state_detail);
		free(path->hca);
		counters_free(&path->refused);
	}
	free(session->paths);
	free(session->name);
	free(session->policy);
}

void model_free(struct model *model)
{
	size_t i;

	for (i = 0; i < model->nr_devices; i++) {
		free(model->devices[i].name);
		free(model->devices[i].session);
		free(model->devices[i].device_path);
		free(model->devices[i].state);
		free(model->devices[i].access_mode);
	}
	free(model->devices);
	for (i = 0; i < model->nr_sessions; i++)
		session_free(&model->sessions[i]);
	free(model->sessions);
	for (i = 0; i < model->nr_exports; i++) {
		free(model->exports[i].disk);
		free(model->exports[i].session);
		free(model->exports[i].device_path);
		free(model->exports[i].access_mode);
	}
	free(model->exports);
	free(model->search_path);
	counters_free(&model->server);
	counters_free(&model->refused);
	memset(model, 0, sizeof(*model));
}

const struct device *model_device(const struct model *model, const char *name)
{
	const struct device *found = NULL;
	char *target = NULL;
	size_t i;

	if (!strncmp(name, "/dev/", 5)) {
		target = realpath(name, NULL);
		name = strrchr(target ? target : name, '/') + 1;
	}
	for (i = 0; i < model->nr_devices && !found; i++)
		if (!strcmp(model->devices[i].name, name))
			found = &model->devices[i];
	free(target);
	return found;
}

const struct device *model_mapping(const struct model *model,
				   const char *session,
				   const char *device_path)
{
	const struct device *device;
	size_t i;

	for (i = 0; i < model->nr_devices; i++) {
		device = &model->devices[i];
		if (device->session && !strcmp(device->session, session) &&
		    device->device_path &&
		    !strcmp(device->device_path, device_path))
			return device;
	}
	return NULL;
}

const struct session *model_session(const struct model *model, enum side side,
				    const char *name)
{
	size_t i;

	for (i = 0; i < model->nr_sessions; i++)
		if (model->sessions[i].side == side &&
		    !strcmp(model->sessions[i].name, name))
			return &model->sessions[i];
	return NULL;
}
