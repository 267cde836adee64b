# SPDX-License-Identifier: MIT
## make stress        run random flows and compare them with a model; STRESS_FLOWS=1000,
##                    STRESS_STOPS=200 that are stopped and that drop the oldest, STRESS_SEED=;
##                    then one whose memory must not grow, SOAK_FRAMES=1000000 SOAK_MINUTES=30

# STRESS_SEED is the first; by default it is the time.
STRESS_FLOWS = 1000
STRESS_STOPS = 200
STRESS_SEED  =
SOAK_FRAMES  = 1000000
SOAK_MINUTES = 30

.PHONY: stress

# In the long flow, a sanitizer must not keep what was freed.
stress: $(build)/stress
	for transport in shm ipc tcp; do \
	  $(build)/stress --transport $$transport --count $(STRESS_FLOWS) $(STRESS_SEED:%=--from %) && \
	  $(build)/stress --transport $$transport --stop --count $(STRESS_STOPS) \
	    $(STRESS_SEED:%=--from %) || exit 1; done
	$(build)/stress --hasty --count $(STRESS_STOPS) $(STRESS_SEED:%=--from %)
	ASAN_OPTIONS="$$ASAN_OPTIONS:quarantine_size_mb=0:thread_local_quarantine_size_kb=0" \
	  $(build)/stress --soak --frames $(SOAK_FRAMES) --minutes $(SOAK_MINUTES)

$(build)/stress: $(call objects,$(wildcard tests/stress/*.c)) $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)
