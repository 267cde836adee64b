/* SPDX-License-Identifier: MIT */
/* pickle.h - plain data as Python's pickle module writes it, protocols 0 to 5.
 *
 * Reading never imports, calls or builds anything: a pickle that asks for it is refused by the
 * name of its opcode. Two things look like a call and are none: sets before protocol 4 and bytes
 * before protocol 3, which have no opcodes there. CPython writes them as a global and REDUCE; of
 * builtins.set, builtins.frozenset, builtins.bytes and _codecs.encode, with exactly the arguments
 * that CPython gives them, the value is made here. Nothing else passes.
 *
 * Writing gives the bytes that CPython's pickle.dumps() gives for the same objects, shared in the
 * same places: memo, batches of 1000 and frames are its own. A value that stands in several places
 * of the tree is written once and then referred to; values that are merely equal are each written
 * in full. The exceptions are the objects that CPython has only once: the empty text, text of one
 * character up to U+00FF, and empty bytes are shared wherever they occur. Numbers, True, False,
 * None and the empty tuple are never referred to.
 *
 * What the opcodes mean is documented in CPython's Lib/pickletools.py, and by
 * PEP 307 (protocol 2), PEP 3154 (4) and PEP 574 (5). Text of Python 2 (STRING and its kin) is
 * read where it is ASCII, as pickle.loads() does. Out-of-band buffers and extension codes need an
 * agreement outside of the pickle and are refused. Protocol 0 spells numbers as text, in the "C"
 * locale; integers of more than 4300 digits are refused there, as CPython does, since converting
 * them takes time that grows with the square of their length.
 */
#ifndef VF_ENGINE_WIRE_PYTHON_PICKLE_PICKLE_H
#define VF_ENGINE_WIRE_PYTHON_PICKLE_PICKLE_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/wire/complaint.h"
#include "engine/wire/python/pickle/plain.h"

#define VF_PICKLE_HIGHEST_PROTOCOL 5
#define VF_PICKLE_MAX_BYTES ((size_t)256 << 20)
#define VF_PICKLE_MAX_VALUES ((size_t)4 << 20)
#define VF_PICKLE_MAX_DEPTH 1000 /* CPython itself writes lists in lists up to about 500 deep */

/* How much a pickle may ask for. A field that is 0 stands for the number above. */
struct vf_pickle_limits {
    size_t bytes;  /* of the pickle, when it has been inflated */
    size_t values; /* where one stands in several places, it counts in each */
    size_t depth;  /* of containers in each other; it is also how deep readers recurse */
};

/* Reads a pickle. Bytes after its end are ignored, as by pickle.loads(). `limits` may be NULL.
 * Returns -EBADMSG for what is no sound pickle, -EPERM for one that needs more than plain data,
 * -EMSGSIZE for one beyond the limits; each with a complaint. */
VF_MUST_CHECK int vf_pickle_read(struct vf_plain_tree **tree, const void *bytes, size_t size,
                                 const struct vf_pickle_limits *limits,
                                 struct vf_complaint *complaint);

/* Adds the pickle of the tree's root to `pickle`. `protocol`: 0 to 5, or -1 for the highest.
 * Returns -EINVAL, with a complaint, for another protocol and for what cannot be written: a tree
 * without a root, a value in itself, a bytearray before protocol 5, text that is no UTF-8. */
VF_MUST_CHECK int vf_pickle_write(struct vf_text *pickle, const struct vf_plain_tree *tree,
                                  int protocol, struct vf_complaint *complaint);

#endif
