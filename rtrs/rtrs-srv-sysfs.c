// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/class/rtrs-server: a device for each session with a directory for each
 * path, and "ctl" for the module. man/rtrs.7 describes each file.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device.h>
#include <linux/slab.h>

#include "rtrs-srv.h"

/**
 * struct rtrs_srv_view - a session as sysfs shows it
 * @dev: the device; others may hold it longer than the session lives
 * @sess: the session, valid while @dev is registered
 * @paths: directory of its paths
 */
struct rtrs_srv_view {
	struct device		dev;
	struct rtrs_srv_sess	*sess;
	struct kobject		*paths;
};

static const struct class rtrs_srv_class = {
	.name = "rtrs-server",
};

static struct device *ctl;

/* ------------------------------------------------------------- sessions */

struct time_attr {
	struct device_attribute	attr;
	size_t			offset;
	unsigned int		min;
	unsigned int		max;
};

static unsigned int *time_of(struct device *dev, const struct time_attr *time)
{
	struct rtrs_srv_view *view = container_of(dev, struct rtrs_srv_view,
						  dev);

	return (void *)&view->sess->hb_conf + time->offset;
}

static ssize_t time_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct time_attr *time = container_of(attr, struct time_attr, attr);

	return sysfs_emit(buf, "%u\n", READ_ONCE(*time_of(dev, time)));
}

static ssize_t time_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	struct time_attr *time = container_of(attr, struct time_attr, attr);
	unsigned int value;
	int err;

	err = kstrtouint(buf, 10, &value);
	if (err)
		return err;
	if (value < time->min || value > time->max)
		return -ERANGE;
	WRITE_ONCE(*time_of(dev, time), value);
	return count;
}

#define TIME(field, min_, max_)						\
	{ __ATTR(hb_ ## field, 0644, time_show, time_store),		\
	  offsetof(struct rtrs_hb_conf, field), min_, max_ }

static struct time_attr times[] = {
	TIME(interval_ms, 50, 60000),
	TIME(missed_max, 2, 100),
	TIME(idle_interval_ms, 1000, 600000),
};

static struct attribute *sess_attrs[] = {
	&times[0].attr.attr,
	&times[1].attr.attr,
	&times[2].attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(sess);

static void view_release(struct device *dev)
{
	kfree(container_of(dev, struct rtrs_srv_view, dev));
}

static struct rtrs_srv_view *make_view(struct rtrs_srv_sess *sess)
{
	struct rtrs_srv_view *view = kzalloc(sizeof(*view), GFP_KERNEL);
	int err;

	if (!view)
		return ERR_PTR(-ENOMEM);
	view->sess = sess;
	device_initialize(&view->dev);
	view->dev.class = &rtrs_srv_class;
	view->dev.groups = sess_groups;
	view->dev.release = view_release;
	/* announced with its first path, when all its files exist */
	dev_set_uevent_suppress(&view->dev, true);
	err = dev_set_name(&view->dev, "%s", sess->name);
	if (!err)
		err = device_add(&view->dev);
	if (err)
		goto put;
	view->paths = kobject_create_and_add("paths", &view->dev.kobj);
	if (!view->paths) {
		err = -ENOMEM;
		goto del;
	}
	return view;

del:
	device_del(&view->dev);
put:
	put_device(&view->dev);
	return ERR_PTR(err);
}

static struct rtrs_srv_view *view_of(struct rtrs_srv_sess *sess)
{
	struct rtrs_srv_view *view;

	lockdep_assert_held(&sess->lock);
	if (sess->view)
		return sess->view;
	view = make_view(sess);
	if (!IS_ERR(view))
		sess->view = view;
	return view;
}

static void announce(struct rtrs_srv_view *view)
{
	if (!dev_get_uevent_suppress(&view->dev))
		return;
	dev_set_uevent_suppress(&view->dev, false);
	kobject_uevent(&view->dev.kobj, KOBJ_ADD);
}

/**
 * rtrs_srv_sysfs_del_sess() - show a session no more
 * @sess: session without paths; may have never been shown
 *
 * Its name is free for another device when this returns.
 * Context: process, may sleep.
 */
void rtrs_srv_sysfs_del_sess(struct rtrs_srv_sess *sess)
{
	struct rtrs_srv_view *view = sess->view;

	if (!view)
		return;
	sess->view = NULL;
	kobject_put(view->paths);
	device_unregister(&view->dev);
}

/* ---------------------------------------------------------------- paths */

struct path_attr {
	struct attribute	attr;
	ssize_t			(*show)(struct rtrs_srv_path *path, char *buf);
	int			(*act)(struct rtrs_srv_path *path,
				       const struct path_attr *attr);
};

static ssize_t show_hca_name(struct rtrs_srv_path *path, char *buf)
{
	return sysfs_emit(buf, "%s\n", path->dev->ib_dev->name);
}

static ssize_t show_hca_port(struct rtrs_srv_path *path, char *buf)
{
	return sysfs_emit(buf, "%u\n", path->hca_port);
}

static ssize_t show_addr(const struct sockaddr_storage *addr, char *buf)
{
	int n = sockaddr_to_str((const struct sockaddr *)addr, buf, PAGE_SIZE);

	return n + sysfs_emit_at(buf, n, "\n");
}

static ssize_t show_src_addr(struct rtrs_srv_path *path, char *buf)
{
	return show_addr(&path->src, buf);
}

static ssize_t show_dst_addr(struct rtrs_srv_path *path, char *buf)
{
	return show_addr(&path->dst, buf);
}

static ssize_t show_usage(struct rtrs_srv_path *path, char *buf)
{
	return sysfs_emit(buf, "Usage: echo 1 > disconnect\n");
}

static int act_disconnect(struct rtrs_srv_path *path,
			  const struct path_attr *attr)
{
	pr_info("%s: disconnect of path %s asked for\n",
		rtrs_srv_path_label(path), path->name);
	rtrs_srv_path_close(path);
	/* until here being inside the file keeps the path */
	sysfs_remove_file_self(&path->kobj, &attr->attr);
	return 0;
}

static ssize_t show_rdma(struct rtrs_srv_path *path, char *buf)
{
	return rtrs_srv_stats_show(path, buf);
}

static int act_reset(struct rtrs_srv_path *path, const struct path_attr *attr)
{
	rtrs_srv_stats_reset(path);
	return 0;
}

static ssize_t show_refused(struct rtrs_srv_path *path, char *buf)
{
	return rtrs_srv_refuse_show(buf, path);
}

#define PATH_ATTR(name_, mode_, show_, act_)				\
	static struct path_attr path_attr_ ## name_ = {			\
		.attr	= { .name = #name_, .mode = mode_ },		\
		.show	= show_,					\
		.act	= act_,						\
	}

PATH_ATTR(hca_name, 0444, show_hca_name, NULL);
PATH_ATTR(hca_port, 0444, show_hca_port, NULL);
PATH_ATTR(src_addr, 0444, show_src_addr, NULL);
PATH_ATTR(dst_addr, 0444, show_dst_addr, NULL);
PATH_ATTR(disconnect, 0644, show_usage, act_disconnect);
PATH_ATTR(rdma, 0644, show_rdma, act_reset);
PATH_ATTR(refused, 0444, show_refused, NULL);

static struct attribute *path_attrs[] = {
	&path_attr_hca_name.attr,
	&path_attr_hca_port.attr,
	&path_attr_src_addr.attr,
	&path_attr_dst_addr.attr,
	&path_attr_disconnect.attr,
	NULL,
};

static const struct attribute_group path_group = {
	.attrs = path_attrs,
};

static struct attribute *stats_attrs[] = {
	&path_attr_rdma.attr,
	&path_attr_refused.attr,
	NULL,
};

static const struct attribute_group stats_group = {
	.name = "stats",
	.attrs = stats_attrs,
};

static const struct attribute_group *path_groups[] = {
	&path_group,
	&stats_group,
	NULL,
};

static ssize_t path_show(struct kobject *kobj, struct attribute *attr,
			 char *buf)
{
	return container_of(attr, struct path_attr, attr)->
		show(container_of(kobj, struct rtrs_srv_path, kobj), buf);
}

static ssize_t path_store(struct kobject *kobj, struct attribute *attr,
			  const char *buf, size_t count)
{
	struct path_attr *path_attr = container_of(attr, struct path_attr,
						   attr);
	int err;

	if (!path_attr->act)
		return -EIO;
	if (!sysfs_streq(buf, "1"))
		return -EINVAL;
	err = path_attr->act(container_of(kobj, struct rtrs_srv_path, kobj),
			     path_attr);
	return err ?: count;
}

static const struct sysfs_ops path_sysfs_ops = {
	.show	= path_show,
	.store	= path_store,
};

static void path_kobj_release(struct kobject *kobj)
{
	complete(&container_of(kobj, struct rtrs_srv_path, kobj)->kobj_gone);
}

static const struct kobj_type path_ktype = {
	.sysfs_ops	= &path_sysfs_ops,
	.default_groups	= path_groups,
	.release	= path_kobj_release,
};

/**
 * rtrs_srv_sysfs_add_path() - show a path, and its session with the first one
 * @path: path whose session has a name
 *
 * Undone by rtrs_srv_sysfs_del_path(), also after a failure.
 * Context: process, may sleep. Return: 0 or a negative errno.
 */
int rtrs_srv_sysfs_add_path(struct rtrs_srv_path *path)
{
	struct rtrs_srv_sess *sess = path->sess;
	struct rtrs_srv_view *view;
	int err;

	mutex_lock(&sess->lock);
	view = view_of(sess);
	if (IS_ERR(view)) {
		err = PTR_ERR(view);
		goto unlock;
	}
	err = kobject_init_and_add(&path->kobj, &path_ktype, view->paths, "%s",
				   path->name);
	path->shown = true;
	if (!err)
		announce(view);
unlock:
	mutex_unlock(&sess->lock);
	return err;
}

/**
 * rtrs_srv_sysfs_del_path() - show a path no more
 * @path: path, whether it was shown or not
 *
 * No file of it is being read or written when this returns.
 * Context: process, may sleep.
 */
void rtrs_srv_sysfs_del_path(struct rtrs_srv_path *path)
{
	if (!path->shown)
		return;
	if (path->kobj.state_in_sysfs)
		kobject_del(&path->kobj);
	kobject_put(&path->kobj);
	wait_for_completion(&path->kobj_gone);
}

/* --------------------------------------------------------------- module */

static ssize_t refused_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return rtrs_srv_refuse_show(buf, NULL);
}
static DEVICE_ATTR_RO(refused);

static ssize_t orphaned_ops_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", rtrs_srv_orphans());
}
static DEVICE_ATTR_RO(orphaned_ops);

static struct attribute *ctl_attrs[] = {
	&dev_attr_refused.attr,
	&dev_attr_orphaned_ops.attr,
	NULL,
};
ATTRIBUTE_GROUPS(ctl);

/**
 * rtrs_srv_sysfs_init() - make the class and its device "ctl"
 *
 * Return: 0 or a negative errno.
 */
int rtrs_srv_sysfs_init(void)
{
	int err;

	err = class_register(&rtrs_srv_class);
	if (err)
		return err;
	ctl = device_create_with_groups(&rtrs_srv_class, NULL, MKDEV(0, 0),
					NULL, ctl_groups, "ctl");
	if (IS_ERR(ctl)) {
		class_unregister(&rtrs_srv_class);
		return PTR_ERR(ctl);
	}
	return 0;
}

/**
 * rtrs_srv_sysfs_exit() - undo rtrs_srv_sysfs_init()
 */
void rtrs_srv_sysfs_exit(void)
{
	device_unregister(ctl);
	class_unregister(&rtrs_srv_class);
}
