/* SPDX-License-Identifier: MIT */
#include "engine/media/text/faces.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/text/characters.h"
#include "engine/media/text/font.h"

#define PROBLEM_SIZE 512
#define WARNINGS_MOST 20 /* characters that no font has; text of other programs may have more */

struct vf_faces {
    FT_Library library;
    FT_Face first;
    char *font; /* as it was asked for */
    int size;
    struct vf_font_list others;
    FT_Face *opened; /* of the others, in their order; NULL where one is not open */
    bool is_listed;
    FcCharSet *missed;
    unsigned missed_count;
};

static int open_face(const struct vf_faces *faces, const struct vf_font_file *file, FT_Face *face)
{
    FT_Error code = FT_New_Face(faces->library, file->path, file->index, face);
    if (!code)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "cannot open %s: it is no font that can be read (%d)", file->path, code);
    *face = NULL;
    return -ENOENT;
}

int vf_faces_create(struct vf_faces **faces, const char *font)
{
    char problem[PROBLEM_SIZE] = "";
    struct vf_font_file file;
    *faces = NULL;
    int err = vf_font_find(&file, font, problem, sizeof(problem));
    if (err) {
        vf_log(VF_LOG_ERROR, "%s", problem[0] ? problem : "out of memory for a font");
        return err;
    }
    *faces = calloc(1, sizeof(**faces));
    if (!*faces)
        return -ENOMEM;
    (*faces)->font = strdup(font);
    (*faces)->missed = FcCharSetCreate();
    err = (*faces)->font && (*faces)->missed ? VF_OK : -ENOMEM;
    if (!err && FT_Init_FreeType(&(*faces)->library))
        err = -ENOMEM;
    if (!err)
        err = open_face(*faces, &file, &(*faces)->first);
    if (err)
        vf_faces_destroy(faces);
    return err;
}

void vf_faces_destroy(struct vf_faces **faces)
{
    struct vf_faces *owned = *faces;
    if (!owned)
        return;
    /* That closes its faces, too. */
    if (owned->library)
        FT_Done_FreeType(owned->library);
    if (owned->missed)
        FcCharSetDestroy(owned->missed);
    vf_font_list_finish(&owned->others);
    free(owned->opened);
    free(owned->font);
    free(owned);
    *faces = NULL;
}

int vf_faces_set_size(struct vf_faces *faces, int size)
{
    if (FT_Set_Pixel_Sizes(faces->first, 0, (FT_UInt)size)) {
        vf_log(VF_LOG_ERROR, "the font %s has no size of %d pixels", faces->first->family_name,
               size);
        return -EINVAL;
    }
    faces->size = size;
    for (size_t i = 0; i < faces->others.count; i++) {
        if (faces->opened[i])
            FT_Set_Pixel_Sizes(faces->opened[i], 0, (FT_UInt)size); /* outlines have every size */
    }
    return VF_OK;
}

FT_Face vf_faces_first(const struct vf_faces *faces)
{
    return faces->first;
}

static bool first_has(const struct vf_faces *faces, const uint32_t *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (vf_character_has_glyph(codes[i]) && !FT_Get_Char_Index(faces->first, codes[i]))
            return false;
    }
    return true;
}

static bool has_all(const FcCharSet *characters, const uint32_t *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (vf_character_has_glyph(codes[i]) && !FcCharSetHasChar(characters, codes[i]))
            return false;
    }
    return true;
}

/* Lists the other fonts, once: there are none when that fails. */
static void list_others(struct vf_faces *faces)
{
    if (faces->is_listed)
        return;
    faces->is_listed = true;
    int err = vf_font_list_all(&faces->others, faces->font);
    if (!err)
        faces->opened = calloc(faces->others.count + 1, sizeof(*faces->opened));
    if (faces->opened)
        return;
    vf_font_list_finish(&faces->others);
    vf_log(VF_LOG_WARNING, "out of memory for fonts besides %s", faces->first->family_name);
}

/* Opens one of the other fonts. Returns NULL when it is no font, and looks at it no more. */
static FT_Face other_face(struct vf_faces *faces, size_t i)
{
    if (faces->opened[i])
        return faces->opened[i];
    if (open_face(faces, &faces->others.items[i].file, &faces->opened[i])) {
        FcCharSetDestroy(faces->others.items[i].characters);
        faces->others.items[i].characters = FcCharSetCreate();
        return NULL;
    }
    FT_Set_Pixel_Sizes(faces->opened[i], 0, (FT_UInt)faces->size);
    return faces->opened[i];
}

FT_Face vf_faces_choose(struct vf_faces *faces, const uint32_t *codes, size_t count)
{
    if (first_has(faces, codes, count))
        return faces->first;
    list_others(faces);
    for (size_t i = 0; i < faces->others.count; i++) {
        FT_Face face =
            has_all(faces->others.items[i].characters, codes, count) ? other_face(faces, i) : NULL;
        if (face)
            return face;
    }
    return NULL;
}

void vf_faces_miss(struct vf_faces *faces, uint32_t code)
{
    if (faces->missed_count == WARNINGS_MOST || FcCharSetHasChar(faces->missed, code))
        return;
    if (!FcCharSetAddChar(faces->missed, code))
        return;
    faces->missed_count++;
    vf_log(VF_LOG_WARNING,
           "no installed font has the character U+%04X, so a box is drawn in its place; install "
           "one%s",
           code, faces->missed_count == WARNINGS_MOST ? "; no more such characters are named" : "");
}
