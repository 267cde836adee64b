/* SPDX-License-Identifier: MIT */
#include "nodes/write/size_text.h"

#include <stdio.h>

const char *vf_size_text(char *text, int64_t bytes)
{
    text[0] = '\0';
    if (bytes >= 1000000)
        snprintf(text, VF_SIZE_TEXT, ", %.1f MB", (double)bytes / 1e6);
    else if (bytes >= 0)
        snprintf(text, VF_SIZE_TEXT, ", %.1f kB", (double)bytes / 1e3);
    return text;
}
