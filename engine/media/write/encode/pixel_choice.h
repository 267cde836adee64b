/* SPDX-License-Identifier: MIT */
/* pixel_choice.h - the pixel format that frames are encoded in.
 *
 * That of the frames where encoder and container can have it, or the nearest. Players, for which
 * some containers are made, show YUV with half of the colours in each direction everywhere, and
 * other formats not: so RGB and gray, which have to be converted for players in any case, become
 * that there.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_ENCODE_PIXEL_CHOICE_H
#define VF_ENGINE_MEDIA_WRITE_ENCODE_PIXEL_CHOICE_H

struct AVFrame;
struct vf_output_choice;
struct vf_output_settings;

/* Chooses a format (an AVPixelFormat) for frames like `frame`, and logs what becomes of them. */
int vf_pixel_choice(const struct vf_output_choice *choice,
                    const struct vf_output_settings *settings, const struct AVFrame *frame);

#endif
