/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of the server. A session has paths, a path has connections and a
 * slot for each chunk number; the pages behind a number are a buffer, which
 * may be shared by the paths and outlive them.
 *
 * Locks, outer before inner: rtrs_srv_ctx.lock, rtrs_srv_sess.lock,
 * rtrs_srv_path.con_lock; then the spinlocks, which do not nest but for
 * rtrs_srv_con.wait_lock around rtrs_con.sq_lock.
 */
#ifndef RTRS_SRV_H
#define RTRS_SRV_H

#include <linux/kref.h>
#include <linux/percpu.h>
#include <linux/percpu-refcount.h>
#include <linux/rcupdate.h>
#include <linux/sysfs.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "rtrs.h"
#include "rtrs-core.h"
#include "rtrs-hb.h"
#include "rtrs-srv-decode.h"
#include "rtrs-srv-judge.h"
#include "rtrs-srv-refuse.h"

struct rtrs_srv_buf;
struct rtrs_srv_path;

/**
 * struct rtrs_srv_ctx - a server, made by rtrs_srv_open()
 * @ops: the upper layer
 * @port: where it listens
 * @listen_ip: listener for IP addresses, while there are RDMA devices
 * @listen_ib: listener for GIDs, likewise
 * @nr_devs: RDMA devices; guarded by @dev_lock
 * @dev_lock: devices come and go one at a time
 * @lock: guards the lists below, names and membership of sessions, and who
 *	waits for a path to be drained
 * @sessions: sessions a client can reach
 * @nr_sessions: length of @sessions
 * @paths: every path that exists, closed ones with operations included
 * @gone: woken when one of the next two changes
 * @departures: how often a path left its session
 * @nr_paths: length of @paths
 * @nr_half_open: paths in state CONNECTING
 * @nr_connections: connections admitted, not yet destroyed
 * @linger: ids of closed paths
 * @last_gone_ns: when a path last left the state CONNECTED
 */
struct rtrs_srv_ctx {
	struct rtrs_srv_ops		*ops;
	u16				port;
	struct rdma_cm_id		*listen_ip;
	struct rdma_cm_id		*listen_ib;
	unsigned int			nr_devs;
	struct mutex			dev_lock;	/* outermost */

	struct mutex			lock;		/* lists, names, fences */
	struct list_head		sessions;
	unsigned int			nr_sessions;
	struct list_head		paths;

	wait_queue_head_t		gone;
	atomic_t			departures;
	atomic_t			nr_paths;
	atomic_t			nr_half_open;
	atomic_t			nr_connections;
	struct rtrs_linger_owner	linger;
	u64				last_gone_ns;
};

/**
 * struct rtrs_srv_sess - all paths of one client's session
 * @ctx: its server
 * @refs: one for each path
 * @uuid: the wire's paths_uuid
 * @devs: protection domains of this session
 * @hb_conf: times of its heartbeats
 * @entry: in @ctx->sessions; guarded, as the next two, by @ctx->lock
 * @paths: paths not yet closed
 * @nr_paths: length of @paths
 * @lock: guards the members below
 * @name: as its client calls it; empty before the first info request. Once set
 *	it stays
 * @view: its device in sysfs, NULL while it has none
 * @bufs: current buffer of each chunk number, NULL when there is none
 * @link_lock: serialises link events, guards @nr_links
 * @nr_links: paths which the upper layer counts on
 * @generation: changes whenever the upper layer begins anew; not 0 while there
 *	are links
 * @priv: the upper layer's
 */
struct rtrs_srv_sess {
	struct rtrs_srv_ctx	*ctx;
	struct kref		refs;
	u8			uuid[RTRS_UUID_LEN];
	struct rtrs_dev_pool	devs;
	struct rtrs_hb_conf	hb_conf;

	struct list_head	entry;
	struct list_head	paths;
	unsigned int		nr_paths;

	struct mutex		lock;		/* view and buffers */
	char			name[RTRS_NAME_LEN];
	struct rtrs_srv_view	*view;
	struct rtrs_srv_buf	**bufs;

	struct mutex		link_lock;	/* link events */
	unsigned int		nr_links;
	u32			generation;
	void			*priv;
};

/**
 * struct rtrs_srv_con - one connection of a path
 * @base: queue pair and its send books
 * @path: its path
 * @recv_cqe: of receives without memory
 * @send_cqe: of answers, heartbeats and whatever has no entry of its own
 * @wait_lock: guards @waiting and posts from it; any context
 * @waiting: slots that wait for room in the send queue
 * @nr_waiting: how many, the one being tried included
 * @owing: requests without an answer
 * @peak: how many there were at most since there was none
 * @alone: never more than one; written by the handlers of receives
 */
struct rtrs_srv_con {
	struct rtrs_con		base;
	struct rtrs_srv_path	*path;
	struct ib_cqe		recv_cqe;
	struct ib_cqe		send_cqe;
	spinlock_t		wait_lock;	/* waiting slots */
	struct list_head	waiting;
	unsigned int		nr_waiting;
	atomic_t		owing;
	unsigned int		peak;
	bool			alone;
};

/* What a slot wants to post. */
enum rtrs_srv_post {
	RTRS_SRV_POST_INVALIDATE,	/* revoke the key before the request is read */
	RTRS_SRV_POST_ANSWER,
};

/**
 * struct rtrs_srv_slot - a chunk number on a path, and its one request
 * @path: its path
 * @buf: pages behind the number on this path; NULL when the path is closed
 * @mr: region that the client writes through, may cover several slots
 * @dma_addr: address of the pages for the device
 * @id: chunk number
 * @owed: an answer is owed. Whoever sets it owns the members below, until it
 *	is cleared right before the answer is posted
 * @con: where the request came by
 * @off: where its header is
 * @req: the request, decoded
 * @err: result, 0 or negative errno
 * @post: what it wants to post
 * @wait_entry: in @con->waiting
 * @inv_cqe: of the invalidation
 */
struct rtrs_srv_slot {
	struct rtrs_srv_path	*path;
	struct rtrs_srv_buf	*buf;
	struct ib_mr		*mr;
	u64			dma_addr;
	u16			id;

	atomic_t		owed;
	struct rtrs_srv_con	*con;
	u32			off;
	struct rtrs_srv_req	req;
	int			err;
	enum rtrs_srv_post	post;
	struct list_head	wait_entry;
	struct ib_cqe		inv_cqe;
};

/* User messages up to this length need no memory of their own. */
#define RTRS_SRV_MSG_INLINE	320

/**
 * struct rtrs_srv_op - a request in the hands of the upper layer, or before
 * @slot: slot of the request; holds a reference on its path
 * @buf: pages of the request; holds a reference
 * @arrived_ns: when
 * @dir: READ or WRITE, with the next three what makes two requests the same
 * @data_len: bytes of data
 * @usr_len: bytes of @msg
 * @msg: private copy of the user message
 * @big_msg: memory of @msg when it is longer than @small_msg
 * @work: hands it up from process context
 * @small_msg: memory of @msg otherwise
 * @pdu: the upper layer's
 */
struct rtrs_srv_op {
	struct rtrs_srv_slot	*slot;
	struct rtrs_srv_buf	*buf;
	u64			arrived_ns;
	u8			dir;
	u32			data_len;
	u16			usr_len;
	void			*msg;
	void			*big_msg;
	struct work_struct	work;
	u8			small_msg[RTRS_SRV_MSG_INLINE];
	u8			pdu[] __aligned(ARCH_KMALLOC_MINALIGN);
};

/* An operation has the pages to itself, or is the one that waits for them. */
enum {
	RTRS_SRV_BUF_OPS = 2,
};

/**
 * struct rtrs_srv_buf - the pages of one chunk
 * @refs: the session for which it is current, slots, operations
 * @pages: zeroed when allocated
 * @lock: guards the members below; any context
 * @active: operation that uses the pages
 * @waiting: the same request by another path, to be executed after @active
 * @taken: bit for each entry of @ops that is not free
 * @ops: memory of operations
 */
struct rtrs_srv_buf {
	refcount_t		refs;
	struct page		*pages;
	spinlock_t		lock;		/* users of the pages */
	struct rtrs_srv_op	*active;
	struct rtrs_srv_op	*waiting;
	unsigned int		taken;
	struct rtrs_srv_op	*ops[RTRS_SRV_BUF_OPS];
};

/**
 * struct rtrs_srv_pcpu - counters of a path on one CPU
 * @requests: READs and WRITEs
 * @bytes: of their data and user messages
 * @started: operations begun
 * @ended: operations ended
 */
struct rtrs_srv_pcpu {
	u64	requests[2];
	u64	bytes[2];
	u64	started;
	u64	ended;
};

/**
 * struct rtrs_srv_fence - a FENCE that was received, by the index of its buffer
 * @path: path it came by
 * @iu: its buffer, posted again when it is answered
 * @entry: in @path->fences, or in rtrs_srv_path.fence_waiters of the path that
 *	is to be drained
 */
struct rtrs_srv_fence {
	struct rtrs_srv_path	*path;
	struct rtrs_iu		*iu;
	struct list_head	entry;
};

/* Works which hand operations up; closing waits for the first kind earlier. */
enum rtrs_srv_handing {
	RTRS_SRV_HANDING_IO,
	RTRS_SRV_HANDING_SERVICE,
	RTRS_SRV_HANDINGS,
};

/**
 * struct rtrs_srv_path - one pair of addresses with its connections
 *
 * Set once:
 * @sess: its session
 * @uuid: the wire's sess_uuid
 * @recon_cnt: its incarnation
 * @cid_num: how many connections it will have
 * @features: accepted ones
 * @dev: its device, of the session's pool; gone when it is closed
 * @ib_dev: the device, to compare only
 * @src: the client's address
 * @dst: ours
 * @name: "SRC@DST"
 * @hca_port: port of the device
 * @pcpu: counters
 * @refused: counters by reason
 *
 * @refs: the path itself and its operations
 * @state: one writer, rtrs_srv_path_go()
 * @state_lock: serialises moves
 * @born: jiffies of its first connection
 * @setup_ns: when it was CONNECTED
 * @was_up: it is CONNECTED no more; guarded by @state_lock
 * @con_lock: guards filling of @cons; from CLOSING on they stay
 * @cons: by cid
 * @device_gone: the device is being removed, its ids must go at once
 * @nr_cons: how many there are
 *
 * Made while the info request is served:
 * @info_rx: buffer of the info request
 * @info_tx: buffer of the answer
 * @info: copy of the info request
 * @info_len: its length
 * @reg_cqe: of registrations
 * @reg_done: one for each batch of registrations
 * @reg_err: a registration failed
 * @slots: by chunk number
 * @nr_slots: of @slots that are mapped
 * @mrs: regions of @slots
 * @nr_mrs: length of @mrs
 * @keys: buffers of the messages that announce new keys
 * @kobj: its directory
 * @kobj_gone: @kobj is released
 * @shown: @kobj is in sysfs
 * @linked: counted in sess->nr_links
 *
 * @fence_rx: buffers for FENCE, of an extended peer
 * @fence_recs: by index in @fence_rx
 * @fences: received ones; guarded by @fence_lock
 * @fence_lock: any context
 * @fence_waiters: wait for this path to be drained; guarded by ctx->lock
 * @drained: nothing of the peer can have an effect any more; ctx->lock
 *
 * @hb: heartbeat
 * @handing: works that are handing up
 * @handed: woken when one of @handing becomes 0
 * @info_work: serves the info request
 * @fence_work: serves @fences
 * @expire_work: closes it while it is half-open
 * @close_work: closes it
 * @free_work: frees it after its last operation
 * @entry: in sess->paths
 * @ctx_entry: in ctx->paths
 * @pins_owner: keeps the upper layer's module while it has operations
 */
struct rtrs_srv_path {
	struct rtrs_srv_sess		*sess;
	u8				uuid[RTRS_UUID_LEN];
	u16				recon_cnt;
	u16				cid_num;
	u32				features;
	struct rtrs_dev			*dev;
	const struct ib_device		*ib_dev;
	struct sockaddr_storage		src;
	struct sockaddr_storage		dst;
	char				name[RTRS_NAME_LEN];
	u32				hca_port;
	struct rtrs_srv_pcpu __percpu	*pcpu;
	atomic64_t			refused[RTRS_SRV_REFUSALS];

	struct percpu_ref		refs;
	enum rtrs_srv_path_state	state;
	spinlock_t			state_lock;	/* moves */
	unsigned long			born;
	u64				setup_ns;
	bool				was_up;
	struct mutex			con_lock;	/* filling of cons */
	struct rtrs_srv_con		**cons;
	bool				device_gone;
	u16				nr_cons;

	struct rtrs_iu_block		*info_rx;
	struct rtrs_iu_block		*info_tx;
	struct rtrs_info_req		info;
	u32				info_len;
	struct ib_cqe			reg_cqe;
	struct completion		reg_done;
	bool				reg_err;
	struct rtrs_srv_slot		*slots;
	u32				nr_slots;
	struct ib_mr			**mrs;
	u32				nr_mrs;
	struct rtrs_iu_block		*keys;
	struct kobject			kobj;
	struct completion		kobj_gone;
	bool				shown;
	bool				linked;

	struct rtrs_iu_block		*fence_rx;
	struct rtrs_srv_fence		*fence_recs;
	struct list_head		fences;
	spinlock_t			fence_lock;	/* fences */
	struct list_head		fence_waiters;
	bool				drained;

	struct rtrs_hb			hb;
	atomic_t			handing[RTRS_SRV_HANDINGS];
	wait_queue_head_t		handed;
	struct work_struct		info_work;
	struct work_struct		fence_work;
	struct delayed_work		expire_work;
	struct work_struct		close_work;
	struct work_struct		free_work;
	struct list_head		entry;
	struct list_head		ctx_entry;
	bool				pins_owner;
};

/* rtrs-srv-main.c */
extern struct rtrs_srv_geometry rtrs_srv_geo;
extern struct workqueue_struct *rtrs_srv_wq;
extern struct workqueue_struct *rtrs_srv_op_wq;
extern struct workqueue_struct *rtrs_srv_close_wq;
extern unsigned int rtrs_srv_max_sessions;
extern unsigned int rtrs_srv_max_half_open;
extern unsigned int rtrs_srv_max_connections;
extern unsigned int rtrs_srv_max_total_connections;
extern unsigned int rtrs_srv_max_chunk_mem_mb;
unsigned int rtrs_srv_orphans(void);

/* rtrs-srv-listen.c */
int rtrs_srv_listen(struct rtrs_srv_ctx *ctx);
void rtrs_srv_unlisten(struct rtrs_srv_ctx *ctx);

/* rtrs-srv-sess.c */
struct rtrs_srv_sess *rtrs_srv_sess_find(struct rtrs_srv_ctx *ctx,
					 const u8 *uuid);
struct rtrs_srv_sess *rtrs_srv_sess_create(struct rtrs_srv_ctx *ctx,
					   const u8 *uuid);
void rtrs_srv_sess_abandon(struct rtrs_srv_sess *sess);
void rtrs_srv_sess_put(struct rtrs_srv_sess *sess);
void rtrs_srv_sess_join(struct rtrs_srv_sess *sess, struct rtrs_srv_path *path);
void rtrs_srv_sess_leave(struct rtrs_srv_path *path);
enum rtrs_srv_refusal rtrs_srv_sess_take_name(struct rtrs_srv_sess *sess,
					      const u8 *name);
int rtrs_srv_sess_link_up(struct rtrs_srv_path *path);
void rtrs_srv_sess_link_down(struct rtrs_srv_path *path);

/* rtrs-srv-path.c */
struct rtrs_srv_path *rtrs_srv_path_create(struct rtrs_srv_sess *sess,
					   const struct rtrs_srv_offer *offer,
					   struct rdma_cm_id *cm_id);
int rtrs_srv_path_add_con(struct rtrs_srv_path *path, u16 cid,
			  struct rdma_cm_id *cm_id);
bool rtrs_srv_path_go(struct rtrs_srv_path *path, enum rtrs_srv_path_state to);
void rtrs_srv_path_close(struct rtrs_srv_path *path);
void rtrs_srv_path_progress(struct rtrs_srv_path *path);
u64 rtrs_srv_path_nr_ops(const struct rtrs_srv_path *path);
const char *rtrs_srv_path_label(const struct rtrs_srv_path *path);

/* Requests are accepted and answers sent only then; under rcu_read_lock() an
 * answer "yes" holds until the unlock: closing waits for a grace period.
 */
static inline bool rtrs_srv_path_live(const struct rtrs_srv_path *path)
{
	/* pairs with the release in rtrs_srv_path_go(): it is set up completely */
	return smp_load_acquire(&path->state) == RTRS_SRV_PATH_CONNECTED;
}

/* rtrs-srv-buf.c */
struct rtrs_srv_buf *rtrs_srv_buf_alloc(size_t pdu_sz);
void rtrs_srv_buf_put(struct rtrs_srv_buf *buf);
bool rtrs_srv_buf_busy(struct rtrs_srv_buf *buf);
struct rtrs_srv_op *rtrs_srv_buf_take_op(struct rtrs_srv_buf *buf);
void rtrs_srv_buf_return_op(struct rtrs_srv_op *op);
enum rtrs_srv_buf_claim {
	RTRS_SRV_BUF_MINE,
	RTRS_SRV_BUF_WAIT,
	RTRS_SRV_BUF_REFUSED,
} rtrs_srv_buf_claim(struct rtrs_srv_op *op);
struct rtrs_srv_op *rtrs_srv_buf_end(struct rtrs_srv_op *op);
struct rtrs_srv_op *rtrs_srv_buf_drop_waiter(struct rtrs_srv_buf *buf,
					     const struct rtrs_srv_path *path);

/* rtrs-srv-mem.c */
int rtrs_srv_mem_map(struct rtrs_srv_path *path);
int rtrs_srv_mem_register(struct rtrs_srv_path *path);
void rtrs_srv_mem_unmap(struct rtrs_srv_path *path);
void rtrs_srv_mem_give_up(struct rtrs_srv_path *path);
void rtrs_srv_mem_reg_wr(struct ib_mr *mr, struct ib_cqe *cqe,
			 struct ib_reg_wr *wr);

/* rtrs-srv-info.c */
int rtrs_srv_info_expect(struct rtrs_srv_path *path);
void rtrs_srv_info_serve(struct work_struct *work);

/* rtrs-srv-recv.c */
void rtrs_srv_recv_done(struct ib_cq *cq, struct ib_wc *wc);
bool rtrs_srv_recv_welcome(struct rtrs_srv_path *path);
int rtrs_srv_recv_post(struct rtrs_srv_path *path);
void rtrs_srv_recv_imm(struct rtrs_srv_con *con, struct ib_wc *wc);

/* rtrs-srv-op.c */
void rtrs_srv_op_begin(struct rtrs_srv_slot *slot);
void rtrs_srv_op_drop(struct rtrs_srv_op *op);
void rtrs_srv_op_work(struct work_struct *work);

/* rtrs-srv-resp.c */
void rtrs_srv_post(struct rtrs_srv_slot *slot, enum rtrs_srv_post what);
void rtrs_srv_answer(struct rtrs_srv_slot *slot, int err);
void rtrs_srv_send_done(struct ib_cq *cq, struct ib_wc *wc);
bool rtrs_srv_send_ended(struct rtrs_srv_con *con, const struct ib_wc *wc,
			 const char *what);

/* rtrs-srv-fence.c */
int rtrs_srv_fence_setup(struct rtrs_srv_path *path);
int rtrs_srv_fence_post(struct rtrs_srv_path *path);
void rtrs_srv_fence_serve(struct work_struct *work);
void rtrs_srv_fence_drained(struct rtrs_srv_path *path);
void rtrs_srv_fence_cancel(struct rtrs_srv_path *path);

/* rtrs-srv-refuse.c */
void rtrs_srv_refuse(struct rtrs_srv_path *path, enum rtrs_srv_refusal why);
void rtrs_srv_refuse_conn(const char *peer, enum rtrs_srv_refusal why);
int rtrs_srv_refuse_show(char *buf, const struct rtrs_srv_path *path);
bool rtrs_srv_refusal_closes(enum rtrs_srv_refusal why);

/* rtrs-srv-stats.c */
int rtrs_srv_stats_show(const struct rtrs_srv_path *path, char *buf);
void rtrs_srv_stats_reset(struct rtrs_srv_path *path);

/* rtrs-srv-sysfs.c */
int rtrs_srv_sysfs_init(void);
void rtrs_srv_sysfs_exit(void);
int rtrs_srv_sysfs_add_path(struct rtrs_srv_path *path);
void rtrs_srv_sysfs_del_path(struct rtrs_srv_path *path);
void rtrs_srv_sysfs_del_sess(struct rtrs_srv_sess *sess);

#endif /* RTRS_SRV_H */
