/* SPDX-License-Identifier: MIT */
/* words.h - the text of a chain as words, each with its place.
 *
 * Words are separated by blanks and lines. As in a shell, '...' takes all as it is, "..." all but
 * a backslash before a quote or a backslash, and a backslash outside of quotes the next character.
 * A "!" that stands alone joins two nodes, and ";" ends a branch; in quotes both are text.
 */
#ifndef VF_ENGINE_FLOW_CHAIN_WORDS_H
#define VF_ENGINE_FLOW_CHAIN_WORDS_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"

enum vf_chain_mark { VF_CHAIN_WORD, VF_CHAIN_LINK, VF_CHAIN_BRANCH };

struct vf_chain_word {
    enum vf_chain_mark mark;
    char *text;    /* without its quotes */
    size_t equals; /* offset of the first "=" that is in no quotes; its length: there is none */
    size_t plain;  /* bytes at the beginning that are in no quotes */
    struct vf_place place;
};

/* Starts as {0}. */
struct vf_chain_words {
    struct vf_chain_word *items;
    size_t count;
    struct vf_place end; /* after the last character */
};

/* Reads the words of `chain`. Returns -EINVAL after adding a diagnostic when a quote is not closed,
 * -ENOMEM when out of memory. `words` is the caller's in any case. */
VF_MUST_CHECK int vf_chain_words_read(struct vf_chain_words *words, const char *chain,
                                      struct vf_diagnostics *diagnostics);
void vf_chain_words_finish(struct vf_chain_words *words);

#endif
