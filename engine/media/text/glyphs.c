/* SPDX-License-Identifier: MIT */
#include "engine/media/text/glyphs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/text/faces.h"
#include "engine/media/text/font.h"
#include "engine/media/text/layout.h"

#define KEPT 1024 /* glyphs, each at the place of its number and face modulo this */

struct glyph {
    FT_Face face; /* NULL: none is kept here */
    unsigned number;
    struct vf_rectangle place; /* from the pen, on the base line */
    uint8_t *rows;             /* NULL where nothing is to be seen */
};

struct vf_glyphs {
    struct vf_faces *faces;
    struct vf_layout *layout;
    int size;
    struct glyph kept[KEPT];
};

int vf_glyphs_check(const char *font, char *problem, size_t problem_size)
{
    struct vf_font_file file;
    return vf_font_find(&file, font, problem, problem_size);
}

int vf_glyphs_create(struct vf_glyphs **glyphs, const char *font)
{
    *glyphs = calloc(1, sizeof(**glyphs));
    if (!*glyphs)
        return -ENOMEM;
    int err = vf_faces_create(&(*glyphs)->faces, font);
    if (!err)
        err = vf_layout_create(&(*glyphs)->layout, (*glyphs)->faces);
    if (err)
        vf_glyphs_destroy(glyphs);
    return err;
}

static void forget(struct glyph *glyph)
{
    free(glyph->rows);
    *glyph = (struct glyph){0};
}

void vf_glyphs_destroy(struct vf_glyphs **glyphs)
{
    if (!*glyphs)
        return;
    for (size_t i = 0; i < KEPT; i++)
        forget(&(*glyphs)->kept[i]);
    vf_layout_destroy(&(*glyphs)->layout);
    vf_faces_destroy(&(*glyphs)->faces);
    free(*glyphs);
    *glyphs = NULL;
}

int vf_glyphs_set_size(struct vf_glyphs *glyphs, int size)
{
    if (glyphs->size == size)
        return VF_OK;
    int err = vf_faces_set_size(glyphs->faces, size);
    if (err)
        return err;
    for (size_t i = 0; i < KEPT; i++)
        forget(&glyphs->kept[i]);
    vf_layout_clear(glyphs->layout);
    glyphs->size = size;
    return VF_OK;
}

/* A letter of a font of dots has a bit for each pixel. */
static uint8_t covered(const FT_Bitmap *bitmap, unsigned x, unsigned y)
{
    const uint8_t *row = bitmap->buffer + (ptrdiff_t)y * bitmap->pitch;
    if (bitmap->pixel_mode == FT_PIXEL_MODE_MONO)
        return row[x >> 3] & (0x80 >> (x & 7)) ? 255 : 0;
    return row[x];
}

static void keep_rows(struct glyph *glyph, const FT_Bitmap *bitmap)
{
    bool is_known =
        bitmap->pixel_mode == FT_PIXEL_MODE_GRAY || bitmap->pixel_mode == FT_PIXEL_MODE_MONO;
    size_t size = (size_t)bitmap->rows * bitmap->width;
    uint8_t *byte = glyph->rows = size && is_known ? malloc(size) : NULL;
    if (!byte)
        return;
    glyph->place.width = (int)bitmap->width;
    glyph->place.height = (int)bitmap->rows;
    for (unsigned y = 0; y < bitmap->rows; y++) {
        for (unsigned x = 0; x < bitmap->width; x++)
            *byte++ = covered(bitmap, x, y);
    }
}

static const struct glyph *glyph_of(struct vf_glyphs *glyphs, FT_Face face, unsigned number)
{
    size_t place = number + ((uintptr_t)face >> 4) * 31;
    struct glyph *glyph = &glyphs->kept[place % KEPT];
    if (glyph->face == face && glyph->number == number)
        return glyph;
    forget(glyph);
    if (FT_Load_Glyph(face, number, FT_LOAD_RENDER))
        return glyph;
    FT_GlyphSlot slot = face->glyph;
    glyph->face = face;
    glyph->number = number;
    glyph->place = (struct vf_rectangle){.x = slot->bitmap_left, .y = -slot->bitmap_top};
    keep_rows(glyph, &slot->bitmap);
    return glyph;
}

/* Returns where the line that begins at `text` ends. */
static const char *line_end(const char *text)
{
    return text + strcspn(text, "\n");
}

struct vf_rectangle vf_glyphs_measure(struct vf_glyphs *glyphs, const char *text)
{
    struct vf_rectangle place = {0};
    const struct vf_line *line;
    for (const char *end = text; text; text = *end ? end + 1 : NULL) {
        end = line_end(text);
        if (vf_layout_line(glyphs->layout, text, (size_t)(end - text), &line))
            return (struct vf_rectangle){0};
        place.height += line->ascent + line->descent;
        place.width = line->width > place.width ? line->width : place.width;
    }
    return place;
}

static void write_line(struct vf_glyphs *glyphs, const struct vf_line *line, int x, int base,
                       struct vf_coverage *coverage)
{
    for (size_t i = 0; i < line->count; i++) {
        const struct vf_placed_glyph *placed = &line->glyphs[i];
        const struct glyph *glyph = glyph_of(glyphs, placed->face, placed->number);
        struct vf_rectangle place = glyph->place;
        place.x += x + placed->x;
        place.y += base + placed->y;
        if (glyph->rows)
            vf_coverage_add(coverage, &place, glyph->rows, (size_t)place.width);
    }
}

int vf_glyphs_write(struct vf_glyphs *glyphs, const char *text, int x, int y,
                    struct vf_coverage *coverage)
{
    const struct vf_line *line;
    for (const char *end = text; text; text = *end ? end + 1 : NULL) {
        end = line_end(text);
        int err = vf_layout_line(glyphs->layout, text, (size_t)(end - text), &line);
        if (err)
            return err;
        write_line(glyphs, line, x, y + line->ascent, coverage);
        y += line->ascent + line->descent;
    }
    return VF_OK;
}
