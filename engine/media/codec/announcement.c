/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/announcement.h"

#include "engine/media/codec/packet.h"
#include "engine/media/libav/sound.h"

bool vf_media_announces_none(const struct vf_message *message)
{
    return vf_media_packet_is_none(message) || vf_media_sound_is_none(message);
}

bool vf_media_is_announcement(const struct vf_message *message)
{
    return vf_media_packet_is_announcement(message) || vf_media_sound_is_announcement(message);
}

bool vf_media_has_content(const struct vf_message *message)
{
    return !vf_media_announces_none(message) && !vf_media_is_announcement(message);
}
