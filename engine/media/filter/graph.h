/* SPDX-License-Identifier: MIT */
/* graph.h - a graph of libavfilter's filters at work, on pictures or sound of one form.
 *
 * Frames are sent into its inputs and received from its outputs. Where the form of an input
 * changes, end the graph, receive what is left in it, and make another.
 */
#ifndef VF_ENGINE_MEDIA_FILTER_GRAPH_H
#define VF_ENGINE_MEDIA_FILTER_GRAPH_H

#include "engine/media/filter/text.h"
#include "engine/message/message.h"

struct AVFrame;
struct vf_filter_graph;

/* The pictures, or the sound, of one input, or of one output. */
struct vf_filter_form {
    int format, width, height;
    int colour_range, colour_matrix;                               /* as libav numbers them */
    struct vf_rational time_base, frame_rate, sample_aspect_ratio; /* 0/1: unknown */
    int sample_rate, channels;                                     /* of sound */
    char layout[32];                                               /* as in struct vf_audio */
};

/* Makes a graph; `text` has as many inputs as `inputs` has elements. Logs what is wrong. Returns -EPERM
 * for one that does what outside.h refuses, unless it `may_be_unsafe`. */
VF_MUST_CHECK int vf_filter_graph_create(struct vf_filter_graph **graph, const char *text,
                                         enum vf_filter_media media,
                                         const struct vf_filter_form *inputs, unsigned threads,
                                         bool may_be_unsafe);
void vf_filter_graph_destroy(struct vf_filter_graph **graph);

/* The form of what comes out; of all inputs and outputs there are as the text has. */
unsigned vf_filter_graph_output_count(const struct vf_filter_graph *graph);
struct vf_filter_form vf_filter_graph_output(const struct vf_filter_graph *graph, unsigned output);

/* Sends a frame. Takes *frame, also on failure. */
VF_MUST_CHECK int vf_filter_graph_send(struct vf_filter_graph *graph, unsigned input,
                                       struct AVFrame **frame);

/* Says that an input ends at `timestamp`, in its time base. */
VF_MUST_CHECK int vf_filter_graph_end(struct vf_filter_graph *graph, unsigned input,
                                      int64_t timestamp);

/* Returns whether an output has waited for input number `input` since the last frame was sent
 * there. */
bool vf_filter_graph_wants(const struct vf_filter_graph *graph, unsigned input);

/* Receives a frame into an empty one. Returns -EAGAIN when more has to be sent before, VF_END
 * after the last. */
VF_MUST_CHECK int vf_filter_graph_receive(struct vf_filter_graph *graph, unsigned output,
                                          struct AVFrame *frame);

/* Fills in the form of each output of a graph for pictures, where the inputs have these. For a
 * process with one thread. */
VF_MUST_CHECK int vf_filter_graph_try(const char *text, const struct vf_filter_form *inputs,
                                      struct vf_filter_form *outputs, unsigned *output_count);

/* Tries a graph on pictures of a size, or sound of a form, that most fit into. What it complains of
 * may be due to that; only of formulas it is not: these are in *problem, with -EINVAL. Likewise. */
VF_MUST_CHECK int vf_filter_graph_try_formulas(const char *text, enum vf_filter_media media,
                                               struct vf_filter_problem *problem);

#endif
