/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether an I/O message makes sense for the disk it names, before anything is
 * done with it. Pure: tests/unit/test_rnbd_judge.c.
 */
#ifndef RNBD_SRV_JUDGE_H
#define RNBD_SRV_JUDGE_H

#include <linux/errno.h>
#include <linux/types.h>

#include "rnbd-msg.h"

/**
 * struct rnbd_disk_facts - what the judgement depends on
 * @nr_sectors: capacity, of 512 bytes
 * @logical_block_size: bytes
 * @writable: was opened in a mode that may write
 * @discard: the disk can
 * @secure_erase: the disk can
 * @write_zeroes: the disk can
 */
struct rnbd_disk_facts {
	u64	nr_sectors;
	u32	logical_block_size;
	bool	writable;
	bool	discard;
	bool	secure_erase;
	bool	write_zeroes;
};

/* not empty, of whole blocks, within the disk */
static inline int rnbd_range_judge(const struct rnbd_io *io,
				   const struct rnbd_disk_facts *facts)
{
	u64 nr_sectors = io->bytes >> 9;
	u32 mask = facts->logical_block_size - 1;

	if (!io->bytes || io->bytes & mask || (u32)(io->sector << 9) & mask)
		return -EINVAL;
	if (nr_sectors > facts->nr_sectors ||
	    io->sector > facts->nr_sectors - nr_sectors)
		return -EIO;
	return 0;
}

/**
 * rnbd_io_judge() - may this be done to the disk?
 * @io: message; on success left with the operation that is meant and only the
 *	flags which mean something to it
 * @data_len: bytes of data that travel with it
 * @facts: about the disk and how it was opened
 *
 * A write of nothing with PREFLUSH is a flush.
 *
 * Return: 0; -EINVAL for nonsense, -EIO beyond the end, -EROFS for a change
 * through a read-only opening, -EOPNOTSUPP for what the disk cannot do.
 */
static inline int rnbd_io_judge(struct rnbd_io *io, size_t data_len,
				const struct rnbd_disk_facts *facts)
{
	u32 flags = RNBD_F_SYNC;
	bool data = false, able = true;

	if (io->op == RNBD_OP_WRITE && !data_len && !io->bytes &&
	    io->flags & RNBD_F_PREFLUSH)
		io->op = RNBD_OP_FLUSH;

	switch (io->op) {
	case RNBD_OP_FLUSH:
		if (data_len || io->bytes)
			return -EINVAL;
		io->flags = RNBD_F_PREFLUSH | RNBD_F_SYNC;
		return 0;
	case RNBD_OP_READ:
		data = true;
		break;
	case RNBD_OP_WRITE:
		data = true;
		flags |= RNBD_F_FUA | RNBD_F_PREFLUSH;
		break;
	case RNBD_OP_DISCARD:
		able = facts->discard;
		break;
	case RNBD_OP_SECURE_ERASE:
		able = facts->secure_erase;
		break;
	case RNBD_OP_WRITE_ZEROES:
		able = facts->write_zeroes;
		flags |= RNBD_F_NOUNMAP;
		break;
	default:
		return -EOPNOTSUPP;
	}

	if (io->op != RNBD_OP_READ && !facts->writable)
		return -EROFS;
	if (!able)
		return -EOPNOTSUPP;
	if (data_len != (data ? io->bytes : 0))
		return -EINVAL;
	io->flags &= flags;
	return rnbd_range_judge(io, facts);
}

/**
 * rnbd_dir_fits() - is an operation one that comes this way?
 * @op: operation of an I/O message
 * @write: the request brought data, or wants none; else it wants data
 *
 * A flush has no data and is sent either way.
 */
static inline bool rnbd_dir_fits(u8 op, bool write)
{
	return op == RNBD_OP_FLUSH || write == (op != RNBD_OP_READ);
}

/* I/O priority as in the block layer: class << 13 | hints and level */
#define RNBD_PRIO_CLASS_SHIFT	13
#define RNBD_PRIO_LEVEL_MASK	7

/**
 * rnbd_prio_clamp() - a client's priority, no better than allowed
 * @prio: as received
 * @best: best class allowed: 1 real time, 2 best effort, 3 idle; 0 to pay no
 *	attention to clients' priorities
 *
 * Return: the priority to use; hints are dropped.
 */
static inline u16 rnbd_prio_clamp(u16 prio, unsigned int best)
{
	unsigned int class = prio >> RNBD_PRIO_CLASS_SHIFT;

	if (!best || class < 1 || class > 3)
		return 0;
	if (class < best)
		class = best;
	return class << RNBD_PRIO_CLASS_SHIFT | (prio & RNBD_PRIO_LEVEL_MASK);
}

#endif /* RNBD_SRV_JUDGE_H */
