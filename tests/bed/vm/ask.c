// SPDX-License-Identifier: GPL-2.0
/*
 * The host's end of the guest agent: runs one command in a guest over the first
 * free of its ports (agent.h) and behaves as that command: same output, same
 * exit code.
 *
 *   ask [-i] [-t SECONDS] MACHINE_DIR COMMAND [ARG...]
 *
 * -i passes stdin on; without it the command reads from /dev/null. A command
 * that takes longer than SECONDS (60) is killed: 124. The machine is gone: 255.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define EXIT_USAGE	2
#define EXIT_GONE	255
/* how long past the command's own limit a silent guest is waited for */
#define SILENCE_MS	10000

static const char *machine;
static uint32_t id;

static void die(int code, const char *what)
{
	fprintf(stderr, "ask: %s: %s\n", machine, what);
	exit(code);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Locks the first free of the ports ctl0, ctl1...; -1 when all are taken. */
static int lock_port(char *path, size_t size)
{
	int port;

	for (port = 0; ; port++) {
		char lock[sizeof(((struct sockaddr_un *)0)->sun_path) + 8];
		int fd;

		snprintf(path, size, "%s/ctl%d", machine, port);
		if (access(path, F_OK)) {
			if (!port)
				die(EXIT_GONE, "not running");
			return -1;
		}
		snprintf(lock, sizeof(lock), "%s.lock", path);
		/* held until this process ends */
		fd = open(lock, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0)
			die(EXIT_GONE, strerror(errno));
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return fd;
		close(fd);
	}
}

static int connect_port(int64_t deadline_ms)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	while (lock_port(addr.sun_path, sizeof(addr.sun_path)) < 0) {
		struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

		if (now_ms() > deadline_ms)
			die(AGENT_EXIT_TIMEOUT, "all ports are busy");
		nanosleep(&pause, NULL);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die(EXIT_GONE, strerror(errno));
	return fd;
}

static void write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* our own reader has left: so do we */
		if (n < 0 && fd == STDOUT_FILENO)
			exit(128 + 13);
		if (n < 0)
			die(EXIT_GONE, "the machine is gone");
		p += n;
		len -= n;
	}
}

static void send_frame(int fd, uint32_t type, const void *data, size_t len)
{
	struct agent_frame frame = {
		.magic = AGENT_MAGIC, .id = id, .type = type, .len = len,
	};

	write_all(fd, &frame, sizeof(frame));
	write_all(fd, data, len);
}

static void send_args(int fd, char **argv)
{
	for (; *argv; argv++) {
		const char *p = *argv;
		size_t left = strlen(p) + 1;

		while (left) {
			size_t n = left < AGENT_FRAME_MAX ? left : AGENT_FRAME_MAX;

			send_frame(fd, AGENT_ARGS, p, n);
			p += n;
			left -= n;
		}
	}
}

static size_t args_size(char **argv)
{
	size_t size = 0;

	for (; *argv; argv++)
		size += strlen(*argv) + 1;
	return size;
}

/* Spends the frames in buf; returns how many bytes are used up. */
static size_t take_frames(const char *buf, size_t len)
{
	size_t used = 0;

	while (len - used >= sizeof(struct agent_frame)) {
		const char *data = buf + used + sizeof(struct agent_frame);
		struct agent_frame frame;
		struct agent_exit end;

		memcpy(&frame, buf + used, sizeof(frame));
		if (frame.magic != AGENT_MAGIC || frame.id != id ||
		    frame.len > AGENT_FRAME_MAX) {
			used++;
			continue;
		}
		if (len - used < sizeof(frame) + frame.len)
			break;
		switch (frame.type) {
		case AGENT_OUT:
			write_all(STDOUT_FILENO, data, frame.len);
			break;
		case AGENT_ERR:
			write_all(STDERR_FILENO, data, frame.len);
			break;
		case AGENT_EXIT:
			memcpy(&end, data, sizeof(end));
			exit(end.code);
		}
		used += sizeof(frame) + frame.len;
	}
	return used;
}

/* Passes bytes in both directions until the command's exit frame arrives. */
static void relay(int fd, bool with_stdin, int64_t deadline_ms)
{
	char buf[4 * (sizeof(struct agent_frame) + AGENT_FRAME_MAX)];
	size_t len = 0, used;
	bool input_waits = false;

	for (;;) {
		/*
		 * A writable socket has room for a frame. Waiting for that keeps
		 * us reading, so a command that only writes cannot lock us up.
		 */
		struct pollfd pfd[2] = {
			{ .fd = fd, .events = POLLIN | (input_waits ? POLLOUT : 0) },
			{ .fd = with_stdin && !input_waits ? STDIN_FILENO : -1,
			  .events = POLLIN },
		};
		int64_t wait_ms = deadline_ms - now_ms();
		ssize_t n;

		if (wait_ms <= 0)
			die(AGENT_EXIT_TIMEOUT, "no answer");
		if (poll(pfd, 2, wait_ms) < 0)
			continue;

		if (pfd[0].revents & ~POLLOUT) {
			n = read(fd, buf + len, sizeof(buf) - len);
			if (n <= 0)
				die(EXIT_GONE, "the machine is gone");
			len += n;
			used = take_frames(buf, len);
			len -= used;
			memmove(buf, buf + used, len);
		}
		if (pfd[1].revents)
			input_waits = true;
		if (pfd[0].revents & POLLOUT) {
			char in[AGENT_FRAME_MAX];

			n = read(STDIN_FILENO, in, sizeof(in));
			if (n < 0)
				n = 0;
			send_frame(fd, AGENT_IN, in, n);
			with_stdin = n > 0;
			input_waits = false;
		}
	}
}

int main(int argc, char **argv)
{
	static const char zeroes[AGENT_FRAME_MAX];
	struct agent_begin begin = { .timeout_ms = 60 * 1000 };
	int64_t deadline_ms;
	int opt, fd;

	while ((opt = getopt(argc, argv, "+it:")) != -1) {
		switch (opt) {
		case 'i':
			begin.has_stdin = 1;
			break;
		case 't':
			begin.timeout_ms = strtoul(optarg, NULL, 10) * 1000;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (argc - optind < 2) {
		fprintf(stderr, "usage: ask [-i] [-t SECONDS] MACHINE_DIR COMMAND [ARG...]\n");
		return EXIT_USAGE;
	}
	machine = argv[optind];
	argv += optind + 1;
	if (args_size(argv) > AGENT_ARGS_MAX)
		die(EXIT_USAGE, "arguments too long");

	id = (uint32_t)getpid() << 12 ^ (uint32_t)now_ms();
	deadline_ms = now_ms() + begin.timeout_ms + SILENCE_MS;
	signal(SIGPIPE, SIG_IGN);

	fd = connect_port(deadline_ms);
	write_all(fd, zeroes, sizeof(zeroes));
	send_frame(fd, AGENT_BEGIN, &begin, sizeof(begin));
	send_args(fd, argv);
	send_frame(fd, AGENT_RUN, NULL, 0);
	relay(fd, begin.has_stdin, deadline_ms);
}
