/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RTRS client's objects: session, path, connection, slot, request, fence.
 * Members stand together by who may touch them. Internal to the client.
 *
 * Locks, outer before inner: rtrs_clt_path.life, of one path at a time; one of
 * link_mutex, fence_mutex and geo_mutex of the session; its fence_lock; as
 * leaves rtrs_clt_path.state_lock and rtrs_con.sq_lock. paths_mutex goes with
 * the state_lock only. The user's link_ev is called under link_mutex, the
 * conf_fn of a request that lost its path under life, perhaps fence_mutex, too.
 *
 * A path that was seen connected under RCU is not taken down before the end of
 * that section, nor is one that was found in the list freed. Who takes it down
 * owns its requests; a request's owner is otherwise whoever brings its last
 * event, see rtrs-clt-step.h.
 */
#ifndef RTRS_CLT_H
#define RTRS_CLT_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/rculist.h>
#include <linux/sbitmap.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "rtrs-clt-decode.h"
#include "rtrs-clt-policy.h"
#include "rtrs-clt-state.h"
#include "rtrs-clt-step.h"
#include "rtrs-core.h"
#include "rtrs-hb.h"
#include "rtrs-imm.h"
#include "rtrs.h"

enum {
	RTRS_CLT_MAX_MSG	= 512,	/* bytes of a user message */
	RTRS_CLT_HDR_LEN	= RTRS_CLT_MAX_MSG + sizeof(struct rtrs_read_hdr) +
				  sizeof(struct rtrs_sg_desc),
	RTRS_CLT_DATA_SGES	= 3,	/* a write of so many pieces needs no region */
	RTRS_CLT_SIGNAL_MOST	= 512,
	RTRS_CLT_SERVICE_RECVS	= 2 * RTRS_SERVICE_DEPTH,
	RTRS_CLT_MAX_RECONNECTS	= 9999,
	RTRS_CLT_PATH_TEXT	= 128,
	RTRS_CLT_PROBE_MS	= 5000,	/* for a connection to show that it lives */
	RTRS_CLT_OPEN_MS	= 30000, /* for a new path to come up */
	RTRS_CLT_RECONNECT_MS	= 5000,	/* for a server to let go of a path */
	RTRS_CLT_DOWN_MS	= 5000,	/* for lost paths to be taken down */
	RTRS_CLT_FENCE_WAIT_MS	= 2000,
	RTRS_CLT_REQUEST_MS	= 30000,
	RTRS_CLT_CALM_MS	= 60000, /* in which a server does not start twice */
};

struct rtrs_clt_path;

/**
 * struct rtrs_permit - the right to one request, and to the chunk of its number
 * @id: chunk, request and slot number
 * @cpu: where it was taken
 * @type: kind of connection it is meant for
 */
struct rtrs_permit {
	u32			id;
	int			cpu;
	enum rtrs_clt_con_type	type;
};

/**
 * struct rtrs_clt_con - a connection of a path
 * @con: queue pair; made and destroyed under the path's life
 * @path: set once
 * @done: completion entry of sends nobody waits for
 * @imm: completion entry of receives without memory
 * @probe: completion entry of a probe, see rtrs-clt-timeout.c
 * @probing: a probe is out
 * @probe_since: jiffies of it
 * @probe_ok: jiffies of the last one that came back
 * @dead_key: key which the peer invalidated last; only completions of @con
 * @have_dead_key: @dead_key was not used yet; as @dead_key
 * @polling: somebody polls its CQ
 * @keys: buffers of its receives if the peer renews keys, else NULL
 * @up: it was established; only under the path's life
 * @bye: the peer acknowledged its end; written by the CM's handler
 */
struct rtrs_clt_con {
	struct rtrs_con		con;
	struct rtrs_clt_path	*path;
	struct ib_cqe		done;
	struct ib_cqe		imm;

	struct ib_cqe		probe;
	bool			probing;
	unsigned long		probe_since;
	unsigned long		probe_ok;

	u32			dead_key;
	bool			have_dead_key;

	unsigned long		polling;

	struct rtrs_iu_block	*keys;
	bool			up;
	bool			bye;
};

struct rtrs_clt_req;

/**
 * struct rtrs_clt_slot - what one request needs on one path
 * @req: its request
 * @mr: memory region
 * @hdr: buffer of message and header
 * @reg: registers @mr
 * @write: carries message, header and data to the server
 * @inv: invalidates @mr
 * @sge: of @write
 * @sent: completion entry of @write when the request waits for it
 * @inval: completion entry of @inv
 * @next: in a batch
 *
 * Belongs to the owner of the request while that is on the path.
 */
struct rtrs_clt_slot {
	struct rtrs_clt_req	*req;
	struct ib_mr		*mr;
	struct rtrs_iu		*hdr;
	struct ib_reg_wr	reg;
	struct ib_rdma_wr	write;
	struct ib_send_wr	inv;
	struct ib_sge		sge[RTRS_CLT_DATA_SGES + 1];
	struct ib_cqe		sent;
	struct ib_cqe		inval;
	struct rtrs_clt_slot	*next;
};

/**
 * enum rtrs_clt_held - is a permit kept from use for the time being?
 * @RTRS_CLT_FREE: no
 * @RTRS_CLT_HELD: its request was given up, and the server may still be busy
 *	with the pages of its chunk
 * @RTRS_CLT_HELD_BACK: and its owner has given it back
 */
enum rtrs_clt_held {
	RTRS_CLT_FREE,
	RTRS_CLT_HELD,
	RTRS_CLT_HELD_BACK,
};

/**
 * struct rtrs_clt_req - a request, one for each permit of a session
 * @permit: its permit
 * @state: bits of enum rtrs_req_bit, see rtrs_req_step()
 * @con: connection it is on, NULL while it is parked; valid while busy
 * @ops: how its end is reported
 * @sg: data, mapped for the device of @con while it is on one
 * @sg_cnt: entries of @sg
 * @data_len: bytes of @sg
 * @msg_len: bytes of the user message
 * @dir: READ or WRITE
 * @poll_queue: see struct rtrs_clt_io
 * @err: what the answer said
 * @started: jiffies of its first submission
 * @reported: that it takes long
 * @entry: on a list of parked requests
 * @msg: user message, while parked
 * @held: see enum rtrs_clt_held
 * @held_since: the session's @nr_setups then
 *
 * All but @state and @held belong to whoever took it from idle, then to whoever draws
 * the verdict RTRS_REQ_END, or to the recovery of the path.
 */
struct rtrs_clt_req {
	struct rtrs_permit	permit;
	atomic_t		state;
	struct rtrs_clt_con	*con;
	struct rtrs_clt_req_ops	ops;
	struct scatterlist	*sg;
	unsigned int		sg_cnt;
	u32			data_len;
	u32			msg_len;
	u8			dir;
	int			poll_queue;
	int			err;
	unsigned long		started;
	bool			reported;
	struct list_head	entry;
	u8			msg[RTRS_CLT_MAX_MSG];
	atomic_t		held;
	u64			held_since;
};

/**
 * struct rtrs_clt_fence - a lost path whose late packets may still arrive
 * @ref: the session's list, and each lingering id of the path
 * @sess: session, which it holds
 * @uuid: of the path
 * @recon_cnt: incarnation
 * @nr_alive: connections whose end the peer has not acknowledged
 * @entry: in the session's list
 * @parked: requests that wait for it; only under the session's fence_mutex
 * @peer_fences: the path's peer accepted RTRS_FEAT_FENCE
 * @drained: jiffies when our end was silent
 *
 * Under the session's fence_lock:
 * @proven: nothing of the path is under way any more
 * @failed: a request of it was reported failed: its pages may hold newer data
 * @via: path over which the peer was asked, or NULL
 * @asked: jiffies of that question
 */
struct rtrs_clt_fence {
	struct kref		ref;
	struct rtrs_clt_sess	*sess;
	u8			uuid[RTRS_UUID_LEN];
	u16			recon_cnt;
	atomic_t		nr_alive;
	struct list_head	entry;
	struct list_head	parked;
	bool			peer_fences;
	unsigned long		drained;

	bool			proven;
	bool			failed;
	struct rtrs_clt_path	*via;
	unsigned long		asked;
};

/* What a CPU has counted on a path. */
struct rtrs_clt_pcpu {
	u64	reads;
	u64	read_bytes;
	u64	writes;
	u64	write_bytes;
	u64	failed_over;
	u32	migrated_from;
	u32	migrated_to;
};

/**
 * struct rtrs_clt_path - a pair of addresses with its connections
 *
 * Set once:
 * @kobj: its directory; holds the memory
 * @entry: in the session's list; under its paths_mutex, read under RCU
 * @sess: session
 * @id: number in the order of the list
 * @uuid: names it to the server
 * @src: own address
 * @has_src: @src was given
 * @dst: server's address
 * @nr_cons: connections of it
 * @irq_cons: of these, so many first ones are driven by interrupts
 * @cons: its connections
 * @in_sysfs: @kobj was added; under paths_mutex
 *
 * The state, any context:
 * @state_lock: guards @state
 * @state: rtrs-clt-state.c is the only writer
 * @wait: woken at each change, and at each step of an attempt
 *
 * Work on it:
 * @life: held while it is brought up or taken down
 * @lost_work: takes it down
 * @connect_work: tries to bring it up
 * @nr_attempts_done: counts outcomes, for those who wait for one
 * @attempt_err: outcome of the last one
 * @asked_for: somebody wants it connected now
 *
 * The attempt under way, written by the CM's handler:
 * @cm_step: last CM event that led on
 * @cm_err: what ended the attempt
 * @device_gone: the device is being removed, its ids must go at once
 * @cm_rsp: answer of the peer
 * @cm_rsp_len: bytes of it
 * @info_len: bytes of the info response, or -1 while it is missing
 *
 * Only under @life:
 * @live: it has resources
 * @counted: the session counts it as up; written under its link_mutex
 * @accepted: the server took it once
 * @first_conn: its first attempt may make a session
 * @up_since: jiffies of when it was connected last
 * @attempts: since it was last up for a while
 * @backoff_ms: last delay
 * @step_ms: patience of a step
 * @recon_cnt: number of this incarnation
 * @spare_fence: for when it is lost
 * @dev: device
 * @info: buffers of the info exchange
 * @generation: of the server's session, see rtrs_clt_path_up()
 * @setup_no: the session's @nr_setups with this one
 *
 * From bring-up until drained, any context:
 * @geo: geometry
 * @id_bits: of a chunk number in an immediate
 * @send_sges: of one work request
 * @mr_pages: of a region
 * @chunks: where the server's chunks are
 * @slots: one for each request
 * @hdrs: their buffers
 * @fence_iu: buffer of a FENCE
 * @fence_out: one is unanswered; under the session's fence_lock
 * @fence_cookie: of the last one; as @fence_out
 * @hb: heartbeat
 *
 * For those who look:
 * @talk: limits its lines in the log
 * @inflight: requests on it
 * @service: of these, so many on cid 0
 * @pcpu: counters
 * @nr_connects: successful attempts but the first
 * @nr_connect_fails: failed attempts
 * @refused: what the peer sent wrongly
 * @text: its name
 * @src_text: own address as it was when first connected
 * @dst_text: the server's address likewise
 * @hca_name: device
 * @hca_port: port of it
 */
struct rtrs_clt_path {
	struct kobject		kobj;
	struct list_head	entry;
	struct rtrs_clt_sess	*sess;
	u32			id;
	u8			uuid[RTRS_UUID_LEN];
	struct sockaddr_storage	src;
	bool			has_src;
	struct sockaddr_storage	dst;
	u16			nr_cons;
	u16			irq_cons;
	struct rtrs_clt_con	*cons;
	bool			in_sysfs;

	spinlock_t		state_lock;	/* guards state */
	enum rtrs_clt_state	state;
	wait_queue_head_t	wait;

	struct mutex		life;		/* bring-up and take-down */
	struct work_struct	lost_work;
	struct delayed_work	connect_work;
	unsigned int		nr_attempts_done;
	int			attempt_err;
	bool			asked_for;

	int			cm_step;
	int			cm_err;
	bool			device_gone;
	u8			cm_rsp[sizeof(struct rtrs_conn_rsp)];
	u8			cm_rsp_len;
	int			info_len;

	bool			live;
	bool			counted;
	bool			accepted;
	bool			first_conn;
	unsigned long		up_since;
	unsigned int		attempts;
	u32			backoff_ms;
	u32			step_ms;
	u16			recon_cnt;
	struct rtrs_clt_fence	*spare_fence;
	struct rtrs_dev		*dev;
	struct rtrs_iu_block	*info;
	u32			generation;
	u64			setup_no;

	struct rtrs_clt_geometry geo;
	unsigned int		id_bits;
	u32			send_sges;
	u32			mr_pages;
	struct rtrs_clt_chunk	*chunks;
	struct rtrs_clt_slot	*slots;
	struct rtrs_iu_block	*hdrs;
	struct rtrs_iu_block	*fence_iu;
	bool			fence_out;
	u16			fence_cookie;
	struct rtrs_hb		hb;

	struct ratelimit_state	talk;
	atomic_t		inflight;
	atomic_t		service;
	struct rtrs_clt_pcpu __percpu *pcpu;
	atomic_t		nr_connects;
	atomic_t		nr_connect_fails;
	atomic_t		refused[RTRS_CLT_NR_REFUSALS];
	char			text[RTRS_CLT_PATH_TEXT];
	char			src_text[RTRS_CLT_PATH_TEXT];
	char			dst_text[RTRS_CLT_PATH_TEXT];
	char			hca_name[IB_DEVICE_NAME_MAX];
	u32			hca_port;
};

/**
 * struct rtrs_clt_sess - paths to one server under one name
 *
 * Set once:
 * @dev: its directory; holds the memory
 * @paths_kobj: "paths" below
 * @name: its name
 * @uuid: names it to the server
 * @ops: its user
 * @port: of the server, for paths added later
 * @nr_poll_queues: connections of each path that are polled
 *
 * The paths:
 * @paths_mutex: guards the list, and @closing
 * @paths: readers use RCU
 * @nr_paths: in the list
 * @next_path_id: for the next path
 * @closing: no further path is added
 * @last_path: number of the path which a CPU used last
 * @paths_gone: woken when a path left the list
 *
 * The permits, set once by the first path:
 * @geo_mutex: guards the setting
 * @geo: geometry; known as soon as @reqs is set
 * @max_segments: entries of a request's scatterlist
 * @permits: those in use
 * @permit_wait: waiters for one
 * @reqs: requests by permit
 * @nr_setups: how often the server was asked for its chunks, by any path
 * @nr_held: permits that are held, see rtrs_clt_permit_hold()
 *
 * Its paths seen together:
 * @link_mutex: guards the next ones, held over a link event and while a path
 *	becomes connected
 * @nr_up: paths that became connected and were not yet reported down
 * @generation: of these, 0 if the server has none
 * @replaced: a path came up with another one
 * @last_replaced: jiffies of the last time, if so
 * @opened: events are wanted
 *
 * The fences:
 * @fence_mutex: held while they are judged and requests move
 * @fence_lock: guards the list and its members; taken in any context
 * @fences: struct rtrs_clt_fence
 * @resend: requests to be sent again
 * @next_cookie: for the next FENCE
 * @fence_off: the session ends, nothing is judged any more
 * @failed_setups: the @nr_setups when requests failed last, or it was proven of
 *	such that they are over
 * @fence_work: judges them
 *
 * Settings, at any time:
 * @policy: see enum rtrs_policy
 * @max_reconnects: attempts, -1 for no limit
 * @reconnect_delay_ms: longest delay between attempts
 * @fence_wait_ms: see struct rtrs_fence_view
 * @request_timeout_ms: after which a request's connection is probed; 0 is off
 * @hb_conf: heartbeat
 * @timeout_work: looks for old requests
 */
struct rtrs_clt_sess {
	struct device		dev;
	struct kobject		*paths_kobj;
	char			name[RTRS_NAME_LEN];
	u8			uuid[RTRS_UUID_LEN];
	struct rtrs_clt_ops	ops;
	u16			port;
	u32			nr_poll_queues;

	struct mutex		paths_mutex;	/* guards paths, closing */
	struct list_head	paths;
	unsigned int		nr_paths;
	u32			next_path_id;
	bool			closing;
	u32 __percpu		*last_path;
	wait_queue_head_t	paths_gone;

	struct mutex		geo_mutex;	/* guards the setting of geo */
	struct rtrs_clt_geometry geo;
	u32			max_segments;
	struct sbitmap		permits;
	wait_queue_head_t	permit_wait;
	struct rtrs_clt_req	*reqs;
	atomic64_t		nr_setups;
	atomic_t		nr_held;

	struct mutex		link_mutex;	/* guards nr_up */
	unsigned int		nr_up;
	u32			generation;
	bool			replaced;
	unsigned long		last_replaced;
	bool			opened;

	struct mutex		fence_mutex;	/* judging */
	spinlock_t		fence_lock;	/* guards fences */
	struct list_head	fences;
	struct list_head	resend;
	u16			next_cookie;
	bool			fence_off;
	u64			failed_setups;
	struct delayed_work	fence_work;

	enum rtrs_policy	policy;
	int			max_reconnects;
	unsigned int		reconnect_delay_ms;
	unsigned int		fence_wait_ms;
	unsigned int		request_timeout_ms;
	struct rtrs_hb_conf	hb_conf;
	struct delayed_work	timeout_work;
};

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#define path_info(path, fmt, ...) \
	rtrs_clt_path_log(path, false, fmt, ##__VA_ARGS__)
#define path_err(path, fmt, ...) \
	rtrs_clt_path_log(path, true, fmt, ##__VA_ARGS__)

static inline bool rtrs_clt_path_is(const struct rtrs_clt_path *path,
				    enum rtrs_clt_state state)
{
	/* pairs with the release in rtrs-clt-state.c */
	return smp_load_acquire(&path->state) == state;
}

static inline struct rtrs_clt_slot *rtrs_clt_slot(struct rtrs_clt_req *req)
{
	return &req->con->path->slots[req->permit.id];
}

/* rtrs-clt-main.c */
extern struct class *rtrs_clt_class;
extern struct workqueue_struct *rtrs_clt_wq;	/* takes down, judges, probes */
extern struct workqueue_struct *rtrs_clt_connect_wq;
extern struct rtrs_dev_pool rtrs_clt_devs;
extern struct rtrs_linger_owner rtrs_clt_lingering;

/* rtrs-clt-sess.c */
int rtrs_clt_add_path(struct rtrs_clt_sess *sess, const struct rtrs_addr *addr);
int rtrs_clt_poll_con(struct rtrs_clt_con *con);
int rtrs_clt_path_up(struct rtrs_clt_path *path);
void rtrs_clt_path_down(struct rtrs_clt_path *path);

/* rtrs-clt-permit.c */
int rtrs_clt_permits_init(struct rtrs_clt_sess *sess, u32 depth);
void rtrs_clt_permits_free(struct rtrs_clt_sess *sess);
void rtrs_clt_permit_hold(struct rtrs_clt_sess *sess, struct rtrs_clt_req *req);
void rtrs_clt_permits_release(struct rtrs_clt_sess *sess, u64 before);
void rtrs_clt_permits_renew(struct rtrs_clt_sess *sess);

/* rtrs-clt-policy.c */
bool rtrs_clt_has_path(struct rtrs_clt_sess *sess);
struct rtrs_clt_path *rtrs_clt_pick_path(struct rtrs_clt_sess *sess);

/* rtrs-clt-req.c */
void rtrs_clt_req_event(struct rtrs_clt_req *req, unsigned int event);
bool rtrs_clt_req_answered(struct rtrs_clt_con *con, u32 id, int err,
			   bool key_dead);
void rtrs_clt_req_finish(struct rtrs_clt_req *req, int err);
int rtrs_clt_req_resend(struct rtrs_clt_sess *sess, struct rtrs_clt_req *req);
void rtrs_clt_no_path(struct rtrs_clt_req *req);

/* rtrs-clt-xfer.c */
int rtrs_clt_xfer_prepare(struct rtrs_clt_req *req, struct rtrs_clt_con *con,
			  const struct kvec *vec, size_t nr,
			  struct rtrs_clt_slot **slot, unsigned int *wants);
void rtrs_clt_xfer_unmap(struct rtrs_clt_req *req);
void rtrs_clt_xfer_invalidate(struct rtrs_clt_req *req);
int rtrs_clt_slots_alloc(struct rtrs_clt_path *path);
void rtrs_clt_slots_free(struct rtrs_clt_path *path);

/* rtrs-clt-done.c */
void rtrs_clt_con_init(struct rtrs_clt_con *con, struct rtrs_clt_path *path,
		       u16 cid);
int rtrs_clt_con_post_recvs(struct rtrs_clt_con *con);
void rtrs_clt_sent(struct ib_cq *cq, struct ib_wc *wc);
void rtrs_clt_invalidated(struct ib_cq *cq, struct ib_wc *wc);
void rtrs_clt_refuse(struct rtrs_clt_path *path, enum rtrs_clt_refusal why);
void rtrs_clt_send_failed(struct rtrs_clt_path *path, const char *what,
			  const struct ib_wc *wc);

/* rtrs-clt-path.c */
__printf(3, 4) void rtrs_clt_path_log(struct rtrs_clt_path *path, bool error,
				      const char *fmt, ...);
extern const struct kobj_type rtrs_clt_path_ktype;
struct rtrs_clt_path *rtrs_clt_path_create(struct rtrs_clt_sess *sess,
					   const struct rtrs_addr *addr);
int rtrs_clt_path_start(struct rtrs_clt_path *path);
int rtrs_clt_path_disconnect(struct rtrs_clt_path *path);
int rtrs_clt_path_reconnect(struct rtrs_clt_path *path);
void rtrs_clt_path_remove(struct rtrs_clt_path *path);

/* rtrs-clt-state.c */
bool rtrs_clt_path_go(struct rtrs_clt_path *path, enum rtrs_clt_state to);
bool rtrs_clt_path_move(struct rtrs_clt_path *path, enum rtrs_clt_state from,
			enum rtrs_clt_state to);
void rtrs_clt_path_fault(struct rtrs_clt_path *path, const char *what, int err);

/* rtrs-clt-connect.c */
int rtrs_clt_bring_up(struct rtrs_clt_path *path);

/* rtrs-clt-recover.c */
void rtrs_clt_take_down(struct rtrs_clt_path *path);
void rtrs_clt_lost(struct work_struct *work);
void rtrs_clt_connect(struct work_struct *work);

/* rtrs-clt-fence.c */
struct rtrs_clt_fence *rtrs_clt_fence_alloc(struct rtrs_clt_path *path);
void rtrs_clt_fence_put(struct rtrs_clt_fence *fence);
struct rtrs_clt_fence *rtrs_clt_fence_raise(struct rtrs_clt_path *path,
					    struct list_head *parked);
void rtrs_clt_fence_bye(struct rtrs_clt_fence *fence);
void rtrs_clt_fence_accepted(struct rtrs_clt_path *path);
void rtrs_clt_fence_answered(struct rtrs_clt_path *path, u16 cookie, int err);
void rtrs_clt_fence_via_lost(struct rtrs_clt_path *path);
int rtrs_clt_fence_before_up(struct rtrs_clt_path *path);
int rtrs_clt_fence_try_up(struct rtrs_clt_path *path);
void rtrs_clt_wake_paths(struct rtrs_clt_sess *sess);
void rtrs_clt_fences_judge(struct rtrs_clt_sess *sess);
void rtrs_clt_fence_work(struct work_struct *work);
void rtrs_clt_fences_end(struct rtrs_clt_sess *sess);

/* rtrs-clt-timeout.c */
void rtrs_clt_timeout_work(struct work_struct *work);
void rtrs_clt_timeout_set(struct rtrs_clt_sess *sess);
void rtrs_clt_probed(struct ib_cq *cq, struct ib_wc *wc);

/* rtrs-clt-stats.c */
void rtrs_clt_stats_start(struct rtrs_clt_path *path, int dir, u32 bytes,
			  bool failed_over);
void rtrs_clt_stats_end(struct rtrs_clt_path *path,
			const struct rtrs_permit *permit);
extern const struct attribute_group rtrs_clt_stats_group;

/* rtrs-clt-sysfs.c */
extern const struct attribute_group *rtrs_clt_sess_groups[];
extern const struct attribute_group *rtrs_clt_path_groups[];
int rtrs_clt_path_show(struct rtrs_clt_path *path);
void rtrs_clt_path_hide(struct rtrs_clt_path *path);

#endif /* RTRS_CLT_H */
