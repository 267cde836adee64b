# SPDX-License-Identifier: MIT
"""Functions in Python as nodes, beside what people write by hand."""

import os
import shutil
import subprocess
import sys

from contest import Candidate, Goal, Work
from frame_works import ratio_of, speed_of
from measure import Command
from outputs import look_at_report
from start_works import milliseconds

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python_peers.py")
MEAN = "def process(frame): return frame[0].mean()"


def find_python(modules="numpy, zmq", packages="python3-numpy, python3-zmq"):
    """A Python with these modules, and why there is none."""
    for path in (sys.executable, shutil.which("python3"), "/usr/bin/python3"):
        if path and not subprocess.run([path, "-c", f"import {modules}"], check=False,
                                       stderr=subprocess.DEVNULL).returncode:
            return path, ""
    return "", f"no Python with {modules}: packages {packages}"


GST = "import gi, numpy; gi.require_version('Gst', '1.0'); gi.require_version('GstApp', '1.0')"


def without(python, missing, modules, packages):
    """Why a peer cannot run."""
    if missing or not subprocess.run([python, "-c", modules], check=False,
                                     stderr=subprocess.DEVNULL).returncode:
        return missing
    return "packages " + packages


def peer(python, *words):
    return lambda folder: [Command([python, "-B", PEERS, *map(str, words)])]


def of_frames(settings, count, python, **variables):
    return settings.vflow("python_pass", own_nodes=True,
                          variables={"frames": count, "python": python, **variables})


def passing(settings):
    """1080p frames through a function that returns them."""
    python, missing = find_python()
    count, few = settings.count(9000), settings.count(1000)
    candidates = [
        Candidate("vflow", count, of_frames(settings, count, python),
                  look_at_report("out", count=count), missing),
        Candidate("shared_memory by hand", count, peer(python, "shared", count), missing=missing,
                  role="peer"),
        Candidate("GStreamer appsink", count, peer(python, "gstreamer", count),
                  missing=without(python, missing, GST, "python3-gst-1.0"), role="peer"),
        Candidate("pyzmq, pickle", few, peer(python, "pickled", few), missing=missing,
                  role="peer")]
    return Work("python-pass", "1080p frames through a Python function that returns them", "fps",
                candidates, [Goal("speed >= 1500 fps", speed_of("vflow"), at_least=1500,
                                  form="{:.0f}")])


def mean(settings):
    """The mean of the luma, beside the loop that does nothing else."""
    python, missing = find_python()
    count = settings.count(2000)
    ours, loop = "vflow", "one Python process"
    candidates = [
        Candidate(ours, count, of_frames(settings, count, python, code=MEAN),
                  look_at_report("out", count=count), missing),
        Candidate(loop, count, peer(python, "one", count), missing=missing, role="peer")]
    return Work("python-mean", "the mean of the luma of 1080p frames", "fps", candidates,
                [Goal("speed >= 0.90x one process over a frame in memory", ratio_of(ours, loop),
                      at_least=0.9, form="{:.2f}x")])


def messages(settings):
    """What a message costs in Python and its worker: the difference to a flow without them."""
    python, missing = find_python()
    count = settings.count(200000)
    ours, plain = "vflow, Python", "vflow, without"

    def flow(name, **variables):
        return settings.vflow(name, {"last": count - 1, **variables})

    def cost(results):
        one, other = results.of(ours), results.of(plain)
        if not one or not other or not one.runs or not other.runs:
            return None
        return 1e6 * (one.median_cost_s - other.median_cost_s)

    look = look_at_report("out", count=count)
    return Work("python-messages", "numbers through a Python function that returns them", "msg/s",
                [Candidate(ours, count, flow("python_messages", python=python), look, missing),
                 Candidate(plain, count, flow("python_plain"), look, role="floor")],
                [Goal("CPU a message in Python and its worker <= 60 us", cost, at_most=60,
                      form="{:.1f} us")])


def start(settings):
    """What a Python task adds to the start of a flow, beside an interpreter that imports numpy."""
    python, missing = find_python()
    ours, plain, numpy = "vflow, Python", "vflow, no media", "import numpy"
    milliseconds_of = [milliseconds(name) for name in (ours, plain, numpy)]

    def beyond(results):
        values = [measure(results) for measure in milliseconds_of]
        return None if None in values else values[0] - values[1] - values[2]

    look = look_at_report("out", count=1)
    return Work("python-start", "start, one message through Python with numpy, stop", "ms",
                [Candidate(ours, 1, settings.vflow("python_start", {"python": python}), look,
                           missing),
                 Candidate(plain, 1, settings.vflow("w5_core"), look, role="floor"),
                 Candidate(numpy, 1, lambda folder: [Command([python, "-c", "import numpy"])],
                           missing=missing, role="floor")],
                [Goal("beyond both <= 20 ms", beyond, at_most=20, form="{:.1f} ms")],
                repeat=max(1, settings.count(20)), has_memory=False)


WORKS = {"python-pass": passing, "python-mean": mean, "python-messages": messages,
         "python-start": start}
