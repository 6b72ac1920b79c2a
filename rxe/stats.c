// SPDX-License-Identifier: GPL-2.0
/* The counters of a port: kept per CPU, summed when somebody reads them. */
#include <rdma/ib_verbs.h>

#include "rxe.h"

static const struct rdma_stat_desc rxe_descs[RXE_COUNTERS] = {
	[RXE_SENT_PKTS]			= { .name = "sent_pkts" },
	[RXE_RCVD_PKTS]			= { .name = "rcvd_pkts" },
	[RXE_DUPLICATE_REQUEST]		= { .name = "duplicate_request" },
	[RXE_OUT_OF_SEQ_REQUEST]	= { .name = "out_of_seq_request" },
	[RXE_RCVD_RNR_ERR]		= { .name = "rcvd_rnr_err" },
	[RXE_SEND_RNR_ERR]		= { .name = "send_rnr_err" },
	[RXE_RCVD_SEQ_ERR]		= { .name = "rcvd_seq_err" },
	[RXE_ACK_DEFERRED]		= { .name = "ack_deferred" },
	[RXE_RETRY_EXCEEDED_ERR]	= { .name = "retry_exceeded_err" },
	[RXE_RETRY_RNR_EXCEEDED_ERR]	= { .name = "retry_rnr_exceeded_err" },
	[RXE_COMPLETER_RETRY_ERR]	= { .name = "completer_retry_err" },
	[RXE_SEND_ERR]			= { .name = "send_err" },
	[RXE_LINK_DOWNED]		= { .name = "link_downed" },
	[RXE_RDMA_SENDS]		= { .name = "rdma_sends" },
	[RXE_RDMA_RECVS]		= { .name = "rdma_recvs" },
	[RXE_SENT_BYTES]		= { .name = "sent_bytes" },
	[RXE_RCVD_BYTES]		= { .name = "rcvd_bytes" },
	[RXE_ICRC_ERRORS]		= { .name = "icrc_errors" },
	[RXE_MALFORMED_PKTS]		= { .name = "malformed_pkts" },
	[RXE_UNKNOWN_QP]		= { .name = "unknown_qp" },
	[RXE_WRONG_ADDRESS]		= { .name = "wrong_address" },
	[RXE_BAD_PKEY]			= { .name = "bad_pkey" },
	[RXE_BAD_QKEY]			= { .name = "bad_qkey" },
	[RXE_TRAINS_SENT]		= { .name = "trains_sent" },
	[RXE_TRAINS_RCVD]		= { .name = "trains_rcvd" },
	[RXE_ACKS_COALESCED]		= { .name = "acks_coalesced" },
	[RXE_PROBES_SENT]		= { .name = "probes_sent" },
	[RXE_CNP_SENT]			= { .name = "cnp_sent" },
	[RXE_CNP_RCVD]			= { .name = "cnp_rcvd" },
	[RXE_WINDOW_CUTS]		= { .name = "window_cuts" },
	[RXE_BACKPRESSURE]		= { .name = "backpressure" },
	[RXE_HELD_PKTS]			= { .name = "held_pkts" },
	[RXE_NAK_SENT]			= { .name = "nak_sent" },
	[RXE_UD_DROPPED]		= { .name = "ud_dropped" },
	[RXE_BAD_WQE]			= { .name = "bad_wqe" },
	[RXE_WRONG_STATE]		= { .name = "wrong_state" },
	[RXE_UC_DROPPED]		= { .name = "uc_dropped" },
	[RXE_AHEAD_DROPPED]		= { .name = "ahead_dropped" },
	[RXE_BLOCKS_SENT]		= { .name = "blocks_sent" },
	[RXE_TRAINS_CHAINED]		= { .name = "trains_chained" },
};

/**
 * rxe_stats_sum - the value of one counter
 * @rxe: device
 * @c: which
 *
 * Any context. Return: what all CPUs counted since the device was made.
 */
u64 rxe_stats_sum(struct rxe_dev *rxe, enum rxe_counter c)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(rxe->stats, cpu)->v[c]);
	return sum;
}

struct rdma_hw_stats *rxe_alloc_hw_port_stats(struct ib_device *ib, u32 port)
{
	return rdma_alloc_hw_stats_struct(rxe_descs, RXE_COUNTERS,
					  RDMA_HW_STATS_DEFAULT_LIFESPAN);
}

int rxe_get_hw_stats(struct ib_device *ib, struct rdma_hw_stats *stats, u32 port,
		     int index)
{
	int i;

	if (port != 1 || !stats)
		return -EINVAL;

	for (i = 0; i < RXE_COUNTERS; i++)
		stats->value[i] = rxe_stats_sum(to_rxe(ib), i);
	return RXE_COUNTERS;
}
