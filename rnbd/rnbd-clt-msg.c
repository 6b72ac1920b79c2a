// SPDX-License-Identifier: GPL-2.0
/*
 * The three exchanges with the server that are not I/O, through one sender.
 * They wait for the answer; an exchange somebody stopped waiting for lives on
 * until RTRS reports its end.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "rnbd-clt.h"

#define SESS_INFO_TIMEOUT_MS	30000

struct exchange {
	struct kref		kref;	/* the waiter's and RTRS's */
	struct completion	done;
	int			err;
	struct rtrs_clt_sess	*rtrs;
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
	x->rtrs = sess->rtrs;
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
	rtrs_clt_put_permit(x->rtrs, x->permit);
	complete(&x->done);
	exchange_put(x);
}

/*
 * Ask, and wait for the answer. @answer_len 0: only the status is wanted.
 * @timeout_ms 0: until RTRS reports an end, which it does at the latest when
 * the link is lost.
 */
static int ask(struct exchange *x, size_t len, size_t answer_len,
	       unsigned int timeout_ms)
{
	struct rtrs_clt_req_ops ops = { .priv = x, .conf_fn = answered };
	struct kvec vec = { .iov_base = &x->question, .iov_len = len };
	int err;

	x->permit = rtrs_clt_get_permit(x->rtrs, RTRS_ADMIN_CON,
					RTRS_PERMIT_WAIT);
	if (!x->permit)
		return -ENOTCONN;

	sg_init_one(&x->sg, &x->answer, answer_len ?: 1);
	kref_get(&x->kref);
	err = rtrs_clt_request(answer_len ? READ : WRITE, &ops, x->rtrs,
			       x->permit, &vec, 1, answer_len,
			       answer_len ? &x->sg : NULL, !!answer_len);
	if (err) {
		rtrs_clt_put_permit(x->rtrs, x->permit);
		exchange_put(x);
		return err;
	}

	if (!timeout_ms)
		wait_for_completion(&x->done);
	else if (!wait_for_completion_timeout(&x->done,
					      msecs_to_jiffies(timeout_ms)))
		return -ETIMEDOUT;
	return x->err;
}

/**
 * rnbd_clt_msg_sess_info() - agree on the version, first thing on each link
 * @sess: session
 *
 * May sleep, 30 s at most.
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
		  SESS_INFO_TIMEOUT_MS);
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
 * May sleep until the server answers or the link is lost.
 *
 * Return: 0, the server's errno, -EPROTO for an answer that makes no sense.
 */
int rnbd_clt_msg_open(struct rnbd_clt_dev *dev, struct rnbd_dev_info *info)
{
	struct exchange *x = exchange_new(dev->sess);
	int err;

	if (!x)
		return -ENOMEM;
	rnbd_open_make(&x->question.open, dev->access, dev->path);
	err = ask(x, sizeof(x->question.open), sizeof(x->answer.open), 0);
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
 * May sleep until the server answers or the link is lost.
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
	err = ask(x, sizeof(x->question.close), 0, 0);
	exchange_put(x);
	return err;
}
