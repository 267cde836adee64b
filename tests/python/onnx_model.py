# SPDX-License-Identifier: MIT
"""Writes ONNX files, for tests of what runs models.

An ONNX file is a message of Protocol Buffers (onnx.proto, IR version 8). Only what the tests need is
here: nodes with attributes, constant tensors, inputs and outputs, metadata.

    onnx_model.py NAME FILE    writes one of the models below, which find what is bright
"""
import struct
import sys

FLOAT, UINT8, INT32, INT64, FLOAT16 = 1, 2, 6, 7, 10
PACK = {FLOAT: "f", UINT8: "B", INT32: "i", INT64: "q", FLOAT16: "e"}


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """A field: whole numbers as varints, everything else as bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    out = field(1, name)
    if isinstance(value, float):
        out += varint(2 << 3 | 5) + struct.pack("<f", value) + field(20, 1)
    elif isinstance(value, int):
        out += field(3, value) + field(20, 2)
    elif isinstance(value, list):
        out += b"".join(field(8, one) for one in value) + field(20, 7)
    else:
        raise TypeError(value)
    return out


def node(kind, inputs, outputs, **attributes):
    out = b"".join(field(1, one) for one in inputs) + b"".join(field(2, one) for one in outputs)
    out += field(4, kind)
    return out + b"".join(field(5, attribute(*one)) for one in sorted(attributes.items()))


def tensor(name, kind, shape, numbers):
    raw = struct.pack("<%d%s" % (len(numbers), PACK[kind]), *numbers)
    return b"".join(field(1, one) for one in shape) + field(2, kind) + field(8, name) + field(9, raw)


def value(name, kind, shape):
    """An input or an output. A dimension that is a text may be any."""
    dims = b"".join(field(1, field(2 if isinstance(one, str) else 1, one)) for one in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, dims)))


def model(nodes, constants, inputs, outputs, metadata=()):
    graph = b"".join(field(1, one) for one in nodes) + field(2, "graph")
    graph += b"".join(field(5, one) for one in constants)
    graph += b"".join(field(11, one) for one in inputs)
    graph += b"".join(field(12, one) for one in outputs)
    out = field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))
    return out + b"".join(field(14, field(1, key) + field(2, text)) for key, text in metadata)


SIDE, CELL = 64, 8
CELLS = SIDE // CELL
BOXES = CELLS * CELLS


def brightness(batch, kind=FLOAT, size=SIDE):
    """An input of pictures, and nodes that make `bright`: the mean of each cell, batch x 1 x cells."""
    inputs = [value("images", kind, [batch, 3, size, size])]
    nodes = [node("Cast", ["images"], ["numbers"], to=FLOAT),
             node("Div", ["numbers", "white"], ["real"]),
             node("AveragePool", ["real"], ["cells"], kernel_shape=[CELL, CELL],
                  strides=[CELL, CELL]),
             node("ReduceMean", ["cells"], ["gray"], axes=[1], keepdims=1),
             node("Reshape", ["gray", "flat"], ["bright"])]
    white = 255 if kind == UINT8 else 1
    constants = [tensor("flat", INT64, [3], [0, 1, -1]), tensor("white", FLOAT, [1], [white])]
    return inputs, nodes, constants


def centres():
    """The box of each cell, as rows cx, cy, w, h, column by column."""
    cells = [(CELL * (i % CELLS) + CELL / 2, CELL * (i // CELLS) + CELL / 2) for i in range(BOXES)]
    return [x for x, _ in cells] + [y for _, y in cells] + [CELL] * (2 * BOXES)


def yolo(batch=1, size=SIDE, kind=FLOAT, metadata=()):
    """YOLO v8: batch x (4 + 2 classes) x boxes. Class 0 is bright, class 1 half as sure of it."""
    inputs, nodes, constants = brightness(batch, kind, size)
    constants += [tensor("nothing", FLOAT, [1], [0]), tensor("half", FLOAT, [1], [0.5]),
                  tensor("boxes", FLOAT, [1, 4, BOXES], centres())]
    nodes += [node("Mul", ["bright", "nothing"], ["zeros"]),
              node("Add", ["zeros", "boxes"], ["places"]),
              node("Mul", ["bright", "half"], ["other"]),
              node("Concat", ["places", "bright", "other"], ["output0"], axis=1)]
    return model(nodes, constants, inputs, [value("output0", FLOAT, [batch, 6, BOXES])], metadata)


def yolo_rows(batch=1):
    """YOLO v5: batch x boxes x (4 + objectness + 2 classes). Class 1 is bright, class 0 is not."""
    inputs, nodes, constants = brightness(batch)
    constants += [tensor("nothing", FLOAT, [1], [0]), tensor("one", FLOAT, [1], [1]),
                  tensor("boxes", FLOAT, [1, 4, BOXES], centres())]
    nodes += [node("Mul", ["bright", "nothing"], ["zeros"]),
              node("Add", ["zeros", "boxes"], ["places"]),
              node("Add", ["zeros", "one"], ["ones"]),
              node("Concat", ["places", "bright", "zeros", "ones"], ["columns"], axis=1),
              node("Transpose", ["columns"], ["output"], perm=[0, 2, 1])]
    return model(nodes, constants, inputs, [value("output", FLOAT, [batch, BOXES, 7])])


def end_to_end(batch=1):
    """YOLO v10: batch x 8 objects x (xmin, ymin, xmax, ymax, score, class)."""
    inputs, nodes, constants = brightness(batch)
    cells = [(CELL * (i % CELLS), CELL * (i // CELLS)) for i in range(BOXES)]
    corners = [number for x, y in cells for number in (x, y, x + CELL, y + CELL)]
    constants += [tensor("corners", FLOAT, [BOXES, 4], corners), tensor("count", INT64, [1], [8]),
                  tensor("square", INT64, [1], [1]), tensor("nothing", FLOAT, [1], [0])]
    nodes += [node("TopK", ["bright", "count"], ["best", "which"], axis=2),
              node("Squeeze", ["which", "square"], ["winners"]),
              node("Gather", ["corners", "winners"], ["places"], axis=0),
              node("Transpose", ["best"], ["scores"], perm=[0, 2, 1]),
              node("Mul", ["scores", "nothing"], ["classes"]),
              node("Concat", ["places", "scores", "classes"], ["output0"], axis=2)]
    return model(nodes, constants, inputs, [value("output0", FLOAT, [batch, 8, 6])])


def paddle(batch=1):
    """PaddleDetection: rows of class, score, xmin, ymin, xmax, ymax of all pictures, and how many each
    has. It brings boxes back into a frame by what it is told of it."""
    inputs, nodes, constants = brightness(batch)
    inputs = [value("im_shape", FLOAT, [batch, 2])] + inputs
    inputs += [value("scale_factor", FLOAT, [batch, 2])]
    cells = [(CELL * (i % CELLS), CELL * (i // CELLS)) for i in range(BOXES)]
    corners = [number for x, y in cells for number in (x, y, x + CELL, y + CELL)]
    constants += [tensor("corners", FLOAT, [BOXES, 4], corners), tensor("half", FLOAT, [1], [0.5]),
                  tensor("nothing", FLOAT, [1], [0]), tensor("second", INT64, [1], [1]),
                  tensor("row", INT64, [], [2]), tensor("cells_of", INT64, [2], [1, 2])]
    nodes += [node("Greater", ["bright", "half"], ["is_bright"]),
              node("NonZero", ["is_bright"], ["where"]),
              node("Gather", ["where", "row"], ["numbers_of"], axis=0),
              node("Gather", ["corners", "numbers_of"], ["cells_found"], axis=0),
              node("ReduceMean", ["scale_factor"], ["scale"], keepdims=0),
              node("ReduceMax", ["im_shape"], ["side"], keepdims=0),
              node("Div", ["cells_found", "scale"], ["scaled"]),
              node("Min", ["scaled", "side"], ["places"]),
              node("Transpose", ["where"], ["indices"], perm=[1, 0]),
              node("GatherND", ["bright", "indices"], ["scores"]),
              node("Unsqueeze", ["scores", "second"], ["score"]),
              node("Mul", ["score", "nothing"], ["class"]),
              node("Concat", ["class", "score", "places"], ["rows"], axis=1),
              node("Cast", ["is_bright"], ["ones"], to=INT32),
              node("ReduceSum", ["ones", "cells_of"], ["counts"], keepdims=0)]
    return model(nodes, constants, inputs, [value("rows", FLOAT, ["objects", 6]),
                                            value("counts", INT32, [batch])])


def plain(kind=FLOAT, shape=(1, 3, SIDE, SIDE)):
    """Hands on what it gets."""
    return model([node("Identity", ["images"], ["same"])], [], [value("images", kind, list(shape))],
                 [value("same", kind, list(shape))])


NAMES = "{0: 'bright', 1: 'dim'}"
MODELS = {
    "yolo": yolo,
    "yolo_any": lambda: yolo("batch"),
    "yolo_free": lambda: yolo("batch", "side"),
    "yolo_bytes": lambda: yolo(kind=UINT8),
    "yolo_half": lambda: yolo(kind=FLOAT16),
    "yolo_named": lambda: yolo(metadata=[("names", NAMES), ("task", "detect")]),
    "yolo_rows": yolo_rows,
    "end_to_end": end_to_end,
    "paddle": paddle,
    "paddle_any": lambda: paddle("batch"),
    "plain": plain,
    "plain_nhwc": lambda: plain(UINT8, (1, SIDE, SIDE, 3)),
    "sound": lambda: plain(FLOAT, (1, 16000)),
}

if __name__ == "__main__":
    with open(sys.argv[2], "wb") as out:
        out.write(MODELS[sys.argv[1]]())
