/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding a device, and showing it.
 */
#ifndef RNBDCTL_CMD_DEVICE_H
#define RNBDCTL_CMD_DEVICE_H

#include "args.h"
#include "model.h"

/**
 * read_device() - read the model and find a device in it
 * @model:  empty; the caller gives it to model_free(), whatever is returned
 * @name:   as rnbd0, or a name below /dev which leads there
 * @device: result, points into @model
 *
 * Return: RC_OK, or RC_NO_MODULE or RC_NOT_FOUND with its line said.
 */
int read_device(struct model *model, const char *name,
		const struct device **device);

/**
 * show_device() - print a device with its session and paths
 * @model:  where it is from
 * @device: the device
 * @style:  how
 *
 * Return: as out_print().
 */
int show_device(const struct model *model, const struct device *device,
		const struct style *style);

#endif
