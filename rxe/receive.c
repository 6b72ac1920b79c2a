// SPDX-License-Identifier: GPL-2.0
/*
 * Packets in: what the sockets give is checked, found its QP, and handed on in
 * batches of one QP and one direction. Whatever is wrong is dropped and counted;
 * before the ICRC proved right nothing but counters changes.
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/ipv6.h>

#include "icrc.h"
#include "rxe.h"

#define BATCH	64

/* packets for one QP, all requests or all responses */
struct batch {
	struct rxe_qp	*qp;
	struct rxe_pkt	*pkts;
	unsigned int	n, max;
	bool		response;
};

/* a CPU's place for a batch; who interrupts its user does with one packet */
struct rx_place {
	bool		busy;
	struct rxe_pkt	pkts[BATCH];
};

static struct rx_place __percpu *places;

/**
 * rxe_receive_init() - get memory for batches
 *
 * Return: 0 or -ENOMEM.
 */
int rxe_receive_init(void)
{
	places = alloc_percpu(struct rx_place);
	return places ? 0 : -ENOMEM;
}

/**
 * rxe_receive_exit() - undo rxe_receive_init(); nothing is received any more
 */
void rxe_receive_exit(void)
{
	free_percpu(places);
}

/**
 * rxe_pkt_copy() - place payload of a packet
 * @pkt: the packet
 * @off: first byte of the payload to place
 * @len: bytes
 * @c: where it goes
 *
 * Return: 0; -EACCES, -ERANGE: not all of it can go there.
 */
int rxe_pkt_copy(const struct rxe_pkt *pkt, u32 off, u32 len, struct rxe_cursor *c)
{
	off += pkt->payload_off;
	while (len) {
		size_t got;
		void *to = rxe_cursor_next(c, len, &got);

		if (IS_ERR(to))
			return PTR_ERR(to);
		if (!to || skb_copy_bits(pkt->skb, off, to, got))
			return -ERANGE;
		off += got;
		len -= got;
	}
	return 0;
}

/* ---- one packet ---- */

/* a header of fixed length, UDP behind it, and lengths which agree */
static bool headers_agree(struct sk_buff *skb, struct rxe_pkt *pkt)
{
	unsigned int off = skb_transport_offset(skb) - skb_network_offset(skb);
	const struct udphdr *udp = udp_hdr(skb);
	unsigned int len = ntohs(udp->len), ip_len;
	u8 tos;

	if (ip_hdr(skb)->version == 4) {
		const struct iphdr *ip = ip_hdr(skb);

		if (off != sizeof(*ip) || ip->ihl != 5)
			return false;
		ip_len = ntohs(ip->tot_len) - sizeof(*ip);
		tos = ip->tos;
		pkt->ipv6 = false;
	} else {
		const struct ipv6hdr *ip = ipv6_hdr(skb);

		if (off != sizeof(*ip) || ip->nexthdr != IPPROTO_UDP)
			return false;
		ip_len = ntohs(ip->payload_len);
		tos = ipv6_get_dsfield(ip);
		pkt->ipv6 = true;
	}
	pkt->ce = INET_ECN_is_ce(tos);
	return ip_len == len && skb->len - skb_transport_offset(skb) == len;
}

/* skb->data is the UDP header; -EINVAL unless the packet is well-formed */
static int parse(struct sk_buff *skb, struct rxe_pkt *pkt)
{
	unsigned int want = min(skb->len, (unsigned int)sizeof(struct udphdr) + RXE_MAX_HDR);
	unsigned int bth = sizeof(struct udphdr);
	int err;

	if (skb_transport_offset(skb) || skb->len < bth + RXE_BTH_LEN + RXE_ICRC_LEN ||
	    !pskb_may_pull(skb, want) || !headers_agree(skb, pkt))
		return -EINVAL;
	err = rxe_hdrs_read(skb->data + bth, skb_headlen(skb) - bth, skb->len - bth, &pkt->h);
	if (err)
		return err;
	pkt->skb = skb;
	pkt->payload_off = bth + pkt->h.op->hdr_len;
	pkt->vlan = 0xffff;
	if (skb_vlan_tag_present(skb))
		pkt->vlan = skb_vlan_tag_get_id(skb);
	else if (skb->dev && is_vlan_dev(skb->dev))
		pkt->vlan = vlan_dev_vlan_id(skb->dev);
	return 0;
}

/* reads all of the packet but its last four bytes */
static bool icrc_good(const struct rxe_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;
	unsigned int off = sizeof(struct udphdr) + RXE_BTH_LEN, end = skb->len - RXE_ICRC_LEN;
	__le32 icrc;
	u32 crc;

	crc = rxe_icrc_headers(skb_network_header(skb), pkt->ipv6);
	if (skb_headlen(skb) >= end) {
		crc = rxe_crc(crc, skb->data + off, end - off);
	} else {
		struct skb_seq_state state;
		unsigned int done = 0, len;
		const u8 *data;

		skb_prepare_seq_read(skb, off, end, &state);
		while ((len = skb_seq_read(done, &data, &state))) {
			/* a piece may go on behind the end that was asked for */
			len = min(len, end - off - done);
			crc = rxe_crc(crc, data, len);
			done += len;
		}
	}
	if (skb_copy_bits(skb, end, &icrc, sizeof(icrc)))
		return false;
	return icrc == rxe_icrc_final(crc);
}

static bool is_multicast(const struct rxe_pkt *pkt)
{
	if (pkt->ipv6)
		return ipv6_addr_is_multicast(&ipv6_hdr(pkt->skb)->daddr);
	return ipv4_is_multicast(ip_hdr(pkt->skb)->daddr);
}

static void packet_gid(const struct rxe_pkt *pkt, bool source, union ib_gid *gid)
{
	if (pkt->ipv6) {
		const struct ipv6hdr *ip = ipv6_hdr(pkt->skb);

		memcpy(gid, source ? &ip->saddr : &ip->daddr, sizeof(*gid));
	} else {
		const struct iphdr *ip = ip_hdr(pkt->skb);

		ipv6_addr_set_v4mapped(source ? ip->saddr : ip->daddr, (struct in6_addr *)gid);
	}
}

/* does the packet come from where the QP sends to, and go where it sends from */
static bool from_peer(const struct rxe_qp *qp, const struct rxe_pkt *pkt)
{
	const struct rxe_path *path = rcu_dereference(qp->path);
	const union ib_gid *local, *peer;

	if (!path || path->ipv6 != pkt->ipv6)
		return false;
	local = &path->sgid;
	peer = &path->dgid;
	if (pkt->ipv6) {
		const struct ipv6hdr *ip = ipv6_hdr(pkt->skb);

		return !memcmp(&ip->saddr, peer, sizeof(*peer)) &&
		       !memcmp(&ip->daddr, local, sizeof(*local));
	}
	return ip_hdr(pkt->skb)->saddr == ((const struct in6_addr *)peer)->s6_addr32[3] &&
	       ip_hdr(pkt->skb)->daddr == ((const struct in6_addr *)local)->s6_addr32[3];
}

static bool transport_fits(const struct rxe_qp *qp, u8 opcode)
{
	switch (qp->ib.qp_type) {
	case IB_QPT_RC:
		return (opcode & 0xe0) == RXE_T_RC || opcode == RXE_OP_CNP;
	case IB_QPT_UC:
		return (opcode & 0xe0) == RXE_T_UC || opcode == RXE_OP_CNP;
	case IB_QPT_UD:
	case IB_QPT_GSI:
		return (opcode & 0xe0) == RXE_T_UD;
	default:
		return false;
	}
}

static bool qkey_fits(struct rxe_dev *rxe, const struct rxe_qp *qp, const struct rxe_hdrs *h)
{
	u32 qkey = qp->ib.qp_type == IB_QPT_GSI ? RXE_GSI_QKEY : qp->qkey;

	if (h->qkey == qkey)
		return true;
	rxe_count(rxe, RXE_BAD_QKEY);
	return false;
}

/* the QP a packet is for; NULL: to be dropped, and counted */
static struct rxe_qp *find_qp(struct rxe_dev *rxe, const struct rxe_pkt *pkt)
{
	const struct rxe_hdrs *h = &pkt->h;
	struct rxe_qp *qp = h->qpn ? rxe_qp_find(rxe, h->qpn) : NULL;

	if (!qp || !transport_fits(qp, h->opcode)) {
		rxe_count(rxe, RXE_UNKNOWN_QP);
		return NULL;
	}
	if (qp->ib.qp_type == IB_QPT_RC || qp->ib.qp_type == IB_QPT_UC) {
		if (!from_peer(qp, pkt)) {
			rxe_count(rxe, RXE_WRONG_ADDRESS);
			return NULL;
		}
	} else if (!qkey_fits(rxe, qp, h)) {
		return NULL;
	}
	return qp;
}

/* ---- batches ---- */

static void batch_flush(struct batch *b)
{
	struct rxe_kick kick = {};
	unsigned int i;

	if (!b->n)
		return;
	if (b->response)
		rxe_snd_rx(b->qp, b->pkts, b->n, &kick);
	else
		rxe_rcv_rx(b->qp, b->pkts, b->n, &kick);
	rxe_kick_run(&kick);
	for (i = 0; i < b->n; i++)
		consume_skb(b->pkts[i].skb);
	b->n = 0;
}

struct to_member {
	struct rxe_dev	*rxe;
	struct rxe_pkt	*pkt;
	bool		own;		/* sent by this device */
};

static void member_rx(struct rxe_qp *qp, void *arg)
{
	struct to_member *to = arg;
	struct rxe_kick kick = {};

	/* a sender does not hear itself */
	if (to->own && to->pkt->h.src_qp == qp->qpn)
		return;
	if (qp->ib.qp_type != IB_QPT_UD || !qkey_fits(to->rxe, qp, &to->pkt->h))
		return;
	rxe_rcv_rx(qp, to->pkt, 1, &kick);
	rxe_kick_run(&kick);
}

static bool multicast_rx(struct rxe_dev *rxe, struct rxe_pkt *pkt)
{
	struct to_member to = { .rxe = rxe, .pkt = pkt };
	union ib_gid gid;

	if ((pkt->h.opcode & 0xe0) != RXE_T_UD || pkt->h.qpn != RXE_QPN_MCAST)
		return false;
	packet_gid(pkt, true, &gid);
	to.own = rxe_gid_is_local(rxe, &gid);
	packet_gid(pkt, false, &gid);
	rxe_mcast_each(rxe, &gid, member_rx, &to);
	return true;
}

/* true: the packet is in @b, which may have been flushed before */
static bool batch_add(struct batch *b, struct rxe_dev *rxe, struct sk_buff *skb, bool local)
{
	struct rxe_pkt *pkt;
	struct rxe_qp *qp = NULL;
	bool multicast, good;

	if (b->n == b->max)
		batch_flush(b);
	pkt = &b->pkts[b->n];
	if (parse(skb, pkt)) {
		rxe_count(rxe, RXE_MALFORMED_PKTS);
		return false;
	}
	multicast = is_multicast(pkt);
	if (!multicast) {
		qp = find_qp(rxe, pkt);
		if (!qp)
			return false;
	}
	if ((pkt->h.pkey & 0x7fff) != (RXE_PKEY & 0x7fff)) {
		rxe_count(rxe, RXE_BAD_PKEY);
		return false;
	}
	if (!local) {
		rxe_crc_begin();
		good = icrc_good(pkt);
		rxe_crc_end();
		if (!good) {
			rxe_count(rxe, RXE_ICRC_ERRORS);
			return false;
		}
	}
	rxe_count(rxe, RXE_RCVD_PKTS);
	rxe_count_add(rxe, RXE_RCVD_BYTES, skb->len - skb_network_offset(skb));

	if (multicast) {
		batch_flush(b);
		if (pkt != b->pkts)
			*b->pkts = *pkt;
		if (!multicast_rx(rxe, b->pkts))
			rxe_count(rxe, RXE_UNKNOWN_QP);
		return false;
	}
	if (pkt->h.op->flags & RXE_IS_CNP) {
		rxe_snd_cnp(qp);
		return false;
	}
	if (b->n && (qp != b->qp || b->response != !!(pkt->h.op->flags & RXE_IS_RESPONSE))) {
		struct rxe_pkt *behind = pkt;

		batch_flush(b);
		b->pkts[0] = *behind;
	}
	b->qp = qp;
	b->response = pkt->h.op->flags & RXE_IS_RESPONSE;
	b->n++;
	return true;
}

/**
 * rxe_encap_rcv() - a packet arrived at one of the sockets
 * @sk: the socket
 * @skb: the packet, its data at the UDP header; always taken
 *
 * The socket's encap_rcv.
 *
 * Return: 0.
 */
int rxe_encap_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct batch b = { .max = 1 };
	struct rxe_pkt pkt;
	struct rxe_dev *rxe;

	local_bh_disable();
	rcu_read_lock();
	rxe = rxe_dev_by_skb(skb);
	b.pkts = &pkt;
	/* the kernel takes trains apart for sockets like ours */
	if (!rxe || skb_is_gso(skb)) {
		if (rxe)
			rxe_count(rxe, RXE_MALFORMED_PKTS);
		kfree_skb(skb);
	} else {
		if (!batch_add(&b, rxe, skb, false))
			consume_skb(skb);
		batch_flush(&b);
	}
	rcu_read_unlock();
	local_bh_enable();
	return 0;
}

/**
 * rxe_receive_local() - packets which a device sent to itself
 * @rxe: the device
 * @list: whole packets, their ICRC not set; taken
 *
 * BH off, RCU.
 */
void rxe_receive_local(struct rxe_dev *rxe, struct sk_buff *list)
{
	struct rx_place *place = this_cpu_ptr(places);
	struct sk_buff *skb, *next;
	struct rxe_pkt one;
	struct batch b = { .pkts = &one, .max = 1 };
	bool nested = place->busy;

	if (!nested) {
		place->busy = true;
		b.pkts = place->pkts;
		b.max = BATCH;
	}
	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		__skb_pull(skb, skb_transport_offset(skb));
		if (!batch_add(&b, rxe, skb, true))
			consume_skb(skb);
	}
	batch_flush(&b);
	if (!nested)
		place->busy = false;
}
