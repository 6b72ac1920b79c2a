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
#include "say.h"
#include "version.h"

static const struct cmd *const cmd_tables[] = {
	map_cmds, device_cmds, session_cmds, path_cmds, server_cmds,
};

struct options {
	bool	json;
	bool	help;
	bool	version;
};

static const struct cmd *next_cmd(const struct cmd *cmd, size_t *table)
{
	cmd = cmd ? cmd + 1 : cmd_tables[*table];
	while (!cmd->name) {
		if (++*table == ARRAY_SIZE(cmd_tables))
			return NULL;
		cmd = cmd_tables[*table];
	}
	return cmd;
}

/* How many of @words spell the whole name of @cmd; 0 if they do not. */
static size_t words_of_name(const char *name, char **words, size_t nr)
{
	size_t used = 0, len;

	for (; *name; name += strspn(name, " ")) {
		len = strcspn(name, " ");
		if (used == nr || strlen(words[used]) != len ||
		    strncmp(name, words[used], len))
			return 0;
		name += len;
		used++;
	}
	return used;
}

static const struct cmd *find_cmd(char **words, size_t nr, size_t *used)
{
	const struct cmd *cmd = NULL;
	size_t table = 0;

	while ((cmd = next_cmd(cmd, &table))) {
		*used = words_of_name(cmd->name, words, nr);
		if (*used)
			return cmd;
	}
	return NULL;
}

/* "path" of "path add": the object alone, for its list of verbs. */
static bool in_object(const struct cmd *cmd, const char *object)
{
	size_t len = strlen(object);

	return !strncmp(cmd->name, object, len) && cmd->name[len] == ' ';
}

static void print_cmds(const char *object)
{
	const struct cmd *cmd = NULL;
	size_t table = 0;

	while ((cmd = next_cmd(cmd, &table)))
		if (!object || in_object(cmd, object))
			printf("  %-24s %s\n", cmd->name, cmd->does);
}

static void help_all(void)
{
	size_t i;

	puts("Usage: rnbdctl [--json] COMMAND [WORD ...]\n"
	     "       rnbdctl [COMMAND] --help\n"
	     "       rnbdctl --version\n"
	     "\n"
	     "Maps block devices of other hosts over RDMA.\n"
	     "\n"
	     "Commands:");
	print_cmds(NULL);
	puts("\nExit status:");
	for (i = 0; i < nr_exit_texts; i++)
		printf("  %3d  %s\n", exit_texts[i].code, exit_texts[i].text);
}

static void help_cmd(const struct cmd *cmd)
{
	char *synopsis = cmd_synopsis(cmd);
	const struct word *word;

	printf("Usage: rnbdctl %s\n\n%s.\n", synopsis, cmd->does);
	free(synopsis);
	if (cmd->words)
		putchar('\n');
	for (word = cmd->words; word && word->key; word++)
		printf("  %-15s %s\n",
		       word->flags & WORD_PLAIN ? word->value : word->key,
		       word->help);
}

static int no_such_cmd(const char *object, bool help)
{
	const struct cmd *cmd = NULL;
	size_t table = 0;

	while ((cmd = next_cmd(cmd, &table)))
		if (in_object(cmd, object))
			break;
	if (!cmd)
		return fail(RC_USAGE, "no command '%s', see rnbdctl --help",
			    object);
	if (!help)
		return fail(RC_USAGE, "%s needs one of its verbs, see rnbdctl %s --help",
			    object, object);
	printf("Usage: rnbdctl %s VERB [WORD ...]\n\nCommands:\n", object);
	print_cmds(object);
	return RC_OK;
}

/* Takes the options out of @words; what follows "--" stays. */
static int take_options(struct options *options, char **words, size_t *nr)
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
		else if (word[0] == '-' && word[1])
			return fail(RC_USAGE, "no option '%s', see rnbdctl --help",
				    word);
		else
			words[kept++] = words[i];
	}
	while (i < *nr)
		words[kept++] = words[i++];
	*nr = kept;
	return RC_OK;
}

static int run(char **words, size_t nr)
{
	struct options options = { };
	struct args args = { };
	size_t used;
	int rc;

	rc = take_options(&options, words, &nr);
	if (rc)
		return rc;
	if (options.version)
		return version_show(options.json);
	if (!nr && !options.help)
		return fail(RC_USAGE, "what to do? see rnbdctl --help");
	if (!nr) {
		help_all();
		return RC_OK;
	}

	args.cmd = find_cmd(words, nr, &used);
	if (!args.cmd)
		return no_such_cmd(words[0], options.help);
	if (options.help) {
		help_cmd(args.cmd);
		return RC_OK;
	}
	args.json = options.json;
	rc = args_parse(&args, words + used, nr - used);
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
