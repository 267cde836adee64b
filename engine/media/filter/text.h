/* SPDX-License-Identifier: MIT */
/* text.h - a graph of libavfilter's filters as text: "hflip,drawtext=text=%{pts}".
 *
 * The text is what ffmpeg's -vf and -filter_complex take. What is not linked inside of the graph
 * are its inputs and outputs: those with the labels [in0], [in1] and so on, or [in] where there is
 * one; those without a label get the numbers that are left, from left to right. The
 * same holds for outputs.
 */
#ifndef VF_ENGINE_MEDIA_FILTER_TEXT_H
#define VF_ENGINE_MEDIA_FILTER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/media/filter/nature.h"

#define VF_FILTER_INPUTS 8
#define VF_FILTER_OUTPUTS 4

struct AVFilterContext;
struct AVFilterGraph;

/* What goes into a graph, and what comes out. */
enum vf_filter_media {
    VF_FILTER_PICTURES,
    VF_FILTER_SOUND,
    VF_FILTER_SOURCE, /* nothing goes in, and pictures come out */
};

/* An end of a graph that is open. */
struct vf_filter_pad {
    struct AVFilterContext *filter; /* lent by the graph */
    unsigned number;                /* among the filter's own */
};

struct vf_filter_pads {
    struct vf_filter_pad inputs[VF_FILTER_INPUTS], outputs[VF_FILTER_OUTPUTS];
    unsigned input_count, output_count;
};

/* A mistake in one line: what is wrong, where; what would be right. */
struct vf_filter_problem {
    char text[256]; /* "": none */
};

/* Puts the filters into `graph` and links them. Returns 0, -ENOMEM, or -EINVAL for a mistake, which
 * is in *problem. */
VF_MUST_CHECK int vf_filter_text_parse(const char *text, enum vf_filter_media media,
                                       struct AVFilterGraph *graph, struct vf_filter_pads *pads,
                                       struct vf_filter_problem *problem);

/* Where a graph is looked at. */
struct vf_filter_trust {
    bool is_confined; /* by a process that can open nothing; else it refuses what may */
};

/* Looks for mistakes in `text`, and fills in *nature. Opens nothing that it knows to be outside of the
 * graph (outside.h). For a process of its own, in which what was made stays behind. Returns as
 * vf_filter_text_parse(). */
VF_MUST_CHECK int vf_filter_text_check(const char *text, enum vf_filter_media media,
                                       const struct vf_filter_trust *trust,
                                       struct vf_filter_nature *nature,
                                       struct vf_filter_problem *problem);

#endif
