// SPDX-License-Identifier: GPL-2.0
/*
 * doctor: what is wrong with this host, or will hurt one day, each with what
 * to do about it. A sound host gives no line.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "args.h"
#include "firewall.h"
#include "program.h"
#include "rdma.h"
#include "say.h"
#include "sysfs.h"
#include "version.h"

#define ROCE_PORT	4791
#define ROCE_HEADERS	80	/* most bytes of IP, UDP and IB in a packet */
#define MEMLOCK_MIN	(8 << 20)

struct patient {
	struct model		model;
	struct rdma		rdma;
	struct module_fact	modules[NR_MODULES];
	struct table		*findings;
	size_t			nr_findings;
};

enum finding_column {
	FIND_CHECK, FIND_FINDING, FIND_FIX,
};

static const struct column finding_columns[] = {
	[FIND_CHECK]	= { "check", "CHECK", COLUMN_TEXT, 0 },
	[FIND_FINDING]	= { "finding", "FINDING", COLUMN_TEXT, 0 },
	[FIND_FIX]	= { "fix", "FIX", COLUMN_TEXT, 0 },
};

/* Takes the texts. */
static void found(struct patient *patient, const char *check, char *finding,
		  char *fix)
{
	table_row(patient->findings);
	table_text(patient->findings, FIND_CHECK, check);
	table_text(patient->findings, FIND_FINDING, finding);
	table_text(patient->findings, FIND_FIX, fix);
	patient->nr_findings++;
	free(finding);
	free(fix);
}

static void check_loaded(struct patient *patient)
{
	bool installed = false;
	size_t i;

	if (patient->model.has_rnbd_client || patient->model.has_rnbd_server)
		return;
	for (i = 0; i < NR_MODULES; i++)
		installed |= patient->modules[i].installed;
	found(patient, "module-missing",
	      xstrdup("neither rnbd-client nor rnbd-server is loaded"),
	      xstrdup(installed ? "modprobe rnbd-client, on a server rnbd-server" :
				  "install the package rnbd-dkms, then modprobe rnbd-client"));
}

static void check_module(struct patient *patient,
			 const struct module_fact *module)
{
	if (module->loaded && !module->loaded_version)
		found(patient, "module-shadowed",
		      xasprintf("%s as loaded is the kernel's own",
				module->name),
		      xasprintf("rmmod %s, then modprobe it; depmod -a if that does not help",
				module->name));
	else if (module->loaded && strcmp(module->loaded_version, RNBDCTL_VERSION))
		found(patient, "module-version",
		      xasprintf("%s as loaded is version %s, the tool is %s",
				module->name, module->loaded_version,
				RNBDCTL_VERSION),
		      xstrdup("unload the modules and load them again, or boot"));
	else if (module->installed && !module->installed_version)
		found(patient, "module-shadowed",
		      xasprintf("modprobe would load the kernel's own %s",
				module->name),
		      xstrdup("install the package rnbd-dkms, then depmod -a"));
	else if (module->installed &&
		 strcmp(module->installed_version, RNBDCTL_VERSION))
		found(patient, "module-version",
		      xasprintf("%s as installed is version %s, the tool is %s",
				module->name, module->installed_version,
				RNBDCTL_VERSION),
		      xstrdup("install rnbd-dkms and rnbd-tools of one version"));
}

static void check_modules(struct patient *patient)
{
	size_t i;

	check_loaded(patient);
	for (i = 0; i < NR_MODULES; i++)
		check_module(patient, &patient->modules[i]);
}

static void check_rdma(struct patient *patient)
{
	if (!patient->rdma.nr_links)
		found(patient, "no-rdma",
		      xstrdup("this host has no RDMA device"),
		      xstrdup("load the card's driver, or: rnbdctl rxe add rxe0 NETDEV"));
	else if (!patient->rdma.nr_gids)
		found(patient, "no-gid",
		      xstrdup("no RDMA device has an address"),
		      xasprintf("ip link set %s up, and give it an IP address",
				patient->rdma.links[0].netdev ?
				patient->rdma.links[0].netdev : "NETDEV"));
}

static void check_mtu(struct patient *patient, const struct rdma_link *link)
{
	struct num mtu = sysfs_netdev_mtu(link->netdev);

	if (!link->mtu || !mtu.known || link->mtu + ROCE_HEADERS <= mtu.value)
		return;
	found(patient, "mtu",
	      xasprintf("%s sends packets of %u bytes, which do not fit the MTU %lld of %s",
			link->device, link->mtu, mtu.value, link->netdev),
	      xasprintf("ip link set %s mtu %u, also at the other end and between",
			link->netdev, link->mtu + ROCE_HEADERS));
}

/* Soft-RoCE leaves cutting to the network device, if that can. */
static void check_uso(struct patient *patient, const struct rdma_link *link)
{
	char *netdev = sysfs_rxe_netdev(link->device), *features;
	const char *const argv[] = { "ethtool", "-k", netdev, NULL };

	if (!netdev)
		return;
	features = program_output(argv);
	if (features && strstr(features, "\ntx-udp-segmentation: off\n"))
		found(patient, "uso",
		      xasprintf("%s below %s does not cut UDP packets itself",
				netdev, link->device),
		      xasprintf("ethtool -K %s tx-udp-segmentation on",
				netdev));
	free(features);
	free(netdev);
}

static void check_links(struct patient *patient)
{
	size_t i;

	for (i = 0; i < patient->rdma.nr_links; i++) {
		const struct rdma_link *link = &patient->rdma.links[i];

		if (!link->netdev)
			continue;
		check_mtu(patient, link);
		check_uso(patient, link);
	}
}

static void check_firewall(struct patient *patient)
{
	static const char *const argv[] = { "nft", "-j", "list", "ruleset", NULL };
	char *ruleset = program_output(argv), *chain = NULL;

	if (ruleset)
		chain = firewall_blocks(ruleset, ROCE_PORT);
	if (chain)
		found(patient, "firewall",
		      xasprintf("chain %s drops UDP port %d, which is RoCE",
				chain, ROCE_PORT),
		      xasprintf("nft insert rule %s udp dport %d accept",
				chain, ROCE_PORT));
	free(chain);
	free(ruleset);
}

static void check_memlock(struct patient *patient)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) ||
	    limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= MEMLOCK_MIN)
		return;
	found(patient, "memlock",
	      xasprintf("programs may lock %llu KiB of memory only",
			(unsigned long long)limit.rlim_cur >> 10),
	      xstrdup("raise memlock in limits.conf(5), or LimitMEMLOCK= of the service"));
}

/* Below /dev a session's name may be that of a folder with all disks, as block. */
static bool exports_all(const char *folder)
{
	char *real = realpath(folder, NULL);
	bool all = real && (!strcmp(real, "/") || !strcmp(real, "/dev"));

	free(real);
	return all;
}

static void check_search_path(struct patient *patient)
{
	const char *path = patient->model.search_path;
	char *folder, *name;

	if (!path)
		return;
	folder = xstrdup(path);
	name = strstr(folder, "%SESSNAME%");
	if (name)
		*name = '\0';
	if (exports_all(folder))
		found(patient, "search-path-all",
		      xasprintf("the search path %s exports every disk of this host",
				path),
		      xstrdup("rnbdctl server search-path set /dev/rnbd-export/%SESSNAME%"));
	else if (access(folder, F_OK))
		found(patient, "search-path-missing",
		      xasprintf("there is no folder %s, the search path", folder),
		      xasprintf("mkdir -p %s, with links to what is exported",
				folder));
	free(folder);
}

static void check_paths(struct patient *patient)
{
	size_t i, p;

	for (i = 0; i < patient->model.nr_sessions; i++) {
		const struct session *session = &patient->model.sessions[i];

		for (p = 0; p < session->nr_paths; p++)
			if (!session->paths[p].up)
				found(patient, "path-down",
				      xasprintf("path %s of session %s is down",
						session->paths[p].name,
						session->name),
				      xasprintf("rnbdctl path recover %s %s",
						session->name,
						session->paths[p].name));
	}
}

static void check_names(struct patient *patient)
{
	size_t i;

	for (i = 0; i < patient->model.refused.nr; i++) {
		const struct counter *counter = &patient->model.refused.list[i];

		if (!strcmp(counter->name, "info_name_taken") &&
		    counter->value.known && counter->value.value)
			found(patient, "name-taken",
			      xasprintf("%lld times another host wanted the name of a session",
					counter->value.value),
			      xstrdup("let each host name its sessions after itself"));
	}
}

static bool one_port(const struct session *session)
{
	const struct path *first = &session->paths[0], *path;
	size_t p;

	for (p = 1; p < session->nr_paths; p++) {
		path = &session->paths[p];
		if (!first->hca || !path->hca || strcmp(first->hca, path->hca) ||
		    first->port.value != path->port.value)
			return false;
	}
	return true;
}

static void check_redundancy(struct patient *patient)
{
	const struct session *session;
	size_t i;

	for (i = 0; i < patient->model.nr_devices; i++) {
		const struct device *device = &patient->model.devices[i];

		session = device->session ?
			  model_session(&patient->model, SIDE_CLIENT,
					device->session) : NULL;
		if (!session || (session->nr_paths && !one_port(session)))
			continue;
		found(patient, "no-redundancy",
		      session->nr_paths < 2 ?
		      xasprintf("/dev/%s has %zu path%s", device->name,
				session->nr_paths,
				session->nr_paths == 1 ? " only" : "s") :
		      xasprintf("all paths of /dev/%s go through one port of this host",
				device->name),
		      xasprintf("rnbdctl path add %s SOURCE@DESTINATION, over another network",
				session->name));
	}
}

static void (*const checks[])(struct patient *patient) = {
	check_modules, check_rdma, check_links, check_firewall, check_memlock,
	check_search_path, check_paths, check_names, check_redundancy,
};

static int run_doctor(const struct args *args)
{
	struct patient patient = { };
	struct style style = args->style;
	struct out *out = out_new();
	size_t i;
	int rc;

	patient.findings = out_table(out, TABLE_LIST, "findings", "Findings",
				     finding_columns,
				     ARRAY_SIZE(finding_columns));
	sysfs_read_model(&patient.model);
	rdma_read(&patient.rdma);
	version_read(patient.modules);
	for (i = 0; i < ARRAY_SIZE(checks); i++)
		checks[i](&patient);
	version_free(patient.modules);
	rdma_free(&patient.rdma);
	model_free(&patient.model);

	if (!patient.nr_findings && style.format == OUT_TABLE)
		style.no_headings = true;
	rc = out_print(out, &style);
	return rc || !patient.nr_findings ? rc : RC_FOUND;
}

const struct cmd doctor_cmds[] = {
	{ "doctor", "Find what is wrong with this host, each with its fix", NULL,
	  run_doctor },
	{ }
};
