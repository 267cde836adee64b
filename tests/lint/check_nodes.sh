#!/bin/sh
# SPDX-License-Identifier: MIT
# check_nodes.sh - every node file defines the node it is named after, and is listed.
status=0
for file in nodes/*/*.c
do
	name=$(basename "$file" .c)
	if ! grep -q "^const struct vf_node vf_node_$name = {" "$file"
	then
		echo "$file: does not define vf_node_$name"
		status=1
	fi
	if ! grep -q "NODE([a-z]*, $name)" nodes/node_table.h
	then
		echo "$file: not listed in nodes/node_table.h"
		status=1
	fi
done
exit $status
