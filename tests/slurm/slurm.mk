# SPDX-License-Identifier: MIT
## make check-slurm   run the tests on a cluster of Slurm, which they start on this machine; .ci/deps slurm
##                    installs it. Takes root

.PHONY: check-slurm

check-slurm: all
	@$(run_check) slurm
