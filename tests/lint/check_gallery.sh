#!/bin/sh
# SPDX-License-Identifier: MIT
# check_gallery.sh README - each picture of the page of flows belongs to a flow, is there, is small, and
# can be made anew; and there are no others.
readme=$1
folder=${readme%/*}
status=0

refuse () {
	echo "$1: $2"
	status=1
}

names=$(sed -n 's,^!\[\([a-z_0-9]*\)\](pictures/\1\.jpg)$,\1,p' "$readme")
test "$(grep -c '^!\[' "$readme")" -eq "$(echo "$names" | wc -l)" ||
	refuse "$readme" 'a picture is not ![NAME](pictures/NAME.jpg)'
for name in $names
do
	picture=$folder/pictures/$name.jpg
	test -f "$folder/$name.yaml" || refuse "$readme" "there is no flow $name"
	grep -qx "## $name" "$readme" || refuse "$readme" "there is no section $name"
	grep -q "^    vflow run @$name " "$readme" || refuse "$readme" "the command of $name is missing"
	grep -qx "$name () {" "$folder/pictures/make.sh" ||
		refuse "$folder/pictures/make.sh" "it does not make $name.jpg"
	if test ! -s "$picture"
	then
		refuse "$picture" 'it is missing'
	elif test "$(wc -c <"$picture")" -gt 40960
	then
		refuse "$picture" 'it is larger than 40 kB'
	fi
done
for picture in "$folder"/pictures/*.jpg
do
	name=$(basename "$picture" .jpg)
	echo "$names" | grep -qx "$name" || refuse "$picture" "$readme does not show it"
done
exit $status
