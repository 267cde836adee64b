# SPDX-License-Identifier: MIT
"""What can be told of a file: what ffprobe says, its pictures, and where its sound is; and how two
files differ in that."""

import array
import json
import os
import subprocess

LIMIT_S = 60
FARTHEST_MS = 240                # how far sound is looked for
OFFSET_MS = 5                    # how far sound may be from where it belongs
TIME_S = 0.0021                  # of a picture: two roundings to a millisecond
START_S = 0.05
ALIKE = 0.9                      # correlation of loudness

STREAM_FACTS = ("width", "height", "sample_aspect_ratio", "field_order", "color_range",
                "color_space", "color_transfer", "color_primaries", "channels", "sample_rate")
# What a muxer, an encoder or a container says by itself, or by its own measure.
OWN_TAGS = {"encoder", "major_brand", "minor_version", "compatible_brands", "duration",
            "creation_time", "handler_name", "vendor_id", "_statistics_writing_app",
            "_statistics_writing_date_utc", "_statistics_tags", "bps", "number_of_frames",
            "number_of_bytes", "variant_bitrate", "file_package_umid", "uid", "generation_uid",
            "modification_date", "material_package_umid", "toolkit_version", "product_uid"}


def run(command, folder):
    """Returns the exit status, what it wrote and what it said."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return "hangs", b"", ""
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def probe(path, folder):
    """Returns what ffprobe says of a file; {}: it cannot be read."""
    _, text, _ = run(["ffprobe", "-v", "error", "-show_format", "-show_streams", "-show_chapters",
                      "-of", "json", "file:" + path], folder)
    try:
        told = json.loads(text or "{}")
    except ValueError:
        return {}
    return told if told.get("streams") else {}


def pictures_of(path):
    """Returns the times and the hashes of a list of `-f framemd5`."""
    times, hashes, second = [], [], 1
    if not os.path.exists(path):
        return times, hashes
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#tb 0:"):
                num, den = line.split(":")[1].split("/")
                second = int(den) / int(num)
            elif not line.startswith("#"):
                words = line.split(",")
                times.append(int(words[2]) / second)
                hashes.append(words[5].strip())
    return times, hashes


def loudness(samples_path, list_path):
    """Returns how loud each millisecond is: of mono samples, and a list of them of `-f framecrc`,
    which says when they are heard."""
    with open(samples_path, "rb") as file:
        samples = array.array("h", file.read())
    loud, place, rate = [], 0, 1
    with open(list_path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#sample_rate"):
                rate = int(line.split(":")[1])
            elif line.startswith("#tb 0:"):
                num, den = map(int, line.split(":")[1].split("/"))
            elif not line.startswith("#"):
                words = line.split(",")
                part = samples[place:place + int(words[4]) // 2]
                place += len(part)
                _add_loudness(loud, part, 1000 * int(words[2]) * num / den, 1000 / rate)
    return loud


def _add_loudness(loud, samples, begin_ms, sample_ms):
    at = 0
    while at < len(samples):
        ms = begin_ms + at * sample_ms
        end = max(at + 1, round((int(ms + 0.001) + 1 - begin_ms) / sample_ms))
        if ms >= 0:
            loud.extend([0] * (int(ms + 0.001) + 1 - len(loud)))
            loud[int(ms + 0.001)] += sum(map(abs, samples[at:end])) * sample_ms
        at = end


def is_cover(stream):
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _tags(of):
    return {name.lower(): value for name, value in of.get("tags", {}).items()
            if name.lower() not in OWN_TAGS and not name.lower().startswith("id3v2_priv")}


def _side_data(of):
    """The sorts of side data, and what they have."""
    own = ("CPB properties", "Skip Samples")
    told = []
    for one in of.get("side_data_list", []):
        if one.get("side_data_type") not in own:
            told.append(" ".join(str(one[name]) for name in sorted(one)
                                 if name not in ("max_bitrate", "buffer_size")).replace("\n", " "))
    return sorted(told)


def facts_of(path, folder, mark):
    """Returns a dictionary of all that is compared of a file. Leaves what it makes in the folder,
    named by the mark."""
    told = probe(path, folder)
    if not told:
        return {}
    facts = {"start": float(told["format"].get("start_time", 0)), "tags": _tags(told["format"]),
             "chapters": [(round(float(one["start_time"]), 2), round(float(one["end_time"]), 2),
                           one.get("tags", {}).get("title")) for one in told["chapters"]]}
    streams = [one for one in told["streams"] if one.get("codec_type") != "data"]
    facts["tracks"] = sorted(f"{one['codec_type']}:{one.get('codec_name')}"
                             for one in streams)
    outs, sounds = [], 0
    numbers = {}
    for one in streams:
        sort = "cover" if is_cover(one) else one["codec_type"]
        number = numbers[sort] = numbers.get(sort, -1) + 1
        name = f"{sort}[{number}]."
        facts[name + "tags"] = _tags(one)
        facts[name + "dispositions"] = sorted(k for k, v in one["disposition"].items() if v)
        facts[name + "side_data"] = _side_data(one)
        for fact in STREAM_FACTS if sort in ("video", "audio") else ():
            if one.get(fact) is not None:
                facts[name + fact] = one[fact]
        if sort == "video" and number == 0:
            outs += ["-map", "0:" + str(one["index"]), "-c:v", "rawvideo", "-fps_mode", "passthrough",
                     "-f", "framemd5", mark + ".pictures"]
        if sort == "audio":
            for sort, ending in (("s16le", "sound"), ("framecrc", "list")):
                outs += ["-map", "0:" + str(one["index"]), "-c:a", "pcm_s16le", "-ac", "1", "-f",
                         sort, f"{mark}.{ending}{number}"]
            sounds += 1
    if outs:
        status, _, said = run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", "file:" + path,
                               *outs], folder)
        facts["decoding"] = [status] if status else []
    base = os.path.join(folder, mark)
    facts["times"], facts["hashes"] = pictures_of(base + ".pictures")
    facts["sounds"] = [loudness(f"{base}.sound{number}", f"{base}.list{number}")
                       for number in range(sounds) if os.path.exists(f"{base}.list{number}")]
    facts["frame_side_data"] = _frame_side_data(path, folder) if facts["times"] else []
    return facts


def _frame_side_data(path, folder):
    _, text, _ = run(["ffprobe", "-v", "error", "-select_streams", "V:0", "-show_frames",
                      "-read_intervals", "%+#5", "-show_entries", "frame=side_data", "-of", "json",
                      "file:" + path], folder)
    kinds = set()
    try:
        frames = json.loads(text or "{}").get("frames", [])
    except ValueError:
        return []
    for frame in frames:
        for one in frame.get("side_data_list", []):
            kinds.add(one.get("side_data_type", ""))
    return sorted(kinds - {"H.26[45] User Data Unregistered SEI message", "GOP timecode",
                           "QP table data", "QP table properties", "Video encoding parameters"})


def _lag(ours, theirs):
    """Returns by how many milliseconds the first sound comes after the second, and how alike they
    are then."""
    mean_a, mean_b = sum(ours) / len(ours), sum(theirs) / len(theirs)
    a, b = [x - mean_a for x in ours], [x - mean_b for x in theirs]
    power = (sum(x * x for x in a) * sum(x * x for x in b)) ** 0.5
    if not power:
        return 0, 1.0 if not any(a) and not any(b) else 0.0
    def alike(lag):
        pairs = zip(a[lag:], b) if lag >= 0 else zip(a, b[-lag:])
        return sum(x * y for x, y in pairs) / power
    best = max((alike(lag), -abs(lag), lag) for lag in range(-8, 9))
    if best[0] < ALIKE:
        best = max((alike(lag), -abs(lag), lag) for lag in range(-FARTHEST_MS, FARTHEST_MS + 1, 2))
    return best[2], best[0]


def differences_of_pictures(ours, theirs, with_hashes):
    """Yields (field, what) for pictures, by their times and hashes."""
    times, hashes = ours
    their_times, their_hashes = theirs
    if len(times) != len(their_times):
        yield "frames", f"{len(times)}, ffmpeg {len(their_times)}"
    elif times:
        far, at = max((abs(t - u), i) for i, (t, u) in enumerate(zip(times, their_times)))
        if far > TIME_S:
            yield "times", f"frame {at} at {times[at]:.4f} s, ffmpeg {their_times[at]:.4f} s"
    if with_hashes and hashes != their_hashes:
        length = min(len(hashes), len(their_hashes))
        first = next((i for i in range(length) if hashes[i] != their_hashes[i]), length)
        if first < length or len(times) == len(their_times):
            same = sum(x == y for x, y in zip(hashes, their_hashes))
            yield "hashes", f"from frame {first} on; {same} of {len(their_hashes)} are the same"


def differences_of_sound(ours, theirs, length_ms):
    for number, (sound, their_sound) in enumerate(zip(ours, theirs)):
        if bool(sound) != bool(their_sound):
            yield f"sound[{number}].length", f"{len(sound)} ms, ffmpeg {len(their_sound)} ms"
        if not sound or not their_sound:
            continue
        if abs(len(sound) - len(their_sound)) > length_ms:
            yield f"sound[{number}].length", f"{len(sound)} ms, ffmpeg {len(their_sound)} ms"
        lag, alike = _lag(sound, their_sound)
        if abs(lag) > OFFSET_MS:
            yield f"sound[{number}].offset", f"{lag:+d} ms ({alike:.2f} alike)"
        elif alike < ALIKE:
            yield f"sound[{number}].content", f"{alike:.2f} alike"


def differences(ours, theirs, with_hashes, length_ms):
    """Yields (field, what) for each difference between two files."""
    for field in sorted(set(ours) | set(theirs)):
        if field in ("times", "hashes", "sounds", "start"):
            continue
        mine, other = ours.get(field), theirs.get(field)
        if mine != other:
            yield field, f"{_short(mine)}, ffmpeg {_short(other)}"
    yield from differences_of_pictures((ours["times"], ours["hashes"]),
                                       (theirs["times"], theirs["hashes"]), with_hashes)
    yield from differences_of_sound(ours["sounds"], theirs["sounds"], length_ms)
    if abs(ours["start"] - theirs["start"]) > START_S:
        yield "start", f"{ours['start']:.3f} s, ffmpeg {theirs['start']:.3f} s"


def _short(value):
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    return text if len(text) <= 160 else text[:157] + "..."
