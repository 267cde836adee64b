#!/bin/sh
# SPDX-License-Identifier: MIT
# page_files.sh FILE... - prints a file in C with the files of the page of a run: page.h.
set -eu
type_of () {
	case $1 in
	*.html) echo 'text/html; charset=utf-8' ;;
	*.css) echo 'text/css; charset=utf-8' ;;
	*.js) echo 'text/javascript; charset=utf-8' ;;
	*.json) echo 'application/json' ;;
	*.svg) echo 'image/svg+xml' ;;
	*) echo "page_files: $1 has no type" >&2 && exit 1 ;;
	esac
}
echo '#include "engine/web/page.h"'
number=0
for file
do
	printf 'static const unsigned char file_%d[] = {\n' "$number"
	od -An -v -tx1 "$file" | sed 's/ \(..\)/0x\1,/g'
	echo '};'
	number=$((number + 1))
done
echo 'const struct vf_web_page_file vf_web_page_files[] = {'
number=0
for file
do
	type=$(type_of "$file")
	printf '    {"/%s", "%s", file_%d, sizeof(file_%d)},\n' "${file##*/}" "$type" "$number" "$number"
	number=$((number + 1))
done
printf '    {0},\n};\n'
