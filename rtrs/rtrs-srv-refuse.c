// SPDX-License-Identifier: GPL-2.0
/*
 * Refusals: their names, their counters, one rate limited line each, and
 * whether the path survives.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "rtrs-srv.h"

static const struct {
	const char	*name;
	bool		closes;
} refusals[RTRS_SRV_REFUSALS] = {
	[RTRS_SRV_REFUSE_CONN_SHORT]		= { "connect_short" },
	[RTRS_SRV_REFUSE_CONN_MAGIC]		= { "connect_magic" },
	[RTRS_SRV_REFUSE_CONN_VERSION]		= { "connect_version" },
	[RTRS_SRV_REFUSE_CONN_CIDS]		= { "connect_connections" },
	[RTRS_SRV_REFUSE_CONN_NO_SESSION]	= { "connect_no_session" },
	[RTRS_SRV_REFUSE_CONN_SESSIONS]		= { "connect_max_sessions" },
	[RTRS_SRV_REFUSE_CONN_HALF_OPEN]	= { "connect_max_half_open" },
	[RTRS_SRV_REFUSE_CONN_TOTAL]		= { "connect_max_total" },
	[RTRS_SRV_REFUSE_CONN_MEMORY]		= { "connect_memory" },
	[RTRS_SRV_REFUSE_CONN_PATH_BUSY]	= { "connect_path_busy" },
	[RTRS_SRV_REFUSE_CONN_PATH_RENEWED]	= { "connect_path_renewed" },
	[RTRS_SRV_REFUSE_CONN_UNLIKE]		= { "connect_unlike_first" },
	[RTRS_SRV_REFUSE_CONN_CID_TAKEN]	= { "connect_connection_taken" },
	[RTRS_SRV_REFUSE_CONN_PATHS]		= { "connect_max_paths" },
	[RTRS_SRV_REFUSE_CONN_ADDRESS]		= { "connect_address_taken" },
	[RTRS_SRV_REFUSE_CONN_DEVICE]		= { "connect_device" },
	[RTRS_SRV_REFUSE_HALF_OPEN_EXPIRED]	= { "half_open_expired", true },
	[RTRS_SRV_REFUSE_INFO_MESSAGE]		= { "info_message", true },
	[RTRS_SRV_REFUSE_INFO_NAME]		= { "info_name", true },
	[RTRS_SRV_REFUSE_INFO_NAME_TAKEN]	= { "info_name_taken", true },
	[RTRS_SRV_REFUSE_INFO_CONNS]		= { "info_connections", true },
	[RTRS_SRV_REFUSE_INFO_CHUNK_MEMORY]	= { "chunk_memory", true },
	[RTRS_SRV_REFUSE_INFO_DEVICE]		= { "info_device", true },
	[RTRS_SRV_REFUSE_INFO_SYSFS]		= { "info_sysfs", true },
	[RTRS_SRV_REFUSE_INFO_UPPER]		= { "info_upper_layer", true },
	[RTRS_SRV_REFUSE_EARLY]			= { "early", true },
	[RTRS_SRV_REFUSE_OPCODE]		= { "opcode", true },
	[RTRS_SRV_REFUSE_IMM_TYPE]		= { "immediate_type" },
	[RTRS_SRV_REFUSE_CHUNK_ID]		= { "chunk_id", true },
	[RTRS_SRV_REFUSE_HDR_RANGE]		= { "header_range", true },
	[RTRS_SRV_REFUSE_HDR_TYPE]		= { "header_type", true },
	[RTRS_SRV_REFUSE_USR_LEN]		= { "user_length" },
	[RTRS_SRV_REFUSE_DATA_LEN]		= { "data_length" },
	[RTRS_SRV_REFUSE_FLAGS]			= { "flags" },
	[RTRS_SRV_REFUSE_SG_CNT]		= { "descriptor_count" },
	[RTRS_SRV_REFUSE_DESC_LEN]		= { "descriptor_length" },
	[RTRS_SRV_REFUSE_CHUNK_BUSY]		= { "chunk_busy", true },
	[RTRS_SRV_REFUSE_MSG_MEMORY]		= { "message_memory" },
	[RTRS_SRV_REFUSE_FENCE]			= { "fence", true },
};

static atomic64_t totals[RTRS_SRV_REFUSALS];

/**
 * rtrs_srv_refusal_closes() - does a refusal end its path?
 * @why: reason
 */
bool rtrs_srv_refusal_closes(enum rtrs_srv_refusal why)
{
	return refusals[why].closes;
}

/**
 * rtrs_srv_refuse() - count a refusal, and close the path if it has to be
 * @path: path
 * @why: reason
 *
 * Context: any.
 */
void rtrs_srv_refuse(struct rtrs_srv_path *path, enum rtrs_srv_refusal why)
{
	atomic64_inc(&path->refused[why]);
	atomic64_inc(&totals[why]);
	pr_info_ratelimited("%s: refused: %s%s\n", rtrs_srv_path_label(path),
			    refusals[why].name,
			    refusals[why].closes ? ", closing the path" : "");
	if (refusals[why].closes)
		rtrs_srv_path_close(path);
}

/**
 * rtrs_srv_refuse_conn() - count the refusal of a connect request
 * @peer: addresses, as text
 * @why: reason
 */
void rtrs_srv_refuse_conn(const char *peer, enum rtrs_srv_refusal why)
{
	atomic64_inc(&totals[why]);
	pr_info_ratelimited("%s: refused: %s\n", peer, refusals[why].name);
}

/**
 * rtrs_srv_refuse_show() - print refusals, one "name value" a line
 * @buf: a page
 * @path: those of this path, or those of the module if NULL
 *
 * Return: bytes printed.
 */
int rtrs_srv_refuse_show(char *buf, const struct rtrs_srv_path *path)
{
	unsigned int i = path ? RTRS_SRV_REFUSE_OF_PATH : RTRS_SRV_ACCEPTED + 1;
	const atomic64_t *counters = path ? path->refused : totals;
	int n = 0;

	for (; i < RTRS_SRV_REFUSALS; i++)
		n += sysfs_emit_at(buf, n, "%s %lld\n", refusals[i].name,
				   atomic64_read(&counters[i]));
	return n;
}
