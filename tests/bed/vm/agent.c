// SPDX-License-Identifier: GPL-2.0
/*
 * Process 1 of a guest: one worker per virtio-serial port named bed.N, each of
 * which runs the commands that the host sends over its port (agent.h).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define PORTS_DIR	"/sys/class/virtio-ports"
#define PORTS_MAX	32
#define AWAY_MS		500
#define IDLE_MS		1000

/* What a worker holds. The command's fields are -1 or 0 while none runs. */
struct worker {
	int port;

	char in[sizeof(struct agent_frame) + AGENT_FRAME_MAX];
	size_t in_len;

	uint32_t id;
	struct agent_begin begin;
	char args[AGENT_ARGS_MAX + 1];
	size_t args_len;

	pid_t pid;
	int pidfd;
	int stdin_fd;
	int out_fd;
	int err_fd;
	int64_t deadline_ms;
	/* stdin bytes which the command has not taken yet */
	char pending[AGENT_FRAME_MAX];
	size_t pending_len;
	bool stdin_ended;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void forget_command(struct worker *w)
{
	close_fd(&w->pidfd);
	close_fd(&w->stdin_fd);
	close_fd(&w->out_fd);
	close_fd(&w->err_fd);
	w->pid = 0;
	w->pending_len = 0;
	w->stdin_ended = false;
}

/* A command in uninterruptible sleep dies later, so nobody waits for it here. */
static void kill_command(struct worker *w)
{
	if (!w->pid)
		return;
	/* it may not have its own process group yet */
	kill(w->pid, SIGKILL);
	kill(-w->pid, SIGKILL);
	forget_command(w);
}

/*
 * The driver sends SIGIO, which stays pending, when a host connects or leaves;
 * the time limit is for a lost one.
 */
static void await_host(int limit_ms)
{
	struct timespec limit = {
		.tv_sec = limit_ms / 1000,
		.tv_nsec = limit_ms % 1000 * 1000000,
	};
	sigset_t sigio;

	sigemptyset(&sigio);
	sigaddset(&sigio, SIGIO);
	sigtimedwait(&sigio, NULL, &limit);
}

/*
 * The driver tells of a host's leaving late: bytes of the next host may already
 * have been read. So only a host that stays away has left its command behind.
 */
static bool host_is_gone(struct worker *w)
{
	int64_t end_ms = now_ms() + AWAY_MS;
	struct pollfd pfd = { .fd = w->port };

	for (;;) {
		if (poll(&pfd, 1, 0) == 0)
			return false;
		if (now_ms() >= end_ms)
			return true;
		await_host(AWAY_MS / 10);
	}
}

/* False when the host is gone; then the command was killed. */
static bool send_frame(struct worker *w, uint32_t type, const void *data, size_t len)
{
	char buf[sizeof(struct agent_frame) + AGENT_FRAME_MAX];
	struct agent_frame frame = {
		.magic = AGENT_MAGIC, .id = w->id, .type = type, .len = len,
	};
	size_t total = sizeof(frame) + len, done = 0;

	memcpy(buf, &frame, sizeof(frame));
	memcpy(buf + sizeof(frame), data, len);
	while (done < total) {
		struct pollfd pfd = { .fd = w->port, .events = POLLOUT };
		ssize_t n;

		if (poll(&pfd, 1, -1) < 0)
			continue;
		if (pfd.revents & POLLHUP && host_is_gone(w)) {
			kill_command(w);
			return false;
		}
		n = write(w->port, buf + done, total - done);
		if (n > 0)
			done += n;
	}
	return true;
}

static void send_exit(struct worker *w, uint32_t code)
{
	struct agent_exit reply = { .code = code };

	send_frame(w, AGENT_EXIT, &reply, sizeof(reply));
}

/* Never returns. */
static void become_command(struct worker *w, int in, int out, int err)
{
	char *argv[AGENT_ARGS_MAX / 2 + 2];
	char *arg = w->args, *end = w->args + w->args_len;
	int argc = 0;

	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);

	for (; arg < end && argc < AGENT_ARGS_MAX / 2; arg += strlen(arg) + 1)
		argv[argc++] = arg;
	argv[argc] = NULL;
	if (argc) {
		execvp(argv[0], argv);
		dprintf(STDERR_FILENO, "agent: %s: %s\n", argv[0], strerror(errno));
	}
	_exit(AGENT_EXIT_NO_COMMAND);
}

static bool start_command(struct worker *w)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };

	if (w->begin.has_stdin) {
		if (pipe2(in, O_CLOEXEC))
			goto fail;
	} else {
		in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	if (in[0] < 0 || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		goto fail;

	w->args[w->args_len] = '\0';
	w->pid = fork();
	if (w->pid < 0)
		goto fail;
	if (!w->pid)
		become_command(w, in[0], out[1], err[1]);

	close(in[0]);
	close(out[1]);
	close(err[1]);
	w->stdin_fd = in[1];
	w->out_fd = out[0];
	w->err_fd = err[0];
	if (w->stdin_fd >= 0)
		fcntl(w->stdin_fd, F_SETFL, O_NONBLOCK);
	fcntl(w->out_fd, F_SETFL, O_NONBLOCK);
	fcntl(w->err_fd, F_SETFL, O_NONBLOCK);
	w->pidfd = syscall(SYS_pidfd_open, w->pid, 0);
	w->deadline_ms = now_ms() + w->begin.timeout_ms;
	return true;

fail:
	w->pid = 0;
	close_fd(&in[0]);
	close_fd(&in[1]);
	close_fd(&out[0]);
	close_fd(&out[1]);
	close_fd(&err[0]);
	close_fd(&err[1]);
	return false;
}

/* One read's worth of output; false at its end. */
static bool forward_output(struct worker *w, int *fd, uint32_t type)
{
	char buf[AGENT_FRAME_MAX];
	ssize_t n = read(*fd, buf, sizeof(buf));

	if (n > 0)
		return send_frame(w, type, buf, n);
	if (n == 0 || errno != EAGAIN)
		close_fd(fd);
	return false;
}

/*
 * Whoever inherited the output may keep it open for ever, so the command's end
 * is its own exit: what it wrote until then is in the pipes.
 */
static void command_exited(struct worker *w)
{
	int status = 0;
	uint32_t code;

	waitpid(w->pid, &status, 0);
	while (w->out_fd >= 0 && forward_output(w, &w->out_fd, AGENT_OUT))
		;
	while (w->err_fd >= 0 && forward_output(w, &w->err_fd, AGENT_ERR))
		;
	code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	forget_command(w);
	send_exit(w, code);
}

static void feed_stdin(struct worker *w)
{
	ssize_t n;

	if (w->stdin_fd < 0) {
		w->pending_len = 0;
		return;
	}
	if (w->pending_len) {
		n = write(w->stdin_fd, w->pending, w->pending_len);
		if (n < 0 && errno != EAGAIN) {
			w->pending_len = 0;
			close_fd(&w->stdin_fd);
			return;
		}
		if (n > 0) {
			w->pending_len -= n;
			memmove(w->pending, w->pending + n, w->pending_len);
		}
	}
	if (!w->pending_len && w->stdin_ended)
		close_fd(&w->stdin_fd);
}

static void handle_frame(struct worker *w, const struct agent_frame *frame, const char *data)
{
	if (frame->type == AGENT_BEGIN && frame->len == sizeof(w->begin)) {
		kill_command(w);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		w->id = frame->id;
		memcpy(&w->begin, data, sizeof(w->begin));
		w->args_len = 0;
		return;
	}
	if (frame->id != w->id)
		return;

	switch (frame->type) {
	case AGENT_ARGS:
		if (frame->len <= AGENT_ARGS_MAX - w->args_len) {
			memcpy(w->args + w->args_len, data, frame->len);
			w->args_len += frame->len;
		}
		break;
	case AGENT_RUN:
		if (!w->pid && !start_command(w))
			send_exit(w, AGENT_EXIT_NO_COMMAND);
		break;
	case AGENT_IN:
		if (!w->pid)
			break;
		if (frame->len) {
			memcpy(w->pending, data, frame->len);
			w->pending_len = frame->len;
		} else {
			w->stdin_ended = true;
		}
		feed_stdin(w);
		break;
	}
}

/* Takes one frame out of the input, skipping what is none. */
static bool next_frame(struct worker *w)
{
	struct agent_frame frame;
	size_t skip = 0;
	bool found = false;

	while (!found && w->in_len - skip >= sizeof(frame)) {
		memcpy(&frame, w->in + skip, sizeof(frame));
		if (frame.magic != AGENT_MAGIC || frame.len > AGENT_FRAME_MAX) {
			skip++;
			continue;
		}
		if (w->in_len - skip < sizeof(frame) + frame.len)
			break;
		handle_frame(w, &frame, w->in + skip + sizeof(frame));
		skip += sizeof(frame) + frame.len;
		found = true;
	}
	w->in_len -= skip;
	memmove(w->in, w->in + skip, w->in_len);
	return found;
}

/* False when the host is gone: then there is nothing to read and no wait. */
static bool read_port(struct worker *w)
{
	ssize_t n = read(w->port, w->in + w->in_len, sizeof(w->in) - w->in_len);

	if (n > 0)
		w->in_len += n;
	return n != 0;
}

/* Everything a worker waits for; -1 as a descriptor is ignored by poll. */
static void wait_and_act(struct worker *w)
{
	enum { PORT, CHILD, STDIN, OUT, ERR, NR };
	struct pollfd pfd[NR] = {
		[PORT] = { .fd = w->port, .events = w->pending_len ? 0 : POLLIN },
		[CHILD] = { .fd = w->pidfd, .events = POLLIN },
		[STDIN] = { .fd = w->pending_len ? w->stdin_fd : -1, .events = POLLOUT },
		[OUT] = { .fd = w->out_fd, .events = POLLIN },
		[ERR] = { .fd = w->err_fd, .events = POLLIN },
	};
	int64_t wait_ms = -1;

	if (w->pid) {
		wait_ms = w->deadline_ms - now_ms();
		if (wait_ms < 0)
			wait_ms = 0;
	}
	if (poll(pfd, NR, wait_ms) < 0)
		return;

	if (w->pid && now_ms() >= w->deadline_ms) {
		kill_command(w);
		send_exit(w, AGENT_EXIT_TIMEOUT);
		return;
	}
	if ((pfd[PORT].revents & POLLIN && !read_port(w)) ||
	    (pfd[PORT].revents & POLLHUP && w->pending_len)) {
		if (!w->pid)
			await_host(IDLE_MS);
		else if (host_is_gone(w))
			kill_command(w);
		return;
	}
	if (w->pid && pfd[OUT].revents)
		forward_output(w, &w->out_fd, AGENT_OUT);
	if (w->pid && pfd[ERR].revents)
		forward_output(w, &w->err_fd, AGENT_ERR);
	if (w->pid && pfd[STDIN].revents)
		feed_stdin(w);
	if (w->pid && pfd[CHILD].revents)
		command_exited(w);
}

static void serve_port(const char *device)
{
	static struct worker w;
	sigset_t sigio;

	sigemptyset(&sigio);
	sigaddset(&sigio, SIGIO);
	sigprocmask(SIG_BLOCK, &sigio, NULL);
	signal(SIGPIPE, SIG_IGN);
	w.port = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (w.port < 0)
		exit(1);
	fcntl(w.port, F_SETOWN, getpid());
	fcntl(w.port, F_SETFL, O_RDWR | O_NONBLOCK | O_ASYNC);
	w.pidfd = -1;
	w.stdin_fd = -1;
	w.out_fd = -1;
	w.err_fd = -1;
	for (;;) {
		wait_and_act(&w);
		while (!w.pending_len && next_frame(&w))
			;
	}
}

static bool is_our_port(const char *port)
{
	char path[sizeof(PORTS_DIR) + 300], name[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), PORTS_DIR "/%s/name", port);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return strncmp(name, "bed.", 4) == 0;
}

/*
 * Ports appear one after another while the driver talks to the host. Returns
 * how many have a worker.
 */
static int start_workers(pid_t *workers)
{
	struct dirent *entry;
	DIR *dir = opendir(PORTS_DIR);
	int running = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		char device[300];
		int number;

		if (sscanf(entry->d_name, "vport%*dp%d", &number) != 1 ||
		    number < 0 || number >= PORTS_MAX ||
		    !is_our_port(entry->d_name))
			continue;
		running++;
		if (workers[number])
			continue;
		snprintf(device, sizeof(device), "/dev/%s", entry->d_name);
		workers[number] = fork();
		if (!workers[number])
			serve_port(device);
	}
	closedir(dir);
	return running;
}

/* usage: agent NR_PORTS */
int main(int argc, char **argv)
{
	pid_t workers[PORTS_MAX] = { 0 };
	int nr_ports = argc > 1 ? atoi(argv[1]) : 1;

	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("LC_ALL", "C", 1);

	for (;;) {
		struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
		bool complete = start_workers(workers) >= nr_ports;
		pid_t pid = waitpid(-1, NULL, complete ? 0 : WNOHANG);
		int i;

		for (i = 0; pid > 0 && i < PORTS_MAX; i++)
			if (workers[i] == pid)
				workers[i] = 0;
		if (!complete)
			nanosleep(&pause, NULL);
	}
}
