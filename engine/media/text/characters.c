/* SPDX-License-Identifier: MIT */
#include "engine/media/text/characters.h"

#include <hb.h>
#include <libavutil/avstring.h>

#define REPLACEMENT 0xfffd
#define JOINER 0x200d

static hb_unicode_general_category_t category_of(uint32_t code)
{
    return hb_unicode_general_category(hb_unicode_funcs_get_default(), code);
}

static bool is_between(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

static bool is_mark(uint32_t code)
{
    hb_unicode_general_category_t category = category_of(code);
    return category == HB_UNICODE_GENERAL_CATEGORY_NON_SPACING_MARK ||
           category == HB_UNICODE_GENERAL_CATEGORY_SPACING_MARK ||
           category == HB_UNICODE_GENERAL_CATEGORY_ENCLOSING_MARK;
}

/* The joiner makes one picture of several; letters that it joins remain several. */
static bool is_picture(uint32_t code)
{
    return category_of(code) == HB_UNICODE_GENERAL_CATEGORY_OTHER_SYMBOL;
}

static bool is_control(uint32_t code)
{
    hb_unicode_general_category_t category = category_of(code);
    return category == HB_UNICODE_GENERAL_CATEGORY_CONTROL ||
           category == HB_UNICODE_GENERAL_CATEGORY_LINE_SEPARATOR ||
           category == HB_UNICODE_GENERAL_CATEGORY_PARAGRAPH_SEPARATOR;
}

size_t vf_characters_read(uint32_t *codes, size_t most, const char *text, size_t length)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + length;
    size_t count = 0;
    while (at < end && count < most) {
        int32_t code = 0;
        if (av_utf8_decode(&code, &at, end, 0) < 0)
            code = REPLACEMENT;
        codes[count++] = is_control((uint32_t)code) ? ' ' : (uint32_t)code;
    }
    return count;
}

bool vf_character_has_glyph(uint32_t code)
{
    bool is_variation = is_between(code, 0xfe00, 0xfe0f) || is_between(code, 0xe0100, 0xe01ef);
    return !is_variation && category_of(code) != HB_UNICODE_GENERAL_CATEGORY_FORMAT;
}

size_t vf_characters_cluster_end(const uint32_t *codes, size_t count, size_t first)
{
    size_t end = first + 1;
    while (end < count) {
        bool is_skin = is_between(codes[end], 0x1f3fb, 0x1f3ff);
        bool is_joined = codes[end - 1] == JOINER && is_picture(codes[end]);
        if (!is_joined && !is_skin && !is_mark(codes[end]) && vf_character_has_glyph(codes[end]))
            break;
        end++;
    }
    return end;
}
