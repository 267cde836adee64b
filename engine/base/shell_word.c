/* SPDX-License-Identifier: MIT */
#include "engine/base/shell_word.h"

#include <stdbool.h>
#include <string.h>

static bool is_plain(const char *word)
{
    for (const char *byte = word; *byte; byte++) {
        bool is_letter =
            ((*byte | 0x20) >= 'a' && (*byte | 0x20) <= 'z') || (*byte >= '0' && *byte <= '9');
        if (!is_letter && !strchr("-_./=:,@+%", *byte))
            return false;
    }
    return *word != '\0';
}

void vf_shell_word(struct vf_text *out, const char *word)
{
    if (is_plain(word)) {
        vf_text_print(out, "%s", word);
        return;
    }
    vf_text_print(out, "'");
    for (const char *byte = word; *byte; byte++)
        vf_text_print(out, *byte == '\'' ? "'\\''" : "%c", *byte);
    vf_text_print(out, "'");
}
