/* SPDX-License-Identifier: GPL-2.0 */
/* Counters of a port: upstream's names in upstream's order, then our own. */
#ifndef RXE_STATS_H
#define RXE_STATS_H

#include <linux/types.h>

enum rxe_counter {
	RXE_SENT_PKTS,
	RXE_RCVD_PKTS,
	RXE_DUPLICATE_REQUEST,
	RXE_OUT_OF_SEQ_REQUEST,
	RXE_RCVD_RNR_ERR,
	RXE_SEND_RNR_ERR,
	RXE_RCVD_SEQ_ERR,
	RXE_ACK_DEFERRED,
	RXE_RETRY_EXCEEDED_ERR,
	RXE_RETRY_RNR_EXCEEDED_ERR,
	RXE_COMPLETER_RETRY_ERR,
	RXE_SEND_ERR,
	RXE_LINK_DOWNED,
	RXE_RDMA_SENDS,
	RXE_RDMA_RECVS,
	RXE_SENT_BYTES,
	RXE_RCVD_BYTES,
	/* our own */
	RXE_ICRC_ERRORS,
	RXE_MALFORMED_PKTS,
	RXE_UNKNOWN_QP,
	RXE_WRONG_ADDRESS,
	RXE_BAD_PKEY,
	RXE_BAD_QKEY,
	RXE_TRAINS_SENT,
	RXE_TRAINS_RCVD,
	RXE_ACKS_COALESCED,
	RXE_PROBES_SENT,
	RXE_CNP_SENT,
	RXE_CNP_RCVD,
	RXE_WINDOW_CUTS,
	RXE_BACKPRESSURE,
	RXE_HELD_PKTS,
	RXE_NAK_SENT,
	RXE_UD_DROPPED,
	RXE_BAD_WQE,
	RXE_WRONG_STATE,
	RXE_UC_DROPPED,
	RXE_AHEAD_DROPPED,
	RXE_BLOCKS_SENT,
	RXE_TRAINS_CHAINED,
	RXE_COUNTERS
};

struct rxe_stats {
	u64	v[RXE_COUNTERS];
};

struct ib_device;
struct rdma_hw_stats *rxe_alloc_hw_port_stats(struct ib_device *ib, u32 port);
int rxe_get_hw_stats(struct ib_device *ib, struct rdma_hw_stats *stats, u32 port,
		     int index);

#endif
