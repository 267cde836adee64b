/* SPDX-License-Identifier: MIT */
#include "nodes/program/python_source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/trust.h"

#define SUFFIX ".py"
#define MAX_BYTES (1 << 20) /* of a file that is looked at */
#define SPACES " \t"

char *vf_python_source_file(const char *call)
{
    const char *colon = strrchr(call, ':');
    size_t length = colon ? (size_t)(colon - call) : strlen(call);
    size_t suffix = strlen(SUFFIX);
    if (length <= suffix || memcmp(call + length - suffix, SUFFIX, suffix) != 0)
        return NULL;
    return strndup(call, length);
}

const char *vf_python_source_name(const char *call)
{
    const char *colon = strrchr(call, ':');
    return colon && colon[1] ? colon + 1 : "process";
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* Returns whether a line is the head of the class `name`. */
static bool begins_class(const char *line, const char *name)
{
    static const char word[] = "class ";
    size_t length = strlen(name);
    if (strncmp(line, word, strlen(word)) != 0)
        return false;
    line += strlen(word);
    line += strspn(line, SPACES);
    return strncmp(line, name, length) == 0 && strchr(SPACES "(:", line[length]) && line[length];
}

/* Returns whether a line, without its indentation, is `stateless = True`. */
static bool is_statement(const char *line)
{
    static const char left[] = "stateless", right[] = "True";
    if (strncmp(line, left, strlen(left)) != 0)
        return false;
    line += strlen(left);
    line += strspn(line, SPACES);
    if (*line++ != '=')
        return false;
    line += strspn(line, SPACES);
    if (strncmp(line, right, strlen(right)) != 0)
        return false;
    line += strlen(right);
    line += strspn(line, SPACES);
    return strchr("#;\r\n", *line) != NULL; /* or the end of the text */
}

bool vf_python_source_is_stateless(const char *text, const char *name)
{
    size_t body = 0; /* its indentation, once it is known */
    bool is_inside = false;
    for (const char *line = text; *line; line = next_line(line)) {
        size_t indent = strspn(line, SPACES);
        bool is_empty = strchr("#\r\n", line[indent]) != NULL;
        if (is_empty)
            continue;
        if (!indent) {
            is_inside = begins_class(line, name);
            body = 0;
            continue;
        }
        if (is_inside && !body)
            body = indent;
        if (is_inside && indent == body && is_statement(line + indent))
            return true;
    }
    return false;
}

char *vf_python_source_read(const char *path)
{
    struct stat status;
    int fd = vf_trust() == VF_TRUST_NAMES
                 ? -1
                 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    bool is_file = fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    FILE *file = is_file ? fdopen(fd, "r") : NULL;
    char *text = file ? malloc(MAX_BYTES + 1) : NULL;
    if (text)
        text[fread(text, 1, MAX_BYTES, file)] = '\0';
    if (file)
        fclose(file);
    else if (fd >= 0)
        close(fd);
    return text;
}
