# SPDX-License-Identifier: MIT
# The unit tests: one program.

unit_sources = $(call deep,tests/unit) $(wildcard tests/nodes/*.c)
# Calls that a test comes between (tests/unit/edge/test_join_exhaustive.c).
unit_wraps   = vf_inbox_front vf_inbox_claim vf_inbox_take

# Sanitizers and coverage do their work when a process ends.
$(build)/tests/unit/main.o: cppflags += $(if $(SANITIZE)$(findstring coverage,$(CFLAGS)),,-DVF_TESTS_LEAVE_AT_ONCE)

$(build)/unit: $(call objects,$(unit_sources)) $(build)/libcommand.a $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) $(unit_wraps:%=-Wl,--wrap=%) -o $@ $^ $(check_libs) $(libs)
