# SPDX-License-Identifier: MIT
"""The flows that are disturbed, and what each of them must come to all the same."""

import os
import re
from dataclasses import dataclass, replace

# Patience is short, so that a stopped worker is found soon; but for those whose loss ends the flow,
# since a machine that is busy may keep any worker waiting.
DEFAULTS = "{max_restarts: 1000, backoff: 10ms, stall_after: 1s}"
PATIENT = f"stall_after: {5 * int(os.environ.get('VFLOW_TEST_PATIENCE', '1'))}s"
QUICK_PART = 5  # of the messages that a quick run has
SHM, IPC, TCP = "shm", "ipc", "tcp"  # the transports
HOSTS = "hosts"  # shared memory, but between two parts that are as if on two hosts
NUMBERS = "numbers"
VIDEO = "video"


@dataclass(frozen=True)
class Flow:
    name: str
    nodes: str  # in YAML, indented by two
    recovering: tuple  # the tasks that are started again and go on as if nothing had been
    final: tuple  # the tasks whose loss ends the flow
    count: int  # messages that the source makes
    output: str = NUMBERS
    is_realtime: bool = False
    is_quick: bool = True
    is_live: bool = False  # its file must be playable as far as it was written a while ago
    others: tuple = ()  # its nodes as they may be changed to while it runs
    base: int = 0  # of the ports, where its parts are on two hosts; 0: they are not
    gaps: int = 0  # messages that may be missing before the end of what there is, when the run fails

    @property
    def tasks(self):
        return self.recovering + self.final

    def carried_by(self, transport, base):
        """The same over sockets, where a flow cannot be changed while it runs."""
        if transport == SHM:
            return self
        return replace(self, others=(), base=base if transport == HOSTS else 0)

    def _hosts(self):
        """Every second node on a host of its own kind, but what is in one group."""
        nodes = re.findall(r"^  (\w+): \{(.*)", self.nodes, re.MULTILINE)
        left = [name for i, (name, keys) in enumerate(nodes) if i % 2 and "group:" not in keys]
        return (f"hosts:\n  left: {{nodes: [{', '.join(left)}], address: 127.0.0.2, "
                f"base: {self.base}}}\n  right: {{address: 127.0.0.3, base: {self.base}}}\n")

    def text(self, count, files, other=0):
        """The flow, or one that it may be changed to, from 1."""
        nodes = (self.nodes, *self.others)[other].format(count=count, patient=PATIENT, **files)
        mode = "mode: realtime\n" if self.is_realtime else ""
        hosts = self._hosts() if self.base else ""
        return f"vflow: 1\n{mode}{hosts}defaults: {DEFAULTS}\nnodes:\n{nodes}"


LINE = Flow("line", """
  n: {{type: int_source, end: {count}}}
  one: {{type: identity, inputs: n}}
  two: {{type: identity, inputs: one}}
  out: {{type: print, inputs: two, {patient}}}
""", ("n", "one", "two"), ("out",), 40000)

NARROW = Flow("narrow", """
  n: {{type: int_source, end: {count}}}
  one: {{type: identity, inputs: {{from: n, queue: 1}}}}
  two: {{type: identity, inputs: {{from: one, queue: 1}}}}
  out: {{type: print, inputs: {{from: two, queue: 1}}, {patient}}}
""", ("n", "one", "two"), ("out",), 15000)

FORK = Flow("fork", """
  n: {{type: int_source, end: {count}}}
  one: {{type: identity, inputs: n}}
  two: {{type: identity, inputs: one}}
  both: {{type: joiner, inputs: [two, n]}}
  out: {{type: print, inputs: both, {patient}}}
""", ("n", "one", "two", "both"), ("out",), 25000)

WEB = Flow("web", """
  n: {{type: int_source, end: {count}}}
  a: {{type: identity, inputs: {{from: n, queue: 2}}}}
  b: {{type: identity, inputs: n}}
  c: {{type: identity, inputs: {{from: n, queue: 1}}}}
  ab: {{type: joiner, inputs: [a, b]}}
  bc: {{type: joiner, inputs: [b, c]}}
  all: {{type: joiner, inputs: [ab, bc, n]}}
  out: {{type: print, inputs: all, {patient}}}
""", ("n", "a", "b", "c", "ab", "bc", "all"), ("out",), 12000)

REPLICAS = Flow("replicas", """
  n: {{type: int_source, end: {count}}}
  r: {{type: identity, inputs: n, replicas: 3}}
  on: {{type: identity, inputs: r}}
  out: {{type: print, inputs: on, {patient}}}
""", ("n", "r.1", "r.2", "r.3", "on"), ("out",), 20000)

MESH = Flow("mesh", """
  n: {{type: int_source, end: {count}}}
  r: {{type: identity, inputs: n, replicas: 2}}
  s: {{type: identity, inputs: r, replicas: 3}}
  both: {{type: joiner, inputs: [s, n]}}
  out: {{type: print, inputs: both, {patient}}}
""", ("n", "r.1", "r.2", "s.1", "s.2", "s.3", "s.gather", "both"), ("out",), 10000)

GROUP = Flow("group", """
  n: {{type: int_source, end: {count}}}
  a: {{type: identity, inputs: n, group: g}}
  b: {{type: identity, inputs: a, group: g}}
  c: {{type: joiner, inputs: [a, b], group: g}}
  on: {{type: identity, inputs: c}}
  out: {{type: print, inputs: on, {patient}}}
""", ("n", "g", "on"), ("out",), 30000)

FILTER = Flow("filter", """
  n: {{type: int_source, end: {count}}}
  some: {{type: every, nth: 3, inputs: n, {patient}}}
  on: {{type: identity, inputs: some}}
  both: {{type: joiner, inputs: [on, n]}}
  out: {{type: print, inputs: both, {patient}}}
""", ("n", "on", "both"), ("some", "out"), 30000)

SUM = Flow("sum", """
  n: {{type: int_source, end: {count}}}
  on: {{type: identity, inputs: n}}
  all: {{type: sum, inputs: on, {patient}}}
  out: {{type: print, inputs: all, {patient}}}
""", ("n", "on"), ("all", "out"), 30000)

NEWEST = Flow("newest", """
  n: {{type: int_source, end: {count}, fps: 2000}}
  one: {{type: identity, inputs: {{from: n, queue: 2}}}}
  slow: {{type: identity, fps: 500, inputs: {{from: one, queue: 2}}}}
  out: {{type: print, inputs: slow, {patient}}}
""", ("n", "one", "slow"), ("out",), 1500, is_realtime=True)

OLDEST = Flow("oldest", """
  n: {{type: int_source, end: {count}, fps: 2000}}
  one: {{type: identity, inputs: {{from: n, queue: 3, drop: oldest}}}}
  slow: {{type: identity, fps: 400, inputs: {{from: one, queue: 2, drop: oldest}}}}
  both: {{type: joiner, inputs: [slow, n]}}
  out: {{type: print, inputs: both, {patient}}}
""", ("n", "one", "slow", "both"), ("out",), 1500, is_realtime=True)

PROGRAM = Flow("program", """
  n: {{type: int_source, end: {count}}}
  r: {{type: process, command: [{client}, pass], inputs: n, outputs: {{out: value}},
       stateless: true, replicas: 3}}
  on: {{type: identity, inputs: r}}
  out: {{type: print, inputs: on, {patient}}}
""", ("n", "r.1", "r.2", "r.3", "r.1 program", "r.2 program", "r.3 program", "on"), ("out",), 20000)

# A program that is killed before it has begun ends the flow, and its replica takes with it what it has:
# a batch in work, and one in its queue.
BATCHES = Flow("batches", """
  n: {{type: int_source, end: {count}}}
  r: {{type: python, python: {python}, code: "def process(numbers): return numbers", inputs: n,
       outputs: {{out: value}}, batch: {{max: 8, wait: 1ms}}, stateless: true, replicas: 2}}
  both: {{type: joiner, inputs: [r, n]}}
  out: {{type: print, inputs: both, {patient}}}
""", ("n", "r.1", "r.2", "both"), ("r.1 program", "r.2 program", "out"), 20000, gaps=2 * 16)

# What each is changed to leaves the last task as it is, and so that before it.
CHANGED = Flow("changed", """
  n: {{type: int_source, end: {count}}}
  one: {{type: identity, inputs: n}}
  two: {{type: identity, inputs: one}}
  out: {{type: print, inputs: two, {patient}}}
""", ("n", "one", "two"), ("out",), 40000, others=("""
  n: {{type: int_source, end: {count}}}
  more: {{type: identity, inputs: n}}
  one: {{type: identity, inputs: {{from: more, queue: 2}}}}
  two: {{type: identity, inputs: one}}
  out: {{type: print, inputs: two, {patient}}}
""", """
  n: {{type: int_source, end: {count}}}
  one: {{type: identity, inputs: n, replicas: 3}}
  two: {{type: identity, inputs: one}}
  out: {{type: print, inputs: two, {patient}}}
""", """
  n: {{type: int_source, end: {count}}}
  beside: {{type: identity, inputs: n}}
  two: {{type: identity, inputs: n}}
  last: {{type: void, inputs: beside, {patient}}}
  out: {{type: print, inputs: two, {patient}}}
"""))

PICTURES = Flow("pictures", """
  t: {{type: test_source, size: 160x90, frames: {count}}}
  small: {{type: resize, width: 96, height: 54, inputs: t}}
  large: {{type: resize, width: 128, height: 72, inputs: small, replicas: 2}}
  same: {{type: identity, inputs: large}}
  out: {{type: video_writer, path: {path}, codec: ffv1, inputs: same, {patient}}}
""", ("t", "small", "large.1", "large.2", "same"), ("out",), 120, output=VIDEO, others=("""
  t: {{type: test_source, size: 160x90, frames: {count}}}
  all: {{type: identity, inputs: t}}
  small: {{type: resize, width: 96, height: 54, inputs: all}}
  large: {{type: resize, width: 128, height: 72, inputs: small}}
  same: {{type: identity, inputs: large}}
  seen: {{type: void, inputs: all, {patient}}}
  out: {{type: video_writer, path: {path}, codec: ffv1, inputs: same, {patient}}}
""",))

CLIP = Flow("clip", """
  v: {{type: video_reader, path: {clip}}}
  on: {{type: identity, inputs: v.video}}
  small: {{type: resize, width: 96, height: 54, inputs: {{from: on, queue: 1}}}}
  out: {{type: video_writer, path: {path}, codec: ffv1, inputs: [small, v.audio], {patient}}}
""", ("v", "on", "small"), ("out",), 120, output=VIDEO)

CAMERA = Flow("camera", """
  t: {{type: test_source, size: 160x90, frames: {count}, live: true}}
  small: {{type: resize, width: 96, height: 54, inputs: t}}
  out: {{type: video_writer, path: {path}, inputs: small, {patient}}}
""", ("t", "small"), ("out",), 75, output=VIDEO, is_quick=False, is_live=True)

ALL = (LINE, NARROW, FORK, WEB, REPLICAS, MESH, GROUP, FILTER, SUM, NEWEST, OLDEST, PROGRAM,
       BATCHES, CHANGED, PICTURES, CLIP, CAMERA)
