# Caucus.  `make help` lists the targets.
#
# Every folder under daemon/ is a floor and becomes one archive; a program or
# test links all archives and the linker takes what it needs.

ifeq ($(origin CC),default)
CC      := gcc
endif
PREFIX  ?= /usr/local
DESTDIR ?=
B       ?= build
VERSION := 0.1.0

PKGS    := libevent libevent_pthreads libcurl jansson sqlite3 libcrypto libbsd-overlay
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
           -Wvla -Wformat=2 -Wundef -Wpointer-arith -Wwrite-strings \
           -Wimplicit-fallthrough -Werror
HARDEN  := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT     ?= -O2
SAN     ?=
CPPFLAGS_ALL = -Iinclude -I. -D_GNU_SOURCE -DCAUCUS_VERSION='"$(VERSION)"' \
           -DCAUCUS_DATADIR='"$(PREFIX)/share/caucus"' \
           $(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
CFLAGS_ALL = -std=c11 -g $(OPT) $(WARN) $(if $(SAN),,$(HARDEN)) $(SAN) \
           -fno-omit-frame-pointer -pthread -fPIE $(CFLAGS)
LDFLAGS_ALL = $(SAN) -pthread -pie -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS    := $(shell pkg-config --libs $(PKGS)) -lunistring

# Lowest first; the link order is the reverse.
FLOORS  := base choice job llm session procedure record store net server client
SRC     := $(foreach f,$(FLOORS),$(sort $(wildcard daemon/$(f)/*.c)))
ARCH    := $(foreach f,$(FLOORS),$(if $(wildcard daemon/$(f)/*.c),$(B)/lib$(f).a))
ARCH_LINK = -Wl,--start-group $(ARCH) -Wl,--end-group
PROGS   := $(patsubst daemon/%.c,$(B)/%,$(wildcard daemon/caucusd.c daemon/caucus.c))

UNIT    := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/*/test_*.c)))
SYSTEM  := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/system/test_*.c)))
SYSLIB  := $(filter-out $(wildcard tests/system/test_*.c),$(wildcard tests/system/*.c))
BENCHES := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/bench/bench_*.c)))

all: $(PROGS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

define floor_rule
$(B)/lib$(1).a: $(patsubst %.c,$(B)/%.o,$(sort $(wildcard daemon/$(1)/*.c)))
	@rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach f,$(FLOORS),$(eval $(call floor_rule,$(f))))

$(B)/caucusd $(B)/caucus: $(B)/%: $(B)/daemon/%.o $(ARCH)
	$(CC) $(LDFLAGS_ALL) -o $@ $< $(ARCH_LINK) $(LIBS)

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(ARCH)
	$(CC) $(LDFLAGS_ALL) -o $@ $< $(ARCH_LINK) -lcmocka $(LIBS)

$(B)/tests/system/test_%: $(B)/tests/system/test_%.o $(patsubst %.c,$(B)/%.o,$(SYSLIB)) $(ARCH)
	$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(ARCH_LINK) -lcmocka $(LIBS)

$(B)/tests/bench/%: $(B)/tests/bench/%.o $(ARCH)
	$(CC) $(LDFLAGS_ALL) -o $@ $< $(ARCH_LINK) $(LIBS)

# One unit test by hand: make unit-base/test_buf
$(patsubst $(B)/tests/unit/%,unit-%,$(UNIT)): unit-%: $(B)/tests/unit/%
	./$<

clean:
	rm -rf $(B)

.PHONY: all clean
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
