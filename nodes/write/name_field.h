/* SPDX-License-Identifier: MIT */
/* name_field.h - the fields of a name of a file: what each prints, and which text it can have
 * printed. */
#ifndef VF_NODES_WRITE_NAME_FIELD_H
#define VF_NODES_WRITE_NAME_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/text.h"
#include "engine/message/message.h"
#include "nodes/value/pattern.h"

/* What a picture is of, where it is one of an object or an event. */
struct vf_name_subject {
    bool has_track;
    int64_t track;
    double class;             /* NAN: not known */
    const char *what, *where; /* of the event; NULL: there is none */
};

/* What a name is made of. */
struct vf_name_facts {
    uint64_t sequence;                     /* number of the file, from 1 */
    uint64_t number;                       /* the same, of those of its source */
    const struct vf_description *first;    /* of its first frame */
    int64_t wall_ns;                       /* when it is begun, CLOCK_REALTIME */
    size_t source_limit;                   /* bytes that {source} may have; 0: any number */
    const struct vf_name_subject *subject; /* NULL: none is known */
};

struct vf_name_field {
    const char *name;
    bool (*is_format)(const struct vf_pattern_span *format); /* NULL: it takes none */
    const char *example;                                     /* of a format */
    void (*print)(struct vf_text *text, const struct vf_pattern_span *format,
                  const struct vf_name_facts *facts);
    /* Returns whether that is what it prints for some file, digit by digit; NULL: that depends on
     * the source. */
    bool (*fits)(const struct vf_pattern_span *format, const struct vf_pattern_span *text);
    bool is_of_subject; /* without one, it prints "none" */
};

/* Returns the field of that name; NULL: there is none. */
const struct vf_name_field *vf_name_field_find(const struct vf_pattern_span *name);

/* Returns field number `index`, from 0; NULL: there are not so many. */
const struct vf_name_field *vf_name_field_at(size_t index);

#endif
