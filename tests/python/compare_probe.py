# SPDX-License-Identifier: MIT
"""compare_probe.py VFLOW FILE... - what vflow probe says of each file is what ffprobe says.

Prints each fact that differs, and exits 1 if there is one.
"""
import json
import subprocess
import sys

STREAM = {"codec": "codec_name", "profile": "profile", "type": "codec_type", "index": "index",
          "width": "width", "height": "height", "fps_exact": "avg_frame_rate",
          "base_fps_exact": "r_frame_rate", "pixel_format": "pix_fmt",
          "pixel_aspect": "sample_aspect_ratio", "sample_rate": "sample_rate",
          "channels": "channels", "layout": "channel_layout", "sample_format": "sample_fmt",
          "start": "start_time", "duration": "duration", "bit_rate": "bit_rate",
          "frames": "nb_frames"}
COLOUR = {"space": "color_space", "transfer": "color_transfer", "primaries": "color_primaries",
          "range": "color_range"}
FILE = {"container": "format_name", "start": "start_time", "duration": "duration", "size": "size",
        "bit_rate": "bit_rate"}


def ask(*words):
    return json.loads(subprocess.run(words, check=True, capture_output=True).stdout)


def same(ours, theirs):
    if theirs in (None, "unknown", "0/0", "N/A", "0:1"):
        return ours in (None, 0)
    if isinstance(ours, float):
        return abs(ours - float(theirs)) < 1e-5
    return str(ours) == str(theirs)


def differences(names, ours, theirs):
    for name, other in names.items():
        if not same(ours.get(name), theirs.get(other)):
            yield "%s: %s, not %s" % (name, ours.get(name), theirs.get(other))


def rotation(stream):
    for side in stream.get("side_data_list", []):
        if "rotation" in side:
            return -int(side["rotation"]) % 360
    return 0


def dispositions(stream):
    return sorted(word for word, is_set in stream["disposition"].items() if is_set)


def stream_differences(ours, theirs):
    names = dict(STREAM)
    if ours["type"] != "video":
        for name in ("fps_exact", "base_fps_exact", "frames", "width", "height"):
            names.pop(name)
    if "layout" not in theirs and "channel_layout" not in theirs:
        names.pop("layout")
    yield from differences(names, ours, theirs)
    yield from differences(COLOUR, ours.get("colour", {}), theirs)
    if ours["type"] == "video" and ours["rotation"] != rotation(theirs):
        yield "rotation: %s, not %s" % (ours["rotation"], rotation(theirs))
    if sorted(ours.get("disposition", [])) != dispositions(theirs):
        yield "disposition: %s" % ours.get("disposition")
    if ours.get("tags", {}) != theirs.get("tags", {}):
        yield "tags: %s, not %s" % (ours.get("tags"), theirs.get("tags"))


def key_differences(path, streams):
    """Key frames, which ffprobe shows packet by packet."""
    for stream in streams:
        if stream["type"] != "video" or "key_frames" not in stream:
            continue
        found = ask("ffprobe", "-v", "error", "-of", "json", "-show_entries", "packet=flags",
                    "-select_streams", str(stream["index"]), path)["packets"]
        keys = sum("K" in packet["flags"] for packet in found)
        if stream["key_frames"] != keys:
            yield "key_frames: %s, not %s" % (stream["key_frames"], keys)
        if stream.get("frames") not in (None, len(found)):
            yield "frames: %s, not %s packets" % (stream["frames"], len(found))


def compare(vflow, path):
    ours = ask(vflow, "probe", "--json", path)[0]
    counted = ask(vflow, "probe", "--json", "--keys", path)[0]
    theirs = ask("ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams",
                 "-show_chapters", path)
    yield from differences(FILE, ours, theirs["format"])
    if ours.get("tags", {}) != theirs["format"].get("tags", {}):
        yield "tags: %s" % ours.get("tags")
    if len(ours["streams"]) != len(theirs["streams"]):
        yield "%d streams" % len(ours["streams"])
    for mine, other in zip(ours["streams"], theirs["streams"]):
        for difference in stream_differences(mine, other):
            yield "stream %d: %s" % (mine["index"], difference)
    chapters = [(c["start"], c.get("title")) for c in ours.get("chapters", [])]
    if chapters != [(float(c["start_time"]), c.get("tags", {}).get("title"))
                    for c in theirs["chapters"]]:
        yield "chapters: %s" % chapters
    yield from key_differences(path, ours["streams"])
    yield from key_differences(path, counted["streams"])
    if not all("frames" in s for s in counted["streams"] if s["type"] == "video"):
        yield "--keys counts no frames"


status = 0
for name in sys.argv[2:]:
    for line in compare(sys.argv[1], name):
        print("%s: %s" % (name, line))
        status = 1
sys.exit(status)
