/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What count.c uses of the interface between QEMU and its plugins, version 2 and
 * later. Debian does not package QEMU's own header.
 */
#ifndef FIO_PLUGIN_H
#define FIO_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))

enum { ADD_U64 };

struct qemu_plugin_tb;
struct qemu_plugin_scoreboard;
struct per_vcpu_u64 {
	struct qemu_plugin_scoreboard *score;
	size_t offset;
};

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size);
void *qemu_plugin_scoreboard_find(struct qemu_plugin_scoreboard *score,
				  unsigned int vcpu);
void qemu_plugin_register_vcpu_init_cb(uint64_t id, void (*cb)(uint64_t id,
							       unsigned int vcpu));
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*cb)(uint64_t id,
								   struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(struct qemu_plugin_tb *tb, int op,
						       struct per_vcpu_u64 entry,
						       uint64_t operand);

#endif
