// SPDX-License-Identifier: GPL-2.0
/*
 * Loaded before the libraries of rnbdctl: plays the kernel where plain files
 * cannot. FAKE_WRITE says what writes to some files do, FAKE_RDMA which RDMA
 * links and addresses this host has.
 *
 * FAKE_WRITE="FILE=WHAT ...": FILE is a name without its folder, WHAT an errno
 *	or "block", which never returns. "ERRNO:N" is the errno of the first N
 *	writes; with ",map" after it the device appears all the same.
 * FAKE_LINK=ERRNO: what making and removing of RDMA devices ends with, else it
 *	is done: FAKE_LINK_LOG gets a line.
 * FAKE_MTU=N: MTU of their ports as the verbs number it, else that of 1024.
 * FAKE_PAUSE=COMMAND: what happens while the tool pauses.
 * FAKE_MAP=FOLDER: that of a disk which is there when map_device was written.
 * FAKE_RDMA="DEVICE/PORT STATE NETDEV ADDRESS\n...": STATE is the number of
 *	the verbs' port state, ADDRESS an IPv6 address as in GID tables.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <infiniband/verbs.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <rdma/rdma_netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_FAKES	4

struct fake_link {
	char	device[16];
	int	port;
	int	state;
	char	netdev[16];
	char	address[64];
};

static struct fake_link links[MAX_FAKES];
static struct ibv_device devices[MAX_FAKES];
static struct ibv_context contexts[MAX_FAKES];
static nl_recvmsg_msg_cb_t on_message;
static void *on_message_arg;
static int asked;
static unsigned int asked_device;

/* Writes to files of FAKE_WRITE, by this process and its children. */
static int *nr_writes;

__attribute__((constructor)) static void share_counter(void)
{
	nr_writes = mmap(NULL, sizeof(*nr_writes), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (nr_writes == MAP_FAILED)
		abort();
}

static int read_links(void)
{
	const char *line = getenv("FAKE_RDMA");
	int nr = 0;

	while (line && nr < MAX_FAKES) {
		struct fake_link *link = &links[nr];

		if (sscanf(line, "%15[^/]/%d %d %15s %63s", link->device,
			   &link->port, &link->state, link->netdev,
			   link->address) == 5)
			nr++;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return nr;
}

/* What FAKE_WRITE says of the file behind @fd, copied to @what. */
static bool fake_write(int fd, char *what, size_t size)
{
	const char *rule = getenv("FAKE_WRITE");
	char link[64], name[4096], file[256], does[32];
	const char *base;
	ssize_t len;
	int used;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, name, sizeof(name) - 1);
	if (!rule || len < 0)
		return false;
	name[len] = '\0';
	base = strrchr(name, '/');
	while (sscanf(rule, " %255[^=]=%31s%n", file, does, &used) == 2) {
		if (base && !strcmp(base + 1, file)) {
			snprintf(what, size, "%s", does);
			return true;
		}
		rule += used;
	}
	return false;
}

int nanosleep(const struct timespec *req, struct timespec *rem)
{
	int (*real)(const struct timespec *req, struct timespec *rem);
	const char *command = getenv("FAKE_PAUSE");

	real = dlsym(RTLD_NEXT, "nanosleep");
	if (command && system(command))
		abort();
	return real(req, rem);
}

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	if (!file)
		return;
	fprintf(file, "%s\n", text);
	fclose(file);
}

/* The value of a word of map_device. */
static void word_of(char *value, size_t size, const char *words,
		    const char *key)
{
	const char *at = strstr(words, key);

	if (at)
		snprintf(value, size, "%.*s", (int)strcspn(at + strlen(key), " "),
			 at + strlen(key));
}

/* The disk which a write to map_device makes. */
static void make_device(const char *words)
{
	const char *folder = getenv("FAKE_MAP");
	char path[4096], value[512];

	if (!folder)
		return;
	mkdir(folder, 0755);
	put_file(folder, "size", "2097152");
	snprintf(path, sizeof(path), "%s/rnbd", folder);
	mkdir(path, 0755);
	word_of(value, sizeof(value), words, "sessname=");
	put_file(path, "session", value);
	word_of(value, sizeof(value), words, "device_path=");
	put_file(path, "mapping_path", value);
	snprintf(value, sizeof(value), "rw");
	word_of(value, sizeof(value), words, "access_mode=");
	put_file(path, "access_mode", value);
	put_file(path, "state", "open");
	put_file(path, "nr_poll_queues", "0");
}

static bool is_map(int fd)
{
	char link[64], name[4096];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, name, sizeof(name) - 1);
	return len > 11 && !strncmp(name + len - 11, "/map_device", 11);
}

ssize_t write(int fd, const void *buf, size_t count)
{
	ssize_t (*real)(int fd, const void *buf, size_t count);
	char what[32], words[4096];
	int times = 0, err = 0;

	real = dlsym(RTLD_NEXT, "write");
	snprintf(words, sizeof(words), "%.*s", (int)count, (const char *)buf);
	if (!fake_write(fd, what, sizeof(what))) {
		if (is_map(fd))
			make_device(words);
		return real(fd, buf, count);
	}
	while (!strcmp(what, "block"))
		pause();
	if (sscanf(what, "%d:%d", &err, &times) < 1)
		abort();
	++*nr_writes;
	if (strstr(what, ",map") && (!times || *nr_writes > times))
		make_device(words);
	if (times && *nr_writes > times)
		return real(fd, buf, count);
	errno = err;
	return -1;
}

int nl_connect(struct nl_sock *sock, int protocol)
{
	(void)sock;
	return getenv("FAKE_RDMA") && protocol == NETLINK_RDMA ?
	       0 : -NLE_PROTO_MISMATCH;
}

int nl_socket_modify_cb(struct nl_sock *sock, enum nl_cb_type type,
			enum nl_cb_kind kind, nl_recvmsg_msg_cb_t func,
			void *arg)
{
	(void)sock;
	if (type == NL_CB_VALID && kind == NL_CB_CUSTOM) {
		on_message = func;
		on_message_arg = arg;
	}
	return 0;
}

int nl_send_auto(struct nl_sock *sock, struct nl_msg *msg)
{
	struct nlattr *device;

	(void)sock;
	asked = nlmsg_hdr(msg)->nlmsg_type;
	device = nlmsg_find_attr(nlmsg_hdr(msg), 0, RDMA_NLDEV_ATTR_DEV_INDEX);
	asked_device = device ? nla_get_u32(device) : 0;
	return 0;
}

int nl_recvmsgs_default(struct nl_sock *sock)
{
	int nr = read_links(), i;

	(void)sock;
	for (i = 0; i < nr; i++) {
		bool ports = asked != RDMA_NL_GET_TYPE(RDMA_NL_NLDEV,
						       RDMA_NLDEV_CMD_GET);
		struct nl_msg *msg;

		if (ports && asked_device != (unsigned int)i + 1)
			continue;
		msg = nlmsg_alloc_simple(asked, 0);
		nla_put_u32(msg, RDMA_NLDEV_ATTR_DEV_INDEX, i + 1);
		nla_put_string(msg, RDMA_NLDEV_ATTR_DEV_NAME, links[i].device);
		nla_put_u32(msg, RDMA_NLDEV_ATTR_PORT_INDEX, links[i].port);
		if (ports) {
			nla_put_u8(msg, RDMA_NLDEV_ATTR_PORT_STATE,
				   links[i].state);
			nla_put_string(msg, RDMA_NLDEV_ATTR_NDEV_NAME,
				       links[i].netdev);
		}
		on_message(msg, on_message_arg);
		nlmsg_free(msg);
	}
	return 0;
}

static const char *string_of(struct nlmsghdr *header, int type)
{
	struct nlattr *attr = nlmsg_find_attr(header, 0, type);

	return attr ? nla_get_string(attr) : "";
}

/* What changes RDMA devices; takes the message. */
int nl_send_sync(struct nl_sock *sock, struct nl_msg *msg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	const char *log = getenv("FAKE_LINK_LOG");
	struct nlattr *index;
	FILE *file = NULL;

	(void)sock;
	if (getenv("FAKE_LINK")) {
		nlmsg_free(msg);
		return -nl_syserr2nlerr(atoi(getenv("FAKE_LINK")));
	}
	if (log)
		file = fopen(log, "a");
	index = nlmsg_find_attr(header, 0, RDMA_NLDEV_ATTR_DEV_INDEX);
	if (file && header->nlmsg_type ==
	    RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_NEWLINK))
		fprintf(file, "add %s %s %s\n",
			string_of(header, RDMA_NLDEV_ATTR_DEV_NAME),
			string_of(header, RDMA_NLDEV_ATTR_LINK_TYPE),
			string_of(header, RDMA_NLDEV_ATTR_NDEV_NAME));
	else if (file && index)
		fprintf(file, "remove %u\n", nla_get_u32(index));
	if (file)
		fclose(file);
	nlmsg_free(msg);
	return 0;
}

struct ibv_device **ibv_get_device_list(int *num_devices)
{
	static struct ibv_device *list[MAX_FAKES + 1];
	int i;

	*num_devices = read_links();
	for (i = 0; i < *num_devices; i++) {
		snprintf(devices[i].name, sizeof(devices[i].name), "%s",
			 links[i].device);
		list[i] = &devices[i];
	}
	return list;
}

void ibv_free_device_list(struct ibv_device **list)
{
	(void)list;
}

const char *ibv_get_device_name(struct ibv_device *device)
{
	return device->name;
}

struct ibv_context *ibv_open_device(struct ibv_device *device)
{
	contexts[device - devices].device = device;
	return &contexts[device - devices];
}

int ibv_close_device(struct ibv_context *context)
{
	(void)context;
	return 0;
}

int ibv_query_device(struct ibv_context *context, struct ibv_device_attr *attr)
{
	(void)context;
	memset(attr, 0, sizeof(*attr));
	attr->phys_port_cnt = 1;
	return 0;
}

#undef ibv_query_port
int ibv_query_port(struct ibv_context *context, uint8_t port_num,
		   struct _compat_ibv_port_attr *attr)
{
	(void)context;
	(void)port_num;
	((struct ibv_port_attr *)attr)->gid_tbl_len = 1;
	((struct ibv_port_attr *)attr)->active_mtu =
		getenv("FAKE_MTU") ? atoi(getenv("FAKE_MTU")) : IBV_MTU_1024;
	return 0;
}

ssize_t _ibv_query_gid_table(struct ibv_context *context,
			     struct ibv_gid_entry *entries, size_t max_entries,
			     unsigned int flags, size_t entry_size)
{
	const struct fake_link *link = &links[context->device - devices];

	if (!max_entries || flags || entry_size != sizeof(*entries))
		return -EINVAL;
	memset(entries, 0, sizeof(*entries));
	entries->port_num = link->port;
	entries->gid_index = 1;
	entries->gid_type = IBV_GID_TYPE_ROCE_V2;
	return inet_pton(AF_INET6, link->address, entries->gid.raw);
}
