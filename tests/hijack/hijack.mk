# SPDX-License-Identifier: MIT
## make hijack        try what an intruder would do who has taken over a node, on the kernel that there
##                    is and on older ones; HIJACK_ABIS='0 1 2 4 6 7'

# Versions of Landlock: 0 is none.
HIJACK_ABIS = 0 1 2 4 6 7

.PHONY: hijack

hijack: all
	$(CC) -std=c11 -D_GNU_SOURCE -shared -fPIC -I. -o $(build)/hijack.so tests/hijack/hijack.c
	python3 -B tests/hijack/hijack.py --vflow $(build)/vflow --plugin $(build)/hijack.so \
	  $(HIJACK_ABIS:%=--abi %)
