/* SPDX-License-Identifier: MIT */
/* post.h - texts on their way to a collector by HTTP: one row of them for each kind, one text at a time,
 * each tried again as long as that may help.
 *
 * Nothing here waits for a collector but vf_otlp_post_wait(), which also ends when something else comes.
 */
#ifndef VF_ENGINE_OTLP_POST_H
#define VF_ENGINE_OTLP_POST_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/otlp/otlp.h"

enum vf_otlp_kind { VF_OTLP_METRICS, VF_OTLP_TRACES, VF_OTLP_KINDS };

struct vf_otlp_post;

/* Borrows the settings until it is destroyed. Logs what failed. */
VF_MUST_CHECK int vf_otlp_post_create(struct vf_otlp_post **post,
                                      const struct vf_otlp_settings *settings);
void vf_otlp_post_destroy(struct vf_otlp_post **post);

/* Sends a text after the one that is on its way; one that has not been begun is replaced. Takes
 * *text; NULL: there is none. */
void vf_otlp_post_put(struct vf_otlp_post *post, enum vf_otlp_kind kind, char **text);

/* Returns whether a text of this kind could be begun at once; and whether none is left of any. */
bool vf_otlp_post_is_free(const struct vf_otlp_post *post, enum vf_otlp_kind kind);
bool vf_otlp_post_is_empty(const struct vf_otlp_post *post);

/* From now on pauses between attempts are short: the run is over. */
void vf_otlp_post_hurry(struct vf_otlp_post *post);

/* Goes on with all, for `timeout_ms` at most. Returns at once when `stop_fd` is readable (-1: there is
 * none): true. */
bool vf_otlp_post_wait(struct vf_otlp_post *post, int stop_fd, int timeout_ms);

/* Warns of what is not delivered, unless that has been done. */
void vf_otlp_post_give_up(struct vf_otlp_post *post);

#endif
