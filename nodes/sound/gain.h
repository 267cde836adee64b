/* SPDX-License-Identifier: MIT */
/* gain.h - how much louder: "0.5", "-6dB". */
#ifndef VF_NODES_SOUND_GAIN_H
#define VF_NODES_SOUND_GAIN_H

#include <stdbool.h>

/* Reads a factor, or decibels where "dB" follows: 20 times the logarithm of the factor, to base 10.
 * Returns whether it is one from 0 to 1000. */
bool vf_gain_read(const char *text, double *factor);

#endif
