/* SPDX-License-Identifier: MIT */
/* capabilities.h - what FFmpeg's libraries can do on this machine: `vflow doctor`.
 *
 * Opens encoders and devices, and leaves them open, so it runs in a process of its own: drivers may
 * crash, or hang.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CAPABILITIES_H
#define VF_ENGINE_MEDIA_WRITE_CAPABILITIES_H

#include <jansson.h>

#include "engine/base/result.h"

/* Makes an object of: `libraries`, an array of {name, built, running}; `encoders` and `decoders`,
 * arrays of {name, codec, hardware, error}, those that this libavcodec has of the usual ones, with
 * `error` where one cannot be opened; `devices`, an array of {name, error}. Returns -ENOMEM when out
 * of memory. */
VF_MUST_CHECK int vf_media_capabilities(json_t **found);

/* Makes an array of the libraries, with `name`, and the versions that were `built` with and are
 * `running`; the caller's. Where they are in a module, it is empty before something has loaded that. */
VF_MUST_CHECK int vf_media_libraries(json_t **libraries);

#endif
