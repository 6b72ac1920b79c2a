// SPDX-License-Identifier: GPL-2.0
/*
 * Finds lost, misplaced and stale writes on a block device.
 *
 *   stamp write  DEVICE STATE [-w WRITERS] [-b BLOCKS] [-t SECONDS] [-r RUN]
 *                             [-p PAUSE_US]
 *   stamp verify DEVICE STATE
 *
 * Each writer owns every WRITERS-th block of 4 KiB and writes its blocks over
 * and over, each time with the next sequence number in every sector. A write
 * that returned success is acknowledged. STATE keeps, for each block, the last
 * sequence acknowledged and the last one submitted; a sector must later hold
 * one of these or one between. Less is a stale write, another place or run is
 * a misplaced one. Writing ends after SECONDS or with SIGTERM; failed writes
 * are counted and tried again with a new sequence. A writer rests PAUSE_US
 * after each write.
 *
 * Exit status: 0 good, 1 wrong sectors found, 2 could not run.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BLOCK		4096
#define SECTOR		512
#define MAGIC		0x504d4154534b4c42ULL
#define MAX_REPORTS	8

struct sector_stamp {
	uint64_t	magic;
	uint64_t	run;
	uint64_t	sector;
	uint64_t	seq;
	uint64_t	fill[SECTOR / 8 - 4];
};

struct block_state {
	uint64_t	acked;
	uint64_t	submitted;
};

struct state_head {
	uint64_t	magic;
	uint64_t	run;
	uint64_t	nr_blocks;
};

struct job {
	int			fd;
	unsigned int		nr_writers;
	unsigned int		pause_us;
	uint64_t		run;
	uint64_t		nr_blocks;
	struct block_state	*blocks;
};

struct writer {
	pthread_t	thread;
	const struct job *job;
	unsigned int	index;
	uint64_t	done;
	uint64_t	failed;
	double		longest_s;
};

static volatile sig_atomic_t stop;

static void on_stop(int sig)
{
	(void)sig;
	stop = 1;
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void fill_block(void *buf, uint64_t run, uint64_t block, uint64_t seq)
{
	struct sector_stamp *s = buf;
	unsigned int i, j;

	for (i = 0; i < BLOCK / SECTOR; i++, s++) {
		s->magic = htole64(MAGIC);
		s->run = htole64(run);
		s->sector = htole64(block * (BLOCK / SECTOR) + i);
		s->seq = htole64(seq);
		for (j = 0; j < SECTOR / 8 - 4; j++)
			s->fill[j] = htole64(seq * 0x9e3779b97f4a7c15ULL + j);
	}
}

static void *write_blocks(void *arg)
{
	struct writer *w = arg;
	const struct job *job = w->job;
	void *buf;
	uint64_t b;

	if (posix_memalign(&buf, BLOCK, BLOCK))
		errx(2, "out of memory");
	while (!stop) {
		for (b = w->index; b < job->nr_blocks && !stop;
		     b += job->nr_writers) {
			struct block_state *st = &job->blocks[b];
			double began = now_s(), took;

			st->submitted++;
			fill_block(buf, job->run, b, st->submitted);
			if (pwrite(job->fd, buf, BLOCK, b * BLOCK) == BLOCK) {
				st->acked = st->submitted;
				w->done++;
			} else {
				w->failed++;
				usleep(10000);
			}
			took = now_s() - began;
			if (took > w->longest_s)
				w->longest_s = took;
			if (job->pause_us)
				usleep(job->pause_us);
		}
	}
	free(buf);
	return NULL;
}

static void save_state(const char *path, const struct job *job)
{
	struct state_head head = {
		.magic = MAGIC, .run = job->run, .nr_blocks = job->nr_blocks,
	};
	FILE *f = fopen(path, "w");

	if (!f || fwrite(&head, sizeof(head), 1, f) != 1 ||
	    fwrite(job->blocks, sizeof(*job->blocks), job->nr_blocks, f) !=
	    job->nr_blocks || fclose(f))
		err(2, "%s", path);
}

static void load_state(const char *path, struct job *job)
{
	struct state_head head;
	FILE *f = fopen(path, "r");

	if (!f || fread(&head, sizeof(head), 1, f) != 1)
		err(2, "%s", path);
	if (head.magic != MAGIC)
		errx(2, "%s: not a state file", path);
	job->run = head.run;
	job->nr_blocks = head.nr_blocks;
	job->blocks = calloc(job->nr_blocks, sizeof(*job->blocks));
	if (!job->blocks || fread(job->blocks, sizeof(*job->blocks),
				  job->nr_blocks, f) != job->nr_blocks)
		errx(2, "%s: too short", path);
	fclose(f);
}

static int write_all(struct job *job, const char *state, unsigned int seconds)
{
	struct writer *w = calloc(job->nr_writers, sizeof(*w));
	uint64_t done = 0, failed = 0;
	double longest = 0;
	unsigned int i;

	job->blocks = calloc(job->nr_blocks, sizeof(*job->blocks));
	if (!w || !job->blocks)
		errx(2, "out of memory");
	signal(SIGTERM, on_stop);
	signal(SIGINT, on_stop);
	signal(SIGALRM, on_stop);
	alarm(seconds);
	for (i = 0; i < job->nr_writers; i++) {
		w[i].job = job;
		w[i].index = i;
		if (pthread_create(&w[i].thread, NULL, write_blocks, &w[i]))
			errx(2, "cannot start writer %u", i);
	}
	for (i = 0; i < job->nr_writers; i++) {
		pthread_join(w[i].thread, NULL);
		done += w[i].done;
		failed += w[i].failed;
		if (w[i].longest_s > longest)
			longest = w[i].longest_s;
	}
	save_state(state, job);
	printf("written %" PRIu64 " failed %" PRIu64 " longest_ms %.0f\n",
	       done, failed, longest * 1000);
	return 0;
}

/* What is wrong with a sector, or NULL. */
static const char *judge(const struct job *job, const struct sector_stamp *s,
			 uint64_t block, uint64_t sector)
{
	const struct block_state *st = &job->blocks[block];
	uint64_t seq = le64toh(s->seq);

	if (s->magic != htole64(MAGIC))
		return st->acked ? "lost" : NULL;
	if (le64toh(s->run) != job->run)
		return st->acked ? "of another run" : NULL;
	if (le64toh(s->sector) != sector)
		return "misplaced";
	if (seq < st->acked)
		return "stale";
	if (seq > st->submitted)
		return "from the future";
	if (le64toh(s->fill[SECTOR / 8 - 5]) !=
	    seq * 0x9e3779b97f4a7c15ULL + SECTOR / 8 - 5)
		return "torn";
	return NULL;
}

static int verify_all(const struct job *job)
{
	uint64_t b, wrong_sectors = 0, wrong_blocks = 0;
	void *buf;
	unsigned int i;

	if (posix_memalign(&buf, BLOCK, BLOCK))
		errx(2, "out of memory");
	for (b = 0; b < job->nr_blocks; b++) {
		const struct sector_stamp *s = buf;
		bool wrong = false;

		if (pread(job->fd, buf, BLOCK, b * BLOCK) != BLOCK)
			err(2, "block %" PRIu64, b);
		for (i = 0; i < BLOCK / SECTOR; i++, s++) {
			uint64_t sector = b * (BLOCK / SECTOR) + i;
			const char *what = judge(job, s, b, sector);

			if (!what)
				continue;
			wrong = true;
			if (wrong_sectors++ < MAX_REPORTS)
				printf("sector %" PRIu64 " %s: seq %" PRIu64
				       ", acknowledged %" PRIu64
				       ", submitted %" PRIu64 "\n",
				       sector, what, le64toh(s->seq),
				       job->blocks[b].acked,
				       job->blocks[b].submitted);
		}
		wrong_blocks += wrong;
	}
	free(buf);
	printf("blocks %" PRIu64 " wrong %" PRIu64 "\n", job->nr_blocks,
	       wrong_blocks);
	return wrong_blocks ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct job job = { .nr_writers = 48, .nr_blocks = 1920 };
	unsigned int seconds = 10;
	bool writing;
	int opt;

	if (argc < 4)
		errx(2, "usage: stamp write|verify DEVICE STATE [options]");
	writing = !strcmp(argv[1], "write");
	if (!writing && strcmp(argv[1], "verify"))
		errx(2, "%s: neither write nor verify", argv[1]);
	job.run = time(NULL);
	optind = 4;
	while ((opt = getopt(argc, argv, "w:b:t:r:p:")) != -1) {
		switch (opt) {
		case 'w':
			job.nr_writers = strtoul(optarg, NULL, 0);
			break;
		case 'b':
			job.nr_blocks = strtoull(optarg, NULL, 0);
			break;
		case 't':
			seconds = strtoul(optarg, NULL, 0);
			break;
		case 'p':
			job.pause_us = strtoul(optarg, NULL, 0);
			break;
		case 'r':
			job.run = strtoull(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	if (!job.nr_writers || !job.nr_blocks)
		errx(2, "at least one writer and one block");
	/* an existing device only: a missing one must not become a file */
	job.fd = open(argv[2], (writing ? O_RDWR : O_RDONLY) | O_DIRECT);
	if (job.fd < 0)
		err(2, "%s", argv[2]);
	if (writing)
		return write_all(&job, argv[3], seconds);
	load_state(argv[3], &job);
	return verify_all(&job);
}
