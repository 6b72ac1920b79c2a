// SPDX-License-Identifier: GPL-2.0
/*
 * rnbdctl: finds the command, prints help from the table, runs it. The
 * options which every command takes are read here.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "cmd.h"
#include "lookup.h"
#include "say.h"
#include "sysfs.h"
#include "version.h"

struct options {
	bool	json;
	bool	help;
	bool	version;
	bool	dry_run;
};

static void print_cmds(const char *object)
{
	const struct cmd *cmd = NULL;

	while ((cmd = cmd_next(cmd)))
		if (!object || in_object(cmd, object))
			printf("  %-25s %s\n", cmd->name, cmd->does);
}

static void help_all(void)
{
	size_t i;

	puts("Usage: rnbdctl [--json] [--dry-run] COMMAND [WORD ...]\n"
	     "       rnbdctl [COMMAND] --help\n"
	     "       rnbdctl --version\n"
	     "\n"
	     "Maps block devices of other hosts over RDMA.\n"
	     "\n"
	     "Commands:");
	print_cmds(NULL);
	puts("\nShort forms:");
	for (i = 0; i < nr_short_forms; i++)
		printf("  %-25s %s\n", short_forms[i].name,
		       short_forms[i].cmd);
	puts("\nExit status:");
	for (i = 0; i < nr_exit_texts; i++)
		printf("  %3d  %s\n", exit_texts[i].code, exit_texts[i].text);
}

static void help_cmd(const struct cmd *cmd)
{
	char *synopsis = cmd_synopsis(cmd);
	const struct word *word;
	char *name;

	printf("Usage: rnbdctl %s\n\n%s.\n", synopsis, cmd->does);
	free(synopsis);
	if (cmd->words)
		putchar('\n');
	for (word = cmd->words; word && word->key; word++) {
		name = word_name(word);
		printf("  %-15s %s\n", name, word->help);
		free(name);
	}
}

static void help_object(const char *object)
{
	printf("Usage: rnbdctl %s VERB [WORD ...]\n\nCommands:\n", object);
	print_cmds(object);
}

/* Takes the options out of @words; what follows "--" stays. */
static void take_options(struct options *options, char **words, size_t *nr)
{
	size_t i, kept = 0;

	for (i = 0; i < *nr; i++) {
		const char *word = words[i];

		if (!strcmp(word, "--"))
			break;
		if (!strcmp(word, "--json") || !strcmp(word, "-j"))
			options->json = true;
		else if (!strcmp(word, "--help") || !strcmp(word, "-h"))
			options->help = true;
		else if (!strcmp(word, "--version") || !strcmp(word, "-V"))
			options->version = true;
		else if (!strcmp(word, "--dry-run") || !strcmp(word, "-n"))
			options->dry_run = true;
		else
			words[kept++] = words[i];
	}
	while (i < *nr)
		words[kept++] = words[i++];
	*nr = kept;
}

/* Whether the words are the object's name and no more. */
static bool is_whole(const char *object, char **words, size_t nr)
{
	size_t i, len;

	for (i = 0; i < nr; i++) {
		len = strlen(words[i]);
		if (strncmp(object, words[i], len))
			return false;
		object += len + (object[len] == ' ');
	}
	return !*object;
}

static int help(char **words, size_t nr)
{
	struct lookup found;
	char *object = nr ? lookup_object(words, nr) : NULL;
	int rc = RC_OK;

	if (!nr) {
		help_all();
	} else if (object && is_whole(object, words, nr)) {
		help_object(object);
	} else {
		rc = lookup(&found, words, nr);
		if (!rc)
			help_cmd(found.cmd);
	}
	free(object);
	return rc;
}

static int run(char **words, size_t nr)
{
	struct options options = { };
	struct args args = { };
	struct lookup found;
	int rc;

	take_options(&options, words, &nr);
	if (options.help)
		return help(words, nr);
	if (options.version)
		return version_show(options.json);
	if (!nr)
		return fail(RC_USAGE, "what to do? see rnbdctl --help");

	rc = lookup(&found, words, nr);
	if (rc)
		return rc;
	args.cmd = found.cmd;
	args.json = options.json;
	args.dry_run = options.dry_run;
	if (options.dry_run)
		sysfs_dry_run();
	rc = args_parse(&args, words + found.used, nr - found.used);
	if (!rc && found.extra)
		args_imply(&args, found.extra);
	if (!rc)
		rc = args.cmd->run(&args);
	args_free(&args);
	return rc;
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	return run(argv + 1, argc > 0 ? argc - 1 : 0);
}
