/* SPDX-License-Identifier: MIT */
/* font_examination.h - whether there is any font: `vflow doctor`. */
#ifndef VF_ENGINE_MEDIA_TEXT_FONT_EXAMINATION_H
#define VF_ENGINE_MEDIA_TEXT_FONT_EXAMINATION_H

#include <stddef.h>

#include "engine/base/result.h"

/* Looks for fontconfig's favourite. Returns -ENOENT with one line in `problem` when there is none. */
VF_MUST_CHECK int vf_font_examine(char *problem, size_t problem_size);

#endif
