/* SPDX-License-Identifier: MIT */
/* font.h - finds fonts: the one that was asked for, and others for what it lacks. */
#ifndef VF_ENGINE_MEDIA_TEXT_FONT_H
#define VF_ENGINE_MEDIA_TEXT_FONT_H

#include <fontconfig/fontconfig.h>
#include <stddef.h>

#include "engine/base/result.h"

struct vf_font_file {
    char path[4096];
    int index; /* of the font in the file */
};

/* Finds the file of that path, or else what fontconfig has of that name ("DejaVu Sans:bold",
 * "monospace"; "": its favourite). Returns -ENOENT with one line in `problem`, which says what to
 * do. */
VF_MUST_CHECK int vf_font_find(struct vf_font_file *file, const char *font, char *problem,
                               size_t problem_size);

struct vf_font_choice {
    struct vf_font_file file;
    FcCharSet *characters;
};

/* Starts as {0}. */
struct vf_font_list {
    struct vf_font_choice *items;
    size_t count;
};

/* Lists the installed fonts, those most like `font` first, which is a path or a name. Leaves out
 * those that have only characters of fonts before them. */
VF_MUST_CHECK int vf_font_list_all(struct vf_font_list *list, const char *font);
void vf_font_list_finish(struct vf_font_list *list);

#endif
