/* SPDX-License-Identifier: GPL-2.0 */
/* Trace events of the server, system rnbd_srv. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM rnbd_srv

#if !defined(RNBD_SRV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define RNBD_SRV_TRACE_H

#include <linux/tracepoint.h>

#include "rnbd-proto.h"

DECLARE_EVENT_CLASS(rnbd_srv_session,
	TP_PROTO(const char *sessname),
	TP_ARGS(sessname),
	TP_STRUCT__entry(
		__string(sessname, sessname)
	),
	TP_fast_assign(
		__assign_str(sessname);
	),
	TP_printk("session=%s", __get_str(sessname))
);

DEFINE_EVENT(rnbd_srv_session, create_sess,
	TP_PROTO(const char *sessname), TP_ARGS(sessname));
DEFINE_EVENT(rnbd_srv_session, destroy_sess,
	TP_PROTO(const char *sessname), TP_ARGS(sessname));

TRACE_EVENT(process_rdma,
	TP_PROTO(const char *sessname, u8 version, u32 device_id, u64 sector,
		 u32 rw, u32 bytes, u16 prio, size_t data_len, size_t msg_len),
	TP_ARGS(sessname, version, device_id, sector, rw, bytes, prio,
		data_len, msg_len),
	TP_STRUCT__entry(
		__string(sessname, sessname)
		__field(u8, version)
		__field(u32, device_id)
		__field(u64, sector)
		__field(u32, rw)
		__field(u32, bytes)
		__field(u16, prio)
		__field(size_t, data_len)
		__field(size_t, msg_len)
	),
	TP_fast_assign(
		__assign_str(sessname);
		__entry->version = version;
		__entry->device_id = device_id;
		__entry->sector = sector;
		__entry->rw = rw;
		__entry->bytes = bytes;
		__entry->prio = prio;
		__entry->data_len = data_len;
		__entry->msg_len = msg_len;
	),
	TP_printk("session=%s version=%u id=%u rw=%#x sector=%llu bytes=%u prio=%u data_len=%zu msg_len=%zu",
		  __get_str(sessname), __entry->version, __entry->device_id,
		  __entry->rw, __entry->sector, __entry->bytes, __entry->prio,
		  __entry->data_len, __entry->msg_len)
);

TRACE_EVENT(process_msg_sess_info,
	TP_PROTO(const char *sessname, u8 version),
	TP_ARGS(sessname, version),
	TP_STRUCT__entry(
		__string(sessname, sessname)
		__field(u8, version)
	),
	TP_fast_assign(
		__assign_str(sessname);
		__entry->version = version;
	),
	TP_printk("session=%s version=%u", __get_str(sessname),
		  __entry->version)
);

TRACE_EVENT(process_msg_open,
	TP_PROTO(const char *sessname, const char *path, u8 access),
	TP_ARGS(sessname, path, access),
	TP_STRUCT__entry(
		__string(sessname, sessname)
		__string(path, path)
		__field(u8, access)
	),
	TP_fast_assign(
		__assign_str(sessname);
		__assign_str(path);
		__entry->access = access;
	),
	TP_printk("session=%s path=%s access=%s", __get_str(sessname),
		  __get_str(path),
		  __print_symbolic(__entry->access,
				   { RNBD_ACCESS_RO, "ro" },
				   { RNBD_ACCESS_RW, "rw" },
				   { RNBD_ACCESS_MIGRATION, "migration" }))
);

TRACE_EVENT(process_msg_close,
	TP_PROTO(const char *sessname, u32 device_id),
	TP_ARGS(sessname, device_id),
	TP_STRUCT__entry(
		__string(sessname, sessname)
		__field(u32, device_id)
	),
	TP_fast_assign(
		__assign_str(sessname);
		__entry->device_id = device_id;
	),
	TP_printk("session=%s id=%u", __get_str(sessname), __entry->device_id)
);

#endif /* RNBD_SRV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE rnbd-srv-trace
#include <trace/define_trace.h>
