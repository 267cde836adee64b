# SPDX-License-Identifier: MIT
## make damage        read damaged files, and healthy ones: damage must show in the exit status;
##                    DAMAGE_RUNS=500 DAMAGE_SEED= DAMAGE_ONLY=WORD

# DAMAGE_SEED is that of the first file; by default it is the time. DAMAGE_ONLY takes the kinds of file
# with the word in their name.
DAMAGE_RUNS = 500
DAMAGE_SEED =
DAMAGE_ONLY =

.PHONY: damage

damage: all
	python3 -B tests/damage/damage.py --build $(build) --runs $(DAMAGE_RUNS) \
	  $(DAMAGE_SEED:%=--seed %) $(DAMAGE_ONLY:%=--only %)
