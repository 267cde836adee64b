/* SPDX-License-Identifier: MIT */
/* suites.h - every unit suite; a new one is one line here. */
SUITE(command_line)
SUITE(log)
SUITE(text)
