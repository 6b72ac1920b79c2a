// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU 9 and later: counts the instructions which a machine of one
 * processor executes, by where they are.
 *   -plugin count.so,out=FIFO[,profile=on]
 * Whoever reads FIFO gets the counts up to now: `user N kernel N modules N`, with
 * profile=on a line `ADDRESS N` for each 16 bytes of the kernel in which something
 * ran, and `end`, after which it must not read on.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plugin.h"

EXPORTED int qemu_plugin_version = 2;

/* where x86-64 Linux with nokaslr has its code */
#define TEXT		UINT64_C(0xffffffff81000000)
#define TEXT_SIZE	(UINT64_C(32) << 20)
#define MODULES		UINT64_C(0xffffffffc0000000)
#define MODULES_SIZE	(UINT64_C(64) << 20)
#define GRAIN		16

enum { USER, KERNEL, IN_MODULES, NR_CLASSES };

struct counts {
	uint64_t of[NR_CLASSES];
	/* only there with profile=on */
	uint64_t text[TEXT_SIZE / GRAIN];
	uint64_t modules[MODULES_SIZE / GRAIN];
};

static struct qemu_plugin_scoreboard *score;
static const char *out;
static bool profile;

static void count(struct qemu_plugin_tb *tb, size_t offset)
{
	struct per_vcpu_u64 entry = { score, offset };

	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, ADD_U64, entry,
							  qemu_plugin_tb_n_insns(tb));
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	uint64_t at = qemu_plugin_tb_vaddr(tb);
	int class = !(at >> 63) ? USER : at >= MODULES ? IN_MODULES : KERNEL;

	(void)id;
	count(tb, offsetof(struct counts, of[class]));
	if (!profile)
		return;
	if (at - TEXT < TEXT_SIZE)
		count(tb, offsetof(struct counts, text[(at - TEXT) / GRAIN]));
	else if (at - MODULES < MODULES_SIZE)
		count(tb, offsetof(struct counts, modules[(at - MODULES) / GRAIN]));
}

static void tell_places(FILE *reader, const uint64_t *counts, uint64_t base, uint64_t size)
{
	uint64_t i;

	for (i = 0; i < size / GRAIN; i++)
		if (counts[i])
			fprintf(reader, "%" PRIx64 " %" PRIu64 "\n", base + i * GRAIN, counts[i]);
}

static void *tell(void *unused)
{
	const struct counts *counts;
	FILE *reader;

	(void)unused;
	while ((reader = fopen(out, "w"))) {
		counts = qemu_plugin_scoreboard_find(score, 0);
		fprintf(reader, "user %" PRIu64 " kernel %" PRIu64 " modules %" PRIu64 "\n",
			counts->of[USER], counts->of[KERNEL], counts->of[IN_MODULES]);
		if (profile) {
			tell_places(reader, counts->text, TEXT, TEXT_SIZE);
			tell_places(reader, counts->modules, MODULES, MODULES_SIZE);
		}
		fputs("end\n", reader);
		fclose(reader);
	}
	return NULL;
}

/* not before there is a processor, for threads do not live through -daemonize */
static void started(uint64_t id, unsigned int vcpu)
{
	sigset_t all, before;
	pthread_t teller;

	(void)id;
	if (vcpu) {
		fprintf(stderr, "count: only machines of one processor are counted\n");
		exit(1);
	}
	/* signals are QEMU's, and a reader may leave early */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&teller, NULL, tell, NULL))
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

EXPORTED int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
		else if (!strcmp(argv[i], "profile=on"))
			profile = true;
	}
	if (!out || mkfifo(out, 0600)) {
		fprintf(stderr, "count: out=FIFO must name a file that can be made\n");
		return -1;
	}
	score = qemu_plugin_scoreboard_new(profile ? sizeof(struct counts) :
					   offsetof(struct counts, text));
	qemu_plugin_register_vcpu_init_cb(id, started);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
