# SPDX-License-Identifier: MIT
## make bench         measure beside ffmpeg, GStreamer and others (tests/bench/README.md); WORK="W2 W4"
##                    RUNS=5 LIMIT= JSON=FILE; PEER_FFMPEG=FILE adds a second ffmpeg
## make bench-keep    JSON=FILE: keep what `make bench JSON=FILE` found in tests/bench/history/
## make bench-compare JSON=FILE: name what has become slower since the last that was kept

WORK        =
RUNS        = 5
LIMIT       =
JSON        =
PEER_FFMPEG =

# Floors to measure against, two trackers, and a program that runs flows with the benchmark's own nodes.
bench_floors  = model_loop pipe_chain zmq_chain
bench_more    = $(bench_floors) track_loop
bench_sources = $(filter-out $(bench_more:%=tests/bench/%.c),$(wildcard tests/bench/*.c))

## make predict       hold what runs say about replicas against runs with them, on an idle machine
.PHONY: bench bench-keep bench-compare predict

predict: all
	@python3 -B tests/bench/predict.py $(build)/vflow $(RUNS)

bench: all $(build)/bench_flow $(bench_more:%=$(build)/%)
	@python3 -B tests/bench/bench.py --build $(build) --runs $(RUNS) $(LIMIT:%=--limit %) \
	  $(JSON:%=--json %) $(PEER_FFMPEG:%=--peer-ffmpeg %) $(WORK)

bench-keep bench-compare: bench-%:
	@python3 -B tests/bench/history.py $* $(or $(JSON),$(error set JSON to what make bench wrote))

$(build)/bench_flow: $(call objects,$(bench_sources)) $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)

$(bench_floors:%=$(build)/%): $(build)/%: $(build)/tests/bench/%.o
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)

# The scenes are those of the tests.
$(build)/track_loop: $(call objects,tests/bench/track_loop.c tests/unit/support/track_scene.c) $(build)/libvflow.a
	$(call say,LINK $@)
	$(quiet)$(CC) $(ldflags) -o $@ $^ $(libs)
