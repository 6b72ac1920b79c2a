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
	struct rtrs_clt_pcpu *s = get_cpu_ptr(path->pcpu);

	if (dir == READ) {
		s->reads++;
		s->read_bytes += bytes;
	} else {
		s->writes++;
		s->write_bytes += bytes;
	}
	s->failed_over += failed_over;
	put_cpu_ptr(path->pcpu);
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

static void reset_rdma(struct rtrs_clt_path *path)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct rtrs_clt_pcpu *s = per_cpu_ptr(path->pcpu, cpu);

		s->reads = 0;
		s->read_bytes = 0;
		s->writes = 0;
		s->write_bytes = 0;
		s->failed_over = 0;
	}
}

static void reset_migration(struct rtrs_clt_path *path)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct rtrs_clt_pcpu *s = per_cpu_ptr(path->pcpu, cpu);

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

static ssize_t reset(struct kobject *kobj, const char *buf, size_t count,
		     void (*what)(struct rtrs_clt_path *path))
{
	if (!sysfs_streq(buf, "1"))
		return -EINVAL;
	what(to_path(kobj));
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

static ssize_t rdma_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	return reset(kobj, buf, count, reset_rdma);
}

static ssize_t reconnects_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	struct rtrs_clt_path *path = to_path(kobj);

	return sysfs_emit(buf, "%d %d\n", atomic_read(&path->nr_connects),
			  atomic_read(&path->nr_connect_fails));
}

static ssize_t reconnects_store(struct kobject *kobj,
				struct kobj_attribute *attr, const char *buf,
				size_t count)
{
	return reset(kobj, buf, count, reset_reconnects);
}

static ssize_t cpu_migration_from_show(struct kobject *kobj,
				       struct kobj_attribute *attr, char *buf)
{
	struct rtrs_clt_path *path = to_path(kobj);
	int cpu, len = 0;

	for_each_possible_cpu(cpu)
		len += sysfs_emit_at(buf, len, "%d ",
				     per_cpu_ptr(path->pcpu, cpu)->migrated_from);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t cpu_migration_from_store(struct kobject *kobj,
					struct kobj_attribute *attr,
					const char *buf, size_t count)
{
	return reset(kobj, buf, count, reset_migration);
}

static ssize_t cpu_migration_to_show(struct kobject *kobj,
				     struct kobj_attribute *attr, char *buf)
{
	struct rtrs_clt_path *path = to_path(kobj);
	int cpu, len = 0;

	for_each_possible_cpu(cpu)
		len += sysfs_emit_at(buf, len, "%d ",
				     per_cpu_ptr(path->pcpu, cpu)->migrated_to);
	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t cpu_migration_to_store(struct kobject *kobj,
				      struct kobj_attribute *attr,
				      const char *buf, size_t count)
{
	return reset(kobj, buf, count, reset_migration);
}

static ssize_t reset_all_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "Usage: echo 1 > %s\n", attr->attr.name);
}

static ssize_t reset_all_store(struct kobject *kobj,
			       struct kobj_attribute *attr, const char *buf,
			       size_t count)
{
	return reset(kobj, buf, count, reset_all);
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

static ssize_t refused_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	return reset(kobj, buf, count, reset_refused);
}

static struct kobj_attribute rdma_attr = __ATTR_RW(rdma);
static struct kobj_attribute reconnects_attr = __ATTR_RW(reconnects);
static struct kobj_attribute cpu_migration_from_attr =
	__ATTR_RW(cpu_migration_from);
static struct kobj_attribute cpu_migration_to_attr =
	__ATTR_RW(cpu_migration_to);
static struct kobj_attribute reset_all_attr = __ATTR_RW(reset_all);
static struct kobj_attribute refused_attr = __ATTR_RW(refused);

static struct attribute *stats_attrs[] = {
	&rdma_attr.attr,
	&reconnects_attr.attr,
	&cpu_migration_from_attr.attr,
	&cpu_migration_to_attr.attr,
	&reset_all_attr.attr,
	&refused_attr.attr,
	NULL,
};

const struct attribute_group rtrs_clt_stats_group = {
	.name	= "stats",
	.attrs	= stats_attrs,
};
