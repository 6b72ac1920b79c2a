/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The objects of a soft-RoCE device, who owns them, which lock guards them.
 *
 * Lifetime: nothing that a packet can name is reference counted. It is found
 * through an xarray under RCU and freed a grace period after it was unpublished.
 * Packets in flight hold no pointer to a QP, an MR or an AH.
 *
 * Locks, outermost first: control plane mutexes; then one of snd.lock or
 * rcv.lock (never both of one QP, never of two QPs); below them, as leaves,
 * rxe_cq.lock, rxe_rq.lock, rxe_sq.post_lock, rxe_qp.state_lock, rxe_room.lock,
 * and rxe_mw.lock with rxe_mr.lock in it. snd.lock and rcv.lock are taken
 * with BH off. No lock of ours is held across ip_local_out(), a completion
 * handler or an event handler: what is to be told is collected in a
 * struct rxe_kick and told afterwards.
 */
#ifndef RXE_H
#define RXE_H

#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/dst.h>
#include <rdma/ib_addr.h>
#include <rdma/ib_cache.h>
#include <rdma/ib_pack.h>
#include <rdma/ib_umem.h>
#include <rdma/ib_verbs.h>
#include <rdma/uverbs_ioctl.h>
#include <rdma/rdma_user_rxe.h>

#include "psn.h"
#include "state.h"
#include "wire.h"
#include "wqe.h"
#include "stats.h"

struct rxe_qp;
struct rxe_pkt;

/* ---- limits (device.c reports them, each room enforces its own) ---- */

#define RXE_MAX_QP		1048560
#define RXE_MAX_QP_WR		1048576
#define RXE_MAX_CQ		1048576
#define RXE_MAX_CQE		1048576
#define RXE_MAX_MR		4194304
#define RXE_MAX_MW		4194304
#define RXE_MAX_PD		1048576
#define RXE_MAX_AH		65536
#define RXE_MAX_SRQ		917503
#define RXE_MAX_SRQ_WR		1048576
#define RXE_MAX_SRQ_SGE		27
#define RXE_MAX_FMR_PAGES	4096
#define RXE_MAX_MCAST_GRP	8192
#define RXE_MAX_MCAST_ATTACH	56
#define RXE_MCAST_BUCKETS	64
/* largest queue a consumer may ask for, bytes */
#define RXE_MAX_QUEUE_BYTES	BIT(30)

/* ---- namespaces and sockets: netns.c ---- */

/*
 * One per network namespace with a device, to receive; sockets are made with the
 * first device of the namespace and closed with the last.
 */
struct rxe_net {
	struct net		*net;
	unsigned int		users;		/* under rxe_net_mutex */
	struct socket		*sk4;
	struct socket		*sk6;		/* NULL where IPv6 is off */
};

struct rxe_net *rxe_net_get(struct net *net);	/* may sleep; ERR_PTR */
void rxe_net_put(struct rxe_net *rn);		/* may sleep */
int rxe_net_init(void);
void rxe_net_exit(void);

/* ---- what a device may have queued: room.c ---- */

struct rxe_room {
	struct socket		*sk4;
	struct socket		*sk6;		/* NULL where IPv6 is off */
	void			(*write_space)(struct sock *sk);	/* the sockets' own */
	spinlock_t		lock;		/* irqsave */
	struct list_head	waiting;	/* rxe_qp.tx_wait: for want of memory */
	struct work_struct	work;		/* rxe_bh_wq: resumes the rest of them */
};

int rxe_room_open(struct rxe_room *room, struct net *net);	/* may sleep */
void rxe_room_close(struct rxe_room *room);			/* may sleep */
struct sock *rxe_room_sock(const struct rxe_room *room, bool ipv6);
/* false: socket memory is used up; the QP is queued and resumed when there is room */
bool rxe_tx_room(struct rxe_qp *qp);
void rxe_tx_forget(struct rxe_qp *qp);	/* destroy: off the waiting list */

/* ---- device: device.c, verbs.c, netdev.c, main.c ---- */

struct rxe_dev {
	struct ib_device	ib;
	struct net_device __rcu	*ndev;		/* NULL from NETDEV_UNREGISTER on */
	netdevice_tracker	ndev_tracker;
	struct hlist_node	by_ndev;	/* netdev.c: netdev -> device, RCU */
	struct rxe_net		*rn;
	struct rxe_room		room;
	struct rxe_stats __percpu *stats;
	u64			qkey_base;	/* RXE_BAD_QKEY when that was last reset */
	u8			mac[ETH_ALEN];
	bool			port_up;	/* RTNL; what the last event said */
	u16			speed;		/* IB_SPEED_*, as of the last link event */
	u8			width;		/* IB_WIDTH_* */
	spinlock_t		paths_lock;	/* irqsave: writers of @paths */
	struct list_head	paths;		/* rxe_path.list, RCU */

	struct xarray		qps;		/* by number; XA_FLAGS_LOCK_BH all */
	struct xarray		mrs;		/* by key >> 8 */
	struct xarray		mws;		/* by key >> 8, bit 23 of it set */
	struct xarray		ahs;
	struct xarray		srqs;
	u32			qpn_next;	/* cyclic, starts at random */
	struct rxe_qp __rcu	*gsi;
	spinlock_t		mcast_lock;	/* BH */
	u32			mcast_groups;
	struct hlist_head	mcast[RXE_MCAST_BUCKETS];	/* mcast.c */
	atomic_t		qp_count, cq_count, srq_count, mr_count, mw_count,
				pd_count, ah_count;
};

static inline struct rxe_dev *to_rxe(struct ib_device *ib)
{
	return container_of(ib, struct rxe_dev, ib);
}

struct rxe_ucontext {
	struct ib_ucontext	ib;
};

static inline void rxe_count(struct rxe_dev *rxe, enum rxe_counter c)
{
	this_cpu_inc(rxe->stats->v[c]);
}

static inline void rxe_count_add(struct rxe_dev *rxe, enum rxe_counter c, u64 n)
{
	this_cpu_add(rxe->stats->v[c], n);
}

/* RCU; NULL if the packet's device and destination belong to none of ours */
struct rxe_dev *rxe_dev_by_dest(struct net_device *from, const void *l3);
/* is this address one of the device's GIDs (RCU set kept by add_gid/del_gid) */
bool rxe_gid_is_local(struct rxe_dev *rxe, const union ib_gid *gid);
enum ib_mtu rxe_active_mtu(struct rxe_dev *rxe);
/* takes a place under @max or says false */
static inline bool rxe_take(atomic_t *count, int max)
{
	return atomic_add_unless(count, 1, max);
}

/* device.c */
int rxe_newlink(const char *name, struct net_device *ndev);
void rxe_dealloc_driver(struct ib_device *ib);
extern const struct attribute_group rxe_attr_group;
extern const struct ib_device_ops rxe_device_ops;		/* verbs.c */

/* netdev.c; a device is known there from publish to unpublish */
int rxe_netdev_init(void);
void rxe_netdev_exit(void);
/* -EEXIST: the netdev has a device; -ENODEV: it is going or went elsewhere */
int rxe_netdev_publish(struct rxe_dev *rxe, struct net_device *ndev);
void rxe_netdev_unpublish(struct rxe_dev *rxe);			/* idempotent */
int rxe_netdev_enable(struct ib_device *ib);
int rxe_add_gid(const struct ib_gid_attr *attr, void **context);
int rxe_del_gid(const struct ib_gid_attr *attr, void **context);

extern struct workqueue_struct *rxe_bh_wq;	/* WQ_BH: resumed datapath work */
extern struct workqueue_struct *rxe_wq;		/* may sleep: teardown, MAC filters */

/* ---- statistics and MADs: stats.c, mad.c; enum rxe_counter is in stats.h ---- */

u64 rxe_stats_sum(struct rxe_dev *rxe, enum rxe_counter c);
int rxe_process_mad(struct ib_device *ib, int flags, u32 port, const struct ib_wc *wc,
		    const struct ib_grh *grh, const struct ib_mad *in, struct ib_mad *out,
		    size_t *out_size, u16 *out_pkey_index);

/* ---- addresses and routes: av.c ---- */

/*
 * struct rxe_path - how packets reach one destination, and their constant bytes
 * @ip_id: next IPv4 identification (sender increments)
 * @dst: cached route, re-resolved when dst_check() refuses it
 * @loopback: the destination is this very device
 *
 * A QP or an AH points at it under RCU and replaces it whole.
 */
struct rxe_path {
	struct rcu_head		rcu;
	struct list_head	list;		/* rxe_dev.paths */
	struct rxe_dev		*rxe;
	struct ib_pd		*pd;		/* of a user's AH, an identity only */
	bool			ipv6;
	bool			loopback;
	u8			tos;
	u8			hops;
	u16			sport;
	u32			flow_label;
	int			oif;
	union ib_gid		sgid, dgid;	/* IPv4 as mapped addresses */
	u8			dmac[ETH_ALEN];
	atomic_t		ip_id;
	spinlock_t		dst_lock;	/* BH; writers of @dst, @cookie, @loopback */
	struct dst_entry __rcu	*dst;
	u32			cookie;
};

/* may sleep not; ERR_PTR(-EINVAL) for an attribute without a usable GID */
struct rxe_path *rxe_path_create(struct rxe_dev *rxe,
				 const struct rdma_ah_attr *attr, u16 sport);
/* once unpublished; waits a grace period itself */
void rxe_path_free(struct rxe_path *path);
/* BH off, RCU; borrowed until rcu_read_unlock(); NULL: no route */
struct dst_entry *rxe_path_route(struct rxe_path *path);
/* drops cached routes; the netdev goes, and no new ones are found */
void rxe_paths_forget(struct rxe_dev *rxe);
/* the device's GIDs changed: which paths are loopback is decided anew */
void rxe_paths_judge(struct rxe_dev *rxe);
/* writes IP and UDP headers for a UDP payload of @len bytes, returns their length */
unsigned int rxe_path_headers(struct rxe_path *path, u8 *to, u16 len, u16 ip_id);

static inline unsigned int rxe_path_hdr_len(const struct rxe_path *path)
{
	return (path->ipv6 ? 40 : 20) + 8;
}

struct rxe_ah {
	struct ib_ah		ib;
	u32			num;		/* user AHs: >= 1; kernel's: 0 */
	struct rxe_path __rcu	*path;
	struct rdma_ah_attr	attr;		/* as query_ah tells it */
};

static inline struct rxe_ah *to_rxe_ah(struct ib_ah *ib)
{
	return container_of(ib, struct rxe_ah, ib);
}

/* RCU; the path of a user's AH, NULL unless the number exists and belongs to @pd */
struct rxe_path *rxe_ah_find(struct rxe_dev *rxe, u32 num, struct ib_pd *pd);
int rxe_create_ah(struct ib_ah *ah, struct rdma_ah_init_attr *init,
		  struct ib_udata *udata);
int rxe_modify_ah(struct ib_ah *ah, struct rdma_ah_attr *attr);
int rxe_query_ah(struct ib_ah *ah, struct rdma_ah_attr *attr);
int rxe_destroy_ah(struct ib_ah *ah, u32 flags);

/* ---- multicast: mcast.c ---- */

int rxe_attach_mcast(struct ib_qp *qp, union ib_gid *gid, u16 lid);
int rxe_detach_mcast(struct ib_qp *qp, union ib_gid *gid, u16 lid);
/* RCU; calls @fn for each attached QP */
void rxe_mcast_each(struct rxe_dev *rxe, const union ib_gid *gid,
		    void (*fn)(struct rxe_qp *qp, void *arg), void *arg);

/* ---- shared-memory rings: ring.c ---- */

struct rxe_mmap {
	struct rdma_user_mmap_entry entry;
	void			*buf;		/* vmalloc_user(); freed with the last map */
};

/*
 * struct rxe_ring - queue shared with librxe; nothing in @buf is ever trusted
 * @mask: number of slots - 1
 * @own: the index the kernel owns, masked; published to @buf, never read back
 */
struct rxe_ring {
	struct rxe_queue_buf	*buf;
	struct rxe_mmap		*map;
	u32			elem_shift;
	u32			mask;
	u32			own;
};

/* holds at least @entries; @mi is for librxe; may sleep */
int rxe_ring_create(struct rxe_ring *ring, struct ib_ucontext *ctx, u32 entries,
		    u32 elem_size, struct mminfo *mi);
void rxe_ring_destroy(struct rxe_ring *ring);
void *rxe_ring_slot(const struct rxe_ring *ring, u32 index);
/* the consumer's side: entries the producer offers beyond index @from (masked) */
u32 rxe_ring_filled(const struct rxe_ring *ring, u32 from);
/* the producer's side: free slots */
u32 rxe_ring_room(const struct rxe_ring *ring);
/* these set @own, too */
void rxe_ring_publish_consumer(struct rxe_ring *ring, u32 index);
void rxe_ring_publish_producer(struct rxe_ring *ring, u32 index);
int rxe_mmap(struct ib_ucontext *ctx, struct vm_area_struct *vma);
void rxe_mmap_free(struct rdma_user_mmap_entry *entry);

/* ---- completion queues: cq.c ---- */

struct rxe_cq {
	struct ib_cq		ib;
	spinlock_t		lock;		/* irqsave */
	bool			user;
	bool			dead;
	struct rxe_ring		ring;		/* user */
	struct ib_wc		*wc;		/* kernel; @mask + 1 entries */
	u32			mask, prod, cons;	/* kernel */
	enum ib_cq_notify_flags	armed;		/* 0: not */
	bool			fire;		/* a call of the handler is due */
	bool			in_handler;
	bool			overflowed;
	bool			error_due;	/* the CQ error event is due */
	struct work_struct	work;		/* rxe_bh_wq: handlers which are due later */
	struct mutex		resize_mutex;
};

static inline struct rxe_cq *to_rxe_cq(struct ib_cq *ib)
{
	return container_of(ib, struct rxe_cq, ib);
}

#define RXE_KICK_CQS	4

/* CQs and SRQs whose handlers are to be called once all locks are dropped */
struct rxe_kick {
	struct rxe_cq		*cq[RXE_KICK_CQS];
	unsigned int		ncq;
	struct rxe_srq		*srq_limit;
};

/*
 * Any context, leaf lock. 0, or -ENOSPC: full, the CQ error event becomes due
 * and the QP must go to the error state. The caller runs rxe_kick_run() after
 * it dropped its locks, still inside the RCU section or BH-off region which
 * keeps the CQ alive.
 */
int rxe_cq_add(struct rxe_cq *cq, const struct ib_wc *wc, bool solicited,
	       struct rxe_kick *kick);
void rxe_kick_run(struct rxe_kick *kick);
/* instead of it within a verb: the consumer may not be called back from there */
void rxe_kick_defer(struct rxe_kick *kick);
/* calls the handler that is due, and returns when it has returned; may sleep */
void rxe_cq_settle(struct rxe_cq *cq);
int rxe_create_cq(struct ib_cq *cq, const struct ib_cq_init_attr *attr,
		  struct uverbs_attr_bundle *attrs);
int rxe_destroy_cq(struct ib_cq *cq, struct ib_udata *udata);
int rxe_resize_cq(struct ib_cq *cq, int cqe, struct ib_udata *udata);
int rxe_poll_cq(struct ib_cq *cq, int n, struct ib_wc *wc);
int rxe_peek_cq(struct ib_cq *cq, int n);
int rxe_req_notify_cq(struct ib_cq *cq, enum ib_cq_notify_flags flags);

/* ---- receive queues, of a QP or shared: rq.c, srq.c ---- */

struct rxe_rq {
	spinlock_t		lock;		/* irqsave; both ends */
	bool			user;
	u32			max_wr, max_sge;
	struct rxe_ring		ring;		/* user */
	void			*buf;		/* kernel: (mask + 1) struct rxe_rwqe of @stride */
	u32			stride, mask, prod, cons;
};

/* user if @ctx, which asks for @mi as well; may sleep */
int rxe_rq_create(struct rxe_rq *rq, u32 max_wr, u32 max_sge,
		  struct ib_ucontext *ctx, struct mminfo *mi);
void rxe_rq_destroy(struct rxe_rq *rq);
/* any context: 0, -ENOMEM (full), -EINVAL (too many SGEs) */
int rxe_rq_post(struct rxe_rq *rq, const struct ib_recv_wr *wr);
/* any context: 0; -EAGAIN: none posted; -EINVAL: taken, but malformed (wr_id is set) */
int rxe_rq_take(struct rxe_rq *rq, struct rxe_rwqe *out);
u32 rxe_rq_count(struct rxe_rq *rq);
/* to RESET: forgets what is posted */
void rxe_rq_reset(struct rxe_rq *rq);

struct rxe_srq {
	struct ib_srq		ib;
	struct rxe_rq		rq;
	u32			num;
	u32			limit;		/* under rq.lock; 0: not armed */
	bool			error;
	bool			limit_due, error_due;	/* events, under rq.lock */
	struct work_struct	work;		/* rxe_bh_wq: what no kick had room for */
	struct mutex		resize_mutex;
};

static inline struct rxe_srq *to_rxe_srq(struct ib_srq *ib)
{
	return container_of(ib, struct rxe_srq, ib);
}

/* as rxe_rq_take(); adds limit and error events to @kick */
int rxe_srq_take(struct rxe_srq *srq, struct rxe_rwqe *out, struct rxe_kick *kick);
/* calls the event handler for what is due; no lock held */
void rxe_srq_tell(struct rxe_srq *srq);
int rxe_create_srq(struct ib_srq *srq, struct ib_srq_init_attr *init,
		   struct ib_udata *udata);
int rxe_modify_srq(struct ib_srq *srq, struct ib_srq_attr *attr,
		   enum ib_srq_attr_mask mask, struct ib_udata *udata);
int rxe_query_srq(struct ib_srq *srq, struct ib_srq_attr *attr);
int rxe_destroy_srq(struct ib_srq *srq, struct ib_udata *udata);
int rxe_post_srq_recv(struct ib_srq *srq, const struct ib_recv_wr *wr,
		      const struct ib_recv_wr **bad);

/* ---- memory regions and windows: region.c, mr.c, mw.c, cursor.c ---- */

enum rxe_mr_kind { RXE_MR_DMA, RXE_MR_USER, RXE_MR_FAST };
enum rxe_mr_state { RXE_MR_FREE, RXE_MR_VALID, RXE_MR_DEAD };

/* reserved key of IBK_LOCAL_DMA_LKEY: kernel QPs only, address is a kernel VA */
#define RXE_LOCAL_DMA_LKEY	0x00000100u

struct rxe_mr {
	struct ib_mr		ib;
	struct rcu_head		rcu;
	enum rxe_mr_kind	kind;
	spinlock_t		lock;		/* BH: changes of @state, new windows */
	u8			state;		/* enum rxe_mr_state; acquire/release */
	u32			key;		/* lkey and rkey are equal or rkey is 0 */
	int			access;		/* IB_ACCESS_* */
	u64			iova, length;
	u32			page_shift;	/* of @va, not of the kernel */
	u32			npages, max_pages;
	void			**va;		/* kernel address of each page */
	/* what ib_map_mr_sg() laid out, which it may while the MR is VALID; REG_MR takes it */
	bool			mapped;
	u32			next_shift, next_npages;
	void			**next_va;
	struct ib_umem		*umem;
	atomic_t		users;		/* fast MRs: copies in progress */
	atomic_t		windows;	/* bound MWs */
};

struct rxe_mw {
	struct ib_mw		ib;
	spinlock_t		lock;		/* BH; mr->lock nests inside */
	atomic_t		users;		/* copies in progress through it */
	u8			state;		/* enum rxe_mr_state; FREE: unbound */
	u32			key;
	int			access;
	u64			addr, length;
	struct rxe_mr		*mr;
	u32			qpn;		/* type 2: the QP that bound it */
};

static inline struct rxe_mr *to_rxe_mr(struct ib_mr *ib)
{
	return container_of(ib, struct rxe_mr, ib);
}

static inline struct rxe_mw *to_rxe_mw(struct ib_mw *ib)
{
	return container_of(ib, struct rxe_mw, ib);
}

/* what a region of the kernel's may allow */
#define RXE_FAST_ACCESS		(IB_ACCESS_REMOTE_WRITE | IB_ACCESS_REMOTE_READ | \
				 IB_ACCESS_REMOTE_ATOMIC | IB_ACCESS_LOCAL_WRITE | \
				 IB_ACCESS_MW_BIND | IB_ACCESS_FLUSH_GLOBAL | \
				 IB_ACCESS_OPTIONAL)

/* all else that a user looks at is in place */
static inline void rxe_mr_validate(struct rxe_mr *mr)
{
	/* pairs with mr_hold() */
	smp_store_release(&mr->state, RXE_MR_VALID);
}

/* BH off or process: a fast region which is VALID no more has no user left */
void rxe_mr_wait(struct rxe_mr *mr);

/* a checked right to touch [iova, iova + len) of @mr until rxe_ref_put() */
struct rxe_ref {
	struct rxe_mr		*mr;		/* NULL: kernel virtual addresses */
	struct rxe_mw		*mw;		/* the window it came through, or NULL */
	u64			iova;
};

/*
 * BH off (an invalidation spins until the reference is put); must not be
 * nested with an invalidation. 0, -EACCES (key, state, PD, rights), -ERANGE
 * (range, wrap).
 */
int rxe_lkey_get(struct rxe_qp *qp, u32 lkey, u64 addr, u64 len, int access,
		 struct rxe_ref *ref);
int rxe_rkey_get(struct rxe_qp *qp, u32 rkey, u64 va, u64 len, int access,
		 struct rxe_mr **near, struct rxe_ref *ref);
void rxe_ref_put(struct rxe_ref *ref);
/* address of byte @off of the reference and how many are contiguous there */
void *rxe_ref_at(const struct rxe_ref *ref, u64 off, size_t want, size_t *contig);

int rxe_ref_atomic(struct rxe_ref *ref, u8 verb, u64 swap_add, u64 compare,
		   u64 *orig);
int rxe_ref_atomic_write(struct rxe_ref *ref, u64 value);
int rxe_ref_flush(struct rxe_ref *ref, u64 off, u64 len, u8 type);
/* FLUSH of a whole MR: takes the key alone */
int rxe_rkey_get_whole(struct rxe_qp *qp, u32 rkey, int access,
		       struct rxe_ref *ref, u64 *len);

/* local operations and remote invalidation; no reference may be held: 0 or -EINVAL */
int rxe_mr_reg(struct rxe_qp *qp, struct ib_mr *mr, u32 key, int access);
int rxe_invalidate_local(struct rxe_qp *qp, u32 key);
int rxe_invalidate_remote(struct rxe_qp *qp, u32 key);
int rxe_mw_bind(struct rxe_qp *qp, const struct rxe_swqe *wqe);
/* what rxe_rkey_get() and rxe_invalidate_*() do with the key of a window */
#define RXE_KEY_IS_MW		0x80000000u
int rxe_mw_get(struct rxe_qp *qp, u32 rkey, int access, struct rxe_ref *ref,
	       u64 *start, u64 *length);
int rxe_mw_invalidate(struct rxe_qp *qp, u32 rkey, bool remote);
/* an unguessable free index in [first, first + count); may sleep */
int rxe_index_alloc(struct xarray *xa, void *entry, u32 first, u32 count, u32 *index);
/* a QP goes: type 2 windows it bound become FREE; may sleep */
void rxe_mw_unbind_qp(struct rxe_qp *qp);

struct ib_mr *rxe_get_dma_mr(struct ib_pd *pd, int access);
struct ib_mr *rxe_reg_user_mr(struct ib_pd *pd, u64 start, u64 length, u64 iova,
			      int access, struct ib_udata *udata);
struct ib_mr *rxe_rereg_user_mr(struct ib_mr *mr, int flags, u64 start,
				u64 length, u64 iova, int access,
				struct ib_pd *pd, struct ib_udata *udata);
struct ib_mr *rxe_alloc_mr(struct ib_pd *pd, enum ib_mr_type type, u32 max_sg);
int rxe_map_mr_sg(struct ib_mr *mr, struct scatterlist *sg, int n,
		  unsigned int *offset);
int rxe_dereg_mr(struct ib_mr *mr, struct ib_udata *udata);
int rxe_alloc_mw(struct ib_mw *mw, struct ib_udata *udata);
int rxe_dealloc_mw(struct ib_mw *mw);

/*
 * struct rxe_cursor - walks the bytes of a scatter list, a reference or a buffer
 *
 * References of SGEs are taken as the walk reaches them and dropped as it
 * leaves them; rxe_cursor_end() drops the last. Between init and end nothing
 * may be invalidated by the same context.
 */
struct rxe_cursor {
	struct rxe_qp		*qp;
	const struct ib_sge	*sge;
	u32			nsge, cur;
	int			access;
	u64			off;		/* in the current SGE or reference */
	u64			left;		/* reference and buffer */
	struct rxe_ref		ref;
	bool			held;
	void			*lin;
};

/* starts @skip bytes into the list */
void rxe_cursor_sges(struct rxe_cursor *c, struct rxe_qp *qp,
		     const struct ib_sge *sge, u32 nsge, u64 skip, int access);
/* borrows @ref, which the caller keeps and puts */
void rxe_cursor_ref(struct rxe_cursor *c, const struct rxe_ref *ref, u64 off, u64 len);
void rxe_cursor_linear(struct rxe_cursor *c, void *buf, u64 len);
/* the next run of at most @want bytes; ERR_PTR(-EACCES, -ERANGE); NULL at the end */
void *rxe_cursor_next(struct rxe_cursor *c, size_t want, size_t *got);
void rxe_cursor_end(struct rxe_cursor *c);

/* ---- queue pairs: qp.c ---- */

/* send queue: post.c fills it, the requester consumes it */
struct rxe_sq {
	spinlock_t		post_lock;	/* irqsave: @prod, kernel posts */
	u32			max_wr, max_sge, max_inline;
	u32			stride, mask;
	void			*buf;		/* mask + 1 slots, struct rxe_swqe */
	u32			prod;		/* free running; release by the poster */
	u32			cons;		/* oldest not retired; snd.lock */
	struct rxe_ring		ring;		/* user */
	u32			ring_next;	/* user: next shared entry to copy; snd.lock */
};

static inline struct rxe_swqe *rxe_sq_slot(const struct rxe_sq *sq, u32 index)
{
	return sq->buf + (size_t)(index & sq->mask) * sq->stride;
}

#include "snd.h"	/* struct rxe_snd, requester half */
#include "rcv.h"	/* struct rxe_rcv, responder half */

/*
 * struct rxe_qp - queue pair
 * @state: written under @state_lock, and but for errors under @modify_lock, too;
 *	snd.state and rcv.state follow it, each under its own lock, and are what
 *	the datapath obeys
 * @work: resumed work in softirq: sending, responses, flushing
 */
struct rxe_qp {
	struct ib_qp		ib;
	bool			user;
	u8			mtu_shift;	/* PMTU = 1 << mtu_shift */
	u32			qpn;		/* on the wire; 1 for the GSI */
	u32			dest_qpn;
	u32			qkey;
	struct rxe_path __rcu	*path;		/* RC, UC */
	struct rxe_cq		*scq, *rcq;
	struct rxe_srq		*srq;
	spinlock_t		state_lock;	/* BH, a leaf */
	enum ib_qp_state	state;
	struct ib_qp_attr	attr;
	int			access;		/* IB_ACCESS_REMOTE_*, qp_access_flags */
	struct mutex		modify_lock;
	struct work_struct	work;
	struct list_head	tx_wait;	/* rxe_room.waiting */
	bool			bound;		/* windows of type 2, once; snd.lock */
	atomic_t		mcast_groups;

	struct rxe_sq		sq ____cacheline_aligned_in_smp;
	struct rxe_snd		snd ____cacheline_aligned_in_smp;
	struct rxe_rq		rq ____cacheline_aligned_in_smp;
	struct rxe_rcv		rcv ____cacheline_aligned_in_smp;
};

static inline struct rxe_qp *to_rxe_qp(struct ib_qp *ib)
{
	return container_of(ib, struct rxe_qp, ib);
}

static inline bool rxe_is_datagram(const struct rxe_qp *qp)
{
	return qp->ib.qp_type == IB_QPT_UD || qp->ib.qp_type == IB_QPT_GSI;
}

static inline bool rxe_is_reliable(const struct rxe_qp *qp)
{
	return qp->ib.qp_type == IB_QPT_RC;
}

static inline struct rxe_dev *rxe_qp_dev(const struct rxe_qp *qp)
{
	return to_rxe(qp->ib.device);
}

struct rxe_qp *rxe_qp_find(struct rxe_dev *rxe, u32 qpn);	/* RCU */
/*
 * To the error state because of what happened on the wire or in a queue; any
 * context but under snd.lock or rcv.lock. @event is dispatched if not negative.
 */
void rxe_qp_fail(struct rxe_qp *qp, int event);
/* calls the consumer's event handler: no lock held, see struct rxe_kick */
void rxe_qp_tell(struct rxe_qp *qp, enum ib_event_type type);
/* resume qp->work; any context, any lock */
void rxe_qp_resume(struct rxe_qp *qp);
int rxe_create_qp(struct ib_qp *qp, struct ib_qp_init_attr *init, struct ib_udata *udata);
int rxe_modify_qp(struct ib_qp *qp, struct ib_qp_attr *attr, int mask, struct ib_udata *udata);
int rxe_query_qp(struct ib_qp *qp, struct ib_qp_attr *attr, int mask, struct ib_qp_init_attr *init);
int rxe_destroy_qp(struct ib_qp *qp, struct ib_udata *udata);

/* ---- posting: post.c ---- */

int rxe_post_send(struct ib_qp *qp, const struct ib_send_wr *wr, const struct ib_send_wr **bad);
int rxe_post_recv(struct ib_qp *qp, const struct ib_recv_wr *wr, const struct ib_recv_wr **bad);
/* snd.lock: copies what the user's ring offers into the private queue */
void rxe_sq_intake(struct rxe_qp *qp);

/* ---- requester half: requester.c, request.c, local.c, completer.c, timer.c, snd_life.c ---- */

int rxe_snd_create(struct rxe_qp *qp);			/* may sleep */
void rxe_snd_reset(struct rxe_qp *qp);			/* no lock held */
/* destroy: timers off for good; may sleep */
void rxe_snd_stop(struct rxe_qp *qp);
void rxe_snd_modify(struct rxe_qp *qp, int mask);	/* takes over qp->attr, qp->state */
/* BH off, no lock held: sends what may be sent, retires, flushes in ERR */
void rxe_snd_run(struct rxe_qp *qp);
/* the same within post_send: calls no handler */
void rxe_snd_posted(struct rxe_qp *qp);
/* BH off, RCU, no lock held: @pkts are responses to this QP with a good ICRC */
void rxe_snd_rx(struct rxe_qp *qp, struct rxe_pkt *pkts, unsigned int n, struct rxe_kick *kick);
void rxe_snd_cnp(struct rxe_qp *qp);

/* ---- responder half: responder.c and its rooms in rcv.h, rcv_life.c ---- */

int rxe_rcv_create(struct rxe_qp *qp);			/* may sleep */
void rxe_rcv_reset(struct rxe_qp *qp);
void rxe_rcv_stop(struct rxe_qp *qp);			/* destroy; may sleep */
int rxe_rcv_modify(struct rxe_qp *qp, int mask);	/* may sleep: resources */
/* BH off, no lock held: continues READ responses, pending ACK, flushes in ERR */
void rxe_rcv_run(struct rxe_qp *qp);
/* BH off, RCU, no lock held: @pkts are requests to this QP with a good ICRC */
void rxe_rcv_rx(struct rxe_qp *qp, struct rxe_pkt *pkts, unsigned int n, struct rxe_kick *kick);

/* ---- packets out: train.c, loopback.c ---- */

#define RXE_TRAIN_MAX	64

/*
 * struct rxe_train - finished packets to one destination, built then sent
 *
 * rxe_train_begin() to rxe_train_close() is one CRC section: BH off, may run
 * under snd.lock or rcv.lock. rxe_train_send() runs without them, by whoever owns the
 * sending of that half of the QP, so that order is kept.
 */
struct rxe_train {
	struct rxe_dev		*rxe;
	struct rxe_path		*path;
	struct sk_buff		*head, *tail;
	unsigned int		n, limit;
	unsigned int		bytes;
	unsigned int		longest;	/* packet */
	unsigned int		room;		/* for one packet in the last block */
	int			ip_id;		/* of the first one */
	bool			local;		/* to this very device */
	bool			block;		/* blocks, not a list */
};

void rxe_train_begin(struct rxe_train *t, struct rxe_dev *rxe, struct rxe_path *path);
/*
 * Adds the packet @h (its payload and pad set) whose payload comes from @c.
 * 0; -ENOSPC: train is full, send it first; -ENOMEM: try later; -EACCES or
 * -ERANGE: the cursor's memory may not be read.
 */
int rxe_train_add(struct rxe_train *t, const struct rxe_hdrs *h, struct rxe_cursor *c);
void rxe_train_close(struct rxe_train *t);
/* 0; -ENOBUFS: dropped here, treat as lost; -EHOSTUNREACH: no route */
int rxe_train_send(struct rxe_train *t);
void rxe_train_drop(struct rxe_train *t);
void rxe_train_exit(void);

/* ---- packets in: receive.c ---- */

/*
 * struct rxe_pkt - one received packet, checked up to ICRC and addressing
 * @payload_off: offset of the payload in @skb->data
 * @l3: network header as received (UD's GRH area)
 */
struct rxe_pkt {
	struct sk_buff		*skb;
	struct rxe_qp		*qp;		/* NULL: a group's */
	struct rxe_hdrs		h;
	const u8		*whole;		/* from the BTH on; NULL: in pieces */
	u32			payload_off;
	bool			ipv6;
	bool			ce;		/* congestion was experienced */
	u16			vlan;		/* >= VLAN_N_VID: none */
};

/* copies @len payload bytes from @off on to @c: 0 or the cursor's error */
int rxe_pkt_copy(const struct rxe_pkt *pkt, u32 off, u32 len, struct rxe_cursor *c);
int rxe_encap_rcv(struct sock *sk, struct sk_buff *skb);
/* a list of whole IP packets without ICRC, BH off, RCU; takes them */
void rxe_receive_local(struct rxe_dev *rxe, struct sk_buff *list);
int rxe_receive_init(void);
void rxe_receive_exit(void);

/* ---- trains in: uncouple.c; the first two are the kernel's callbacks ---- */

struct nf_hook_state;
struct sk_buff *rxe_gro_receive(struct sock *sk, struct list_head *list, struct sk_buff *skb);
unsigned int rxe_local_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
/* takes it: its packets as a list, or NULL */
struct sk_buff *rxe_uncouple(struct rxe_dev *rxe, struct sk_buff *head);
bool rxe_is_block(const struct sk_buff *skb);
void rxe_head_set(struct sk_buff *skb, unsigned int len, u16 id);

static inline u16 rxe_head_id(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 4 ? ntohs(ip_hdr(skb)->id) : 0;
}

/* loopback.c; calls rxe_receive_init(), too */
int rxe_loopback_init(void);
void rxe_loopback_exit(void);
/* waits until no packet of @rxe is queued for loopback; may sleep */
void rxe_loopback_flush(struct rxe_dev *rxe);
/* takes the list; 0 or -ENOBUFS */
int rxe_loopback_send(struct rxe_dev *rxe, struct sk_buff *list);

#endif
