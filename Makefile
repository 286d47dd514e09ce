# Caucus.  `make help` lists the targets.
#
# Every folder under daemon/ is a floor and becomes one archive; a program
# links all archives and the linker takes what it needs.  A unit test links
# only its own floor and those below it.

ifeq ($(origin CC),default)
CC      := gcc
endif
PREFIX  ?= /usr/local
DESTDIR ?=
B       ?= build
JOBS    ?= 2
VERSION := 0.1.0

PKGS    := libevent libevent_pthreads libevent_openssl libcurl jansson sqlite3 \
           libssl libcrypto libbsd-overlay inih libedit libsystemd
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
           -Wvla -Wformat=2 -Wundef -Wpointer-arith -Wwrite-strings \
           -Wimplicit-fallthrough -Werror
HARDEN  := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT     ?= -O2
SAN     ?=
CPPFLAGS_ALL := -Iinclude -I. -D_GNU_SOURCE -DCAUCUS_VERSION='"$(VERSION)"' \
           -DCAUCUS_DATADIR='"$(PREFIX)/share/caucus"' \
           $(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
# Sanitizers make gcc warn of what cannot be; the plain builds are the judges.
CFLAGS_ALL := -std=c11 -g $(OPT) $(WARN) $(if $(SAN),-Wno-error,$(HARDEN)) $(SAN) \
           -fno-omit-frame-pointer -pthread -fPIE $(CFLAGS)
LDFLAGS_ALL := $(SAN) -pthread -pie -Wl,--as-needed -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS    := $(shell pkg-config --libs $(PKGS)) -lunistring -lm

# USES_F: the floors that F may use; the table lives in scripts/floors.
$(foreach line,$(shell scripts/floors --uses),$(eval $(line)))
comma   := ,
uses     = $(subst $(comma), ,$(USES_$(1)))
# Tests of no floor's own folder: tests/unit/engine is session and procedure.
USES_engine := $(USES_procedure)
closure  = $(sort $(call uses,$(1)) $(foreach u,$(call uses,$(1)),$(call uses,$(u))))

FLOORS  := base choice job llm session procedure record store net server client
objs     = $(patsubst %.c,$(B)/%.o,$(1))
csrc     = $(sort $(wildcard $(addsuffix /*.c,$(1))))
ARCH    := $(foreach f,$(FLOORS),$(if $(wildcard daemon/$(f)/*.c),$(B)/lib$(f).a))
below    = $(if $(USES_$(1)),$(filter $(patsubst %,$(B)/lib%.a,$(call closure,$(1))),$(ARCH)),$(ARCH))
PROGS   := $(patsubst daemon/%.c,$(B)/%,$(wildcard daemon/caucusd.c daemon/caucus.c))

# Under tests/, a file whose name starts with test_, bench_ or fuzz_ is a
# program; the others of its folder are linked into each of them.  tests/fake
# is an archive for all but the lowest floors; its main.c is a program, fake:
# a caucusd whose disk fails on demand; fake_main.c is fake-llm.
named    = $(sort $(wildcard $(1)))
others   = $(filter-out $(wildcard $(1)/test_*.c $(1)/bench_*.c $(1)/fuzz_*.c),$(call csrc,$(1)))
NOFAKE  := base choice job store net
UNITDIRS := $(patsubst tests/unit/%/,%,$(sort $(dir $(wildcard tests/unit/*/test_*.c))))
FAKE    := $(filter-out tests/fake/main.c tests/fake/fake_main.c,$(call csrc,tests/fake))
FAKELIB := $(if $(FAKE),$(B)/libfake.a)
FAKEPROG := $(patsubst %/main.c,$(B)/%/fake,$(wildcard tests/fake/main.c)) $(B)/fake-llm
UNIT    := $(patsubst %.c,$(B)/%,$(call named,tests/unit/*/test_*.c))
SYSTEM  := $(patsubst %.c,$(B)/%,$(call named,tests/system/test_*.c))
BENCHES := $(patsubst %.c,$(B)/%,$(call named,tests/bench/bench_*.c))
FUZZERS := $(patsubst %.c,$(B)/%,$(call named,tests/fuzz/fuzz_*.c))

SRC     := $(call csrc,$(addprefix daemon/,$(FLOORS))) $(wildcard daemon/*.c)
TESTSRC := $(call csrc,tests/unit/* tests/system tests/bench tests/fake tests/fuzz)
ALLSRC  := $(SRC) $(TESTSRC)
TEXT     = $(shell find daemon include tests -name '*.[ch]')

all: $(PROGS) ## build caucusd and caucus in build/

tests: $(PROGS) $(UNIT) $(SYSTEM) $(BENCHES) $(FAKEPROG) ## build all tests

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

# V=1 shows whole commands.
say      = $(if $(V),,@echo '  $(1) $@';)

# What was built with other flags is built again.
FLAGS   := $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)
ifneq ($(FLAGS),$(file <$(B)/flags))
$(shell mkdir -p $(B))
$(file >$(B)/flags,$(FLAGS))
endif

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The folder is a prerequisite, for a removed file must leave the archive.
define floor_rule
$(B)/lib$(1).a: $(call objs,$(call csrc,daemon/$(1))) daemon/$(1)
	@rm -f $$@
	$$(call say,AR) $(AR) rcs $$@ $$(filter %.o,$$^)
endef
$(foreach f,$(FLOORS),$(eval $(call floor_rule,$(f))))

$(B)/libfake.a: $(call objs,$(FAKE)) tests/fake
	@rm -f $@
	$(call say,AR) $(AR) rcs $@ $(filter %.o,$^)

LINK     = $(call say,LD) $(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) \
           -Wl,--start-group $(filter %.a,$^) -Wl,--end-group

$(B)/caucusd $(B)/caucus: $(B)/%: $(B)/daemon/%.o $(ARCH)
	$(LINK) $(LIBS)

define unit_rule
$(B)/tests/unit/$(1)/test_%: $(B)/tests/unit/$(1)/test_%.o \
    $(call objs,$(call others,tests/unit/$(1))) \
    $(call below,$(1)) \
    $(if $(filter $(NOFAKE),$(1)),,$(FAKELIB) $(filter %/libllm.a,$(ARCH)))
	$$(LINK) -lcmocka $$(LIBS)
endef
$(foreach d,$(UNITDIRS),$(eval $(call unit_rule,$(d))))

$(B)/tests/system/test_%: $(B)/tests/system/test_%.o $(call objs,$(call others,tests/system)) $(FAKELIB) $(ARCH)
	$(LINK) -lcmocka $(LIBS)

$(B)/tests/bench/bench_%: $(B)/tests/bench/bench_%.o $(call objs,$(call others,tests/bench)) $(FAKELIB) $(ARCH)
	$(LINK) $(LIBS)

$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(call objs,$(call others,tests/fuzz)) $(FAKELIB) $(ARCH)
	$(LINK) -fsanitize=fuzzer $(LIBS)

$(B)/tests/fake/fake: $(B)/tests/fake/main.o $(FAKELIB) $(ARCH)
	$(LINK) $(LIBS)

$(B)/fake-llm: $(B)/tests/fake/fake_main.o $(FAKELIB) $(ARCH)
	$(LINK) $(LIBS)

# One unit test by hand: make unit-base/test_buf
$(patsubst $(B)/tests/unit/%,unit-%,$(UNIT)): unit-%: $(B)/tests/unit/%
	$(abspath $<)

unit: $(UNIT) ## run the unit tests
	scripts/run-tests $(B) unit

system: $(PROGS) $(SYSTEM) $(FAKEPROG) ## run the system tests
	scripts/run-tests $(B) system

check: ## all that CI runs (scripts/check without installing packages)
	scripts/check --no-bootstrap

demo: ## play a deliberation without any network
	scripts/demo

SUB      = +$(MAKE) --no-print-directory -j$(JOBS) B=$(B)/$(1)

asan: ## all tests under the address and undefined-behaviour sanitizers
	$(call SUB,asan) OPT=-O1 SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' tests
	CAUCUS_PATIENCE=3 TIMEOUT=900 scripts/run-tests $(B)/asan

tsan: ## all tests under the thread sanitizer
	$(call SUB,tsan) OPT=-O1 SAN='-fsanitize=thread' tests
	CAUCUS_PATIENCE=10 TIMEOUT=1800 scripts/run-tests $(B)/tsan

# One system test is enough for the daemon's own leaks: a run is 30 times slower.
VALGRIND := valgrind -q --leak-check=full --error-exitcode=9 \
           --trace-children=yes --child-silent-after-fork=yes
VALGRIND_SYSTEM ?= test_session
valgrind: tests ## unit tests and one system test under valgrind
	CAUCUS_PATIENCE=30 WRAP='$(VALGRIND)' TIMEOUT=1800 scripts/run-tests $(B) unit $(VALGRIND_SYSTEM)

coverage: ## line coverage of daemon/; fails under 85 %
	$(call SUB,cov) OPT=-O0 HARDEN= CFLAGS=--coverage LDFLAGS=--coverage tests
	find $(B)/cov -name '*.gcda' -delete
	scripts/run-tests $(B)/cov
	scripts/coverage $(B)/cov 85

# Seconds for each target.
SECONDS ?= 600
fuzz: ## fuzz every target for SECONDS=600 each
	$(call SUB,fuzz) CC=clang OPT=-O1 \
	    SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' fuzzers
	scripts/run-fuzz $(B)/fuzz $(SECONDS)
fuzzers: $(FUZZERS)

bench: $(PROGS) $(BENCHES) $(FAKEPROG) ## run the benchmarks
	@set -e; for b in $(BENCHES); do echo "== $${b##*/}"; $$b; done

# About five and three minutes; what `check` does by samples.
crash: $(PROGS) $(SYSTEM) $(FAKEPROG) ## kill the daemon a thousand times, fail its every write
	CAUCUS_BUILD=$(B) CAUCUS_CRASH_RUNS=1000 $(B)/tests/system/test_crash
	CAUCUS_BUILD=$(B) CAUCUS_FAULT_STRIDE=1 $(B)/tests/system/test_fault

# Not in `check`: it fetches packages.
conformance: $(PROGS) $(B)/fake-llm ## the vendors' own clients talk to the fake endpoint (node 20)
	tests/conformance/run $(B)

floors: ## no floor uses what it may not
	scripts/floors

format: ## clang-format over all sources
	clang-format -i $(TEXT)

format-check: ## fails when clang-format would change something
	@clang-format --dry-run -Werror $(TEXT)

# A stamp a file: what did not change, nor its headers, is not checked again.
$(B)/tidy/%.ok: %.c .clang-tidy tests/.clang-tidy
	@mkdir -p $(@D)
	@echo tidy $<
	@clang-tidy --quiet $< -- -std=c11 $(CPPFLAGS_ALL) 2>$@.log || { cat $@.log; exit 1; }
	@$(CC) $(CPPFLAGS_ALL) -MM -MP -MT $@ -MF $(@:.ok=.d) $<
	@touch $@

$(B)/analyze/%.ok: %.c
	@mkdir -p $(@D)
	@echo analyze $<
	@gcc $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fanalyzer -MMD -MP -MT $@ -MF $(@:.ok=.d) -c -o /dev/null $<
	@touch $@

TIDY    := $(ALLSRC:%.c=$(B)/tidy/%.ok)
ANALYZE := $(SRC:%.c=$(B)/analyze/%.ok)
tidy: ## clang-tidy over daemon/ and tests/
	+@$(MAKE) --no-print-directory -j$(JOBS) tidy-stamps
analyze: ## gcc -fanalyzer over daemon/
	+@$(MAKE) --no-print-directory -j$(JOBS) analyze-stamps
tidy-stamps: $(TIDY)
analyze-stamps: $(ANALYZE)

sample: $(B)/caucusd ## write config/caucusd.conf from the tables of settings
	$(B)/caucusd --show-config >config/caucusd.conf

MAN     := $(wildcard config/man/*.[1578])
man-lint: ## mandoc's opinion of the manual
	$(if $(MAN),mandoc -Tlint -Wwarning $(MAN))

DEST    := $(DESTDIR)$(PREFIX)
# /usr is Debian's, /usr/local an administrator's: both have their settings in
# /etc, and systemd reads units under both.
SYSCONFDIR ?= $(if $(filter /usr /usr/local,$(PREFIX)),,$(PREFIX))/etc
UNITDIR ?= $(if $(filter /usr,$(PREFIX)),,$(PREFIX))/lib/systemd/system
ETC     := $(DESTDIR)$(SYSCONFDIR)/caucus
DATA    := $(notdir $(wildcard $(addprefix config/,presets prompts messages scenarios)))
install: all ## honours DESTDIR and PREFIX
	install -d $(DEST)/bin $(DEST)/sbin
	install -m 755 $(B)/caucus $(DEST)/bin/
	install -m 755 $(B)/caucusd $(DEST)/sbin/
	install -D -m 644 config/completions/caucus.bash \
	    $(DEST)/share/bash-completion/completions/caucus
	cd config && find $(DATA) -type f \
	    -exec install -D -m 644 {} $(abspath $(DEST))/share/caucus/{} \;
	$(foreach m,$(MAN),install -D -m 644 $(m) \
	    $(DEST)/share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m)) &&) true
	install -d $(DESTDIR)$(UNITDIR) $(ETC)
	for unit in caucusd caucus-irc; do \
	    sed 's|/usr/\(s*bin\)|$(PREFIX)/\1|; s|/etc/caucus|$(SYSCONFDIR)/caucus|' \
	        config/systemd/$$unit.service >$(DESTDIR)$(UNITDIR)/$$unit.service && \
	    chmod 644 $(DESTDIR)$(UNITDIR)/$$unit.service || exit; \
	done
	install -m 644 config/systemd/caucusd.socket $(DESTDIR)$(UNITDIR)/
	install -D -m 644 config/systemd/sysusers.conf $(DEST)/lib/sysusers.d/caucus.conf
	install -D -m 644 config/systemd/tmpfiles.conf $(DEST)/lib/tmpfiles.d/caucus.conf
	install -d -m 700 $(ETC)/keys
	for conf in caucusd caucus-irc; do \
	    test -e $(ETC)/$$conf.conf || \
	        install -m 644 config/$$conf.conf $(ETC)/$$conf.conf || exit; \
	done

clean: ## remove build/
	rm -rf $(B)

.PHONY: all tests help unit system check demo asan tsan valgrind coverage fuzz \
    fuzzers bench conformance crash floors format format-check tidy analyze \
    tidy-stamps analyze-stamps man-lint sample install clean
.DELETE_ON_ERROR:
.SECONDARY:
-include $(wildcard $(ALLSRC:%.c=$(B)/%.d) $(TIDY:.ok=.d) $(ANALYZE:.ok=.d))
