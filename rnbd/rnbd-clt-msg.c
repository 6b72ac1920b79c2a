// SPDX-License-Identifier: GPL-2.0
/*
 * The three exchanges with the server that are not I/O, through one sender.
 * They wait for the answer; an exchange somebody stopped waiting for lives on
 * until RTRS reports its end. Nobody waits for the answer of an OPEN or CLOSE
 * that does not come, except who will have to say CLOSE after it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "rnbd-clt.h"

struct exchange {
	struct kref		kref;	/* the waiter's and RTRS's */
	struct completion	done;
	int			err;
	struct rnbd_clt_sess	*sess;
	struct rtrs_permit	*permit;
	struct scatterlist	sg;
	union {
		struct rnbd_msg_sess_info	info;
		struct rnbd_msg_open		open;
		struct rnbd_msg_close		close;
	} question;
	/* written by the device: shares no cache line with the rest */
	union {
		struct rnbd_msg_sess_info	info;
		struct rnbd_msg_open_rsp	open;
	} answer ____cacheline_aligned;
};

static struct exchange *exchange_new(struct rnbd_clt_sess *sess)
{
	struct exchange *x = kzalloc(sizeof(*x), GFP_KERNEL);

	if (!x)
		return NULL;
	kref_init(&x->kref);
	init_completion(&x->done);
	x->sess = sess;
	return x;
}

static void exchange_free(struct kref *kref)
{
	kfree(container_of(kref, struct exchange, kref));
}

static void exchange_put(struct exchange *x)
{
	kref_put(&x->kref, exchange_free);
}

static void answered(void *priv, int errno)
{
	struct exchange *x = priv;

	x->err = errno;
	/* RTRS ends all exchanges before the session ends */
	rtrs_clt_put_permit(x->sess->rtrs, x->permit);
	complete(&x->done);
	exchange_put(x);
}

enum patience {
	ONE_TIMEOUT,
	WHILE_USED,	/* for ever, unless no device of the session is in use */
};

static int wait_answer(struct exchange *x, enum patience patience)
{
	do {
		if (wait_for_completion_timeout(&x->done,
						rnbd_clt_answer_timeout()))
			return x->err;
	} while (patience == WHILE_USED && rnbd_clt_sess_used(x->sess));
	return -ETIMEDOUT;
}

/* Ask, and wait for the answer. @answer_len 0: only the status is wanted. */
static int ask(struct exchange *x, size_t len, size_t answer_len,
	       enum patience patience)
{
	struct rtrs_clt_req_ops ops = { .priv = x, .conf_fn = answered };
	struct kvec vec = { .iov_base = &x->question, .iov_len = len };
	struct rtrs_clt_sess *rtrs = x->sess->rtrs;
	int err;

	x->permit = rtrs_clt_get_permit(rtrs, RTRS_ADMIN_CON, RTRS_PERMIT_WAIT);
	if (!x->permit)
		return -ENOTCONN;

	sg_init_one(&x->sg, &x->answer, answer_len ?: 1);
	kref_get(&x->kref);
	err = rtrs_clt_request(answer_len ? READ : WRITE, &ops, rtrs, x->permit,
			       &vec, 1, answer_len, answer_len ? &x->sg : NULL,
			       !!answer_len);
	if (err) {
		rtrs_clt_put_permit(rtrs, x->permit);
		exchange_put(x);
		return err;
	}
	return wait_answer(x, patience);
}

/**
 * rnbd_clt_msg_sess_info() - agree on the version, first thing on each link
 * @sess: session
 *
 * May sleep, at most as long as the administrator gives the server.
 *
 * Return: 0 or a negative errno.
 */
int rnbd_clt_msg_sess_info(struct rnbd_clt_sess *sess)
{
	struct exchange *x = exchange_new(sess);
	u8 version;
	int err;

	if (!x)
		return -ENOMEM;
	rnbd_sess_info_make(&x->question.info, RNBD_MSG_SESS_INFO,
			    RNBD_PROTO_VERSION);
	err = ask(x, sizeof(x->question.info), sizeof(x->answer.info),
		  ONE_TIMEOUT);
	if (!err && rnbd_sess_info_rsp_read(&x->answer.info,
					    sizeof(x->answer.info), &version))
		err = -EPROTO;
	exchange_put(x);
	return err;
}

/**
 * rnbd_clt_msg_open() - have the server open a device
 * @dev: device
 * @info: set on success, checked
 *
 * May sleep until the server answers, the link is lost, or, after a while,
 * nobody uses the session any more.
 *
 * Return: 0, the server's errno, -ETIMEDOUT, -EPROTO for an answer that makes
 * no sense.
 */
int rnbd_clt_msg_open(struct rnbd_clt_dev *dev, struct rnbd_dev_info *info)
{
	struct exchange *x = exchange_new(dev->sess);
	int err;

	if (!x)
		return -ENOMEM;
	rnbd_open_make(&x->question.open, dev->access, dev->path);
	err = ask(x, sizeof(x->question.open), sizeof(x->answer.open), WHILE_USED);
	if (!err && rnbd_open_rsp_read(&x->answer.open, sizeof(x->answer.open),
				       PAGE_SIZE, info))
		err = -EPROTO;
	exchange_put(x);
	return err;
}

/**
 * rnbd_clt_msg_close() - have the server close a device
 * @sess: session
 * @device_id: of the device there
 *
 * May sleep until the server answers, the link is lost, or, after a while,
 * nobody uses the session any more.
 *
 * Return: 0 or a negative errno.
 */
int rnbd_clt_msg_close(struct rnbd_clt_sess *sess, u32 device_id)
{
	struct exchange *x = exchange_new(sess);
	int err;

	if (!x)
		return -ENOMEM;
	rnbd_close_make(&x->question.close, device_id);
	err = ask(x, sizeof(x->question.close), 0, WHILE_USED);
	exchange_put(x);
	return err;
}
