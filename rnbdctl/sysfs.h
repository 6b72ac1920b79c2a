/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's files: the only place which knows their names. Reading fills
 * the model; each write is one act of the kernel and may block until it is
 * done, see killable.h.
 */
#ifndef RNBDCTL_SYSFS_H
#define RNBDCTL_SYSFS_H

#include "killable.h"
#include "model.h"

/* What a path can be told to do. */
enum path_act {
	PATH_REMOVE,
	PATH_DISCONNECT,
	PATH_RECONNECT,
};

/**
 * sysfs_read_model() - read everything the modules show
 * @model: empty; the caller gives it to model_free() when done
 *
 * Files which are absent or vanish meanwhile leave their field unset.
 */
void sysfs_read_model(struct model *model);

/**
 * sysfs_read_module() - read whether a module is loaded, and its version
 * @module: its name is set; the caller frees the version
 */
void sysfs_read_module(struct module *module);

/**
 * sysfs_rxe_netdev() - the network device below a soft-RoCE device
 * @device: name of an RDMA device
 *
 * Return: a new string, or NULL if it is none of soft-RoCE; the caller frees.
 */
char *sysfs_rxe_netdev(const char *device);

/**
 * sysfs_netdev_mtu() - the MTU of a network device
 * @netdev: its name
 *
 * Return: bytes, or unknown.
 */
struct num sysfs_netdev_mtu(const char *netdev);

/**
 * sysfs_can_set_search_path() - whether the search path can be written
 *
 * Return: false if the loaded rnbd_server takes it at load time only.
 */
bool sysfs_can_set_search_path(void);

/**
 * sysfs_dry_run() - print what would be written, and write nothing
 *
 * Context: before all other calls. Writes succeed from now on.
 */
void sysfs_dry_run(void);

/**
 * sysfs_map() - map a device
 * @request:    words in the grammar of map_device
 * @timeout_ms: how long the kernel may take, 0 for no end
 *
 * Return: see struct write_result.
 */
struct write_result sysfs_map(const char *request, unsigned int timeout_ms);

/**
 * sysfs_unmap() - unmap a device
 * @device: the device
 * @force:  even if somebody has it open
 *
 * Return: see struct write_result.
 */
struct write_result sysfs_unmap(const struct device *device, bool force);

/**
 * sysfs_has_device() - whether a device is still there
 * @device: the device
 */
bool sysfs_has_device(const struct device *device);

/**
 * sysfs_resize() - set the size of a device
 * @device:  the device
 * @sectors: its new size in sectors of 512 bytes
 *
 * Return: see struct write_result.
 */
struct write_result sysfs_resize(const struct device *device,
				 unsigned long long sectors);

/**
 * sysfs_remap() - open a disconnected device on the server again
 * @device: the device
 *
 * Return: see struct write_result.
 */
struct write_result sysfs_remap(const struct device *device);

/**
 * sysfs_set_policy() - choose how a client session picks paths
 * @session: the session
 * @policy:  full name of the policy
 *
 * Return: see struct write_result.
 */
struct write_result sysfs_set_policy(const struct session *session,
				     const char *policy);

/**
 * sysfs_add_path() - connect another path of a client session
 * @session: the session
 * @pair:    "src@dst" or "dst"
 *
 * Return: see struct write_result.
 */
struct write_result sysfs_add_path(const struct session *session,
				   const char *pair);

/**
 * sysfs_path_act() - remove, disconnect or reconnect a path
 * @session: its session
 * @path:    the path
 * @act:     what to do; servers know PATH_DISCONNECT only
 *
 * Return: see struct write_result.
 */
struct write_result sysfs_path_act(const struct session *session,
				   const struct path *path, enum path_act act);

/**
 * sysfs_close_export() - close a disk which a client has open
 * @export: the session's use of the disk
 *
 * Return: see struct write_result.
 */
struct write_result sysfs_close_export(const struct export *export);

/**
 * sysfs_set_search_path() - choose where the server looks for disks
 * @path: the folder; may hold %SESSNAME%
 *
 * Return: see struct write_result.
 */
struct write_result sysfs_set_search_path(const char *path);

#endif
