// SPDX-License-Identifier: GPL-2.0
/*
 * What a device may have queued below it. Its packets are charged to sockets of
 * its own, which do nothing else, and queue pairs that found no room wait here:
 * a link that stands still stops those who use it, and nobody else.
 */
#include <net/sock.h>

#include "rxe.h"

/* of a device, for each address family, bytes */
#define SNDBUF		(32 << 20)
/* queue pairs resumed before others get the CPU */
#define WAKE_AT_ONCE	32

static bool sock_has_room(const struct socket *sock)
{
	return !sock || sk_wmem_alloc_get(sock->sk) < READ_ONCE(sock->sk->sk_sndbuf);
}

/* datagrams may go either way, a connection goes one */
static bool has_room(const struct rxe_room *room, const struct rxe_qp *qp)
{
	const struct rxe_path *path;
	bool room4 = sock_has_room(room->sk4), room6 = sock_has_room(room->sk6);
	bool has = room4 && room6;

	rcu_read_lock();
	path = rcu_dereference(qp->path);
	if (path)
		has = path->ipv6 ? room6 : room4;
	rcu_read_unlock();
	return has;
}

/* room->lock held; the rest is left to room->work */
static void wake_some(struct rxe_room *room)
{
	struct rxe_qp *qp, *next;
	unsigned int n = 0;

	list_for_each_entry_safe(qp, next, &room->waiting, tx_wait) {
		/* those before it have filled it: packets yet to be freed come here */
		if (!has_room(room, qp))
			continue;
		if (n++ == WAKE_AT_ONCE) {
			queue_work(rxe_bh_wq, &room->work);
			return;
		}
		list_del_init(&qp->tx_wait);
		rxe_qp_resume(qp);
	}
}

static void wake_more(struct work_struct *work)
{
	struct rxe_room *room = container_of(work, struct rxe_room, work);
	unsigned long flags;

	spin_lock_irqsave(&room->lock, flags);
	wake_some(room);
	spin_unlock_irqrestore(&room->lock, flags);
}

/* the sockets' sk_write_space: packets were freed; any context, under any lock */
static void write_space(struct sock *sk)
{
	struct rxe_room *room;
	unsigned long flags;

	/* not for every packet: a third of the memory must be free */
	if (sk_wmem_alloc_get(sk) > READ_ONCE(sk->sk_sndbuf) / 3 * 2)
		return;
	rcu_read_lock();
	room = rcu_dereference_sk_user_data(sk);
	/* pairs with the barrier in rxe_tx_room() */
	smp_mb();
	if (room && !list_empty_careful(&room->waiting)) {
		spin_lock_irqsave(&room->lock, flags);
		wake_some(room);
		spin_unlock_irqrestore(&room->lock, flags);
	}
	rcu_read_unlock();
}

static struct socket *open_sock(struct rxe_room *room, struct net *net, int family)
{
	struct socket *sock;
	struct sock *sk;
	int err;

	err = sock_create_kern(net, family, SOCK_DGRAM, IPPROTO_UDP, &sock);
	if (err)
		return ERR_PTR(err);
	sk = sock->sk;
	WRITE_ONCE(sk->sk_sndbuf, SNDBUF);
	write_lock_bh(&sk->sk_callback_lock);
	room->write_space = sk->sk_write_space;
	rcu_assign_sk_user_data(sk, room);
	sk->sk_write_space = write_space;
	write_unlock_bh(&sk->sk_callback_lock);
	return sock;
}

/* packets still in a device's queue outlive the socket and this module */
static void silence(struct rxe_room *room, struct socket *sock)
{
	struct sock *sk = sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	WRITE_ONCE(sk->sk_write_space, room->write_space);
	rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * rxe_room_open() - make the sockets of a device
 * @room: the device's, zeroed
 * @net: namespace of its netdev
 *
 * May sleep.
 *
 * Return: 0, or a negative error; rxe_room_close() is right in either case.
 */
int rxe_room_open(struct rxe_room *room, struct net *net)
{
	struct socket *sock;

	spin_lock_init(&room->lock);
	INIT_LIST_HEAD(&room->waiting);
	INIT_WORK(&room->work, wake_more);
	sock = open_sock(room, net, AF_INET);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	room->sk4 = sock;
	sock = open_sock(room, net, AF_INET6);
	if (!IS_ERR(sock))
		room->sk6 = sock;
	else if (PTR_ERR(sock) != -EAFNOSUPPORT && PTR_ERR(sock) != -EPFNOSUPPORT)
		return PTR_ERR(sock);
	return 0;
}

/**
 * rxe_room_close() - give the sockets back
 * @room: of a device which sends no more and has no queue pairs
 *
 * May sleep.
 */
void rxe_room_close(struct rxe_room *room)
{
	if (!room->sk4)
		return;
	silence(room, room->sk4);
	if (room->sk6)
		silence(room, room->sk6);
	/* whoever is in write_space(), or about to call it: packets are freed with BH off */
	synchronize_net();
	cancel_work_sync(&room->work);
	sock_release(room->sk4);
	if (room->sk6)
		sock_release(room->sk6);
	room->sk4 = NULL;
	room->sk6 = NULL;
}

/**
 * rxe_room_sock() - whom a packet is charged to
 * @room: of the device
 * @ipv6: is it one of IPv6
 *
 * Return: the socket, NULL where there is no IPv6.
 */
struct sock *rxe_room_sock(const struct rxe_room *room, bool ipv6)
{
	const struct socket *sock = ipv6 ? room->sk6 : room->sk4;

	return sock ? sock->sk : NULL;
}

/**
 * rxe_tx_room() - may this QP send
 * @qp: the QP
 *
 * Under snd.lock or rcv.lock, or under none.
 *
 * Return: false if the memory which packets of its device may occupy is used up;
 * then the QP waits and rxe_qp_resume() is called for it.
 */
bool rxe_tx_room(struct rxe_qp *qp)
{
	struct rxe_dev *rxe = rxe_qp_dev(qp);
	struct rxe_room *room = &rxe->room;
	unsigned long flags;
	bool has, waited;

	if (has_room(room, qp))
		return true;

	rxe_count(rxe, RXE_BACKPRESSURE);
	spin_lock_irqsave(&room->lock, flags);
	waited = !list_empty(&qp->tx_wait);
	if (!waited)
		list_add_tail(&qp->tx_wait, &room->waiting);
	/* the last packet may have been freed since: who sees the other? */
	smp_mb();
	has = has_room(room, qp);
	if (has)
		list_del_init(&qp->tx_wait);
	spin_unlock_irqrestore(&room->lock, flags);
	/* the other half of the QP is taken off the list, too */
	if (has && waited)
		rxe_qp_resume(qp);
	return has;
}

/**
 * rxe_tx_forget() - a QP waits for socket memory no longer
 * @qp: the QP; the caller sees to it that it does not send any more
 */
void rxe_tx_forget(struct rxe_qp *qp)
{
	struct rxe_room *room = &rxe_qp_dev(qp)->room;
	unsigned long flags;

	spin_lock_irqsave(&room->lock, flags);
	list_del_init(&qp->tx_wait);
	spin_unlock_irqrestore(&room->lock, flags);
}
