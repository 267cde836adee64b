/* SPDX-License-Identifier: MIT */
/* announcement.h - messages that bring nothing, but say what is to come, of packets (packet.h) and of
 * sound (libav/sound.h) alike. */
#ifndef VF_ENGINE_MEDIA_CODEC_ANNOUNCEMENT_H
#define VF_ENGINE_MEDIA_CODEC_ANNOUNCEMENT_H

#include <stdbool.h>

#include "engine/message/message.h"

/* Returns whether a message says that nothing comes. */
bool vf_media_announces_none(const struct vf_message *message);

/* Returns whether a message says what comes, and brings none of it. */
bool vf_media_is_announcement(const struct vf_message *message);

/* Returns whether it is neither. */
bool vf_media_has_content(const struct vf_message *message);

#endif
