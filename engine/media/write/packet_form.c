/* SPDX-License-Identifier: MIT */
#include "engine/media/write/packet_form.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/media/libav/error.h"
#include "engine/media/write/choice/container_form.h"
#include "engine/node/node.h"

int vf_packet_form_begin(struct vf_packet_form *form, const AVCodecParameters *source,
                         AVRational time_base)
{
    struct vf_container_form wanted = vf_container_form(form->container, source);
    av_bsf_free(&form->filter);
    form->lacks_header = form->has_begun ? form->lacks_header : wanted.brings_header;
    form->has_begun = true;
    if (!wanted.filters)
        return VF_OK;
    int code = av_bsf_list_parse_str(wanted.filters, &form->filter);
    if (code >= 0)
        code = avcodec_parameters_copy(form->filter->par_in, source);
    if (code >= 0) {
        form->filter->time_base_in = time_base;
        code = av_bsf_init(form->filter);
    }
    if (code < 0)
        vf_log(VF_LOG_ERROR, "%s cannot be prepared for %s: %s", avcodec_get_name(source->codec_id),
               form->container->long_name, vf_media_error_text(code).text);
    return vf_media_error(code);
}

void vf_packet_form_finish(struct vf_packet_form *form)
{
    av_bsf_free(&form->filter);
}

void vf_packet_form_report_damage(const struct vf_packet_form *form, int64_t time_us,
                                  const char *why)
{
    if (time_us == INT64_MIN)
        vf_node_report_error(form->run, "a packet of %s is damaged (%s): it is left out",
                             form->what, why);
    else
        vf_node_report_error(form->run, "the %s at %.3f s is damaged (%s): it is left out",
                             form->what, (double)time_us / AV_TIME_BASE, why);
}

int vf_packet_form_set_header(struct vf_packet_form *form, AVCodecParameters *parameters,
                              const uint8_t *header, size_t size)
{
    uint8_t *copy = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, header, size);
    av_freep(&parameters->extradata);
    parameters->extradata = copy;
    parameters->extradata_size = (int)size;
    form->lacks_header = false;
    return VF_OK;
}

static void remove_side_data(AVPacket *packet, enum AVPacketSideDataType type)
{
    for (int i = packet->side_data_elems; i-- > 0;) {
        if (packet->side_data[i].type != type)
            continue;
        av_free(packet->side_data[i].data);
        packet->side_data[i] = packet->side_data[--packet->side_data_elems];
    }
}

/* Takes what describes all packets out of the first that has it: a muxer that gets it with a packet
 * would go back and write it into the header, which is not to change any more. */
static int take_header(struct vf_packet_form *form, AVPacket *packet, AVCodecParameters *track)
{
    size_t size;
    const uint8_t *header = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    int err =
        header && form->lacks_header ? vf_packet_form_set_header(form, track, header, size) : VF_OK;
    if (header && !err)
        remove_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA);
    return err;
}

/* Takes all that the filter has to give. */
static int drain(struct vf_packet_form *form, AVPacket *packet, AVCodecParameters *track,
                 struct vf_packet_queue *made, int *code)
{
    int err = VF_OK;
    while (!err && (*code = av_bsf_receive_packet(form->filter, packet)) >= 0) {
        packet->time_base = form->filter->time_base_out;
        err = take_header(form, packet, track);
        if (!err)
            err = vf_packet_queue_push(made, packet);
        av_packet_unref(packet);
    }
    return err;
}

int vf_packet_form_add(struct vf_packet_form *form, AVPacket *packet, AVCodecParameters *track,
                       struct vf_packet_queue *made)
{
    int64_t time_us = vf_media_packet_start_us(packet);
    if (!form->filter) {
        int err = vf_packet_queue_push(made, packet);
        av_packet_unref(packet);
        return err;
    }
    int code = av_bsf_send_packet(form->filter, packet);
    int err = code >= 0 ? drain(form, packet, track, made, &code) : VF_OK;
    av_packet_unref(packet);
    if (err || code == AVERROR(ENOMEM))
        return -ENOMEM;
    if (code < 0 && code != AVERROR(EAGAIN) && code != AVERROR_EOF)
        vf_packet_form_report_damage(form, time_us, vf_media_error_text(code).text);
    return VF_OK;
}
