# SPDX-License-Identifier: MIT
"""W5: start, one frame, stop."""

from contest import Candidate, Goal, Work
from outputs import look_at_report
from settings import grouped, plain

SIZE = "640x360"


def milliseconds(name):
    def measure(results):
        series = results.of(name)
        return 1000 / series.median_speed if series and series.runs else None

    return measure


def start(settings):
    """The shortest runs there are."""
    tools = settings.tools
    look = look_at_report("out", count=1)
    core, media, long = "no media", "media", "8 tasks"
    candidates = [
        Candidate(f"vflow, {core}", 1, settings.vflow("w5_core"), look, heat=core),
        Candidate(f"vflow, {media}", 1, settings.vflow("w5_media"), look, heat=media),
    ]
    if tools.ffmpeg:
        arguments = ("-v", "error", "-nostdin", "-f", "lavfi", "-i", f"testsrc2=size={SIZE}",
                     "-frames:v", "1", "-vf", "scale=320:180", *tools.ffmpeg.discard)
        candidates.append(Candidate(tools.ffmpeg.name, 1, plain(tools.ffmpeg, *arguments),
                                    missing=tools.ffmpeg.missing, heat=media, role="peer"))
    width, height = SIZE.split("x")
    pipeline = (f"videotestsrc num-buffers=1 ! video/x-raw,width={width},height={height} ! "
                "videoscale ! video/x-raw,width=320,height=180 ! fakesink")
    candidates += [
        Candidate(tools.gst.name, 1, plain(tools.gst, "-q", *pipeline.split()),
                  missing=tools.gst.missing, heat=media, role="peer"),
        Candidate(f"vflow, {long}", 1, settings.vflow("w5_long"), look, heat=long),
        Candidate(f"vflow, {long}, grouped to 3", 1,
                  settings.vflow("w5_long", values=grouped(f"step{i}" for i in range(1, 7))),
                  look, heat=long, role="grouped"),
    ]
    return Work("W5", "start, one frame, stop (3 tasks)", "ms", candidates,
                [Goal("no media <= 15 ms", milliseconds(f"vflow, {core}"), at_most=15,
                      form="{:.1f} ms"),
                 Goal("media <= 60 ms", milliseconds(f"vflow, {media}"), at_most=60,
                      form="{:.1f} ms")],
                repeat=max(1, settings.count(20)), has_memory=False)
