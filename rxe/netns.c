// SPDX-License-Identifier: GPL-2.0
/*
 * The UDP sockets at which a network namespace receives: made with the first device whose
 * netdev lives there, closed with the last. They hold no reference to the
 * namespace; its end waits for the devices, whose netdevs are gone by then.
 */
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/udp_tunnel.h>

#include "rxe.h"

struct rxe_net_slot {
	struct rxe_net	*rn;		/* rxe_net_mutex; without it only whether it is NULL */
};

static unsigned int rxe_net_id;
static DEFINE_MUTEX(rxe_net_mutex);
static DECLARE_WAIT_QUEUE_HEAD(rxe_net_closed);

#if IS_ENABLED(CONFIG_NETFILTER)
/* behind all rules, since a train is judged as what it is to them: one packet */
static const struct nf_hook_ops rxe_hooks[] = {
	{
		.hook = rxe_local_in,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	}, {
		.hook = rxe_local_in,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST,
	},
};

static int rxe_hooks_add(struct net *net)
{
	return nf_register_net_hooks(net, rxe_hooks, ARRAY_SIZE(rxe_hooks));
}

static void rxe_hooks_del(struct net *net)
{
	nf_unregister_net_hooks(net, rxe_hooks, ARRAY_SIZE(rxe_hooks));
}
#else
/* UDP takes all trains apart */
static int rxe_hooks_add(struct net *net)
{
	return 0;
}

static void rxe_hooks_del(struct net *net)
{
}
#endif

static struct socket *rxe_sock_open(struct rxe_net *rn, int family)
{
	struct udp_port_cfg port = {
		.family = family,
		.local_udp_port = htons(RXE_UDP_PORT),
		.ipv6_v6only = 1,
		/* zero checksums are what RoCE sends, over IPv6 too */
	};
	struct udp_tunnel_sock_cfg tunnel = {
		.sk_user_data = rn,
		.encap_type = 1,
		.encap_rcv = rxe_encap_rcv,
		.gro_receive = rxe_gro_receive,
	};
	struct socket *sock;
	int err;

	err = udp_sock_create(rn->net, &port, &sock);
	if (err)
		return ERR_PTR(err);

	/* trains, if rxe_local_in() says that they are ours */
	udp_allow_gso(sock->sk);
	setup_udp_tunnel_sock(rn->net, sock, &tunnel);
	return sock;
}

static void rxe_socks_close(struct rxe_net *rn)
{
	if (rn->sk6)
		udp_tunnel_sock_release(rn->sk6);
	udp_tunnel_sock_release(rn->sk4);
}

static struct rxe_net *rxe_net_open(struct net *net)
{
	struct rxe_net *rn;
	struct socket *sock;
	int err;

	rn = kzalloc(sizeof(*rn), GFP_KERNEL);
	if (!rn)
		return ERR_PTR(-ENOMEM);

	rn->net = net;

	sock = rxe_sock_open(rn, AF_INET);
	if (IS_ERR(sock)) {
		err = PTR_ERR(sock);
		goto free;
	}
	rn->sk4 = sock;

	sock = rxe_sock_open(rn, AF_INET6);
	if (!IS_ERR(sock)) {
		rn->sk6 = sock;
	} else if (PTR_ERR(sock) != -EAFNOSUPPORT && PTR_ERR(sock) != -EPFNOSUPPORT) {
		err = PTR_ERR(sock);
		goto close;
	}

	err = rxe_hooks_add(net);
	if (err)
		goto close;
	return rn;

close:
	rxe_socks_close(rn);
free:
	kfree(rn);
	return ERR_PTR(err);
}

/**
 * rxe_net_get - the sockets of a namespace
 * @net: held by the caller until its device is published in netdev.c
 *
 * Return: a reference to be put with rxe_net_put(), or ERR_PTR: -EADDRINUSE if
 * somebody else has the port. May sleep.
 */
struct rxe_net *rxe_net_get(struct net *net)
{
	struct rxe_net_slot *slot = net_generic(net, rxe_net_id);
	struct rxe_net *rn;

	mutex_lock(&rxe_net_mutex);
	rn = slot->rn ?: rxe_net_open(net);
	if (!IS_ERR(rn)) {
		slot->rn = rn;
		rn->users++;
	}
	mutex_unlock(&rxe_net_mutex);
	return rn;
}

/**
 * rxe_net_put - drop a reference; the last one closes the sockets
 * @rn: from rxe_net_get(); nobody sends through it any more for this reference
 *
 * May sleep.
 */
void rxe_net_put(struct rxe_net *rn)
{
	struct rxe_net_slot *slot = net_generic(rn->net, rxe_net_id);

	mutex_lock(&rxe_net_mutex);
	if (!--rn->users) {
		rxe_hooks_del(rn->net);
		rxe_socks_close(rn);
		kfree(rn);
		/* from here on the namespace may vanish */
		smp_store_release(&slot->rn, NULL);
		wake_up_all(&rxe_net_closed);
	}
	mutex_unlock(&rxe_net_mutex);
}

/*
 * The netdevs have left the namespace, so its devices are on their way out;
 * those of a netdev which moved back to the first namespace may still be at it.
 */
static void __net_exit rxe_net_end(struct net *net)
{
	struct rxe_net_slot *slot = net_generic(net, rxe_net_id);

	/* pairs with rxe_net_put() */
	wait_event(rxe_net_closed, !smp_load_acquire(&slot->rn));
}

static struct pernet_operations rxe_net_ops = {
	.exit = rxe_net_end,
	.id = &rxe_net_id,
	.size = sizeof(struct rxe_net_slot),
};

int rxe_net_init(void)
{
	return register_pernet_subsys(&rxe_net_ops);
}

void rxe_net_exit(void)
{
	unregister_pernet_subsys(&rxe_net_ops);
}
