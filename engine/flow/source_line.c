/* SPDX-License-Identifier: MIT */
#include "engine/flow/source_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/columns.h"
#include "engine/base/display.h"

#define WIDTH 76 /* columns of the line that are shown */
#define LEFT 40  /* of which so many stand before the place, in a longer line */
#define LEAD "  "

/* Reads a line of a file, from 1; the caller's. NULL: there is none. */
static char *read_line(const char *path, unsigned number)
{
    struct stat status;
    char *line = NULL;
    size_t capacity = 0;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return NULL; /* what comes through a pipe has gone */
    FILE *file = fopen(path, "re");
    ssize_t size = -1;
    for (unsigned i = 0; file && i < number; i++) {
        size = getline(&line, &capacity, file);
        if (size < 0)
            break;
    }
    if (file)
        fclose(file);
    if (size >= 0)
        return line;
    free(line);
    return NULL;
}

/* Returns where in a text character number `column` begins, from 1. */
static size_t find_character(const char *text, unsigned column)
{
    size_t at = 0;
    for (unsigned i = 1; i < column && text[at]; i++) {
        at++;
        while (((unsigned char)text[at] & 0xc0) == 0x80)
            at++;
    }
    return at;
}

/* Copies a line of a text, from 1; the caller's. NULL: there is none. */
static char *copy_line(const char *text, unsigned number)
{
    for (unsigned i = 1; text && i < number; i++) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return text ? strndup(text, strcspn(text, "\n")) : NULL;
}

/* How wide the first `size` bytes of a line are as they are shown: without passwords. */
static size_t columns_before(const char *line, size_t size)
{
    char *part = strndup(line, size);
    if (!part)
        return 0;
    vf_display_clean(part);
    size_t columns = vf_columns_of(part);
    free(part);
    return columns;
}

bool vf_source_line_show(struct vf_text *out, const char *file, const char *text,
                         const struct vf_place *place)
{
    char *line = NULL;
    if (place->line)
        line = text ? copy_line(text, place->line) : read_line(file, place->line);
    if (!line)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *byte = line; *byte; byte++) {
        if (*byte == '\t')
            *byte = ' ';
    }
    size_t before = columns_before(line, find_character(line, place->column));
    vf_display_clean(line);
    size_t from = before > WIDTH - 10 ? vf_columns_fit(line, before - LEFT) : 0;
    size_t shift = from ? before - LEFT : 0;
    vf_text_print(out, LEAD);
    vf_columns_cut(out, line + from, WIDTH);
    vf_text_print(out, "\n" LEAD "%*s^\n", (int)(before - (from ? shift : 0)), "");
    free(line);
    return true;
}
