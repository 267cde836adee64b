# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# cascades.sh - small cascades for tests, and whether there is what finds by them. Source it after
# harness.sh.

# shellcheck disable=SC2034 # for those who source this
has_opencv=yes
test -e "${VFLOW%/*}/modules/opencv.so" || has_opencv=

# features haar|lbp: prints those of a cascade: a white square in the middle of black, and white at the
# left of black.
features () {
	if test "$1" = haar
	then
		echo '<_><rects><_>0 0 12 12 -1.</_><_>3 3 6 6 4.</_></rects></_>'
		echo '<_><rects><_>0 0 12 12 -1.</_><_>0 0 6 12 2.</_></rects></_>'
	else
		echo '<_><rect>0 0 4 4</rect></_>'
	fi
}

# tree haar|lbp FEATURE: prints the one that passes what has the feature.
tree () {
	if test "$1" = haar
	then
		test "$2" = 0 && least=1.6 || least=1.2
		echo "<internalNodes>0 -1 $2 $least</internalNodes><leafValues>0. 1.</leafValues>"
	else
		# All around the square is darker: only the pattern 0 passes.
		echo '<internalNodes>0 -1 0 1 0 0 0 0 0 0 0</internalNodes><leafValues>1. 0.</leafValues>'
	fi
}

# cascade haar|lbp [FEATURE]: prints a cascade, of a window of 12 x 12.
cascade () {
	case $1 in
	haar) categories=0 ;;
	*) categories=256 ;;
	esac
	cat <<-END
	<?xml version="1.0"?>
	<opencv_storage>
	<cascade>
	<stageType>BOOST</stageType>
	<featureType>$(echo "$1" | tr "[:lower:]" "[:upper:]")</featureType>
	<height>12</height>
	<width>12</width>
	<stageParams><maxWeakCount>1</maxWeakCount></stageParams>
	<featureParams><maxCatCount>$categories</maxCatCount></featureParams>
	<stageNum>1</stageNum>
	<stages><_>
	<maxWeakCount>1</maxWeakCount>
	<stageThreshold>0.5</stageThreshold>
	<weakClassifiers><_>$(tree "$1" "${2:-0}")</_></weakClassifiers>
	</_></stages>
	<features>
	$(features "$1")
	</features>
	</cascade>
	</opencv_storage>
	END
}

# cascade_files NAME...: writes the same ones as if they were those that OpenCV comes with, and has them
# found.
cascade_files () {
	mkdir -p cascades
	for name
	do
		cascade haar >"cascades/haarcascade_$name.xml"
	done
	VFLOW_CASCADES=$PWD/cascades
	export VFLOW_CASCADES
}
