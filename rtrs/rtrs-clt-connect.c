// SPDX-License-Identifier: GPL-2.0
/*
 * Bring a path up, in the order in which it happens: for each connection
 * address, route, queue pair, connect; then the info exchange. The connection
 * manager's events only report; the story is in rtrs_clt_bring_up().
 */
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "rtrs-clt.h"
#include "rtrs-clt-trace.h"
#include "rtrs-clt-verdict.h"

/* Only told: what breaks a connection shows in its completions. */
static void qp_event(struct ib_event *ev, void *context)
{
	struct rtrs_clt_con *con = context;

	path_info(con->path, "connection %u: %s\n", con->con.cid,
		  ib_event_msg(ev->event));
}

/* ------------------------------------------- what the CM's handler reports */

static void step_taken(struct rtrs_clt_path *path, int step)
{
	/* pairs with the acquire in step_is(): the answer is complete */
	smp_store_release(&path->cm_step, step);
	wake_up_all(&path->wait);
}

static void step_failed(struct rtrs_clt_con *con, const char *what, int err)
{
	struct rtrs_clt_path *path = con->path;

	WRITE_ONCE(path->cm_err, err);
	rtrs_clt_path_fault(path, what, err);
	wake_up_all(&path->wait);
}

static void keep_answer(struct rtrs_clt_path *path,
			const struct rdma_conn_param *conn)
{
	path->cm_rsp_len = min_t(u8, conn->private_data_len,
				 sizeof(path->cm_rsp));
	memcpy(path->cm_rsp, conn->private_data, path->cm_rsp_len);
}

/* The server's own refusal carries its reason, the CM's (nobody listens) none. */
static void rejected(struct rtrs_clt_con *con, struct rdma_cm_event *ev)
{
	struct rdma_cm_id *cm_id = con->con.cm_id;
	u8 len = 0;
	const void *data = rdma_consumer_reject_data(cm_id, ev, &len);

	step_failed(con, data ? "refused by the server" :
				rdma_reject_msg(cm_id, ev->status),
		    rtrs_clt_decode_reject(data, len));
}

static int cm_event(struct rdma_cm_id *cm_id, struct rdma_cm_event *ev)
{
	struct rtrs_clt_con *con = cm_id->context;
	struct rtrs_clt_path *path = con->path;

	switch (ev->event) {
	case RDMA_CM_EVENT_ESTABLISHED:
		keep_answer(path, &ev->param.conn);
		fallthrough;
	case RDMA_CM_EVENT_ADDR_RESOLVED:
	case RDMA_CM_EVENT_ROUTE_RESOLVED:
		step_taken(path, ev->event);
		break;
	case RDMA_CM_EVENT_REJECTED:
		rejected(con, ev);
		break;
	case RDMA_CM_EVENT_ADDR_ERROR:
	case RDMA_CM_EVENT_ROUTE_ERROR:
		step_failed(con, rdma_event_msg(ev->event), -EHOSTUNREACH);
		break;
	case RDMA_CM_EVENT_DEVICE_REMOVAL:
		path_info(path, "its device goes away\n");
		WRITE_ONCE(path->device_gone, true);
		rtrs_clt_path_go(path, RTRS_CLT_CLOSING);
		break;
	case RDMA_CM_EVENT_DISCONNECTED:
		/* with an error status the CM has merely given up asking */
		if (!ev->status)
			WRITE_ONCE(con->bye, true);
		fallthrough;
	default:
		step_failed(con, rdma_event_msg(ev->event), -ECONNRESET);
		break;
	}
	return 0;
}

/* --------------------------------------------------- steps of one attempt */

static bool attempt_is_over(struct rtrs_clt_path *path)
{
	return READ_ONCE(path->cm_err) ||
	       !rtrs_clt_path_is(path, RTRS_CLT_CONNECTING);
}

static int why_over(struct rtrs_clt_path *path)
{
	int err = READ_ONCE(path->cm_err);

	return err ? err : -ECONNABORTED;
}

static bool step_is(struct rtrs_clt_path *path, int step)
{
	/* pairs with the release in step_taken() */
	return smp_load_acquire(&path->cm_step) == step;
}

static int await_step(struct rtrs_clt_path *path, int step)
{
	if (!wait_event_timeout(path->wait,
				step_is(path, step) || attempt_is_over(path),
				msecs_to_jiffies(path->step_ms)))
		return -ETIMEDOUT;
	return attempt_is_over(path) ? why_over(path) : 0;
}

static int resolve_addr(struct rtrs_clt_con *con)
{
	struct rtrs_clt_path *path = con->path;
	enum rdma_ucm_port_space ps = path->dst.ss_family == AF_IB ?
				      RDMA_PS_IB : RDMA_PS_TCP;
	struct sockaddr *src = path->has_src ? (struct sockaddr *)&path->src :
					       NULL;
	struct rdma_cm_id *cm_id;
	int err;

	cm_id = rdma_create_id(&init_net, cm_event, con, ps, IB_QPT_RC);
	if (IS_ERR(cm_id))
		return PTR_ERR(cm_id);
	con->con.cm_id = cm_id;
	err = rdma_set_reuseaddr(cm_id, 1);
	if (err)
		return err;
	err = rdma_resolve_addr(cm_id, src, (struct sockaddr *)&path->dst,
				path->step_ms);
	if (err)
		return err;
	return await_step(path, RDMA_CM_EVENT_ADDR_RESOLVED);
}

/* The first connection decides the device of the path. */
static int take_device(struct rtrs_clt_path *path, struct rdma_cm_id *cm_id)
{
	struct rtrs_dev *dev = rtrs_dev_get(&rtrs_clt_devs, cm_id->device);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	path->dev = dev;
	path->send_sges = min_t(u32, dev->ib_dev->attrs.max_send_sge,
				RTRS_CLT_DATA_SGES + 1);
	if (path->send_sges < 2)
		return -EOPNOTSUPP;
	strscpy(path->hca_name, dev_name(&dev->ib_dev->dev),
		sizeof(path->hca_name));
	path->hca_port = cm_id->port_num;
	return 0;
}

static int make_qp(struct rtrs_clt_con *con)
{
	struct rtrs_clt_path *path = con->path;
	u16 cid = con->con.cid;
	u32 depth = path->geo.queue_depth;
	struct rtrs_con_attr attr = {
		.send_wrs	 = cid ? 4 * depth + 1 :
				   2 * RTRS_SERVICE_DEPTH + 2,
		.recv_wrs	 = cid ? 3 * depth + 1 :
				   RTRS_CLT_SERVICE_RECVS + 2,
		.send_sges	 = path->send_sges,
		.signal_interval = cid ? min_t(u32, depth, RTRS_CLT_SIGNAL_MOST) :
				   RTRS_SERVICE_DEPTH,
		.cq_vector	 = cid ? cid - 1 : 0,
		.poll_ctx	 = cid < path->irq_cons ? IB_POLL_SOFTIRQ :
							  IB_POLL_DIRECT,
	};

	if (con->con.cm_id->device != path->dev->ib_dev)
		return -EXDEV;
	return rtrs_con_create(&con->con, path->dev->pd, &attr, con, qp_event);
}

static int ask_to_connect(struct rtrs_clt_con *con)
{
	struct rtrs_clt_path *path = con->path;
	struct rtrs_conn_req req = {
		.magic		= cpu_to_le16(RTRS_MAGIC),
		.version	= cpu_to_le16(RTRS_VERSION),
		.cid		= cpu_to_le16(con->con.cid),
		.cid_num	= cpu_to_le16(path->nr_cons),
		.recon_cnt	= cpu_to_le16(path->recon_cnt),
		.flags		= path->first_conn ? RTRS_REQ_FIRST_CONN : 0,
		.features	= cpu_to_le32(RTRS_FEATURES_KNOWN),
	};
	struct rdma_conn_param param = {
		.private_data		= &req,
		.private_data_len	= sizeof(req),
		.retry_count		= 7,
		.rnr_retry_count	= 7,
	};
	int err;

	memcpy(req.sess_uuid, path->uuid, sizeof(req.sess_uuid));
	memcpy(req.paths_uuid, path->sess->uuid, sizeof(req.paths_uuid));
	err = rdma_connect(con->con.cm_id, &param);
	if (err)
		return err;
	return await_step(path, RDMA_CM_EVENT_ESTABLISHED);
}

static void name_ends(struct rtrs_clt_path *path, struct rdma_cm_id *cm_id)
{
	const struct rdma_addr *addr = &cm_id->route.addr;
	struct rtrs_addr pair = {
		.src = (struct sockaddr_storage *)&addr->src_addr,
		.dst = (struct sockaddr_storage *)&addr->dst_addr,
	};

	if (path->in_sysfs)
		return;
	sockaddr_to_str((const struct sockaddr *)&addr->src_addr,
			path->src_text, sizeof(path->src_text));
	sockaddr_to_str((const struct sockaddr *)&addr->dst_addr,
			path->dst_text, sizeof(path->dst_text));
	rtrs_addr_to_str(&pair, path->text, sizeof(path->text));
}

/* How much of the server's offer this device can use. */
static int fit_to_device(struct rtrs_clt_path *path)
{
	struct rtrs_clt_geometry *geo = &path->geo;
	u32 most = min_t(u32, rtrs_dev_fr_pages(path->dev->ib_dev), 512);
	u32 want = DIV_ROUND_UP(geo->max_io_size, SZ_4K) + 1;

	/* data may begin within a page, hence the one more */
	path->mr_pages = min(want, most);
	if (path->mr_pages < 2)
		return -EOPNOTSUPP;
	return 0;
}

/* What the device can move in one request; chunks stay as the server made them. */
static u32 usable_io_size(const struct rtrs_clt_path *path)
{
	return min_t(u32, path->geo.max_io_size, (path->mr_pages - 1) * SZ_4K);
}

/*
 * The first path decides what the session offers; later ones must offer as
 * much, and the same number of chunks.
 */
static int agree_on_geometry(struct rtrs_clt_path *path)
{
	struct rtrs_clt_sess *sess = path->sess;
	u32 io_size = usable_io_size(path);
	int err = 0;

	mutex_lock(&sess->geo_mutex);
	if (!sess->reqs) {
		sess->geo = path->geo;
		sess->geo.max_io_size = io_size;
		sess->max_segments = min_t(u32, path->mr_pages,
					   RTRS_MAX_SEGMENTS);
		err = rtrs_clt_permits_init(sess, path->geo.queue_depth);
	} else if (!READ_ONCE(sess->opened)) {
		/* nobody has asked yet */
		sess->geo.max_io_size = min(sess->geo.max_io_size, io_size);
		sess->max_segments = min(sess->max_segments, path->mr_pages);
	}
	if (!err && (path->geo.queue_depth != sess->geo.queue_depth ||
		     io_size < sess->geo.max_io_size ||
		     path->mr_pages < sess->max_segments))
		err = -EMEDIUMTYPE;
	mutex_unlock(&sess->geo_mutex);
	return err;
}

static int judge_first_answer(struct rtrs_clt_path *path)
{
	int err;

	err = fit_to_device(path);
	if (err)
		return err;
	err = agree_on_geometry(path);
	if (err == -EMEDIUMTYPE) {
		rtrs_clt_refuse(path, RTRS_CLT_REFUSED_CONN_RSP_CHANGED);
		path_err(path, "the server offers %u chunks of %u+%u bytes, not what the session has; reconnect by hand\n",
			 path->geo.queue_depth, path->geo.max_io_size,
			 path->geo.max_hdr_size);
		rtrs_clt_path_go(path, RTRS_CLT_CLOSING);
	}
	if (err)
		return err;

	path->id_bits = rtrs_bits_for(path->geo.queue_depth);
	path->accepted = true;
	path->first_conn = true;
	name_ends(path, path->cons[0].con.cm_id);
	rtrs_clt_fence_accepted(path);

	path->chunks = kvcalloc(path->geo.queue_depth, sizeof(*path->chunks),
				GFP_KERNEL);
	if (!path->chunks)
		return -ENOMEM;
	return rtrs_clt_slots_alloc(path);
}

static int judge_answer(struct rtrs_clt_con *con)
{
	struct rtrs_clt_path *path = con->path;
	bool first = !con->con.cid;
	enum rtrs_clt_refusal refusal;

	refusal = rtrs_clt_decode_conn_rsp(path->cm_rsp, path->cm_rsp_len,
					   RTRS_FEATURES_KNOWN, first,
					   &path->geo);
	if (refusal != RTRS_CLT_ACCEPTED) {
		rtrs_clt_refuse(path, refusal);
		return -ECONNRESET;
	}
	return first ? judge_first_answer(path) : 0;
}

static int connect_con(struct rtrs_clt_con *con)
{
	struct rtrs_clt_path *path = con->path;
	int err;

	con->bye = false;
	con->have_dead_key = false;
	con->probing = false;
	con->probe_ok = jiffies;
	path->cm_step = -1;
	err = resolve_addr(con);
	if (err)
		return err;
	if (!con->con.cid) {
		err = take_device(path, con->con.cm_id);
		if (err)
			return err;
	}
	err = make_qp(con);
	if (err)
		return err;
	err = rdma_resolve_route(con->con.cm_id, path->step_ms);
	if (!err)
		err = await_step(path, RDMA_CM_EVENT_ROUTE_RESOLVED);
	if (err)
		return err;
	err = ask_to_connect(con);
	if (err)
		return err;
	con->up = true;
	return judge_answer(con);
}

/* ---------------------------------------------------------- info exchange */

enum { INFO_REQ, INFO_RSP, INFO_MSGS };

static void info_sent(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_clt_con *con = wc->qp->qp_context;

	rtrs_con_send_done(&con->con);
	if (wc->status != IB_WC_SUCCESS)
		rtrs_clt_send_failed(con->path, "sending the info request", wc);
}

static void info_received(struct ib_cq *cq, struct ib_wc *wc)
{
	struct rtrs_clt_con *con = wc->qp->qp_context;
	struct rtrs_clt_path *path = con->path;

	if (wc->status != IB_WC_SUCCESS) {
		rtrs_clt_send_failed(path, "receiving the info response", wc);
		return;
	}
	/*
	 * A write with immediate in its place counts as an empty message.
	 * Pairs with the acquire in has_info().
	 */
	smp_store_release(&path->info_len,
			  wc->opcode == IB_WC_RECV ? (int)wc->byte_len : 0);
	wake_up_all(&path->wait);
}

static int send_info_req(struct rtrs_clt_path *path, struct rtrs_iu *iu)
{
	struct rtrs_info_req *req = iu->buf;
	struct ib_sge sge = {
		.addr	= iu->dma_addr,
		.length	= sizeof(*req),
		.lkey	= path->dev->pd->local_dma_lkey,
	};
	struct ib_send_wr wr = {
		.opcode		= IB_WR_SEND,
		.wr_cqe		= &iu->cqe,
		.send_flags	= IB_SEND_SIGNALED,
		.sg_list	= &sge,
		.num_sge	= 1,
	};

	rtrs_iu_sync_for_cpu(path->info, iu);
	req->type = cpu_to_le16(RTRS_MSG_INFO_REQ);
	strscpy_pad(req->sessname, path->sess->name, sizeof(req->sessname));
	rtrs_iu_sync_for_device(path->info, iu);
	return rtrs_con_post(&path->cons[0].con, &wr, &wr, 1);
}

/*
 * A buffer for the response goes first into the receive queue of cid 0, and
 * the receives for the time after it behind it: the server may send a
 * heartbeat as soon as it has answered.
 */
static int prepare_info(struct rtrs_clt_path *path)
{
	struct rtrs_iu *rsp;
	u32 len;

	len = max(struct_size_t(struct rtrs_info_rsp, desc,
				path->geo.queue_depth),
		  sizeof(struct rtrs_info_req));
	path->info = rtrs_iu_block_alloc(path->dev->ib_dev, INFO_MSGS, len,
					 DMA_BIDIRECTIONAL, NULL);
	path->fence_iu = rtrs_iu_block_alloc(path->dev->ib_dev, 1,
					     sizeof(struct rtrs_fence_req),
					     DMA_TO_DEVICE, NULL);
	if (!path->info || !path->fence_iu)
		return -ENOMEM;
	rsp = rtrs_iu_at(path->info, INFO_RSP);
	rtrs_iu_at(path->info, INFO_REQ)->cqe.done = info_sent;
	rsp->cqe.done = info_received;
	path->info_len = -1;
	return rtrs_con_post_recv_iu(&path->cons[0].con, rsp,
				     path->dev->pd->local_dma_lkey);
}

static bool has_info(struct rtrs_clt_path *path)
{
	/* pairs with the release in info_received() */
	return smp_load_acquire(&path->info_len) >= 0;
}

static int exchange_info(struct rtrs_clt_path *path)
{
	/* the server allocates and registers all its chunks meanwhile */
	u32 patience_ms = max(path->step_ms, RTRS_CLT_INFO_MS);
	struct rtrs_iu *rsp = rtrs_iu_at(path->info, INFO_RSP);
	enum rtrs_clt_refusal refusal;
	int err;

	path->setup_no = atomic64_inc_return(&path->sess->nr_setups);
	err = send_info_req(path, rtrs_iu_at(path->info, INFO_REQ));
	if (err)
		return err;
	if (!wait_event_timeout(path->wait,
				has_info(path) || attempt_is_over(path),
				msecs_to_jiffies(patience_ms)))
		return -ETIMEDOUT;
	if (attempt_is_over(path))
		return why_over(path);

	rtrs_iu_sync_for_cpu(path->info, rsp);
	refusal = rtrs_clt_decode_info_rsp(rsp->buf, path->info_len, &path->geo,
					   path->chunks, &path->generation);
	if (refusal == RTRS_CLT_ACCEPTED)
		return 0;
	rtrs_clt_refuse(path, refusal);
	return -ECONNRESET;
}

/**
 * rtrs_clt_bring_up() - one attempt to connect a path
 * @path: path in RTRS_CLT_CONNECTING without resources
 *
 * Context: connect worker, under the path's life. On success the path is
 * connected and carries I/O when this returns; else it has no resources.
 * Return: 0 or a negative errno; -ETIMEDOUT when a step was not answered.
 */
int rtrs_clt_bring_up(struct rtrs_clt_path *path)
{
	u16 cid;
	int err;

	lockdep_assert_held(&path->life);
	path->live = true;
	WRITE_ONCE(path->device_gone, false);
	WRITE_ONCE(path->cm_err, 0);
	path->recon_cnt++;
	if (!path->spare_fence) {
		path->spare_fence = rtrs_clt_fence_alloc(path);
		if (!path->spare_fence) {
			err = -ENOMEM;
			goto down;
		}
	}
	for (cid = 0; cid < path->nr_cons; cid++) {
		struct rtrs_clt_con *con = &path->cons[cid];

		err = connect_con(con);
		if (!err && !cid)
			err = prepare_info(path);
		if (!err)
			err = rtrs_clt_con_post_recvs(con);
		if (err)
			goto down;
	}
	err = exchange_info(path);
	if (err)
		goto down;
	path->hb.slow_peer = !(path->geo.features & RTRS_FEAT_FENCE);
	rtrs_hb_start(&path->hb);
	err = rtrs_clt_path_up(path);
	if (err)
		goto down;
	return 0;

down:
	rtrs_clt_path_move(path, RTRS_CLT_CONNECTING, RTRS_CLT_CONNECTING_ERR);
	rtrs_clt_take_down(path);
	return err;
}
