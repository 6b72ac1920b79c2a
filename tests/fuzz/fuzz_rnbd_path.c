// SPDX-License-Identifier: GPL-2.0
/* Any name below any search path: nothing climbs out of it. */
#include "fuzz.h"
#include "rnbd-srv-path.h"

static bool climbs(const char *path)
{
	const char *at;

	for (at = path; (at = strstr(at, "/..")); at += 3)
		if (at[3] == '/' || !at[3])
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	size_t room = 1 + fuzz_u8(&f);
	char *text = fuzz_text(&f), *search, *sessname, *name = text;
	char *buf = malloc(room);
	bool fine;

	MUST(buf);
	/* three texts, by lines */
	search = strsep(&name, "\n");
	sessname = name ? strsep(&name, "\n") : "s";
	name = name ?: "n";
	fine = !rnbd_search_path_check(search);
	if (fine)
		MUST(search[0] == '/' && !climbs(search));
	if (!rnbd_srv_path_build(buf, room, search, sessname, name)) {
		MUST(strlen(buf) < room);
		MUST(!climbs(buf) && (!*buf || *buf == '/'));
		MUST(!strstr(buf, "//"));
	}
	free(buf);
	free(text);
	return 0;
}
