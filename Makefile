# SPDX-License-Identifier: GPL-2.0
# Thin: the modules are Kbuild's, the tool is rnbdctl/Makefile's, and the
# tests have scripts of their own. `make help` says what there is.

SUPPORTED := 6.12.%
running := $(shell uname -r)

PREFIX ?= /usr/local
MANDIR ?= $(PREFIX)/share/man
UDEVDIR ?= /usr/lib/udev/rules.d

# the kernel to build for, found out when a recipe first needs it
fetched = $(info No headers of a supported kernel for $(running): building \
	for the newest 6.12 of Debian)$(shell tests/bed/fetch headers)
installed = $(wildcard /lib/modules/$(or $(filter $(SUPPORTED),$(running)),none)/build)
kdir = $(eval kdir := $(or $(KDIR),$(if $(KVER),/lib/modules/$(KVER)/build),$(installed),$(fetched)))$(kdir)

# headers demand BTF of modules, which only pahole can make
no_btf := $(if $(shell command -v pahole),,CONFIG_DEBUG_INFO_BTF_MODULES=)
kbuild = $(MAKE) -C $(kdir) M=$(CURDIR) $(no_btf)

modules := rtrs-core rtrs-client rtrs-server rnbd-client rnbd-server
mans := $(wildcard man/*.7)
rules := $(wildcard udev/*.rules)

all: modules tools

modules:
	+$(kbuild) modules

tools:
	+$(MAKE) -C rnbdctl

install: modules_install tools_install

modules_install:
	+$(kbuild) INSTALL_MOD_DIR=updates modules_install
	depmod -b $(or $(INSTALL_MOD_PATH),/) $(release)

tools_install:
	+$(MAKE) -C rnbdctl install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)
	$(foreach m,$(mans),install -Dm644 $(m) -t $(DESTDIR)$(MANDIR)/man7;)
	$(foreach r,$(rules),install -Dm644 $(r) -t $(DESTDIR)$(UDEVDIR);)

uninstall:
	rm -f $(modules:%=$(INSTALL_MOD_PATH)/lib/modules/$(release)/updates/%.ko*)
	depmod -b $(or $(INSTALL_MOD_PATH),/) $(release)
	+$(MAKE) -C rnbdctl uninstall PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)
	rm -f $(foreach m,$(mans),$(DESTDIR)$(MANDIR)/man7/$(notdir $(m)))
	rm -f $(rules:udev/%=$(DESTDIR)$(UDEVDIR)/%)

release = $(shell $(MAKE) -s --no-print-directory -C $(kdir) kernelrelease)

clean:
	+$(kbuild) clean
	+$(MAKE) -C rnbdctl clean

demo:
	tests/bed/demo

check:
	tests/run-check

check-long:
	tests/run-check --long $(if $(SHARD),--shard $(SHARD))

help:
	@echo 'make                the modules and rnbdctl'
	@echo 'make modules        rtrs-core, rtrs-client, rtrs-server, rnbd-client, rnbd-server'
	@echo 'make tools          rnbdctl'
	@echo 'make install        modules to /lib/modules/RELEASE/updates, the rest below PREFIX'
	@echo 'make uninstall      remove what install put there'
	@echo 'make clean          remove what was built'
	@echo 'make demo           two virtual machines, a disk of one used in the other'
	@echo 'make check          style, unit tests, and the test suite'
	@echo 'make check-long     the same on two kernels, with more rounds and with Linux as the'
	@echo '                    other end; SHARD=2/5 runs a fifth of it. What passed is not run'
	@echo '                    again on the same tree, so an interrupted run goes on'
	@echo
	@echo 'KDIR=DIR            build for the kernel whose build directory this is'
	@echo 'KVER=RELEASE        build for /lib/modules/RELEASE/build'
	@echo '                    (otherwise for the running kernel, else for the newest 6.12)'
	@echo 'PREFIX=, DESTDIR=, INSTALL_MOD_PATH=   where to install'
	@echo 'W=1, C=2, V=1       as in the kernel'

.PHONY: all modules tools install modules_install tools_install uninstall clean \
	demo check check-long help
