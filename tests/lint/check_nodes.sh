#!/bin/sh
# SPDX-License-Identifier: MIT
# check_nodes.sh - each node stands in the file that has its name, and in nodes/node_table.h.
status=0

refuse () {
	echo "$1: $2"
	status=1
}

for file in nodes/*/*.c
do
	grep -q '^const struct vf_node vf_node_' "$file" || continue
	name=$(basename "$file" .c)
	test "$(grep '^const struct vf_node vf_node_' "$file")" = "const struct vf_node vf_node_$name = {" ||
		refuse "$file" "does not define vf_node_$name alone"
	grep -q "NODE([a-z]*, $name)" nodes/node_table.h || refuse "$file" 'not listed in nodes/node_table.h'
done
exit $status
