# SPDX-License-Identifier: MIT
"""A program for process nodes that writes the bytes of its frames to a file, and sends each on in a
new frame with the same pixels. Option: file; shape, what the planes look like."""
import vflow


def planes(frame):
    return frame if isinstance(frame, tuple) else (frame,)


node = vflow.node()
with open(node.options["file"], "wb") as file:
    for frame, in node.run():
        out = vflow.new_frame()
        for new, old in zip(planes(out), planes(frame)):
            assert not old.flags.writeable
            file.write(old.tobytes())
            new[...] = old
        vflow.emit(out)
        shapes = ["%s %s" % (plane.dtype, "x".join(map(str, plane.shape))) for plane in planes(frame)]
        assert ", ".join(shapes) == node.options["shape"], shapes
        assert frame.metadata["format"] == out.metadata["format"]
