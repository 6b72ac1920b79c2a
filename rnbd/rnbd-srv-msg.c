// SPDX-License-Identifier: GPL-2.0
/*
 * What a client sends, sorted by type. Each row says which way it comes, how
 * long its message and the room for its answer must be, and who reads it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/sysfs.h>

#include "rnbd-srv.h"
#include "rnbd-srv-trace.h"

static atomic64_t refused[RNBD_SRV_REFUSALS];

/**
 * rnbd_srv_refuse() - count a refusal
 * @why: by this name
 *
 * Any context.
 */
void rnbd_srv_refuse(enum rnbd_srv_refusal why)
{
	atomic64_inc(&refused[why]);
}

/**
 * rnbd_srv_refused_show() - what was refused since the module was loaded
 * @buf: of sysfs; gets a line with name and number for each reason
 *
 * Return: bytes written.
 */
ssize_t rnbd_srv_refused_show(char *buf)
{
	static const char * const names[RNBD_SRV_REFUSALS] = {
		[RNBD_SRV_REFUSE_MESSAGE]	= "message",
		[RNBD_SRV_REFUSE_DIRECTION]	= "direction",
		[RNBD_SRV_REFUSE_OPEN]		= "open",
		[RNBD_SRV_REFUSE_DEVICE]	= "device",
		[RNBD_SRV_REFUSE_IO]		= "io",
	};
	ssize_t len = 0;
	int i;

	for (i = 0; i < RNBD_SRV_REFUSALS; i++)
		len += sysfs_emit_at(buf, len, "%s %lld\n", names[i],
				     atomic64_read(&refused[i]));
	return len;
}

/* a message with the place of its answer */
struct call {
	struct rnbd_srv_sess	*sess;
	struct rtrs_srv_op	*op;
	void			*data;
	size_t			data_len;
	const void		*msg;
	size_t			msg_len;
};

static int on_sess_info(const struct call *c)
{
	u8 version;
	int err;

	err = rnbd_sess_info_read(c->msg, c->msg_len, &version);
	if (err)
		return err;
	trace_process_msg_sess_info(c->sess->name, version);
	version = min_t(u8, version, RNBD_PROTO_VERSION);
	WRITE_ONCE(c->sess->version, version);

	memset(c->data, 0, c->data_len);
	rnbd_sess_info_make(c->data, RNBD_MSG_SESS_INFO_RSP, version);
	rtrs_srv_resp_rdma(c->op, 0);
	return 0;
}

static int on_open(const struct call *c)
{
	struct rnbd_dev_info info;
	enum rnbd_access access;
	const char *path;
	int err;

	err = rnbd_open_read(c->msg, c->msg_len, &access, &path);
	if (err) {
		rnbd_srv_refuse(RNBD_SRV_REFUSE_OPEN);
		pr_err_ratelimited("<%s>: an OPEN was refused: bad name or access mode\n",
				   c->sess->name);
		return err;
	}
	trace_process_msg_open(c->sess->name, path, access);
	err = rnbd_srv_open(c->sess, access, path, &info);
	if (err) {
		rnbd_srv_refuse(RNBD_SRV_REFUSE_OPEN);
		return err;
	}

	memset(c->data, 0, c->data_len);
	rnbd_open_rsp_make(c->data, &info);
	rtrs_srv_resp_rdma(c->op, 0);
	return 0;
}

static int on_close(const struct call *c)
{
	u32 id;
	int err;

	err = rnbd_close_read(c->msg, c->msg_len, &id);
	if (err)
		return err;
	trace_process_msg_close(c->sess->name, id);

	rnbd_srv_close(c->sess, id, c->op);
	return 0;
}

static int on_io(const struct call *c)
{
	return rnbd_srv_io_start(c->sess, c->op, c->data, c->data_len, c->msg,
				 c->msg_len);
}

#define EITHER	(-1)	/* an I/O message says it itself */

static const struct {
	int	dir;
	size_t	min_len;
	size_t	answer_len;
	int	(*handle)(const struct call *c);
} table[] = {
	[RNBD_MSG_SESS_INFO] = {
		.dir = READ,
		.min_len = sizeof(struct rnbd_msg_sess_info),
		.answer_len = sizeof(struct rnbd_msg_sess_info),
		.handle = on_sess_info,
	},
	[RNBD_MSG_OPEN] = {
		.dir = READ,
		.min_len = sizeof(struct rnbd_msg_open),
		.answer_len = sizeof(struct rnbd_msg_open_rsp),
		.handle = on_open,
	},
	[RNBD_MSG_IO] = {
		.dir = EITHER,
		.min_len = RNBD_MSG_IO_V1_LEN,
		.handle = on_io,
	},
	[RNBD_MSG_CLOSE] = {
		.dir = WRITE,
		.min_len = sizeof(struct rnbd_msg_close),
		.handle = on_close,
	},
};

/**
 * rnbd_srv_msg() - a request arrived; rtrs_srv_ops.rdma_ev
 * @priv: session
 * @op: operation
 * @data: its chunk
 * @data_len: bytes of data there, or of the answer
 * @msg: message
 * @msg_len: its bytes
 *
 * Process context, may sleep.
 *
 * Return: 0 when @op is or will be answered, or the negative errno to answer.
 */
int rnbd_srv_msg(void *priv, struct rtrs_srv_op *op, void *data,
		 size_t data_len, const void *msg, size_t msg_len)
{
	const struct call c = {
		.sess = priv,
		.op = op,
		.data = data,
		.data_len = data_len,
		.msg = msg,
		.msg_len = msg_len,
	};
	u16 type;

	if (!priv)
		return -ENODEV;
	if (rnbd_type_read(msg, msg_len, &type) || type >= ARRAY_SIZE(table) ||
	    !table[type].handle || msg_len < table[type].min_len ||
	    data_len < table[type].answer_len) {
		rnbd_srv_refuse(RNBD_SRV_REFUSE_MESSAGE);
		pr_err_ratelimited("<%s>: a message of %zu bytes with %zu of data was refused\n",
				   c.sess->name, msg_len, data_len);
		return -EINVAL;
	}
	if (table[type].dir != EITHER &&
	    table[type].dir != rtrs_srv_op_dir(op)) {
		rnbd_srv_refuse(RNBD_SRV_REFUSE_DIRECTION);
		return -EINVAL;
	}
	return table[type].handle(&c);
}
