/* SPDX-License-Identifier: MIT */
#include "engine/media/write/sound_trim.h"

#include <errno.h>
#include <libavcodec/packet.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mathematics.h>
#include <string.h>

#define NOTE_SIZE 10 /* bytes of libav's note of skipped samples */

/* No codec begins with more; 2112 samples at 22050 Hz take 96 ms. */
#define LONGEST_PRIMING_MS 150

static uint8_t *note_of(const AVPacket *packet)
{
    size_t size = 0;
    uint8_t *note = av_packet_get_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
    return size >= NOTE_SIZE ? note : NULL;
}

/* Reads how much is cut off from here on. */
static void begin(struct vf_sound_trim *trim, int rate, const AVPacket *packet)
{
    uint8_t *note = note_of(packet);
    int64_t skipped = note ? AV_RL32(note) : 0;
    if (!skipped)
        return;
    trim->is_priming = skipped * 1000 <= (int64_t)rate * LONGEST_PRIMING_MS;
    trim->left = trim->is_priming ? 0 : skipped;
    if (!trim->is_priming)
        AV_WL32(note, 0);
}

static int skip_part(struct vf_sound_trim *trim, AVPacket *packet)
{
    uint8_t *note = note_of(packet);
    if (!note) {
        note = av_packet_new_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, NOTE_SIZE);
        if (!note)
            return -ENOMEM;
        memset(note, 0, NOTE_SIZE);
    }
    AV_WL32(note, (uint32_t)trim->left);
    trim->left = 0;
    return VF_OK;
}

int vf_sound_trim_take(struct vf_sound_trim *trim, int rate, AVPacket *packet, bool *is_cut)
{
    AVRational sample = {1, rate > 0 ? rate : 1};
    bool is_outside = packet->flags & AV_PKT_FLAG_DISCARD;
    if (rate > 0)
        begin(trim, rate, packet);
    trim->is_priming = trim->is_priming && is_outside;
    int64_t samples = av_rescale_q(packet->duration, packet->time_base, sample);
    *is_cut = false;
    if (trim->left && !is_outside && trim->left <= samples / 2)
        return skip_part(trim, packet);
    *is_cut = (is_outside && !trim->is_priming) || trim->left;
    trim->left = trim->left > samples ? trim->left - samples : 0;
    return VF_OK;
}
