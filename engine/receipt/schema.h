/* SPDX-License-Identifier: MIT */
/* schema.h - the JSON schema of receipts. */
#ifndef VF_ENGINE_RECEIPT_SCHEMA_H
#define VF_ENGINE_RECEIPT_SCHEMA_H

#include <jansson.h>

/* Makes the schema, the caller's; NULL: out of memory. */
json_t *vf_receipt_schema(void);

#endif
