# SPDX-License-Identifier: MIT
"""The flows in which one task lies."""

from dataclasses import dataclass

# A worker that waits for what will never come is found by that, and the run ends. Who lies may also say
# that it works: it is asked to stop, and then killed.
HEAD = ("vflow: 1\nsandbox: {sandbox}\n{mode}"
        "defaults: {{max_restarts: 8, backoff: 10ms, stall_after: {patience}s}}\n")
NUMBERS, VIDEO = "numbers", "video"


@dataclass(frozen=True)
class Flow:
    name: str
    nodes: str
    before: dict  # of each output, the tasks that it comes from, and itself: who can change it
    count: int
    output: str = NUMBERS
    mode: str = ""
    needs_clip: bool = False

    @property
    def tasks(self):
        return sorted(set().union(*self.before.values()))

    def text(self, places, patience, sandbox):
        head = HEAD.format(mode=self.mode, patience=patience, sandbox=sandbox)
        return head + "nodes:" + self.nodes.format(count=self.count, **places)


LINE = Flow("line", """
  n: {{type: int_source, end: {count}}}
  one: {{type: identity, inputs: n}}
  two: {{type: identity, inputs: one}}
  out: {{type: print, inputs: two}}
  by: {{type: identity, inputs: n}}
  aside: {{type: file_append, path: {aside}, append: false, inputs: by}}
""", {"out": {"n", "one", "two", "out"}, "aside": {"n", "by", "aside"}}, 3000)

FORK = Flow("fork", """
  n: {{type: int_source, end: {count}}}
  one: {{type: identity, inputs: {{from: n, queue: 2}}}}
  two: {{type: identity, inputs: one}}
  both: {{type: joiner, inputs: [two, n]}}
  out: {{type: print, inputs: both}}
  aside: {{type: file_append, path: {aside}, append: false, inputs: n}}
""", {"out": {"n", "one", "two", "both", "out"}, "aside": {"n", "aside"}}, 2000)

REPLICAS = Flow("replicas", """
  n: {{type: int_source, end: {count}}}
  r: {{type: identity, inputs: n, replicas: 2}}
  s: {{type: identity, inputs: r, replicas: 2}}
  out: {{type: print, inputs: s}}
  aside: {{type: file_append, path: {aside}, append: false, inputs: n}}
""", {"out": {"n", "r.1", "r.2", "s.1", "s.2", "s.gather", "out"}, "aside": {"n", "aside"}}, 2000)

FILTER = Flow("filter", """
  n: {{type: int_source, end: {count}}}
  some: {{type: every, nth: 3, inputs: n}}
  on: {{type: identity, inputs: some}}
  out: {{type: print, inputs: on}}
  aside: {{type: file_append, path: {aside}, append: false, inputs: n}}
""", {"out": {"n", "some", "on", "out"}, "aside": {"n", "aside"}}, 3000)

OLDEST = Flow("oldest", """
  n: {{type: int_source, end: {count}, fps: 2000}}
  one: {{type: identity, inputs: {{from: n, queue: 3, drop: oldest}}}}
  slow: {{type: identity, fps: 500, inputs: {{from: one, queue: 2, drop: oldest}}}}
  both: {{type: joiner, inputs: [slow, n]}}
  out: {{type: print, inputs: both}}
  aside: {{type: file_append, path: {aside}, append: false, inputs: {{from: n, drop: never}}}}
""", {"out": {"n", "one", "slow", "both", "out"}, "aside": {"n", "aside"}}, 800,
              mode="mode: realtime\n")

PICTURES = Flow("pictures", """
  t: {{type: test_source, size: 160x90, frames: {count}}}
  small: {{type: resize, width: 96, height: 54, inputs: t}}
  same: {{type: identity, inputs: small}}
  drawn: {{type: draw_text, text: hello, inputs: same}}
  out: {{type: video_writer, path: {path}, codec: ffv1, inputs: drawn}}
  aside: {{type: file_append, path: {aside}, append: false, inputs: t}}
""", {"out": {"t", "small", "same", "drawn", "out"}, "aside": {"t", "aside"}}, 60, output=VIDEO)

PACKETS = Flow("packets", """
  v: {{type: video_reader, path: {clip}}}
  on: {{type: identity, inputs: v.packets}}
  small: {{type: resize, width: 96, height: 54, inputs: v.video}}
  out: {{type: video_writer, path: {path}, codec: ffv1, inputs: [small, v.audio]}}
  copy: {{type: video_writer, path: {copy}, codec: copy, inputs: {{video: on, audio: v.audio}}}}
  aside: {{type: file_append, path: {aside}, append: false, inputs: v.video}}
""", {"out": {"v", "small", "out"}, "copy": {"v", "on", "copy"}, "aside": {"v", "aside"}}, 100,
               output=VIDEO, needs_clip=True)

# Who repeats origins hides loss: the frames in between come to the join without a partner. Over sockets
# each message is changed on its way, so these are sure to be found.
SURE = tuple((FORK, task, ("origins",), transport) for task in ("one", "two")
             for transport in ("ipc", "tcp"))
MISSED = "can have been missing"

ALL = (LINE, FORK, REPLICAS, FILTER, OLDEST, PICTURES, PACKETS)
