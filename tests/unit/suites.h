/* SPDX-License-Identifier: MIT */
/* suites.h - every unit suite; a new one is one line here. */
SUITE(command_line)
SUITE(flow_file)
SUITE(flow_variables)
SUITE(log)
SUITE(option)
SUITE(text)
