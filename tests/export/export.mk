# SPDX-License-Identifier: MIT
## make check-export  compare what vflow export prints with the published schemas; needs npm, and the
##                    network
## make check-image   do what the Containerfile says, in ROOT, an empty Debian; as root
.PHONY: check-export check-image

check-export:
	@tests/export/validate.sh

check-image:
	@tests/export/build_image.py $(ROOT)
