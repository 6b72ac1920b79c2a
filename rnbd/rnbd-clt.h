/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of the client and who may touch what of them.
 *
 * A session is a connection to one server and the tag set of the disks mapped
 * over it. A device is one mapped disk. Locks nest: dev->lock, then sess->lock;
 * neither is held while the server is asked something, except dev->lock by the
 * one who maps.
 */
#ifndef RNBD_CLT_H
#define RNBD_CLT_H

#include <linux/blk-mq.h>
#include <linux/kobject.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "rnbd-clt-opts.h"
#include "rnbd-clt-state.h"
#include "rnbd-msg.h"
#include "rtrs.h"

#define RNBD_PART_BITS		6	/* minors of a disk: 64 */
#define RNBD_MAX_DISKS		(1 << (MINORBITS - RNBD_PART_BITS))

/**
 * enum rnbd_sess_state - life of a session
 * @RNBD_SESS_OPENING: its first mapper connects; others wait
 * @RNBD_SESS_OPEN: usable, though maybe without a live path
 * @RNBD_SESS_CLOSING: failed to open, or its last device is gone; the name is
 *	free again when it has left the list
 */
enum rnbd_sess_state {
	RNBD_SESS_OPENING,
	RNBD_SESS_OPEN,
	RNBD_SESS_CLOSING,
};

/**
 * struct rnbd_starved - hardware queues which found no permit, first come first
 *	woken
 * @lock: guards @queues; taken from any context
 * @queues: of struct rnbd_clt_queue.starved
 */
struct rnbd_starved {
	spinlock_t		lock;	/* guards queues */
	struct list_head	queues;
};

struct rnbd_clt_sess {
	/* set once, before the state is OPEN */
	char			name[RNBD_PATH_LEN];
	struct rtrs_clt_sess	*rtrs;
	struct rtrs_clt_ops	rtrs_ops;
	unsigned int		nr_poll_queues;
	unsigned int		nr_irq_queues;
	struct rtrs_attrs	attrs;
	struct blk_mq_tag_set	tag_set;

	struct kref		kref;		/* memory and tag set */

	/* under the list's lock, see rnbd-clt-sess.c */
	struct list_head	entry;
	enum rnbd_sess_state	state;
	unsigned int		users;
	int			open_err;

	struct mutex		lock;		/* guards what follows */
	struct list_head	devs;
	bool			link_up;
	unsigned int		epoch;		/* counts link events */

	struct work_struct	restore;	/* after the link came back */
	struct rnbd_starved	starved;
};

struct rnbd_clt_dev {
	/* set once */
	struct rnbd_clt_sess	*sess;
	char			path[RNBD_PATH_LEN];	/* on the server */
	enum rnbd_access	access;
	int			index;
	struct gendisk		*gd;
	char			*title;		/* path@session, for the log */
	char			*link_name;	/* below ctl/devices */
	struct kobject		kobj;		/* the directory "rnbd" */

	struct kref		kref;
	struct list_head	all;		/* see rnbd-clt-dev.c */

	/* one of map, remap, resize, unmap, restore at a time */
	struct mutex		lock;
	u32			logical_block_size;

	/* written under sess->lock; I/O reads state, then device_id */
	enum rnbd_dev_state	state;
	u32			device_id;

	/* under sess->lock */
	struct list_head	entry;
	bool			wants_open;	/* OPEN is to be sent */
	unsigned int		wanted_epoch;	/* of the last wish for that */
	bool			server_has;	/* opened there in this epoch */
	unsigned int		open_epoch;
	bool			talking;	/* talk is queued or running */
	bool			leaving;	/* without disk: talk may end it */
	bool			gone;		/* left the session */
	int			open_err;
	struct rnbd_dev_info	info;		/* last good answer */

	struct delayed_work	forsake;	/* when its I/O takes too long */
	unsigned int		forsaken;	/* times; then nobody wants its I/O */

	struct work_struct	talk;		/* sends OPEN and CLOSE */
	struct work_struct	unknown;	/* the server denies unknown_id */
	u32			unknown_id;	/* by I/O, before unknown is queued */
};

/* driver data of a hardware queue */
struct rnbd_clt_queue {
	struct rnbd_clt_sess	*sess;
	struct blk_mq_hw_ctx	*hctx;
	int			poll_queue;	/* or -1 */
	struct list_head	starved;	/* under rnbd_starved.lock */

	spinlock_t		lock;		/* guards batch */
	struct rtrs_clt_batch	batch;
};

#define RNBD_INLINE_SG	4

/* private part of a block request */
struct rnbd_clt_req {
	struct rtrs_permit	*permit;
	struct rnbd_msg_io	msg;
	blk_status_t		status;
	struct sg_table		sgt;
	struct scatterlist	first_sg[RNBD_INLINE_SG];
};

extern struct workqueue_struct *rnbd_clt_wq;
extern struct workqueue_struct *rnbd_clt_forsake_wq;
extern int rnbd_clt_major;

#define rnbd_dev_info(dev, fmt, ...) \
	pr_info("<%s> " fmt, (dev)->title, ##__VA_ARGS__)
#define rnbd_dev_err(dev, fmt, ...) \
	pr_err("<%s> " fmt, (dev)->title, ##__VA_ARGS__)

/* rnbd-clt-main.c */
unsigned long rnbd_clt_answer_timeout(void);

/* rnbd-clt-sess.c */
struct rnbd_clt_sess *rnbd_clt_sess_get(const struct rnbd_map_opts *opts);
void rnbd_clt_sess_put(struct rnbd_clt_sess *sess);
void rnbd_clt_sess_free(struct rnbd_clt_sess *sess);
bool rnbd_clt_sess_used(struct rnbd_clt_sess *sess);
void rnbd_clt_sess_wait_none(void);

/* rnbd-clt-dev.c */
int rnbd_clt_map(const struct rnbd_map_opts *opts);
int rnbd_clt_unmap(struct rnbd_clt_dev *dev, bool force,
		   const struct attribute *self);
int rnbd_clt_remap(struct rnbd_clt_dev *dev);
int rnbd_clt_resize(struct rnbd_clt_dev *dev, u64 nr_sectors);
void rnbd_clt_dev_link_lost(struct rnbd_clt_dev *dev);
void rnbd_clt_dev_unknown(struct rnbd_clt_dev *dev, u32 device_id);
void rnbd_clt_dev_reopen(struct rnbd_clt_dev *dev);
void rnbd_clt_dev_put(struct rnbd_clt_dev *dev);
void rnbd_clt_unmap_all(void);

/* rnbd-clt-disk.c */
int rnbd_clt_disk_alloc(struct rnbd_clt_dev *dev);
int rnbd_clt_disk_add(struct rnbd_clt_dev *dev);
int rnbd_clt_disk_refit(struct rnbd_clt_dev *dev,
			const struct rnbd_dev_info *info);

/* rnbd-clt-queue.c */
int rnbd_clt_tags_alloc(struct rnbd_clt_sess *sess);
void rnbd_clt_tags_free(struct rnbd_clt_sess *sess);
void rnbd_clt_give_up_io(struct rnbd_clt_dev *dev, bool insist);

/* rnbd-clt-wait.c */
void rnbd_starved_init(struct rnbd_starved *starved);
struct rtrs_permit *rnbd_starved_get_permit(struct rnbd_clt_queue *queue);
void rnbd_starved_put_permit(struct rnbd_clt_sess *sess,
			     struct rtrs_permit *permit);
void rnbd_starved_leave(struct rnbd_clt_queue *queue);

/* rnbd-clt-msg.c */
int rnbd_clt_msg_sess_info(struct rnbd_clt_sess *sess);
int rnbd_clt_msg_open(struct rnbd_clt_dev *dev, struct rnbd_dev_info *info);
int rnbd_clt_msg_close(struct rnbd_clt_sess *sess, u32 device_id);

/* rnbd-clt-sysfs.c */
int rnbd_clt_sysfs_init(void);
void rnbd_clt_sysfs_stop(void);
void rnbd_clt_sysfs_exit(void);
int rnbd_clt_sysfs_add_dev(struct rnbd_clt_dev *dev);
void rnbd_clt_sysfs_del_dev(struct rnbd_clt_dev *dev);

#endif /* RNBD_CLT_H */
