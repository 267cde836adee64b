/* SPDX-License-Identifier: MIT */
#include "cmd/report/html.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define GROUP_SPACE "\xe2\x80\xaf" /* narrow, and no line ends there */
#define ELLIPSIS "\xe2\x80\xa6"
#define MILLION 1e6

static void add_byte(struct vf_text *page, char byte)
{
    switch (byte) {
    case '&':
        vf_text_print(page, "&amp;");
        break;
    case '<':
        vf_text_print(page, "&lt;");
        break;
    case '>':
        vf_text_print(page, "&gt;");
        break;
    case '"':
        vf_text_print(page, "&quot;");
        break;
    case '\'':
        vf_text_print(page, "&#39;");
        break;
    default:
        if ((unsigned char)byte >= ' ' && byte != 0x7f)
            vf_text_append(page, &byte, 1);
        else
            vf_text_print(page, " ");
        break;
    }
}

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

void vf_html_text(struct vf_text *page, const char *text)
{
    for (; *text; text++)
        add_byte(page, *text);
}

void vf_html_cut(struct vf_text *page, const char *text, size_t characters)
{
    size_t count = 0, end = 0;
    for (const char *byte = text; *byte; byte++)
        count += begins_character(*byte);
    if (count <= characters) {
        vf_html_text(page, text);
        return;
    }
    for (size_t left = characters - 1; text[end]; end++) {
        if (begins_character(text[end]) && left-- == 0)
            break;
        add_byte(page, text[end]);
    }
    vf_text_print(page, ELLIPSIS);
}

void vf_html_count(struct vf_text *page, uint64_t count)
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0 && length > 4)
            vf_text_print(page, GROUP_SPACE);
        vf_text_append(page, &digits[i], 1);
    }
}

void vf_html_real(struct vf_text *page, double number)
{
    if (!isfinite(number))
        vf_text_print(page, "-");
    else if (number < MILLION && number > -MILLION)
        vf_text_print(page, "%.*f", number < 9.995 ? 2 : number < 999.5 ? 1 : 0, number);
    else
        vf_text_print(page, "%.3g", number);
}

void vf_html_part(struct vf_text *page, double part)
{
    vf_text_print(page, "%.0f %%", part > 1 ? 100 : part > 0 ? part * 100 : 0);
}

void vf_html_bytes(struct vf_text *page, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double number = (double)bytes;
    size_t unit = 0;
    for (; number >= 999.5 && unit < 6; unit++)
        number /= 1000;
    if (unit)
        vf_text_print(page, "%.*f %s",
                      number < 9.995   ? 2
                      : number < 99.95 ? 1
                                       : 0,
                      number, units[unit]);
    else
        vf_text_print(page, "%.0f B", number);
}

void vf_html_seconds(struct vf_text *page, double seconds)
{
    if (!(seconds >= 0 && seconds < 1e12))
        vf_text_print(page, "-");
    else if (seconds < 99.995)
        vf_text_print(page, "%.2f s", seconds);
    else if (seconds < 5999.5)
        vf_text_print(page, "%.0f min %02.0f s", floor(round(seconds) / 60),
                      fmod(round(seconds), 60));
    else
        vf_text_print(page, "%.0f h %02.0f min", floor(round(seconds / 60) / 60),
                      fmod(round(seconds / 60), 60));
}

void vf_html_milliseconds(struct vf_text *page, double milliseconds)
{
    if (!(milliseconds >= 0))
        vf_text_print(page, "-");
    else if (milliseconds < 999.5)
        vf_text_print(page, "%.*f ms",
                      milliseconds < 9.995   ? 2
                      : milliseconds < 99.95 ? 1
                                             : 0,
                      milliseconds);
    else
        vf_html_seconds(page, milliseconds / 1000);
}

const char *vf_html_text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

double vf_html_number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

uint64_t vf_html_count_of(const json_t *object, const char *key)
{
    json_int_t count = json_integer_value(json_object_get(object, key));
    return count > 0 ? (uint64_t)count : 0;
}
