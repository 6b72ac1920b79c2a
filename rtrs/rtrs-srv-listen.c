// SPDX-License-Identifier: GPL-2.0
/*
 * The listeners: connect requests are judged and accepted, or rejected with a
 * reason; what the connection manager says later about a connection.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <rdma/ib.h>
#include <rdma/ib_cm.h>

#include "rtrs-imm.h"
#include "rtrs-srv.h"

#define BACKLOG			64

/* The service ids of IP's port space; the port is the low 16 bits. */
#define IB_IP_SERVICE_ID	0x00000000013F0000ULL

static void peer_name(const struct rdma_cm_id *cm_id, char *buf, size_t len)
{
	struct sockaddr_storage src = cm_id->route.addr.dst_addr;
	struct sockaddr_storage dst = cm_id->route.addr.src_addr;
	struct rtrs_addr addr = { .src = &src, .dst = &dst };

	rtrs_addr_to_str(&addr, buf, len);
}

static void compose(struct rtrs_conn_rsp *rsp, const struct rtrs_srv_path *path)
{
	*rsp = (struct rtrs_conn_rsp) {
		.magic		= cpu_to_le16(RTRS_MAGIC),
		.version	= cpu_to_le16(RTRS_VERSION),
		.queue_depth	= cpu_to_le16(rtrs_srv_geo.queue_depth),
		.max_io_size	= cpu_to_le32(rtrs_srv_geo.max_io_size),
		.max_hdr_size	= cpu_to_le32(rtrs_srv_geo.max_hdr_size),
		.flags		= cpu_to_le32(rtrs_srv_geo.invalidate ?
					      RTRS_RSP_NEW_RKEY : 0),
		.features	= cpu_to_le32(path->features),
	};
}

static int reject(struct rdma_cm_id *cm_id, enum rtrs_srv_refusal why, int err)
{
	struct rtrs_conn_rsp rsp = {
		.magic		= cpu_to_le16(RTRS_MAGIC),
		.version	= cpu_to_le16(RTRS_VERSION),
		.err		= cpu_to_le16(err),
	};
	char peer[RTRS_NAME_LEN];

	peer_name(cm_id, peer, sizeof(peer));
	rtrs_srv_refuse_conn(peer, why);
	rdma_reject(cm_id, &rsp, sizeof(rsp), IB_CM_REJ_CONSUMER_DEFINED);
	/* not 0: the id is destroyed by who called us */
	return err;
}

/* Two ends of a path are the same whatever their ports. */
static bool same_host(const struct sockaddr_storage *a,
		      const struct sockaddr_storage *b)
{
	char text_a[64], text_b[64];

	sockaddr_to_str((const struct sockaddr *)a, text_a, sizeof(text_a));
	sockaddr_to_str((const struct sockaddr *)b, text_b, sizeof(text_b));
	return !strcmp(text_a, text_b);
}

static struct rtrs_srv_path *find_path(struct rtrs_srv_ctx *ctx,
				       const u8 *uuid)
{
	struct rtrs_srv_sess *sess;
	struct rtrs_srv_path *path;

	list_for_each_entry(sess, &ctx->sessions, entry)
		list_for_each_entry(path, &sess->paths, entry)
			if (!memcmp(path->uuid, uuid, RTRS_UUID_LEN))
				return path;
	return NULL;
}

static void survey_addresses(const struct rtrs_srv_sess *sess,
			     const struct rdma_cm_id *cm_id,
			     struct rtrs_srv_scene *scene)
{
	const struct rdma_addr *addr = &cm_id->route.addr;
	struct rtrs_srv_path *path;

	list_for_each_entry(path, &sess->paths, entry) {
		if (!same_host(&path->src, &addr->dst_addr) ||
		    !same_host(&path->dst, &addr->src_addr))
			continue;
		if (READ_ONCE(path->state) <= RTRS_SRV_PATH_CONNECTED)
			scene->address_taken = true;
		else
			scene->address_closing = true;
	}
}

static struct rtrs_srv_scene survey(struct rtrs_srv_ctx *ctx,
				    const struct rdma_cm_id *cm_id,
				    const struct rtrs_srv_offer *offer,
				    const struct rtrs_srv_sess *sess,
				    const struct rtrs_srv_path *path)
{
	struct rtrs_srv_scene scene = {
		.session_known		= sess,
		.path_known		= path,
		.nr_paths		= sess ? sess->nr_paths : 0,
		.nr_sessions		= ctx->nr_sessions,
		.nr_half_open		= atomic_read(&ctx->nr_half_open),
		.nr_connections		= atomic_read(&ctx->nr_connections),
		.max_paths		= RTRS_MAX_PATHS,
		.max_sessions		= READ_ONCE(rtrs_srv_max_sessions),
		.max_half_open		= READ_ONCE(rtrs_srv_max_half_open),
		.max_connections	= READ_ONCE(rtrs_srv_max_connections),
		.max_total_connections	=
				READ_ONCE(rtrs_srv_max_total_connections),
	};

	lockdep_assert_held(&ctx->lock);
	if (path) {
		scene.path_elsewhere = path->sess != sess;
		scene.path_state = READ_ONCE(path->state);
		scene.path_cid_num = path->cid_num;
		scene.path_recon_cnt = path->recon_cnt;
		scene.cid_taken = offer->cid < path->cid_num &&
				  READ_ONCE(path->cons[offer->cid]);
	} else if (sess) {
		survey_addresses(sess, cm_id, &scene);
	}
	return scene;
}

static struct rtrs_srv_path *make_path(struct rtrs_srv_ctx *ctx,
				       struct rtrs_srv_sess *sess,
				       const struct rtrs_srv_offer *offer,
				       struct rdma_cm_id *cm_id)
{
	struct rtrs_srv_path *path;

	if (sess)
		kref_get(&sess->refs);
	else
		sess = rtrs_srv_sess_create(ctx, offer->sess_uuid);
	if (!sess)
		return ERR_PTR(-ENOMEM);
	path = rtrs_srv_path_create(sess, offer, cm_id);
	if (IS_ERR(path))
		rtrs_srv_sess_abandon(sess);
	return path;
}

/*
 * Judging and listing are one step under the server's lock: two first
 * connections of a session cannot make two, and none exceeds a limit. Returns
 * a path with a reference, for a connection that is counted.
 */
static struct rtrs_srv_path *admit(struct rtrs_srv_ctx *ctx,
				   struct rdma_cm_id *cm_id,
				   const struct rtrs_srv_offer *offer,
				   struct rtrs_srv_verdict *verdict)
{
	struct rtrs_srv_sess *sess;
	struct rtrs_srv_path *path;
	struct rtrs_srv_scene scene;

	mutex_lock(&ctx->lock);
	sess = rtrs_srv_sess_find(ctx, offer->sess_uuid);
	path = find_path(ctx, offer->path_uuid);
	scene = survey(ctx, cm_id, offer, sess, path);
	*verdict = rtrs_srv_judge(offer, &scene);
	if (verdict->close_old)
		rtrs_srv_path_close(path);
	if (verdict->new_path)
		path = make_path(ctx, sess, offer, cm_id);
	if (IS_ERR(path)) {
		verdict->why = PTR_ERR(path) == -ENOMEM ?
			       RTRS_SRV_REFUSE_CONN_MEMORY :
			       RTRS_SRV_REFUSE_CONN_DEVICE;
		verdict->err = PTR_ERR(path);
	}
	if (!verdict->why) {
		percpu_ref_get(&path->refs);
		atomic_inc(&ctx->nr_connections);
	}
	mutex_unlock(&ctx->lock);
	return path;
}

static int accept(struct rtrs_srv_path *path, struct rdma_cm_id *cm_id)
{
	struct rtrs_conn_rsp rsp;
	struct rdma_conn_param param = {
		.private_data		= &rsp,
		.private_data_len	= sizeof(rsp),
		.rnr_retry_count	= 7,
	};

	compose(&rsp, path);
	return rdma_accept(cm_id, &param);
}

/* Returns an errno while the id is still the caller's. */
static int connect(struct rtrs_srv_path *path, u16 cid,
		   struct rdma_cm_id *cm_id)
{
	int err;

	mutex_lock(&path->con_lock);
	err = rtrs_srv_path_add_con(path, cid, cm_id);
	if (err)
		goto unlock;
	rtrs_srv_path_progress(path);
	/* from here on the id goes with its path */
	if (accept(path, cm_id))
		rtrs_srv_path_close(path);
unlock:
	mutex_unlock(&path->con_lock);
	return err;
}

static int request(struct rdma_cm_id *cm_id,
		   const struct rdma_conn_param *param)
{
	struct rtrs_srv_ctx *ctx = cm_id->context;
	struct rtrs_srv_verdict verdict;
	struct rtrs_srv_offer offer;
	struct rtrs_srv_path *path;
	enum rtrs_srv_refusal why;
	int err;

	why = rtrs_srv_decode_offer(param->private_data,
				    param->private_data_len, &offer);
	if (why)
		return reject(cm_id, why, -ECONNRESET);
	path = admit(ctx, cm_id, &offer, &verdict);
	if (verdict.why)
		return reject(cm_id, verdict.why, verdict.err);

	err = connect(path, offer.cid, cm_id);
	if (err) {
		atomic_dec(&ctx->nr_connections);
		rtrs_srv_path_close(path);
		err = reject(cm_id, RTRS_SRV_REFUSE_CONN_DEVICE, err);
	}
	percpu_ref_put(&path->refs);
	return err;
}

static void closing_event(struct rtrs_srv_path *path,
			  const struct rdma_cm_event *ev)
{
	if (ev->event == RDMA_CM_EVENT_DEVICE_REMOVAL)
		WRITE_ONCE(path->device_gone, true);
	if (READ_ONCE(path->state) > RTRS_SRV_PATH_CONNECTED)
		return;
	pr_info_ratelimited("%s: path %s: %s, status %d\n",
			    rtrs_srv_path_label(path), path->name,
			    rdma_event_msg(ev->event), ev->status);
	rtrs_srv_path_close(path);
}

/*
 * A connection's context is the connection, a listener's and an arriving
 * request's is the server.
 */
static int cm_event(struct rdma_cm_id *cm_id, struct rdma_cm_event *ev)
{
	struct rtrs_srv_con *con = cm_id->context;

	switch (ev->event) {
	case RDMA_CM_EVENT_CONNECT_REQUEST:
		return request(cm_id, &ev->param.conn);
	case RDMA_CM_EVENT_ESTABLISHED:
		rcu_read_lock();
		rtrs_srv_path_progress(con->path);
		rcu_read_unlock();
		break;
	case RDMA_CM_EVENT_REJECTED:
	case RDMA_CM_EVENT_CONNECT_ERROR:
	case RDMA_CM_EVENT_UNREACHABLE:
	case RDMA_CM_EVENT_DISCONNECTED:
	case RDMA_CM_EVENT_ADDR_CHANGE:
	case RDMA_CM_EVENT_TIMEWAIT_EXIT:
	case RDMA_CM_EVENT_DEVICE_REMOVAL:
		closing_event(con->path, ev);
		break;
	default:
		pr_info_ratelimited("unexpected event: %s\n",
				    rdma_event_msg(ev->event));
	}
	return 0;
}

static struct rdma_cm_id *listen_on(struct rtrs_srv_ctx *ctx,
				    struct sockaddr *addr,
				    enum rdma_ucm_port_space ps)
{
	struct rdma_cm_id *cm_id;
	int err;

	cm_id = rdma_create_id(&init_net, cm_event, ctx, ps, IB_QPT_RC);
	if (IS_ERR(cm_id))
		return cm_id;
	err = rdma_bind_addr(cm_id, addr);
	if (!err)
		err = rdma_listen(cm_id, BACKLOG);
	if (err) {
		rdma_destroy_id(cm_id);
		return ERR_PTR(err);
	}
	return cm_id;
}

/**
 * rtrs_srv_listen() - listen on all addresses
 * @ctx: server; its device lock is held
 *
 * Return: 0 or a negative errno, also said in the log.
 */
int rtrs_srv_listen(struct rtrs_srv_ctx *ctx)
{
	struct sockaddr_in6 ip = {
		.sin6_family	= AF_INET6,
		.sin6_addr	= IN6ADDR_ANY_INIT,
		.sin6_port	= htons(ctx->port),
	};
	struct sockaddr_ib ib = {
		.sib_family	= AF_IB,
		.sib_pkey	= htons(0xffff),
		.sib_sid	= cpu_to_be64(IB_IP_SERVICE_ID | ctx->port),
		.sib_sid_mask	= cpu_to_be64(~0ULL),
	};
	struct rdma_cm_id *cm_id;
	int err;

	lockdep_assert_held(&ctx->dev_lock);
	cm_id = listen_on(ctx, (struct sockaddr *)&ip, RDMA_PS_TCP);
	if (IS_ERR(cm_id)) {
		err = PTR_ERR(cm_id);
		goto say;
	}
	ctx->listen_ip = cm_id;
	cm_id = listen_on(ctx, (struct sockaddr *)&ib, RDMA_PS_IB);
	if (IS_ERR(cm_id)) {
		err = PTR_ERR(cm_id);
		goto unlisten;
	}
	ctx->listen_ib = cm_id;
	return 0;

unlisten:
	rtrs_srv_unlisten(ctx);
say:
	pr_err("cannot listen on port %u: error %d\n", ctx->port, err);
	return err;
}

/**
 * rtrs_srv_unlisten() - accept no connections any more
 * @ctx: server; its device lock is held
 *
 * No request is being judged when this returns.
 */
void rtrs_srv_unlisten(struct rtrs_srv_ctx *ctx)
{
	lockdep_assert_held(&ctx->dev_lock);
	if (ctx->listen_ib)
		rdma_destroy_id(ctx->listen_ib);
	if (ctx->listen_ip)
		rdma_destroy_id(ctx->listen_ip);
	ctx->listen_ib = NULL;
	ctx->listen_ip = NULL;
}
