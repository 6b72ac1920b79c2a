// SPDX-License-Identifier: GPL-2.0
/*
 * What others chose: names of peers on their way to a terminal, a shell and
 * JSON, or as a search path; and rulesets as nft prints them, in any of whose
 * places may be something else.
 */
#include <locale.h>
#include <stdarg.h>
#include <wchar.h>
#include <wctype.h>

#include "firewall.h"
#include "fuzz.h"
#include "searchpath.h"
#include "text.h"

#define PORT	4791

static char nft[16384];
static size_t used;

static __attribute__((format(printf, 1, 2))) void put(const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(nft + used, sizeof(nft) - used, fmt, ap);
	va_end(ap);
	MUST(len >= 0);
	used += len;
	if (used >= sizeof(nft))
		used = sizeof(nft) - 1;
}

static const char *one_of(struct fuzz *f, const char *const *list, size_t nr)
{
	return list[fuzz_u8(f) % nr];
}

#define ONE_OF(f, ...) ({						\
	static const char *const list[] = { __VA_ARGS__ };		\
	one_of(f, list, sizeof(list) / sizeof(*list));			\
})

/* True where something else took this place. */
static bool other(struct fuzz *f)
{
	if (f->left && fuzz_u8(f) >= 16)
		return false;
	put("%s", ONE_OF(f, "null", "5", "\"x\"", "[]", "{}", "[1,2]", "{\"set\":{}}",
			 "{\"range\":3}", "{\"range\":[1]}", "[[[]]]", "-1.5e9", "{\"set\":[{}]}"));
	return true;
}

static void port(struct fuzz *f)
{
	if (!other(f))
		put("%s", ONE_OF(f, "4791", "53", "4790", "\"4791\""));
}

static void right(struct fuzz *f)
{
	if (other(f))
		return;
	switch (fuzz_u8(f) % 4) {
	case 0:
		port(f);
		break;
	case 1:
		put("{\"set\":[");
		port(f);
		put(",{\"range\":[");
		port(f);
		put(",");
		port(f);
		put("]}]}");
		break;
	case 2:
		put("{\"range\":[");
		port(f);
		put(",5000]}");
		break;
	default:
		put("%s", ONE_OF(f, "\"udp\"", "\"tcp\"", "\"lo\"", "\"established\""));
	}
}

static void left(struct fuzz *f)
{
	if (other(f))
		return;
	switch (fuzz_u8(f) % 4) {
	case 0:
	case 1:
		put("{\"payload\":{\"protocol\":\"%s\",\"field\":\"%s\"}}",
		    ONE_OF(f, "udp", "th", "tcp", "ip"), ONE_OF(f, "dport", "saddr"));
		break;
	case 2:
		put("{\"meta\":{\"key\":\"%s\"}}", ONE_OF(f, "l4proto", "iif", "iifname", "mark"));
		break;
	default:
		put("{\"ct\":{\"key\":\"state\"}}");
	}
}

static void expression(struct fuzz *f)
{
	if (other(f))
		return;
	if (fuzz_u8(f) % 2) {
		put("{\"match\":{\"op\":\"%s\",\"left\":", ONE_OF(f, "==", "!=", "in"));
		left(f);
		put(",\"right\":");
		right(f);
		put("}}");
		return;
	}
	put("{\"%s\":", ONE_OF(f, "accept", "drop", "reject", "jump", "goto", "vmap",
			       "counter", "log", "limit"));
	if (!other(f))
		put("{\"target\":\"x\"}");
	put("}");
}

static void add_rule(struct fuzz *f)
{
	size_t i, nr = fuzz_u8(f) % 4;

	put(",{\"rule\":{\"family\":\"%s\",\"table\":\"t\",\"chain\":\"%s\",\"expr\":",
	    ONE_OF(f, "inet", "ip"), ONE_OF(f, "c", "d"));
	if (!other(f)) {
		put("[");
		for (i = 0; i < nr; i++) {
			put(i ? "," : "");
			expression(f);
		}
		put("]");
	}
	put("}}");
}

static void ruleset(struct fuzz *f)
{
	used = 0;
	put("{\"nftables\":");
	if (!other(f)) {
		put("[{\"chain\":");
		if (!other(f))
			put("{\"family\":\"inet\",\"table\":\"t\",\"name\":\"c\",%s,%s}",
			    ONE_OF(f, "\"hook\":\"input\"", "\"hook\":\"output\""),
			    ONE_OF(f, "\"policy\":\"drop\"", "\"policy\":\"accept\""));
		put("}");
		while (f->left)
			add_rule(f);
		put("]");
	}
	put("}");
}

static void firewall(struct fuzz *f)
{
	char *found;

	ruleset(f);
	found = firewall_blocks(nft, PORT);
	MUST(!found || !strcmp(found, "inet t c"));
	free(found);
}

/* Whether a terminal shows it all, in as many columns. */
static bool shows(const char *s, size_t columns)
{
	mbstate_t state = { };
	size_t len;
	wchar_t wc;

	for (; *s; s += len) {
		len = mbrtowc(&wc, s, strlen(s), &state);
		if (len > strlen(s) || iswcntrl(wc) || wcwidth(wc) < 1)
			return false;
		columns -= wcwidth(wc);
	}
	return !columns;
}

/* What a shell reads between the quotes of $'...' or '...', or as it stands. */
static char *unquoted(const char *s)
{
	char *out = strdup(s), *to = out;
	bool escapes = *s == '$';

	if (*s != '\'' && *s != '$')
		return out;
	for (s += escapes ? 2 : 1; *s && strcmp(s, "'"); s++) {
		if (!escapes || *s != '\\') {
			MUST(*s != '\'');
			*to++ = *s;
		} else if (s[1] == '\\' || s[1] == '\'') {
			*to++ = *++s;
		} else {
			MUST(strspn(s + 1, "01234567") >= 3);
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 3;
		}
	}
	MUST(!strcmp(s, "'"));
	*to = '\0';
	return out;
}

static void path(const char *s)
{
	char *folder;

	if (search_path_wrong(s))
		return;
	folder = search_path_expand(s, "a");
	MUST(*folder == '/' && !strstr(folder, "//") && !strstr(folder, "/../"));
	MUST(!strstr(folder, "%SESSNAME%"));
	free(folder);
}

static void name(const char *s)
{
	char *out, *again;

	out = text_for_terminal(s);
	MUST(shows(out, text_columns(out)));
	free(out);

	out = text_for_shell(s);
	MUST(shows(out, text_columns(out)));
	again = unquoted(out);
	MUST(!strcmp(again, s));
	free(again);
	free(out);

	out = text_for_json(s);
	again = text_for_json(out);
	MUST(!strcmp(again, out));
	MUST(mbstowcs(NULL, out, 0) != (size_t)-1);
	free(again);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	static const char *locale;
	u8 what = fuzz_u8(&f);
	char *s;

	if (!locale)
		locale = setlocale(LC_CTYPE, "C.UTF-8");
	MUST(locale);

	/* that of rulesets takes ten times as long */
	if (what >= 224) {
		firewall(&f);
		return 0;
	}
	s = fuzz_text(&f);
	if (what < 8)
		free(firewall_blocks(s, PORT));
	else if (what < 64)
		path(s);
	else
		name(s);
	free(s);
	return 0;
}
