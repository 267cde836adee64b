/* SPDX-License-Identifier: MIT */
/* outside.h - which of libavfilter's filters read, write, load, connect or listen, and by which of
 * their options: libavfilter itself does not tell.
 */
#ifndef VF_ENGINE_MEDIA_FILTER_OUTSIDE_H
#define VF_ENGINE_MEDIA_FILTER_OUTSIDE_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/media/filter/text.h"

struct AVFilter;

enum vf_filter_deed_kind {
    VF_DEED_READ,
    VF_DEED_WRITE,
    VF_DEED_CONNECT,
    VF_DEED_LISTEN,
    VF_DEED_LOAD,   /* code */
    VF_DEED_DEVICE, /* or another graph, by libavformat */
    VF_DEED_FONTS,  /* of the system's */
    VF_DEED_COUNT,
};

/* One thing that a filter does. All text is lent for the call. */
struct vf_filter_deed {
    enum vf_filter_deed_kind kind;
    const char *name;            /* the file, the address */
    const char *filter, *option; /* that does it */
    bool is_unsafe;              /* it is refused unless that is allowed */
};

struct vf_filter_visitor {
    void (*visit)(void *context, const struct vf_filter_deed *deed);
    void *context;
};

/* Tells what the filters of a graph do outside of it, in their order. Returns VF_OK or -ENOMEM. */
VF_MUST_CHECK int vf_filter_outside_visit(const char *text,
                                          const struct vf_filter_visitor *visitor);

/* "reads", "writes", "connects to". */
const char *vf_filter_deed_verb(enum vf_filter_deed_kind kind);

/* Says which filter of a graph loads code, writes, connects or listens: a line in *problem; "": none
 * does. Returns VF_OK, -EPERM when one does, or -ENOMEM. */
VF_MUST_CHECK int vf_filter_outside_refuse(const char *text, struct vf_filter_problem *problem);

/* How a graph is looked at without anything being opened. */
struct vf_filter_double {
    char *text; /* the same with another filter in the place of each that would; free() it */
    bool has_other_size; /* what comes out of it may be of another size than that of the original */
    bool has_fonts;      /* it reads fonts of the system's */
};

/* Makes one. Filters that are not known stay as they are. Returns VF_OK, or -ENOMEM; there is no text
 * then. */
VF_MUST_CHECK int vf_filter_double_make(const char *text, enum vf_filter_media media,
                                        struct vf_filter_double *made);

/* The same of one filter and its arguments (NULL: none): what is put in the place of them; NULL in
 * `text`: they stay as they are. */
VF_MUST_CHECK int vf_filter_double_make_one(const struct AVFilter *filter, const char *arguments,
                                            enum vf_filter_media media,
                                            struct vf_filter_double *made);

/* Returns the name of a filter, or of that for which this one stands. `instance` is its own name. */
const char *vf_filter_double_name(const char *filter, const char *instance);

/* Returns the name of an option among the arguments that may name a file, of which nothing is known
 * here; NULL: there is none. It is that of `filter`. */
const char *vf_filter_outside_doubtful(const struct AVFilter *filter, const char *arguments);

#endif
