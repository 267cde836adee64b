/* SPDX-License-Identifier: MIT */
#include "engine/media/text/font.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/trust.h"

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

/* Fontconfig finds something for every name: returns whether it is what was asked for. */
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

static int read_match(struct vf_font_file *file, const FcPattern *match, const char *wanted,
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

static int match_font(struct vf_font_file *file, FcConfig *config, const char *font, char *problem,
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

int vf_font_find(struct vf_font_file *file, const char *font, char *problem, size_t size)
{
    *file = (struct vf_font_file){.path = ""};
    if (is_path(font)) {
        snprintf(file->path, sizeof(file->path), "%s", font);
        if (vf_trust() == VF_TRUST_NAMES || access(font, R_OK) == 0)
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

/* Returns what a font of a file is called and looks like; NULL when out of memory. */
static FcPattern *look_of_file(const char *path)
{
    int count;
    FcPattern *font = FcFreeTypeQuery((const FcChar8 *)path, 0, NULL, &count);
    FcObjectSet *looks =
        FcObjectSetBuild(FC_FAMILY, FC_SLANT, FC_WEIGHT, FC_WIDTH, FC_SPACING, (char *)NULL);
    FcPattern *look = font && looks ? FcPatternFilter(font, looks) : FcPatternCreate();
    if (font)
        FcPatternDestroy(font);
    if (looks)
        FcObjectSetDestroy(looks);
    return look;
}

/* Returns all fonts, those most like `font` first; NULL when out of memory. */
static FcFontSet *sort_fonts(FcConfig *config, const char *font)
{
    FcResult result;
    FcPattern *pattern = is_path(font) ? look_of_file(font) : FcNameParse((const FcChar8 *)font);
    if (!pattern)
        return NULL;
    FcConfigSubstitute(config, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    FcFontSet *fonts = FcFontSort(config, pattern, FcFalse, NULL, &result);
    FcPatternDestroy(pattern);
    return fonts;
}

/* A font of pictures, or of dots, has neither every size nor coverage alone. */
static bool has_outlines(const FcPattern *font)
{
    FcBool is_outline = FcFalse, is_coloured = FcFalse;
    FcPatternGetBool(font, FC_OUTLINE, 0, &is_outline);
    FcPatternGetBool(font, FC_COLOR, 0, &is_coloured);
    return is_outline && !is_coloured;
}

/* Adds a font, if it has characters that are not `covered` yet. */
static int add_choice(struct vf_font_list *list, const FcPattern *font, FcCharSet *covered)
{
    FcChar8 *path = NULL;
    FcCharSet *characters = NULL;
    FcBool has_more = FcFalse;
    struct vf_font_choice *choice = &list->items[list->count];
    if (!has_outlines(font) || FcPatternGetString(font, FC_FILE, 0, &path) != FcResultMatch ||
        FcPatternGetCharSet(font, FC_CHARSET, 0, &characters) != FcResultMatch)
        return VF_OK;
    if (!FcCharSetMerge(covered, characters, &has_more))
        return -ENOMEM;
    if (!has_more)
        return VF_OK;
    /* Its own copy: fontconfig's is gone after FcFini(). */
    choice->characters = FcCharSetUnion(characters, characters);
    if (!choice->characters)
        return -ENOMEM;
    snprintf(choice->file.path, sizeof(choice->file.path), "%s", (const char *)path);
    if (FcPatternGetInteger(font, FC_INDEX, 0, &choice->file.index) != FcResultMatch)
        choice->file.index = 0;
    list->count++;
    return VF_OK;
}

static int add_choices(struct vf_font_list *list, const FcFontSet *fonts)
{
    FcCharSet *covered = FcCharSetCreate();
    list->items = calloc((size_t)fonts->nfont + 1, sizeof(*list->items));
    int err = covered && list->items ? VF_OK : -ENOMEM;
    for (int i = 0; i < fonts->nfont && !err; i++)
        err = add_choice(list, fonts->fonts[i], covered);
    if (covered)
        FcCharSetDestroy(covered);
    return err;
}

int vf_font_list_all(struct vf_font_list *list, const char *font)
{
    FcConfig *config = FcInitLoadConfigAndFonts();
    FcFontSet *fonts = config ? sort_fonts(config, font) : NULL;
    int err = fonts ? add_choices(list, fonts) : -ENOMEM;
    if (fonts)
        FcFontSetDestroy(fonts);
    if (config)
        FcConfigDestroy(config);
    FcFini();
    return err;
}

void vf_font_list_finish(struct vf_font_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        FcCharSetDestroy(list->items[i].characters);
    free(list->items);
    *list = (struct vf_font_list){0};
}
