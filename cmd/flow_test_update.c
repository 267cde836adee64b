/* SPDX-License-Identifier: MIT */
/* flow_test_update - writes what came into the flow file, in the place of what was expected. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/flow_test.h"

/* Returns the end of the value at `at`: of quotes, of brackets on the line, or of a plain text. */
static const char *find_end(const char *at)
{
    unsigned depth = 0;
    const char *start = at;
    if (*at == '"' || *at == '\'') {
        const char *end = strchr(at + 1, *at);
        return end ? end + 1 : NULL;
    }
    if (*at != '[' && *at != '{') {
        at += strcspn(at, ",}]#\n");
        while (at > start && at[-1] == ' ')
            at--;
        return at;
    }
    for (; *at && *at != '\n'; at++) {
        depth += *at == '[' || *at == '{';
        if ((*at == ']' || *at == '}') && --depth == 0)
            return at + 1;
    }
    return NULL;
}

/* Returns where a line and column are; NULL: nowhere. Columns count characters. */
static const char *find_place(const char *bytes, unsigned line, unsigned column)
{
    for (; line > 1 && bytes; line--) {
        bytes = strchr(bytes, '\n');
        bytes = bytes ? bytes + 1 : NULL;
    }
    for (; column > 1 && bytes && *bytes && *bytes != '\n'; column--) {
        do
            bytes++;
        while (((unsigned char)*bytes & 0xc0) == 0x80);
    }
    return bytes;
}

/* One value that would be right. */
struct change {
    unsigned line, column;
    const char *text; /* lent */
};

/* Puts one value in. Returns 1 when it has no place there, 0, or -ENOMEM. */
static int put(char **bytes, const struct change *change)
{
    const char *at = find_place(*bytes, change->line, change->column);
    const char *end = at ? find_end(at) : NULL;
    if (!end)
        return 1;
    char *changed = vf_text_format("%.*s%s%s", (int)(at - *bytes), *bytes, change->text, end);
    if (!changed)
        return -ENOMEM;
    free(*bytes);
    *bytes = changed;
    return 0;
}

static int write_file(const char *file, const char *bytes)
{
    FILE *stream = fopen(file, "we");
    if (!stream)
        return -errno;
    bool is_written = fputs(bytes, stream) >= 0;
    return fclose(stream) == 0 && is_written ? VF_OK : -EIO;
}

/* Cuts lines into changes, the caller's array. NULL: out of memory. */
static struct change *read_changes(char *lines, size_t *count)
{
    struct change *changes = calloc(strlen(lines) + 1, sizeof(*changes));
    *count = 0;
    for (char *line; changes && (line = strsep(&lines, "\n"));) {
        struct change *change = &changes[*count];
        int length = 0;
        if (sscanf(line, "%u %u %n", &change->line, &change->column, &length) != 2)
            continue;
        change->text = line + length;
        ++*count;
    }
    return changes;
}

/* The last place comes first, so that those before it stay where they are. */
static int compare(const void *a, const void *b)
{
    const struct change *one = a, *other = b;
    if (one->line != other->line)
        return one->line < other->line ? 1 : -1;
    return one->column < other->column ? 1 : one->column > other->column ? -1 : 0;
}

int vf_flow_test_update(const char *file, const char *updates)
{
    char *real = realpath(file, NULL), *lines = strdup(updates);
    char *bytes = real ? vf_flow_test_read("/", real + 1) : NULL;
    size_t count = 0;
    struct change *changes = lines ? read_changes(lines, &count) : NULL;
    int left = 0, err = bytes && changes ? VF_OK : -ENOMEM;
    if (!err)
        qsort(changes, count, sizeof(*changes), compare);
    for (size_t i = 0; i < count && !err; i++) {
        int result = put(&bytes, &changes[i]);
        err = result < 0 ? result : VF_OK;
        left += result > 0;
    }
    if (!err)
        err = write_file(file, bytes);
    free(changes);
    free(bytes);
    free(real);
    free(lines);
    return err ? err : left;
}
