// SPDX-License-Identifier: GPL-2.0
/*
 * Words to keys. "key=value" is taken where the command has that key; other
 * words fill the keys which may be plain, in the order of the row.
 */
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "say.h"

const char *arg_nth(const struct args *args, const char *key, size_t nth)
{
	size_t i;

	for (i = 0; i < args->nr; i++)
		if (!strcmp(args->list[i].word->key, key) && !nth--)
			return args->list[i].value;
	return NULL;
}

const char *arg(const struct args *args, const char *key)
{
	return arg_nth(args, key, 0);
}

/* The key named by "key=value" or by a flag; *value is set to what it got. */
static const struct word *keyed_word(const struct cmd *cmd, const char *text,
				     const char **value)
{
	const struct word *word;
	size_t len;

	for (word = cmd->words; word && word->key; word++) {
		len = strlen(word->key);
		if (strncmp(text, word->key, len))
			continue;
		if (word->flags & WORD_FLAG ? !text[len] : text[len] == '=') {
			*value = text + len + !(word->flags & WORD_FLAG);
			return word;
		}
	}
	return NULL;
}

/* The next key which may be plain and has room. */
static const struct word *plain_word(const struct args *args)
{
	const struct word *word;

	for (word = args->cmd->words; word && word->key; word++)
		if (word->flags & WORD_PLAIN &&
		    (word->flags & WORD_REPEATED || !arg(args, word->key)))
			return word;
	return NULL;
}

static int add_word(struct args *args, const char *text, bool keys)
{
	const char *value = text;
	const struct word *word;

	word = keys ? keyed_word(args->cmd, text, &value) : NULL;
	if (!word)
		word = plain_word(args);
	if (!word)
		return fail(RC_USAGE, "'%s' is one word too many, see rnbdctl %s --help",
			    text, args->cmd->name);
	if (!(word->flags & WORD_REPEATED) && arg(args, word->key))
		return fail(RC_USAGE, "%s is given twice", word->key);
	if (!*value && !(word->flags & WORD_FLAG))
		return fail(RC_USAGE, "%s is empty", word->key);

	args->list = xgrow(args->list, args->nr, sizeof(*args->list));
	args->list[args->nr++] = (struct arg){ word, value };
	return RC_OK;
}

int args_parse(struct args *args, char **words, size_t nr)
{
	const struct word *word;
	bool keys = true;
	size_t i;
	int rc;

	for (i = 0; i < nr; i++) {
		if (keys && !strcmp(words[i], "--")) {
			keys = false;
			continue;
		}
		rc = add_word(args, words[i], keys);
		if (rc)
			return rc;
	}
	for (word = args->cmd->words; word && word->key; word++)
		if (word->flags & WORD_REQUIRED && !arg(args, word->key))
			return fail(RC_USAGE, "%s needs %s%s, see rnbdctl %s --help",
				    args->cmd->name,
				    word->flags & WORD_PLAIN ? "" : word->key,
				    word->flags & WORD_PLAIN ? word->value : "=",
				    args->cmd->name);
	return RC_OK;
}

void args_free(struct args *args)
{
	free(args->list);
}

char *cmd_synopsis(const struct cmd *cmd)
{
	char *text = xstrdup(cmd->name), *longer;
	const struct word *word;
	bool optional;

	for (word = cmd->words; word && word->key; word++) {
		optional = !(word->flags & WORD_REQUIRED);
		longer = xasprintf("%s %s%s%s%s%s%s", text,
				   optional ? "[" : "",
				   word->flags & WORD_PLAIN ? "" : word->key,
				   word->flags & (WORD_PLAIN | WORD_FLAG) ?
				   "" : "=",
				   word->flags & WORD_FLAG ? "" : word->value,
				   word->flags & WORD_REPEATED ? " ..." : "",
				   optional ? "]" : "");
		free(text);
		text = longer;
	}
	return text;
}
