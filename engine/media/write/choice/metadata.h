/* SPDX-License-Identifier: MIT */
/* metadata.h - a writer's `metadata`: whether what the source says of itself goes into the file, and
 * what is to be said instead. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_METADATA_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_METADATA_H

#include <stdbool.h>

#include "engine/node/option/option.h"

/* `own` are tags, which go before those of the source; "audio.language" is one of a track, and an
 * empty text removes a tag. */
struct vf_output_metadata {
    bool is_none; /* nothing of the source's */
    struct vf_map own;
};

/* struct vf_output_metadata: "copy", "none", or a mapping of own tags. */
extern const struct vf_option_kind vf_kind_metadata;

#define VF_METADATA(type, field)                                                   \
    VF_OF_KIND(metadata, VF_FIELD(type, field, struct vf_output_metadata)),        \
        .choices = VF_ITEMS(struct vf_choice,                                      \
                            {"copy", 0,                                            \
                             "Title, dates, languages, chapters, attachments and " \
                             "whatever else the source has"},                      \
                            {"none", 1, "Nothing of that"})

#endif
