/* SPDX-License-Identifier: MIT */
/* tags.h - which tags of a file and of a stream hold for what is made of it, too.
 *
 * Title, language, date, place and whatever else people write stay. What describes the old file's
 * own bytes does not: its brands, its encoder, its size and its length.
 */
#ifndef VF_ENGINE_MEDIA_FACTS_FILE_TAGS_H
#define VF_ENGINE_MEDIA_FACTS_FILE_TAGS_H

#include "engine/base/result.h"

struct AVDictionary;

/* Add the tags that stay to *kept. Return -ENOMEM. */
VF_MUST_CHECK int vf_tags_of_file(struct AVDictionary **kept, const struct AVDictionary *tags);
VF_MUST_CHECK int vf_tags_of_stream(struct AVDictionary **kept, const struct AVDictionary *tags);

#endif
