# SPDX-License-Identifier: MIT
## make check         run all tests; PARTS="unit cli" runs some; one suite: build/default/unit with
##                    CK_RUN_SUITE=name, one CLI test: VFLOW=$PWD/build/default/vflow sh tests/cli/test_run.sh;
##                    VFLOW_TEST_PATIENCE=20 multiplies every limit, which is measured by default
## make check-unit, check-cli, check-fuzz    a part of make check
## make check-ipc, check-tcp                 run the suites that run flows over another transport
## make check-load    run all tests under each kind of load, and print a table;
##                    LOADS="plain one-core busy hog nice slow-calls"

PARTS = unit cli fuzz stress chaos hostile instructions
LOADS =

examples = $(example_sources:tests/example/%.c=$(build)/example/%)
tested   = all $(build)/unit $(fuzzers) $(examples) $(client) $(build)/stress $(liar) $(counted)
run_check = CC='$(CC)' SANITIZE='$(SANITIZE)' tests/check.sh $(build)

.PHONY: check check-unit check-cli check-fuzz check-ipc check-tcp check-load

$(build)/tests/%.o: cppflags += $(check_cflags)

.SECONDEXPANSION:
check: $$(tested)
	@$(run_check) $(PARTS)

check-unit: $(build)/unit
	@$(run_check) unit

check-cli: all $(examples) $$(client)
	@$(run_check) cli

check-fuzz: $$(fuzzers)
	@$(run_check) fuzz

check-ipc check-tcp: check-%: all
	@$(run_check) $*

check-load: $$(tested)
	@CC='$(CC)' SANITIZE='$(SANITIZE)' tests/load.sh $(build) $(LOADS)

$(build)/example/%: $(build)/tests/example/%.o $(build)/libvflow.a
	@mkdir -p $(@D)
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)
