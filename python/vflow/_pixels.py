# SPDX-License-Identifier: MIT
"""Pixel formats: how the planes of a picture lie in memory, and how numpy sees them."""
import re

from ._messages import BY_TYPE, DESCRIPTION_SIZE, PLANE_PART, VIDEO_PART, read_text

# Numbers in a pixel, of formats with one plane.
_PACKED = {"gray": 1, "rgb24": 3, "bgr24": 3, "rgba": 4, "bgra": 4, "argb": 4, "abgr": 4, "rgb0": 4,
           "bgr0": 4, "0rgb": 4, "0bgr": 4, "ya8": 2, "yuyv422": 2, "uyvy422": 2, "rgb48le": 3,
           "bgr48le": 3, "rgba64le": 4, "bgra64le": 4, "gray10le": 1, "gray12le": 1,
           "gray16le": 1, "grayf32le": 1}
# By how many powers of two the chroma planes are smaller.
_SHIFTS = {"420": (1, 1), "422": (1, 0), "444": (0, 0), "440": (0, 1), "411": (2, 0), "410": (2, 2)}
_ALIGNMENT = 64     # of rows


def _number_type(format):
    """Returns the type of the numbers in a pixel format, as numpy spells it."""
    if re.search("f32[lb]e$", format):
        return "<f4" if format.endswith("le") else ">f4"
    wide = re.search("(?:9|10|12|14|16|48|64)(le|be)$", format)
    return "|u1" if not wide else "<u2" if wide.group(1) == "le" else ">u2"


def _planes(format, width, height):
    """Lists (numbers in a row, rows) of each plane."""
    if format in _PACKED:
        return [(width * _PACKED[format], height)]
    if format in ("nv12", "nv21", "p010le", "p016le"):
        return [(width, height), ((width + 1) // 2 * 2, (height + 1) // 2)]
    planar = re.match(r"yuv(a?)j?(4\d\d)p(?:(?:9|10|12|14|16)[lb]e)?$", format)
    planar = planar or re.match(r"yuvj()(4\d\d)p$", format)
    if planar:
        across, down = _SHIFTS[planar.group(2)]
        chroma = (-(-width >> across), -(-height >> down))
        return [(width, height), chroma, chroma] + [(width, height)] * bool(planar.group(1))
    planar = re.match(r"gbr(a?)p(?:(?:9|10|12|14|16|f32)[lb]e)?$", format)
    if planar:
        return [(width, height)] * (4 if planar.group(1) else 3)
    raise ValueError("new_frame cannot make the pixel format %r; take bgr24, gray or yuv420p, and "
                     "convert it in the flow" % format)


def _family(format):
    if re.match("0?(rgb|bgr)|gbr|argb|abgr", format):
        return "rgb"
    return "gray" if re.match("gray|ya", format) else "yuv"


def _colours(format, old):
    """Lists range, primaries, transfer, matrix and place of chroma of a new picture: what is not
    those of the old one is as libav has it, full range for gray, and 2 for what is not known."""
    family, old_format = _family(format), read_text(old[0])
    if old_format and family == _family(old_format):
        return old[7:12]
    return {"gray": 2}.get(family, 0), old[8] or 2, old[9] or 2, 0 if family == "rgb" else 2, 0


def describe(width, height, format, like):
    """Returns the description of a new picture, how its planes are seen, and its size in bytes.
    Colours, rate and so on are those of `like`, the same part of another description, if any."""
    item, offset, planes = int(_number_type(format)[2]), 0, []
    for numbers, rows in _planes(format, width, height):
        used = numbers * item
        stride = -(-used // _ALIGNMENT) * _ALIGNMENT
        planes.append((offset, stride, used, rows))
        offset += stride * rows
    old = VIDEO_PART.unpack_from(like) if like else (b"", 0, 0, 0, 1, 0, 1) + (0,) * 5
    head = VIDEO_PART.pack(format.encode(), width, height, *old[3:7], *_colours(format, old), 1, 0,
                           0, len(planes), 0)
    part = head + b"".join(PLANE_PART.pack(*plane, 0) for plane in planes)
    return part.ljust(DESCRIPTION_SIZE - BY_TYPE, b"\0"), _views(format, width, planes), offset


def views(part):
    """Says how the planes of a description are seen."""
    video = VIDEO_PART.unpack_from(part)
    planes = [PLANE_PART.unpack_from(part, 64 + 24 * i)[:4] for i in range(video[15])]
    return _views(read_text(video[0]), video[1], planes)


def _views(format, width, planes):
    """Lists (shape, type, offset, strides). A pixel of several numbers has a third dimension."""
    dtype, seen = _number_type(format), []
    item = int(dtype[2])
    for number, (offset, stride, used, rows) in enumerate(planes):
        numbers = used // item
        across = width if number == 0 else numbers // 2 if len(planes) == 2 else numbers
        depth = numbers // across if across else 0
        if depth > 1 and across * depth == numbers:
            seen.append(((rows, across, depth), dtype, offset, (stride, depth * item, item)))
        else:
            seen.append(((rows, numbers), dtype, offset, (stride, item)))
    return seen


def guess_format(array, like):
    """Returns the pixel format of an array that was made from nothing: that of `like` if it fits."""
    depth = 1 if array.ndim == 2 else array.shape[2] if array.ndim == 3 else 0
    kind = array.dtype.str
    known = read_text(like[:24]) if like else ""
    if _PACKED.get(known) == depth and _number_type(known) == kind:
        return known
    guess = {("|u1", 1): "gray", ("|u1", 3): "bgr24", ("|u1", 4): "bgra", ("<u2", 1): "gray16le",
             ("<u2", 3): "bgr48le", ("<u2", 4): "bgra64le"}.get((kind, depth))
    if not guess:
        raise ValueError("an array of %s %s is no picture; make it uint8 of (height, width) or "
                         "(height, width, 3)" % (array.dtype, array.shape))
    return guess
