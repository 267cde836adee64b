/* SPDX-License-Identifier: MIT */
#include "engine/wire/python/pickle/text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define LAST_CHARACTER 0x10ffffu

/* Reads one character of UTF-8. Returns how many bytes it has; 0: it is none. */
static size_t read_character(const char *bytes, size_t length, uint32_t *character)
{
    const uint8_t *at = (const uint8_t *)bytes;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (at[0] < 0x80) {
        *character = at[0];
        return 1;
    }
    size_t size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4 || size > length)
        return 0;
    *character = at[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *character = *character << 6 | (at[i] & 0x3f);
    }
    return *character >= least[size] && *character <= LAST_CHARACTER ? size : 0;
}

static void print_character(struct vf_text *text, uint32_t character)
{
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    char bytes[4];
    if (character < 0x80) {
        bytes[0] = (char)character;
        vf_text_append(text, bytes, 1);
        return;
    }
    size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; character >>= 6)
        bytes[i] = (char)(0x80 | (character & 0x3f));
    bytes[0] = (char)(lead[size] | character);
    vf_text_append(text, bytes, size);
}

bool vf_ascii_is_valid(const char *bytes, size_t length)
{
    uint8_t all = 0;
    for (size_t i = 0; i < length; i++)
        all |= (uint8_t)bytes[i];
    return all < 0x80;
}

bool vf_utf8_is_valid(const char *bytes, size_t length)
{
    uint32_t character;
    while (length) {
        size_t size = read_character(bytes, length, &character);
        if (!size)
            return false;
        bytes += size;
        length -= size;
    }
    return true;
}

static int hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Reads exactly `digits` digits. */
static bool read_hexadecimal(const char *text, size_t length, size_t digits, uint32_t *number)
{
    *number = 0;
    if (length < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        int digit = hexadecimal(text[i]);
        if (digit < 0)
            return false;
        *number = *number << 4 | (uint32_t)digit;
    }
    return true;
}

int vf_raw_unicode_read(struct vf_text *text, const char *line, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint32_t character = (uint8_t)line[i++];
        bool is_escape = character == '\\' && i < length;
        if (is_escape && (line[i] == 'u' || line[i] == 'U')) {
            size_t digits = line[i++] == 'u' ? 4 : 8;
            if (!read_hexadecimal(line + i, length - i, digits, &character) ||
                character > LAST_CHARACTER)
                return -EINVAL;
            i += digits;
        } else if (is_escape) {
            print_character(text, character); /* what follows is no escape's beginning either */
            character = (uint8_t)line[i++];
        }
        print_character(text, character);
    }
    return VF_OK;
}

void vf_raw_unicode_print(struct vf_text *line, const char *text, size_t length)
{
    uint32_t character;
    for (size_t i = 0; i < length;) {
        size_t size = read_character(text + i, length - i, &character);
        if (!size)
            return;
        i += size;
        char latin1 = (char)character;
        if (character > 0xffff)
            vf_text_print(line, "\\U%08x", character);
        else if (character > 0xff || !character || strchr("\\\n\r\x1a", (int)character))
            vf_text_print(line, "\\u%04x", character);
        else
            vf_text_append(line, &latin1, 1);
    }
}

/* Adds what the escape after a backslash stands for. Returns its length; 0: it is none. */
static size_t read_escape(struct vf_text *bytes, const char *escape, size_t length)
{
    static const char letters[] = "\\'\"abfnrtv", meanings[] = "\\'\"\a\b\f\n\r\t\v";
    const char *known = memchr(letters, escape[0], sizeof(letters) - 1);
    uint32_t number = 0;
    size_t size = 0;
    if (known) {
        vf_text_append(bytes, meanings + (known - letters), 1);
        return 1;
    }
    if (escape[0] == 'x') {
        if (!read_hexadecimal(escape + 1, length - 1, 2, &number))
            return 0;
        size = 3;
    } else {
        for (; size < 3 && size < length && escape[size] >= '0' && escape[size] <= '7'; size++)
            number = number << 3 | (uint32_t)(escape[size] - '0');
    }
    char byte = (char)number;
    if (size) {
        vf_text_append(bytes, &byte, 1);
        return size;
    }
    vf_text_append(bytes, "\\", 1); /* a backslash that begins no escape stands for itself */
    vf_text_append(bytes, escape, 1);
    return 1;
}

int vf_string_literal_read(struct vf_text *bytes, const char *line, size_t length)
{
    if (length < 2 || line[0] != line[length - 1] || (line[0] != '\'' && line[0] != '"'))
        return -EINVAL;
    size_t end = length - 1;
    for (size_t i = 1; i < end;) {
        if (line[i] != '\\') {
            vf_text_append(bytes, line + i++, 1);
            continue;
        }
        i++;
        size_t size = i < end ? read_escape(bytes, line + i, end - i) : 0;
        if (!size)
            return -EINVAL;
        i += size;
    }
    return VF_OK;
}

void vf_latin1_print(struct vf_text *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        print_character(text, (uint8_t)bytes[i]);
}

int vf_latin1_read(struct vf_text *bytes, const char *text, size_t length)
{
    uint32_t character;
    for (size_t i = 0; i < length;) {
        size_t size = read_character(text + i, length - i, &character);
        if (!size || character > 0xff)
            return -EINVAL;
        char byte = (char)character;
        vf_text_append(bytes, &byte, 1);
        i += size;
    }
    return VF_OK;
}
