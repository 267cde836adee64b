# SPDX-License-Identifier: MIT
"""W6: how old a live picture is when a task that cannot keep up has delivered it."""

import os
import re
import statistics

from contest import Candidate, Goal, Work
from measure import Command

RATE = 30
NS_PER_MS = 1e6
NS_PER_S = 1e9
TASK_US = 100000
REFERENCE = {"p50": 203, "p95": 219}  # milliseconds, as measured for the goals
TRACE = re.compile(r"latency, .*time=\(guint64\)(\d+), ts=\(guint64\)(\d+)")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def note_ages(run, arrivals):
    """`arrivals` are pairs of when and how old, in nanoseconds."""
    if len(arrivals) < 3:
        run.complaint = f"only {len(arrivals)} frames were delivered"
        return
    times, ages = zip(*arrivals)
    run.extras["rate"] = (len(times) - 1) * NS_PER_S / (times[-1] - times[0])
    run.extras["p50"] = statistics.median(ages) / NS_PER_MS
    run.extras["p95"] = percentile(ages, 0.95) / NS_PER_MS


def look_at_ages(folder, run):
    with open(os.path.join(folder, "stdout.0"), encoding="ascii") as file:
        note_ages(run, [tuple(map(int, line.split())) for line in file])


def look_at_trace(folder, run):
    with open(os.path.join(folder, "trace"), encoding="utf-8", errors="replace") as file:
        found = [TRACE.search(line) for line in file]
    note_ages(run, [(int(each[2]), int(each[1])) for each in found if each])


def gst_live(gst, frames, leaky):
    pipeline = (f"videotestsrc is-live=true num-buffers={frames} ! "
                f"video/x-raw,format=I420,width=1920,height=1080,framerate={RATE}/1 ! "
                f"queue leaky={leaky} max-size-buffers=1 max-size-bytes=0 max-size-time=0 ! "
                f"identity sleep-time={TASK_US} ! fakesink sync=false")

    def commands(folder):
        return [Command(gst.command("-q", *pipeline.split()), {
            "GST_TRACERS": "latency", "GST_DEBUG": "GST_TRACER:7", "GST_DEBUG_NO_COLOR": "1",
            "GST_DEBUG_FILE": os.path.join(folder, "trace")})]

    return commands


def extra(name, key):
    def measure(results):
        series = results.of(name)
        return series.extra(key) if series else None

    return measure


def no_worse(results, key):
    """Whether drop: oldest is as fresh as gst's leaky queue, as a ratio."""
    gst = [each for each in results.series.values() if each.candidate.role == "peer"
           and each.candidate.heat == "oldest" and each.runs]
    ours = results.of("vflow, drop: oldest").extra(key)
    return ours / gst[0].extra(key) if gst and ours else None


def remarks(results):
    return [f"age of what is delivered: {name}: p50 {series.extra('p50'):.1f} ms, "
            f"p95 {series.extra('p95'):.1f} ms"
            for name, series in results.series.items() if series.runs]


def live(settings):
    """A camera of 30 frames a second into a task that takes 100 ms."""
    frames = max(2 * RATE, settings.count(10 * RATE))
    gst = settings.tools.gst
    candidates = []
    for drop, leaky in (("oldest", "downstream"), ("newest", "upstream")):
        candidates += [
            Candidate(f"vflow, drop: {drop}", frames,
                      settings.vflow("w6", {"frames": frames, "drop": drop}, own_nodes=True),
                      look_at_ages, heat=drop),
            Candidate(f"{gst.name} leaky={leaky}", frames, gst_live(gst, frames, leaky),
                      look_at_trace, gst.missing, heat=drop, role="peer"),
        ]
    oldest, newest = "vflow, drop: oldest", "vflow, drop: newest"
    return Work("W6", "30 fps live 1080p into a task that takes 100 ms", "fps", candidates,
                [Goal("oldest: p50 <= 118 ms", extra(oldest, "p50"), at_most=118,
                      form="{:.1f} ms"),
                 Goal("oldest: p95 <= 134 ms", extra(oldest, "p95"), at_most=134,
                      form="{:.1f} ms"),
                 Goal("oldest: >= 9.9 fps", extra(oldest, "rate"), at_least=9.9),
                 Goal("oldest: p50 beside gst's", lambda r: no_worse(r, "p50"), at_most=1.03,
                      form="{:.2f}x"),
                 *(Goal(f"newest: {key} <= the reference's {most} ms", extra(newest, key),
                        at_most=most, form="{:.1f} ms") for key, most in REFERENCE.items()),
                 Goal("newest: >= the reference's 9.1 fps", extra(newest, "rate"), at_least=9.1)],
                remarks=remarks, has_memory=False)
