// SPDX-License-Identifier: GPL-2.0
/*
 * Packets out: headers, payload and ICRC of each packet in one pass, then all of
 * a train through the IP stack at once, as one datagram which the kernel takes
 * apart where the device cannot carry it whole (UDP GSO). Most trains are lists of
 * packets; blocks, one packet's headers and the payloads of many, are for devices
 * which pass them on as they are.
 */
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/udp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <net/udp.h>

#include "icrc.h"
#include "rxe.h"

enum { TRAIN_AUTO, TRAIN_LIST, TRAIN_BLOCK, TRAIN_OFF };

static const char *const train_kinds[] = {
	[TRAIN_AUTO] = "auto",
	[TRAIN_LIST] = "list",
	[TRAIN_BLOCK] = "block",
	[TRAIN_OFF] = "off",
};

static int train = TRAIN_AUTO;

static int train_set(const char *val, const struct kernel_param *kp)
{
	int kind = sysfs_match_string(train_kinds, val);

	if (kind < 0)
		return kind;
	WRITE_ONCE(train, kind);
	return 0;
}

static int train_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s\n", train_kinds[READ_ONCE(train)]);
}

static const struct kernel_param_ops train_ops = {
	.set = train_set,
	.get = train_get,
};

module_param_cb(train, &train_ops, NULL, 0644);
MODULE_PARM_DESC(train, "how packets are handed to the IP stack as one: auto, list, block or off (default: auto)");

static unsigned int max_train = RXE_TRAIN_MAX;
module_param(max_train, uint, 0644);
MODULE_PARM_DESC(max_train, "packets handed to the IP stack as one, 1 to 64 (default: 64)");

/* in front of every packet, for whatever link header and tunnel it meets */
#define RXE_HEADROOM	SKB_DATA_ALIGN(MAX_HEADER)
/* a train is one IP packet until it is taken apart */
#define RXE_TRAIN_BYTES	60000

/* pages which packets of blocks were not yet put into */
static DEFINE_PER_CPU(struct page_frag, block_pages);

/* does the device carry what is headers once and payloads many times, farther than this host */
static bool carries_blocks(const struct net_device *dev)
{
	const struct device *parent = dev->dev.parent;

	if (!(dev->features & NETIF_F_GSO_UDP_L4) || !(dev->features & NETIF_F_CSUM_MASK) ||
	    dev->features & NETIF_F_GSO_FRAGLIST)
		return false;
	if (parent && parent->bus && !strcmp(parent->bus->name, "virtio"))
		return true;
	return dev->rtnl_link_ops && !strcmp(dev->rtnl_link_ops->kind, "tun");
}

static bool wants_blocks(const struct rxe_path *path)
{
	int kind = READ_ONCE(train);
	const struct dst_entry *dst;

	if (kind != TRAIN_AUTO)
		return kind == TRAIN_BLOCK;
	/* if it is not known yet, the next train will be one */
	dst = rcu_dereference(path->dst);
	return dst && carries_blocks(dst->dev);
}

static unsigned int train_limit(bool block)
{
	if (!block && !RNBD_LISTS_ARE_PAID_BACK)
		return 1;
	return clamp(READ_ONCE(max_train), 1u, (unsigned int)RXE_TRAIN_MAX);
}

/**
 * rxe_train_begin() - start an empty train
 * @t: the train
 * @rxe: device it leaves from
 * @path: where it goes; must stay valid until it was sent or dropped (RCU)
 *
 * BH off until rxe_train_close(), which must follow.
 */
void rxe_train_begin(struct rxe_train *t, struct rxe_dev *rxe, struct rxe_path *path)
{
	t->rxe = rxe;
	t->path = path;
	t->head = NULL;
	t->tail = NULL;
	t->n = 0;
	t->bytes = 0;
	t->longest = 0;
	/* judged once: packets made without ICRC must not reach a wire */
	t->local = READ_ONCE(path->loopback);
	t->block = !t->local && wants_blocks(path);
	t->limit = train_limit(t->block);
	t->room = 0;
	/* consecutive in a train, as whoever takes it apart will count */
	t->ip_id = atomic_add_return(RXE_TRAIN_MAX, &path->ip_id) - RXE_TRAIN_MAX;
	rxe_crc_begin();
}

static struct sk_buff *packet_alloc(unsigned int len)
{
	unsigned int size = SKB_DATA_ALIGN(RXE_HEADROOM + len) +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *skb;
	void *buf;

	buf = napi_alloc_frag(size);
	if (likely(buf)) {
		skb = napi_build_skb(buf, size);
		if (unlikely(!skb)) {
			skb_free_frag(buf);
			return NULL;
		}
	} else {
		skb = alloc_skb(RXE_HEADROOM + len, GFP_ATOMIC | __GFP_NOWARN);
		if (!skb)
			return NULL;
	}
	skb_reserve(skb, RXE_HEADROOM);
	return skb;
}

/* payload from @c to @to; nobody checks a packet which stays in this machine */
static int fill_payload(u8 *to, u32 len, struct rxe_cursor *c, bool local, u32 *crc)
{
	while (len) {
		size_t got;
		void *from = rxe_cursor_next(c, len, &got);

		if (IS_ERR(from))
			return PTR_ERR(from);
		if (!from)
			return -ERANGE;
		if (local)
			memcpy(to, from, got);
		else
			*crc = rxe_crc_copy(*crc, to, from, got);
		to += got;
		len -= got;
	}
	return 0;
}

static void append(struct rxe_train *t, struct sk_buff *skb)
{
	if (t->tail)
		t->tail->next = skb;
	else
		t->head = skb;
	t->tail = skb;
}

/*
 * What is behind the UDP header: @len bytes at @to. @l3: IP and UDP headers, and
 * behind them room for a BTH, unless that is where @to is.
 */
static int fill_packet(struct rxe_train *t, const struct rxe_hdrs *h, struct rxe_cursor *c,
		       u8 *l3, u8 *to)
{
	unsigned int ip_len = rxe_path_hdr_len(t->path);
	unsigned int hdr_len = h->op->hdr_len;
	__le32 icrc;
	u32 crc = 0;
	int err;

	rxe_hdrs_write(to, h);
	if (!t->local) {
		if (l3 + ip_len != to)
			memcpy(l3 + ip_len, to, RXE_BTH_LEN);
		crc = rxe_icrc_headers(l3, t->path->ipv6);
		crc = rxe_crc(crc, to + RXE_BTH_LEN, hdr_len - RXE_BTH_LEN);
	}
	to += hdr_len;
	if (h->payload) {
		err = fill_payload(to, h->payload, c, t->local, &crc);
		if (err)
			return err;
		to += h->payload;
	}
	memset(to, 0, h->pad + RXE_ICRC_LEN);
	if (!t->local) {
		icrc = rxe_icrc_final(rxe_crc(crc, to, h->pad));
		memcpy(to + h->pad, &icrc, sizeof(icrc));
	}
	return 0;
}

static void set_offsets(const struct rxe_train *t, struct sk_buff *skb)
{
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, rxe_path_hdr_len(t->path) - sizeof(struct udphdr));
}

/* a packet of its own */
static int add_packet(struct rxe_train *t, const struct rxe_hdrs *h, struct rxe_cursor *c,
		      unsigned int len)
{
	unsigned int ip_len = rxe_path_hdr_len(t->path);
	struct sk_buff *skb = packet_alloc(ip_len + len);
	u8 *l3;
	int err;

	if (!skb)
		return -ENOMEM;
	l3 = skb_put(skb, ip_len + len);
	set_offsets(t, skb);
	rxe_path_headers(t->path, l3, len, t->ip_id + t->n);
	err = fill_packet(t, h, c, l3, l3 + ip_len);
	if (err) {
		kfree_skb(skb);
		return err;
	}
	append(t, skb);
	t->room = 0;
	return 0;
}

/* @len bytes which were written at @frag become the packet's */
static void take_fragment(struct sk_buff *skb, struct page_frag *frag, unsigned int len)
{
	struct skb_shared_info *info = skb_shinfo(skb);

	if (skb_can_coalesce(skb, info->nr_frags, frag->page, frag->offset)) {
		skb_frag_size_add(&info->frags[info->nr_frags - 1], len);
	} else {
		get_page(frag->page);
		skb_fill_page_desc(skb, info->nr_frags, frag->page, frag->offset, len);
	}
	frag->offset += len;
	skb->len += len;
	skb->data_len += len;
	skb->truesize += len;
	info->gso_segs++;
}

/* a packet in the block at the end of the train, or in a new one if it is too long for that */
static int add_to_block(struct rxe_train *t, const struct rxe_hdrs *h, struct rxe_cursor *c,
			unsigned int len)
{
	struct page_frag *frag = this_cpu_ptr(&block_pages);
	unsigned int ip_len = rxe_path_hdr_len(t->path);
	u8 l3[sizeof(struct ipv6hdr) + sizeof(struct udphdr) + RXE_BTH_LEN];
	struct sk_buff *skb = t->tail;
	bool begins = len > t->room;
	int err;

	if (!skb_page_frag_refill(len, frag, GFP_ATOMIC | __GFP_NOWARN) ||
	    frag->size - frag->offset < len)
		return -ENOMEM;
	if (!begins && skb_shinfo(skb)->nr_frags == MAX_SKB_FRAGS)
		begins = true;
	rxe_path_headers(t->path, l3, len, t->ip_id + t->n);
	if (begins) {
		skb = packet_alloc(ip_len);
		if (!skb)
			return -ENOMEM;
		skb_put_data(skb, l3, ip_len);
		set_offsets(t, skb);
		skb_shinfo(skb)->gso_size = len;
	}
	err = fill_packet(t, h, c, l3, page_address(frag->page) + frag->offset);
	if (err) {
		if (begins)
			kfree_skb(skb);
		return err;
	}
	take_fragment(skb, frag, len);
	if (begins)
		append(t, skb);
	/* a shorter one is the last */
	if (begins || len < t->room)
		t->room = begins ? len : 0;
	return 0;
}

/**
 * rxe_train_add() - add a packet to a train
 * @t: the train, between rxe_train_begin() and rxe_train_close()
 * @h: headers of the packet, with @h->payload and @h->pad set
 * @c: where its payload comes from; may be NULL if there is none
 *
 * Only -EACCES and -ERANGE may have moved @c.
 *
 * Return: 0; -ENOSPC: the train is full, send it first; -ENOMEM: try later;
 * -EACCES, -ERANGE: the memory of @c may not be read.
 */
int rxe_train_add(struct rxe_train *t, const struct rxe_hdrs *h, struct rxe_cursor *c)
{
	unsigned int ip_len = rxe_path_hdr_len(t->path);
	unsigned int len = h->op->hdr_len + h->payload + h->pad + RXE_ICRC_LEN;
	int err = -ENOMEM;

	if (t->n && (t->n >= t->limit || t->bytes + ip_len + len > RXE_TRAIN_BYTES))
		return -ENOSPC;
	/* what begins with an ACK mostly ends with it, too */
	if (t->block && (t->n || h->payload))
		err = add_to_block(t, h, c, len);
	if (err == -ENOMEM)
		err = add_packet(t, h, c, len);
	if (err)
		return err;
	t->n++;
	t->bytes += ip_len + len;
	t->longest = max(t->longest, ip_len + len);
	return 0;
}

/**
 * rxe_train_close() - no more packets for this train
 * @t: the train
 */
void rxe_train_close(struct rxe_train *t)
{
	/* trains follow one another without a gap, unless QPs take turns */
	atomic_cmpxchg(&t->path->ip_id, t->ip_id + RXE_TRAIN_MAX, t->ip_id + (int)t->n);
	rxe_crc_end();
}

/**
 * rxe_train_drop() - free the packets of a train which is not to be sent
 * @t: the train, closed
 */
void rxe_train_drop(struct rxe_train *t)
{
	kfree_skb_list(t->head);
	t->head = NULL;
	t->tail = NULL;
	t->n = 0;
}

/*
 * One packet out of many: the head keeps all headers, the others hang on it with
 * theirs in front of their data. The lengths in the head's own headers are those
 * of the whole; whoever takes it apart writes the ones it was made with.
 */
static struct sk_buff *couple(struct rxe_train *t)
{
	struct sk_buff *head = t->head, *skb;
	unsigned int ip_len = rxe_path_hdr_len(t->path);
	struct skb_shared_info *info = skb_shinfo(head);

	info->frag_list = head->next;
	info->gso_size = head->len - ip_len;
	info->gso_segs = t->n;
	info->gso_type = SKB_GSO_UDP_L4 | SKB_GSO_FRAGLIST;
	head->next = NULL;
	head->ip_summed = CHECKSUM_UNNECESSARY;
	for (skb = info->frag_list; skb; skb = skb->next) {
		__skb_pull(skb, ip_len);
		head->len += skb->len;
		head->data_len += skb->len;
		head->truesize += skb->truesize;
	}
	udp_hdr(head)->len = htons(head->len - ip_len + sizeof(struct udphdr));
	return head;
}

/* takes the packet: 0, -ENOBUFS or another reason for which it was dropped */
static int to_stack(struct rxe_path *path, struct dst_entry *dst, struct sock *sk,
		    struct sk_buff *skb)
{
	struct net *net = dev_net(dst->dev);
	int err;

	skb_dst_set_noref(skb, dst);
	skb->priority = rt_tos2priority(path->tos);
	skb_set_owner_w(skb, sk);
	if (path->ipv6) {
		skb->protocol = htons(ETH_P_IPV6);
		err = ip6_local_out(net, sk, skb);
	} else {
		skb->protocol = htons(ETH_P_IP);
		err = ip_local_out(net, sk, skb);
	}
	return err > 0 ? net_xmit_errno(err) : err;
}

/*
 * What is written into a block's headers is what they say of the whole. Its packets
 * get a UDP checksum, as all that the kernel cuts from blocks do.
 */
static void finish_block(struct rxe_train *t, struct sk_buff *skb)
{
	unsigned int len = skb->len - rxe_path_hdr_len(t->path) + sizeof(struct udphdr);
	struct skb_shared_info *info = skb_shinfo(skb);
	struct udphdr *udp = udp_hdr(skb);

	if (info->gso_segs <= 1) {
		skb_gso_reset(skb);
		return;
	}
	info->gso_type = SKB_GSO_UDP_L4;
	udp->len = htons(len);
	if (t->path->ipv6)
		udp->check = ~udp_v6_check(len, &ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, 0);
	else
		udp->check = ~udp_v4_check(len, ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct udphdr, check);
	rxe_count(t->rxe, RXE_TRAINS_SENT);
	rxe_count(t->rxe, RXE_BLOCKS_SENT);
}

static int send_each(struct rxe_train *t, struct dst_entry *dst, struct sock *sk)
{
	struct sk_buff *skb, *next;
	int err = 0;

	skb_list_walk_safe(t->head, skb, next) {
		skb_mark_not_on_list(skb);
		/* those behind one that was dropped would only be out of order */
		if (err) {
			kfree_skb(skb);
			continue;
		}
		if (t->block)
			finish_block(t, skb);
		err = to_stack(t->path, dst, sk, skb);
	}
	return err;
}

static int send(struct rxe_train *t)
{
	struct sock *sk = rxe_room_sock(&t->rxe->room, t->path->ipv6);
	struct dst_entry *dst;
	struct sk_buff *skb, *next;
	int err;

	if (!sk)
		return -EHOSTUNREACH;
	if (t->local) {
		skb_list_walk_safe(t->head, skb, next)
			skb_set_owner_w(skb, sk);
		skb = t->head;
		t->head = NULL;
		return rxe_loopback_send(t->rxe, skb);
	}
	dst = rxe_path_route(t->path);
	if (!dst)
		return -EHOSTUNREACH;
	/* the stack would look at the length of the first one only */
	if (t->longest > dst_mtu(dst))
		return -EMSGSIZE;
	if (t->n > 1 && !t->block && READ_ONCE(train) != TRAIN_OFF) {
		skb = couple(t);
		t->head = NULL;
		rxe_count(t->rxe, RXE_TRAINS_SENT);
		return to_stack(t->path, dst, sk, skb);
	}
	err = send_each(t, dst, sk);
	t->head = NULL;
	return err;
}

/**
 * rxe_train_send() - hand a train to the IP stack, or to the device's own receiver
 * @t: the train, closed; it is empty afterwards
 *
 * BH off, RCU, no lock of ours held.
 *
 * Return: 0; -ENOBUFS: dropped on this machine, to be treated as lost;
 * -EHOSTUNREACH: there is no route, or the route is too narrow.
 */
int rxe_train_send(struct rxe_train *t)
{
	unsigned int n = t->n, bytes = t->bytes;
	int err;

	if (!n)
		return 0;
	err = send(t);
	rxe_train_drop(t);
	if (!err) {
		rxe_count_add(t->rxe, RXE_SENT_PKTS, n);
		rxe_count_add(t->rxe, RXE_SENT_BYTES, bytes);
		return 0;
	}
	rxe_count(t->rxe, RXE_SEND_ERR);
	return err == -EHOSTUNREACH || err == -EMSGSIZE ? -EHOSTUNREACH : -ENOBUFS;
}

/**
 * rxe_train_exit() - give back what trains were made of; nothing is sent any more
 */
void rxe_train_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct page_frag *frag = per_cpu_ptr(&block_pages, cpu);

		if (frag->page)
			put_page(frag->page);
	}
}
