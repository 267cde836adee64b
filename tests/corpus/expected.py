# SPDX-License-Identifier: MIT
"""Differences from ffmpeg that are meant, or known. Each is one of the items under DIFFERENCES FROM
FFMPEG in vflow-nodes(7), which has the reason."""

import re
from collections import namedtuple
from fnmatch import fnmatchcase

MANUAL = "man/vflow-nodes.head.7"

# kind, flow, field: patterns of fnmatch. item: of the manual.
Row = namedtuple("Row", "kind flow field item")

ROWS = [
    Row("*.ts", "copy", "start", "start of MPEG-TS"),
    Row("*.m2ts", "copy", "start", "start of MPEG-TS"),
    Row("*.m3u8", "copy", "start", "start of MPEG-TS"),
    Row("twice*", "*", "times", "jumps"),
    Row("twice*", "*", "sound*", "jumps"),
    Row("discontinuity.m3u8", "*", "times", "jumps"),
    Row("discontinuity.m3u8", "*", "sound*", "jumps"),
    Row("*_change*.ts", "*", "exit", "exit status"),
    Row("two_edits.mp4", "copy", "sound*.content", "edit lists"),
    Row("fragments_by_frame.mp4", "copy", "sound*.content", "edit lists"),
    Row("two_edits.mp4", "remux", "sound*", "edit lists"),
    Row("fragments_by_frame.mp4", "remux", "sound*", "edit lists"),
    Row("one_edit.mp4", "remux", "*", "edit lists"),
    Row("edits_backwards.mp4", "remux", "*", "edit lists"),
    Row("cut_by_copy.mp4", "remux", "sound*", "edit lists"),
    Row("before_zero.mkv", "copy", "times", "pictures without times"),
    Row("before_zero.mkv", "remux", "frames", "times"),
    Row("before_zero.mkv", "remux", "hashes", "times"),
    Row("cover.*", "remux", "*", "covers"),
    Row("*_change*.ts", "remux", "sound*", "changes of sound"),
    Row("mpeg2.m2v", "remux", "times", "pictures without times"),
    Row("h264.h264", "remux", "*", "pictures without times"),
    Row("hevc.hevc", "remux", "*", "pictures without times"),
    Row("hdr10.*", "encode", "video*.side_data", "HDR10 and 3D"),
    Row("stereo_3d.mkv", "*", "*side_data", "HDR10 and 3D"),
    Row("stereo_3d.mkv", "encode", "hashes", "HDR10 and 3D"),
    Row("sound_rate*", "encode", "audio*.sample_rate", "sample rates"),
    Row("*vorbis.og?", "encode", "sound*.content", "gaps in sound"),
    Row("lpcm.vob", "copy", "sound*.content", "packets without times"),
]


def find(kind, flow, field):
    """Returns the row that expects a difference; None: nobody does."""
    for row in ROWS:
        if (fnmatchcase(kind, row.kind) and fnmatchcase(flow, row.flow)
                and fnmatchcase(field, row.field)):
            return row
    return None


def without_reason():
    """Returns the items that the manual lacks."""
    with open(MANUAL, encoding="utf-8") as file:
        section = file.read().split(".Sh DIFFERENCES FROM FFMPEG\n")[1].split("\n.Sh ")[0]
    items = set(re.findall(r"^\.It (.*)$", section, re.MULTILINE))
    return sorted({row.item for row in ROWS} - items)
