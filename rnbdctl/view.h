/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model as tables: which columns each object has, under which JSON keys.
 * Each function adds one table to a document.
 */
#ifndef RNBDCTL_VIEW_H
#define RNBDCTL_VIEW_H

#include "model.h"
#include "out.h"
#include "rdma.h"

/* What to show; NULL and false mean everything. */
struct selection {
	const struct model	*model;
	const struct rdma	*rdma;
	const char		*session;	/* of this name only */
	const char		*path;		/* of this name only */
	const char		*disk;		/* exports of this one only */
	bool			one_side;
	enum side		side;		/* if one_side is set */
};

/**
 * view_device() - the record of one device
 * @out:    the document
 * @device: the device
 */
void view_device(struct out *out, const struct device *device);

/**
 * view_devices() - the list of devices
 * @out:    the document
 * @select: which
 */
void view_devices(struct out *out, const struct selection *select);

/**
 * view_session() - the record of one session
 * @out:     the document
 * @key:     JSON key of the record
 * @select:  where it is from
 * @session: the session
 */
void view_session(struct out *out, const char *key,
		  const struct selection *select,
		  const struct session *session);

/**
 * view_sessions() - the list of sessions
 * @out:    the document
 * @select: which
 */
void view_sessions(struct out *out, const struct selection *select);

/**
 * view_paths() - the list of paths, with the links they use
 * @out:    the document
 * @select: which
 */
void view_paths(struct out *out, const struct selection *select);

/**
 * view_device_stats() - what went through each device
 * @out:    the document
 * @select: which
 */
void view_device_stats(struct out *out, const struct selection *select);

/**
 * view_path_stats() - what went over each path
 * @out:    the document
 * @select: which
 */
void view_path_stats(struct out *out, const struct selection *select);

/**
 * view_refused() - what each path refused, by reason
 * @out:    the document
 * @select: which
 */
void view_refused(struct out *out, const struct selection *select);

/**
 * view_exports() - disks which clients have open
 * @out:    the document
 * @select: which
 */
void view_exports(struct out *out, const struct selection *select);

/**
 * view_refused_connects() - what the server refused before there was a path
 * @out:   the document
 * @model: the model
 */
void view_refused_connects(struct out *out, const struct model *model);

/**
 * view_rtrs_server() - limits and totals of the transport's server
 * @out:   the document
 * @model: the model
 */
void view_rtrs_server(struct out *out, const struct model *model);

#endif
