/* SPDX-License-Identifier: MIT */
/* resource.h - who sends: the resource and the scope that come with all that is sent, and values as
 * OTLP has them in JSON. */
#ifndef VF_ENGINE_OTLP_RESOURCE_H
#define VF_ENGINE_OTLP_RESOURCE_H

#include <jansson.h>
#include <stdint.h>

#include "engine/otlp/otlp.h"

/* Each returns a value that is the caller's; NULL: out of memory. */

/* An attribute whose value is a text, of any bytes, or a number. */
json_t *vf_otlp_text(const char *key, const char *text);
json_t *vf_otlp_number(const char *key, uint64_t number);

/* A number of 64 bits, which OTLP has as a string. */
json_t *vf_otlp_long(uint64_t number);

/* The resource: of the settings, and of the run. */
json_t *vf_otlp_resource(const struct vf_otlp_settings *settings, const struct vf_figures *figures);

/* The whole of what is sent: `{"resourceSpans": [{"resource": ..., "scopeSpans": [{"scope": ...,
 * "spans": items}]}]}`, with the names that are given. Takes `resource` and `items`. */
json_t *vf_otlp_envelope(const char *outer, const char *inner, const char *name, json_t *resource,
                         json_t *items);

/* Calls `add` with each pair of "key=value,key=value", the value with its %XX resolved. */
void vf_otlp_pairs(const char *list, void (*add)(void *context, const char *key, const char *value),
                   void *context);

#endif
