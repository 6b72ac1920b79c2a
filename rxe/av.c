// SPDX-License-Identifier: GPL-2.0
/*
 * Where packets go: the path made of an address vector, its route and its
 * constant headers, and the address handles which are numbered paths.
 */
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "rxe.h"

static __be32 rxe_ipv4(const union ib_gid *gid)
{
	return ((const struct in6_addr *)gid)->s6_addr32[3];
}

/* RCU; the interface the source address belongs to, a VLAN maybe */
static int rxe_path_oif(struct rxe_dev *rxe, const struct ib_gid_attr *sgid)
{
	struct net_device *ndev = rdma_read_gid_attr_ndev_rcu(sgid);

	return IS_ERR(ndev) ? PTR_ERR(ndev) : ndev->ifindex;
}

/**
 * rxe_path_create - make a path of an address vector
 * @rxe: device
 * @attr: its source GID entry is held by the caller during the call
 * @sport: UDP source port
 *
 * Any context. The route is looked up when it is first needed.
 *
 * Return: a path for rxe_path_free(), or ERR_PTR: -EINVAL if the vector has no
 * source GID of RoCEv2, or a destination of another family; -ENOMEM.
 */
struct rxe_path *rxe_path_create(struct rxe_dev *rxe, const struct rdma_ah_attr *attr,
				 u16 sport)
{
	const struct ib_global_route *grh = rdma_ah_read_grh(attr);
	const struct ib_gid_attr *sgid = grh->sgid_attr;
	const struct in6_addr *dgid = (const struct in6_addr *)&grh->dgid;
	struct rxe_path *path;
	unsigned long flags;
	bool ipv6;
	int oif;

	if (attr->type != RDMA_AH_ATTR_TYPE_ROCE || attr->port_num != 1 ||
	    !(rdma_ah_get_ah_flags(attr) & IB_AH_GRH) ||
	    !sgid || sgid->gid_type != IB_GID_TYPE_ROCE_UDP_ENCAP)
		return ERR_PTR(-EINVAL);

	ipv6 = rdma_gid_attr_network_type(sgid) == RDMA_NETWORK_IPV6;
	if (ipv6 == ipv6_addr_v4mapped(dgid) || ipv6_addr_any(dgid) ||
	    (!ipv6 && ipv4_is_zeronet(rxe_ipv4(&grh->dgid))))
		return ERR_PTR(-EINVAL);

	rcu_read_lock();
	oif = rxe_path_oif(rxe, sgid);
	rcu_read_unlock();
	if (oif < 0)
		return ERR_PTR(-EINVAL);

	path = kzalloc(sizeof(*path), GFP_ATOMIC | __GFP_NOWARN);
	if (!path)
		return ERR_PTR(-ENOMEM);

	path->rxe = rxe;
	path->ipv6 = ipv6;
	path->oif = oif;
	path->tos = grh->traffic_class;
	path->hops = grh->hop_limit ?: IPDEFTTL;
	path->flow_label = grh->flow_label & IB_GRH_FLOWLABEL_MASK;
	path->sport = sport;
	path->sgid = sgid->gid;
	path->dgid = grh->dgid;
	ether_addr_copy(path->dmac, attr->roce.dmac);
	atomic_set(&path->ip_id, get_random_u16());
	spin_lock_init(&path->dst_lock);

	/* a change of addresses either finds it on the list or is seen here */
	spin_lock_irqsave(&rxe->paths_lock, flags);
	path->loopback = rxe_gid_is_local(rxe, &path->dgid);
	list_add_tail_rcu(&path->list, &rxe->paths);
	spin_unlock_irqrestore(&rxe->paths_lock, flags);
	return path;
}

static void rxe_path_free_rcu(struct rcu_head *head)
{
	struct rxe_path *path = container_of(head, struct rxe_path, rcu);

	dst_release(rcu_dereference_protected(path->dst, true));
	kfree(path);
}

/**
 * rxe_path_free - give a path up which nobody can find any more
 * @path: or NULL
 *
 * Any context. Those who found it before may use it until they leave RCU.
 */
void rxe_path_free(struct rxe_path *path)
{
	unsigned long flags;

	if (!path)
		return;

	spin_lock_irqsave(&path->rxe->paths_lock, flags);
	list_del_rcu(&path->list);
	spin_unlock_irqrestore(&path->rxe->paths_lock, flags);
	call_rcu(&path->rcu, rxe_path_free_rcu);
}

/* who comes on the list from here on sees what was changed before */
static void paths_fence(struct rxe_dev *rxe)
{
	unsigned long flags;

	spin_lock_irqsave(&rxe->paths_lock, flags);
	spin_unlock_irqrestore(&rxe->paths_lock, flags);
}

/* the netdev goes: no path holds a route through it, nor finds a new one */
void rxe_paths_forget(struct rxe_dev *rxe)
{
	struct dst_entry *dst;
	struct rxe_path *path;

	paths_fence(rxe);
	rcu_read_lock();
	list_for_each_entry_rcu(path, &rxe->paths, list) {
		spin_lock_bh(&path->dst_lock);
		dst = rcu_replace_pointer(path->dst, NULL, lockdep_is_held(&path->dst_lock));
		spin_unlock_bh(&path->dst_lock);
		dst_release(dst);
	}
	rcu_read_unlock();
}

void rxe_paths_judge(struct rxe_dev *rxe)
{
	struct rxe_path *path;

	paths_fence(rxe);
	rcu_read_lock();
	list_for_each_entry_rcu(path, &rxe->paths, list) {
		/* of two who judge, the second one knows what both know */
		spin_lock_bh(&path->dst_lock);
		WRITE_ONCE(path->loopback, rxe_gid_is_local(rxe, &path->dgid));
		spin_unlock_bh(&path->dst_lock);
	}
	rcu_read_unlock();
}

/* ---- routes ---- */

static struct dst_entry *rxe_route4(struct rxe_path *path, const struct net_device *ndev)
{
	struct net *net = path->rxe->rn->net;
	__be32 daddr = rxe_ipv4(&path->dgid);
	struct flowi4 fl4 = {};
	int oif = path->oif;
	struct rtable *rt;

	/* another device of this host: reached by lo, not by the wire */
	if (inet_addr_type_dev_table(net, ndev, daddr) == RTN_LOCAL)
		oif = 0;

	flowi4_init_output(&fl4, oif, 0, path->tos & INET_DSCP_MASK, RT_SCOPE_UNIVERSE,
			   IPPROTO_UDP, 0, daddr, rxe_ipv4(&path->sgid),
			   htons(RXE_UDP_PORT), htons(path->sport),
			   sock_net_uid(net, NULL));
	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	if (rt->rt_flags & RTCF_BROADCAST) {
		ip_rt_put(rt);
		return NULL;
	}
	return &rt->dst;
}

#if IS_ENABLED(CONFIG_IPV6)
static struct dst_entry *rxe_route6(struct rxe_path *path)
{
	struct rxe_net *rn = path->rxe->rn;
	struct flowi6 fl6 = {
		.flowi6_oif = path->oif,
		.flowi6_proto = IPPROTO_UDP,
		.flowlabel = ip6_make_flowinfo(path->tos, htonl(path->flow_label)),
		.saddr = *(struct in6_addr *)&path->sgid,
		.daddr = *(struct in6_addr *)&path->dgid,
		.fl6_sport = htons(path->sport),
		.fl6_dport = htons(RXE_UDP_PORT),
		.flowi6_uid = sock_net_uid(rn->net, NULL),
	};
	struct dst_entry *dst;

	/* where IPv6 is off it has no tables to look into */
	if (!rn->sk6)
		return NULL;

	dst = ip6_dst_lookup_flow(rn->net, rn->sk6->sk, &fl6, NULL);
	return IS_ERR(dst) ? NULL : dst;
}

static u32 rxe_cookie6(struct dst_entry *dst)
{
	return rt6_get_cookie(dst_rt6_info(dst));
}
#else
static struct dst_entry *rxe_route6(struct rxe_path *path)
{
	return NULL;
}

static u32 rxe_cookie6(struct dst_entry *dst)
{
	return 0;
}
#endif

static bool rxe_route_good(const struct rxe_path *path, struct dst_entry *dst)
{
	return dst && dst_check(dst, READ_ONCE(path->cookie));
}

static struct dst_entry *rxe_path_reroute(struct rxe_path *path)
{
	struct dst_entry *old, *dst = NULL;
	struct net_device *ndev;

	spin_lock(&path->dst_lock);
	old = rcu_dereference_protected(path->dst, lockdep_is_held(&path->dst_lock));
	if (rxe_route_good(path, old)) {
		spin_unlock(&path->dst_lock);
		return old;
	}

	/* under the lock, so that rxe_paths_forget() has the last word */
	ndev = rcu_dereference(path->rxe->ndev);
	if (ndev)
		dst = path->ipv6 ? rxe_route6(path) : rxe_route4(path, ndev);

	/* who pairs the one's cookie with the other asks again here */
	WRITE_ONCE(path->cookie, dst && path->ipv6 ? rxe_cookie6(dst) : 0);
	rcu_assign_pointer(path->dst, dst);
	spin_unlock(&path->dst_lock);

	dst_release(old);
	return dst;
}

/**
 * rxe_path_route - the route of a path
 * @path: under RCU, with BH off
 *
 * Return: borrowed until the caller leaves RCU; NULL: there is none now.
 */
struct dst_entry *rxe_path_route(struct rxe_path *path)
{
	struct dst_entry *dst = rcu_dereference(path->dst);

	return likely(rxe_route_good(path, dst)) ? dst : rxe_path_reroute(path);
}

/* ---- headers ---- */

static unsigned int rxe_headers4(const struct rxe_path *path, u8 *to, u16 udp_len, u16 ip_id)
{
	struct {
		struct iphdr	ip;
		struct udphdr	udp;
	} h = {
		.ip.version	= 4,
		.ip.ihl		= sizeof(h.ip) / 4,
		.ip.tos		= path->tos,
		.ip.tot_len	= htons(sizeof(h.ip) + udp_len),
		.ip.id		= htons(ip_id),
		.ip.frag_off	= htons(IP_DF),
		.ip.ttl		= path->hops,
		.ip.protocol	= IPPROTO_UDP,
		.ip.saddr	= rxe_ipv4(&path->sgid),
		.ip.daddr	= rxe_ipv4(&path->dgid),
		.udp.source	= htons(path->sport),
		.udp.dest	= htons(RXE_UDP_PORT),
		.udp.len	= htons(udp_len),
	};

	BUILD_BUG_ON(sizeof(h) != 28);
	ip_send_check(&h.ip);
	memcpy(to, &h, sizeof(h));
	return sizeof(h);
}

static unsigned int rxe_headers6(const struct rxe_path *path, u8 *to, u16 udp_len)
{
	struct {
		struct ipv6hdr	ip;
		struct udphdr	udp;
	} h = {
		.ip.payload_len	= htons(udp_len),
		.ip.nexthdr	= IPPROTO_UDP,
		.ip.hop_limit	= path->hops,
		.ip.saddr	= *(const struct in6_addr *)&path->sgid,
		.ip.daddr	= *(const struct in6_addr *)&path->dgid,
		.udp.source	= htons(path->sport),
		.udp.dest	= htons(RXE_UDP_PORT),
		.udp.len	= htons(udp_len),
	};

	BUILD_BUG_ON(sizeof(h) != 48);
	ip6_flow_hdr(&h.ip, path->tos, htonl(path->flow_label));
	memcpy(to, &h, sizeof(h));
	return sizeof(h);
}

/**
 * rxe_path_headers - write the IP and UDP headers of one packet
 * @path: to its destination
 * @to: rxe_path_hdr_len() bytes
 * @len: of the UDP payload, bytes
 * @ip_id: IPv4 identification
 *
 * Any context. The UDP checksum is 0. Return: bytes written.
 */
unsigned int rxe_path_headers(struct rxe_path *path, u8 *to, u16 len, u16 ip_id)
{
	u16 udp_len = sizeof(struct udphdr) + len;

	return path->ipv6 ? rxe_headers6(path, to, udp_len) :
			    rxe_headers4(path, to, udp_len, ip_id);
}

/* ---- address handles ---- */

/* no connection: what differs is where to */
static u16 rxe_ah_sport(const struct rdma_ah_attr *attr)
{
	const struct ib_global_route *grh = rdma_ah_read_grh(attr);
	u32 label = grh->flow_label & IB_GRH_FLOWLABEL_MASK;

	if (!label)
		label = jhash(&grh->dgid, sizeof(grh->dgid), grh->sgid_index) &
			IB_GRH_FLOWLABEL_MASK;
	return rdma_flow_label_to_udp_sport(label);
}

static struct rxe_path *rxe_ah_path(struct rxe_dev *rxe, struct rxe_ah *ah,
				    const struct rdma_ah_attr *attr)
{
	struct rxe_path *path = rxe_path_create(rxe, attr, rxe_ah_sport(attr));

	if (!IS_ERR(path)) {
		path->pd = ah->ib.pd;
		ah->attr = *attr;
		ah->attr.grh.sgid_attr = NULL;
	}
	return path;
}

static int rxe_ah_number(struct rxe_dev *rxe, struct rxe_ah *ah, struct rxe_path *path,
			 struct ib_udata *udata)
{
	struct rxe_create_ah_resp resp = {};
	int err;

	if (udata->outlen < sizeof(resp))
		return -EINVAL;
	if (!rxe_take(&rxe->ah_count, RXE_MAX_AH))
		return -ENOMEM;

	err = xa_alloc_bh(&rxe->ahs, &ah->num, path, XA_LIMIT(1, RXE_MAX_AH),
			  GFP_KERNEL_ACCOUNT);
	if (err) {
		ah->num = 0;
		goto give_back;
	}

	resp.ah_num = ah->num;
	err = ib_copy_to_udata(udata, &resp, sizeof(resp));
	if (err)
		goto erase;
	return 0;

erase:
	xa_erase_bh(&rxe->ahs, ah->num);
	ah->num = 0;
give_back:
	atomic_dec(&rxe->ah_count);
	return err;
}

/* the kernel's may be made and destroyed in any context; a user's have numbers */
int rxe_create_ah(struct ib_ah *ib, struct rdma_ah_init_attr *init, struct ib_udata *udata)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_ah *ah = to_rxe_ah(ib);
	struct rxe_path *path;
	int err;

	path = rxe_ah_path(rxe, ah, init->ah_attr);
	if (IS_ERR(path))
		return PTR_ERR(path);

	if (udata) {
		err = rxe_ah_number(rxe, ah, path, udata);
		if (err) {
			rxe_path_free(path);
			return err;
		}
	}
	rcu_assign_pointer(ah->path, path);
	return 0;
}

int rxe_modify_ah(struct ib_ah *ib, struct rdma_ah_attr *attr)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_ah *ah = to_rxe_ah(ib);
	struct rxe_path *path;

	path = rxe_ah_path(rxe, ah, attr);
	if (IS_ERR(path))
		return PTR_ERR(path);

	/* in its place: this needs no memory */
	if (ah->num)
		xa_store_bh(&rxe->ahs, ah->num, path, GFP_ATOMIC);
	path = unrcu_pointer(xchg(&ah->path, RCU_INITIALIZER(path)));
	rxe_path_free(path);
	return 0;
}

int rxe_query_ah(struct ib_ah *ib, struct rdma_ah_attr *attr)
{
	*attr = to_rxe_ah(ib)->attr;
	return 0;
}

int rxe_destroy_ah(struct ib_ah *ib, u32 flags)
{
	struct rxe_dev *rxe = to_rxe(ib->device);
	struct rxe_ah *ah = to_rxe_ah(ib);

	if (ah->num) {
		xa_erase_bh(&rxe->ahs, ah->num);
		atomic_dec(&rxe->ah_count);
	}
	rxe_path_free(unrcu_pointer(xchg(&ah->path, NULL)));
	return 0;
}

struct rxe_path *rxe_ah_find(struct rxe_dev *rxe, u32 num, struct ib_pd *pd)
{
	struct rxe_path *path = xa_load(&rxe->ahs, num);

	return path && path->pd == pd ? path : NULL;
}
