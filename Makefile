# SPDX-License-Identifier: MIT
# vflow. Everything that is built lands in build/$(VARIANT)/.
#
#   make deps        install what is missing on this machine (Debian, Ubuntu)
#   make             build the program, the library and the generated manual
#   make check       run all tests; one suite: build/default/unit with CK_RUN_SUITE=name;
#                    VFLOW_TEST_PATIENCE=20 multiplies every limit, by default as measured;
#                    PARTS="unit cli" takes some of them
#   make check-load  run all tests under each kind of load, and print a table; LOADS="plain hog"
#   make demo        make a clip with vflow, run pipelines/preview.yaml on it
#   make install     PREFIX=/usr/local DESTDIR=; make uninstall removes the same files
#   make lint        format, clang-tidy, cppcheck, shellcheck, layers, manual; make deps-lint first
#   make stress      run random flows against a model; STRESS_FLOWS=1000 STRESS_STOPS=200
#                    of flows that are stopped, and of those that drop the oldest at full speed;
#                    then one for long, whose memory must not grow; SOAK_FRAMES=1000000 SOAK_MINUTES=30
#   make chaos       kill and stop workers of running flows; CHAOS_RUNS=300 CHAOS_SEED= CHAOS_TRANSPORT=shm
#   make mutation    break the program in 47 ways, each of which the tests must notice
#   make bench       measure beside ffmpeg and GStreamer; WORK="W2 W4" RUNS=5 JSON=FILE
#   make fuzz        look for new inputs with clang, FUZZ_SECONDS=60 for each parser
#
# A second tree beside the first: make check SANITIZE=address,undefined VARIANT=asan
# Other settings: CC, CFLAGS, CPPFLAGS, LDFLAGS, LDLIBS, WERROR=1 (warnings fail), V=1 (commands).

VERSION = 0.1.0
PREFIX  = /usr/local
VARIANT = default
build   = build/$(VARIANT)

CC       = cc
CFLAGS   = -O2 -g
# Tables leave out the fields that are zero: hence no -Wmissing-field-initializers.
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
           -Wconversion -Wvla -Wwrite-strings -Wno-missing-field-initializers \
           -Werror=implicit-function-declaration
WERROR   =
SANITIZE =
V        =
quiet    = $(if $(V),,@)
say      = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@echo "  $(1)")
hard     = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all)

# The nodes that need large libraries are in loadable modules: nodes/node_table.h says which node
# is in which. A new module is its name here, and below it its packages, the modules that it
# needs, and the sources that it has beside its nodes.
modules = frame text codec container device filter keys http

frame_packages = libswscale libavutil
frame_sources  = $(patsubst %,engine/media/%.c,canvas canvas_draw canvas_hide canvas_samples colour \
  coverage crop fitting media_audio media_error media_frame media_log media_options mosaic \
  packed_picture payload_buffer picture retiming scaler steady_rate test_picture) \
  $(patsubst %,nodes/%.c,box_place drawing masks peer_options)

text_packages = freetype2 fontconfig libavutil
text_needs    = frame
text_sources  = engine/media/glyphs.c $(patsubst %,nodes/%.c,class_labels label tails text_fields)

codec_packages = libavcodec libavutil
codec_needs    = frame
codec_sources  = $(patsubst %,engine/media/%.c,media_packet option_names packet_queue \
  picture_encoder picture_file tone) nodes/pacer.c

# Whatever of engine/media/ is not in another module.
container_packages = libavformat libavcodec libswresample libavutil
container_needs    = codec frame
container_sources  = $(filter-out $(foreach m,$(filter-out container,$(modules)),$($(m)_sources)), \
  $(wildcard engine/media/*.c)) \
  $(patsubst %,nodes/%.c,frame_choice reading_options reading_sequence video_reading)

device_packages = libavdevice libavformat libavcodec libavutil
device_needs    = container codec frame
device_sources  = engine/media/device.c

filter_packages = libavfilter libavutil
filter_needs    = frame
filter_sources  = $(patsubst %,engine/media/%.c,filter_graph filter_lane \
  filter_nature filter_output filter_run filter_text)

keys_packages = libczmq libzmq
keys_sources  = engine/wire/wire_guard.c

http_packages = libcurl
http_sources  = nodes/http_request.c nodes/http_sender.c

core_packages = libzmq yaml-0.1 jansson zlib
packages      = $(core_packages) $(sort $(foreach m,$(modules),$($(m)_packages)))

# Asks pkg-config once, when a recipe first needs the answer: after `deps`, in the same make.
ask = $(eval $(1) := $$(shell pkg-config $(2) || echo "vflow: make deps installs what is missing" >&2))$($(1))
package_cflags = $(call ask,package_cflags,--cflags $(packages))
package_libs   = $(call ask,package_libs,--libs $(packages))
core_libs      = $(call ask,core_libs,--libs $(core_packages))
module_libs    = $(call ask,$*_libs,--libs $($*_packages))
check_cflags   = $(call ask,check_cflags,--cflags check)
check_libs     = $(call ask,check_libs,--libs check)

# Ours, kept apart so that CFLAGS and LDFLAGS stay the packager's.
cppflags = -I. -D_GNU_SOURCE -DVF_VERSION='"$(VERSION)"' -include engine/base/banned.h \
           $(package_cflags) $(CPPFLAGS)
cflags   = -std=c11 -pthread -fPIC $(interpose) $(WARNINGS) $(if $(WERROR),-Werror) $(hard) $(CFLAGS)
# Functions of one file may be inlined into each other: nobody replaces ours.
interpose = -fno-semantic-interposition
ldflags  = -pthread $(hard) $(LDFLAGS)
libs     = $(package_libs) -lm $(LDLIBS)

library_sources = $(wildcard engine/*/*.c nodes/*.c nodes/*/*.c)
module_nodes    = $(foreach n,$(shell sed -n 's/.*NODE($(1), \([a-z_]*\)).*/\1/p' \
  nodes/node_table.h),$(wildcard nodes/*/$(n).c))
sources_of      = $($(1)_sources) $(call module_nodes,$(1))
core_sources    = $(filter-out nodes/all_nodes.c $(foreach m,$(modules),$(call sources_of,$(m))), \
  $(library_sources))
command_sources = $(wildcard cmd/*.c)
# What only the program has: unit tests have a main() and a list of nodes of their own.
program_sources = cmd/vflow.c cmd/loader.c cmd/node_loader.c cmd/guard_loader.c cmd/picture_loader.c
unit_sources    = $(wildcard tests/unit/*.c tests/nodes/*.c)
example_sources = $(wildcard tests/example/*.c)
stress_sources  = $(wildcard tests/stress/*.c)
bench_sources   = $(wildcard tests/bench/*.c)
python_scripts  = $(wildcard tests/bench/*.py tests/chaos/*.py tests/mutation/*.py tests/manual/*.py)
fuzz_sources    = $(wildcard tests/fuzz/*.c)
fuzz_targets    = $(patsubst tests/fuzz/fuzz_%.c,%,$(filter tests/fuzz/fuzz_%,$(fuzz_sources)))
cli_tests       = $(wildcard tests/cli/test_*.sh)
public_headers  = $(wildcard engine/*/*.h nodes/*.h)
c_files         = $(wildcard cmd/*.[ch] engine/*/*.[ch] nodes/*.[ch] nodes/*/*.[ch] tests/*/*.[ch])
scripts         = $(wildcard .ci/* tests/*.sh tests/*/*.sh)
manuals         = $(wildcard man/*.1 man/*.3 man/*.5) $(build)/man/vflow-nodes.7
pipelines       = $(wildcard pipelines/*.yaml)

objects   = $(patsubst %.c,$(build)/%.o,$(1))
examples  = $(example_sources:tests/example/%.c=$(build)/example/%)
fuzzers   = $(fuzz_targets:%=$(build)/fuzz_%)
module_files = $(modules:%=$(build)/modules/%.so)
all_parts = $(build)/vflow $(module_files) $(build)/libvflow.a $(build)/man/vflow-nodes.7 \
            $(build)/flow.schema.json \
            $(build)/completion/bash $(build)/completion/fish $(build)/completion/zsh
# With `make -j deps check`, nothing is compiled before everything is installed.
after     = $(filter deps,$(MAKECMDGOALS))

.PHONY: all deps deps-lint demo check check-load mutation check-unit check-cli check-ipc check-tcp check-fuzz stress chaos chaos-run bench fuzz fuzz-build \
        install uninstall format lint lint-format lint-tidy lint-cppcheck lint-shell lint-headers \
        lint-rules lint-manual clean always
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

all: $(all_parts)

# The whole core, and its functions for modules to call: so nothing exists twice in one process.
$(build)/vflow: $(call objects,$(command_sources) $(core_sources))
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -Wl,--export-dynamic-symbol='vf_*' -o $@ $^ $(core_libs) -lm $(LDLIBS)

.SECONDEXPANSION:
$(build)/modules/%.so: $$(call objects,$$(call sources_of,$$*)) \
                       $$(addprefix $(build)/modules/,$$(addsuffix .so,$$($$*_needs)))
	@mkdir -p $(@D)
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -shared -Wl,-soname,$(@F) -Wl,-rpath,'$$ORIGIN' -Wl,-z,now \
	  -o $@ $^ $(module_libs) -lm $(LDLIBS)

$(build)/libvflow.a: $(call objects,$(library_sources))
	$(call say,AR   $@)
	$(quiet)rm -f $@ && $(AR) rcs $@ $^

# The subcommands without main(), for the program and for the unit tests.
$(build)/libcommand.a: $(call objects,$(filter-out $(program_sources),$(command_sources)))
	$(call say,AR   $@)
	$(quiet)rm -f $@ && $(AR) rcs $@ $^

$(build)/tests/%.o: cppflags += $(check_cflags)
# Sanitizers and coverage do their work when a process ends.
$(build)/tests/unit/main.o: cppflags += $(if $(SANITIZE)$(findstring coverage,$(CFLAGS)),,-DVF_TESTS_LEAVE_AT_ONCE)

# Calls that a unit test comes between (tests/unit/test_join_exhaustive.c).
unit_wraps = vf_inbox_front vf_inbox_claim vf_inbox_take

$(build)/unit: $(call objects,$(unit_sources)) $(build)/libcommand.a $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) $(unit_wraps:%=-Wl,--wrap=%) -o $@ $^ $(check_libs) $(libs)

$(build)/example/%: $(build)/tests/example/%.o $(build)/libvflow.a
	@mkdir -p $(@D)
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)

$(build)/stress: $(call objects,$(stress_sources)) $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)

# Two floors to measure against, and a program that runs flows with the benchmark's own nodes.
bench_floors = pipe_chain zmq_chain

$(build)/bench_flow: $(call objects,$(filter-out $(bench_floors:%=tests/bench/%.c),$(bench_sources))) \
                     $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)

$(bench_floors:%=$(build)/%): $(build)/%: $(build)/tests/bench/%.o
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)

$(build)/fuzz_%: $(build)/tests/fuzz/fuzz_%.o $(build)/tests/fuzz/replay.o $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)

$(build)/%.o: %.c Makefile | $(after)
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(quiet)$(CC) $(cppflags) $(cflags) -MMD -MP -c -o $@ $<

$(build)/man/vflow-nodes.7: man/vflow-nodes.head.7 $(build)/vflow $(module_files)
	@mkdir -p $(@D)
	$(call say,MAN  $@)
	$(quiet)cat man/vflow-nodes.head.7 > $@ && $(build)/vflow man >> $@

deps:
	@.ci/deps

deps-lint:
	@.ci/deps lint

demo: $(build)/vflow $(module_files)
	@tests/demo.sh $(build)/vflow build/demo

PARTS = unit cli fuzz stress chaos
check: all $(build)/unit $(fuzzers) $(examples) $(build)/stress
	@CC='$(CC)' SANITIZE='$(SANITIZE)' tests/check.sh $(build) $(PARTS)

# LOADS: some of plain one-core busy hog nice slow-calls
LOADS =
check-load: all $(build)/unit $(fuzzers) $(examples) $(build)/stress
	@CC='$(CC)' SANITIZE='$(SANITIZE)' tests/load.sh $(build) $(LOADS)

check-unit: $(build)/unit
	@SANITIZE='$(SANITIZE)' tests/check.sh $(build) unit

check-cli: all $(examples)
	@CC='$(CC)' SANITIZE='$(SANITIZE)' tests/check.sh $(build) cli

check-fuzz: $(fuzzers)
	@tests/check.sh $(build) fuzz

# Runs flows that are drawn from seeds: STRESS_SEED is the first; by default it is the time. Then
# one flow until SOAK_FRAMES have gone through it or SOAK_MINUTES are over; for it, a sanitizer
# must not keep what was freed.
STRESS_FLOWS = 1000
STRESS_STOPS = 200
STRESS_SEED  =
SOAK_FRAMES  = 1000000
SOAK_MINUTES = 30
stress: $(build)/stress
	for transport in shm ipc tcp; do \
	  $(build)/stress --transport $$transport --count $(STRESS_FLOWS) $(STRESS_SEED:%=--from %) && \
	  $(build)/stress --transport $$transport --stop --count $(STRESS_STOPS) \
	    $(STRESS_SEED:%=--from %) || exit 1; done
	$(build)/stress --hasty --count $(STRESS_STOPS) $(STRESS_SEED:%=--from %)
	ASAN_OPTIONS="$$ASAN_OPTIONS:quarantine_size_mb=0:thread_local_quarantine_size_kb=0" \
	  $(build)/stress --soak --frames $(SOAK_FRAMES) --minutes $(SOAK_MINUTES)

# Runs flows whose output is known while their workers are killed, stopped and made to fail, also at
# places that only a build of its own has (engine/base/failpoint.h). CHAOS_SEED is that of the first
# run; by default it is the time.
CHAOS_RUNS = 300
CHAOS_SEED =
CHAOS_TRANSPORT = shm
chaos:
	$(MAKE) VARIANT=$(patsubst default,chaos,$(VARIANT)) CPPFLAGS='$(CPPFLAGS) -DVF_FAILPOINTS' \
	  CHAOS_RUNS='$(CHAOS_RUNS)' CHAOS_SEED='$(CHAOS_SEED)' CHAOS_TRANSPORT='$(CHAOS_TRANSPORT)' chaos-run

chaos-run: all
	python3 -B tests/chaos/chaos.py --build $(build) --points --runs $(CHAOS_RUNS) \
	  --transport $(CHAOS_TRANSPORT) $(CHAOS_SEED:%=--seed %)

# Breaks a copy of the program, one fault after the other: each must be noticed. MUTATION=WORD takes
# those that have it in their name, tests or file.
MUTATION =
mutation:
	@python3 -B tests/mutation/mutate.py --build build/mutation --cc '$(CC)' --only '$(MUTATION)'

# Measures what tests/bench/README.md describes; PEER_FFMPEG=FILE adds a second ffmpeg.
WORK        =
RUNS        = 5
LIMIT       =
JSON        =
PEER_FFMPEG =
bench: all $(build)/bench_flow $(bench_floors:%=$(build)/%)
	@python3 -B tests/bench/bench.py --build $(build) --runs $(RUNS) $(LIMIT:%=--limit %) \
	  $(JSON:%=--json %) $(PEER_FFMPEG:%=--peer-ffmpeg %) $(WORK)

# The suites that run flows, once more over ipc, or over TCP.
check-ipc check-tcp: check-%: all
	@CC='$(CC)' SANITIZE='$(SANITIZE)' tests/check.sh $(build) $*

# Searches for inputs that break a parser, and keeps the interesting ones in build/fuzz/found/.
FUZZ_SECONDS = 60
fuzz:
	$(MAKE) VARIANT=fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzz-build
	$(foreach t,$(fuzz_targets),mkdir -p build/fuzz/found/$(t) && \
	build/fuzz/search_$(t) -max_total_time=$(FUZZ_SECONDS) build/fuzz/found/$(t) \
	  tests/fuzz/corpus/$(t) &&) true

fuzz-build: $(fuzz_targets:%=$(build)/search_%)

$(build)/search_%: $(build)/tests/fuzz/fuzz_%.o $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -fsanitize=fuzzer -o $@ $^ $(libs)

always:

# Installing and uninstalling go by one list: FROM:TO, TO below $(PREFIX).
installed = $(build)/vflow:bin/vflow $(build)/libvflow.a:lib/libvflow.a \
  $(foreach m,$(modules),$(build)/modules/$(m).so:lib/vflow/$(m).so) \
  $(build)/vflow.pc:lib/pkgconfig/vflow.pc \
  $(foreach h,$(public_headers),$(h):include/vflow/$(h)) \
  $(foreach m,$(manuals),$(m):share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
  $(foreach e,$(example_sources),$(e):share/doc/vflow/examples/$(notdir $(e))) \
  $(foreach p,$(pipelines),$(p):share/vflow/$(p)) \
  $(build)/flow.schema.json:share/vflow/flow.schema.json \
  $(build)/completion/bash:share/bash-completion/completions/vflow \
  $(build)/completion/zsh:share/zsh/site-functions/_vflow \
  $(build)/completion/fish:share/fish/vendor_completions.d/vflow.fish
own_folders = $(sort $(dir $(public_headers:%=include/vflow/%) $(pipelines:%=share/vflow/%)) \
  include/vflow/engine/ include/vflow/ lib/vflow/ share/vflow/ share/doc/vflow/examples/ share/doc/vflow/)
root = $(DESTDIR)$(PREFIX)

install: all $(build)/vflow.pc
	@set -e; for pair in $(installed); do \
	  from=$${pair%%:*} to='$(root)'/$${pair#*:}; \
	  mode=644; case $$to in */bin/*) mode=755 ;; esac; \
	  mkdir -p "$${to%/*}"; install -m $$mode "$$from" "$$to"; done
	@echo "vflow $(VERSION) is installed in $(root)"

uninstall:
	@set -e; for pair in $(installed); do rm -f '$(root)'/"$${pair#*:}"; done
	@for folder in $(own_folders); do echo "$$folder"; done | sort -r | while read -r folder; do \
	  test ! -d '$(root)'/"$$folder" || rmdir --ignore-fail-on-non-empty '$(root)'/"$$folder"; done
	@echo "vflow is gone from $(root)"

$(build)/vflow.pc: always
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	  'Name: vflow' 'Description: Runs video flows, one process a task' 'Version: $(VERSION)' \
	  'Requires: $(packages)' 'Libs: -L$${libdir} -lvflow -pthread -lm' \
	  'Cflags: -I$${includedir}/vflow' > $@

$(build)/flow.schema.json: $(build)/vflow $(module_files)
	$(quiet)$(build)/vflow schema > $@

$(build)/completion/%: $(build)/vflow
	@mkdir -p $(@D)
	$(quiet)$(build)/vflow completion $* > $@

format:
	clang-format -i $(c_files)

lint: lint-format lint-tidy lint-cppcheck lint-shell lint-headers lint-rules lint-manual

lint-format:
	clang-format --dry-run -Werror $(c_files)

lint-tidy: $(patsubst %.c,$(build)/%.tidy,$(filter %.c,$(c_files)))

# Behind the object, so that it is done again when a header has changed.
$(build)/%.tidy: $(build)/%.o .clang-tidy
	$(call say,TIDY $*.c)
	$(quiet)clang-tidy --quiet $*.c -- $(cppflags) $(check_cflags) -std=c11 2>/dev/null
	@touch $@

lint-cppcheck:
	cppcheck --quiet --std=c11 --enable=warning,portability --error-exitcode=1 --inline-suppr \
	  -j "$$(nproc)" -I. -D_GNU_SOURCE $(library_sources) $(command_sources)

lint-shell:
	shellcheck -x $(scripts)

# A header must compile on its own.
lint-headers:
	$(foreach h,$(filter-out tests/unit/suites.h,$(filter %.h,$(c_files))),\
	$(CC) $(cppflags) $(check_cflags) $(cflags) -fsyntax-only -x c $(h) &&) true

lint-rules:
	tests/lint/check_layers.sh $(filter cmd/% engine/% nodes/%,$(c_files))
	tests/lint/check_files.sh $(c_files) $(scripts) $(python_scripts) Makefile
	tests/lint/check_nodes.sh
	python3 -B tests/mutation/mutate.py --check

lint-manual: $(all_parts)
	mandoc -T lint -W warning $(manuals)
	python3 -B tests/manual/rendering.py $(manuals)
	python3 -B tests/manual/commands.py $(build)/vflow . man/vflow.1

clean:
	rm -rf build

-include $(patsubst %.o,%.d,$(call objects,$(library_sources) $(command_sources) $(unit_sources) \
  $(fuzz_sources) $(example_sources) $(stress_sources) $(bench_sources)))
