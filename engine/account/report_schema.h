/* SPDX-License-Identifier: MIT */
/* report_schema.h - the JSON schema (draft 2020-12) of what report_json.h writes. */
#ifndef VF_ENGINE_ACCOUNT_REPORT_SCHEMA_H
#define VF_ENGINE_ACCOUNT_REPORT_SCHEMA_H

#include <jansson.h>

/* Makes the schema, the caller's; NULL: out of memory. */
json_t *vf_report_schema(void);

#endif
