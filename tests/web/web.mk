# SPDX-License-Identifier: MIT
## make check-web     test the page of a run in a headless Chromium; .ci/deps web installs that
## make web-shots     make pictures of the page at three widths, in build/shots, to look at

web_layout = $(build)/web/layout.so

.PHONY: check-web web-shots

check-web: all $(web_layout)
	@VFLOW=$(CURDIR)/$(build)/vflow tests/web/check.sh $(web_layout) $(build)/web

web-shots: all $(web_layout)
	@VFLOW=$(CURDIR)/$(build)/vflow tests/web/check.sh $(web_layout) build/shots shots

$(web_layout): $(call objects,$(wildcard engine/web/layout/*.c))
	@mkdir -p $(@D)
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -shared -o $@ $^ -lm $(LDLIBS)
