# SPDX-License-Identifier: MIT
## make fuzz          look for inputs that break a parser, with clang; FUZZ_SECONDS=60 for each
##
# What is found is kept in build/fuzz/found/; make check replays the corpus.

FUZZ_SECONDS = 60
fuzz_targets = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzzers      = $(fuzz_targets:%=$(build)/fuzz_%)

.PHONY: fuzz fuzz-build

$(build)/fuzz_%: $(build)/tests/fuzz/fuzz_%.o $(build)/tests/fuzz/replay.o $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)

fuzz:
	$(MAKE) VARIANT=fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzz-build
	$(foreach t,$(fuzz_targets),mkdir -p build/fuzz/found/$(t) && \
	build/fuzz/search_$(t) -max_total_time=$(FUZZ_SECONDS) build/fuzz/found/$(t) \
	  tests/fuzz/corpus/$(t) &&) true

fuzz-build: $(fuzz_targets:%=$(build)/search_%)

$(build)/search_%: $(build)/tests/fuzz/fuzz_%.o $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -fsanitize=fuzzer -o $@ $^ $(libs)
