// SPDX-License-Identifier: GPL-2.0
/*
 * Completion. The shells' scripts only ask "completion words" what may stand at
 * the cursor; the table of commands and the kernel's files answer.
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "lookup.h"
#include "rdma.h"
#include "say.h"
#include "sysfs.h"
#include "tab.h"
#include "text.h"

static const char bash_script[] =
	"# made by: rnbdctl completion bash\n"
	"_rnbdctl()\n"
	"{\n"
	"\tlocal cur words cword trim\n"
	"\n"
	"\t_get_comp_words_by_ref -n =:@ cur words cword\n"
	"\tmapfile -t COMPREPLY < <(\"${words[0]}\" completion words -- \\\n"
	"\t\t\"${words[@]:1:cword}\" 2>/dev/null)\n"
	"\t[[ ${COMPREPLY-} != *= ]] || compopt -o nospace 2>/dev/null\n"
	"\t# bash replaces only what is behind the last of these\n"
	"\ttrim=${cur%\"${cur##*[=:@]}\"}\n"
	"\tCOMPREPLY=(\"${COMPREPLY[@]#\"$trim\"}\")\n"
	"} &&\n"
	"complete -o default -F _rnbdctl rnbdctl\n";

static const char zsh_script[] =
	"#compdef rnbdctl\n"
	"# made by: rnbdctl completion zsh\n"
	"_rnbdctl()\n"
	"{\n"
	"\tlocal -a found\n"
	"\n"
	"\tfound=(${(f)\"$(${words[1]} completion words -- \\\n"
	"\t\t\"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})\n"
	"\t(( $#found )) || { _files; return }\n"
	"\tcompadd -S '' -- ${(M)found:#*=}\n"
	"\tcompadd -- ${found:#*=}\n"
	"}\n"
	"_rnbdctl \"$@\"\n";

/* What is typed so far. */
struct cursor {
	const char	*prefix;	/* of the word, before the value */
	size_t		prefix_len;
	const char	*typed;		/* of the value */
	const char	*session;	/* named before, or NULL */
	struct model	model;
};

/* Names which a shell would read otherwise are left to be typed. */
static void offer(const struct cursor *cursor, const char *word)
{
	char *quoted;

	if (!word || strncmp(word, cursor->typed, strlen(cursor->typed)))
		return;
	quoted = text_for_shell(word);
	if (!strcmp(quoted, word))
		printf("%.*s%s\n", (int)cursor->prefix_len, cursor->prefix,
		       word);
	free(quoted);
}

static void offer_choices(const struct cursor *cursor, const char *choices)
{
	char *list = xstrdup(choices), *rest = list, *one;

	while ((one = strsep(&rest, " ")))
		offer(cursor, one);
	free(list);
}

static void offer_devices(const struct cursor *cursor)
{
	size_t i;

	for (i = 0; i < cursor->model.nr_devices; i++)
		offer(cursor, cursor->model.devices[i].name);
}

static void offer_sessions(const struct cursor *cursor, bool clients,
			   bool servers)
{
	size_t i;

	for (i = 0; i < cursor->model.nr_sessions; i++) {
		const struct session *session = &cursor->model.sessions[i];

		/* the clients' come first; once is enough */
		if (session->side == SIDE_CLIENT ? clients :
		    servers && !(clients && model_session(&cursor->model,
							  SIDE_CLIENT,
							  session->name)))
			offer(cursor, session->name);
	}
}

static void offer_paths(const struct cursor *cursor, bool clients)
{
	size_t i, p;

	for (i = 0; i < cursor->model.nr_sessions; i++) {
		const struct session *session = &cursor->model.sessions[i];

		if ((cursor->session &&
		     strcmp(cursor->session, session->name)) ||
		    (!clients && session->side == SIDE_CLIENT))
			continue;
		for (p = 0; p < session->nr_paths; p++)
			offer(cursor, session->paths[p].name);
	}
}

/* Servers which are known by other paths. */
static void offer_addresses(const struct cursor *cursor)
{
	size_t i, p;

	for (i = 0; i < cursor->model.nr_sessions; i++) {
		const struct session *session = &cursor->model.sessions[i];

		for (p = 0; p < session->nr_paths &&
		     session->side == SIDE_CLIENT; p++)
			offer(cursor, session->paths[p].dst);
	}
}

static void offer_exports(const struct cursor *cursor)
{
	size_t i;

	for (i = 0; i < cursor->model.nr_exports; i++)
		offer(cursor, cursor->model.exports[i].disk);
}

static void offer_rxe(const struct cursor *cursor)
{
	struct rdma rdma = { };
	size_t i;

	rdma_read(&rdma);
	for (i = 0; i < rdma.nr_links; i++)
		offer(cursor, rdma.links[i].device);
	rdma_free(&rdma);
}

static void offer_netdevs(const struct cursor *cursor)
{
	struct if_nameindex *list = if_nameindex(), *netdev;

	for (netdev = list; netdev && netdev->if_name; netdev++)
		offer(cursor, netdev->if_name);
	if (list)
		if_freenameindex(list);
}

static void offer_mappings(const struct cursor *cursor)
{
	struct tab tab = { };
	size_t i;

	tab_read(&tab, TAB_FILE);
	for (i = 0; i < tab.nr; i++)
		offer(cursor, tab.list[i].name);
	tab_free(&tab);
}

static void offer_values(const struct cursor *cursor, const struct word *word)
{
	switch (word->kind) {
	case KIND_CHOICE:
		offer_choices(cursor, word->choices);
		break;
	case KIND_DEVICE:
		offer_devices(cursor);
		break;
	case KIND_CLIENT_SESSION:
		offer_sessions(cursor, true, false);
		break;
	case KIND_SERVER_SESSION:
		offer_sessions(cursor, false, true);
		break;
	case KIND_SESSION:
		offer_sessions(cursor, true, true);
		break;
	case KIND_PATH:
		offer_paths(cursor, true);
		break;
	case KIND_SERVER_PATH:
		offer_paths(cursor, false);
		break;
	case KIND_ADDRESS:
		offer_addresses(cursor);
		break;
	case KIND_EXPORT:
		offer_exports(cursor);
		break;
	case KIND_RXE:
		offer_rxe(cursor);
		break;
	case KIND_NETDEV:
		offer_netdevs(cursor);
		break;
	case KIND_MAPPING:
		offer_mappings(cursor);
		break;
	case KIND_ANY_NAME:
		offer_devices(cursor);
		offer_sessions(cursor, true, true);
		offer_paths(cursor, true);
		break;
	case KIND_FREE:
	case KIND_FILE:
		break;
	}
}

/* Next words of the names which begin with these. */
static void offer_name(const struct cursor *cursor, const char *name,
		       char **words, size_t nr)
{
	char *rest, *all, *one;
	size_t i;

	all = xstrdup(name);
	rest = all;
	for (i = 0; i < nr; i++) {
		one = strsep(&rest, " ");
		if (!one || strcmp(one, words[i]))
			break;
	}
	one = i == nr ? strsep(&rest, " ") : NULL;
	if (one)
		offer(cursor, one);
	free(all);
}

static void offer_names(const struct cursor *cursor, char **words, size_t nr)
{
	const struct cmd *cmd = NULL;
	size_t i;

	while ((cmd = cmd_next(cmd)))
		offer_name(cursor, cmd->name, words, nr);
	for (i = 0; i < nr_short_forms; i++)
		offer_name(cursor, short_forms[i].name, words, nr);
}

static void offer_keys(const struct cursor *cursor, const struct args *args)
{
	const struct word *word;
	char *text, *c;

	for (word = args->cmd->words; word && word->key; word++) {
		if (arg(args, word->key) && !(word->flags & WORD_REPEATED))
			continue;
		if (word->flags & WORD_OPTION) {
			text = xasprintf("--%s", word->key);
			for (c = text; (c = strchr(c, '_')); )
				*c = '-';
		} else {
			text = xasprintf("%s%s", word->key,
					 word->flags & WORD_FLAG ? "" : "=");
		}
		offer(cursor, text);
		free(text);
	}
}

/* The first value which may be plain and is not there yet. */
static void offer_plain(const struct cursor *cursor, const struct args *args)
{
	const struct word *word;

	for (word = args->cmd->words; word && word->key; word++)
		if (word->flags & WORD_PLAIN &&
		    (word->flags & WORD_REPEATED || !arg(args, word->key))) {
			offer_values(cursor, word);
			return;
		}
}

/* "key=..." under the cursor. */
static bool offer_key_value(struct cursor *cursor, const struct cmd *cmd)
{
	const char *text = cursor->typed;
	size_t len = strcspn(text, "="), key = strspn(text, "-");
	const struct word *word;

	if (!text[len])
		return false;
	for (word = cmd->words; word && word->key; word++)
		if (strlen(word->key) == len - key &&
		    !strncmp(word->key, text + key, len - key)) {
			cursor->prefix = text;
			cursor->prefix_len = len + 1;
			cursor->typed = text + len + 1;
			offer_values(cursor, word);
			return true;
		}
	return false;
}

static void offer_words(struct cursor *cursor, const struct cmd *cmd,
			char **words, size_t nr)
{
	struct args args = { .cmd = cmd };

	args_sort(&args, words, nr);
	cursor->session = arg(&args, "sessname");
	if (!offer_key_value(cursor, cmd)) {
		offer_plain(cursor, &args);
		offer_keys(cursor, &args);
	}
	args_free(&args);
}

/* Leaves options of all commands out, which say nothing about the command. */
static size_t without_options(char **kept, const struct args *args, size_t nr)
{
	const char *word;
	size_t i, n = 0;

	for (i = 0; i < nr; i++) {
		word = arg_nth(args, "word", i);
		if (word[0] != '-' || !word[1])
			kept[n++] = (char *)word;
	}
	return n;
}

static int run_words(const struct args *args)
{
	struct cursor cursor = { .prefix = "", .typed = "" };
	struct lookup found;
	size_t nr = 0, kept;
	char **words;

	while (arg_nth(args, "word", nr))
		nr++;
	if (nr)
		cursor.typed = arg_nth(args, "word", nr - 1);
	words = xcalloc(nr, sizeof(*words));
	kept = without_options(words, args, nr ? nr - 1 : 0);

	if (*cursor.typed == '-')
		offer_options(cursor.typed);
	if (kept && lookup_spelled(&found, words, kept)) {
		sysfs_read_model(&cursor.model);
		offer_words(&cursor, found.cmd, words + found.used,
			    kept - found.used);
		model_free(&cursor.model);
	}
	if (!kept || *cursor.typed != '-')
		offer_names(&cursor, words, kept);
	free(words);
	return RC_OK;
}

static int run_bash(const struct args *args)
{
	(void)args;
	fputs(bash_script, stdout);
	return RC_OK;
}

static int run_zsh(const struct args *args)
{
	(void)args;
	fputs(zsh_script, stdout);
	return RC_OK;
}

static const struct word words_words[] = {
	{ "word", "WORD", WORD_PLAIN | WORD_REPEATED | WORD_EMPTY,
	  "of a command line, the last is that under the cursor" },
	{ }
};

const struct cmd completion_cmds[] = {
	{ "completion bash", "Print the completion script for bash", NULL,
	  run_bash },
	{ "completion zsh", "Print the completion script for zsh", NULL,
	  run_zsh },
	{ "completion words", "Print what may stand at the end of a command line",
	  words_words, run_words },
	{ }
};
