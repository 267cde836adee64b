/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/settings.h"

static char nothing[] = "", any[] = "auto"; /* as options hold them; nobody writes to them */

const struct vf_media_settings vf_media_settings_plain = {
    .decoder = nothing,
    .format = nothing,
    .streams = {any, any, any},
    .autorotate = true,
};
