# SPDX-License-Identifier: MIT
# vflow. Everything that is built lands in build/$(VARIANT)/; `make help` lists the targets. Those of
# the tests stand beside them, in tests/*/*.mk.
#
## make               build the program, its modules, the library and the generated manual
## make deps          install what is missing to build and run vflow (Debian, Ubuntu); together with
##                    a check, as in `make deps check`, what its tests need as well
## make deps-test     install what is missing to build and test it
## make demo          make a clip with vflow, and run pipelines/preview.yaml on it
## make install       PREFIX=/usr/local DESTDIR=; make uninstall removes the same files
## make format        format all files in C and C++ with clang-format
## make clean         remove build/
##
## Settings: CC, CFLAGS, CPPFLAGS, LDFLAGS, LDLIBS, WERROR=1 (warnings fail), V=1 (show commands);
##           CXX, CXXFLAGS, OPENCV=FOLDER with the headers of OpenCV 4, or OPENCV= to go without it.
## A second tree beside the first: make check SANITIZE=address,undefined VARIANT=asan
##

VERSION = 0.1.0
PREFIX  = /usr/local
VARIANT = default
build   = build/$(VARIANT)

CC       = cc
CFLAGS   = -O2 -g
CXX      = $(if $(findstring clang,$(CC)),$(subst clang,clang++,$(CC)),c++)
CXXFLAGS = $(CFLAGS)
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

# What needs large libraries is in loadable modules, so that a flow loads only what it uses. A node is
# in the module that nodes/node_table.h names; nodes/MODULE belongs to a module, or the folders named
# here, with all helpers in them. Folders of no module belong to the program. Of a module stand here
# the packages that it links, for pkg-config, and the modules that it needs.
node_rows := $(shell sed -n 's/.*NODE(\([a-z]*\), \([a-z_]*\)).*/\1:\2/p' nodes/node_table.h)
modules   := digest guard h264 lz4 otlp plugin screen web wire $(sort $(filter-out core,$(foreach row,$(node_rows),$(firstword $(subst :, ,$(row))))))
folders_of = $(or $($(1)_folders),nodes/$(1))

picture_folders    = engine/media/libav engine/media/facts engine/media/draw engine/media/picture nodes/picture
picture_packages   = libswscale libavutil

draw_folders       = engine/media/text nodes/draw
draw_needs         = picture
draw_packages      = raqm harfbuzz freetype2 fontconfig libavutil

codec_folders      = engine/media/codec engine/media/sound nodes/write
codec_needs        = picture
codec_packages     = libavcodec libswresample libavutil

container_folders  = engine/media/facts/file engine/media/read engine/media/read/open engine/media/read/decode \
                     engine/media/write engine/media/write/choice engine/media/write/encode \
                     engine/media/write/mp4 engine/media/write/verify engine/media/write/pieces \
                     engine/media/write/clips nodes/write/clip \
                     engine/media/pipe nodes/read nodes/pipe
container_files    = nodes/write/writer_check.c nodes/write/writer_report.c
container_needs    = codec picture
container_packages = libavformat libavcodec libswresample libavutil

device_folders     = engine/media/device
device_needs       = container codec filter picture
device_packages    = libavdevice libavformat libavcodec libavutil

filter_folders     = engine/media/filter
filter_needs       = picture
filter_packages    = libavfilter libavutil

sound_needs        = filter codec picture
sound_packages     = libavutil

model_folders      = nodes/vision/model engine/yaml
model_needs        = picture
model_packages     = yaml-0.1

cascade_folders    = nodes/vision/opencv
cascade_needs      = model picture

peer_folders       = engine/wire/peer engine/wire/python engine/wire/python/pickle nodes/peer
peer_needs         = picture
peer_packages      = libzmq

http_packages      = libcurl

mqtt_packages      = libmosquitto

nats_packages      = libnats

digest_folders     = engine/digest
digest_packages    = libcrypto

wire_files         = engine/wire/wire.c
wire_packages      = libzmq

guard_folders      = engine/wire/guard
guard_packages     = libczmq libzmq

lz4_files          = engine/wire/squeeze/lz4.c
lz4_packages       = liblz4

h264_folders       = engine/media/intra
h264_files         = engine/wire/squeeze/h264.c
h264_needs         = codec picture
h264_packages      = libavcodec libavutil

otlp_folders       = engine/otlp
otlp_packages      = libcurl

plugin_folders     = cmd/plugin
plugin_packages    = libelf

screen_folders     = cmd/screen
screen_packages    = ncursesw

web_folders        = engine/web
web_needs          = codec picture
web_packages       = libmicrohttpd libavcodec libavutil
web_made           = $(build)/engine/web/page_files.o

# What finds by cascades, in C++: built where OpenCV is, or `make deps` installs it. Nothing of vflow is in
# it, and it is loaded by the module `cascade`. Its packages of Debian have no files for pkg-config.
opencv_places  = /usr/local/include/opencv4 /usr/include/opencv4
OPENCV        := $(or $(firstword $(foreach p,$(opencv_places),$(if $(wildcard $(p)/opencv2/objdetect.hpp),$(p)))), \
                   $(if $(and $(filter deps deps-test,$(MAKECMDGOALS)),$(shell command -v apt-get)),/usr/include/opencv4))
opencv_sources = $(wildcard nodes/vision/opencv/*.cc)
opencv_libs    = -L$(OPENCV)/../../lib -lopencv_objdetect -lopencv_imgproc -lopencv_core
opencv_module  = $(if $(OPENCV),$(build)/modules/opencv.so)

core_packages = libseccomp yaml-0.1 jansson zlib
packages      = $(core_packages) $(sort $(foreach m,$(modules),$($(m)_packages)))

# Asks pkg-config once, when a recipe first needs the answer: after `deps`, in the same make.
ask = $(eval $(1) := $$(shell pkg-config $(2) || echo "vflow: make deps installs what is missing" >&2))$($(1))
package_cflags = $(call ask,package_cflags,--cflags $(packages))
package_libs   = $(call ask,package_libs,--libs $(packages))
core_libs      = $(call ask,core_libs,--libs $(core_packages))
module_libs    = $(call ask,$*_libs,--libs $(core_packages) $($*_packages))
check_cflags   = $(call ask,check_cflags,--cflags check)
check_libs     = $(call ask,check_libs,--libs check)

# Ours, kept apart so that CFLAGS and LDFLAGS stay the packager's.
cppflags = -I. -D_GNU_SOURCE -DVF_VERSION='"$(VERSION)"' -include engine/base/banned.h \
           $(package_cflags) $(CPPFLAGS)
cflags   = -std=c11 -pthread -fPIC $(interpose) $(WARNINGS) $(if $(WERROR),-Werror) $(hard) $(vectors) $(CFLAGS)
# The types of objects are looked at only by a sanitizer of C++, which the program has not.
cxxflags = -std=c++17 -pthread -fPIC -fvisibility=hidden $(filter-out %-prototypes %-declaration,$(WARNINGS)) \
           $(if $(WERROR),-Werror) $(hard) $(if $(SANITIZE),-fno-sanitize=vptr) $(CXXFLAGS)
# Functions of one file may be inlined into each other: nobody replaces ours.
interpose = -fno-semantic-interposition
# Loops over samples, which are written so that the compiler makes vector code of them.
vector_loops = engine/media/picture/gray engine/media/picture/luma nodes/vision/background nodes/vision/moving_parts
vector_flags = -fno-trapping-math $(if $(findstring clang,$(CC)),,-ftree-vectorize -fvect-cost-model=dynamic)
$(vector_loops:%=$(build)/%.o): vectors = $(vector_flags)
ldflags  = -pthread $(hard) $(LDFLAGS)
libs     = $(package_libs) -lm $(LDLIBS)

# The files of each module's nodes.
node_file  = $(wildcard nodes/*/$(lastword $(subst :, ,$(1))).c)
all_nodes := $(foreach row,$(node_rows),$(call node_file,$(row)))
$(foreach m,$(modules),$(eval $(m)_nodes := \
  $(foreach row,$(filter $(m):%,$(node_rows)),$(call node_file,$(row)))))

# Sources, by folder. nodes/all_nodes.c lists the nodes for those who link the library; the program
# has a list that loads them, in cmd/program/, which unit tests have not: they have their own main().
deep            = $(wildcard $(1)/*.c $(1)/*/*.c $(1)/*/*/*.c $(1)/*/*/*/*.c)
library_sources = $(call deep,engine) $(call deep,nodes)
command_sources = $(wildcard cmd/*.c cmd/batch/*.c cmd/export/*.c cmd/report/*.c cmd/submit/*.c cmd/tap/*.c)
program_sources = $(wildcard cmd/program/*.c)
all_files      := $(foreach m,$(modules),$($(m)_files))
sources_of      = $($(1)_nodes) $($(1)_files) \
                  $(filter-out $(all_nodes) $(all_files),$(wildcard $(addsuffix /*.c,$(call folders_of,$(1)))))
core_sources   := $(filter-out $(foreach m,$(modules),$(call sources_of,$(m))), \
                    $(filter-out nodes/all_nodes.c,$(library_sources)))
example_sources = $(wildcard tests/example/*.c)
manuals         = $(wildcard man/*.1 man/*.3 man/*.5) man/vflow-cluster.7 man/vflow-events.7 man/vflow-http.7 man/vflow-models.7 man/vflow-process.7 man/vflow-python.7 man/vflow-recipes.7 man/vflow-security.7 $(build)/man/vflow-nodes.7
pipelines       = $(wildcard pipelines/*.yaml)
plugin_example  = $(wildcard examples/plugin/*)
python_module   = $(wildcard python/vflow/*.py)
c_files         = $(sort $(shell find cmd engine examples nodes tests -name '*.[ch]'))
cc_files        = $(wildcard nodes/vision/opencv/*.cc nodes/vision/opencv/*.hh)

objects   = $(patsubst %.c,$(build)/%.o,$(1))
module_files = $(modules:%=$(build)/modules/%.so)
all_parts = $(build)/vflow $(module_files) $(opencv_module) $(build)/libvflow.a $(build)/man/vflow-nodes.7 \
            $(build)/flow.schema.json \
            $(build)/completion/bash $(build)/completion/fish $(build)/completion/zsh
# With `make -j deps check`, nothing is compiled before everything is installed.
after     = $(filter deps deps-test,$(MAKECMDGOALS))

.PHONY: all help deps deps-run deps-test deps-lint demo install uninstall format clean always
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

all: $(all_parts)

help:
	@sed -n 's/^##\( \|$$\)//p' $(filter %akefile %.mk,$(MAKEFILE_LIST))

# The whole core, and its functions for modules to call: so nothing exists twice in one process. What it
# calls in libraries is looked up once, before it forks, and not in each process again.
program_objects = $(call objects,$(command_sources) $(program_sources) $(core_sources))
$(build)/vflow: $(program_objects)
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -Wl,--export-dynamic-symbol='vf_*' -Wl,-z,now -o $@ $^ $(core_libs) -lm $(LDLIBS)

# A module takes symbols from the program, which it cannot be linked with. So a program that has the
# module is linked as well, and thrown away: that fails when a symbol is nowhere. As needed, the linker
# would leave the module out.
.SECONDEXPANSION:
needs_of = $(addprefix $(build)/modules/,$(addsuffix .so,$($(1)_needs)))
$(build)/modules/%.so: $$(call objects,$$(call sources_of,$$*)) $$($$*_made) $$(call needs_of,$$*) | $(program_objects)
	@mkdir -p $(@D)
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -shared -Wl,-soname,$(@F) -Wl,-rpath,'$$ORIGIN' -Wl,-z,now \
	  -o $@ $^ $(module_libs) -lm $(LDLIBS)
	$(quiet)$(CC) $(ldflags) -Wl,--no-as-needed -o $@.whole $(program_objects) $@ $(call needs_of,$*) \
	  $(module_libs) -lm $(LDLIBS) && rm $@.whole

$(build)/modules/opencv.so: $(opencv_sources:%.cc=$(build)/%.o)
	@mkdir -p $(@D)
	$(call say,LINK $@)
	$(quiet)$(CXX) $(ldflags) -shared -Wl,-soname,$(@F) -o $@ $^ $(opencv_libs) $(LDLIBS)

# Appends, for files of different folders may have the same name.
$(build)/libvflow.a: $(call objects,$(library_sources)) $(web_made)
	$(call say,AR   $@)
	$(quiet)rm -f $@ && $(AR) qcs $@ $^

$(build)/libcommand.a: $(call objects,$(command_sources) $(wildcard cmd/plugin/*.c cmd/screen/*.c))
	$(call say,AR   $@)
	$(quiet)rm -f $@ && $(AR) qcs $@ $^

$(build)/%.o: %.c $(build)/flags | $(after)
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(quiet)$(CC) $(cppflags) $(cflags) -MMD -MP -c -o $@ $<

# The files of the page of a run, as one file in C.
page_files = $(wildcard engine/web/page/*)
$(build)/engine/web/page_files.c: engine/web/page_files.sh $(page_files)
	@mkdir -p $(@D)
	$(call say,MAKE $@)
	$(quiet)engine/web/page_files.sh $(page_files) > $@

$(web_made): $(build)/engine/web/page_files.c $(build)/flags | $(after)
	$(call say,CC   $<)
	$(quiet)$(CC) $(cppflags) $(cflags) -MMD -MP -c -o $@ $<

$(build)/%.o: %.cc $(build)/flags | $(after)
	@mkdir -p $(@D)
	$(call say,CXX  $<)
	$(quiet)$(CXX) -I. -isystem $(OPENCV) $(CPPFLAGS) $(cxxflags) -MMD -MP -c -o $@ $<

# What compiles; newer only when that has changed.
$(build)/flags: export FLAGS = $(CC) $(cppflags) $(cflags) $(if $(OPENCV),$(CXX) $(OPENCV) $(cxxflags))
$(build)/flags: always | $(after)
	@mkdir -p $(@D)
	@echo "$$FLAGS" | cmp -s - $@ || echo "$$FLAGS" > $@

always:

$(build)/man/vflow-nodes.7: man/vflow-nodes.head.7 $(build)/vflow $(module_files)
	@mkdir -p $(@D)
	$(call say,MAN  $@)
	$(quiet)$(build)/vflow man man/vflow-nodes.head.7 > $@

$(build)/flow.schema.json: $(build)/vflow $(module_files)
	$(quiet)VFLOW_PLUGIN_PATH= $(build)/vflow schema > $@

$(build)/completion/%: $(build)/vflow
	@mkdir -p $(@D)
	$(quiet)$(build)/vflow completion $* > $@

# Tests need more: programs that they compare with, servers, Python.
deps: $(if $(filter check check-%,$(MAKECMDGOALS)),deps-test,deps-run)

deps-run:
	@PACKAGES='$(packages)' .ci/deps

deps-test:
	@PACKAGES='$(packages) check' .ci/deps test

deps-lint:
	@.ci/deps lint

demo: $(build)/vflow $(module_files)
	@tests/demo.sh $(build)/vflow build/demo

# Headers that are installed: those that the manual documents, and what these include.
documented_headers = $(shell sed -n 's/^\.In //p' man/*.3 | sort -u)
public_headers = $(sort $(filter %.h,$(shell $(CC) -I. -D_GNU_SOURCE -MM $(documented_headers))))

# Installing and uninstalling go by one list: FROM:TO, TO below $(PREFIX).
installed = $(build)/vflow:bin/vflow $(build)/libvflow.a:lib/libvflow.a \
  $(foreach m,$(modules),$(build)/modules/$(m).so:lib/vflow/$(m).so) \
  $(if $(OPENCV),$(opencv_module):lib/vflow/opencv.so) \
  $(build)/vflow.pc:lib/pkgconfig/vflow.pc $(build)/libvflow.pc:lib/pkgconfig/libvflow.pc \
  $(foreach h,$(public_headers),$(h):include/vflow/$(h)) \
  $(foreach m,$(manuals),$(m):share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
  $(foreach e,$(example_sources),$(e):share/doc/vflow/examples/$(notdir $(e))) \
  $(foreach e,$(plugin_example),$(e):share/doc/vflow/$(e)) \
  $(foreach p,$(pipelines) $(python_module),$(p):share/vflow/$(p)) \
  $(build)/flow.schema.json:share/vflow/flow.schema.json \
  $(build)/completion/bash:share/bash-completion/completions/vflow \
  $(build)/completion/zsh:share/zsh/site-functions/_vflow \
  $(build)/completion/fish:share/fish/vendor_completions.d/vflow.fish
root = $(DESTDIR)$(PREFIX)

install: all $(build)/vflow.pc $(build)/libvflow.pc
	@set -e; for pair in $(installed); do \
	  from=$${pair%%:*} to='$(root)'/$${pair#*:}; \
	  mode=644; case $$to in */bin/*) mode=755 ;; esac; \
	  mkdir -p "$${to%/*}"; install -m $$mode "$$from" "$$to"; done
	@echo "vflow $(VERSION) is installed in $(root)"

# Folders that hold nothing but ours go, too, and what Python has made of its module.
uninstall:
	@set -e; for pair in $(installed); do rm -f '$(root)'/"$${pair#*:}"; done
	@rm -rf '$(root)/share/vflow/python/vflow/__pycache__'
	@cd '$(root)' && for folder in include/vflow lib/vflow share/vflow share/doc/vflow; do \
	  test ! -d $$folder || find $$folder -depth -type d -empty -delete; done
	@echo "vflow is gone from $(root)"

# For plugins, which take all from the program, and link with nothing of ours.
$(build)/vflow.pc: always
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$${prefix}/include' '' \
	  'Name: vflow' 'Description: Nodes for vflow, in shared objects that it loads' \
	  'Version: $(VERSION)' 'Libs:' 'Cflags: -I$${includedir}/vflow' > $@

# For programs that run flows themselves.
$(build)/libvflow.pc: always
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	  'Name: libvflow' 'Description: Runs video flows, one process a task' 'Version: $(VERSION)' \
	  'Requires: $(packages)' 'Libs: -L$${libdir} -lvflow -pthread -lm' \
	  'Cflags: -I$${includedir}/vflow' > $@

format:
	clang-format -i $(c_files) $(cc_files)

clean:
	rm -rf build

include tests/check.mk $(wildcard tests/*/*.mk)

-include $(patsubst %.c,$(build)/%.d,$(filter %.c,$(c_files))) $(opencv_sources:%.cc=$(build)/%.d)
