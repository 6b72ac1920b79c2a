/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Showing a device, for whoever has found it.
 */
#ifndef RNBDCTL_CMD_DEVICE_H
#define RNBDCTL_CMD_DEVICE_H

#include "args.h"
#include "model.h"

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
