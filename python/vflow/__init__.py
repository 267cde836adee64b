# SPDX-License-Identifier: MIT
"""vflow from Python: nodes that are written in Python, and runs that a program starts.

A node, for `{type: python, call: "detect.py:Detector"}`; vflow-python(7) has more:

    class Detector:
        stateless = True
        def __init__(self, options): ...
        def process(self, frame): return {"boxes": [...]}

The same as a program, for `{type: process, command: [python3, detect.py]}`:

    import vflow
    for frame, in vflow.run():
        vflow.emit(frame.mean())

A run, from any program:

    with vflow.Flow("flow.yaml").run(threshold=0.4) as run:
        for line in run:
            print(line)
    print(run.report["exit_status"])

It needs the standard library alone; numpy where there are frames or arrays, and pyzmq for
Run.messages().
"""
import os
import sys

__all__ = ["Flow", "Run", "Error", "InvalidFlow", "node", "run", "emit", "new_frame", "about", "alive",
           "end"]

_self = None


def node():
    """Returns this program as a node of a flow (Node). Its options and ports are known from here on."""
    global _self
    if _self is None:
        if "VFLOW_SOCKET" not in os.environ:
            raise RuntimeError("this program is for a node of a flow: {type: process, command: "
                               "[python3, %s], ...}; see vflow-process(7)" % sys.argv[0])
        from ._node import begin
        _self = begin(int(os.environ.pop("VFLOW_SOCKET")))
        os.environ["VFLOW_NODE"] = _self.task   # for Flow.run(), also in what it starts
    return _self


def run():
    """Node.run() of node()."""
    return node().run()


def emit(value, to=None, like=None, time=None):
    """Node.emit() of node()."""
    node().emit(value, to, like, time)


def new_frame(width=None, height=None, format=None):
    """Node.new_frame() of node()."""
    return node().new_frame(width, height, format)


def about(number=0):
    """Node.about() of node()."""
    return node().about(number)


def alive():
    """Node.alive() of node()."""
    node().alive()


def end():
    """Node.end() of node()."""
    node().end()


def __getattr__(name):
    """Brings what runs flows only when it is asked for, so that a node starts soon."""
    if name in ("Flow", "Run", "Error", "InvalidFlow"):
        from . import _flow
        return getattr(_flow, name)
    raise AttributeError("module vflow has no attribute %r" % name)
