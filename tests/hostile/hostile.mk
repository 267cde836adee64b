# SPDX-License-Identifier: MIT
## make hostile       run flows while one of their workers lies, and all others are under
##                    AddressSanitizer; HOSTILE_RUNS=2000 HOSTILE_SEED=

# HOSTILE_SEED is that of the first run; by default it is the time.
HOSTILE_RUNS = 2000
HOSTILE_SEED =

liar = $(build)/hostile/liar.so

.PHONY: hostile hostile-run

hostile:
	$(MAKE) VARIANT=$(patsubst default,asan,$(VARIANT)) SANITIZE=address,undefined \
	  HOSTILE_RUNS='$(HOSTILE_RUNS)' HOSTILE_SEED='$(HOSTILE_SEED)' hostile-run

hostile-run: all $(liar)
	CC='$(CC)' python3 -B tests/hostile/hostile.py --build $(build) --runs $(HOSTILE_RUNS) \
	  $(HOSTILE_SEED:%=--seed %)

# It writes where it may not: a sanitizer in it would only be in the way.
$(liar): tests/hostile/liar.c
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(quiet)$(CC) $(WARNINGS) $(if $(WERROR),-Werror) -std=c11 -D_GNU_SOURCE -I. -O2 -g -fPIC \
	  -shared -o $@ $<
