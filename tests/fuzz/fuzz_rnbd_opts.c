// SPDX-License-Identifier: GPL-2.0
/* Any text as a map request. */
#include "fuzz.h"
#include "rnbd-clt-opts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	unsigned int nr_cpus = fuzz_u8(&f);
	char *text = fuzz_text(&f), *end = text + strlen(text);
	struct rnbd_map_opts opts;
	unsigned int i;
	int err = rnbd_map_opts_parse(&opts, text, nr_cpus);

	if (err) {
		MUST((err == -EINVAL || err == -ENOMEM) && opts.why);
	} else {
		MUST(opts.nr_paths <= RNBD_MAX_PATHS);
		MUST(opts.nr_poll_queues <= nr_cpus);
		MUST(opts.sessname > text && opts.sessname < end);
		MUST(!strpbrk(opts.sessname, "/. ") && *opts.sessname);
		MUST(opts.device_path > text && opts.device_path < end);
		for (i = 0; i < opts.nr_paths; i++)
			MUST(opts.paths[i].text > text && opts.paths[i].text < end &&
			     *opts.paths[i].text);
	}
	free(text);
	return 0;
}
