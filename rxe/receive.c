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

/* a CPU's place for a batch; who interrupts its user does with one packet */
struct rx_place {
	bool		busy;
	struct rxe_pkt	pkts[BATCH];
};

/* packets which were checked and are still to be handed on */
struct batch {
	struct rxe_dev	*rxe;
	struct rx_place	*place;		/* NULL: @one is all there is */
	struct rxe_pkt	*pkts;
	unsigned int	n, max;
	bool		local;		/* no wire between, and no ICRC */
	struct sk_buff	*done;		/* freed once they are handed on */
	struct rxe_pkt	one;
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
 * @len: bytes, of the payload's
 * @c: where it goes
 *
 * Return: 0; -EACCES, -ERANGE: not all of it can go there.
 */
int rxe_pkt_copy(const struct rxe_pkt *pkt, u32 off, u32 len, struct rxe_cursor *c)
{
	while (len) {
		size_t got;
		void *to = rxe_cursor_next(c, len, &got);

		if (IS_ERR(to))
			return PTR_ERR(to);
		if (!to)
			return -ERANGE;
		if (pkt->whole)
			memcpy(to, pkt->whole + pkt->h.op->hdr_len + off, got);
		else if (skb_copy_bits(pkt->skb, pkt->payload_off + off, to, got))
			return -ERANGE;
		off += got;
		len -= got;
	}
	return 0;
}

/* ---- one packet ---- */

/* a header of fixed length, UDP behind it with @len bytes, and lengths which agree */
static bool headers_agree(struct sk_buff *skb, unsigned int len, struct rxe_pkt *pkt)
{
	unsigned int off = skb_transport_offset(skb) - skb_network_offset(skb);
	unsigned int ip_len;
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
	len += sizeof(struct udphdr);
	return ip_len == len && ntohs(udp_hdr(skb)->len) == len;
}

/* @len bytes of @skb from @off on, or NULL if they are not in one piece */
static const u8 *in_one_piece(const struct sk_buff *skb, unsigned int off, unsigned int len)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int linear = skb_headlen(skb), i;

	if (off < linear)
		return off + len <= linear ? skb->data + off : NULL;
	off -= linear;
	for (i = 0; i < info->nr_frags; i++) {
		const skb_frag_t *frag = &info->frags[i];
		unsigned int size = skb_frag_size(frag);
		const u8 *data;

		if (off >= size) {
			off -= size;
			continue;
		}
		data = skb_frag_address_safe(frag);
		return data && off + len <= size ? data + off : NULL;
	}
	return NULL;
}

/*
 * skb->data is the UDP header, the packet's BTH is @off bytes behind it, @len bytes
 * are left from there on; -EINVAL unless the packet is well-formed.
 */
static int parse(struct sk_buff *skb, unsigned int off, unsigned int len, struct rxe_pkt *pkt)
{
	unsigned int avail = min(len, RXE_MAX_HDR);
	u8 buf[RXE_MAX_HDR];
	const u8 *bth;
	int err;

	if (len < RXE_BTH_LEN + RXE_ICRC_LEN || !headers_agree(skb, len, pkt))
		return -EINVAL;
	pkt->whole = in_one_piece(skb, off, len);
	/* pages of a sender in this host might change: they are read once */
	if (pkt->whole && off >= skb_headlen(skb))
		bth = memcpy(buf, pkt->whole, avail);
	else
		bth = skb_header_pointer(skb, off, avail, buf);
	if (!bth)
		return -EINVAL;
	err = rxe_hdrs_read(bth, avail, len, &pkt->h);
	if (err)
		return err;
	pkt->skb = skb;
	pkt->payload_off = off + pkt->h.op->hdr_len;
	pkt->vlan = 0xffff;
	if (skb_vlan_tag_present(skb))
		pkt->vlan = skb_vlan_tag_get_id(skb);
	else if (skb->dev && is_vlan_dev(skb->dev))
		pkt->vlan = vlan_dev_vlan_id(skb->dev);
	return 0;
}

/* of the headers up to the BTH, which is not always behind the others */
static u32 headers_crc(const struct rxe_pkt *pkt, unsigned int off)
{
	unsigned int len = (pkt->ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr)) +
			   sizeof(struct udphdr);
	const u8 *l3 = skb_network_header(pkt->skb);
	u8 buf[sizeof(struct ipv6hdr) + sizeof(struct udphdr) + RXE_BTH_LEN];

	if (off != sizeof(struct udphdr) || skb_headlen(pkt->skb) < off + RXE_BTH_LEN) {
		memcpy(buf, l3, len);
		if (pkt->whole)
			memcpy(buf + len, pkt->whole, RXE_BTH_LEN);
		else
			skb_copy_bits(pkt->skb, off, buf + len, RXE_BTH_LEN);
		l3 = buf;
	}
	return rxe_icrc_headers(l3, pkt->ipv6);
}

/* reads all of the packet but its last four bytes; @off, @len as in parse() */
static bool icrc_good(const struct rxe_pkt *pkt, unsigned int off, unsigned int len)
{
	struct sk_buff *skb = pkt->skb;
	unsigned int end = off + len - RXE_ICRC_LEN;
	__le32 icrc;
	u32 crc;

	crc = headers_crc(pkt, off);
	off += RXE_BTH_LEN;
	if (pkt->whole) {
		crc = rxe_crc(crc, pkt->whole + RXE_BTH_LEN, end - off);
		memcpy(&icrc, pkt->whole + len - RXE_ICRC_LEN, sizeof(icrc));
	} else {
		struct skb_seq_state state;
		unsigned int done = 0, got;
		const u8 *data;

		skb_prepare_seq_read(skb, off, end, &state);
		while (done < end - off && (got = skb_seq_read(done, &data, &state))) {
			/* a piece may go on behind the end that was asked for */
			got = min(got, end - off - done);
			crc = rxe_crc(crc, data, got);
			done += got;
		}
		skb_abort_seq_read(&state);
		if (skb_copy_bits(skb, end, &icrc, sizeof(icrc)))
			return false;
	}
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

/* the QP a packet is for, perhaps @last; NULL: to be dropped, and counted */
static struct rxe_qp *find_qp(struct rxe_dev *rxe, const struct rxe_pkt *pkt,
			      struct rxe_qp *last)
{
	const struct rxe_hdrs *h = &pkt->h;
	struct rxe_qp *qp = NULL;

	if (last && last->qpn == h->qpn)
		qp = last;
	else if (h->qpn)
		qp = rxe_qp_find(rxe, h->qpn);

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

static void batch_begin(struct batch *b, struct rxe_dev *rxe, bool local)
{
	struct rx_place *place = this_cpu_ptr(places);

	b->rxe = rxe;
	b->local = local;
	b->n = 0;
	b->done = NULL;
	b->place = place->busy ? NULL : place;
	b->pkts = b->place ? place->pkts : &b->one;
	b->max = b->place ? BATCH : 1;
	place->busy = true;
	if (!local)
		rxe_crc_begin();
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

static void multicast_rx(struct rxe_dev *rxe, struct rxe_pkt *pkt)
{
	struct to_member to = { .rxe = rxe, .pkt = pkt };
	union ib_gid gid;

	packet_gid(pkt, true, &gid);
	to.own = rxe_gid_is_local(rxe, &gid);
	packet_gid(pkt, false, &gid);
	rxe_mcast_each(rxe, &gid, member_rx, &to);
}

/* @n packets of one QP, all requests or all responses */
static void run_rx(struct rxe_qp *qp, struct rxe_pkt *pkts, unsigned int n)
{
	struct rxe_kick kick = {};

	if (pkts->h.op->flags & RXE_IS_RESPONSE)
		rxe_snd_rx(qp, pkts, n, &kick);
	else
		rxe_rcv_rx(qp, pkts, n, &kick);
	rxe_kick_run(&kick);
}

static bool same_run(const struct rxe_pkt *a, const struct rxe_pkt *b)
{
	return a->qp == b->qp && !((a->h.op->flags ^ b->h.op->flags) & RXE_IS_RESPONSE);
}

static void hand_on(struct batch *b)
{
	struct sk_buff *skb, *next;
	unsigned int i, end;

	for (i = 0; i < b->n; i = end) {
		struct rxe_pkt *pkt = &b->pkts[i];

		for (end = i + 1; end < b->n && same_run(pkt, &b->pkts[end]); end++)
			;
		if (pkt->qp) {
			run_rx(pkt->qp, pkt, end - i);
			continue;
		}
		for (; pkt < &b->pkts[end]; pkt++)
			multicast_rx(b->rxe, pkt);
	}
	b->n = 0;
	skb_list_walk_safe(b->done, skb, next) {
		skb_mark_not_on_list(skb);
		consume_skb(skb);
	}
	b->done = NULL;
}

/* what was checked goes to the QPs, outside of the CRC's section */
static void batch_flush(struct batch *b)
{
	if (!b->local)
		rxe_crc_end();
	hand_on(b);
	if (!b->local)
		rxe_crc_begin();
}

static void batch_end(struct batch *b)
{
	if (!b->local)
		rxe_crc_end();
	hand_on(b);
	if (b->place)
		b->place->busy = false;
}

/* finds out where the packet goes; false: it is dropped, and counted */
static bool admit(struct rxe_dev *rxe, struct rxe_pkt *pkt, struct rxe_qp *last)
{
	if (is_multicast(pkt)) {
		pkt->qp = NULL;
		if ((pkt->h.opcode & 0xe0) != RXE_T_UD || pkt->h.qpn != RXE_QPN_MCAST) {
			rxe_count(rxe, RXE_UNKNOWN_QP);
			return false;
		}
	} else {
		pkt->qp = find_qp(rxe, pkt, last);
		if (!pkt->qp)
			return false;
	}
	if ((pkt->h.pkey & 0x7fff) != (RXE_PKEY & 0x7fff)) {
		rxe_count(rxe, RXE_BAD_PKEY);
		return false;
	}
	return true;
}

/* one packet of @skb, which the caller keeps until the batch is flushed */
static void batch_add(struct batch *b, struct sk_buff *skb, unsigned int off, unsigned int len)
{
	struct rxe_dev *rxe = b->rxe;
	struct rxe_pkt *pkt;

	if (b->n == b->max)
		batch_flush(b);
	pkt = &b->pkts[b->n];
	if (parse(skb, off, len, pkt)) {
		rxe_count(rxe, RXE_MALFORMED_PKTS);
		return;
	}
	if (!admit(rxe, pkt, b->n ? pkt[-1].qp : NULL))
		return;
	if (!b->local && !icrc_good(pkt, off, len)) {
		rxe_count(rxe, RXE_ICRC_ERRORS);
		return;
	}
	rxe_count(rxe, RXE_RCVD_PKTS);
	rxe_count_add(rxe, RXE_RCVD_BYTES, len + sizeof(struct udphdr) +
		      skb_network_header_len(skb));
	if (pkt->h.op->flags & RXE_IS_CNP)
		rxe_snd_cnp(pkt->qp);
	else
		b->n++;
}

/* takes a packet which stands for itself */
static void single_rx(struct batch *b, struct sk_buff *skb)
{
	if (pskb_may_pull(skb, sizeof(struct udphdr)))
		batch_add(b, skb, sizeof(struct udphdr), skb->len - sizeof(struct udphdr));
	else
		rxe_count(b->rxe, RXE_MALFORMED_PKTS);
	skb->next = b->done;
	b->done = skb;
}

/* takes a block train: packets of one size behind the headers of the first */
static void block_rx(struct batch *b, struct sk_buff *skb)
{
	unsigned int size = skb_shinfo(skb)->gso_size, off = sizeof(struct udphdr), len;
	u16 id = rxe_head_id(skb);

	rxe_count(b->rxe, RXE_TRAINS_RCVD);
	for (; off < skb->len; off += len) {
		len = min(size, skb->len - off);
		/* the headers are each packet's in turn: they count for the ICRC */
		rxe_head_set(skb, len, id++);
		batch_add(b, skb, off, len);
		/* and for datagrams, which keep them */
		if (b->n && b->pkts[b->n - 1].h.op->flags & RXE_HAS_DETH)
			batch_flush(b);
	}
	skb->next = b->done;
	b->done = skb;
}

/**
 * rxe_encap_rcv() - a packet or a train arrived at one of the sockets
 * @sk: the socket
 * @skb: the packet, its data at the UDP header; always taken
 *
 * The socket's encap_rcv.
 *
 * Return: 0.
 */
int rxe_encap_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct rxe_dev *rxe;
	struct sk_buff *next;
	struct batch b;

	local_bh_disable();
	rcu_read_lock();
	rxe = rxe_dev_by_dest(skb->dev, skb_network_header(skb));
	/* raw sockets have their copies of a train behind rxe_local_in() */
	if (!rxe || (skb_is_gso(skb) && skb_unclone(skb, GFP_ATOMIC))) {
		kfree_skb(skb);
		goto out;
	}
	skb_mark_not_on_list(skb);
	batch_begin(&b, rxe, false);
	if (!skb_is_gso(skb)) {
		single_rx(&b, skb);
	} else if (rxe_is_block(skb)) {
		block_rx(&b, skb);
	} else {
		skb = rxe_uncouple(rxe, skb);
		if (!skb)
			rxe_count(rxe, RXE_MALFORMED_PKTS);
		skb_list_walk_safe(skb, skb, next)
			single_rx(&b, skb);
	}
	batch_end(&b);
out:
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
	struct sk_buff *skb, *next;
	struct batch b;

	batch_begin(&b, rxe, true);
	skb_list_walk_safe(list, skb, next) {
		__skb_pull(skb, skb_transport_offset(skb));
		single_rx(&b, skb);
	}
	batch_end(&b);
}
