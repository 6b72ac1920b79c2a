// SPDX-License-Identifier: GPL-2.0
/* Any text as a line of rnbdtab, or as the whole table. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "tab.h"

static void must_be_sound(const struct mapping *mapping)
{
	const struct map_request *map = &mapping->map;
	size_t i;

	MUST(*mapping->name && strlen(mapping->name) <= TAB_NAME_MAX);
	MUST(!strpbrk(mapping->name, "\n /\t") && *mapping->name != '.');
	MUST(*map->sessname && !strpbrk(map->sessname, "\n/. "));
	MUST(*map->device_path && !strpbrk(map->device_path, "\n "));
	MUST(strlen(map->sessname) + strlen(map->device_path) <= 254);
	MUST(map->nr_pairs <= MAP_PATHS_MAX);
	MUST(!mapping->policy || strchr(mapping->policy, '-'));
	for (i = 0; i < map->nr_pairs; i++) {
		char *text = addr_pair_text(&map->pairs[i]);
		struct addr_pair again;

		/* what the kernel gets means the same */
		MUST(!addr_pair_parse(&again, text));
		MUST(addr_equal(&again.dst, &map->pairs[i].dst));
		MUST(again.src.set == map->pairs[i].src.set);
		free(text);
	}
}

static void fuzz_table(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct tab tab = { };
	char name[32];
	size_t i, k;

	if (fd < 0)
		fd = memfd_create("rnbdtab", 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (fd < 0 || ftruncate(fd, 0) ||
	    pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	MUST(!tab_read(&tab, name));
	for (i = 0; i < tab.nr; i++) {
		must_be_sound(&tab.list[i]);
		for (k = 0; k < i; k++)
			MUST(strcmp(tab.list[i].name, tab.list[k].name));
	}
	for (i = 0; i < tab.nr_errors; i++)
		MUST(tab.errors[i].line && *tab.errors[i].reason);
	tab_free(&tab);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mapping mapping = { };
	char *line, *wrong;

	if (size && data[0] == '\n') {
		fuzz_table(data, size);
		return 0;
	}
	line = strndup((const char *)data, size);
	wrong = tab_parse_line(&mapping, line);
	if (wrong)
		MUST(*wrong);
	else
		must_be_sound(&mapping);
	free(wrong);
	free(mapping.text);
	free(line);
	return 0;
}
