# SPDX-License-Identifier: MIT
"""What people write without vflow: frames of 1080p through a Python process.

python_peers.py one COUNT        one process, the mean of a frame that is in memory, again and again
python_peers.py shared COUNT     three processes, frames in multiprocessing.shared_memory, by hand
python_peers.py pickled COUNT    three processes, frames as pickles through PyZMQ
python_peers.py gstreamer COUNT  one process, frames of GStreamer's from an appsink to an appsrc
"""
import multiprocessing
import multiprocessing.shared_memory
import pickle
import sys
import tempfile

import numpy

SHAPE = (1080 * 3 // 2, 1920)
SIZE = SHAPE[0] * SHAPE[1]
SLOTS = 4


def one(count):
    frame = numpy.zeros(SHAPE, "u1")
    total = 0
    for number in range(count):
        total += frame[:1080].mean()
    return total


def slots(memory):
    return [numpy.ndarray(SHAPE, "u1", memory.buf, i * SIZE) for i in range(SLOTS)]


def pass_slots(name, given, sent, count):
    memory = multiprocessing.shared_memory.SharedMemory(name)
    frames = slots(memory)
    for _ in range(count):
        slot = given.recv()
        frame = frames[slot]
        assert frame.shape == SHAPE
        sent.send(slot)
    frame = frames = None
    memory.close()


def free_slots(given, freed, count):
    for _ in range(count):
        freed.send(given.recv())


def shared(count):
    memory = multiprocessing.shared_memory.SharedMemory(create=True, size=SLOTS * SIZE)
    frames = slots(memory)
    pipes = [multiprocessing.Pipe(False) for _ in range(3)]
    helpers = [
        multiprocessing.Process(target=pass_slots,
                                args=(memory.name, pipes[0][0], pipes[1][1], count)),
        multiprocessing.Process(target=free_slots, args=(pipes[1][0], pipes[2][1], count))]
    for helper in helpers:
        helper.start()
    free = list(range(SLOTS))
    for number in range(count):
        slot = free.pop() if free else pipes[2][0].recv()
        frames[slot][:] = number & 255
        pipes[0][1].send(slot)
    for helper in helpers:
        helper.join()
    frames = None
    memory.close()
    memory.unlink()


def pass_pickles(taken, given, count):
    import zmq
    context = zmq.Context()
    source, sink = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    source.set_hwm(SLOTS)
    sink.set_hwm(SLOTS)
    source.connect(taken)
    sink.connect(given)
    for _ in range(count):
        sink.send(pickle.dumps(pickle.loads(source.recv()), -1))
    context.destroy(-1)


def take_pickles(endpoint, count):
    import zmq
    context = zmq.Context()
    sink = context.socket(zmq.PULL)
    sink.set_hwm(SLOTS)
    sink.bind(endpoint)
    for _ in range(count):
        assert pickle.loads(sink.recv()).shape == SHAPE
    context.destroy(0)


def pickled(count):
    import zmq
    with tempfile.TemporaryDirectory() as folder:
        away, back = "ipc://%s/away" % folder, "ipc://%s/back" % folder
        helpers = [multiprocessing.Process(target=pass_pickles, args=(away, back, count)),
                   multiprocessing.Process(target=take_pickles, args=(back, count))]
        for helper in helpers:
            helper.start()
        context = zmq.Context()
        source = context.socket(zmq.PUSH)
        source.set_hwm(SLOTS)
        source.bind(away)
        frame = numpy.empty(SHAPE, "u1")
        for number in range(count):
            frame[:] = number & 255
            source.send(pickle.dumps(frame, -1))
        for helper in helpers:
            helper.join()
        context.destroy(-1)


def gstreamer(count):
    import gi
    gi.require_version("Gst", "1.0")
    gi.require_version("GstApp", "1.0")
    from gi.repository import Gst, GstApp  # noqa: F401, which gives appsink its methods
    Gst.init(None)
    queue = "queue max-size-buffers=%d max-size-bytes=0 max-size-time=0" % SLOTS
    pipeline = Gst.parse_launch(
        "fakesrc num-buffers=%d sizetype=fixed sizemax=%d filltype=zero ! %s"
        " ! appsink name=taken async=false sync=false max-buffers=%d"
        " appsrc name=given block=true max-bytes=%d ! %s ! fakesink async=false sync=false"
        % (count, SIZE, queue, SLOTS, SLOTS * SIZE, queue))
    taken, given = pipeline.get_by_name("taken"), pipeline.get_by_name("given")
    pipeline.set_state(Gst.State.PLAYING)
    for _ in range(count):
        buffer = taken.pull_sample().get_buffer()
        with buffer.map(Gst.MapFlags.READ) as memory:
            assert numpy.ndarray(SHAPE, "u1", memory.data).shape == SHAPE
        given.push_buffer(buffer)
    given.end_of_stream()
    pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE,
                                          Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)


globals()[sys.argv[1]](int(sys.argv[2]))
