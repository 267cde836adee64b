/* SPDX-License-Identifier: MIT */
/* packet_file.h - encoded packets in a file, with all that a container needs to know of them.
 *
 * What is read is what was written, whatever the codec: containers round timestamps and refuse
 * codecs. Only vflow reads these files.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_PIECES_PACKET_FILE_H
#define VF_ENGINE_MEDIA_WRITE_PIECES_PACKET_FILE_H

#include <libavutil/rational.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/checkpoint/checkpoint.h"

struct AVCodecContext;
struct AVPacket;
struct vf_packet_reader;
struct vf_packet_writer;

/* Creates a file for what the encoder makes, with the time base of its packets. Logs failures, as
 * all of these do. */
VF_MUST_CHECK int vf_packet_writer_create(struct vf_packet_writer **writer, const char *path,
                                          const struct AVCodecContext *encoder,
                                          AVRational time_base);
VF_MUST_CHECK int vf_packet_writer_add(struct vf_packet_writer *writer,
                                       const struct AVPacket *packet);

/* Flushes the file to the disk, and says how many packets and bytes it has, and their digest. */
VF_MUST_CHECK int vf_packet_writer_finish(struct vf_packet_writer *writer, struct vf_piece *piece);

/* Removes a file that has not been finished. */
void vf_packet_writer_destroy(struct vf_packet_writer **writer);

/* Opens a file of what such an encoder has made: -EBADMSG where it is of another. */
VF_MUST_CHECK int vf_packet_reader_open(struct vf_packet_reader **reader, const char *path,
                                        const struct AVCodecContext *encoder, AVRational time_base);
void vf_packet_reader_close(struct vf_packet_reader **reader);

/* Lends the next packet until the next call. Returns VF_END after the last, -EBADMSG where there is
 * none. */
VF_MUST_CHECK int vf_packet_reader_next(struct vf_packet_reader *reader,
                                        const struct AVPacket **packet);

#endif
