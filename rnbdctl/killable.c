// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's waits end on a deadly signal only, so a signal which this
 * process handles would not end them. A child with default signals writes; the
 * parent waits for it and for signals.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "killable.h"
#include "util.h"

/* How long a killed write may take to leave the kernel. */
#define LEAVE_KERNEL_S	2

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static __noreturn void child_write(int fd, const char *text, int report,
				   pid_t parent, const sigset_t *unblocked)
{
	int err = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	sigprocmask(SIG_SETMASK, unblocked, NULL);

	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	if (write(report, &err, sizeof(err)) != sizeof(err))
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

/* The signals to wait for, blocked; those which are ignored are left alone. */
static sigset_t block_signals(sigset_t *before)
{
	struct sigaction action;
	sigset_t wait;
	size_t i;

	sigemptyset(&wait);
	for (i = 0; i < ARRAY_SIZE(ending_signals); i++)
		if (!sigaction(ending_signals[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN)
			sigaddset(&wait, ending_signals[i]);
	sigaddset(&wait, SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &wait, before);
	return wait;
}

/* Whether the kernel still did not let go of it. */
static bool kill_child(pid_t child)
{
	struct timespec patience = { .tv_sec = LEAVE_KERNEL_S };
	sigset_t chld;

	kill(child, SIGKILL);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	while (sigtimedwait(&chld, NULL, &patience) < 0 && errno == EINTR)
		;
	return !waitpid(child, NULL, WNOHANG);
}

/* The next signal, -1 with EAGAIN if none came in time. */
static int next_signal(const sigset_t *wait, unsigned int timeout_ms)
{
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L,
	};

	return timeout_ms ? sigtimedwait(wait, NULL, &timeout) :
			    sigwaitinfo(wait, NULL);
}

static void wait_for_child(pid_t child, const sigset_t *wait,
			   unsigned int timeout_ms,
			   struct write_result *result)
{
	int sig, status;

	do {
		sig = next_signal(wait, timeout_ms);
		if (sig < 0 && errno == EAGAIN)
			result->timed_out = true;
		else if (sig > 0 && sig != SIGCHLD)
			result->signal = sig;
		if (result->timed_out || result->signal) {
			result->still_running = kill_child(child);
			return;
		}
	} while (waitpid(child, &status, WNOHANG) != child);

	if (WIFSIGNALED(status))
		result->signal = WTERMSIG(status);
}

struct write_result killable_write(const char *file, const char *text,
				   unsigned int timeout_ms)
{
	struct write_result result = { };
	pid_t parent = getpid(), child;
	sigset_t before, wait;
	int report[2];
	int fd;

	fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0) {
		result.open_err = errno;
		return result;
	}
	if (pipe2(report, O_CLOEXEC)) {
		result.err = errno;
		goto close_file;
	}

	wait = block_signals(&before);
	child = fork();
	if (!child)
		child_write(fd, text, report[1], parent, &before);
	close(report[1]);
	if (child < 0) {
		result.err = errno;
		goto restore;
	}
	wait_for_child(child, &wait, timeout_ms, &result);

	/* What was done counts, even if a signal came just then. */
	if (!result.still_running &&
	    read(report[0], &result.err, sizeof(result.err)) ==
	    sizeof(result.err)) {
		result.signal = 0;
		result.timed_out = false;
	} else if (!result.signal && !result.timed_out) {
		result.err = EIO;
	}
restore:
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(report[0]);
close_file:
	close(fd);
	return result;
}
