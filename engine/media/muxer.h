/* SPDX-License-Identifier: MIT */
/* muxer.h - writes packets to a file, which appears under its name only when it is whole.
 *
 * Until then it stands beside that name ("out.part-1234.mp4"); where the settings say `crash_safe`,
 * it can be played from there even if this process is killed. Tracks are added, packets are taken
 * at any time and kept in order until vf_muxer_start() has written the header. What is no regular
 * file (a device, a pipe, a URL) is written to directly.
 */
#ifndef VF_ENGINE_MEDIA_MUXER_H
#define VF_ENGINE_MEDIA_MUXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/output_choice.h"

struct AVCodecContext;
struct AVCodecParameters;
struct AVPacket;
struct vf_message;
struct vf_muxer;

enum vf_muxer_track { VF_MUXER_VIDEO, VF_MUXER_AUDIO, VF_MUXER_TRACKS };

/* Opens the output. Borrows `settings` for as long as the muxer lives. Returns -EEXIST where a
 * file is there that `must_not_replace`. */
VF_MUST_CHECK int vf_muxer_create(struct vf_muxer **muxer, const struct vf_output_choice *choice,
                                  const struct vf_output_settings *settings, bool must_not_replace);

/* Gives up: what has not been finished stays, or goes when it holds nothing. */
void vf_muxer_destroy(struct vf_muxer **muxer);

/* Adds the track that an encoder makes, or the one that a packet message belongs to. */
VF_MUST_CHECK int vf_muxer_add_encoder(struct vf_muxer *muxer,
                                       const struct AVCodecContext *encoder);
VF_MUST_CHECK int vf_muxer_add_copy(struct vf_muxer *muxer, const struct vf_message *packet);

/* Writes the header, and what has been kept until now. No track can be added afterwards. */
VF_MUST_CHECK int vf_muxer_start(struct vf_muxer *muxer);
bool vf_muxer_is_started(const struct vf_muxer *muxer);

/* Writes a packet, or keeps it until the start. Its time base must be set. */
VF_MUST_CHECK int vf_muxer_write(struct vf_muxer *muxer, enum vf_muxer_track track,
                                 const struct AVPacket *packet);

/* Writes, or keeps, a copy of a packet message of the track that was added for it. */
VF_MUST_CHECK int vf_muxer_copy(struct vf_muxer *muxer, const struct vf_message *message);

/* Returns how much is being kept until the start. */
size_t vf_muxer_kept_bytes(const struct vf_muxer *muxer);

/* Writes the end, and gives the file its name if it `is_complete`; else says where it is.
 * *size_bytes, which may be NULL, becomes that of the file, -1 where it has none. */
VF_MUST_CHECK int vf_muxer_finish(struct vf_muxer *muxer, bool is_complete, int64_t *size_bytes);

#endif
