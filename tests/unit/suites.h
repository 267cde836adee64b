/* SPDX-License-Identifier: MIT */
/* suites.h - every unit suite; a new one is one line here. */
SUITE(text)
