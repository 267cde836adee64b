# SPDX-License-Identifier: MIT
## make power         cut the power of batches and runs at every moment of many runs, and go on with
##                    what is left; POWER_RUNS=20 POWER_SEED=

# POWER_SEED is that of the first run; by default it is the time.
POWER_RUNS = 20
POWER_SEED =

.PHONY: power

power: all $(build)/power/record.so
	seed=$(or $(POWER_SEED),$$(date +%s)); \
	for run in $$(seq $(POWER_RUNS)); do \
	  for work in batch plain run; do \
	    rm -rf $(build)/power/scratch; \
	    python3 -B tests/power/outputs.py $$work --vflow $(build)/vflow --record $(build)/power/record.so \
	      --scratch $(build)/power/scratch --stride 1 --extra 20 --resumes 20 --seed $$((seed + run - 1)) \
	      || exit 1; \
	  done; \
	done

$(build)/power/record.so: tests/power/record.c
	@mkdir -p $(@D)
	$(call say,LINK $@)
	$(quiet)$(CC) -shared -fPIC -D_GNU_SOURCE -O1 -Wall -Wextra -o $@ $<
