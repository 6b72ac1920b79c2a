// SPDX-License-Identifier: GPL-2.0
/*
 * Management datagrams which the device answers itself: performance
 * management, out of the port's counters. It is also where the core takes the
 * files below ports/1/counters from.
 */
#include <rdma/ib_pma.h>

#include "rxe.h"

/* of a response, 4.096 us << n */
#define RXE_PMA_RESP_TIME	18

static __be16 rxe_sat16(u64 value)
{
	return cpu_to_be16(min_t(u64, value, U16_MAX));
}

static __be32 rxe_sat32(u64 value)
{
	return cpu_to_be32(min_t(u64, value, U32_MAX));
}

/* what was received and could not be used */
static u64 rxe_receive_errors(struct rxe_dev *rxe)
{
	return rxe_stats_sum(rxe, RXE_ICRC_ERRORS) +
	       rxe_stats_sum(rxe, RXE_MALFORMED_PKTS) +
	       rxe_stats_sum(rxe, RXE_UNKNOWN_QP) +
	       rxe_stats_sum(rxe, RXE_WRONG_ADDRESS);
}

static void rxe_pma_class_info(struct ib_pma_mad *out)
{
	struct ib_class_port_info *info = (void *)out->data;

	*info = (struct ib_class_port_info) {
		.base_version = IB_MGMT_BASE_VERSION,
		.class_version = 1,
		.capability_mask = IB_PMA_CLASS_CAP_EXT_WIDTH,
	};
	ib_set_cpi_resp_time(info, RXE_PMA_RESP_TIME);
}

/* data is counted in words of four bytes */
static void rxe_pma_counters(struct rxe_dev *rxe, struct ib_pma_mad *out)
{
	struct ib_pma_portcounters *counters = (void *)out->data;

	*counters = (struct ib_pma_portcounters) {
		.port_select = 1,
		.link_downed_counter = min_t(u64, rxe_stats_sum(rxe, RXE_LINK_DOWNED), U8_MAX),
		.port_rcv_errors = rxe_sat16(rxe_receive_errors(rxe)),
		.port_xmit_discards = rxe_sat16(rxe_stats_sum(rxe, RXE_SEND_ERR)),
		.port_xmit_data = rxe_sat32(rxe_stats_sum(rxe, RXE_SENT_BYTES) / 4),
		.port_rcv_data = rxe_sat32(rxe_stats_sum(rxe, RXE_RCVD_BYTES) / 4),
		.port_xmit_packets = rxe_sat32(rxe_stats_sum(rxe, RXE_SENT_PKTS)),
		.port_rcv_packets = rxe_sat32(rxe_stats_sum(rxe, RXE_RCVD_PKTS)),
		.port_xmit_wait = rxe_sat32(rxe_stats_sum(rxe, RXE_BACKPRESSURE)),
	};
}

/* unicast and multicast are not counted apart */
static void rxe_pma_counters_ext(struct rxe_dev *rxe, struct ib_pma_mad *out)
{
	struct ib_pma_portcounters_ext *counters = (void *)out->data;

	*counters = (struct ib_pma_portcounters_ext) {
		.port_select = 1,
		.port_xmit_data = cpu_to_be64(rxe_stats_sum(rxe, RXE_SENT_BYTES) / 4),
		.port_rcv_data = cpu_to_be64(rxe_stats_sum(rxe, RXE_RCVD_BYTES) / 4),
		.port_xmit_packets = cpu_to_be64(rxe_stats_sum(rxe, RXE_SENT_PKTS)),
		.port_rcv_packets = cpu_to_be64(rxe_stats_sum(rxe, RXE_RCVD_PKTS)),
		.port_unicast_xmit_packets = cpu_to_be64(rxe_stats_sum(rxe, RXE_SENT_PKTS)),
		.port_unicast_rcv_packets = cpu_to_be64(rxe_stats_sum(rxe, RXE_RCVD_PKTS)),
	};
}

/* returns the status of the answer */
static u16 rxe_pma_get(struct rxe_dev *rxe, const struct ib_pma_mad *in,
		       struct ib_pma_mad *out)
{
	/* both kinds of counters have the port at the same place */
	const u8 port_select = in->data[offsetof(struct ib_pma_portcounters, port_select)];

	switch (in->mad_hdr.attr_id) {
	case IB_PMA_CLASS_PORT_INFO:
		rxe_pma_class_info(out);
		return IB_MGMT_MAD_STATUS_SUCCESS;
	case IB_PMA_PORT_COUNTERS:
		if (port_select != 1)
			return IB_MGMT_MAD_STATUS_INVALID_ATTRIB_VALUE;
		rxe_pma_counters(rxe, out);
		return IB_MGMT_MAD_STATUS_SUCCESS;
	case IB_PMA_PORT_COUNTERS_EXT:
		if (port_select != 1)
			return IB_MGMT_MAD_STATUS_INVALID_ATTRIB_VALUE;
		rxe_pma_counters_ext(rxe, out);
		return IB_MGMT_MAD_STATUS_SUCCESS;
	default:
		return IB_MGMT_MAD_STATUS_UNSUPPORTED_METHOD_ATTRIB;
	}
}

/*
 * Sees every datagram to QP1, those of the connection manager among them;
 * what is no question to performance management goes on to the core's agents.
 */
int rxe_process_mad(struct ib_device *ib, int flags, u32 port, const struct ib_wc *wc,
		    const struct ib_grh *grh, const struct ib_mad *in_mad,
		    struct ib_mad *out_mad, size_t *out_size, u16 *out_pkey_index)
{
	const struct ib_pma_mad *in = (const void *)in_mad;
	struct ib_pma_mad *out = (void *)out_mad;
	u16 status;

	if (in->mad_hdr.mgmt_class != IB_MGMT_CLASS_PERF_MGMT ||
	    (in->mad_hdr.method != IB_MGMT_METHOD_GET &&
	     in->mad_hdr.method != IB_MGMT_METHOD_SET))
		return IB_MAD_RESULT_SUCCESS;

	memset(out, 0, sizeof(*out));
	out->mad_hdr = in->mad_hdr;
	out->mad_hdr.method = IB_MGMT_METHOD_GET_RESP;

	if (in->mad_hdr.class_version != 1)
		status = IB_MGMT_MAD_STATUS_BAD_VERSION;
	else if (in->mad_hdr.method != IB_MGMT_METHOD_GET)
		status = IB_MGMT_MAD_STATUS_UNSUPPORTED_METHOD_ATTRIB;
	else
		status = rxe_pma_get(to_rxe(ib), in, out);
	out->mad_hdr.status = cpu_to_be16(status);
	return IB_MAD_RESULT_SUCCESS | IB_MAD_RESULT_REPLY;
}
