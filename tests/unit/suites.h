/* SPDX-License-Identifier: MIT */
/* suites.h - every unit suite; a new one is one line here. */
SUITE(command_line)
SUITE(diagnostics)
SUITE(flow_check)
SUITE(flow_file)
SUITE(flow_plan)
SUITE(flow_variables)
SUITE(log)
SUITE(option)
SUITE(reference)
SUITE(text)
