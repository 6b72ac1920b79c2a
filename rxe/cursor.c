// SPDX-License-Identifier: GPL-2.0
/* Walks over the bytes which a packet is made of or goes to. */
#include "rxe.h"

/**
 * rxe_cursor_sges() - start a walk over a scatter list
 * @c: the cursor
 * @qp: whose keys they are
 * @sge: the list, which must stay until the end of the walk
 * @nsge: its length
 * @skip: bytes of the list to leave out at the front
 * @access: IB_ACCESS_LOCAL_WRITE to write, 0 to read
 */
void rxe_cursor_sges(struct rxe_cursor *c, struct rxe_qp *qp,
		     const struct ib_sge *sge, u32 nsge, u64 skip, int access)
{
	c->qp = qp;
	c->sge = sge;
	c->nsge = nsge;
	c->access = access;
	c->held = false;
	c->lin = NULL;
	c->left = 0;
	for (c->cur = 0; c->cur < nsge && skip >= sge[c->cur].length; c->cur++)
		skip -= sge[c->cur].length;
	c->off = skip;
}

/**
 * rxe_cursor_ref() - start a walk over memory the caller has a right to
 * @c: the cursor
 * @ref: the right, which the caller keeps until the end of the walk
 * @off: byte of the reference to begin with
 * @len: bytes to walk
 */
void rxe_cursor_ref(struct rxe_cursor *c, const struct rxe_ref *ref, u64 off, u64 len)
{
	c->sge = NULL;
	c->held = false;
	c->lin = NULL;
	c->ref = *ref;
	c->off = off;
	c->left = len;
}

/**
 * rxe_cursor_linear() - start a walk over a buffer of the kernel
 * @c: the cursor
 * @buf: its first byte
 * @len: its length, bytes
 */
void rxe_cursor_linear(struct rxe_cursor *c, void *buf, u64 len)
{
	c->sge = NULL;
	c->held = false;
	c->lin = buf;
	c->off = 0;
	c->left = len;
}

static void cursor_drop(struct rxe_cursor *c)
{
	if (c->held)
		rxe_ref_put(&c->ref);
	c->held = false;
}

/* on to the SGE with the next byte, which is then referenced: 1, 0 at the end, or an error */
static int cursor_settle(struct rxe_cursor *c)
{
	const struct ib_sge *sge;
	int ret;

	for (; c->cur < c->nsge; c->cur++) {
		sge = &c->sge[c->cur];
		if (c->off < sge->length)
			break;
		cursor_drop(c);
		c->off = 0;
	}
	if (c->cur >= c->nsge)
		return 0;
	if (!c->held) {
		ret = rxe_lkey_get(c->qp, sge->lkey, sge->addr, sge->length, c->access, &c->ref);
		if (ret)
			return ret;
		c->held = true;
	}
	return 1;
}

/**
 * rxe_cursor_next() - the next run of contiguous bytes
 * @c: the cursor
 * @want: bytes the caller can use, more than 0
 * @got: how many there are, at most @want
 *
 * Context: as rxe_lkey_get().
 * Return: address of the first one, NULL at the end, or ERR_PTR(-EACCES) or
 * ERR_PTR(-ERANGE) if the list names memory that may not be used.
 */
void *rxe_cursor_next(struct rxe_cursor *c, size_t want, size_t *got)
{
	size_t run;
	void *p;
	int ret;

	*got = 0;
	if (c->lin) {
		if (!c->left)
			return NULL;
		p = c->lin + c->off;
		run = min_t(u64, want, c->left);
	} else if (c->sge) {
		ret = cursor_settle(c);
		if (ret <= 0)
			return ret ? ERR_PTR(ret) : NULL;
		p = rxe_ref_at(&c->ref, c->off, want, &run);
		run = min3(run, want, (size_t)(c->sge[c->cur].length - c->off));
	} else {
		if (!c->left)
			return NULL;
		p = rxe_ref_at(&c->ref, c->off, want, &run);
		run = min_t(u64, min(run, want), c->left);
	}
	if (!p)
		return ERR_PTR(-ERANGE);
	c->off += run;
	c->left -= c->sge ? 0 : run;
	*got = run;
	return p;
}

/**
 * rxe_cursor_end() - end a walk and drop what it holds
 * @c: the cursor, in whatever state
 */
void rxe_cursor_end(struct rxe_cursor *c)
{
	cursor_drop(c);
}
