/* SPDX-License-Identifier: MIT */
#include "engine/media/text/glyphs.h"

#include <errno.h>
#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include <libavutil/avstring.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include FT_FREETYPE_H

#define KEPT 256 /* letters, each at the place of its code modulo this */
#define PROBLEM_SIZE 512
#define REPLACEMENT 0xfffd /* for what is no UTF-8 */

struct glyph {
    int32_t code; /* 0: none is kept here */
    int advance;
    struct vf_rectangle place; /* from the pen, on the base line */
    uint8_t *rows;             /* NULL where nothing is to be seen */
};

struct vf_glyphs {
    FT_Library library;
    FT_Face face;
    int size, ascent, line_height;
    struct glyph kept[KEPT];
};

struct font_file {
    char path[4096];
    int index; /* of the font in the file */
};

static bool is_path(const char *font)
{
    static const char *const endings[] = {".ttf", ".otf", ".ttc", ".pcf", ".pfb", ".gz"};
    size_t length = strlen(font);
    for (size_t i = 0; i < VF_COUNT(endings); i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcasecmp(font + length - ending, endings[i]) == 0)
            return true;
    }
    return strchr(font, '/') != NULL;
}

/* Fontconfig finds something for every name: tells whether it is what was asked for. */
static bool is_family(const FcPattern *match, const char *wanted)
{
    static const char *const generic[] = {"", "sans", "sans-serif", "serif", "mono", "monospace"};
    for (size_t i = 0; i < VF_COUNT(generic); i++) {
        if (strcasecmp(wanted, generic[i]) == 0)
            return true;
    }
    FcChar8 *family;
    for (int i = 0; FcPatternGetString(match, FC_FAMILY, i, &family) == FcResultMatch; i++) {
        if (strcasecmp((const char *)family, wanted) == 0)
            return true;
    }
    return false;
}

static int read_match(struct font_file *file, const FcPattern *match, const char *wanted,
                      char *problem, size_t size)
{
    FcChar8 *path = NULL, *family = NULL;
    if (!match || FcPatternGetString(match, FC_FILE, 0, &path) != FcResultMatch) {
        snprintf(problem, size,
                 "no fonts are installed; install some, fonts-dejavu-core for example, or name a "
                 "file by `font`");
        return -ENOENT;
    }
    FcPatternGetString(match, FC_FAMILY, 0, &family);
    if (!is_family(match, wanted)) {
        snprintf(problem, size,
                 "the font \"%s\" is not installed; install it, name a file, or take \"%s\"; "
                 "`fc-list : family` shows all there are",
                 wanted, family ? (const char *)family : "sans");
        return -ENOENT;
    }
    snprintf(file->path, sizeof(file->path), "%s", (const char *)path);
    if (FcPatternGetInteger(match, FC_INDEX, 0, &file->index) != FcResultMatch)
        file->index = 0;
    return VF_OK;
}

static int match_font(struct font_file *file, FcConfig *config, const char *font, char *problem,
                      size_t size)
{
    FcPattern *pattern = FcNameParse((const FcChar8 *)font);
    if (!pattern) {
        snprintf(problem, size, "\"%s\" is no name of a font; one is \"DejaVu Sans:bold\"", font);
        return -ENOENT;
    }
    FcChar8 *asked = NULL;
    FcPatternGetString(pattern, FC_FAMILY, 0, &asked);
    char *wanted = strdup(asked ? (const char *)asked : "");
    FcConfigSubstitute(config, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    FcResult result;
    FcPattern *match = FcFontMatch(config, pattern, &result);
    int err = wanted ? read_match(file, match, wanted, problem, size) : -ENOMEM;
    if (match)
        FcPatternDestroy(match);
    FcPatternDestroy(pattern);
    free(wanted);
    return err;
}

static int find_font(struct font_file *file, const char *font, char *problem, size_t size)
{
    *file = (struct font_file){.path = ""};
    if (is_path(font)) {
        snprintf(file->path, sizeof(file->path), "%s", font);
        if (access(font, R_OK) == 0)
            return VF_OK;
        snprintf(problem, size, "cannot read the font %s: %s", font, strerror(errno));
        return -ENOENT;
    }
    FcConfig *config = FcInitLoadConfigAndFonts();
    if (!config)
        return -ENOMEM;
    int err = match_font(file, config, font, problem, size);
    FcConfigDestroy(config);
    FcFini();
    return err;
}

int vf_glyphs_check(const char *font, char *problem, size_t problem_size)
{
    struct font_file file;
    return find_font(&file, font, problem, problem_size);
}

static int open_face(struct vf_glyphs *glyphs, const struct font_file *file)
{
    if (FT_Init_FreeType(&glyphs->library))
        return -ENOMEM;
    FT_Error code = FT_New_Face(glyphs->library, file->path, file->index, &glyphs->face);
    if (!code)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "cannot open %s: it is no font that can be read (%d)", file->path, code);
    return -ENOENT;
}

int vf_glyphs_create(struct vf_glyphs **glyphs, const char *font)
{
    char problem[PROBLEM_SIZE] = "";
    struct font_file file;
    *glyphs = NULL;
    int err = find_font(&file, font, problem, sizeof(problem));
    if (err) {
        vf_log(VF_LOG_ERROR, "%s", problem[0] ? problem : "memory is too short for a font");
        return err;
    }
    *glyphs = calloc(1, sizeof(**glyphs));
    if (!*glyphs)
        return -ENOMEM;
    err = open_face(*glyphs, &file);
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
    if ((*glyphs)->face)
        FT_Done_Face((*glyphs)->face);
    if ((*glyphs)->library)
        FT_Done_FreeType((*glyphs)->library);
    free(*glyphs);
    *glyphs = NULL;
}

/* FreeType counts in 64ths of a pixel. */
static int whole_pixels(FT_Pos length)
{
    return (int)((length + 63) >> 6);
}

int vf_glyphs_set_size(struct vf_glyphs *glyphs, int size)
{
    if (glyphs->size == size)
        return VF_OK;
    FT_Error code = FT_Set_Pixel_Sizes(glyphs->face, 0, (FT_UInt)size);
    if (code) {
        vf_log(VF_LOG_ERROR, "the font %s has no letters of %d pixels", glyphs->face->family_name,
               size);
        return -EINVAL;
    }
    for (size_t i = 0; i < KEPT; i++)
        forget(&glyphs->kept[i]);
    const FT_Size_Metrics *metrics = &glyphs->face->size->metrics;
    glyphs->size = size;
    glyphs->ascent = whole_pixels(metrics->ascender);
    glyphs->line_height = glyphs->ascent + whole_pixels(-metrics->descender);
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

static const struct glyph *glyph_of(struct vf_glyphs *glyphs, int32_t code)
{
    struct glyph *glyph = &glyphs->kept[(uint32_t)code % KEPT];
    if (glyph->code == code)
        return glyph;
    forget(glyph);
    if (FT_Load_Char(glyphs->face, (FT_ULong)code, FT_LOAD_RENDER))
        return glyph;
    FT_GlyphSlot slot = glyphs->face->glyph;
    glyph->code = code;
    glyph->advance = (int)((slot->advance.x + 32) >> 6);
    glyph->place = (struct vf_rectangle){.x = slot->bitmap_left, .y = -slot->bitmap_top};
    keep_rows(glyph, &slot->bitmap);
    return glyph;
}

/* Reads the letter at *text, which moves behind it. Returns 0 at the end. */
static int32_t next_code(const char **text)
{
    const uint8_t *at = (const uint8_t *)*text, *end = at + strlen(*text);
    int32_t code = 0;
    if (at == end)
        return 0;
    if (av_utf8_decode(&code, &at, end, 0) < 0)
        code = REPLACEMENT;
    *text = (const char *)at;
    return code;
}

struct vf_rectangle vf_glyphs_measure(struct vf_glyphs *glyphs, const char *text)
{
    struct vf_rectangle place = {.height = glyphs->line_height};
    int pen = 0;
    for (int32_t code = next_code(&text); code; code = next_code(&text)) {
        if (code == '\n') {
            place.height += glyphs->line_height;
            pen = 0;
            continue;
        }
        pen += glyph_of(glyphs, code)->advance;
        if (pen > place.width)
            place.width = pen;
    }
    return place;
}

void vf_glyphs_write(struct vf_glyphs *glyphs, const char *text, int x, int y,
                     struct vf_coverage *coverage)
{
    int pen = x, base = y + glyphs->ascent;
    for (int32_t code = next_code(&text); code; code = next_code(&text)) {
        if (code == '\n') {
            base += glyphs->line_height;
            pen = x;
            continue;
        }
        const struct glyph *glyph = glyph_of(glyphs, code);
        struct vf_rectangle place = glyph->place;
        place.x += pen;
        place.y += base;
        if (glyph->rows)
            vf_coverage_add(coverage, &place, glyph->rows, (size_t)place.width);
        pen += glyph->advance;
    }
}
