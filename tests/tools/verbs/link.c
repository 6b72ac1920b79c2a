// SPDX-License-Identifier: GPL-2.0
/* One queue pair, its memory, and the TCP connection beside it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "stamps.h"

enum { IB_PORT = 1, RD_ATOMIC = 16, MIN_RNR_TIMER = 12 };

static bool failed(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return false;
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

size_t slot_stride(const struct hello *hello)
{
	size_t stride = UD_HEADER + hello->len + GUARD;

	return (stride + 63) / 64 * 64;
}

/* ---- TCP ---- */

static struct addrinfo *resolve(const char *address, const char *port, int flags)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = flags };
	struct addrinfo *info;
	int ret = getaddrinfo(address, port, &hints, &info);

	if (ret) {
		fprintf(stderr, "%s: %s\n", address, gai_strerror(ret));
		return NULL;
	}
	return info;
}

int tcp_listen(const char *address, const char *port)
{
	struct addrinfo *info = resolve(address, port, AI_PASSIVE);
	int sock, on = 1;

	if (!info)
		return -1;
	sock = socket(info->ai_family, SOCK_STREAM, 0);
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(sock, info->ai_addr, info->ai_addrlen) || listen(sock, 256)) {
		failed("listen");
		close(sock);
		sock = -1;
	}
	freeaddrinfo(info);
	return sock;
}

int tcp_connect(const char *source, const char *address, const char *port)
{
	struct addrinfo *from = resolve(source, NULL, 0), *to = NULL;
	int sock = -1;

	if (from)
		to = resolve(address, port, 0);
	if (to) {
		sock = socket(to->ai_family, SOCK_STREAM, 0);
		if (bind(sock, from->ai_addr, from->ai_addrlen) ||
		    connect(sock, to->ai_addr, to->ai_addrlen)) {
			failed("connect");
			close(sock);
			sock = -1;
		}
		freeaddrinfo(to);
	}
	if (from)
		freeaddrinfo(from);
	return sock;
}

bool tcp_send(int sock, const void *what, size_t len)
{
	const uint8_t *p = what;

	while (len) {
		ssize_t n = send(sock, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

bool tcp_receive(int sock, void *what, size_t len)
{
	uint8_t *p = what;

	while (len) {
		ssize_t n = recv(sock, p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

/* ---- the device ---- */

/* the local address of the connection, as the GID it is */
static bool local_gid(int sock, uint8_t gid[16])
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);

	if (getsockname(sock, (struct sockaddr *)&name, &len))
		return false;
	memset(gid, 0, 16);
	if (name.ss_family == AF_INET6) {
		memcpy(gid, &((struct sockaddr_in6 *)&name)->sin6_addr, 16);
	} else {
		memset(gid + 10, 0xff, 2);
		memcpy(gid + 12, &((struct sockaddr_in *)&name)->sin_addr, 4);
	}
	return true;
}

/* index of the RoCEv2 entry for @gid, or -1 */
static int find_gid(struct ibv_context *device, const uint8_t gid[16])
{
	struct ibv_port_attr attr;

	if (ibv_query_port(device, IB_PORT, &attr))
		return -1;
	for (int i = 0; i < attr.gid_tbl_len; i++) {
		struct ibv_gid_entry entry;

		if (!ibv_query_gid_ex(device, IB_PORT, i, &entry, 0) &&
		    entry.gid_type == IBV_GID_TYPE_ROCE_V2 &&
		    !memcmp(entry.gid.raw, gid, 16))
			return i;
	}
	return -1;
}

static bool open_device(struct link *l, const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL);

	for (int i = 0; list && list[i] && !l->device; i++) {
		if (name && strcmp(name, ibv_get_device_name(list[i])))
			continue;
		l->device = ibv_open_device(list[i]);
		if (!l->device)
			continue;
		l->gid_index = find_gid(l->device, l->mine.gid);
		if (l->gid_index >= 0)
			continue;
		ibv_close_device(l->device);
		l->device = NULL;
	}
	if (list)
		ibv_free_device_list(list);
	return l->device;
}

bool link_open(struct link *l, const char *device_name)
{
	struct ibv_port_attr port;

	if (!local_gid(l->sock, l->mine.gid) || !open_device(l, device_name)) {
		fprintf(stderr, "no device with this address\n");
		return false;
	}
	if (ibv_query_port(l->device, IB_PORT, &port))
		return failed("query_port");
	l->mtu = port.active_mtu;
	return true;
}

bool link_alloc(struct link *l, size_t bytes)
{
	int access = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |
		     IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC;
	int flags;

	l->mem = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
	l->pd = ibv_alloc_pd(l->device);
	l->channel = ibv_create_comp_channel(l->device);
	if (!l->mem || !l->pd || !l->channel)
		return failed("resources");
	memset(l->mem, 0, bytes);
	flags = fcntl(l->channel->fd, F_GETFL);
	if (fcntl(l->channel->fd, F_SETFL, flags | O_NONBLOCK))
		return failed("channel");
	l->mr = ibv_reg_mr(l->pd, l->mem, bytes, access);
	if (!l->mr)
		return failed("reg_mr");
	l->cq = ibv_create_cq(l->device, 4 * l->hello.depth + 16, NULL, l->channel, 0);
	if (!l->cq || ibv_req_notify_cq(l->cq, 0))
		return failed("create_cq");
	l->mine.rkey = l->mr->rkey;
	return true;
}

/* ---- the queue pair ---- */

static bool to_init(struct link *l)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_INIT,
		.port_num = IB_PORT,
		.qkey = QKEY,
		.qp_access_flags = IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ |
				   IBV_ACCESS_REMOTE_ATOMIC,
	};
	int mask = IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT;

	mask |= l->hello.kind == KIND_UD ? IBV_QP_QKEY : IBV_QP_ACCESS_FLAGS;
	if (getrandom(&l->mine.psn, sizeof(l->mine.psn), 0) < 0)
		return failed("getrandom");
	l->mine.psn &= 0xffffff;
	errno = ibv_modify_qp(l->qp, &attr, mask);
	return errno ? failed("to INIT") : true;
}

bool link_make_qp(struct link *l)
{
	static const enum ibv_qp_type types[] = {
		[KIND_RC] = IBV_QPT_RC, [KIND_UC] = IBV_QPT_UC, [KIND_UD] = IBV_QPT_UD,
	};
	struct ibv_qp_init_attr init = {
		.send_cq = l->cq,
		.recv_cq = l->cq,
		.cap = {
			.max_send_wr = 2 * l->hello.depth,
			.max_recv_wr = l->hello.depth,
			.max_send_sge = 2,
			.max_recv_sge = 1,
		},
		.qp_type = types[l->hello.kind],
		.sq_sig_all = 1,
	};

	l->qp = ibv_create_qp(l->pd, &init);
	if (!l->qp)
		return failed("create_qp");
	l->mine.qpn = l->qp->qp_num;
	return to_init(l);
}

bool link_reset_qp(struct link *l)
{
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_RESET };

	errno = ibv_modify_qp(l->qp, &attr, IBV_QP_STATE);
	return errno ? failed("to RESET") : to_init(l);
}

/* from INIT to RTS, to where @theirs says */
bool link_connect(struct link *l)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTR,
		.path_mtu = l->hello.mtu,
		.dest_qp_num = l->theirs.qpn,
		.rq_psn = l->theirs.psn,
		.max_dest_rd_atomic = RD_ATOMIC,
		.min_rnr_timer = MIN_RNR_TIMER,
		.ah_attr = {
			.is_global = 1,
			.port_num = IB_PORT,
			.grh = { .sgid_index = l->gid_index, .hop_limit = 64 },
		},
	};
	int mask = IBV_QP_STATE;
	bool rc = l->hello.kind == KIND_RC;

	memcpy(attr.ah_attr.grh.dgid.raw, l->theirs.gid, 16);
	if (l->hello.kind == KIND_UD) {
		if (l->ah)
			ibv_destroy_ah(l->ah);
		l->ah = ibv_create_ah(l->pd, &attr.ah_attr);
		if (!l->ah)
			return failed("create_ah");
	} else {
		mask |= IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN | IBV_QP_RQ_PSN;
	}
	if (rc)
		mask |= IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER;
	errno = ibv_modify_qp(l->qp, &attr, mask);
	if (errno)
		return failed("to RTR");

	attr = (struct ibv_qp_attr) {
		.qp_state = IBV_QPS_RTS,
		.sq_psn = l->mine.psn,
		.timeout = l->tries.timeout,
		.retry_cnt = l->tries.retry,
		.rnr_retry = 7,
		.max_rd_atomic = RD_ATOMIC,
	};
	mask = IBV_QP_STATE | IBV_QP_SQ_PSN;
	if (rc)
		mask |= IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
			IBV_QP_MAX_QP_RD_ATOMIC;
	errno = ibv_modify_qp(l->qp, &attr, mask);
	return errno ? failed("to RTS") : true;
}

/* to the error state; all that is posted must come back, and no more */
bool link_drain(struct link *l)
{
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_ERR };
	uint64_t deadline = now_ms() + DRAIN_MS;
	struct ibv_wc wc;
	int n;

	errno = ibv_modify_qp(l->qp, &attr, IBV_QP_STATE);
	if (errno)
		return failed("to ERR");
	while (l->posted) {
		if (now_ms() > deadline) {
			fprintf(stderr, "%u work requests were not flushed\n", l->posted);
			return false;
		}
		n = ibv_poll_cq(l->cq, 1, &wc);
		if (n < 0)
			return failed("poll_cq");
		if (n)
			l->posted--;
		else if (!link_wait(l, 10, NULL))
			return false;
	}
	if (ibv_poll_cq(l->cq, 1, &wc)) {
		fprintf(stderr, "more completions than work requests\n");
		return false;
	}
	return true;
}

bool link_wait(struct link *l, int ms, bool *message)
{
	struct pollfd fds[] = {
		{ .fd = l->channel->fd, .events = POLLIN },
		{ .fd = message ? l->sock : -1, .events = POLLIN },
	};
	struct ibv_cq *cq;
	void *context;

	if (message)
		*message = false;
	if (poll(fds, 2, ms) < 0)
		return errno == EINTR || failed("poll");
	if (message)
		*message = fds[1].revents;
	if (fds[0].revents) {
		/* the device may be gone */
		if (ibv_get_cq_event(l->channel, &cq, &context))
			return failed("get_cq_event");
		ibv_ack_cq_events(cq, 1);
		if (ibv_req_notify_cq(cq, 0))
			return failed("req_notify_cq");
	}
	return true;
}

void link_destroy_qp(struct link *l)
{
	if (l->qp && ibv_destroy_qp(l->qp))
		failed("destroy_qp");
	l->qp = NULL;
}

void link_close(struct link *l)
{
	link_destroy_qp(l);
	if (l->ah)
		ibv_destroy_ah(l->ah);
	if (l->cq && ibv_destroy_cq(l->cq))
		failed("destroy_cq");
	if (l->mr && ibv_dereg_mr(l->mr))
		failed("dereg_mr");
	if (l->channel)
		ibv_destroy_comp_channel(l->channel);
	if (l->pd && ibv_dealloc_pd(l->pd))
		failed("dealloc_pd");
	if (l->device)
		ibv_close_device(l->device);
	free(l->mem);
	close(l->sock);
}
