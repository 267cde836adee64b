/* SPDX-License-Identifier: MIT */
#include "engine/base/display.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

#define STARS 3

/* What a terminal obeys, what turns the order of a line around, and what nobody can see. */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c}, {0x200b, 0x200b}, {0x200e, 0x200f},
    {0x2028, 0x202e}, {0x2060, 0x2069}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
};

/* Reads one character of UTF-8. Returns its length; 0: these bytes are none. */
static size_t decode(const unsigned char *at, uint32_t *character)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (length == 0 || at[0] > 0xf4)
        return 0;
    *character = length == 1 ? at[0] : at[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *character = *character << 6 | (at[i] & 0x3f);
    }
    bool is_surrogate = *character >= 0xd800 && *character <= 0xdfff;
    bool is_too_long = (length == 3 && *character < 0x800) || (length == 4 && *character < 0x10000);
    return is_surrogate || is_too_long || *character > 0x10ffff ? 0 : length;
}

static bool is_hidden(uint32_t character)
{
    for (size_t i = 0; i < VF_COUNT(hidden); i++) {
        if (character >= hidden[i].first && character <= hidden[i].last)
            return true;
    }
    return false;
}

void vf_display_hide_characters(char *text, char mark)
{
    const unsigned char *from = (const unsigned char *)text;
    char *to = text;
    while (*from) {
        uint32_t character;
        size_t length = decode(from, &character);
        if (length == 0) { /* a name in an older code; but C1 is obeyed in those, too */
            length = 1;
            character = *from < 0xa0 ? *from : ' ';
        }
        if (is_hidden(character)) {
            *to++ = mark;
        } else {
            memmove(to, from, length);
            to += length;
        }
        from += length;
    }
    *to = '\0';
}

/* Puts stars, or fewer if there are not that many characters, in the place of a piece of a text.
 * Returns where what follows now begins. */
static char *star(char *begin, char *end)
{
    size_t length = (size_t)(end - begin), stars = length < STARS ? length : STARS;
    memset(begin, '*', stars);
    memmove(begin + stars, end, strlen(end) + 1);
    return begin + stars;
}

/* Returns the end of a URL, which may stand in the middle of a line. */
static size_t url_length(const char *url)
{
    return strcspn(url, " \t\n\"'<>|`");
}

/* Returns the last "@" of the line, before another URL; NULL: there is none. */
static char *find_at(char *text)
{
    const char *next = strstr(text, "://");
    size_t line = strcspn(text, "\n"), limit = next ? (size_t)(next - text) : line;
    return memrchr(text, '@', limit < line ? limit : line);
}

/* Hides "user:password@". A password may hold "/" and "@" and even spaces, though it should not. */
static void hide_user(char *host)
{
    size_t all = url_length(host), authority = strcspn(host, "/?# \t\n\"'<>|`");
    char *end = memrchr(host, '@', authority);
    const char *colon = memchr(host, ':', authority);
    if (!end && colon && host[0] != '[') {
        size_t digits = strspn(colon + 1, "0123456789");
        bool is_port = colon + 1 + digits == host + authority && digits;
        if (!is_port && colon + 1 < host + authority)
            end = memrchr(host, '@', all);
        if (!end && !digits && colon + 1 < host + authority)
            end = find_at(host);
    }
    if (end)
        star(host, end);
}

static bool contains(const char *text, size_t length, const char *word)
{
    size_t word_length = strlen(word);
    for (size_t i = 0; i + word_length <= length; i++) {
        if (strncasecmp(text + i, word, word_length) == 0)
            return true;
    }
    return false;
}

static bool is_secret(const char *name, size_t length)
{
    static const char *const words[] = {"pass", "pwd",  "token", "secret",
                                        "key",  "auth", "cred",  "signature"};
    for (size_t i = 0; i < VF_COUNT(words); i++) {
        if (contains(name, length, words[i]))
            return true;
    }
    return length == 3 && strncasecmp(name, "sig", 3) == 0;
}

/* Hides the values that are secret by their names, in a query, a fragment or, as some cameras have
 * it, the path. */
static void hide_values(char *url)
{
    char *at = url;
    while (*(at += strcspn(at, "= \t\n\"'<>|`")) == '=') {
        const char *name = at;
        while (name > url && !strchr("/?&;#=", name[-1]))
            name--;
        char *value = at + 1;
        size_t length = strcspn(value, "&;# \t\n\"'<>|`");
        bool is_hidden = length && is_secret(name, (size_t)(at - name));
        at = is_hidden ? star(value, value + length) : value;
    }
}

void vf_display_hide_secrets(char *text)
{
    for (char *url = text; (url = strstr(url, "://"));) {
        url += strlen("://");
        hide_user(url);
        hide_values(url);
    }
}

void vf_display_clean(char *text)
{
    vf_display_hide_secrets(text);
    vf_display_hide_characters(text, '?');
}

static bool looks_escaped(const unsigned char *at)
{
    return at[0] == '\\' && at[1] == 'x' && isxdigit(at[2]) && isxdigit(at[3]);
}

char *vf_display_utf8(const char *bytes)
{
    struct vf_text text = {0};
    const unsigned char *at = (const unsigned char *)bytes;
    while (*at) {
        uint32_t character;
        size_t length = looks_escaped(at) ? 0 : decode(at, &character);
        if (length)
            vf_text_append(&text, (const char *)at, length);
        else
            vf_text_print(&text, "\\x%02x", *at);
        at += length ? length : 1;
    }
    char *made = vf_text_take(&text);
    if (made)
        vf_display_hide_secrets(made);
    return made;
}
