/* SPDX-License-Identifier: MIT */
#include "nodes/read/catch_up.h"

#include "engine/media/codec/packet.h"

/* Pictures that are decoded after a key frame may be shown before it; where packets only say when they
 * are decoded, it is shown later than it says. */
#define MARGIN_US 1000000

void vf_catch_up_begin(struct vf_catch_up *catch_up)
{
    vf_packet_queue_clear(&catch_up->kept);
    catch_up->stage = catch_up->part.from_us ? VF_CATCH_UP_FIRST : VF_CATCH_UP_DONE;
}

bool vf_catch_up_note_first(struct vf_catch_up *catch_up)
{
    if (catch_up->stage != VF_CATCH_UP_FIRST)
        return false;
    catch_up->stage = VF_CATCH_UP_KEEPING;
    return true;
}

/* Lets go of what lies before the last key frame that is followed by enough. */
static void forget(struct vf_catch_up *catch_up)
{
    struct vf_packet_queue *kept = &catch_up->kept;
    size_t keep = kept->count;
    for (size_t i = kept->count; i-- > 1;) {
        bool is_key = vf_media_packet_is_key(kept->packets[kept->first + i]);
        if (!is_key || kept->count - i < catch_up->part.warm_up)
            continue;
        keep = kept->count - i;
        break;
    }
    if (!catch_up->part.warm_up)
        keep = 0;
    while (kept->count > keep)
        vf_packet_queue_drop(kept);
}

int vf_catch_up_take(struct vf_catch_up *catch_up, const struct AVPacket *packet, bool *is_taken)
{
    int64_t time_us = vf_media_packet_start_us(packet), from_us = catch_up->part.from_us;
    *is_taken = catch_up->stage == VF_CATCH_UP_KEEPING;
    if (catch_up->stage == VF_CATCH_UP_DONE || catch_up->stage == VF_CATCH_UP_FEEDING)
        return VF_OK;
    if (vf_media_packet_is_key(packet) && time_us != INT64_MIN && time_us <= from_us - MARGIN_US)
        forget(catch_up);
    if (from_us != INT64_MAX && *is_taken && time_us >= from_us)
        catch_up->stage = VF_CATCH_UP_FEEDING;
    return from_us == INT64_MAX ? VF_OK : vf_packet_queue_push(&catch_up->kept, packet);
}

bool vf_catch_up_end(struct vf_catch_up *catch_up)
{
    if (catch_up->stage == VF_CATCH_UP_KEEPING)
        catch_up->stage = VF_CATCH_UP_FEEDING;
    return catch_up->stage == VF_CATCH_UP_FEEDING;
}

const struct AVPacket *vf_catch_up_peek(struct vf_catch_up *catch_up)
{
    const struct AVPacket *packet =
        catch_up->stage == VF_CATCH_UP_FEEDING ? vf_packet_queue_peek(&catch_up->kept) : NULL;
    if (!packet && catch_up->stage == VF_CATCH_UP_FEEDING)
        catch_up->stage = VF_CATCH_UP_DONE;
    return packet;
}

void vf_catch_up_drop(struct vf_catch_up *catch_up)
{
    vf_packet_queue_drop(&catch_up->kept);
}

bool vf_catch_up_has_enough(const struct vf_catch_up *catch_up)
{
    const struct vf_packet_queue *kept = &catch_up->kept;
    const struct AVPacket *first = kept->count ? kept->packets[kept->first] : NULL;
    return first && vf_media_packet_is_key(first) &&
           vf_media_packet_start_us(first) <= catch_up->part.from_us &&
           kept->count > catch_up->part.warm_up;
}

void vf_catch_up_forget(struct vf_catch_up *catch_up)
{
    vf_packet_queue_clear(&catch_up->kept);
}

bool vf_catch_up_wants(const struct vf_catch_up *catch_up, int64_t start_us)
{
    bool is_first = catch_up->stage == VF_CATCH_UP_FIRST;
    return is_first || catch_up->part.warm_up || start_us == INT64_MIN ||
           start_us >= catch_up->part.from_us;
}

void vf_catch_up_finish(struct vf_catch_up *catch_up)
{
    vf_packet_queue_clear(&catch_up->kept);
}
