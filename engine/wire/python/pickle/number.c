/* SPDX-License-Identifier: MIT */
#include "engine/wire/python/pickle/number.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Big integers are limbs of 32 bits, the lowest first; decimal goes by groups of nine digits. */
#define GROUP_DIGITS 9
#define GROUP 1000000000u
#define MAX_LIMBS (VF_DECIMAL_MAX_DIGITS * 10 / 96 + 2) /* one holds more than 9.6 digits */
#define MAX_GROUPS (VF_DECIMAL_MAX_DIGITS / GROUP_DIGITS + 2)
#define MAX_FLOAT 64

struct limbs {
    uint32_t items[MAX_LIMBS];
    size_t count;
};

static void multiply_and_add(struct limbs *limbs, uint32_t factor, uint32_t summand)
{
    uint64_t carry = summand;
    for (size_t i = 0; i < limbs->count; i++) {
        carry += (uint64_t)limbs->items[i] * factor;
        limbs->items[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        limbs->items[limbs->count++] = (uint32_t)carry;
}

/* Returns the remainder. */
static uint32_t divide(struct limbs *limbs, uint32_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = limbs->count; i-- > 0;) {
        rest = rest << 32 | limbs->items[i];
        limbs->items[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    while (limbs->count && !limbs->items[limbs->count - 1])
        limbs->count--;
    return (uint32_t)rest;
}

static void negate(uint8_t *bytes, size_t length)
{
    unsigned carry = 1;
    for (size_t i = 0; i < length; i++) {
        carry += (uint8_t)~bytes[i];
        bytes[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

static struct vf_plain *make_integer(struct vf_plain_tree *tree, const struct limbs *limbs,
                                     bool is_negative)
{
    uint8_t bytes[4 * MAX_LIMBS + 1] = {0}; /* one byte more, for the sign */
    size_t length = 4 * limbs->count + 1;
    for (size_t i = 0; i + 1 < length; i++)
        bytes[i] = (uint8_t)(limbs->items[i / 4] >> (8 * (i % 4)));
    if (is_negative)
        negate(bytes, length);
    return vf_plain_integer_from_bytes(tree, bytes, length);
}

int vf_decimal_read(struct vf_plain_tree *tree, const char *text, size_t length,
                    struct vf_plain **value)
{
    bool is_negative = length && text[0] == '-';
    size_t i = is_negative || (length && text[0] == '+');
    if (i == length)
        return -EINVAL;
    while (length - i > 1 && text[i] == '0')
        i++;
    if (length - i > VF_DECIMAL_MAX_DIGITS)
        return -EMSGSIZE;
    struct limbs limbs = {.count = 0};
    while (i < length) {
        uint32_t factor = 1, group = 0;
        for (; i < length && factor < GROUP; i++, factor *= 10) {
            if (text[i] < '0' || text[i] > '9')
                return -EINVAL;
            group = 10 * group + (uint32_t)(text[i] - '0');
        }
        multiply_and_add(&limbs, factor, group);
    }
    *value = make_integer(tree, &limbs, is_negative);
    return *value ? VF_OK : -ENOMEM;
}

/* Fills `limbs` with the magnitude of a big integer. */
static int read_magnitude(struct limbs *limbs, const struct vf_plain *value, bool *is_negative)
{
    uint8_t bytes[4 * MAX_LIMBS];
    if (value->length > sizeof(bytes))
        return -EMSGSIZE;
    *is_negative = value->bytes[value->length - 1] & 0x80;
    memset(bytes, *is_negative ? 0xff : 0, sizeof(bytes));
    memcpy(bytes, value->bytes, value->length);
    if (*is_negative)
        negate(bytes, sizeof(bytes));
    for (size_t i = 0; i < MAX_LIMBS; i++) {
        const uint8_t *limb = bytes + 4 * i;
        limbs->items[i] =
            (uint32_t)limb[3] << 24 | (uint32_t)limb[2] << 16 | (uint32_t)limb[1] << 8 | limb[0];
        if (limbs->items[i])
            limbs->count = i + 1;
    }
    return VF_OK;
}

int vf_decimal_print(struct vf_text *text, const struct vf_plain *value)
{
    if (value->kind == VF_PLAIN_INTEGER) {
        vf_text_print(text, "%" PRId64, value->integer);
        return VF_OK;
    }
    struct limbs limbs = {.count = 0};
    bool is_negative;
    int err = read_magnitude(&limbs, value, &is_negative);
    if (err)
        return err;
    uint32_t groups[MAX_GROUPS];
    size_t count = 0;
    do {
        if (count == MAX_GROUPS)
            return -EMSGSIZE;
        groups[count++] = divide(&limbs, GROUP);
    } while (limbs.count);
    char first[GROUP_DIGITS + 2];
    int first_digits = snprintf(first, sizeof(first), "%" PRIu32, groups[count - 1]);
    if ((size_t)first_digits + GROUP_DIGITS * (count - 1) > VF_DECIMAL_MAX_DIGITS)
        return -EMSGSIZE;
    vf_text_print(text, "%s%s", is_negative ? "-" : "", first);
    while (--count)
        vf_text_print(text, "%09" PRIu32, groups[count - 1]);
    return VF_OK;
}

int vf_float_read(const char *text, size_t length, double *value)
{
    char copy[MAX_FLOAT], *end;
    if (!length || length >= sizeof(copy))
        return -EINVAL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    bool is_special = !strcmp(copy, "inf") || !strcmp(copy, "-inf") || !strcmp(copy, "nan") ||
                      !strcmp(copy, "-nan");
    /* strtod() also knows hexadecimal numbers and blanks in front. */
    if (!is_special && strspn(copy, "0123456789+-.eE") != length)
        return -EINVAL;
    *value = strtod(copy, &end);
    return end == copy + length ? VF_OK : -EINVAL;
}

void vf_float_print(struct vf_text *text, double value)
{
    if (isfinite(value))
        vf_text_print_real(text, value);
    else
        vf_text_print(text, "%s", isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
}
