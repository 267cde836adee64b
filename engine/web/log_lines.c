/* SPDX-License-Identifier: MIT */
#include "engine/web/log_lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/display.h"
#include "engine/base/text.h"
#include "engine/message/description_json.h"

#define READ_MOST ((size_t)256 << 10) /* bytes, from the end */
#define LINES_MOST 100

/* Reads the end of a file, from the begin of a line on. The caller's; NULL: there is none. */
static char *read_end(int fd)
{
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size <= 0)
        return NULL;
    size_t size = (size_t)status.st_size < READ_MOST ? (size_t)status.st_size : READ_MOST;
    off_t from = status.st_size - (off_t)size;
    char *text = malloc(size + 1);
    ssize_t count = text ? pread(fd, text, size, from) : 0;
    if (count <= 0) {
        free(text);
        return NULL;
    }
    text[count] = '\0';
    char *line = from > 0 ? strchr(text, '\n') : NULL;
    if (line)
        memmove(text, line + 1, strlen(line + 1) + 1);
    return text;
}

/* Whether a line, as text or as JSON, is of a task, or speaks of it. */
static bool names(const char *line, const char *task)
{
    size_t length = strlen(task);
    for (const char *found = strstr(line, task); found; found = strstr(found + 1, task)) {
        bool begins = found == line || strchr(" \"'", found[-1]);
        bool ends = !found[length] || strchr(" :\"',;.", found[length]);
        if (begins && ends)
            return true;
    }
    return false;
}

json_t *vf_web_log_lines(int fd, const char *task)
{
    json_t *lines = json_array();
    char *text = read_end(fd), *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (!names(line, task))
            continue;
        vf_display_clean(line);
        json_array_append_new(lines, vf_text_to_json(line, strlen(line)));
        if (json_array_size(lines) > LINES_MOST)
            json_array_remove(lines, 0);
    }
    free(text);
    return lines;
}
