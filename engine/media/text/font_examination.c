/* SPDX-License-Identifier: MIT */
#include "engine/media/text/font_examination.h"

#include "engine/media/text/font.h"

int vf_font_examine(char *problem, size_t problem_size)
{
    struct vf_font_file file;
    return vf_font_find(&file, "", problem, problem_size);
}
