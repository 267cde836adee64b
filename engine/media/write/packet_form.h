/* SPDX-License-Identifier: MIT */
/* packet_form.h - brings copied packets of one track into the form that its container wants.
 *
 * The header of a file is written once: where the codec's header comes with a packet only, it is
 * taken from the first that has it, and what says it again is left out.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_PACKET_FORM_H
#define VF_ENGINE_MEDIA_WRITE_PACKET_FORM_H

#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVBSFContext;
struct AVCodecParameters;
struct AVOutputFormat;
struct AVPacket;
struct vf_node_run;
struct vf_packet_queue;

/* Starts as {.run, .container, .what}, which it borrows. */
struct vf_packet_form {
    struct vf_node_run *run;
    const struct AVOutputFormat *container;
    const char *what;             /* packets are of: "sound"; for what is reported */
    struct AVBSFContext *filter;  /* NULL: packets are in the form already */
    bool has_begun, lacks_header; /* a packet has yet to bring the codec's header */
};

/* Prepares for packets of such parameters from now on, in such a time base; the first time, for a
 * track of them. Logs what is impossible, and returns a negative errno. */
VF_MUST_CHECK int vf_packet_form_begin(struct vf_packet_form *form,
                                       const struct AVCodecParameters *source,
                                       AVRational time_base);
void vf_packet_form_finish(struct vf_packet_form *form);

/* Brings *packet into the form, and adds what comes of it to `made`: none, one or several. Empties
 * *packet. What is damaged is reported to the task and left out. `track`, the parameters that the
 * container is told, gets the header that it lacked. */
VF_MUST_CHECK int vf_packet_form_add(struct vf_packet_form *form, struct AVPacket *packet,
                                     struct AVCodecParameters *track, struct vf_packet_queue *made);

/* Gives `parameters` the codec's header. */
VF_MUST_CHECK int vf_packet_form_set_header(struct vf_packet_form *form,
                                            struct AVCodecParameters *parameters,
                                            const uint8_t *header, size_t size);

/* Counts a packet that is damaged, and logs it; time_us is INT64_MIN where it has none. */
void vf_packet_form_report_damage(const struct vf_packet_form *form, int64_t time_us,
                                  const char *why);

#endif
