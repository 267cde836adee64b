# SPDX-License-Identifier: MIT
"""What is done to a file that ffmpeg has made, to have one that ffmpeg does not make."""

import os
import shlex
import struct
import subprocess


def read(path):
    with open(path, "rb") as file:
        return bytearray(file.read())


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def ffmpeg(words, folder):
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def again(options, before=""):
    """Has ffmpeg write the file again, such as with `-c copy -ss 0.5`."""
    def change(path):
        folder, name = os.path.split(path)
        ffmpeg([*shlex.split(before), "-i", name, *shlex.split(options), "again_" + name], folder)
        os.replace(os.path.join(folder, "again_" + name), path)
    return change


def in_turn(*changes):
    def change(path):
        for one in changes:
            one(path)
    return change


def twice(path):
    write(path, read(path) * 2)


def begin_late(path):
    """A recording of a transport stream that begins where it likes, but with a whole packet."""
    data = read(path)
    write(path, data[len(data) * 3 // 8 // 188 * 188:])


def joined_with(pictures, sound, options):
    """Puts another recording behind it, whose pictures and sound are others."""
    def change(path):
        folder, name = os.path.split(path)
        ffmpeg(["-f", "lavfi", "-i", pictures, "-f", "lavfi", "-i", sound, *shlex.split(options),
                "second_" + name], folder)
        second = os.path.join(folder, "second_" + name)
        write(path, read(path) + read(second))
        os.remove(second)
    return change


def playlist(*lines):
    """Writes a playlist beside the segments that ffmpeg has made."""
    def change(path):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(("#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2", *lines,
                                  "#EXT-X-ENDLIST", "")))
    return change


def without(*names):
    """Removes some files beside it."""
    def change(path):
        for name in names:
            os.remove(os.path.join(os.path.dirname(path), name))
    return change


def _word(data, at):
    return struct.unpack(">I", data[at:at + 4])[0]


def _boxes(data, begin, end, parents):
    while begin < end:
        size, name = _word(data, begin), bytes(data[begin + 4:begin + 8])
        yield begin, size, name, parents
        if name in (b"moov", b"trak", b"edts", b"mdia"):
            yield from _boxes(data, begin + 8, begin + size, parents + (begin,))
        begin += size


def edits(*parts):
    """Shows only these parts of an MP4, each a begin and an end in seconds. Its index is behind
    its data."""
    def change(path):
        data = read(path)
        boxes = list(_boxes(data, 0, len(data), ()))
        scale = next(_word(data, at + 20) for at, _, name, _ in boxes if name == b"mvhd")
        scales = [_word(data, at + 20) for at, _, name, _ in boxes if name == b"mdhd"]
        lists = [box for box in boxes if box[2] == b"elst"]
        for (at, size, _, parents), media in reversed(list(zip(lists, scales))):
            first = _word(data, at + 20)
            box = b"elst" + struct.pack(">II", 0, len(parts))
            for begin, end in parts:
                box += struct.pack(">III", round((end - begin) * scale),
                                   first + round(begin * media), 0x10000)
            box = struct.pack(">I", len(box) + 4) + box
            data[at:at + size] = box
            for parent in parents:
                data[parent:parent + 4] = struct.pack(">I", _word(data, parent) + len(box) - size)
        write(path, data)
    return change


def matrix(*numbers):
    """Puts a matrix into the head of the first track of an MP4; 16.16, and 2.30 at the right."""
    def change(path):
        data = read(path)
        at = data.find(b"tkhd") + 4 + 40
        data[at:at + 36] = struct.pack(">9i", *numbers)
        write(path, data)
    return change


def captions(path):
    """Puts closed captions in front of each picture of a raw H.264."""
    data = bytes(read(path))
    texts = [(0x14, 0x20), (0x14, 0x20), (0x14, 0x70), (0x14, 0x70), (72, 69), (76, 76), (79, 0),
             (0x14, 0x2f), (0x14, 0x2f)]
    out, count = bytearray(), 0
    for unit in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]:
        if unit[0] & 31 in (1, 5) and unit[1] & 0x80:
            pair = [c | (0x80 if bin(c).count("1") % 2 == 0 else 0) for c in texts[count % 9]]
            body = b"\xb5\x00\x31GA94\x03\xc1\xff\xfc" + bytes(pair) + b"\xff"
            out += b"\0\0\0\1\x06\x04" + bytes([len(body)]) + body + b"\x80"
            count += 1
        out += b"\0\0\0\1" + unit
    write(path, out)


def rename(name):
    def change(path):
        os.replace(path, os.path.join(os.path.dirname(path), name))
    return change
