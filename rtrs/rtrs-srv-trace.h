/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoint rtrs_srv:send_io_resp_imm: an answer is about to be posted. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM rtrs_srv

#if !defined(RTRS_SRV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define RTRS_SRV_TRACE_H

#include <linux/tracepoint.h>

#include "rtrs-srv.h"

TRACE_EVENT(send_io_resp_imm,
	TP_PROTO(const struct rtrs_srv_slot *slot),
	TP_ARGS(slot),
	TP_STRUCT__entry(
		__field(bool, write)
		__field(bool, need_inval)
		__field(bool, always_invalidate)
		__field(u16, chunk_id)
		__field(u32, sends_unsignaled)
		__field(u32, signal_interval)
		__field(u32, state)
		__field(int, err)
		__string(path, slot->path->name)
	),
	TP_fast_assign(
		__entry->write = slot->req.write;
		__entry->need_inval = slot->req.invalidate;
		__entry->always_invalidate = rtrs_srv_geo.invalidate;
		__entry->chunk_id = slot->id;
		__entry->sends_unsignaled = slot->con->base.sq_unsignaled;
		__entry->signal_interval = slot->con->base.sq_interval;
		__entry->state = slot->path->state;
		__entry->err = slot->err;
		__assign_str(path);
	),
	TP_printk("%s: %s chunk=%u err=%d state=%s need_inval=%d always_invalidate=%d sends=%u interval=%u",
		  __get_str(path), __entry->write ? "write" : "read",
		  __entry->chunk_id, __entry->err,
		  __print_symbolic(__entry->state,
				   { RTRS_SRV_PATH_CONNECTING, "connecting" },
				   { RTRS_SRV_PATH_CONNECTED, "connected" },
				   { RTRS_SRV_PATH_CLOSING, "closing" },
				   { RTRS_SRV_PATH_CLOSED, "closed" }),
		  __entry->need_inval, __entry->always_invalidate,
		  __entry->sends_unsignaled, __entry->signal_interval)
);

#endif /* RTRS_SRV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE rtrs-srv-trace
#include <trace/define_trace.h>
