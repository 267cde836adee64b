/* SPDX-License-Identifier: MIT */
#include "engine/media/reading_sound.h"

#include "engine/media/demuxer.h"
#include "engine/media/media_packet.h"
#include "engine/media/packet_queue.h"
#include "engine/media/reading_place.h"
#include "engine/node/node.h"

static int emit(struct vf_node_run *run, unsigned port, struct vf_message **message)
{
    int err = vf_node_emit(run, port, message);
    vf_message_destroy(message);
    return err == VF_DROPPED ? VF_OK : err;
}

int vf_reading_sound_announce_none(struct vf_node_run *run, unsigned port)
{
    struct vf_message *nothing = NULL;
    int err = vf_media_packet_announce_none(&nothing);
    return err ? err : emit(run, port, &nothing);
}

static int emit_packet(struct vf_demuxer *demuxer, const struct AVPacket *packet,
                       struct vf_node_run *run, unsigned port)
{
    struct vf_message *message = NULL;
    int err = vf_demuxer_audio_message(demuxer, packet, &message);
    if (err == VF_DROPPED)
        return vf_node_drop(run, port);
    return err ? err : emit(run, port, &message);
}

int vf_reading_sound_emit(struct vf_reading_place *place, struct vf_packet_queue *queue,
                          int64_t until_us, int64_t limit_us, struct vf_node_run *run,
                          unsigned port)
{
    const struct AVPacket *packet;
    int err = VF_OK;
    while (!err && (packet = vf_packet_queue_peek(queue)) != NULL) {
        int64_t time_us = vf_media_packet_start_us(packet);
        if (time_us >= until_us)
            break;
        bool is_early = place->start_us && time_us < 0;
        if (!is_early && time_us < limit_us && !vf_reading_place_has_audio(place, packet))
            err = emit_packet(place->demuxer, packet, run, port);
        vf_packet_queue_drop(queue);
    }
    return err;
}
