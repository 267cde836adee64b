/* SPDX-License-Identifier: MIT */
#include "engine/wire/complaint.h"

#include <stdarg.h>
#include <stdio.h>

int vf_complain(struct vf_complaint *complaint, int err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (complaint)
        vsnprintf(complaint->text, sizeof(complaint->text), format, arguments);
    va_end(arguments);
    return err;
}
