# SPDX-License-Identifier: MIT
"""A program for process nodes. Its first argument says what it does, see below."""
import os
import sys
import time

import vflow


def double():
    for value, in vflow.run():
        vflow.emit(value * 2)
    vflow.emit("the end")


def describe():
    """What stands beside the pixels, as a value."""
    for frame, in vflow.run():
        about = frame.metadata
        vflow.emit([frame.pts, frame.time, frame.index, frame.source, about["width"],
                    about["format"], list(about["time_base"])])
        assert vflow.about().pts == frame.pts


def tags():
    for frame, in vflow.run():
        vflow.emit(frame.metadata["tags"].get("title", "none"))


def values():
    """Values of each kind, as they come and as numpy has them."""
    import numpy
    for value, in vflow.run():
        for each in [value, str(value), {"n": value, "none": None}, "naïve \U0001f600", True,
                     numpy.int64(value), {"array": numpy.arange(3), "of": numpy.float32(0.5)}]:
            vflow.emit(each)


def arrays():
    """An array for each input; the second node in the row takes it apart."""
    import numpy
    for value, in vflow.run():
        if isinstance(value, int):
            vflow.emit(numpy.arange(value * 20000, dtype="<f4").reshape(-1, 2)[:, ::-1], to="array")
        else:
            vflow.emit([list(value.shape), str(value.dtype), float(value[-1:, 0].sum()), value.index],
                       to="text")


def keep():
    """Answers with the frame before, which is as it was."""
    import numpy
    old = None
    for frame, in vflow.run():
        if old is not None:
            assert int(old[0].sum()) == total and int(view.sum()) == int(old[0][8:, 8:].sum())
            vflow.emit(old.index, like=old)
        old, total = frame, int(frame[0].sum())
        view = numpy.asarray(frame[0])[4:, 4:][4:, 4:]


def hoard():
    frames = []
    for frame, in vflow.run():
        frames.append(frame)


def views():
    """A view of a view of a frame keeps it."""
    import numpy
    kept = []
    for frame, in vflow.run():
        kept.append(numpy.asarray(frame[0])[1:][1:].T)


def cycles():
    """Frames in cycles are let go of."""
    for frame, in vflow.run():
        ring = [frame]
        ring.append(ring)
        vflow.emit(frame)


def tenth():
    for value, in vflow.run():
        if value == 9:
            break
        vflow.emit(value)


def produce():
    for number, _ in enumerate(vflow.run()):
        vflow.emit(number, time=number / 10)
        if len(sys.argv) > 2 and number == int(sys.argv[2]):
            break


def fail():
    def inner(value):
        raise ValueError("no such thing: %d" % value)
    for value, in vflow.run():
        if value == 5:
            inner(value)
        vflow.emit(value)


def leave():
    for value, in vflow.run():
        if value == 5:
            sys.exit(3)
        vflow.emit(value)


def write():
    """Writes to an input, which cannot be."""
    for frame, in vflow.run():
        frame[0][:] = 0


def wrong():
    """A value out of an output for pictures."""
    for frame, in vflow.run():
        vflow.emit({"no": "picture"})


def twice():
    for frame, in vflow.run():
        out = vflow.new_frame()
        vflow.emit(out)
        vflow.emit(out)


def waste():
    """Frames that are never sent, of many sizes."""
    for frame, in vflow.run():
        for size in (16, 64, 320, 32):
            vflow.new_frame(size, size, "bgr24")[:] = size
        out = vflow.new_frame(64, 64, "gray")
        out[:] = frame.index
        vflow.emit(out)


def half():
    """Sound of half the volume, as floating point."""
    for sound, in vflow.run():
        vflow.emit((sound / 2).astype("<f4"))


def fork():
    """Processes that are copies of this one, and end as programs do."""
    import subprocess
    for value, in vflow.run():
        child = os.fork()
        if child == 0:
            sys.exit(0)
        os.waitpid(child, 0)
        shown = subprocess.run([sys.executable, "-c", "import os, signal; print(os.environ.get("
                                "'VFLOW_SOCKET'), signal.getsignal(2) == signal.SIG_IGN)"],
                               stdout=subprocess.PIPE, text=True, check=True).stdout
        vflow.emit("%d %s" % (value, shown.strip()))


def wait():
    for value, in vflow.run():
        vflow.alive()
        vflow.emit(value)
        time.sleep(value / 1000)
    print("the end has come")


globals()[sys.argv[1]]()
