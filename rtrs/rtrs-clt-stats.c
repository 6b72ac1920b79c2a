// SPDX-License-Identifier: GPL-2.0
/*
 * What a path has done: counted on each CPU, summed up when somebody looks.
 * doc: man/rtrs.7, "stats".
 */
#include <linux/percpu.h>
#include <linux/sysfs.h>

#include "rtrs-clt.h"

/* A request goes onto a path. Any context. */
void rtrs_clt_stats_start(struct rtrs_clt_path *path, int dir, u32 bytes,
			  bool failed_over)
{
	if (dir == READ) {
		this_cpu_inc(path->pcpu->reads);
		this_cpu_add(path->pcpu->read_bytes, bytes);
	} else {
		this_cpu_inc(path->pcpu->writes);
		this_cpu_add(path->pcpu->write_bytes, bytes);
	}
	if (failed_over)
		this_cpu_inc(path->pcpu->failed_over);
}

/* It leaves, perhaps on another CPU than its permit was taken on. */
void rtrs_clt_stats_end(struct rtrs_clt_path *path,
			const struct rtrs_permit *permit)
{
	int cpu = raw_smp_processor_id();

	if (likely(permit->cpu == cpu))
		return;
	this_cpu_inc(path->pcpu->migrated_to);
	/* of another CPU: an increment may get lost, it only is a statistic */
	per_cpu_ptr(path->pcpu, permit->cpu)->migrated_from++;
}

static struct rtrs_clt_path *to_path(struct kobject *kobj)
{
	return container_of(kobj, struct rtrs_clt_path, kobj);
}

/* The counters of a file, and how it is reset by writing 1. */
struct stat_attr {
	struct kobj_attribute	attr;
	void			(*reset)(struct rtrs_clt_path *path);
};

static void reset_rdma(struct rtrs_clt_path *path)
{
	struct rtrs_clt_pcpu *s;
	int cpu;

	for_each_possible_cpu(cpu) {
		s = per_cpu_ptr(path->pcpu, cpu);
		s->reads = 0;
		s->read_bytes = 0;
		s->writes = 0;
		s->write_bytes = 0;
		s->failed_over = 0;
	}
}

static void reset_migration(struct rtrs_clt_path *path)
{
	struct rtrs_clt_pcpu *s;
	int cpu;

	for_each_possible_cpu(cpu) {
		s = per_cpu_ptr(path->pcpu, cpu);
		s->migrated_from = 0;
		s->migrated_to = 0;
	}
}

static void reset_reconnects(struct rtrs_clt_path *path)
{
	atomic_set(&path->nr_connects, 0);
	atomic_set(&path->nr_connect_fails, 0);
}

static void reset_refused(struct rtrs_clt_path *path)
{
	int r;

	for (r = 0; r < RTRS_CLT_NR_REFUSALS; r++)
		atomic_set(&path->refused[r], 0);
}

/* What is in flight stays counted: it will still end. */
static void reset_all(struct rtrs_clt_path *path)
{
	reset_rdma(path);
	reset_migration(path);
	reset_reconnects(path);
	reset_refused(path);
}

static ssize_t reset_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	if (!sysfs_streq(buf, "1"))
		return -EINVAL;
	container_of(attr, struct stat_attr, attr)->reset(to_path(kobj));
	return count;
}

static ssize_t rdma_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	struct rtrs_clt_path *path = to_path(kobj);
	struct rtrs_clt_pcpu sum = { };
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct rtrs_clt_pcpu *s = per_cpu_ptr(path->pcpu, cpu);

		sum.reads += s->reads;
		sum.read_bytes += s->read_bytes;
		sum.writes += s->writes;
		sum.write_bytes += s->write_bytes;
		sum.failed_over += s->failed_over;
	}
	return sysfs_emit(buf, "%llu %llu %llu %llu %d %llu\n", sum.reads,
			  sum.read_bytes, sum.writes, sum.write_bytes,
			  atomic_read(&path->inflight), sum.failed_over);
}

static ssize_t reconnects_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	struct rtrs_clt_path *path = to_path(kobj);

	return sysfs_emit(buf, "%d %d\n", atomic_read(&path->nr_connects),
			  atomic_read(&path->nr_connect_fails));
}

static ssize_t migration_show(struct kobject *kobj, char *buf, size_t offset)
{
	struct rtrs_clt_path *path = to_path(kobj);
	int cpu, len = 0;

	for_each_possible_cpu(cpu) {
		const void *s = per_cpu_ptr(path->pcpu, cpu);

		len += sysfs_emit_at(buf, len, "%d ", *(u32 *)(s + offset));
	}
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t cpu_migration_from_show(struct kobject *kobj,
				       struct kobj_attribute *attr, char *buf)
{
	return migration_show(kobj, buf,
			      offsetof(struct rtrs_clt_pcpu, migrated_from));
}

static ssize_t cpu_migration_to_show(struct kobject *kobj,
				     struct kobj_attribute *attr, char *buf)
{
	return migration_show(kobj, buf,
			      offsetof(struct rtrs_clt_pcpu, migrated_to));
}

static ssize_t reset_all_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "Usage: echo 1 > %s\n", attr->attr.name);
}

static ssize_t refused_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	struct rtrs_clt_path *path = to_path(kobj);
	int r, len = 0;

	for (r = 0; r < RTRS_CLT_NR_REFUSALS; r++)
		len += sysfs_emit_at(buf, len, "%s %d\n",
				     rtrs_clt_refusal_name(r),
				     atomic_read(&path->refused[r]));
	return len;
}

#define STAT(_name, _reset)						\
	static struct stat_attr stat_##_name = {			\
		.attr	= __ATTR(_name, 0644, _name##_show, reset_store), \
		.reset	= _reset,					\
	}

STAT(rdma, reset_rdma);
STAT(reconnects, reset_reconnects);
STAT(cpu_migration_from, reset_migration);
STAT(cpu_migration_to, reset_migration);
STAT(reset_all, reset_all);
STAT(refused, reset_refused);

static struct attribute *stats_attrs[] = {
	&stat_rdma.attr.attr,
	&stat_reconnects.attr.attr,
	&stat_cpu_migration_from.attr.attr,
	&stat_cpu_migration_to.attr.attr,
	&stat_reset_all.attr.attr,
	&stat_refused.attr.attr,
	NULL,
};

const struct attribute_group rtrs_clt_stats_group = {
	.name	= "stats",
	.attrs	= stats_attrs,
};
