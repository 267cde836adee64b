# SPDX-License-Identifier: MIT
"""Numbered frames for tests of clips, and what became of them.

    clips.py make N           raw gray frames of 64x32, whose numbers from 0 are in 16 blocks
    clips.py numbers FILE...  the numbers of the frames in each file, one line a file: FIRST-LAST, or
                              all of them where they do not follow each other
    clips.py copied SOURCE FILE...
                              how many packets of each file are encoded, copied from SOURCE, as they
                              are and in a row, and encoded after that; exits 1 where others are, or
                              where a picture is not as long after the first as in SOURCE
    clips.py events LIST...   holds each event in a LIST that file_append has written against the
                              frames at the places that it tells; prints how many are right, and
                              exits 1 if one is not
"""
import json
import subprocess
import sys
import tempfile

import numpy

ROWS, COLUMNS, HEIGHT, WIDTH = 2, 8, 16, 8


def make(count):
    number = numpy.arange(count, dtype=numpy.uint32)
    bits = (number[:, None] >> numpy.arange(ROWS * COLUMNS)) & 1
    blocks = numpy.where(bits, 235, 16).astype(numpy.uint8).reshape(count, ROWS, COLUMNS)
    for begin in range(0, count, 500):
        part = blocks[begin:begin + 500].repeat(HEIGHT, 1).repeat(WIDTH, 2)
        sys.stdout.buffer.write(part.tobytes())


def numbers(paths):
    """Returns the numbers of the frames of each file: one ffmpeg is started for all."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["ffmpeg", "-v", "fatal", "-nostdin"]
        for path in paths:
            command += ["-threads", "1", "-i", path]
        for i in range(len(paths)):
            command += ["-map", f"{i}:v", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt",
                        "gray", f"{folder}/{i}"]
        subprocess.run(command, check=True)
        return [read(f"{folder}/{i}") for i in range(len(paths))]


def read(path):
    frames = numpy.fromfile(path, numpy.uint8).reshape(-1, ROWS, HEIGHT, COLUMNS, WIDTH)
    bits = frames[:, :, 4:12, :, 2:6].mean((2, 4)).reshape(-1, ROWS * COLUMNS) > 128
    return [int(number) for number in bits @ (1 << numpy.arange(ROWS * COLUMNS))]


def show_numbers(paths):
    for found in numbers(paths):
        follow = found == list(range(found[0], found[0] + len(found)))
        print(f"{found[0]}-{found[-1]}" if follow else found)


def packets(path):
    """Returns the hash of each packet of pictures, and when its picture is shown, in seconds."""
    said = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
                           "packet=pts_time,data_hash", "-show_data_hash", "MD5", "-of", "json",
                           path], stdout=subprocess.PIPE, check=True).stdout
    found = json.loads(said)["packets"]
    return [(packet["data_hash"], float(packet["pts_time"])) for packet in found]


def show_copied(source, paths):
    there = packets(source)
    hashes, times = [packet for packet, _ in there], sorted(time for _, time in there)
    for path, found in zip(paths, numbers(paths)):
        here = packets(path)
        same = [i for i, (packet, _) in enumerate(here) if packet in hashes]
        first, count = (same[0], len(same)) if same else (len(here), 0)
        begin = hashes.index(here[first][0]) if same else 0
        # Pictures of an open group that are shown before its key frame were encoded.
        rest = [packet for packet, time in there[begin:] if time >= there[begin][1]]
        assert [packet for packet, _ in here[first:first + count]] == rest[:count], path
        shown = sorted(time for _, time in here)
        for time, number in zip(shown, found):
            assert abs(time - shown[0] - times[number] + times[found[0]]) < 0.002, (path, number)
        print(f"{first} {count} {len(here) - first - count}")


def frames_of(event):
    """Yields each frame that an event names: its name, its number, and where it is to be found."""
    for side in "begin", "end":
        if event[side]:
            yield side, event[side]["number"] - 1, event["recording"][side]


def check_events(path):
    events = [json.loads(line)["value"] for line in open(path)]
    paths = sorted({place["file"] for event in events for _, _, place in frames_of(event) if place})
    files = dict(zip(paths, numbers(paths)))
    right = wrong = 0
    for event in events:
        for side, number, place in frames_of(event):
            found = place and files[place["file"]][place["frame"] - 1]
            right += found == number
            wrong += found != number
            if found != number:
                print(f"{side} is frame {number}, not {found}: {place}")
    print(f"{right} right, {wrong} wrong, in {len(files)} files")
    return wrong == 0 and right > 0


if sys.argv[1] == "make":
    make(int(sys.argv[2]))
elif sys.argv[1] == "numbers":
    show_numbers(sys.argv[2:])
elif sys.argv[1] == "copied":
    show_copied(sys.argv[2], sys.argv[3:])
else:
    sys.exit(not all([check_events(path) for path in sys.argv[2:]]))
