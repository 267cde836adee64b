/* SPDX-License-Identifier: MIT */
#include "nodes/sound/gain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LARGEST 1000.0

bool vf_gain_read(const char *text, double *factor)
{
    static const char digits[] = "+-.0123456789";
    size_t length = strspn(text, digits);
    char *end;
    double value = strtod(text, &end);
    if (!length || end != text + length)
        return false;
    end += strspn(end, " ");
    bool is_decibels = strcasecmp(end, "dB") == 0;
    if (*end && !is_decibels)
        return false;
    *factor = is_decibels ? pow(10, value / 20) : value;
    return *factor >= 0 && *factor <= LARGEST;
}
