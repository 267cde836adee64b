/* SPDX-License-Identifier: MIT */
#include "engine/message/array_items.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "engine/base/array.h"

size_t vf_array_item_size(const char *dtype)
{
    static const char *const known[] = {"b1", "i1", "i2", "i4", "i8", "u1",
                                        "u2", "u4", "u8", "f2", "f4", "f8"};
    if (!dtype[0] || !strchr("<>|", dtype[0]))
        return 0;
    for (size_t i = 0; i < VF_COUNT(known); i++) {
        if (strcmp(dtype + 1, known[i]) == 0)
            return (size_t)(dtype[2] - '0');
    }
    return 0;
}

static uint64_t load(const uint8_t *bytes, size_t size, bool is_big)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits = bits << 8 | bytes[is_big ? i : size - 1 - i];
    return bits;
}

/* IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
static double read_half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double size;
    if (exponent == 31)
        size = fraction ? (double)NAN : (double)INFINITY;
    else if (exponent)
        size = ldexp(1024 + fraction, exponent - 25);
    else
        size = ldexp(fraction, -24);
    return bits >> 15 ? -size : size;
}

static double read_float(uint64_t bits, size_t size)
{
    if (size == 2)
        return read_half((uint16_t)bits);
    if (size == 4) {
        uint32_t narrow = (uint32_t)bits;
        float real;
        memcpy(&real, &narrow, sizeof(real));
        return (double)real;
    }
    double real;
    memcpy(&real, &bits, sizeof(real));
    return real;
}

static int64_t read_signed(uint64_t bits, size_t size)
{
    unsigned unused = 64 - 8 * (unsigned)size;
    return (int64_t)(bits << unused) >> unused;
}

static double read_item(char kind, uint64_t bits, size_t size)
{
    if (kind == 'f')
        return read_float(bits, size);
    if (kind == 'i')
        return (double)read_signed(bits, size);
    return kind == 'b' ? bits != 0 : (double)bits;
}

void vf_array_items_read(double *items, const char *dtype, const uint8_t *bytes, size_t count)
{
    size_t size = vf_array_item_size(dtype);
    for (size_t i = 0; i < count; i++)
        items[i] = read_item(dtype[1], load(bytes + i * size, size, dtype[0] == '>'), size);
}

bool vf_array_item_whole(int64_t *whole, const char *dtype, const uint8_t *bytes)
{
    size_t size = vf_array_item_size(dtype);
    if (size == 0 || dtype[1] == 'f')
        return false;
    uint64_t bits = load(bytes, size, dtype[0] == '>');
    if (dtype[1] != 'i' && bits > INT64_MAX)
        return false;
    *whole = dtype[1] == 'i' ? read_signed(bits, size) : (int64_t)bits;
    return true;
}
