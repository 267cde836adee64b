/* SPDX-License-Identifier: MIT */
#include "engine/base/columns.h"

#include <locale.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "engine/base/text.h"

/* Characters are only known in a locale, which the program has none of. */
static locale_t enter(locale_t *old)
{
    locale_t known = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    *old = known ? uselocale(known) : (locale_t)0;
    return known;
}

static void leave(locale_t known, locale_t old)
{
    if (!known)
        return;
    uselocale(old);
    freelocale(known);
}

/* Returns how many bytes the first character has, and in *columns how many it takes. */
static size_t measure(const char *text, size_t size, size_t *columns)
{
    mbstate_t state = {0};
    wchar_t character;
    size_t bytes = mbrtowc(&character, text, size, &state);
    *columns = 1;
    if (bytes == 0 || bytes > size)
        return 1;
    int width = wcwidth(character);
    if (width >= 0)
        *columns = (size_t)width;
    return bytes;
}

/* Returns how many bytes fit into `limit` columns, and how many columns these take. */
static size_t walk(const char *text, size_t limit, size_t *columns)
{
    locale_t old, known = enter(&old);
    size_t size = strlen(text), done = 0;
    *columns = 0;
    while (done < size) {
        size_t wide, bytes = measure(text + done, size - done, &wide);
        if (*columns + wide > limit)
            break;
        *columns += wide;
        done += bytes;
    }
    leave(known, old);
    return done;
}

size_t vf_columns_of(const char *text)
{
    size_t columns;
    (void)walk(text, SIZE_MAX, &columns);
    return columns;
}

size_t vf_columns_fit(const char *text, size_t columns)
{
    size_t taken;
    return walk(text, columns, &taken);
}

/* Returns how many columns it has added. */
static size_t add(struct vf_text *out, const char *text, size_t columns)
{
    size_t taken, size = walk(text, columns, &taken);
    if (!columns || !text[size]) {
        vf_text_append(out, text, size);
        return taken;
    }
    size = walk(text, columns - 1, &taken);
    vf_text_append(out, text, size);
    vf_text_append(out, "~", 1);
    return taken + 1;
}

void vf_columns_cut(struct vf_text *out, const char *text, size_t columns)
{
    (void)add(out, text, columns);
}

void vf_columns_pad(struct vf_text *out, const char *text, size_t columns)
{
    for (size_t taken = add(out, text, columns); taken < columns; taken++)
        vf_text_append(out, " ", 1);
}
