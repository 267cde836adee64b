/* SPDX-License-Identifier: MIT */
#include "engine/node/reference/value.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/display.h"

void vf_reference_add_range(struct vf_text *text, const struct vf_option *option)
{
    vf_option_describe_range(option, text);
    if (option->unit && !vf_option_is_limited(option))
        vf_text_print(text, ", %s", option->unit);
}

void vf_reference_print_value(FILE *out, const char *text)
{
    bool is_plain = *text != '\0';
    for (const char *at = text; *at; at++)
        is_plain &= *at > ' ' && *at != 0x7f && *at != '"';
    if (is_plain)
        fputs(text, out);
    else
        vf_reference_print_json(out, text);
}

static void print_json_character(FILE *out, unsigned char character)
{
    if (character == '\n')
        fputs("\\n", out);
    else if (character == '\t')
        fputs("\\t", out);
    else if (character < ' ')
        fprintf(out, "\\u%04x", character);
    else
        fprintf(out, "%s%c", strchr("\"\\", character) ? "\\" : "", character);
}

void vf_reference_print_json(FILE *out, const char *text)
{
    char *utf8 = vf_display_utf8(text);
    fputc('"', out);
    for (const char *at = utf8; at && *at; at++)
        print_json_character(out, (unsigned char)*at);
    fputc('"', out);
    free(utf8);
}
