/* SPDX-License-Identifier: MIT */
#include "engine/media/text/layout.h"

#include <errno.h>
#include <hb-ft.h>
#include <raqm.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/text/characters.h"

#define KEPT 256              /* lines, each at the place of its hash modulo this */
#define LONG 1024             /* bytes of a line; longer ones share one place */
#define CHARACTERS_MOST 16384 /* in a line */

struct kept_line {
    char *text; /* NULL: none is kept here */
    size_t length;
    struct vf_line line;
};

struct vf_layout {
    struct vf_faces *faces;
    hb_font_t *plain_font; /* of the first face, at its present size; NULL: it was not needed yet */
    uint32_t *codes;       /* of the line in work */
    struct kept_line kept[KEPT];
};

int vf_layout_create(struct vf_layout **layout, struct vf_faces *faces)
{
    *layout = calloc(1, sizeof(**layout));
    if (!*layout)
        return -ENOMEM;
    (*layout)->faces = faces;
    (*layout)->codes = malloc(CHARACTERS_MOST * sizeof(*(*layout)->codes));
    if ((*layout)->codes)
        return VF_OK;
    vf_layout_destroy(layout);
    return -ENOMEM;
}

static void forget(struct kept_line *kept)
{
    free(kept->text);
    free(kept->line.glyphs);
    *kept = (struct kept_line){0};
}

void vf_layout_destroy(struct vf_layout **layout)
{
    if (!*layout)
        return;
    vf_layout_clear(*layout);
    free((*layout)->codes);
    free(*layout);
    *layout = NULL;
}

void vf_layout_clear(struct vf_layout *layout)
{
    for (size_t i = 0; i < KEPT; i++)
        forget(&layout->kept[i]);
    hb_font_destroy(layout->plain_font);
    layout->plain_font = NULL;
}

/* FreeType and HarfBuzz count in 64ths of a pixel. */
static int whole_pixels(long length)
{
    return (int)((length + 63) >> 6);
}

static int nearest_pixel(long length)
{
    return (int)((length + 32) >> 6);
}

static void make_room(struct vf_line *line, FT_Face face)
{
    int ascent = whole_pixels(face->size->metrics.ascender);
    int descent = whole_pixels(-face->size->metrics.descender);
    line->ascent = ascent > line->ascent ? ascent : line->ascent;
    line->descent = descent > line->descent ? descent : line->descent;
}

static bool set_face(raqm_t *shaped, FT_Face face, size_t first, size_t end, struct vf_line *line)
{
    make_room(line, face);
    return raqm_set_freetype_face_range(shaped, face, first, end - first);
}

/* Sets the face of each character, for those for which no font has all that belongs together. */
static bool set_face_of_each(struct vf_layout *layout, raqm_t *shaped, size_t first, size_t end,
                             struct vf_line *line)
{
    for (size_t i = first; i < end; i++) {
        FT_Face face = vf_faces_choose(layout->faces, layout->codes + i, 1);
        if (!set_face(shaped, face ? face : vf_faces_first(layout->faces), i, i + 1, line))
            return false;
    }
    return true;
}

static bool set_faces(struct vf_layout *layout, raqm_t *shaped, size_t count, struct vf_line *line)
{
    bool is_set = true;
    size_t end = 0;
    for (size_t first = 0; first < count && is_set; first = end) {
        end = vf_characters_cluster_end(layout->codes, count, first);
        FT_Face face = vf_faces_choose(layout->faces, layout->codes + first, end - first);
        is_set = face ? set_face(shaped, face, first, end, line)
                      : set_face_of_each(layout, shaped, first, end, line);
    }
    return is_set;
}

/* Warns of what a box stands for: of the characters that belong together, those no font has. */
static void miss(struct vf_layout *layout, size_t count, const raqm_glyph_t *glyph)
{
    size_t end = vf_characters_cluster_end(layout->codes, count, glyph->cluster);
    for (size_t i = glyph->cluster; i < end; i++) {
        uint32_t code = layout->codes[i];
        if (!vf_faces_choose(layout->faces, &code, 1))
            vf_faces_miss(layout->faces, code);
    }
}

/* A glyph as it was shaped, in 64ths of a pixel. */
struct shaped_glyph {
    FT_Face face;
    unsigned number;
    long x_offset, y_offset, x_advance;
};

static void place_glyph(struct vf_line *line, size_t i, const struct shaped_glyph *glyph, long *pen)
{
    line->glyphs[i] = (struct vf_placed_glyph){
        .face = glyph->face,
        .number = glyph->number,
        .x = nearest_pixel(*pen + glyph->x_offset),
        .y = -nearest_pixel(glyph->y_offset),
    };
    *pen += glyph->x_advance;
    if (whole_pixels(*pen) > line->width)
        line->width = whole_pixels(*pen);
}

static int place_glyphs(struct vf_layout *layout, raqm_t *shaped, size_t count,
                        struct vf_line *line)
{
    long pen = 0;
    const raqm_glyph_t *glyphs = raqm_get_glyphs(shaped, &line->count);
    line->glyphs = malloc((line->count + 1) * sizeof(*line->glyphs));
    if (!line->glyphs)
        return -ENOMEM;
    for (size_t i = 0; i < line->count; i++) {
        if (glyphs[i].index == 0)
            miss(layout, count, &glyphs[i]);
        const struct shaped_glyph glyph = {
            .face = glyphs[i].ftface,
            .number = glyphs[i].index,
            .x_offset = glyphs[i].x_offset,
            .y_offset = glyphs[i].y_offset,
            .x_advance = glyphs[i].x_advance,
        };
        place_glyph(line, i, &glyph, &pen);
    }
    return VF_OK;
}

/* Returns whether a line needs neither order nor other faces: it is of the printable characters of
 * ASCII, one of them at least a letter, which says what script it is, and the font has all. */
static bool is_plain(struct vf_layout *layout, size_t count)
{
    bool has_letter = false;
    for (size_t i = 0; i < count; i++) {
        uint32_t code = layout->codes[i];
        if (code < ' ' || code > '~' || !FT_Get_Char_Index(vf_faces_first(layout->faces), code))
            return false;
        has_letter |= (code | 0x20U) >= 'a' && (code | 0x20U) <= 'z';
    }
    return has_letter;
}

static bool prepare_plain_font(struct vf_layout *layout)
{
    if (layout->plain_font)
        return true;
    layout->plain_font = hb_ft_font_create_referenced(vf_faces_first(layout->faces));
    if (layout->plain_font == hb_font_get_empty()) {
        layout->plain_font = NULL;
        return false;
    }
    hb_ft_font_set_load_flags(layout->plain_font, FT_LOAD_DEFAULT);
    return true;
}

static int place_plain(struct vf_layout *layout, hb_buffer_t *shaped, struct vf_line *line)
{
    long pen = 0;
    unsigned count = 0;
    const hb_glyph_info_t *infos = hb_buffer_get_glyph_infos(shaped, &count);
    const hb_glyph_position_t *positions = hb_buffer_get_glyph_positions(shaped, &count);
    line->count = count;
    line->glyphs = malloc((line->count + 1) * sizeof(*line->glyphs));
    if (!line->glyphs)
        return -ENOMEM;
    for (size_t i = 0; i < line->count; i++) {
        const struct shaped_glyph glyph = {
            .face = vf_faces_first(layout->faces),
            .number = infos[i].codepoint,
            .x_offset = positions[i].x_offset,
            .y_offset = positions[i].y_offset,
            .x_advance = positions[i].x_advance,
        };
        place_glyph(line, i, &glyph, &pen);
    }
    return VF_OK;
}

/* Does what libraqm does for a plain line, with a font that is kept: libraqm makes one for each
 * line, with all tables, which takes many times as long as the line. */
static int lay_out_plain(struct vf_layout *layout, size_t count, struct vf_line *line)
{
    hb_buffer_t *shaped = prepare_plain_font(layout) ? hb_buffer_create() : NULL;
    if (!shaped)
        return -ENOMEM;
    hb_buffer_add_utf32(shaped, layout->codes, (int)count, 0, (int)count);
    hb_buffer_set_direction(shaped, HB_DIRECTION_LTR);
    hb_buffer_set_script(shaped, HB_SCRIPT_LATIN);
    hb_buffer_set_language(shaped, hb_language_get_default());
    hb_shape(layout->plain_font, shaped, NULL, 0);
    int err = hb_buffer_allocation_successful(shaped) ? place_plain(layout, shaped, line) : -ENOMEM;
    hb_buffer_destroy(shaped);
    return err;
}

/* libraqm fails for want of memory only. */
static int lay_out(struct vf_layout *layout, size_t count, struct vf_line *line)
{
    make_room(line, vf_faces_first(layout->faces));
    if (!count)
        return VF_OK;
    if (is_plain(layout, count))
        return lay_out_plain(layout, count, line);
    raqm_t *shaped = raqm_create();
    bool is_done = shaped && raqm_set_text(shaped, layout->codes, count) &&
                   raqm_set_freetype_load_flags(shaped, FT_LOAD_DEFAULT) &&
                   set_faces(layout, shaped, count, line) && raqm_layout(shaped);
    int err = is_done ? place_glyphs(layout, shaped, count, line) : -ENOMEM;
    raqm_destroy(shaped);
    return err;
}

static struct kept_line *place_of(struct vf_layout *layout, const char *text, size_t length)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    if (length > LONG)
        return &layout->kept[0];
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 16777619U;
    return &layout->kept[hash % KEPT];
}

int vf_layout_line(struct vf_layout *layout, const char *text, size_t length,
                   const struct vf_line **line)
{
    struct kept_line *kept = place_of(layout, text, length);
    *line = &kept->line;
    if (kept->text && kept->length == length && memcmp(kept->text, text, length) == 0)
        return VF_OK;
    size_t count = vf_characters_read(layout->codes, CHARACTERS_MOST, text, length);
    struct kept_line fresh = {.text = strndup(text, length), .length = length};
    int err = fresh.text ? lay_out(layout, count, &fresh.line) : -ENOMEM;
    if (err) {
        forget(&fresh);
        return err;
    }
    forget(kept);
    *kept = fresh;
    return VF_OK;
}
