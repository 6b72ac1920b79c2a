// SPDX-License-Identifier: GPL-2.0
/*
 * RDMA devices of this host. Two dumps of rdma netlink name devices and ports;
 * GID tables come from the verbs device of each. All of it explains and
 * decorates: nothing here can make a command fail.
 */
#include <infiniband/verbs.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <rdma/rdma_netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rdma.h"
#include "say.h"

static const char *const port_states[] = {
	[IBV_PORT_NOP]		= "NOP",
	[IBV_PORT_DOWN]		= "DOWN",
	[IBV_PORT_INIT]		= "INIT",
	[IBV_PORT_ARMED]	= "ARMED",
	[IBV_PORT_ACTIVE]	= "ACTIVE",
	[IBV_PORT_ACTIVE_DEFER]	= "ACTIVE_DEFER",
};

static const char *const gid_types[] = {
	[IBV_GID_TYPE_IB]	= "IB",
	[IBV_GID_TYPE_ROCE_V1]	= "RoCE v1",
	[IBV_GID_TYPE_ROCE_V2]	= "RoCE v2",
};

static const char *in_table(const char *const *table, size_t nr, size_t i)
{
	return i < nr ? table[i] : NULL;
}

struct indices {
	unsigned int	*list;
	size_t		nr;
};

static bool parse_attrs(struct nl_msg *msg,
			struct nlattr *tb[RDMA_NLDEV_ATTR_MAX])
{
	return !nlmsg_parse(nlmsg_hdr(msg), 0, tb, RDMA_NLDEV_ATTR_MAX - 1,
			    NULL);
}

static unsigned int attr_u32(const struct nlattr *attr)
{
	return nla_len(attr) == sizeof(unsigned int) ? nla_get_u32(attr) : 0;
}

static char *attr_string(const struct nlattr *attr)
{
	return attr ? strndup(nla_data(attr), nla_len(attr)) : NULL;
}

static int on_device(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[RDMA_NLDEV_ATTR_MAX];
	struct indices *devices = arg;

	if (!parse_attrs(msg, tb) || !tb[RDMA_NLDEV_ATTR_DEV_INDEX])
		return NL_SKIP;
	devices->list = xgrow(devices->list, devices->nr,
			      sizeof(*devices->list));
	devices->list[devices->nr++] =
		attr_u32(tb[RDMA_NLDEV_ATTR_DEV_INDEX]);
	return NL_OK;
}

static int on_port(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[RDMA_NLDEV_ATTR_MAX];
	struct rdma *rdma = arg;
	struct rdma_link *link;
	struct nlattr *state;

	if (!parse_attrs(msg, tb) || !tb[RDMA_NLDEV_ATTR_DEV_NAME] ||
	    !tb[RDMA_NLDEV_ATTR_PORT_INDEX])
		return NL_SKIP;
	rdma->links = xgrow(rdma->links, rdma->nr_links, sizeof(*link));
	link = &rdma->links[rdma->nr_links++];
	if (tb[RDMA_NLDEV_ATTR_DEV_INDEX])
		link->index = attr_u32(tb[RDMA_NLDEV_ATTR_DEV_INDEX]);
	link->device = attr_string(tb[RDMA_NLDEV_ATTR_DEV_NAME]);
	link->port = attr_u32(tb[RDMA_NLDEV_ATTR_PORT_INDEX]);
	link->netdev = attr_string(tb[RDMA_NLDEV_ATTR_NDEV_NAME]);
	state = tb[RDMA_NLDEV_ATTR_PORT_STATE];
	if (state && nla_len(state) == sizeof(unsigned char))
		link->state = in_table(port_states,
				       ARRAY_SIZE(port_states),
				       nla_get_u8(state));
	return NL_OK;
}

/* Asks for all of something; of one device if @device is given. */
static int dump(struct nl_sock *sock, int cmd, const unsigned int *device,
		nl_recvmsg_msg_cb_t on_message, void *arg)
{
	struct nl_msg *msg;
	int err = -NLE_NOMEM;

	msg = nlmsg_alloc_simple(RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, cmd),
				 NLM_F_REQUEST | NLM_F_DUMP);
	if (!msg)
		return err;
	if (device)
		nla_put_u32(msg, RDMA_NLDEV_ATTR_DEV_INDEX, *device);
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, arg);
	err = nl_send_auto(sock, msg);
	nlmsg_free(msg);
	return err < 0 ? err : nl_recvmsgs_default(sock);
}

static void read_links(struct rdma *rdma)
{
	struct indices devices = { };
	struct nl_sock *sock = nl_socket_alloc();
	size_t i;

	if (!sock)
		return;
	if (!nl_connect(sock, NETLINK_RDMA) &&
	    !dump(sock, RDMA_NLDEV_CMD_GET, NULL, on_device, &devices)) {
		rdma->links_known = true;
		for (i = 0; i < devices.nr; i++)
			dump(sock, RDMA_NLDEV_CMD_PORT_GET, &devices.list[i],
			     on_port, rdma);
	}
	free(devices.list);
	nl_socket_free(sock);
}

static int explain_link(int err, const char *what, const char *name,
			const char *netdev)
{
	switch (-err) {
	case NLE_SUCCESS:
		return RC_OK;
	case NLE_PERM:
		return fail(RC_PERMISSION, "%s needs root", what);
	case NLE_EXIST:
		return fail(RC_EXISTS,
			    "%s: there is one of this name, %s has one, or UDP port 4791 is taken",
			    name, netdev);
	case NLE_NODEV:
		return fail(RC_NOT_FOUND, "no network device %s", netdev);
	case NLE_OBJ_NOTFOUND:
		return fail(RC_NO_MODULE, "module rdma_rxe is not loaded: modprobe rdma_rxe");
	case NLE_INVAL:
		return fail(RC_REFUSED,
			    "%s: the kernel does not take %s, or module rdma_rxe is missing",
			    name, netdev);
	case NLE_PROTO_MISMATCH:
		return fail(RC_NO_MODULE, "module ib_core is not loaded: modprobe rdma_rxe");
	}
	return fail(RC_FAILED, "%s: %s", name, nl_geterror(err));
}

/* Takes the message, sends it, and waits for its answer. */
static int send_link(struct nl_msg *msg)
{
	struct nl_sock *sock = nl_socket_alloc();
	int err = -NLE_NOMEM;

	if (sock)
		err = nl_connect(sock, NETLINK_RDMA);
	if (err)
		nlmsg_free(msg);
	else
		err = nl_send_sync(sock, msg);
	nl_socket_free(sock);
	return err;
}

static struct nl_msg *new_message(int cmd)
{
	struct nl_msg *msg;

	msg = nlmsg_alloc_simple(RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, cmd),
				 NLM_F_REQUEST | NLM_F_ACK);
	if (!msg)
		abort();
	return msg;
}

int rdma_add_rxe(const char *name, const char *netdev, bool dry_run)
{
	struct nl_msg *msg;

	if (dry_run) {
		printf("rdma link add %s type rxe netdev %s\n", name, netdev);
		return RC_OK;
	}
	msg = new_message(RDMA_NLDEV_CMD_NEWLINK);
	nla_put_string(msg, RDMA_NLDEV_ATTR_DEV_NAME, name);
	nla_put_string(msg, RDMA_NLDEV_ATTR_LINK_TYPE, "rxe");
	nla_put_string(msg, RDMA_NLDEV_ATTR_NDEV_NAME, netdev);
	return explain_link(send_link(msg), "rxe add", name, netdev);
}

int rdma_remove_link(const struct rdma_link *link, bool dry_run)
{
	struct nl_msg *msg;

	if (dry_run) {
		printf("rdma link delete %s\n", link->device);
		return RC_OK;
	}
	msg = new_message(RDMA_NLDEV_CMD_DELLINK);
	nla_put_u32(msg, RDMA_NLDEV_ATTR_DEV_INDEX, link->index);
	return explain_link(send_link(msg), "rxe remove", link->device,
			    link->device);
}

static void set_mtu(struct rdma *rdma, const char *device, unsigned int port,
		    enum ibv_mtu mtu)
{
	size_t i;

	for (i = 0; i < rdma->nr_links; i++)
		if (rdma->links[i].port == port &&
		    !strcmp(rdma->links[i].device, device) &&
		    mtu >= IBV_MTU_256 && mtu <= IBV_MTU_4096)
			rdma->links[i].mtu = 128U << mtu;
}

/* Looks at the ports: how many addresses they have, and their MTU. */
static size_t read_ports(struct rdma *rdma, struct ibv_context *context,
			 const char *name)
{
	struct ibv_device_attr device;
	struct ibv_port_attr port;
	size_t size = 0;
	int i;

	if (ibv_query_device(context, &device))
		return 0;
	for (i = 1; i <= device.phys_port_cnt; i++)
		if (!ibv_query_port(context, i, &port)) {
			size += port.gid_tbl_len;
			set_mtu(rdma, name, i, port.active_mtu);
		}
	return size;
}

static void read_gids_of(struct rdma *rdma, struct ibv_device *device)
{
	struct ibv_context *context = ibv_open_device(device);
	struct ibv_gid_entry *entries;
	ssize_t nr, i;
	size_t size;

	if (!context)
		return;
	size = read_ports(rdma, context, ibv_get_device_name(device));
	entries = xcalloc(size, sizeof(*entries));
	nr = size ? ibv_query_gid_table(context, entries, size, 0) : 0;
	for (i = 0; i < nr; i++) {
		struct rdma_gid *gid;

		rdma->gids = xgrow(rdma->gids, rdma->nr_gids, sizeof(*gid));
		gid = &rdma->gids[rdma->nr_gids++];
		gid->device = xstrdup(ibv_get_device_name(device));
		gid->port = entries[i].port_num;
		gid->index = entries[i].gid_index;
		gid->type = in_table(gid_types,
				     ARRAY_SIZE(gid_types),
				     entries[i].gid_type);
		memcpy(gid->raw, entries[i].gid.raw, sizeof(gid->raw));
	}
	free(entries);
	ibv_close_device(context);
}

static void read_gids(struct rdma *rdma)
{
	int nr, i;
	struct ibv_device **devices = ibv_get_device_list(&nr);

	if (!devices)
		return;
	for (i = 0; i < nr; i++)
		read_gids_of(rdma, devices[i]);
	ibv_free_device_list(devices);
}

void rdma_read(struct rdma *rdma)
{
	read_links(rdma);
	read_gids(rdma);
}

void rdma_free(struct rdma *rdma)
{
	size_t i;

	for (i = 0; i < rdma->nr_links; i++) {
		free(rdma->links[i].device);
		free(rdma->links[i].netdev);
	}
	free(rdma->links);
	for (i = 0; i < rdma->nr_gids; i++)
		free(rdma->gids[i].device);
	free(rdma->gids);
	memset(rdma, 0, sizeof(*rdma));
}

const struct rdma_link *rdma_link(const struct rdma *rdma, const char *device,
				  long long port)
{
	size_t i;

	for (i = 0; i < rdma->nr_links; i++)
		if (rdma->links[i].port == port &&
		    !strcmp(rdma->links[i].device, device))
			return &rdma->links[i];
	return NULL;
}

const struct rdma_gid *rdma_gid(const struct rdma *rdma, const char *device,
				const struct addr *addr)
{
	const struct rdma_gid *found = NULL, *gid;

	for (gid = rdma->gids; gid < rdma->gids + rdma->nr_gids; gid++) {
		if (!addr->set ||
		    memcmp(gid->raw, addr->gid, sizeof(gid->raw)) ||
		    (device && strcmp(gid->device, device)))
			continue;
		if (gid->type == gid_types[IBV_GID_TYPE_ROCE_V2])
			return gid;
		if (!found)
			found = gid;
	}
	return found;
}
