# SPDX-License-Identifier: MIT
## make corpus        copy, encode and decode awkward files of all kinds, and hold what comes of it
##                    against what ffmpeg makes of them; CORPUS_KIND=WORD CORPUS_JOBS=

# CORPUS_KIND takes the kinds with the word in their name, or that with the number.
CORPUS_KIND =
CORPUS_JOBS =

.PHONY: corpus

corpus: all
	python3 -B tests/corpus/corpus.py --build $(build) $(CORPUS_KIND:%=--kind %) \
	  $(CORPUS_JOBS:%=--jobs %)
