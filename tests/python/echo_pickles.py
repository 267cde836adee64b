# SPDX-License-Identifier: MIT
"""Sends random plain values to build/example/echo, and compares what comes back: as values, and
byte by byte with what CPython itself writes.

    echo_pickles.py ECHO FOLDER COUNT [SEED]
"""

import collections
import os
import pickle
import random
import subprocess
import sys
import zlib

import zmq

from pyzmq_functions import recv_zipped_pickle, send_zipped_pickle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Values:
    """Random plain values, of which some stand in several places."""

    def __init__(self, rng):
        self.rng = rng
        self.shared = []

    def text(self):
        length = self.rng.choice([self.rng.randrange(4), self.rng.randrange(301)])
        if self.rng.random() < 0.01:
            length = 70000
        limit = self.rng.choice([0x80, 0x100, 0x3000, 0x110000])
        return "".join(chr(self.rng.randrange(limit)) for _ in range(length))

    def integer(self):
        bits = self.rng.choice([1, 8, 9, 16, 31, 32, 33, 63, 64, 65, 128, 2040, 2048, 5000])
        return self.rng.getrandbits(bits) * self.rng.choice([-1, 1])

    def real(self):
        special = [0.0, -0.0, 0.1, 1e16, 1e300, 5e-324, float("inf"), -float("inf")]
        return self.rng.choice(special + [self.rng.random(), self.rng.uniform(-1e20, 1e20)])

    def data(self):
        length = self.rng.choice([0, 1, 2, self.rng.randrange(301), 1000])
        if self.rng.random() < 0.01:
            length = 70000
        return self.rng.getrandbits(8 * length + 1).to_bytes(length + 1, "big")[1:]

    def leaf(self):
        makers = [lambda: None, lambda: self.rng.random() < 0.5, self.integer, self.integer,
                  self.real, self.text, self.text, self.data]
        return self.rng.choice(makers)()

    def key(self, depth=0):
        kind = self.rng.randrange(10)
        if kind < 7 or depth > 2:
            return self.leaf()
        keys = (self.key(depth + 1) for _ in range(self.rng.randrange(5)))
        return tuple(keys) if kind < 9 else frozenset(keys)

    def container(self, depth):
        count = self.rng.choice([0, 1, 2, 3, 4, 8])
        item, key = lambda: self.value(depth + 1), self.key
        if self.rng.random() < 0.01:
            count = self.rng.choice([999, 1000, 1001, 2000])
            item = key = self.integer
        return self.rng.choice([
            lambda: [item() for _ in range(count)],
            lambda: tuple(item() for _ in range(count)),
            lambda: {key(): item() for _ in range(count)},
            lambda: {key() for _ in range(count)},
            lambda: frozenset(key() for _ in range(count)),
        ])()

    def value(self, depth=0):
        if self.shared and self.rng.random() < 0.1:
            return self.rng.choice(self.shared)
        value = self.leaf() if depth > 2 or self.rng.random() < 0.4 else self.container(depth)
        if len(self.shared) < 50:
            self.shared.append(value)
        return value


def boundaries():
    """Plain values on each side of every boundary that a pickle knows."""
    rng = random.Random(1)
    for limit in (0x80, 0x100, 0x3000, 0xd800, 0x110000):
        yield ["".join(chr(rng.randrange(limit)) for _ in range(length)) for length in range(301)]
    characters = [chr(number) for number in range(0x120)]
    yield characters + characters
    pairs = [one + other for one in "\0 0Aaz\x7f\x80\xff" for other in "\0 0Aaz\x7f\x80\xff"]
    yield pairs + pairs
    yield {pair: index for index, pair in enumerate(pairs)}
    yield {"en": 1, "in": 2}, ["40", "0"], ("", "")
    yield [bytes([number]) for number in range(256)] * 2 + [b"", b"", chr(97), b"a", b"aa", b"aa"]
    yield [rng.randbytes(length) for length in range(301)]
    yield [sign * 2 ** bits + step for bits in range(140) for sign in (-1, 1)
           for step in (-2, -1, 0, 1)]
    yield [sign * 2 ** bits - 1 for bits in (2031, 2032, 2039, 2040, 2047) for sign in (-1, 1)]
    yield [sign * 10.0 ** power / 3 for power in range(-320, 309) for sign in (-1, 1)]
    for count in (0, 1, 2, 3, 4, 999, 1000, 1001, 2000, 2001):
        yield list(range(count)), tuple(range(count)), dict.fromkeys(range(count), "ab")
        yield set(range(count)), frozenset(range(count))
    for length in (65530, 65535, 65536, 65537, 131072):
        yield ["a" * length, "b", b"c" * length, "d"]
    shared = ["en", ("in", {"on": "en"})]
    yield [shared, shared, shared[1], shared[1][1], {"s": shared, "t": shared[1]}]


class Harmless:
    """An object without any means to do harm: refused all the same."""


def refused():
    """Pickles that need more than plain data, with what the refusal has to name."""
    yield os.system, 0, b"GLOBAL at byte 0: it would import posix.system"
    yield os.system, 5, b"STACK_GLOBAL"
    yield Harmless(), 0, b"it would import copy_reg._reconstructor"
    yield Harmless(), 2, b"it would import __main__.Harmless"
    yield Harmless, 4, b"it would import __main__.Harmless"
    yield collections.OrderedDict(a=1), 2, b"it would import collections.OrderedDict"
    yield complex(1, 2), 3, b"it would import builtins.complex"
    yield set, 2, b"holds a class or a function"
    yield [frozenset], 3, b"holds a class or a function"
    yield range(3), 5, b"it would import builtins.range"


class Echo:
    """The program, with a socket of its own: a PAIR socket knows one other end in its life."""

    def __init__(self, echo, folder, count, protocol):
        endpoint = f"ipc://{folder}/pickles{protocol}"
        self.socket = zmq.Context.instance().socket(zmq.PAIR)
        self.socket.bind(endpoint)
        self.program = subprocess.Popen([echo, "pickle", endpoint, str(count), str(protocol)])

    def finish(self):
        assert self.program.wait(10) == 0
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.program.kill()  # after a mismatch; otherwise it has ended


def same(one, other):
    return type(one) is type(other) and (one == other or repr(one) == repr(other))


def compare_bytes(socket, sent, protocol):
    """What comes in the protocol that is sent comes back as the very same bytes."""
    send_zipped_pickle(socket, sent, protocol=protocol)
    assert socket.recv() == zlib.compress(pickle.dumps(sent, protocol)), repr(sent)


def compare(socket, rng, protocol):
    sent = Values(rng).value()
    if rng.random() < 0.5:
        compare_bytes(socket, sent, protocol)
    else:
        send_zipped_pickle(socket, sent, protocol=rng.choice(PROTOCOLS))
        received = recv_zipped_pickle(socket)
        assert same(sent, received), (sent, received)


def main(echo, folder, count, seed=None):
    seed = int(seed or random.randrange(1 << 32))
    print("seed", seed)
    rng = random.Random(seed)
    fixed = list(boundaries())
    for protocol in PROTOCOLS:
        with Echo(echo, folder, int(count) + len(fixed), protocol) as peer:
            for value in fixed:
                compare_bytes(peer.socket, value, protocol)
            for _ in range(int(count)):
                compare(peer.socket, rng, protocol)
            peer.finish()
    cases = list(refused())
    with Echo(echo, folder, len(cases) + 1, -1) as peer:
        for value, protocol, reason in cases:
            send_zipped_pickle(peer.socket, value, protocol=protocol)
            answer = peer.socket.recv()
            assert reason in answer, (value, answer)
        send_zipped_pickle(peer.socket, bytearray(b"five"))
        assert recv_zipped_pickle(peer.socket) == bytearray(b"five")
        peer.finish()


main(*sys.argv[1:])
