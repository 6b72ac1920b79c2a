// SPDX-License-Identifier: GPL-2.0
/*
 * Names for a mapped disk or its partition, which udev and the generator ask
 * for. They follow from the mapping alone, in one spelling which cannot leave
 * its folder: whatever udev would not keep as it is becomes \xNN.
 *
 *   rnbd_id SYSFS_DIR              udev properties of that disk or partition
 *   rnbd_id --links SESSION PATH   links of a disk mapped like that, one a line
 */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE	2
#define SUFFIX_MAX	16	/* bytes left in a name for -partN */
#define NAME_BYTES	(NAME_MAX - SUFFIX_MAX)
#define KEPT_BYTES	180	/* of a name too long, before its hash */
#define BY_PATH_MAX	6	/* links by path, as many as the rules look at */

/* what the kernel says of a disk */
struct disk {
	char session[PATH_MAX];
	char export[PATH_MAX];		/* mapping_path */
	char mode[64];
	char partition[16];		/* number, empty for the disk */
};

/* text being written; what does not fit is left out, and noticed */
struct text {
	char buf[8 * PATH_MAX];
	size_t len;
	bool full;
};

static void put(struct text *to, const char *bytes, size_t len)
{
	if (len >= sizeof(to->buf) - to->len) {
		to->full = true;
		return;
	}
	memcpy(to->buf + to->len, bytes, len);
	to->len += len;
	to->buf[to->len] = '\0';
}

static void put_string(struct text *to, const char *string)
{
	put(to, string, strlen(string));
}

/* Bytes of the UTF-8 character at @p, 0 when it is none or is ASCII. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t len = 0, i;
	uint32_t c = 0;

	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2, c = p[0] & 0x1f;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3, c = p[0] & 0x0f;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4, c = p[0] & 0x07;
	if (!len || len > left)
		return 0;
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	/* too long for what it says, half of a pair, control, beyond the end */
	if ((len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10ffff)) ||
	    (c >= 0xd800 && c <= 0xdfff) || c < 0xa0)
		return 0;
	return len;
}

static bool is_plain(unsigned char c, const char *reserved)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#+-.:=@_";

	return c && strchr(plain, c) && !strchr(reserved, c);
}

static uint64_t fnv1a(const char *bytes, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325;

	while (len--) {
		hash ^= (unsigned char)*bytes++;
		hash *= 0x100000001b3;
	}
	return hash;
}

/* One name of @len bytes; characters of @reserved stand for something else. */
static void put_name(struct text *to, const char *name, size_t len, const char *reserved)
{
	const unsigned char *p = (const unsigned char *)name, *end = p + len;
	size_t start = to->len, kept = to->len;
	/* these have a meaning of their own as a whole */
	bool dots = (len == 1 && !memcmp(name, ".", 1)) ||
		    (len == 2 && !memcmp(name, "..", 2));

	while (p < end) {
		size_t wide = utf8_len(p, end - p);
		char hex[8];

		if (wide) {
			put(to, (const char *)p, wide);
			p += wide;
		} else if (is_plain(*p, reserved) && !dots) {
			put(to, (const char *)p++, 1);
		} else {
			snprintf(hex, sizeof(hex), "\\x%02x", *p++);
			put_string(to, hex);
		}
		if (to->len - start <= KEPT_BYTES)
			kept = to->len;
	}
	if (to->len - start > NAME_BYTES) {
		char hash[24];

		to->len = kept;
		snprintf(hash, sizeof(hash), "-%016llx", (unsigned long long)fnv1a(name, len));
		put_string(to, hash);
	}
}

/* The components of @path, with @between between them. */
static void put_path(struct text *to, const char *path, const char *between, const char *reserved)
{
	bool first = true;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len) {
			if (!first)
				put_string(to, between);
			put_name(to, path, len, reserved);
			first = false;
		}
		path += len;
		path += strspn(path, "/");
	}
}

/* The mapping as one name: the first ':' ends the session. */
static void put_flat(struct text *to, const struct disk *disk)
{
	struct text flat = { .len = 0 };

	put_name(&flat, disk->session, strlen(disk->session), ":");
	put_string(&flat, ":");
	put_path(&flat, disk->export, ":", ":");
	if (flat.len > NAME_BYTES - 64) {
		char hash[24];
		size_t kept = KEPT_BYTES - 64;

		/* not in the middle of \xNN or of a character */
		while (kept && ((flat.buf[kept] & 0xc0) == 0x80 ||
				memchr(flat.buf + kept - 3, '\\', 3)))
			kept--;
		snprintf(hash, sizeof(hash), "-%016llx",
			 (unsigned long long)fnv1a(flat.buf, flat.len));
		flat.len = kept;
		put_string(&flat, hash);
	}
	put(to, flat.buf, flat.len);
}

static void put_part(struct text *to, const struct disk *disk)
{
	if (*disk->partition) {
		put_string(to, "-part");
		put_string(to, disk->partition);
	}
}

/* The link that people use. */
static void put_link(struct text *to, const struct disk *disk)
{
	put_string(to, "rnbd/");
	put_name(to, disk->session, strlen(disk->session), "");
	put_string(to, "/");
	put_path(to, disk->export, "/", "");
	put_part(to, disk);
}

static void put_id_link(struct text *to, const struct disk *disk)
{
	put_string(to, "disk/by-id/rnbd-");
	put_flat(to, disk);
	put_part(to, disk);
}

static int is_path(const struct dirent *entry)
{
	return strchr(entry->d_name, '@') ? 1 : 0;
}

static int by_server(const struct dirent **a, const struct dirent **b)
{
	return strcmp(strchr((*a)->d_name, '@'), strchr((*b)->d_name, '@'));
}

static void put_path_link(struct text *to, const struct disk *disk, const char *server)
{
	put_string(to, "disk/by-path/");
	put_name(to, server, strlen(server), "");
	put_string(to, "-rnbd-");
	put_flat(to, disk);
	put_part(to, disk);
}

/* RNBD_BY_PATH1 and so on: one for each address of the server */
static void say_path_links(const struct disk *disk, const char *sysfs)
{
	struct dirent **paths;
	char dir[2 * PATH_MAX];
	char last[NAME_MAX + 1] = "";
	int nr, i, said = 0;

	snprintf(dir, sizeof(dir), "%s/class/rtrs-client/%s/paths", sysfs, disk->session);
	nr = scandir(dir, &paths, is_path, by_server);
	for (i = 0; i < nr; free(paths[i++])) {
		char *server = strchr(paths[i]->d_name, '@') + 1;
		char *kind = strchr(server, ':');
		struct text link = { .len = 0 };

		if (!kind || !strcmp(server, last) || said == BY_PATH_MAX)
			continue;
		snprintf(last, sizeof(last), "%s", server);
		*kind = '-';
		put_path_link(&link, disk, server);
		printf("RNBD_BY_PATH%d=%s\n", ++said, link.buf);
	}
	if (nr >= 0)
		free(paths);
}

/* The line in DIR/NAME, or the empty string. */
static void read_line(const char *dir, const char *name, char *line, size_t size)
{
	char path[2 * PATH_MAX];
	size_t len = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "r");
	if (file) {
		len = fread(line, 1, size - 1, file);
		fclose(file);
	}
	if (len && line[len - 1] == '\n')
		len--;
	line[len] = '\0';
}

static bool read_disk(struct disk *disk, const char *dir)
{
	char parent[PATH_MAX];

	read_line(dir, "partition", disk->partition, sizeof(disk->partition));
	if (strspn(disk->partition, "0123456789") != strlen(disk->partition))
		return false;
	snprintf(parent, sizeof(parent), "%s%s", dir, *disk->partition ? "/.." : "");
	read_line(parent, "rnbd/session", disk->session, sizeof(disk->session));
	read_line(parent, "rnbd/mapping_path", disk->export, sizeof(disk->export));
	read_line(parent, "rnbd/access_mode", disk->mode, sizeof(disk->mode));
	/* of nothing but slashes no name can be made */
	return *disk->session && disk->export[strspn(disk->export, "/")];
}

/* A value which stands on one line and needs no quotes. */
static void say(const char *key, const char *value)
{
	struct text text = { .len = 0 };

	put_path(&text, value, "/", "");
	printf("%s=%s%s\n", key, *value == '/' ? "/" : "", text.buf);
}

static int say_properties(const char *dir)
{
	const char *sysfs = getenv("RNBD_SYSFS");
	static struct disk disk;
	static struct text link, id;

	if (!read_disk(&disk, dir))
		return EXIT_FAILURE;
	put_link(&link, &disk);
	put_id_link(&id, &disk);
	if (link.full || id.full)
		return EXIT_FAILURE;
	say("RNBD_SESSION", disk.session);
	say("RNBD_DEVICE_PATH", disk.export);
	say("RNBD_ACCESS_MODE", disk.mode);
	printf("RNBD_LINK=%s\nRNBD_BY_ID=%s\n", link.buf, id.buf);
	say_path_links(&disk, sysfs ? sysfs : "/sys");
	return EXIT_SUCCESS;
}

static int say_links(const char *session, const char *export)
{
	static struct disk disk;
	static struct text link, id;

	snprintf(disk.session, sizeof(disk.session), "%s", session);
	snprintf(disk.export, sizeof(disk.export), "%s", export);
	if (!*disk.session || !disk.export[strspn(disk.export, "/")])
		return EXIT_FAILURE;
	put_link(&link, &disk);
	put_id_link(&id, &disk);
	printf("%s\n%s\n", link.buf, id.buf);
	return link.full || id.full ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "--links"))
		return say_links(argv[2], argv[3]);
	if (argc == 2 && argv[1][0] != '-')
		return say_properties(argv[1]);
	fprintf(stderr, "usage: rnbd_id SYSFS_DIR | --links SESSION PATH\n");
	return EXIT_USAGE;
}
