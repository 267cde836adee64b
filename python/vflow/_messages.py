# SPDX-License-Identifier: MIT
"""What travels between tasks, as Python sees it: frames, sound, arrays, packets and values."""
import json
import struct
import sys

NO_TIME = -(1 << 63)
VIDEO, AUDIO, PACKET, ARRAY, VALUE = range(1, 6)
TYPES = {"video": VIDEO, "audio": AUDIO, "packet": PACKET, "array": ARRAY, "value": VALUE}
SAMPLES = {"u8": "|u1", "s16": "<i2", "s32": "<i4", "s64": "<i8", "flt": "<f4", "dbl": "<f8"}

# The description of a payload, as vflow-process(7) has it.
DESCRIPTION_SIZE, BY_TYPE = 568, 352
DESCRIPTION = struct.Struct("<HHI qq ii QII q Qq QQQ 256s")
(TYPE, _, _, TIMESTAMP, DURATION, BASE_NUM, BASE_DEN, NUMBER, _, _, _, _, SOURCE_TIME, _, _, _,
 SOURCE) = range(17)
AT_TIMES, AT_ORIGIN, AT_SOURCE_ID, AT_SIZE, AT_SOURCE = 8, 32, 56, 72, 96
VIDEO_PART = struct.Struct("<24s ii ii ii BBBB BBBB II")
PLANE_PART = struct.Struct("<QIIII")
AUDIO_PART = struct.Struct("<16s32s iii I QIIII")
ARRAY_PART = struct.Struct("<8sII 8Q")


def read_text(field):
    """Returns a text in a field of fixed size."""
    return field.split(b"\0", 1)[0].decode("utf-8", "replace")


class About:
    """What a message says beside its pixels: pts, time, index, source and metadata."""
    __slots__ = ("description", "extras", "_fields")

    def __init__(self, description):
        self.description = description
        self.extras = b""
        self._fields = None

    def field(self, place):
        """Returns a field of the description by its place."""
        if self._fields is None:
            self._fields = DESCRIPTION.unpack_from(self.description)
        return self._fields[place]

    @property
    def pts(self):
        """The timestamp, in ticks of the time base; None: it has none."""
        pts = self.field(TIMESTAMP)
        return None if pts == NO_TIME else pts

    @property
    def time(self):
        """The timestamp in seconds; None: it has none."""
        pts, denominator = self.pts, self.field(BASE_DEN)
        return None if pts is None or not denominator else pts * self.field(BASE_NUM) / denominator

    @property
    def index(self):
        """The number of the frame that it was made from, from 0; the log counts from 1."""
        return self.field(NUMBER) - 1

    @property
    def source(self):
        """What it was read from, a name or a path; "": not known."""
        return read_text(self.field(SOURCE))

    @property
    def metadata(self):
        """A dict with what else is known, by the type of the message."""
        known = {"time_base": (self.field(BASE_NUM), self.field(BASE_DEN)),
                 "duration": self.field(DURATION)}
        if self.field(SOURCE_TIME) != NO_TIME:
            known["source_time"] = self.field(SOURCE_TIME) / 1e9
        if self.field(TYPE) == VIDEO:
            part = VIDEO_PART.unpack_from(self.description, BY_TYPE)
            known.update(format=read_text(part[0]), width=part[1], height=part[2],
                         sample_aspect_ratio=part[3:5], frame_rate=part[5:7], color_range=part[7],
                         color_primaries=part[8], color_transfer=part[9], color_matrix=part[10],
                         chroma_location=part[11], is_key=bool(part[12]),
                         is_interlaced=bool(part[13]), is_top_field_first=bool(part[14]))
        elif self.field(TYPE) == AUDIO:
            part = AUDIO_PART.unpack_from(self.description, BY_TYPE)
            known.update(format=read_text(part[0]), layout=read_text(part[1]),
                         sample_rate=part[2])
        elif self.field(TYPE) == PACKET:
            known["codec"] = read_text(self.description[BY_TYPE:BY_TYPE + 32])
        known["tags"] = _read_tags(self.extras)
        return known


def _read_tags(records):
    """Returns the tags of a file and its stream, of what belongs to a payload beside its bytes."""
    tags, at = {}, 0
    while at + 8 <= len(records):
        kind, _, size = struct.unpack_from("<HHI", records, at)
        if kind in (1, 2):
            words = records[at + 8:at + 8 + size].decode("utf-8", "replace").split("\0")
            tags.update(zip(words[0:-1:2], words[1::2]))
        at += 8 + (size + 7) // 8 * 8
    return tags


class Described:
    """The same attributes beside pixels. A part of a frame has None there."""
    lease = 0        # of an input: the number of it; 0: it is none
    place = None     # of an output under construction; None: there was no room for it
    video = None     # likewise: its description and its size
    described = None  # About

    pts = property(lambda self: self.described and self.described.pts)
    time = property(lambda self: self.described and self.described.time)
    index = property(lambda self: self.described and self.described.index)
    source = property(lambda self: self.described and self.described.source)
    metadata = property(lambda self: self.described.metadata if self.described else {})


class Planes(Described, tuple):
    """A frame of a planar format: a tuple of arrays, one for each plane."""


class Packet(Described):
    """Compressed data: its bytes are `data`, what is known of them `metadata`."""
    data = None


_numpy = None
_frame = None


def numpy():
    """Returns numpy, imported for the first frame or array."""
    global _numpy, _frame
    if _numpy is None:
        try:
            import numpy
        except ImportError:
            raise ImportError("pictures, sound and arrays need numpy, which %s has not; install it, "
                              "or name another interpreter" % sys.executable) from None
        _numpy = numpy
        _frame = type("Frame", (Described, numpy.ndarray), {
            "__doc__": "A picture, sound or array: a numpy array with attributes.",
            "__array_wrap__": _make_plain_array})
    return _numpy


def _make_plain_array(_, array, context=None, return_scalar=False):
    """What is computed from a frame is a plain array or number."""
    return array.view(_numpy.ndarray) if array.ndim else array[()]


def look_at(memory, offset, size):
    """Returns the bytes of a payload, an array that lives as long as any array over it: numpy lets
    no view reach further down than to the array over memory that is no array."""
    return numpy().frombuffer(memory, "u1", size, offset) if size else numpy().empty(0, "u1")


def see(memory, shape, dtype, offset=0, strides=None):
    """Returns a Frame over bytes."""
    return numpy().ndarray.__new__(_frame, shape, dtype, memory, offset, strides)


def is_array(value):
    return "numpy" in sys.modules and isinstance(value, sys.modules["numpy"].ndarray)


def _make_plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError("a %s is no JSON value, no array and no frame" % type(value).__name__)


_encoder = json.JSONEncoder(default=_make_plain, allow_nan=False)


def encode(value):
    """Returns a JSON value as bytes; numbers and arrays of numpy become plain ones."""
    return _encoder.encode(value).encode()


def decode(memory):
    """Returns the value of the bytes of a JSON text."""
    return json.loads(str(memory, "utf-8"))
