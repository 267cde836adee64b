# SPDX-License-Identifier: MIT
# vflow: `make deps`, `make`, `make check`, `make install`. Everything built lands in build/.
# VARIANT names a second tree beside the first: make check SANITIZE=address,undefined VARIANT=asan

VERSION = 0.1.0
PREFIX  = /usr/local
VARIANT = default
build   = build/$(VARIANT)

CC       = cc
CFLAGS   = -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
           -Wconversion -Wvla -Wwrite-strings -Werror=implicit-function-declaration
SANITIZE =
hard     = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)

packages = libzmq yaml-0.1 libavformat libavcodec libswscale libavutil jansson

# Ours, kept apart so that CFLAGS and LDFLAGS stay the packager's.
cppflags = -I. -D_GNU_SOURCE -DVF_VERSION='"$(VERSION)"' -include engine/base/banned.h \
           $(package_cflags) $(CPPFLAGS)
cflags   = -std=c11 -pthread $(WARNINGS) $(hard) $(CFLAGS)
ldflags  = -pthread $(hard) $(LDFLAGS)
libs     = $(package_libs) -lm $(LDLIBS)
package_cflags := $(shell pkg-config --cflags $(packages) 2>/dev/null)
package_libs   := $(shell pkg-config --libs $(packages) 2>/dev/null)
check_cflags = $(shell pkg-config --cflags check)
check_libs   = $(shell pkg-config --libs check)

library_sources = $(wildcard engine/*/*.c nodes/*.c nodes/*/*.c)
command_sources = $(wildcard cmd/*.c)
unit_sources    = $(wildcard tests/unit/*.c tests/nodes/*.c)
fuzz_targets    = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
cli_tests       = $(wildcard tests/cli/test_*.sh)
c_files         = $(wildcard cmd/*.[ch] engine/*/*.[ch] nodes/*.[ch] nodes/*/*.c tests/*/*.[ch])

objects = $(patsubst %.c,$(build)/%.o,$(1))

.PHONY: all check check-unit check-cli check-fuzz clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(build)/vflow

$(build)/vflow: $(call objects,$(command_sources)) $(build)/libvflow.a
	$(CC) $(ldflags) -o $@ $^ $(libs)

$(build)/libvflow.a: $(call objects,$(library_sources))
	rm -f $@ && $(AR) rcs $@ $^

$(build)/tests/%.o: cppflags += $(check_cflags)

$(build)/unit: $(call objects,$(unit_sources)) $(build)/libvflow.a
	$(CC) $(ldflags) -o $@ $^ $(check_libs) $(libs)

$(build)/fuzz_%: $(build)/tests/fuzz/fuzz_%.o $(build)/tests/fuzz/replay.o $(build)/libvflow.a
	$(CC) $(ldflags) -o $@ $^ $(libs)

$(build)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(cppflags) $(cflags) -MMD -MP -c -o $@ $<

check: check-unit check-cli check-fuzz

check-unit: $(build)/unit
	$<

check-cli: $(build)/vflow
	@status=0; for t in $(cli_tests); do echo "== $$t"; VFLOW=$(CURDIR)/$< sh $$t || status=1; done; exit $$status

check-fuzz: $(fuzz_targets:%=$(build)/fuzz_%)
	$(foreach t,$(fuzz_targets),$(build)/fuzz_$(t) tests/fuzz/corpus/$(t)/* &&) true

clean:
	rm -rf build

-include $(patsubst %.o,%.d,$(call objects,$(library_sources) $(command_sources) $(unit_sources)))
