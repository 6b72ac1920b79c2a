// SPDX-License-Identifier: GPL-2.0
/*
 * Show sessions and paths, and steer them. man/rtrs.7 lists each file with
 * mode, unit, range and errno.
 */
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include "rtrs-clt.h"

/* ---------------------------------------------------------------- sessions */

static struct rtrs_clt_sess *to_sess(struct device *dev)
{
	return container_of(dev, struct rtrs_clt_sess, dev);
}

static ssize_t max_reconnect_attempts_show(struct device *dev,
					   struct device_attribute *attr,
					   char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(to_sess(dev)->max_reconnects));
}

static ssize_t max_reconnect_attempts_store(struct device *dev,
					    struct device_attribute *attr,
					    const char *buf, size_t count)
{
	int most;
	int err = kstrtoint(buf, 10, &most);

	if (err)
		return err;
	if (most < -1 || most > RTRS_CLT_MAX_RECONNECTS)
		return -EINVAL;
	WRITE_ONCE(to_sess(dev)->max_reconnects, most);
	return count;
}
static DEVICE_ATTR_RW(max_reconnect_attempts);

static ssize_t mpath_policy_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	enum rtrs_policy policy = READ_ONCE(to_sess(dev)->policy);

	return sysfs_emit(buf, "%s (%s: %d)\n", rtrs_policy_name(policy),
			  rtrs_policy_short_name(policy), policy);
}

static ssize_t mpath_policy_store(struct device *dev,
				  struct device_attribute *attr,
				  const char *buf, size_t count)
{
	int policy = rtrs_policy_parse(buf);

	if (policy < 0)
		return policy;
	WRITE_ONCE(to_sess(dev)->policy, policy);
	return count;
}
static DEVICE_ATTR_RW(mpath_policy);

static ssize_t add_path_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "Usage: echo [<source addr>@]<destination addr> > %s\n",
			  attr->attr.name);
}

static ssize_t add_path_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t count)
{
	struct rtrs_clt_sess *sess = to_sess(dev);
	struct sockaddr_storage src, dst;
	struct rtrs_addr addr = {
		.src = &src,
		.dst = &dst,
	};
	size_t len = count;
	int err;

	if (len && buf[len - 1] == '\n')
		len--;
	if (rtrs_addr_to_sockaddr(buf, len, sess->port, &addr))
		return -EINVAL;
	err = rtrs_clt_add_path(sess, &addr);
	return err ? err : count;
}
static DEVICE_ATTR_RW(add_path);

/* Settings that are one number: where it is, and its range. */
struct number_attr {
	struct device_attribute	dev_attr;
	size_t			offset;
	unsigned int		least;
	unsigned int		most;
	bool			zero_too;
	void			(*changed)(struct rtrs_clt_sess *sess);
};

static unsigned int *number(struct device *dev, struct device_attribute *attr,
			    const struct number_attr **n)
{
	*n = container_of(attr, struct number_attr, dev_attr);
	return (void *)to_sess(dev) + (*n)->offset;
}

static ssize_t number_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	const struct number_attr *n;

	return sysfs_emit(buf, "%u\n", READ_ONCE(*number(dev, attr, &n)));
}

static ssize_t number_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	const struct number_attr *n;
	unsigned int *at = number(dev, attr, &n);
	unsigned int value;
	int err = kstrtouint(buf, 10, &value);

	if (err)
		return err;
	if ((value < n->least && !(n->zero_too && !value)) || value > n->most)
		return -ERANGE;
	WRITE_ONCE(*at, value);
	if (n->changed)
		n->changed(to_sess(dev));
	return count;
}

#define NUMBER(_name, _member, _least, _most)				\
	static struct number_attr number_##_name = {			\
		.dev_attr = __ATTR(_name, 0644, number_show, number_store),	\
		.offset	  = offsetof(struct rtrs_clt_sess, _member),	\
		.least	  = _least,					\
		.most	  = _most,					\
	}

NUMBER(hb_interval_ms, hb_conf.interval_ms, 50, 60000);
NUMBER(hb_missed_max, hb_conf.missed_max, 2, 100);
NUMBER(hb_idle_interval_ms, hb_conf.idle_interval_ms, 1000, 600000);
NUMBER(reconnect_delay_ms, reconnect_delay_ms, 0, 600000);
NUMBER(fence_wait_ms, fence_wait_ms, 0, 60000);

static struct number_attr number_request_timeout_ms = {
	.dev_attr = __ATTR(request_timeout_ms, 0644, number_show, number_store),
	.offset	  = offsetof(struct rtrs_clt_sess, request_timeout_ms),
	.least	  = 1000,
	.most	  = 3600000,
	.zero_too = true,
	.changed  = rtrs_clt_timeout_set,
};

static struct attribute *sess_attrs[] = {
	&dev_attr_max_reconnect_attempts.attr,
	&dev_attr_mpath_policy.attr,
	&dev_attr_add_path.attr,
	&number_hb_interval_ms.dev_attr.attr,
	&number_hb_missed_max.dev_attr.attr,
	&number_hb_idle_interval_ms.dev_attr.attr,
	&number_reconnect_delay_ms.dev_attr.attr,
	&number_fence_wait_ms.dev_attr.attr,
	&number_request_timeout_ms.dev_attr.attr,
	NULL,
};

static const struct attribute_group sess_group = {
	.attrs = sess_attrs,
};

const struct attribute_group *rtrs_clt_sess_groups[] = {
	&sess_group,
	NULL,
};

/* ------------------------------------------------------------------- paths */

static struct rtrs_clt_path *to_path(struct kobject *kobj)
{
	return container_of(kobj, struct rtrs_clt_path, kobj);
}

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  rtrs_clt_path_is(to_path(kobj), RTRS_CLT_CONNECTED) ?
			  "connected" : "disconnected");
}

static ssize_t state_detail_show(struct kobject *kobj,
				 struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  rtrs_clt_state_name(READ_ONCE(to_path(kobj)->state)));
}

static ssize_t hca_name_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%s\n", to_path(kobj)->hca_name);
}

static ssize_t hca_port_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%u\n", to_path(kobj)->hca_port);
}

static ssize_t src_addr_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%s\n", to_path(kobj)->src_text);
}

static ssize_t dst_addr_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%s\n", to_path(kobj)->dst_text);
}

static ssize_t cur_latency_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu ns\n",
			  rtrs_hb_latency_ns(&to_path(kobj)->hb));
}

static ssize_t action_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "Usage: echo 1 > %s\n", attr->attr.name);
}

static ssize_t reconnect_store(struct kobject *kobj, struct kobj_attribute *attr,
			       const char *buf, size_t count)
{
	int err;

	if (!sysfs_streq(buf, "1"))
		return -EINVAL;
	err = rtrs_clt_path_reconnect(to_path(kobj));
	return err ? err : count;
}

static ssize_t disconnect_store(struct kobject *kobj,
				struct kobj_attribute *attr, const char *buf,
				size_t count)
{
	int err;

	if (!sysfs_streq(buf, "1"))
		return -EINVAL;
	err = rtrs_clt_path_disconnect(to_path(kobj));
	return err ? err : count;
}

static ssize_t remove_path_store(struct kobject *kobj,
				 struct kobj_attribute *attr, const char *buf,
				 size_t count)
{
	struct rtrs_clt_path *path = to_path(kobj);

	if (!sysfs_streq(buf, "1"))
		return -EINVAL;
	/*
	 * Its directory goes with it, which must not wait for this call; so
	 * being inside the file does not keep the path any longer.
	 */
	kobject_get(kobj);
	if (sysfs_remove_file_self(kobj, &attr->attr))
		rtrs_clt_path_remove(path);
	kobject_put(kobj);
	return count;
}

static struct kobj_attribute state_attr = __ATTR_RO(state);
static struct kobj_attribute state_detail_attr = __ATTR_RO(state_detail);
static struct kobj_attribute hca_name_attr = __ATTR_RO(hca_name);
static struct kobj_attribute hca_port_attr = __ATTR_RO(hca_port);
static struct kobj_attribute src_addr_attr = __ATTR_RO(src_addr);
static struct kobj_attribute dst_addr_attr = __ATTR_RO(dst_addr);
static struct kobj_attribute cur_latency_attr = __ATTR_RO(cur_latency);
static struct kobj_attribute reconnect_attr =
	__ATTR(reconnect, 0644, action_show, reconnect_store);
static struct kobj_attribute disconnect_attr =
	__ATTR(disconnect, 0644, action_show, disconnect_store);
static struct kobj_attribute remove_path_attr =
	__ATTR(remove_path, 0644, action_show, remove_path_store);

static struct attribute *path_attrs[] = {
	&state_attr.attr,
	&state_detail_attr.attr,
	&hca_name_attr.attr,
	&hca_port_attr.attr,
	&src_addr_attr.attr,
	&dst_addr_attr.attr,
	&cur_latency_attr.attr,
	&reconnect_attr.attr,
	&disconnect_attr.attr,
	&remove_path_attr.attr,
	NULL,
};

static const struct attribute_group path_group = {
	.attrs = path_attrs,
};

const struct attribute_group *rtrs_clt_path_groups[] = {
	&path_group,
	&rtrs_clt_stats_group,
	NULL,
};

static bool name_taken(struct rtrs_clt_path *path)
{
	struct rtrs_clt_path *other;

	list_for_each_entry(other, &path->sess->paths, entry)
		if (other->in_sysfs && !strcmp(other->text, path->text))
			return true;
	return false;
}

/**
 * rtrs_clt_path_show() - give a path its directory
 * @path: path that has been connected
 *
 * Context: process, may sleep. Return: 0; -EEXIST when a path between the same
 * addresses has one; -ENODEV when it was removed meanwhile; -ENOMEM.
 */
int rtrs_clt_path_show(struct rtrs_clt_path *path)
{
	struct rtrs_clt_sess *sess = path->sess;
	int err;

	mutex_lock(&sess->paths_mutex);
	if (rtrs_clt_path_is(path, RTRS_CLT_DEAD))
		err = -ENODEV;
	else if (name_taken(path))
		err = -EEXIST;
	else
		err = kobject_add(&path->kobj, sess->paths_kobj, "%s",
				  path->text);
	path->in_sysfs = !err;
	mutex_unlock(&sess->paths_mutex);
	return err;
}

/* Take it away again, from a path that is dead and listed. May sleep. */
void rtrs_clt_path_hide(struct rtrs_clt_path *path)
{
	bool shown;

	mutex_lock(&path->sess->paths_mutex);
	/* a dead path is not given one any more */
	shown = path->in_sysfs;
	mutex_unlock(&path->sess->paths_mutex);
	/* outside: it waits for those who use its files */
	if (shown)
		kobject_del(&path->kobj);
}
