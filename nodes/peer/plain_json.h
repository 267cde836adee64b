/* SPDX-License-Identifier: MIT */
/* plain_json.h - the values of pickles as JSON, which is what values are on an edge.
 *
  * As Python's json module does it: tuples become lists, and keys that are numbers, booleans or
 * None become text. Sets become lists, too; all of that is reported to the caller. Bytes,
 * infinities, NaN and integers beyond 64 bits have no JSON that every reader understands and are
 * refused.
 */
#ifndef VF_NODES_PEER_PLAIN_JSON_H
#define VF_NODES_PEER_PLAIN_JSON_H

#include "engine/base/text.h"
#include "engine/wire/complaint.h"
#include "engine/wire/python/pickle/plain.h"

/* What became of a value on its way to JSON. */
enum vf_plain_change {
    VF_TUPLE_TO_LIST = 1,
    VF_SET_TO_LIST = 2,
    VF_KEY_TO_TEXT = 4,
};

/* Adds `value` as JSON, and to *changes (may be NULL) what had to change: bits of enum
 * vf_plain_change. Returns -EINVAL, with a complaint, for what JSON has not and for a dict in which
 * two keys would become the same text, -EMSGSIZE when `json` would become longer than about
 * `max_bytes`: a value that is shared in its tree is written out in each place. */
VF_MUST_CHECK int vf_plain_to_json(struct vf_text *json, const struct vf_plain *value,
                                   size_t max_bytes, unsigned *changes,
                                   struct vf_complaint *complaint);

/* Returns about how much memory a tree of this JSON takes, at least as much as it really does:
 * found in one pass that allocates nothing, so that who has a limit can refuse it before. */
size_t vf_json_tree_bytes(const char *json, size_t length);

/* Makes a tree of JSON text: the objects that Python's json.loads() makes, with equal keys shared.
 * Returns -EINVAL, with a complaint, for what is none. */
VF_MUST_CHECK int vf_plain_from_json(struct vf_plain_tree **tree, const char *json, size_t length,
                                     struct vf_complaint *complaint);

#endif
