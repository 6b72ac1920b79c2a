// SPDX-License-Identifier: GPL-2.0
/*
 * Packets out: headers, payload and ICRC of each packet in one pass, then all of
 * a train through the IP stack at once, as one datagram which the kernel takes
 * apart where the device cannot carry it whole (UDP GSO over a list of packets).
 */
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/udp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "icrc.h"
#include "rxe.h"

static bool train = true;
module_param(train, bool, 0644);
MODULE_PARM_DESC(train, "hand several packets to the IP stack as one (default: on)");

static unsigned int max_train = RXE_TRAIN_MAX;
module_param(max_train, uint, 0644);
MODULE_PARM_DESC(max_train, "packets handed to the IP stack as one, 1 to 64 (default: 64)");

/* in front of every packet, for whatever link header and tunnel it meets */
#define RXE_HEADROOM	SKB_DATA_ALIGN(MAX_HEADER)
/* a train is one IP packet until it is taken apart */
#define RXE_TRAIN_BYTES	60000

static unsigned int train_limit(void)
{
	if (!RNBD_LISTS_ARE_PAID_BACK)
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
	t->limit = train_limit();
	/* judged once: packets made without ICRC must not reach a wire */
	t->local = READ_ONCE(path->loopback);
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
	struct rxe_path *path = t->path;
	unsigned int ip_len = rxe_path_hdr_len(path);
	unsigned int hdr_len = h->op->hdr_len;
	unsigned int len = hdr_len + h->payload + h->pad + RXE_ICRC_LEN;
	struct sk_buff *skb;
	__le32 icrc;
	u8 *to;
	u32 crc = 0;
	int err;

	if (t->n && (t->n >= t->limit || t->bytes + ip_len + len > RXE_TRAIN_BYTES))
		return -ENOSPC;
	skb = packet_alloc(ip_len + len);
	if (!skb)
		return -ENOMEM;
	to = skb_put(skb, ip_len + len);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip_len - sizeof(struct udphdr));

	rxe_path_headers(path, to, len, t->ip_id + t->n);
	rxe_hdrs_write(to + ip_len, h);
	if (!t->local) {
		crc = rxe_icrc_headers(to, path->ipv6);
		crc = rxe_crc(crc, to + ip_len + RXE_BTH_LEN, hdr_len - RXE_BTH_LEN);
	}
	to += ip_len + hdr_len;
	if (h->payload) {
		err = fill_payload(to, h->payload, c, t->local, &crc);
		if (err) {
			kfree_skb(skb);
			return err;
		}
		to += h->payload;
	}
	memset(to, 0, h->pad + RXE_ICRC_LEN);
	if (!t->local) {
		icrc = rxe_icrc_final(rxe_crc(crc, to, h->pad));
		memcpy(to + h->pad, &icrc, sizeof(icrc));
	}

	if (t->tail)
		t->tail->next = skb;
	else
		t->head = skb;
	t->tail = skb;
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

static int send_each(struct rxe_train *t, struct dst_entry *dst, struct sock *sk)
{
	struct sk_buff *skb, *next;
	int err = 0;

	skb_list_walk_safe(t->head, skb, next) {
		skb_mark_not_on_list(skb);
		/* those behind one that was dropped would only be out of order */
		if (err)
			kfree_skb(skb);
		else
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
	if (t->n > 1 && READ_ONCE(train)) {
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
