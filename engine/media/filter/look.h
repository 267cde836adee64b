/* SPDX-License-Identifier: MIT */
/* look.h - what a graph is like, found out before it runs, without anything being opened.
 *
 * libavfilter opens files, addresses and code while it makes a filter. So a graph is looked at by a
 * confined process of its own (engine/sandbox/reader.h), and in the place of filters that are known to
 * open something stands another (outside.h). What was found out is kept: a flow asks several times.
 */
#ifndef VF_ENGINE_MEDIA_FILTER_LOOK_H
#define VF_ENGINE_MEDIA_FILTER_LOOK_H

#include "engine/media/filter/graph.h"

/* Looks for mistakes in a graph, also in its formulas: as vf_filter_text_check(). For a process with
 * one thread. */
VF_MUST_CHECK int vf_filter_look(const char *text, enum vf_filter_media media,
                                 struct vf_filter_nature *nature,
                                 struct vf_filter_problem *problem);

/* Fills in the form of each output of a graph for pictures, where the inputs have these. Returns
 * -ENOTSUP where that depends on what a filter would open. For a process with one thread. */
VF_MUST_CHECK int vf_filter_look_ahead(const char *text, const struct vf_filter_form *inputs,
                                       unsigned input_count, struct vf_filter_form *outputs,
                                       unsigned *output_count);

#endif
