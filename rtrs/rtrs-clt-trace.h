/* SPDX-License-Identifier: GPL-2.0 */
/* Trace points of the client, one class: where a path is in its life. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM rtrs_clt

#if !defined(RTRS_CLT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define RTRS_CLT_TRACE_H

#include <linux/tracepoint.h>

struct rtrs_clt_path;

DECLARE_EVENT_CLASS(rtrs_clt_path_class,
	TP_PROTO(struct rtrs_clt_path *path),
	TP_ARGS(path),
	TP_STRUCT__entry(
		__field(int, state)
		__field(unsigned int, attempts)
		__field(int, max_attempts)
		__field(int, fail)
		__field(int, success)
		__string(path, path->text)
	),
	TP_fast_assign(
		__entry->state = path->state;
		__entry->attempts = path->attempts;
		__entry->max_attempts = path->sess->max_reconnects;
		__entry->fail = atomic_read(&path->nr_connect_fails);
		__entry->success = atomic_read(&path->nr_connects);
		__assign_str(path);
	),
	TP_printk("path=%s state=%s attempts=%u max_attempts=%d fail=%d success=%d",
		  __get_str(path), rtrs_clt_state_name(__entry->state),
		  __entry->attempts, __entry->max_attempts, __entry->fail,
		  __entry->success)
);

DEFINE_EVENT(rtrs_clt_path_class, rtrs_clt_reconnect_work,
	TP_PROTO(struct rtrs_clt_path *path),
	TP_ARGS(path)
);

DEFINE_EVENT(rtrs_clt_path_class, rtrs_clt_close_conns,
	TP_PROTO(struct rtrs_clt_path *path),
	TP_ARGS(path)
);

DEFINE_EVENT(rtrs_clt_path_class, rtrs_rdma_error_recovery,
	TP_PROTO(struct rtrs_clt_path *path),
	TP_ARGS(path)
);

#endif /* RTRS_CLT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE rtrs-clt-trace
#include <trace/define_trace.h>
