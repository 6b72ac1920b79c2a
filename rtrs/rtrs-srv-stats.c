// SPDX-License-Identifier: GPL-2.0
/* Counting what a path carries; each CPU counts for itself. */
#include "rtrs-srv.h"

/**
 * rtrs_srv_stats_show() - print stats/rdma
 * @path: path
 * @buf: a page
 *
 * Return: bytes printed.
 */
int rtrs_srv_stats_show(const struct rtrs_srv_path *path, char *buf)
{
	u64 requests[2] = { 0 }, bytes[2] = { 0 };
	int cpu, dir;

	for_each_possible_cpu(cpu) {
		const struct rtrs_srv_pcpu *pcpu = per_cpu_ptr(path->pcpu, cpu);

		for (dir = READ; dir <= WRITE; dir++) {
			requests[dir] += READ_ONCE(pcpu->requests[dir]);
			bytes[dir] += READ_ONCE(pcpu->bytes[dir]);
		}
	}
	return sysfs_emit(buf, "%llu %llu %llu %llu\n", requests[READ],
			  bytes[READ], requests[WRITE], bytes[WRITE]);
}

/**
 * rtrs_srv_stats_reset() - begin to count stats/rdma anew
 * @path: path
 *
 * A request counted at the same time may be lost from the statistics; the
 * operations under way are counted elsewhere.
 */
void rtrs_srv_stats_reset(struct rtrs_srv_path *path)
{
	int cpu, dir;

	for_each_possible_cpu(cpu) {
		struct rtrs_srv_pcpu *pcpu = per_cpu_ptr(path->pcpu, cpu);

		for (dir = READ; dir <= WRITE; dir++) {
			WRITE_ONCE(pcpu->requests[dir], 0);
			WRITE_ONCE(pcpu->bytes[dir], 0);
		}
	}
}
