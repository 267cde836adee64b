# SPDX-License-Identifier: MIT
"""A program as a node of a flow, by the protocol of vflow-process(7)."""
import atexit
import collections
import gc
import json
import mmap
import os
import select
import signal
import socket
import struct
import sys
import weakref

from . import _pixels
from ._messages import (ARRAY, ARRAY_PART, AT_ORIGIN, AT_SIZE, AT_SOURCE, AT_SOURCE_ID, AT_TIMES,
                        AUDIO, AUDIO_PART, BY_TYPE, DESCRIPTION, DESCRIPTION_SIZE, NO_TIME, SAMPLES,
                        TYPES, VALUE, VIDEO, VIDEO_PART, About, Packet, Planes, decode, encode,
                        is_array, look_at, read_text, see)

_WELCOME, _ARENA, _INPUT, _SLOT, _FLUSH, _BYE = range(1, 7)
(_HELLO, _READY, _ALLOCATE, _FREE, _EMIT, _PASS, _DROP, _DONE, _RELEASE, _ERROR, _ALIVE, _END,
 _EXPECT) = range(101, 114)
_LAST, _KEEP, _FORGET, _GRANT, _MORE, _FATAL = 1, 2, 4, 2, 4, 1     # flags
_MAX_MESSAGE, _MAX_FOLLOWING, _ONCE = 65536, 32768, 0x80000000
_HEAD = struct.Struct("<HHIQ")
_INPUT_HEAD = struct.Struct("<HHIQ II QQ QQ")
_EMIT_HEAD = struct.Struct("<HHIQ II QQ")
_SIZES = struct.Struct("<QQQ")
_TIMES, _NUMBER = struct.Struct("<qqii"), struct.Struct("<Q")
_PLAIN_EMIT = bytes(40) + DESCRIPTION.pack(0, 0, 0, NO_TIME, *[0] * 8, NO_TIME, 0, 0, 0, b"").ljust(
    DESCRIPTION_SIZE, b"\0")
_PASS_WHOLE = struct.Struct("<HHIQ II Q")


class _Lease(weakref.ref):
    """Notices when nothing looks at the memory of an input any more."""
    __slots__ = ("number",)


class _Place(weakref.ref):
    """A place for an output; notices when nothing can write to it any more."""
    __slots__ = ("offset", "size", "is_sent")


class _Round:
    """The inputs of one round, and a place that vflow has given for an output."""
    __slots__ = ("leases", "values", "abouts", "grant")

    def __init__(self, count):
        self.leases, self.values, self.abouts = [], [None] * count, [None] * count
        self.grant = None


class Node:
    """This program as a node of a flow. There is one: node().

    task        the name of the task
    options     what the flow says under `options`, a dict
    inputs      a list of dicts: name, source
    outputs     a list of dicts: name, type, is_read
    threads     how many this program does well to use
    batch       inputs that may come before the first is answered
    is_producer, is_realtime, is_restarted
    """

    def __init__(self, descriptor):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, descriptor)
        self._process = os.getpid()
        self._buffer = memoryview(bytearray(_MAX_MESSAGE))
        self._arenas = {}           # of inputs
        self._arena = None          # for outputs
        self._layouts = {}          # how pictures are seen, by their description
        self._videos = {}           # how new ones are described
        self._live = {}             # inputs that this program has, by lease; None: only their number
        self._released = []         # leases of those that nothing looks at any more
        self._returns = []          # numbers of others to give back
        self._places = {}           # for outputs under construction, by offset
        self._unused = []           # of those, what has been thrown away
        self._grants = []           # (offset, size) of free places
        self._round = None          # the inputs in work
        self._coming = None         # those that are being received
        self._waiting = collections.deque()     # rounds that came before it was their turn
        self._last_about = None
        self._state = "starting"    # ready, asked; flushing, done, ending; over
        self._greet()

    def _greet(self):
        self._send(_HELLO, struct.pack("<II", 0x776f6c66, 1))
        kind, flags, _ = self._receive()
        if kind != _WELCOME:
            raise ConnectionError("vflow has not welcomed this program")
        said = struct.unpack_from("<IIIIIIQIIII", self._buffer, 16)
        if said[0] != 1:
            raise ConnectionError("vflow speaks version %d of the protocol, not 1" % said[0])
        told = json.loads(bytes(self._buffer[64:64 + said[9]]))
        self.task, self.options = told["task"], told.get("options") or {}
        self.inputs, self.outputs = told["inputs"], told["outputs"]
        self.is_producer, self.threads, self.batch = said[1] == 1, said[8], said[10]
        self.is_realtime, self.is_restarted = bool(flags & 1), bool(flags & 2)
        self._keep = said[7] * len(self.inputs)
        self.ports = {output["name"]: i for i, output in enumerate(self.outputs)}
        self._coming = _Round(len(self.inputs))

    # Sending and receiving.

    def _send(self, kind, rest=b"", flags=0):
        try:
            self._socket.send(_HEAD.pack(kind, flags, 16 + len(rest), 0) + rest)
        except (BrokenPipeError, ConnectionResetError):
            self._hang_up()

    def _hang_up(self):
        """The worker has gone; nobody hears anything."""
        self._state = "over"
        os._exit(0)

    def _receive(self):
        """Receives one message into the buffer. Returns its type, flags and size."""
        while True:
            size, passed, _, _ = self._socket.recvmsg_into([self._buffer], 24,
                                                           socket.MSG_CMSG_CLOEXEC)
            if not size:
                self._hang_up()
            kind, flags, _, _ = _HEAD.unpack_from(self._buffer)
            if passed:
                self._map(kind, passed)
            if kind != _ARENA:
                return kind, flags, size

    def _map(self, kind, passed):
        descriptor = struct.unpack("i", passed[0][2][:4])[0]
        try:
            if kind == _WELCOME:
                size, = struct.unpack_from("<Q", self._buffer, 40)
                self._arena = memoryview(mmap.mmap(descriptor, size))
            elif kind == _ARENA:
                number, _, size = struct.unpack_from("<IIQ", self._buffer, 16)
                self._arenas[number] = memoryview(mmap.mmap(descriptor, size, prot=mmap.PROT_READ))
        finally:
            os.close(descriptor)

    # Inputs.

    def _add(self, flags):
        """Adds the INPUT in the buffer to the round that is coming."""
        coming = self._coming
        (_, _, _, _, number, arena, lease, offset, grant, grant_size) = _INPUT_HEAD.unpack_from(
            self._buffer)
        description = bytes(self._buffer[56:56 + DESCRIPTION_SIZE])
        kind = description[0]
        length, extras, extras_size = _SIZES.unpack_from(description, AT_SIZE)
        if flags & _GRANT:
            coming.grant = grant, grant_size
        about = coming.abouts[number] = About(description)
        coming.leases.append(lease)
        if flags & _LAST:
            self._waiting.append(coming)
            self._coming = _Round(len(self.inputs))
        if arena:
            memory = self._arenas[arena] if arena < _ONCE else self._arenas.pop(arena)
        else:
            memory, offset = memoryview(bytes(self._buffer[624:624 + length])), 0
        if extras_size:
            about.extras = bytes(memory[offset + extras:offset + extras + extras_size])
        if kind == VALUE:
            self._live[lease] = None
            coming.values[number] = decode(memory[offset:offset + length])
            return
        memory = look_at(memory, offset, length)
        held = self._live[lease] = _Lease(memory, self._released.append)
        held.number = lease
        value = self._see(kind, description, memory)
        value.described, value.lease = about, lease
        coming.values[number] = value

    def _see(self, kind, description, memory):
        if kind == VIDEO:
            part = description[BY_TYPE:]
            views = self._layouts.get(part)
            if views is None:
                if len(self._layouts) > 100:
                    self._layouts.clear()
                views = self._layouts[part] = _pixels.views(part)
            if len(views) == 1:
                return see(memory, *views[0])
            return Planes([see(memory, *view) for view in views])
        if kind == ARRAY:
            said = ARRAY_PART.unpack_from(description, BY_TYPE)
            return see(memory, said[3:3 + said[1]], read_text(said[0]))
        if kind == AUDIO:
            return self._hear(description, memory)
        packet = Packet()
        start, count = struct.unpack_from("<QQ", description, BY_TYPE + 40)
        packet.data = memoryview(memory)[start:start + count]
        return packet

    @staticmethod
    def _hear(description, memory):
        """Sees sound as (samples, channels), however it lies."""
        audio = AUDIO_PART.unpack_from(description, BY_TYPE)
        format, channels, samples = read_text(audio[0]), audio[3], audio[4]
        dtype = SAMPLES[format[:-1] if format.endswith("p") else format]
        item = int(dtype[2])
        strides = (item, audio[7]) if format.endswith("p") else (item * channels, item)
        return see(memory, (samples, channels), dtype, audio[6], strides)

    def has_bye(self):
        """Returns whether a producer is to end."""
        while self._state == "ready" and select.select([self._socket], [], [], 0)[0]:
            if self._receive()[0] == _BYE:
                self._state = "over"
        return self._state != "ready"

    def next(self):
        """Goes on to the next round, and waits for it. Returns False when there is none. With it
        come all rounds that vflow sends together."""
        self._tidy()
        if not self._waiting and not self._receive_rounds():
            return False
        self._round = self._waiting.popleft()
        if self._round.grant:
            self._grants.append(self._round.grant)
        self._state = "asked"
        self._last_about = self._round.abouts[0] or self._last_about
        return True

    def _receive_rounds(self):
        while True:
            kind, flags, _ = self._receive()
            if kind == _INPUT:
                self._add(flags)
                if flags & _LAST and not flags & _MORE:
                    return True
            elif kind == _FLUSH:
                self._state, self._round = "flushing", None
                return False
            elif kind == _BYE:
                self._state = "over"
                return False

    def take(self):
        """Returns the inputs of the round, as a tuple, and holds them no longer."""
        values, self._round.values = self._round.values, None
        return tuple(values)

    def take_all(self):
        """Returns the inputs of this round and of those that came with it: a list for each port."""
        return [list(values) for values in zip(*(self.take(), *self._take_waiting()))]

    def _take_waiting(self):
        for waiting in self._waiting:
            values, waiting.values = waiting.values, None
            yield values

    @property
    def is_flushing(self):
        """Whether the last input has come, and what is left can be sent."""
        return self._state == "flushing"

    def _tidy(self):
        """Gives back what nothing looks at any more."""
        if not self._released and not self._returns:
            return
        gone = self._returns + [lease.number for lease in self._released]
        last = self._waiting[0].leases[0] if self._waiting else sys.maxsize   # not given back yet
        gone = [number for number in gone if number in self._live and number < last]
        self._released.clear()
        self._returns.clear()
        for number in gone:
            del self._live[number]
        for i in range(0, len(gone), 4096):
            part = gone[i:i + 4096]
            self._send(_RELEASE, struct.pack("<II%dQ" % len(part), len(part), 0, *part))

    def _kept(self, numbers):
        return [number for number in numbers
                if self._live[number] is not None and self._live[number]() is not None]

    def settle(self, message=None):
        """Ends the round with its last message, or with DONE. By now nothing refers to its inputs
        but what keeps them."""
        if self._state == "over":
            return
        numbers, self._round = self._round.leases if self._round else [], None
        kept = self._kept(numbers)
        last = numbers[-1] if numbers else 0
        if kept and len(self._kept([n for n in self._live if n <= last])) > self._keep:
            gc.collect()            # of cycles, which keep frames, too
            kept = self._kept(numbers)
        flags = _LAST | (_KEEP if kept else 0)
        if len(self._live) > len(numbers):
            first = numbers[0] if numbers else 0    # later rounds have higher ones
            flags |= self._forget([number for number in self._live if number < first])
        if kept:
            self._returns.extend(set(numbers).difference(kept))
        else:
            for number in numbers:
                del self._live[number]
        self._state = "done" if self._state == "flushing" else "ready"
        self._finish(message, flags)

    def _forget(self, earlier):
        """Gives inputs of earlier rounds back: with the answer, if that are all."""
        if self._kept(earlier):
            self._tidy()
            return 0
        for number in earlier:
            del self._live[number]
        return _FORGET

    def _finish(self, message, flags):
        if message is None:
            self._send(_DONE, b"", flags & ~_LAST)
        else:
            struct.pack_into("<H", message, 2, flags)
            self.send(message)

    def send(self, message):
        try:
            self._socket.send(message)
        except (BrokenPipeError, ConnectionResetError):
            self._hang_up()

    # Outputs.

    def _allocate(self, size, look=lambda memory, offset, size: memory[offset:offset + size]):
        """Returns the memory and the place for an output; no place where there is no room."""
        for place in self._unused:
            if not place.is_sent:
                del self._places[place.offset]
                self._grants.append((place.offset, place.size))
        self._unused.clear()
        while self._grants and self._grants[-1][1] < size:
            self._send(_FREE, struct.pack("<Q", self._grants.pop()[0]))
        if not self._grants and not self._ask_for_memory(max(size, 1)):
            return look(memoryview(bytearray(size)), 0, size), None
        offset, room = self._grants.pop()
        memory = look(self._arena, offset, size)
        place = self._places[offset] = _Place(memory, self._unused.append)
        place.offset, place.size, place.is_sent = offset, room, False
        return memory, place

    def _ask_for_memory(self, size):
        if self._arena is None:
            raise ValueError("this node has no outputs")
        self._send(_ALLOCATE, struct.pack("<Q", size))
        kind, flags, _ = self._receive()
        while kind not in (_SLOT, _BYE):
            if kind == _INPUT:      # of a later round
                self._add(flags)
            kind, flags, _ = self._receive()
        if kind == _BYE:
            self._state = "over"
        elif not flags:
            self._grants.append(struct.unpack_from("<QQ", self._buffer, 16))
        return bool(self._grants)

    def new_frame(self, width=None, height=None, format=None):
        """Returns a picture to write to, in the memory from which the next task reads it: an array,
        or for a planar format a tuple of them. What is not given is as in the first input. Where
        there is no room for it in realtime, it is dropped when it is emitted."""
        like = self._like()
        if width is None or height is None or format is None:
            if not like:
                raise ValueError("new_frame needs width, height and format: the input is no picture")
            video = VIDEO_PART.unpack_from(like)
            width, height = width or video[1], height or video[2]
            format = format or read_text(video[0])
        key = width, height, format, like
        made = self._videos.get(key)
        if made is None:
            if len(self._videos) > 100:
                self._videos.clear()
            made = self._videos[key] = _pixels.describe(width, height, format, like)
        part, views, size = made
        memory, place = self._allocate(size, look_at)
        planes = [see(memory, *view) for view in views]
        frame = planes[0] if len(planes) == 1 else Planes(planes)
        frame.place, frame.video, frame.described = place, (part, size), self.about()
        return frame

    def about(self, number=0):
        """What an input of the round says beside its value (pts, time, index, source, metadata);
        after the last round, what the last one said. None: it is not there."""
        return self._round.abouts[number] if self._round else self._last_about

    def _like(self):
        about = self.about()
        return about.description[BY_TYPE:] if about and about.description[0] == VIDEO else None

    def emit(self, value, to=None, like=None, time=None):
        """Sends a value out of the output `to`; None: the first one. A frame that came in is passed
        on without a copy; one of new_frame() is sent as it lies. Another array is a picture or an
        array by the type of the output, anything else a JSON value. It follows the first input, or
        `like`, a frame that is kept; `time`, in seconds, replaces the time that it has from that."""
        message = self.message(value, to, like, time)
        if message is not None:
            self.send(message)

    def message(self, value, to=None, like=None, time=None):
        if self._state == "over":
            return None
        port = self._port(to)
        if getattr(value, "lease", 0) and time is None:
            if self._round and value.lease > self._round.leases[-1]:
                raise ValueError("a frame of a later input is no answer to this one; copy it")
            return bytearray(_PASS_WHOLE.pack(_PASS, 0, _PASS_WHOLE.size, 0, port, 0, value.lease))
        kind = self._kind(port, value)
        lease = like.lease if like is not None else 0
        if kind == VIDEO:
            return self._picture(port, lease, value, time)
        part, payload = b"", None
        if kind == ARRAY:
            part, payload = self._numbers(value)
        elif kind == AUDIO:
            part, payload = self._sound(value)
        else:
            payload = encode(value)
        size, place = len(payload), None
        if size > _MAX_FOLLOWING:
            memory, place = self._allocate(size)
            if not place:
                return self._dropped(port)
            memory[:] = payload
            payload = b""
        return self._describe(port, place, lease, kind, part, size, time) + payload

    def _picture(self, port, lease, value, time):
        if getattr(value, "video", None) is None:
            value = self._copy(value)
        if not value.place:
            return self._dropped(port)
        if value.place.is_sent:
            raise ValueError("this frame was emitted before; make a new one for each")
        part, size = value.video
        return self._describe(port, value.place, lease, VIDEO, part, size, time)

    def _copy(self, value):
        """Puts a picture that lies elsewhere where it can be sent from."""
        like = self._like()
        if isinstance(value, tuple):
            height, width = value[0].shape[:2]
            frame = self.new_frame(width, height)
            if [plane.shape for plane in frame] != [plane.shape for plane in value]:
                raise ValueError("these planes are not those of %s, which the input has; make "
                                 "the frame by new_frame()" % read_text(like[:24]))
            for new, old in zip(frame, value):
                new[:] = old
            return frame
        format = _pixels.guess_format(value, like)
        frame = self.new_frame(value.shape[1], value.shape[0], format)
        frame[:] = value.reshape(frame.shape)
        return frame

    @staticmethod
    def _numbers(value):
        if value.dtype.kind not in "biufc" or value.ndim > 8:
            raise ValueError("an array of %s with %d dimensions cannot be sent" % (
                value.dtype, value.ndim))
        shape = value.shape + (0,) * (8 - value.ndim)
        return ARRAY_PART.pack(value.dtype.str.encode(), value.ndim, 0, *shape), value.tobytes()

    def _sound(self, value):
        """Describes (samples, channels) with the rate and layout of the input."""
        about = self.about()
        format = {kind: name for name, kind in SAMPLES.items()}.get(value.dtype.str)
        if not about or about.description[0] != AUDIO or value.ndim != 2 or not format:
            raise ValueError("sound is made of sound, as an array of (samples, channels)")
        old, size = AUDIO_PART.unpack_from(about.description, BY_TYPE), value.nbytes
        if value.shape[1] != old[3]:
            raise ValueError("the input has %d channels, this sound has %d" % (
                old[3], value.shape[1]))
        part = AUDIO_PART.pack(format.encode(), old[1], old[2], old[3], value.shape[0], 1, 0, size,
                               size, 1, 0)
        return part, value.tobytes()

    def _kind(self, port, value):
        """Returns what a value is sent as."""
        named = self.outputs[port]["type"]
        is_planar = isinstance(value, tuple) and len(value) > 0 and all(map(is_array, value))
        if not is_planar and not is_array(value):
            if named not in ("value", "any"):
                raise TypeError("the output %s is %s, and cannot have a %s" % (
                    self.outputs[port]["name"], named, type(value).__name__))
            return VALUE
        if named != "any":
            return TYPES[named]
        is_picture = is_planar or getattr(value, "video", None) or self._like()
        return VIDEO if is_picture else ARRAY

    def _port(self, to):
        if to is None:
            return 0
        if to not in self.ports:
            raise KeyError("there is no output %r; there are: %s" % (to, ", ".join(self.ports)))
        return self.ports[to]

    @staticmethod
    def _dropped(port):
        return bytearray(_PASS_WHOLE.pack(_DROP, 0, _PASS_WHOLE.size, 0, port, 0, 0))

    def _describe(self, port, place, lease, kind, part, size, time):
        """Makes an EMIT, but for the payload that may follow it."""
        message, offset = bytearray(_PLAIN_EMIT), 0
        if place:
            offset, place.is_sent = place.offset, True
            del self._places[offset]
        _EMIT_HEAD.pack_into(message, 0, _EMIT, 0, len(message) + (0 if place else size), 0, port,
                             bool(place), offset, lease)
        message[40] = kind
        _NUMBER.pack_into(message, 40 + AT_SIZE, size)
        if part:
            message[40 + BY_TYPE:40 + BY_TYPE + len(part)] = part
        if time is not None:
            _TIMES.pack_into(message, 40 + AT_TIMES, round(time * 1000000), 0, 1, 1000000)
        elif self._state == "flushing" and self._last_about:
            for first, end in (AT_TIMES, AT_ORIGIN), (AT_SOURCE_ID, AT_SIZE), (AT_SOURCE, BY_TYPE):
                message[40 + first:40 + end] = self._last_about.description[first:end]
        return message

    # Rounds.

    def ready(self):
        """Says that the program can begin; the first call of run() does."""
        if self._state == "starting":
            self._state = "ready"
            self._send(_READY)

    def alive(self):
        """Says that a long computation goes on, for `stall_after`."""
        self._send(_ALIVE)

    def end(self):
        """Says that this program wants no more inputs, or that a producer has no more to give."""
        if self._state in ("ready", "asked"):
            self._send(_END)
            self._state = "ending"

    def run(self):
        """Iterates over the inputs of the node, each time a tuple with one of each port. What was
        emitted meanwhile is the answer to them. After the last it may emit what is left."""
        self.ready()
        return _Rounds(self)

    def complain(self, error, is_fatal):
        """Tells the worker of an exception: its last line, and the traceback for the log, from where
        it leaves this module."""
        import traceback
        trace, folder = error.__traceback__, os.path.dirname(__file__)
        while trace and os.path.dirname(trace.tb_frame.f_code.co_filename) == folder:
            trace = trace.tb_next
        is_syntax = isinstance(error, SyntaxError)
        only = traceback.format_exception_only(type(error), error)
        text = "%s: %s" % (type(error).__name__, error) if is_syntax else only[-1].strip()
        details = only[:-1] if is_syntax or not trace else traceback.format_exception(
            type(error), error, trace)[:-len(only)]
        text, details = text.encode()[:1000], "".join(details).encode()[-60000:]
        self._send(_ERROR, struct.pack("<II", len(text), len(details)) + text + details,
                   _FATAL if is_fatal else 0)
        for number in self._round.leases if self._round else ():
            self._live.pop(number, None)
        self._round, self._state = None, "over" if is_fatal else "ready"

    def leave(self):
        """At the exit of the interpreter: ends the round, and waits until vflow has said goodbye."""
        if os.getpid() != self._process:    # a copy of it
            return
        if self._state == "flushing":
            self.settle()
        elif self._state in ("ready", "asked"):
            self.end()
        while self._state not in ("starting", "over"):
            if self._receive()[0] == _BYE:
                self._state = "over"


class _Rounds:
    """What Node.run() returns. It is no generator, which would end with the loop around it."""

    def __init__(self, node):
        self._node = node

    def __iter__(self):
        return self

    def __next__(self):
        node = self._node
        if node.is_producer:
            if node.has_bye():
                raise StopIteration
            return ()
        if node._state == "asked":
            node.settle()
        if node._state != "ready" or not node.next():
            raise StopIteration
        return node.take()


def begin(descriptor):
    """Makes this process a node: it greets, and says goodbye at its end."""
    signal.signal(signal.SIGINT, lambda *_: None)   # the end of the inputs comes instead
    sys.stdout.reconfigure(line_buffering=True)
    node = Node(descriptor)

    def complain(_, error, trace):
        error.__traceback__ = trace
        node.complain(error, True)

    sys.excepthook = complain
    atexit.register(node.leave)
    return node
