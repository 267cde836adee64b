/* SPDX-License-Identifier: MIT */
/* place.h - what it is that a writer's path names: a file, a stream, standard output. */
#ifndef VF_ENGINE_MEDIA_WRITE_CHOICE_PLACE_H
#define VF_ENGINE_MEDIA_WRITE_CHOICE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

bool vf_output_is_standard(const char *path); /* "-" */

/* Copies the scheme of a URL that libav can write to: "rtmp". Returns whether it is one, with "://"
 * or "pipe:": a file may have a colon in its name, too. */
bool vf_output_scheme(const char *path, char *scheme, size_t size);

/* Returns whether the path names no file: a URL, or standard output. */
bool vf_output_is_stream(const char *path);

/* Returns the path of a file in what libav has been given, or makes of it. */
const char *vf_output_url_file(const char *url);

/* Returns the name of a file, or a URL, as libav is to have it, in fresh memory; NULL: out of
 * memory. */
char *vf_output_url(const char *path);

#endif
