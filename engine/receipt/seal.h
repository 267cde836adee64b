/* SPDX-License-Identifier: MIT */
/* seal.h - the digest of a receipt in itself, by which damage to it is found. */
#ifndef VF_ENGINE_RECEIPT_SEAL_H
#define VF_ENGINE_RECEIPT_SEAL_H

#include <jansson.h>

#include "engine/base/result.h"

/* Adds the digest of all other keys, and returns the text of the receipt, the caller's; NULL: out of
 * memory. */
char *vf_receipt_seal(json_t *receipt);

/* Returns VF_OK, -EBADMSG where the receipt has another digest than it says, or -ENOMEM. */
VF_MUST_CHECK int vf_receipt_check_seal(const json_t *receipt);

#endif
