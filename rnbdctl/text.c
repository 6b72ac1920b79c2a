// SPDX-License-Identifier: GPL-2.0
/*
 * Escaping. What may pass is decided by width: combining marks, directional
 * overrides and control characters occupy no column and are shown as bytes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "say.h"
#include "text.h"

/* Length of the character at @s if it may be printed as it is, else 0. */
static size_t printable(const char *s, size_t left)
{
	mbstate_t state = { };
	wchar_t wc;
	size_t len = mbrtowc(&wc, s, left, &state);

	if (!len || len > left)
		return 0;
	return wcwidth(wc) > 0 ? len : 0;
}

char *text_for_terminal(const char *s)
{
	size_t left = strlen(s), used = 0, len;
	char *out = xcalloc(left + 1, 4);

	while (left) {
		len = printable(s, left);
		if (*s == '\\') {
			out[used++] = '\\';
			out[used++] = '\\';
			len = 1;
		} else if (len) {
			memcpy(out + used, s, len);
			used += len;
		} else {
			used += sprintf(out + used, "\\x%02x",
					(unsigned char)*s);
			len = 1;
		}
		s += len;
		left -= len;
	}
	return out;
}

static bool needs_escapes(const char *s)
{
	size_t left = strlen(s), len;

	for (; left; s += len, left -= len) {
		len = printable(s, left);
		if (!len || *s == '\'' || *s == '\\')
			return true;
	}
	return false;
}

static bool needs_quotes(const char *s)
{
	const char *c;

	for (c = s; *c; c++)
		if (!strchr("@%+=:,./_-", *c) &&
		    !((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') &&
		    !(*c >= '0' && *c <= '9'))
			return true;
	return !*s;
}

char *text_for_shell(const char *s)
{
	size_t left = strlen(s), used = 0, len;
	char *out;

	if (!needs_quotes(s))
		return xstrdup(s);
	if (!needs_escapes(s))
		return xasprintf("'%s'", s);
	out = xcalloc(left + 1, 4);
	used += sprintf(out, "$'");
	for (; left; s += len, left -= len) {
		len = printable(s, left);
		if (*s == '\'' || *s == '\\') {
			out[used++] = '\\';
			out[used++] = *s;
		} else if (len) {
			memcpy(out + used, s, len);
			used += len;
		} else {
			used += sprintf(out + used, "\\%03o",
					(unsigned char)*s);
			len = 1;
		}
	}
	out[used] = '\'';
	return out;
}

/* Length of the UTF-8 sequence at @s by RFC 3629, 0 if it is none. */
static size_t utf8_len(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;

	/* Overlong forms, surrogates and values past U+10FFFF. */
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

char *text_for_json(const char *s)
{
	static const char unknown[] = "\xef\xbf\xbd";
	char *out = xcalloc(strlen(s) + 1, sizeof(unknown));
	size_t used = 0, len;

	while (*s) {
		len = utf8_len((const unsigned char *)s);
		if (len) {
			memcpy(out + used, s, len);
			used += len;
		} else {
			memcpy(out + used, unknown, sizeof(unknown) - 1);
			used += sizeof(unknown) - 1;
			len = 1;
		}
		s += len;
	}
	return out;
}

size_t text_columns(const char *s)
{
	size_t left = strlen(s), columns = 0, len;
	mbstate_t state = { };
	wchar_t wc;

	while (left) {
		len = mbrtowc(&wc, s, left, &state);
		if (!len || len > left)
			return columns + left;
		columns += wcwidth(wc);
		s += len;
		left -= len;
	}
	return columns;
}
