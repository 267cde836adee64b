# SPDX-License-Identifier: MIT
## make chaos         kill and stop workers of running flows; CHAOS_RUNS=300 CHAOS_SEED=
##                    CHAOS_TRANSPORT=shm (or ipc, tcp, hosts)

# Also at places that only a build of its own has (engine/base/failpoint.h). CHAOS_SEED is that of
# the first run; by default it is the time.
CHAOS_RUNS = 300
CHAOS_SEED =
CHAOS_TRANSPORT = shm

.PHONY: chaos chaos-run

chaos:
	$(MAKE) VARIANT=$(patsubst default,chaos,$(VARIANT)) CPPFLAGS='$(CPPFLAGS) -DVF_FAILPOINTS' \
	  CHAOS_RUNS='$(CHAOS_RUNS)' CHAOS_SEED='$(CHAOS_SEED)' CHAOS_TRANSPORT='$(CHAOS_TRANSPORT)' chaos-run

chaos-run: all $$(client)
	python3 -B tests/chaos/chaos.py --build $(build) --points --runs $(CHAOS_RUNS) \
	  --transport $(CHAOS_TRANSPORT) $(CHAOS_SEED:%=--seed %)
