// SPDX-License-Identifier: GPL-2.0
/*
 * No shell is between: names of devices may hold what it would act on.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "say.h"

#define OUTPUT_MAX	(4 << 20)	/* bytes; more is cut off */

static char *read_all(int fd)
{
	size_t size = 65536, used = 0;
	char *text = xcalloc(1, size);
	ssize_t got;

	while ((got = read(fd, text + used, size - 1 - used)) > 0) {
		used += got;
		if (used < size - 1 || size >= OUTPUT_MAX)
			continue;
		size *= 2;
		text = realloc(text, size);
		if (!text)
			abort();
	}
	text[used] = '\0';
	return text;
}

char *program_output(const char *const argv[])
{
	posix_spawn_file_actions_t actions;
	char *text = NULL;
	int ends[2], status, err;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	err = posix_spawnp(&child, argv[0], &actions, NULL,
			   (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (!err) {
		text = read_all(ends[0]);
		if (waitpid(child, &status, 0) != child || status) {
			free(text);
			text = NULL;
		}
	}
	close(ends[0]);
	return text;
}
