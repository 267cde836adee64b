# SPDX-License-Identifier: MIT
"""W3, W3r and W7: what it costs to pass frames and small messages on."""

import os

from contest import Candidate, Goal, Work
from measure import Command
from outputs import look_at_report
from settings import grouped

FRAME_BYTES = 1920 * 1080 * 3 // 2
GST_SLOTS = 10
HOPS = (1, 3, 6)
MESSAGE_BYTES = 300  # about what a description is
REFERENCE_FPS = 21  # the Python reference at six hops, as measured for the goals


def steps(hops):
    return [f"step{i}" for i in range(1, hops + 1)]


def gst_chain(gst, hops, count):
    """One gst-launch for each process, connected by shared memory. The first fills each frame,
    the last does not even read it. (videotestsrc, which writes into the shared memory itself,
    fills it up and stops forever behind the first hop.)"""

    def commands(folder):
        sockets = [os.path.join(folder, f"hop{i}") for i in range(hops + 1)]
        argv = gst.command("-q", "fakesrc", f"num-buffers={2 * count}", "filltype=zero",
                           "sizetype=fixed", f"sizemax={FRAME_BYTES}")
        chain = []
        for i, path in enumerate(sockets):
            size = GST_SLOTS * FRAME_BYTES
            chain.append(Command([*argv, "!", "shmsink", f"socket-path={path}",
                                  f"shm-size={size}", "wait-for-connection=true", "sync=false"],
                                 gst.environment, ready=path))
            argv = gst.command("-q", "shmsrc", f"socket-path={sockets[i]}")
        chain.append(Command([*argv, f"num-buffers={count}", "!", "fakesink", "sync=false"],
                             gst.environment))
        return chain

    return commands


def pipe_chain(settings, hops, count):
    return lambda folder: [Command([settings.tools.program("pipe_chain"), str(hops), str(count)])]


def zmq_chain(settings, endpoint, *numbers):
    """`numbers`: hops, messages, bytes of each, window; and the word curve, to encrypt them."""

    def commands(folder):
        words = [endpoint.replace("FOLDER", folder), *map(str, numbers)]
        return [Command([settings.tools.program("zmq_chain"), *words])]

    return commands


def frame_candidates(settings, hops):
    heat = f"N={hops}"
    tools, flow = settings.tools, f"w3_{hops}"
    ours, shared, piped = (settings.count(n) for n in (9000, 12000 // (hops + 2), 1200 // hops))
    flow_of_ours = {"variables": {"frames": ours}, "own_nodes": True}
    look = look_at_report("out", count=ours)
    return [
        Candidate(f"vflow {heat}", ours, settings.vflow(flow, **flow_of_ours), look, heat=heat),
        Candidate(f"vflow {heat} grouped", ours,
                  settings.vflow(flow, **flow_of_ours, values=grouped(steps(hops))), look,
                  heat=heat, role="grouped"),
        Candidate(f"{tools.gst.name} shm {heat}", shared, gst_chain(tools.gst, hops, shared),
                  missing=tools.gst.missing, heat=heat, role="peer"),
        Candidate(f"raw pipes {heat}", piped, pipe_chain(settings, hops, piped), heat=heat,
                  role="peer"),
    ]


def hop_cost_us(results, name):
    """Processor time for each hop more, between the shortest chain and the longest."""
    first, last = (results.of(f"{name} N={hops}") for hops in (HOPS[0], HOPS[-1]))
    if not first or not last or not first.runs or not last.runs:
        return None
    return 1e6 * (last.median_cost_s - first.median_cost_s) / (HOPS[-1] - HOPS[0])


def speed_of(name):
    def measure(results):
        series = results.of(name)
        return series.median_speed if series else None

    return measure


def ratio_of(one, other):
    return lambda results: results.speed_ratio(results.of(one), results.of(other))


def cost_of(one, other):
    """Processor time for each frame, as a part of another's."""

    def measure(results):
        first, second = results.of(one), results.of(other)
        if not first or not second or not first.runs or not second.runs:
            return None
        return first.median_cost_s / second.median_cost_s

    return measure


def scaled(measure, factor):
    def result(results):
        value = measure(results)
        return None if value is None else value * factor

    return result


def frames(settings):
    """1080p frames, written once, handed on by N processes that do nothing, read once."""
    gst = f"{settings.tools.gst.name} shm"
    candidates = [each for hops in HOPS for each in frame_candidates(settings, hops)]

    def remarks(results):
        costs = [(name, hop_cost_us(results, name)) for name in ("vflow", gst, "raw pipes")]
        return ["CPU for each hop more: " + ", ".join(
            f"{name} {cost:.0f} us" for name, cost in costs if cost is not None)]

    return Work("W3", "1080p frames written once, handed on by N processes, read once", "fps",
                candidates,
                [Goal("N=1 >= 3100 fps", speed_of("vflow N=1"), at_least=3100, form="{:.0f}"),
                 Goal("N=6 >= 2500 fps", speed_of("vflow N=6"), at_least=2500, form="{:.0f}"),
                 Goal("N=6 no more than 20 % slower than N=1", ratio_of("vflow N=6", "vflow N=1"),
                      at_least=0.8, form="{:.2f}x"),
                 Goal("CPU for each hop more <= 45 us", lambda r: hop_cost_us(r, "vflow"),
                      at_most=45, form="{:.1f} us"),
                 Goal("N=6 >= 4x gst", ratio_of("vflow N=6", f"{gst} N=6"), at_least=4,
                      form="{:.1f}x"),
                 Goal(f"N=6 >= 100x the reference's {REFERENCE_FPS} fps",
                      scaled(speed_of("vflow N=6"), 1 / REFERENCE_FPS), at_least=100,
                      form="{:.0f}x")],
                remarks=remarks)


def messages(settings):
    """Numbers through six processes that do nothing."""
    candidates, goals = [], []
    for queue, least in ((8, 15000), (512, 100000)):
        heat = f"queue {queue}"
        count = settings.count(60000 if queue < 100 else 400000)
        values = {"variables": {"last": count - 1, "queue": queue}}
        look = look_at_report("out", count=count)
        candidates += [
            Candidate(f"vflow {heat}", count, settings.vflow("w3r", **values), look, heat=heat),
            Candidate(f"vflow {heat} grouped", count,
                      settings.vflow("w3r", **values, values=grouped(steps(6))), look, heat=heat,
                      role="grouped"),
            Candidate(f"raw ZeroMQ, window {queue}", count,
                      zmq_chain(settings, "ipc://FOLDER/%d", 6, count, MESSAGE_BYTES, queue),
                      heat=heat, role="peer"),
        ]
        goals.append(Goal(f"{heat} >= {least} msg/s", speed_of(f"vflow {heat}"), at_least=least,
                          form="{:.0f}"))
    return Work("W3r", "small messages through 6 processes that do nothing", "msg/s", candidates,
                goals)


def network(settings):
    """Whole frames through TCP."""
    count = settings.count(2000)
    endpoint = "tcp://127.0.0.1:2200%d"
    look = look_at_report("out", count=count)

    def vflow(name, security, role):
        return Candidate(name, count, settings.vflow("w7", {"frames": count, "security": security},
                                                     own_nodes=True), look, role=role)

    return Work("W7", f"1080p frames through TCP on this machine ({count} frames)", "fps",
                [vflow("vflow", "none", "ours"), vflow("vflow, encrypted", "curve", "encrypted"),
                 Candidate("raw ZeroMQ", count,
                           zmq_chain(settings, endpoint, 0, count, FRAME_BYTES, 4), role="peer"),
                 Candidate("raw ZeroMQ, encrypted", count,
                           zmq_chain(settings, endpoint, 0, count, FRAME_BYTES, 4, "curve"),
                           role="peer")],
                [Goal("speed >= 0.95x raw ZeroMQ", ratio_of("vflow", "raw ZeroMQ"), at_least=0.95,
                      form="{:.2f}x"),
                 Goal("CPU <= 1.2x raw ZeroMQ", cost_of("vflow", "raw ZeroMQ"), at_most=1.2,
                      form="{:.2f}x"),
                 Goal("encrypted >= 0.6x raw ZeroMQ, encrypted",
                      ratio_of("vflow, encrypted", "raw ZeroMQ, encrypted"), at_least=0.6,
                      form="{:.2f}x")])
