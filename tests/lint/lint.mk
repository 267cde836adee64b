# SPDX-License-Identifier: MIT
## make lint          check format, code (clang-tidy, cppcheck), scripts, layers, words and manual
## make deps-lint     install what make lint and make fuzz need

scripts        = $(wildcard .ci/* engine/web/*.sh pipelines/pictures/*.sh tests/*.sh tests/*/*.sh)
python_scripts = $(filter-out tests/python/%,$(wildcard tests/*/*.py)) $(python_module)
makefiles      = Makefile $(wildcard tests/*.mk tests/*/*.mk)
our_c_files    = $(filter cmd/% engine/% nodes/%,$(c_files) $(cc_files))

.PHONY: lint lint-format lint-tidy lint-cppcheck lint-shell lint-headers lint-rules lint-manual

lint: lint-format lint-tidy lint-cppcheck lint-shell lint-headers lint-rules lint-manual

lint-format:
	clang-format --dry-run -Werror $(c_files) $(cc_files)

lint-tidy: $(patsubst %.c,$(build)/%.tidy,$(filter %.c,$(c_files))) \
  $(if $(OPENCV),$(opencv_sources:%.cc=$(build)/%.cc.tidy))

# After the object, so that it is done again when a header has changed.
$(build)/%.tidy: $(build)/%.o .clang-tidy
	$(call say,TIDY $*.c)
	$(quiet)clang-tidy --quiet $*.c -- $(cppflags) $(check_cflags) -std=c11 2>/dev/null
	@touch $@

$(build)/%.cc.tidy: $(build)/%.o .clang-tidy
	$(call say,TIDY $*.cc)
	$(quiet)clang-tidy --quiet $*.cc -- -I. -isystem $(OPENCV) -std=c++17 2>/dev/null
	@touch $@

lint-cppcheck:
	cppcheck --quiet --std=c11 --enable=warning,portability --error-exitcode=1 --inline-suppr \
	  -j "$$(nproc)" -I. -D_GNU_SOURCE $(filter %.c,$(our_c_files))
	cppcheck --quiet --std=c++17 --enable=warning,portability --error-exitcode=1 --inline-suppr \
	  -I. $(filter %.cc,$(our_c_files))

lint-shell:
	shellcheck -x $(scripts)

# A header must compile on its own.
lint-headers:
	@for header in $(filter-out tests/unit/suites.h,$(filter %.h,$(c_files))); do \
	  $(CC) $(cppflags) $(check_cflags) $(cflags) -fsyntax-only -x c $$header || exit 1; \
	done

lint-rules:
	tests/lint/check_layers.sh $(our_c_files)
	tests/lint/check_files.sh $(c_files) $(cc_files) $(scripts) $(python_scripts) $(makefiles)
	tests/lint/check_nodes.sh
	tests/lint/check_suites.sh
	tests/lint/check_words.sh $(our_c_files) $(wildcard man/*) README.md engine/README.md pipelines/README.md
	tests/lint/check_gallery.sh pipelines/README.md
	python3 -B tests/mutation/mutate.py --check

lint-manual: $(all_parts)
	mandoc -T lint -W warning $(manuals)
	python3 -B tests/manual/rendering.py $(manuals)
	python3 -B tests/manual/commands.py $(build)/vflow . man/vflow.1
