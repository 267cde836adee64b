/* SPDX-License-Identifier: MIT */
#include "engine/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME 64

/* Python writes an exponent only outside of these powers of ten. */
#define LEAST_PLAIN (-4)
#define MOST_PLAIN 16

static bool reserve(struct vf_text *text, size_t more)
{
    if (text->failed)
        return false;
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    char *bytes = realloc(text->bytes, capacity);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void vf_text_append(struct vf_text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length))
        return;
    if (length) /* else `bytes` may be NULL */
        memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void vf_text_vprint(struct vf_text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0 && reserve(text, (size_t)length)) {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void vf_text_print(struct vf_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vf_text_vprint(text, format, arguments);
    va_end(arguments);
}

void vf_text_print_real(struct vf_text *text, double value)
{
    char digits[40];
    int precision = 0;
    do
        snprintf(digits, sizeof(digits), "%.*e", precision++, value);
    while (precision < 17 && strtod(digits, NULL) != value);
    long exponent = strtol(strchr(digits, 'e') + 1, NULL, 10);
    if (exponent >= LEAST_PLAIN && exponent < MOST_PLAIN) {
        int decimals = precision - 1 - (int)exponent;
        vf_text_print(text, "%.*f", decimals > 1 ? decimals : 1, value);
        return;
    }
    vf_text_print(text, "%s", digits);
}

char *vf_text_take(struct vf_text *text)
{
    vf_text_append(text, "", 0);
    char *bytes = text->failed ? NULL : text->bytes;
    if (text->failed)
        free(text->bytes);
    *text = (struct vf_text){0};
    return bytes;
}

void vf_text_finish(struct vf_text *text)
{
    free(text->bytes);
    *text = (struct vf_text){0};
}

char *vf_text_format(const char *format, ...)
{
    struct vf_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    vf_text_vprint(&text, format, arguments);
    va_end(arguments);
    return vf_text_take(&text);
}

size_t vf_text_distance(const char *a, const char *b)
{
    size_t row[MAX_NAME + 1];
    size_t width = strlen(b);
    if (width > MAX_NAME)
        return SIZE_MAX;
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[width];
}

void vf_text_nearest_consider(struct vf_text_nearest *nearest, const char *candidate)
{
    size_t length = strlen(nearest->wanted);
    size_t limit = length < 3 ? 1 : length < 6 ? 2 : 3; /* changes that a slip explains */
    size_t distance = vf_text_distance(nearest->wanted, candidate);
    if (distance > limit || distance >= strlen(candidate))
        return;
    if (nearest->name && distance >= nearest->distance)
        return;
    nearest->name = candidate;
    nearest->distance = distance;
}

const char *vf_text_suggest(struct vf_text_nearest *nearest)
{
    nearest->suggestion[0] = '\0';
    if (nearest->name)
        snprintf(nearest->suggestion, sizeof(nearest->suggestion), "; did you mean %s%s%s?",
                 nearest->before ? nearest->before : "\"", nearest->name,
                 nearest->after ? nearest->after : "\"");
    return nearest->suggestion;
}

const char *vf_text_suggest_or(struct vf_text_nearest *nearest, const char *otherwise, ...)
{
    char *text = nearest->suggestion;
    va_list arguments;
    if (nearest->name)
        return vf_text_suggest(nearest);
    int length = snprintf(text, sizeof(nearest->suggestion), "; ");
    va_start(arguments, otherwise);
    vsnprintf(text + length, sizeof(nearest->suggestion) - (size_t)length, otherwise, arguments);
    va_end(arguments);
    return text;
}
