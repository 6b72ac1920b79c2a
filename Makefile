# SPDX-License-Identifier: GPL-2.0
# Thin: the modules are Kbuild's, the tool is rnbdctl/Makefile's, and the
# tests have scripts of their own. `make help` says what there is.

SUPPORTED := 6.12.%
running := $(shell uname -r)

PREFIX ?= /usr/local
MANDIR ?= $(PREFIX)/share/man
UDEVDIR ?= /usr/lib/udev
SYSTEMDDIR ?= /usr/lib/systemd
SYSCONFDIR ?= /etc

# the kernel to build for, found out when a recipe first needs it
fetched = $(info No headers of a supported kernel for $(running): building \
	for the newest 6.12 of Debian)$(shell tests/bed/fetch headers)
installed = $(wildcard /lib/modules/$(or $(filter $(SUPPORTED),$(running)),none)/build)
kdir = $(eval kdir := $(or $(KDIR),$(if $(KVER),/lib/modules/$(KVER)/build),$(installed),$(fetched)))$(kdir)

# headers demand BTF of modules, which only pahole can make
no_btf := $(if $(shell command -v pahole),,CONFIG_DEBUG_INFO_BTF_MODULES=)
kbuild = $(MAKE) -C $(kdir) M=$(CURDIR) $(no_btf)

modules := rtrs-core rtrs-client rtrs-server rnbd-client rnbd-server rdma_rxe
mans := $(filter-out man/rnbdctl.8,$(wildcard man/*.[578]))
rules := $(wildcard udev/*.rules)
units := $(wildcard systemd/*.service systemd/*.target)
configs := $(wildcard etc/*)

all: modules tools

modules:
	+$(kbuild) modules

tools: udev/rnbd_id
	+$(MAKE) -C rnbdctl

udev/rnbd_id: udev/rnbd_id.c
	$(CC) -std=gnu11 -Wall -Wextra $(CPPFLAGS) $(or $(CFLAGS),-O2 -g) $(LDFLAGS) -o $@ $<

install: modules_install tools_install

modules_install:
	+$(kbuild) INSTALL_MOD_DIR=updates modules_install
	depmod -b $(or $(INSTALL_MOD_PATH),/) $(release)

# what a page, unit or script names by its path is where PREFIX says; files of
# the administrator's stay as they are
tools_install: tools
	+$(MAKE) -C rnbdctl install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)
	$(foreach m,$(mans),install -Dm644 $(m) -t $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(m)));)
	$(foreach r,$(rules),install -Dm644 $(r) -t $(DESTDIR)$(UDEVDIR)/rules.d;)
	install -Dm755 udev/rnbd_id -t $(DESTDIR)$(UDEVDIR)
	$(foreach u,$(units),install -Dm644 $(u) -t $(DESTDIR)$(SYSTEMDDIR)/system;)
	sed -i 's|/usr/lib/rnbd/|$(PREFIX)/lib/rnbd/|' $(units:systemd/%=$(DESTDIR)$(SYSTEMDDIR)/system/%)
	install -Dm755 systemd/rnbd-generator -t $(DESTDIR)$(SYSTEMDDIR)/system-generators
	sed -i 's|/usr/lib/systemd/|$(SYSTEMDDIR)/|; s|/usr/lib/udev|$(UDEVDIR)|' \
		$(DESTDIR)$(SYSTEMDDIR)/system-generators/rnbd-generator
	install -Dm755 systemd/server -t $(DESTDIR)$(PREFIX)/lib/rnbd
	$(foreach c,$(configs),test -e $(DESTDIR)$(SYSCONFDIR)/rnbd/$(notdir $(c)) || \
		install -Dm644 $(c) -t $(DESTDIR)$(SYSCONFDIR)/rnbd;)

uninstall:
	rm -f $(modules:%=$(INSTALL_MOD_PATH)/lib/modules/$(release)/updates/%.ko*)
	depmod -b $(or $(INSTALL_MOD_PATH),/) $(release)
	+$(MAKE) -C rnbdctl uninstall PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)
	rm -f $(foreach m,$(mans),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(m)))/$(notdir $(m)))
	rm -f $(rules:udev/%=$(DESTDIR)$(UDEVDIR)/rules.d/%) $(DESTDIR)$(UDEVDIR)/rnbd_id
	rm -f $(units:systemd/%=$(DESTDIR)$(SYSTEMDDIR)/system/%)
	rm -f $(DESTDIR)$(SYSTEMDDIR)/system-generators/rnbd-generator $(DESTDIR)$(PREFIX)/lib/rnbd/server
	$(foreach c,$(configs),! cmp -s $(c) $(DESTDIR)$(SYSCONFDIR)/rnbd/$(notdir $(c)) || \
		rm $(DESTDIR)$(SYSCONFDIR)/rnbd/$(notdir $(c));)

release = $(shell $(MAKE) -s --no-print-directory -C $(kdir) kernelrelease)

clean:
	+$(kbuild) clean
	+$(MAKE) -C rnbdctl clean
	rm -f udev/rnbd_id

demo:
	tests/bed/demo

check:
	tests/run-check

check-long:
	tests/run-check --long $(if $(SHARD),--shard $(SHARD))

bench:
	tests/fio/bench

bench-full:
	tests/fio/bench --full

bench-compare:
	@tests/fio/report compare $(A) $(B)

help:
	@echo 'make                the modules and the tools'
	@echo 'make modules        rtrs-core, rtrs-client, rtrs-server, rnbd-client, rnbd-server,'
	@echo '                    rdma_rxe'
	@echo 'make tools          rnbdctl and what udev calls'
	@echo 'make install        modules to /lib/modules/RELEASE/updates, the tool and its pages below'
	@echo '                    PREFIX; units, udev rules and /etc/rnbd; it enables and loads nothing'
	@echo 'make uninstall      remove what install put there, but configuration that was changed'
	@echo 'make clean          remove what was built'
	@echo 'make demo           two virtual machines, a disk of one used in the other'
	@echo 'make check          style, unit tests, and the test suite'
	@echo 'make check-long     the same on two kernels, with more rounds and with Linux as the'
	@echo '                    other end; SHARD=2/5 runs a fifth of it. What passed is not run'
	@echo '                    again on the same tree, so an interrupted run goes on'
	@echo 'make bench          instructions per I/O of RNBD and of others, as a table and plots'
	@echo 'make bench-full     more stacks and rounds; goes on when it was interrupted'
	@echo 'make bench-compare A=FILE B=FILE   what changed between two of them'
	@echo
	@echo 'KDIR=DIR            build for the kernel whose build directory this is'
	@echo 'KVER=RELEASE        build for /lib/modules/RELEASE/build'
	@echo '                    (otherwise for the running kernel, else for the newest 6.12)'
	@echo 'ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-   with KDIR= what "tests/bed/fetch headers'
	@echo '                    arm64" prints, or another build directory for that architecture'
	@echo 'PREFIX=, DESTDIR=, INSTALL_MOD_PATH=   where to install'
	@echo 'W=1, C=2, V=1       as in the kernel'

.PHONY: all modules tools install modules_install tools_install uninstall clean \
	demo check check-long bench bench-full bench-compare help
