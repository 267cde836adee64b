/* SPDX-License-Identifier: MIT */
#include "nodes/record/headers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "nodes/record/fields.h"

/* RFC 9110: a name is a token, and what it says has no line ends. */
static bool is_header(const struct vf_map_entry *header)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (const char *at = header->text; *at; at++) {
        if (((unsigned char)*at < ' ' && *at != '\t') || *at == 0x7f)
            return false;
    }
    return *header->key && !header->key[strspn(header->key, token)];
}

int vf_headers_check(const struct vf_map *headers, char *problem, size_t problem_size)
{
    for (size_t i = 0; i < headers->count; i++) {
        const struct vf_map_entry *header = &headers->items[i];
        if (!is_header(header)) {
            snprintf(problem, problem_size,
                     "header \"%.60s\" cannot be sent; a name has letters, digits and hyphens, and "
                     "a text is one line",
                     header->key);
            return -EINVAL;
        }
        if (vf_fields_check("headers", header->text, problem, problem_size))
            return -EINVAL;
    }
    return VF_OK;
}

static void make_line(char *field)
{
    for (; *field; field++) {
        if ((unsigned char)*field < ' ' || *field == 0x7f)
            *field = ' ';
    }
}

void vf_headers_print(struct vf_text *text, const struct vf_map *headers, const json_t *record,
                      const char *task)
{
    for (size_t i = 0; i < headers->count; i++) {
        const struct vf_map_entry *header = &headers->items[i];
        vf_text_append(text, header->key, strlen(header->key) + 1);
        vf_fields_print(text, header->text, record, task, make_line);
        vf_text_append(text, "", 1);
    }
}
