# SPDX-License-Identifier: MIT
## make mutation      break a copy of the program, one fault after the other: tests must notice each;
##                    MUTATION=WORD takes those with it in their name, tests or file

MUTATION =

.PHONY: mutation

mutation:
	@python3 -B tests/mutation/mutate.py --build build/mutation --cc '$(CC)' --only '$(MUTATION)'
