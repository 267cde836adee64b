# SPDX-License-Identifier: MIT
# The program that process nodes run in tests. It stands for those of other people, so it has none of
# our headers, libraries or flags.
client = $(build)/process/client

$(client): tests/process/client.c
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(quiet)$(CC) $(WARNINGS) $(if $(WERROR),-Werror) -D_GNU_SOURCE -O2 -g -o $@ $<
