// SPDX-License-Identifier: GPL-2.0
/*
 * rnbdctl: finds the command, prints help from the table, runs it. The
 * options which every command takes are read here.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "cmd.h"
#include "lookup.h"
#include "say.h"
#include "sysfs.h"
#include "version.h"

struct options {
	struct style	style;
	bool		help;
	bool		version;
	bool		dry_run;
};

static int set_json(struct options *options, const char *value)
{
	(void)value;
	options->style.format = OUT_JSON;
	return RC_OK;
}

static int set_output(struct options *options, const char *value)
{
	static const char *const formats[] = {
		[OUT_TABLE] = "table", [OUT_JSON] = "json", [OUT_CSV] = "csv",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(value, formats[i])) {
			options->style.format = i;
			return RC_OK;
		}
	return fail(RC_USAGE, "--output must be table, json or csv");
}

static int set_units(struct options *options, const char *value)
{
	options->style.bytes = unit_of_bytes(value);
	if (!options->style.bytes && strcmp(value, "auto"))
		return fail(RC_USAGE, "--units must be auto, B, KiB, MiB, GiB, TiB or PiB");
	return RC_OK;
}

static int set_fields(struct options *options, const char *value)
{
	if (!*value)
		return fail(RC_USAGE, "--fields is empty");
	options->style.fields = value;
	return RC_OK;
}

static int set_no_headings(struct options *options, const char *value)
{
	(void)value;
	options->style.no_headings = true;
	return RC_OK;
}

static int set_dry_run(struct options *options, const char *value)
{
	(void)value;
	options->dry_run = true;
	return RC_OK;
}

static int set_help(struct options *options, const char *value)
{
	(void)value;
	options->help = true;
	return RC_OK;
}

static int set_version(struct options *options, const char *value)
{
	(void)value;
	options->version = true;
	return RC_OK;
}

static const struct option {
	const char	*name;
	const char	*letter;
	const char	*value;		/* what stands for it, or NULL */
	const char	*help;
	int		(*set)(struct options *options, const char *value);
} option_list[] = {
	{ "--json", "-j", NULL, "JSON instead of tables", set_json },
	{ "--output", "-o", "FORMAT", "table, json or csv", set_output },
	{ "--units", NULL, "UNIT", "of bytes: auto, B, KiB, MiB, GiB, TiB or PiB",
	  set_units },
	{ "--fields", NULL, "LIST", "columns: a,b or +a,-b for more and fewer",
	  set_fields },
	{ "--no-headings", NULL, NULL, "values without their names",
	  set_no_headings },
	{ "--dry-run", "-n", NULL, "print what would be written, write nothing",
	  set_dry_run },
	{ "--help", "-h", NULL, "this, or the words of a command", set_help },
	{ "--version", "-V", NULL, "versions of the tool and the modules",
	  set_version },
};

void offer_options(const char *typed)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(option_list); i++)
		if (!strncmp(option_list[i].name, typed, strlen(typed)))
			printf("%s%s\n", option_list[i].name,
			       option_list[i].value ? "=" : "");
}

static void print_cmds(const char *object)
{
	const struct cmd *cmd = NULL;

	while ((cmd = cmd_next(cmd)))
		if (!object || in_object(cmd, object))
			printf("  %-26s %s\n", cmd->name, cmd->does);
}

static void help_all(void)
{
	size_t i;

	puts("Usage: rnbdctl [OPTION ...] COMMAND [WORD ...]\n"
	     "       rnbdctl [COMMAND] --help\n"
	     "\n"
	     "Maps block devices of other hosts over RDMA.\n"
	     "\n"
	     "Options:");
	for (i = 0; i < ARRAY_SIZE(option_list); i++) {
		const struct option *option = &option_list[i];
		char *name = xasprintf("%s%s%s%s%s",
				       option->letter ? option->letter : "",
				       option->letter ? ", " : "    ",
				       option->name, option->value ? "=" : "",
				       option->value ? option->value : "");

		printf("  %-26s %s\n", name, option->help);
		free(name);
	}
	puts("\nCommands:");
	print_cmds(NULL);
	puts("\nShort forms:");
	for (i = 0; i < nr_short_forms; i++)
		printf("  %-26s %s\n", short_forms[i].name,
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

/* The option which a word is; *value is what it has after "=", or NULL. */
static const struct option *find_option(const char *word, const char **value)
{
	size_t len = strcspn(word, "="), i;

	for (i = 0; i < ARRAY_SIZE(option_list); i++) {
		const struct option *option = &option_list[i];
		bool by_letter = option->letter && !strcmp(word, option->letter);

		if (!by_letter && (strncmp(word, option->name, len) ||
				   option->name[len]))
			continue;
		*value = word[len] ? word + len + 1 : NULL;
		if (!*value || option->value)
			return option;
	}
	return NULL;
}

/* Takes the options out of @words; what follows "--" stays. */
static int take_options(struct options *options, char **words, size_t *nr)
{
	const struct option *option;
	const char *value;
	size_t i, kept = 0;
	int rc;

	for (i = 0; i < *nr && strcmp(words[i], "--"); i++) {
		option = find_option(words[i], &value);
		if (!option) {
			words[kept++] = words[i];
			continue;
		}
		if (option->value && !value) {
			if (i + 1 == *nr)
				return fail(RC_USAGE, "%s needs its %s",
					    words[i], option->value);
			value = words[++i];
		}
		rc = option->set(options, value);
		if (rc)
			return rc;
	}
	while (i < *nr)
		words[kept++] = words[i++];
	*nr = kept;
	return RC_OK;
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

	options.style.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	rc = take_options(&options, words, &nr);
	if (rc)
		return rc;
	if (options.help)
		return help(words, nr);
	if (options.version)
		return version_show(&options.style);
	if (!nr)
		return fail(RC_USAGE, "what to do? see rnbdctl --help");

	rc = lookup(&found, words, nr);
	if (rc)
		return rc;
	args.cmd = found.cmd;
	args.style = options.style;
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
