// SPDX-License-Identifier: GPL-2.0
/*
 * Trains in: packets which arrive together cross the IP stack as one, be it that
 * their device carried them whole or that they are chained here, and are taken
 * apart behind it. A chain is what the kernel makes of UDP packets it forwards, a
 * list whose members keep their headers: whoever gets hold of one can split it.
 * Besides lists there are blocks, one packet's headers and the payloads of many.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/udp.h>
#include <net/gro.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "rxe.h"

static bool gro = true;
module_param(gro, bool, 0644);
MODULE_PARM_DESC(gro, "receive packets which arrive together as one (default: on)");

/* of a chain: it is one IP packet until it is taken apart */
#define CHAIN_BYTES	60000

/* ---- on the way in ---- */

/* the device whose own address the packet goes to, RCU; others forward the rest */
static struct rxe_dev *dev_addressed(struct net_device *dev, const void *l3)
{
	const struct iphdr *ip = l3;

	if (ip->version == 4 ? ipv4_is_multicast(ip->daddr) :
	    ipv6_addr_is_multicast(&((const struct ipv6hdr *)l3)->daddr))
		return NULL;
	return rxe_dev_by_dest(dev, l3);
}

/* UDP has compared addresses and ports, and seen to the UDP checksum if there is one */
static bool may_chain(struct sk_buff *skb)
{
	struct napi_gro_cb *cb = NAPI_GRO_CB(skb);
	unsigned int udp_off = skb_gro_offset(skb) - sizeof(struct udphdr);
	const struct udphdr *udp;

	if (!READ_ONCE(gro) || cb->flush)
		return false;
	udp = skb_gro_header(skb, skb_gro_offset(skb), udp_off);
	return udp && (!udp->check || skb->ip_summed != CHECKSUM_PARTIAL);
}

static bool begins_chain(struct sk_buff *skb)
{
	struct napi_gro_cb *cb = NAPI_GRO_CB(skb);
	const void *l3 = skb_gro_header(skb, skb_gro_offset(skb), cb->network_offset);

	if (!l3 || !dev_addressed(skb->dev, l3))
		return false;
	/* from here on the kernel's own list of packets, not a tunnel of ours */
	cb->encap_mark = 0;
	cb->is_flist = 1;
	return true;
}

static void count_chain(const struct sk_buff *head)
{
	const void *l3 = head->data + NAPI_GRO_CB(head)->network_offset;
	struct rxe_dev *rxe = dev_addressed(head->dev, l3);

	if (rxe)
		rxe_count(rxe, RXE_TRAINS_CHAINED);
}

/*
 * Rules are asked about the head only, and whoever splits a chain counts
 * identifications on from it, which the ICRC covers.
 */
static bool continues(const struct sk_buff *head, const struct sk_buff *skb)
{
	const void *l3 = head->data + NAPI_GRO_CB(head)->network_offset;
	const void *next_l3 = skb->data + NAPI_GRO_CB(skb)->network_offset;
	const struct iphdr *ip = l3, *next = next_l3;

	if (ip->version == 6)
		return !ipv6_gro_flush(l3, next_l3);
	return next->tos == ip->tos && next->ttl == ip->ttl &&
	       next->frag_off == ip->frag_off &&
	       ntohs(next->id) == (u16)(ntohs(ip->id) + NAPI_GRO_CB(head)->count);
}

/* false: it must not, or there is no room in the chain */
static bool chain(struct sk_buff *head, struct sk_buff *skb)
{
	struct napi_gro_cb *hcb = NAPI_GRO_CB(head), *cb = NAPI_GRO_CB(skb);

	if (!hcb->is_flist || hcb->count >= RXE_TRAIN_MAX ||
	    head->len + skb->len > CHAIN_BYTES ||
	    !pskb_may_pull(skb, skb_gro_offset(skb)) || !continues(head, skb))
		return false;
	if (hcb->last == head) {
		/* no socket pays for more than it was charged */
		skb_orphan(head);
		skb_shinfo(head)->frag_list = skb;
		head->ip_summed = CHECKSUM_UNNECESSARY;
		head->csum_level = 0;
		count_chain(head);
	} else {
		hcb->last->next = skb;
	}
	skb_mark_not_on_list(skb);
	skb_set_network_header(skb, cb->network_offset);
	__skb_pull(skb, skb_gro_offset(skb));
	skb_orphan(skb);

	hcb->last = skb;
	hcb->count++;
	head->len += skb->len;
	head->data_len += skb->len;
	head->truesize += skb->truesize;
	cb->same_flow = 1;
	return true;
}

/**
 * rxe_gro_receive() - a device received a packet for one of the sockets
 * @sk: the socket
 * @list: packets which are held back, one of them perhaps of the same flow
 * @skb: the packet, its GRO offset behind the UDP header
 *
 * The socket's gro_receive. BH off, RCU.
 *
 * Return: the packet which is to be held back no longer, or NULL.
 */
struct sk_buff *rxe_gro_receive(struct sock *sk, struct list_head *list, struct sk_buff *skb)
{
	struct sk_buff *head = NULL, *p;

	list_for_each_entry(p, list, list) {
		if (NAPI_GRO_CB(p)->same_flow) {
			head = p;
			break;
		}
	}
	if (may_chain(skb)) {
		if (head && chain(head, skb))
			return NULL;
		if (begins_chain(skb))
			return head;
	}
	NAPI_GRO_CB(skb)->flush = 1;
	return head;
}

/* the head of a list train is one packet, or somebody rearranged it */
static bool is_list_train(const struct sk_buff *skb, unsigned int hdr_len)
{
	const struct skb_shared_info *info = skb_shinfo(skb);

	return info->gso_type & SKB_GSO_FRAGLIST && info->frag_list &&
	       skb_pagelen(skb) == hdr_len + info->gso_size;
}

/**
 * rxe_is_block() - is a train payloads of one size behind one header
 * @skb: a train
 *
 * Return: whether it is; otherwise it had better be a list.
 */
bool rxe_is_block(const struct sk_buff *skb)
{
	const struct skb_shared_info *info = skb_shinfo(skb);

	return info->gso_type & SKB_GSO_UDP_L4 && !(info->gso_type & SKB_GSO_FRAGLIST) &&
	       info->gso_size >= RXE_BTH_LEN + RXE_ICRC_LEN && !skb_cloned(skb);
}

/* is it a train to one of the devices, with nothing between IP and UDP */
static bool is_train(struct sk_buff *skb, u8 family)
{
	unsigned int ip_len = family == NFPROTO_IPV6 ? sizeof(struct ipv6hdr) :
						       sizeof(struct iphdr);
	struct udphdr buf, *udp;

	if (!(skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4) || skb->encapsulation ||
	    skb_transport_offset(skb) - skb_network_offset(skb) != ip_len)
		return false;
	if (family == NFPROTO_IPV6 ? ipv6_hdr(skb)->nexthdr != IPPROTO_UDP :
				     ip_hdr(skb)->protocol != IPPROTO_UDP)
		return false;
	udp = skb_header_pointer(skb, skb_transport_offset(skb), sizeof(buf), &buf);
	if (!udp || udp->dest != htons(RXE_UDP_PORT))
		return false;
	return (rxe_is_block(skb) ||
		is_list_train(skb, skb_transport_offset(skb) + sizeof(*udp))) &&
	       dev_addressed(skb->dev, skb_network_header(skb));
}

/**
 * rxe_local_in() - last question before a packet is delivered to this host
 * @priv: unused
 * @skb: the packet
 * @state: the hook
 *
 * UDP takes trains apart before it gives them to a tunnel's socket, unless they
 * are the tunnel's. All rules have been asked by now, and still are for a train
 * which somebody else looks at: that one is left as it is.
 *
 * Return: NF_ACCEPT.
 */
unsigned int rxe_local_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (skb_is_gso(skb) && READ_ONCE(gro) && !skb_cloned(skb) &&
	    is_train(skb, state->pf))
		skb_shinfo(skb)->gso_type |= SKB_GSO_UDP_TUNNEL;
	return NF_ACCEPT;
}

/* ---- behind the stack ---- */

/**
 * rxe_head_set() - write the headers of one packet of a train
 * @skb: the train, its data at the UDP header, and nobody else's
 * @len: of the packet's UDP payload, bytes
 * @id: its IPv4 identification
 */
void rxe_head_set(struct sk_buff *skb, unsigned int len, u16 id)
{
	len += sizeof(struct udphdr);
	udp_hdr(skb)->len = htons(len);
	if (ip_hdr(skb)->version == 4) {
		ip_hdr(skb)->tot_len = htons(len + sizeof(struct iphdr));
		ip_hdr(skb)->id = htons(id);
		ip_send_check(ip_hdr(skb));
	} else {
		ipv6_hdr(skb)->payload_len = htons(len);
	}
}

/* gives a member what the head has for all, and its data the UDP header; NULL: lost */
static struct sk_buff *member(const struct sk_buff *head, struct sk_buff *skb)
{
	struct sk_buff *copy;

	/* somebody else has the list, too */
	if (skb_shared(skb)) {
		copy = skb_clone(skb, GFP_ATOMIC);
		consume_skb(skb);
		skb = copy;
		if (!skb)
			return NULL;
	}
	skb_mark_not_on_list(skb);
	if (skb_transport_offset(skb) != -(int)sizeof(struct udphdr)) {
		kfree_skb(skb);
		return NULL;
	}
	__skb_push(skb, sizeof(struct udphdr));
	skb->dev = head->dev;
	__vlan_hwaccel_copy_tag(skb, head);
	return skb;
}

/**
 * rxe_uncouple() - take a list train apart
 * @rxe: device it is for
 * @head: the train, its data at the UDP header; taken
 *
 * BH off, RCU.
 *
 * Return: its packets as a list, their data at their UDP headers, in order. NULL:
 * it was none, and is dropped.
 */
struct sk_buff *rxe_uncouple(struct rxe_dev *rxe, struct sk_buff *head)
{
	struct sk_buff *list, *skb, *next, *tail = head;

	if (skb_cloned(head) || !is_list_train(head, sizeof(struct udphdr))) {
		kfree_skb(head);
		return NULL;
	}
	rxe_count(rxe, RXE_TRAINS_RCVD);
	skb_orphan(head);
	list = skb_shinfo(head)->frag_list;
	skb_shinfo(head)->frag_list = NULL;
	skb_mark_not_on_list(head);
	skb_list_walk_safe(list, skb, next) {
		head->len -= skb->len;
		head->data_len -= skb->len;
		head->truesize -= skb->truesize;
		skb = member(head, skb);
		if (!skb)
			continue;
		tail->next = skb;
		tail = skb;
	}
	skb_gso_reset(head);
	rxe_head_set(head, head->len - sizeof(struct udphdr), rxe_head_id(head));
	return head;
}
