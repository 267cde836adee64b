# SPDX-License-Identifier: MIT
## make check-instructions       count the instructions of six small works, a part of make check
## make instructions-record      keep what they are now, in tests/instructions/recorded.json

counted = $(build)/counted

.PHONY: check-instructions instructions-record

check-instructions: $(counted)
	@$(run_check) instructions

instructions-record: $(counted)
	@python3 -B tests/instructions/instructions.py --record $(counted)

$(counted): $(call objects,$(wildcard tests/instructions/*.c)) $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)
