/* SPDX-License-Identifier: MIT */
/* nature.h - which of libavfilter's filters answer each picture by one, and by what they do
 * to that picture alone. libavfilter itself does not tell. */
#ifndef VF_ENGINE_MEDIA_FILTER_NATURE_H
#define VF_ENGINE_MEDIA_FILTER_NATURE_H

#include <stdbool.h>

/* What a graph is like, as far as it is known without a picture. */
struct vf_filter_nature {
    unsigned input_count, output_count;
    bool is_steady; /* each picture that comes in makes one at each output, at once, of the same
                       timestamp */
    bool is_pure;   /* and it depends on that picture alone */
};

/* Adds the filter `name` with `arguments` (NULL: none) to a graph: a filter that is not known may
 * be of any kind. */
void vf_filter_nature_add(struct vf_filter_nature *nature, const char *name, const char *arguments);

#endif
