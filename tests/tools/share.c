// SPDX-License-Identifier: GPL-2.0
/*
 * What a process shares with an RDMA device: its memory, and queues. Each
 * command asks one question and exits with 0 if the answer is the wanted one.
 *
 *   share limit DEVICE		memory beyond RLIMIT_MEMLOCK (1 MiB) is refused
 *   share fork A B		the device keeps the parent's pages
 *   share dontfork A B		memory kept from a child still serves the parent
 *   share private A B FILE	a private mapping is written, its FILE is not
 *   share steal DEVICE		another process cannot map the queues of this one
 *   share spoil DEVICE N		queues full of rubbish, with doorbells, harm nobody
 *   share flood A B		datagrams to B, as many as A takes, until it is killed
 *   share hold A B		says "held" with one of everything open and
 *				traffic under way, and goes on until it is killed
 *
 * A and B are devices which reach each other by IPv4.
 */
#include <errno.h>
#include <fcntl.h>
#include <infiniband/verbs.h>
#include <rdma/ib_user_verbs.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES	4
#define LEN	(PAGES * 4096)

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "share: %s: %s\n", what, strerror(errno));
	exit(1);
}

#define WANT(cond) do {							\
	if (!(cond))							\
		die(#cond);						\
} while (0)

/* one end of a connection */
struct end {
	struct ibv_context	*ctx;
	struct ibv_pd		*pd;
	struct ibv_cq		*cq;
	struct ibv_qp		*qp;
	struct ibv_mr		*mr;
	uint8_t			*buf;
	int			gid_index;
	union ibv_gid		gid;
};

static struct ibv_context *open_device(const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL);
	struct ibv_context *ctx = NULL;
	int i;

	WANT(list);
	for (i = 0; list[i] && !ctx; i++) {
		if (!strcmp(ibv_get_device_name(list[i]), name))
			ctx = ibv_open_device(list[i]);
	}
	ibv_free_device_list(list);
	WANT(ctx);
	return ctx;
}

static void find_gid(struct end *e)
{
	static const uint8_t ipv4[12] = { [10] = 0xff, [11] = 0xff };

	for (e->gid_index = 0; e->gid_index < 16; e->gid_index++) {
		if (!ibv_query_gid(e->ctx, 1, e->gid_index, &e->gid) &&
		    !memcmp(e->gid.raw, ipv4, sizeof(ipv4)))
			return;
	}
	errno = ENOENT;
	die("an IPv4 GID");
}

static void begin(struct end *e, const char *device, enum ibv_qp_type type)
{
	struct ibv_qp_init_attr init = {
		.qp_type = type,
		.cap = {
			.max_send_wr = 16, .max_recv_wr = 16,
			.max_send_sge = 2, .max_recv_sge = 2,
		},
	};

	e->ctx = open_device(device);
	find_gid(e);
	e->pd = ibv_alloc_pd(e->ctx);
	WANT(e->pd);
	e->cq = ibv_create_cq(e->ctx, 64, NULL, NULL, 0);
	WANT(e->cq);
	init.send_cq = e->cq;
	init.recv_cq = e->cq;
	e->qp = ibv_create_qp(e->pd, &init);
	WANT(e->qp);
}

static void lend(struct end *e, uint8_t *buf, int access)
{
	e->buf = buf;
	e->mr = ibv_reg_mr(e->pd, buf, LEN, access);
	WANT(e->mr);
}

static uint8_t *pages(void)
{
	uint8_t *p = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	WANT(p != MAP_FAILED);
	return p;
}

static void connect_to(struct end *e, const struct end *peer)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_INIT,
		.port_num = 1,
		.qp_access_flags = IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ,
		.path_mtu = IBV_MTU_1024,
		.dest_qp_num = peer->qp->qp_num,
		.max_dest_rd_atomic = 4,
		.max_rd_atomic = 4,
		.min_rnr_timer = 12,
		.timeout = 17,
		.retry_cnt = 7,
		.rnr_retry = 7,
		.ah_attr = {
			.is_global = 1,
			.port_num = 1,
			.grh = { .dgid = peer->gid, .sgid_index = e->gid_index, .hop_limit = 64 },
		},
	};

	WANT(!ibv_modify_qp(e->qp, &attr, IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT |
			    IBV_QP_ACCESS_FLAGS));
	attr.qp_state = IBV_QPS_RTR;
	WANT(!ibv_modify_qp(e->qp, &attr, IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU |
			    IBV_QP_DEST_QPN | IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC |
			    IBV_QP_MIN_RNR_TIMER));
	attr.qp_state = IBV_QPS_RTS;
	WANT(!ibv_modify_qp(e->qp, &attr, IBV_QP_STATE | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT |
			    IBV_QP_RNR_RETRY | IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC));
}

static void post(struct end *e, const struct end *peer, enum ibv_wr_opcode op)
{
	struct ibv_sge sge = { (uintptr_t)e->buf, LEN, e->mr->lkey };
	struct ibv_send_wr wr = {
		.sg_list = &sge, .num_sge = 1,
		.opcode = op, .send_flags = IBV_SEND_SIGNALED,
		.wr.rdma = { (uintptr_t)peer->buf, peer->mr->rkey },
	}, *bad;

	WANT(!ibv_post_send(e->qp, &wr, &bad));
}

static void done(struct end *e)
{
	struct ibv_wc wc;
	int n;

	do
		n = ibv_poll_cq(e->cq, 1, &wc);
	while (!n);
	WANT(n == 1);
	if (wc.status) {
		fprintf(stderr, "share: completed with: %s\n", ibv_wc_status_str(wc.status));
		exit(1);
	}
}

/* @e copies the peer's buffer to its own, or its own to the peer's */
static void transfer(struct end *e, const struct end *peer, enum ibv_wr_opcode op)
{
	post(e, peer, op);
	done(e);
}

static bool full_of(const uint8_t *buf, uint8_t byte)
{
	int i;

	for (i = 0; i < LEN; i++) {
		if (buf[i] != byte)
			return false;
	}
	return true;
}

#define ALL_ACCESS (IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ)

/* a connected pair; the first end lends @buf with @access */
static void pair(struct end *a, struct end *b, char **devices, uint8_t *buf, int access)
{
	begin(a, devices[0], IBV_QPT_RC);
	begin(b, devices[1], IBV_QPT_RC);
	lend(a, buf, access);
	lend(b, pages(), ALL_ACCESS);
	connect_to(a, b);
	connect_to(b, a);
}

/* kB of pinned memory as the kernel counts them for this process */
static long pinned(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	WANT(f);
	while (fgets(line, sizeof(line), f))
		sscanf(line, "VmPin: %ld", &kb);
	fclose(f);
	return kb;
}

static void limit(char **argv)
{
	const size_t half = 512 << 10;
	uint8_t *p = mmap(NULL, 4 * half, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	struct ibv_mr *mr[2];
	struct end e = {};

	WANT(p != MAP_FAILED);
	begin(&e, argv[0], IBV_QPT_RC);
	WANT(pinned() == 0);
	mr[0] = ibv_reg_mr(e.pd, p, half, ALL_ACCESS);
	WANT(mr[0] && pinned() == 512);
	mr[1] = ibv_reg_mr(e.pd, p + half, half, ALL_ACCESS);
	WANT(mr[1] && pinned() == 1024);
	WANT(!ibv_reg_mr(e.pd, p + 2 * half, 4096, ALL_ACCESS) && errno == ENOMEM);
	WANT(pinned() == 1024);
	/* what was given back can be used again */
	WANT(!ibv_dereg_mr(mr[0]) && pinned() == 512);
	mr[0] = ibv_reg_mr(e.pd, p + 2 * half, half, ALL_ACCESS);
	WANT(mr[0] && pinned() == 1024);
	/* one that is too large leaves nothing */
	WANT(!ibv_dereg_mr(mr[0]) && !ibv_dereg_mr(mr[1]) && pinned() == 0);
	WANT(!ibv_reg_mr(e.pd, p, 3 * half, ALL_ACCESS) && errno == ENOMEM && pinned() == 0);
}

static void told(int fd)
{
	char c;

	WANT(read(fd, &c, 1) == 1);
}

static void forked(char **argv)
{
	struct end a = {}, b = {};
	int to_child[2], to_parent[2], status;
	pid_t child;

	pair(&a, &b, argv, pages(), ALL_ACCESS);
	memset(a.buf, 'o', LEN);
	WANT(!pipe(to_child) && !pipe(to_parent));
	child = fork();
	WANT(child >= 0);
	if (!child) {
		/* its own copy: neither the parent's writes nor the device's come here */
		memset(a.buf, 'c', LEN / 2);
		WANT(write(to_parent[1], "", 1) == 1);
		told(to_child[0]);
		memset(a.buf + LEN / 2, 'c', LEN / 2);
		_exit(full_of(a.buf, 'c') ? 0 : 1);
	}
	told(to_parent[0]);
	WANT(full_of(a.buf, 'o'));
	memset(a.buf, 'p', LEN);
	transfer(&b, &a, IBV_WR_RDMA_READ);
	WANT(full_of(b.buf, 'p'));
	memset(b.buf, 'd', LEN);
	transfer(&b, &a, IBV_WR_RDMA_WRITE);
	WANT(full_of(a.buf, 'd'));
	WANT(write(to_child[1], "", 1) == 1);
	WANT(waitpid(child, &status, 0) == child && status == 0);
	transfer(&b, &a, IBV_WR_RDMA_READ);
	WANT(full_of(b.buf, 'd'));
}

static void no_such_memory(int sig)
{
	_exit(SIGSEGV);
}

static void dontfork(char **argv)
{
	struct end a = {}, b = {};
	int status;
	pid_t child;

	pair(&a, &b, argv, pages(), ALL_ACCESS);
	WANT(!madvise(a.buf, LEN, MADV_DONTFORK));
	child = fork();
	WANT(child >= 0);
	if (!child) {
		signal(SIGSEGV, no_such_memory);
		_exit(*(volatile uint8_t *)a.buf);
	}
	WANT(waitpid(child, &status, 0) == child);
	WANT(WIFEXITED(status) && WEXITSTATUS(status) == SIGSEGV);
	memset(b.buf, 'd', LEN);
	transfer(&b, &a, IBV_WR_RDMA_WRITE);
	WANT(full_of(a.buf, 'd'));
}

static void private(char **argv)
{
	uint8_t *map, file[LEN];
	struct end a = {}, b = {};
	int fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0600);

	memset(file, 'f', LEN);
	WANT(fd >= 0 && write(fd, file, LEN) == LEN);
	map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	WANT(map != MAP_FAILED);

	/* registered for reading only, then written: the device reads what the process sees */
	pair(&a, &b, argv, map, IBV_ACCESS_REMOTE_READ);
	memset(map, 'p', LEN);
	transfer(&b, &a, IBV_WR_RDMA_READ);
	WANT(full_of(b.buf, 'p'));

	/* the device writes: the process sees it, the file does not */
	WANT(!ibv_dereg_mr(a.mr));
	WANT(!madvise(map, LEN, MADV_DONTNEED) && full_of(map, 'f'));
	lend(&a, map, ALL_ACCESS);
	memset(b.buf, 'd', LEN);
	transfer(&b, &a, IBV_WR_RDMA_WRITE);
	WANT(full_of(map, 'd'));
	WANT(pread(fd, file, LEN, 0) == LEN && full_of(file, 'f'));
}

/* calls @fn for each queue this process has mapped */
static int each_queue(int (*fn)(unsigned long start, size_t len, off_t off, void *arg), void *arg)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long from, to, off;
	char line[512];
	int n = 0;

	WANT(f);
	while (fgets(line, sizeof(line), f)) {
		if (!strstr(line, "/uverbs") ||
		    sscanf(line, "%lx-%lx %*s %lx", &from, &to, &off) != 3)
			continue;
		n += fn(from, to - from, off, arg);
	}
	fclose(f);
	return n;
}

struct thief {
	struct ibv_context	*ctx;
	bool			may;
};

static int steal_one(unsigned long start, size_t len, off_t off, void *arg)
{
	struct thief *t = arg;
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, t->ctx->cmd_fd, off);

	if (p == MAP_FAILED)
		return !t->may;
	munmap(p, len);
	return t->may;
}

static int part_of_one(unsigned long start, size_t len, off_t off, void *arg)
{
	struct thief *t = arg;

	/* neither more nor less than the queue, nor a copy of it */
	return mmap(NULL, len + 4096, PROT_READ, MAP_SHARED, t->ctx->cmd_fd, off) == MAP_FAILED &&
	       mmap(NULL, len, PROT_READ, MAP_SHARED, t->ctx->cmd_fd, off + 4096) == MAP_FAILED &&
	       mmap(NULL, len, PROT_READ, MAP_PRIVATE, t->ctx->cmd_fd, off) == MAP_FAILED;
}

static void steal(char **argv)
{
	struct end e = {};
	int status;
	struct thief own = { .may = true };
	pid_t child;

	begin(&e, argv[0], IBV_QPT_RC);
	own.ctx = e.ctx;
	/* completion, send and receive queue */
	WANT(each_queue(steal_one, &own) == 3);
	WANT(each_queue(part_of_one, &own) == 3);
	child = fork();
	WANT(child >= 0);
	if (!child) {
		struct thief other = { .ctx = open_device(argv[0]) };

		/* what it inherited says where to look */
		_exit(each_queue(steal_one, &other) == 3 ? 0 : 1);
	}
	WANT(waitpid(child, &status, 0) == child && status == 0);
}

/* a new request for everything the rings hold; librxe would stumble over them */
static void doorbell(const struct end *e)
{
	struct {
		struct ib_uverbs_cmd_hdr	hdr;
		struct ib_uverbs_post_send	cmd;
	} call = {
		.hdr = {
			.command = IB_USER_VERBS_CMD_POST_SEND,
			.in_words = sizeof(call) / 4,
			.out_words = sizeof(struct ib_uverbs_post_send_resp) / 4,
		},
		.cmd = {
			.qp_handle = e->qp->handle,
			.wqe_size = sizeof(struct ib_uverbs_send_wr),
		},
	};
	struct ib_uverbs_post_send_resp resp;

	call.cmd.response = (uintptr_t)&resp;
	WANT(write(e->ctx->cmd_fd, &call, sizeof(call)) == sizeof(call));
}

static int scribble(unsigned long start, size_t len, off_t off, void *arg)
{
	unsigned int *seed = arg;
	uint32_t *word = (uint32_t *)start;
	size_t i;

	for (i = 0; i < len / 4; i++) {
		/* small numbers pass more of the checks */
		uint32_t any = (uint32_t)rand_r(seed) << 1 ^ rand_r(seed);

		__atomic_store_n(&word[i], any % 4 ? any & 31 : any, __ATOMIC_RELAXED);
	}
	return 1;
}

static void spoil(char **argv)
{
	struct end a = {}, b = {};
	unsigned int seed = 1, round, rounds = atoi(argv[1]);
	char *both[2] = { argv[0], argv[0] };
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_RESET };

	pair(&a, &b, both, pages(), ALL_ACCESS);
	for (round = 0; round < rounds; round++) {
		WANT(each_queue(scribble, &seed) == 6);
		doorbell(&a);
		doorbell(&b);
		/* out of the error state which that leads to */
		if (round % 4 == 3) {
			WANT(!ibv_modify_qp(a.qp, &attr, IBV_QP_STATE));
			WANT(!ibv_modify_qp(b.qp, &attr, IBV_QP_STATE));
			connect_to(&a, &b);
			connect_to(&b, &a);
		}
	}
	/* its own objects are all that is spoilt: they can be taken down */
	WANT(!ibv_destroy_qp(a.qp) && !ibv_destroy_qp(b.qp));
}

static void hold(char **argv)
{
	struct ibv_srq_init_attr srq = { .attr = { .max_wr = 16, .max_sge = 1 } };
	struct ibv_ah_attr ah = { .is_global = 1, .port_num = 1 };
	struct ibv_comp_channel *channel;
	struct end a = {}, b = {};
	struct ibv_cq *cq;
	bool said = false;

	pair(&a, &b, argv, pages(), ALL_ACCESS);
	channel = ibv_create_comp_channel(a.ctx);
	WANT(channel);
	cq = ibv_create_cq(a.ctx, 16, NULL, channel, 0);
	WANT(cq && !ibv_req_notify_cq(cq, 0));
	WANT(ibv_create_srq(a.pd, &srq));
	WANT(ibv_alloc_mw(a.pd, IBV_MW_TYPE_1) && ibv_alloc_mw(a.pd, IBV_MW_TYPE_2));
	ah.grh.dgid = b.gid;
	ah.grh.sgid_index = a.gid_index;
	WANT(ibv_create_ah(a.pd, &ah));
	for (;;) {
		post(&a, &b, IBV_WR_RDMA_READ);
		post(&b, &a, IBV_WR_RDMA_READ);
		post(&b, &a, IBV_WR_RDMA_WRITE);
		done(&b);
		done(&b);
		done(&a);
		if (!said)
			puts("held");
		fflush(stdout);
		said = true;
		/* others need the CPU, too */
		usleep(2000);
	}
}

static void flood(char **argv)
{
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_INIT, .port_num = 1, .qkey = 1 };
	struct ibv_ah_attr to = { .is_global = 1, .port_num = 1 };
	struct end a = {}, b = {};
	struct ibv_sge sge;
	struct ibv_send_wr wr = {
		.sg_list = &sge, .num_sge = 1,
		.opcode = IBV_WR_SEND, .send_flags = IBV_SEND_SIGNALED,
		.wr.ud = { .remote_qpn = 0xfffff, .remote_qkey = 1 },
	}, *bad;
	struct ibv_wc wc;
	int n, flying = 0;

	begin(&a, argv[0], IBV_QPT_UD);
	begin(&b, argv[1], IBV_QPT_UD);
	lend(&a, pages(), 0);
	WANT(!ibv_modify_qp(a.qp, &attr, IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT |
			    IBV_QP_QKEY));
	attr.qp_state = IBV_QPS_RTR;
	WANT(!ibv_modify_qp(a.qp, &attr, IBV_QP_STATE));
	attr.qp_state = IBV_QPS_RTS;
	WANT(!ibv_modify_qp(a.qp, &attr, IBV_QP_STATE | IBV_QP_SQ_PSN));
	to.grh.dgid = b.gid;
	to.grh.sgid_index = a.gid_index;
	to.grh.hop_limit = 64;
	wr.wr.ud.ah = ibv_create_ah(a.pd, &to);
	WANT(wr.wr.ud.ah);
	sge = (struct ibv_sge) { (uintptr_t)a.buf, 1024, a.mr->lkey };
	for (;;) {
		for (; flying < 16; flying++)
			WANT(!ibv_post_send(a.qp, &wr, &bad));
		n = ibv_poll_cq(a.cq, 1, &wc);
		WANT(n >= 0 && (!n || wc.status == IBV_WC_SUCCESS));
		flying -= n;
		/* those who are to make room need the CPU, too */
		if (!n)
			usleep(1000);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*fn)(char **argv);
		int args;
	} commands[] = {
		{ "limit", limit, 1 },
		{ "fork", forked, 2 },
		{ "dontfork", dontfork, 2 },
		{ "private", private, 3 },
		{ "steal", steal, 1 },
		{ "spoil", spoil, 2 },
		{ "flood", flood, 2 },
		{ "hold", hold, 2 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (argc > 1 && !strcmp(argv[1], commands[i].name) &&
		    argc == commands[i].args + 2) {
			commands[i].fn(argv + 2);
			return 0;
		}
	}
	fputs("share limit|fork|dontfork|private|steal|spoil|flood|hold ...\n", stderr);
	return 2;
}
