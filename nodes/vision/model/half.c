/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/half.h"

#include <math.h>

#define SIGN 0x8000U
#define INFINITE 0x7c00U
#define NOT_A_NUMBER 0x7e00U
#define LEAST_EXPONENT (-24) /* of the smallest number, whose bits are 1 */

uint16_t vf_half_from_float(float number)
{
    unsigned sign = signbit(number) ? SIGN : 0;
    double size = fabs((double)number);
    if (isnan(number))
        return (uint16_t)(sign | NOT_A_NUMBER);
    if (size == 0)
        return (uint16_t)sign;
    if (size >= 65520)
        return (uint16_t)(sign | INFINITE);
    int exponent;
    (void)frexp(size, &exponent); /* size is below 2 to the exponent, with 11 bits of its own */
    int step = exponent - 11 < LEAST_EXPONENT ? LEAST_EXPONENT : exponent - 11;
    double steps = nearbyint(ldexp(size, -step));
    /* Counted in steps, all numbers are in one row: the next power of two follows by itself. */
    unsigned bits = (unsigned)steps + (unsigned)(step - LEAST_EXPONENT) * 1024U;
    return (uint16_t)(sign | bits);
}

float vf_half_to_float(uint16_t half)
{
    unsigned exponent = (half & INFINITE) >> 10, fraction = half & 0x3ffU;
    double size = exponent == 31  ? (fraction ? (double)NAN : (double)INFINITY)
                  : exponent == 0 ? ldexp(fraction, LEAST_EXPONENT)
                                  : ldexp(1024 + fraction, LEAST_EXPONENT - 1 + (int)exponent);
    return (float)(half & SIGN ? -size : size);
}
