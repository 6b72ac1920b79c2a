/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of the server and who may touch what of them.
 *
 * A session is one client. An opening is a device one session has open; it can
 * be found by its id as long as it is published, and outlives that until its
 * last I/O ended. A device is a block device which is open for somebody. The
 * order of a disk knows the writes under way, those of vanished openings too.
 *
 * Locks, outer before inner: rnbd_srv_sess.gone_lock, then either
 * rnbd_srv_sess.lock or that of rnbd-srv-dev.c. In any context
 * rnbd_srv_order.lock, then rnbd_srv_queue.lock. The lists of sessions and of
 * orders have locks of their own, which go with no other.
 *
 * Each I/O holds its opening by a percpu reference, an opening its session and
 * its order by theirs; so whatever an I/O needs at its end is there.
 */
#ifndef RNBD_SRV_H
#define RNBD_SRV_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/kobject.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu-refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "rnbd-msg.h"
#include "rtrs.h"

struct rnbd_srv_sess {
	/* set once */
	struct rtrs_srv_sess	*rtrs;
	char			name[RNBD_PATH_LEN];

	struct list_head	all;		/* see rnbd-srv-sess.c */
	struct kref		kref;
	u8			version;	/* 0 before SESS_INFO */
	struct xarray		ids;		/* published openings; RCU */

	struct mutex		gone_lock;	/* around the end of all openings */
	struct mutex		lock;		/* guards what follows */
	struct list_head	openings;	/* published or about to be */
	struct list_head	ending;		/* withdrawn, until they end */
	u32			next_id;	/* ids have no second life */
	bool			gone;
};

/* A block device somebody has open; rnbd-srv-dev.c's, under its lock. */
struct rnbd_srv_dev {
	struct list_head	entry;
	dev_t			devt;
	struct list_head	openings;	/* published or about to be */
	unsigned int		nr_writers;
	struct kobject		*dir;		/* ctl/devices/NAME */
	struct kobject		*sessions;	/* below it */
};

/* What a disk may be waited for with; see rnbd-srv-queue.c. */
struct rnbd_srv_queue {
	struct workqueue_struct	*wq;
	struct work_struct	work;
	spinlock_t		lock;		/* guards ios; irq */
	struct list_head	ios;		/* of rnbd_srv_io.queued */
};

/* The writes under way on a whole disk; see rnbd-srv-order.c. */
struct rnbd_srv_order {
	struct rnbd_srv_queue	queue;
	struct list_head	entry;		/* the list's lock */
	unsigned int		users;		/* the list's lock */
	struct gendisk		*disk;

	spinlock_t		lock;		/* guards what follows; irq */
	struct list_head	ios;		/* by time of arrival */
	unsigned int		nr_waiting;
};

struct rnbd_srv_opening {
	/* set once, before it is published */
	struct rnbd_srv_sess	*sess;
	char			path[RNBD_PATH_LEN];	/* as the client named it */
	char			*title;		/* path@session, for the log */
	enum rnbd_access	access;
	u32			id;
	struct file		*file;
	struct block_device	*bdev;
	struct rnbd_srv_order	*order;

	struct kref		kref;
	struct rcu_head		rcu;
	struct kobject		kobj;	/* below its device's sessions */
	struct percpu_ref	ios;	/* held by each I/O */
	struct work_struct	end;	/* after the last of them */

	/* under sess->lock */
	struct list_head	entry;	/* in the session's openings or ending */
	bool			published;
	struct list_head	closers;	/* answered at the end */

	/* under the devices' lock */
	struct rnbd_srv_dev	*dev;
	struct list_head	dev_entry;
};

/* One I/O; RTRS keeps it with its operation. */
struct rnbd_srv_io {
	struct rtrs_srv_op	*op;
	struct rnbd_srv_opening	*opening;
	struct bio		bio;
	struct bio_vec		vec;

	/* what is asked for */
	blk_opf_t		opf;
	u16			prio;
	u32			bytes;
	u64			sector;
	void			*data;	/* NULL if only a range is meant */

	/* its place in the order, see rnbd-srv-order.c */
	struct list_head	entry;
	u64			first;	/* sector of the whole disk */
	u64			end;	/* first one behind */
	bool			writes;
	bool			waits;
	struct list_head	queued;	/* see rnbd-srv-queue.c */
};

/* One CLOSE; RTRS keeps it with its operation. */
struct rnbd_srv_closer {
	struct rtrs_srv_op	*op;
	struct list_head	entry;
};

/* What RTRS keeps with each operation. */
union rnbd_srv_pdu {
	struct rnbd_srv_io	io;
	struct rnbd_srv_closer	closer;
};

/* Why something a client sent was refused; ctl/refused. */
enum rnbd_srv_refusal {
	RNBD_SRV_REFUSE_MESSAGE,
	RNBD_SRV_REFUSE_DIRECTION,
	RNBD_SRV_REFUSE_OPEN,
	RNBD_SRV_REFUSE_DEVICE,
	RNBD_SRV_REFUSE_IO,
	RNBD_SRV_REFUSALS
};

enum rnbd_srv_order_verdict {
	RNBD_SRV_ORDER_START,
	RNBD_SRV_ORDER_WAIT,
	RNBD_SRV_ORDER_DROP,
};

extern struct workqueue_struct *rnbd_srv_wq;

/* what a client can cause again and again is rate limited */
#define rnbd_opening_info(o, fmt, ...) \
	pr_info_ratelimited("<%s>: " fmt, (o)->title, ##__VA_ARGS__)
#define rnbd_opening_err(o, fmt, ...) \
	pr_err_ratelimited("<%s>: " fmt, (o)->title, ##__VA_ARGS__)

/* rnbd-srv-main.c */
void rnbd_srv_search_path_get(char *buf);
int rnbd_srv_search_path_set(const char *val);
unsigned int rnbd_srv_max_prio_class(void);

/* rnbd-srv-sess.c */
int rnbd_srv_link_ev(struct rtrs_srv_sess *rtrs, enum rtrs_srv_link_ev ev,
		     void *priv);
struct rnbd_srv_opening *rnbd_srv_opening_get(struct rnbd_srv_sess *sess,
					      u32 id);
int rnbd_srv_open(struct rnbd_srv_sess *sess, enum rnbd_access access,
		  const char *path, struct rnbd_dev_info *info);
bool rnbd_srv_withdraw(struct rnbd_srv_opening *opening);
void rnbd_srv_close(struct rnbd_srv_sess *sess, u32 id, struct rtrs_srv_op *op);
void rnbd_srv_opening_put(struct rnbd_srv_opening *opening);
void rnbd_srv_openings_wait_none(void);

/* rnbd-srv-dev.c */
int rnbd_srv_dev_join(struct rnbd_srv_opening *opening);
void rnbd_srv_dev_leave(struct rnbd_srv_opening *opening);

/* rnbd-srv-order.c */
struct rnbd_srv_order *rnbd_srv_order_get(struct gendisk *disk);
void rnbd_srv_order_put(struct rnbd_srv_order *order);
enum rnbd_srv_order_verdict rnbd_srv_order_enter(struct rnbd_srv_io *io);
void rnbd_srv_order_leave(struct rnbd_srv_io *io);

/* rnbd-srv-queue.c */
int rnbd_srv_queue_init(struct rnbd_srv_queue *queue, const char *disk_name);
void rnbd_srv_queue_exit(struct rnbd_srv_queue *queue);
void rnbd_srv_queue_add(struct rnbd_srv_queue *queue, struct rnbd_srv_io *io);
bool rnbd_srv_queue_busy(const struct rnbd_srv_queue *queue);

/* rnbd-srv-io.c */
int rnbd_srv_io_start(struct rnbd_srv_sess *sess, struct rtrs_srv_op *op,
		      void *data, size_t data_len, const void *msg,
		      size_t msg_len);
void rnbd_srv_io_submit(struct rnbd_srv_io *io);

/* rnbd-srv-msg.c */
void rnbd_srv_refuse(enum rnbd_srv_refusal why);
ssize_t rnbd_srv_refused_show(char *buf);
int rnbd_srv_msg(void *priv, struct rtrs_srv_op *op, void *data,
		 size_t data_len, const void *msg, size_t msg_len);

/* rnbd-srv-sysfs.c */
extern const struct kobj_type rnbd_srv_opening_ktype;
int rnbd_srv_sysfs_init(void);
void rnbd_srv_sysfs_exit(void);
struct kobject *rnbd_srv_sysfs_devices(void);

#endif /* RNBD_SRV_H */
