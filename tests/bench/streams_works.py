# SPDX-License-Identifier: MIT
"""streams: many videos at a time, as cameras send them, and folders of files side by side.

Each stream has a decoder, a scaler and a detector, which sleeps; all of them meet in one picture.
The flows are written here: they differ only in how many streams stand in them.
"""

import math
import os
import shlex

from contest import Candidate, Goal, Work
from measure import Command
from media_works import QUIET
from outputs import REPORT, consumed, expect, look_at_report, read_report

CELL = (160, 90)
SLEEP_MS = 10
FILES = 16
SIZE = (640, 360)
MB = 1e6


def side_by_side(lines):
    """One command that runs several at a time, and fails when one of them does."""
    starts = " ".join(f"{line} & p{i}=$!;" for i, line in enumerate(lines))
    waits = " && ".join(f"wait $p{i}" for i in range(len(lines)))
    return Command(["sh", "-c", f"{starts} {waits}"])


def words(argv):
    return " ".join(shlex.quote(str(word)) for word in argv)


def write_flow(folder, name, lines):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(["vflow: 1", "nodes:", *lines, ""]))
    return path


def reader(i, path):
    return f"  reader{i}: {{type: video_reader, path: \"{path}\", pace: true, threads: 1}}"


def wall(count, path):
    """In batch mode, where nothing is ever dropped: who comes too late makes the run longer."""
    width, height = CELL
    lines = []
    for i in range(count):
        lines += [reader(i, path),
                  f"  small{i}: {{type: resize, inputs: reader{i}, width: {width}, "
                  f"height: {height}, filter: bilinear}}",
                  f"  detector{i}: {{type: sleeper, inputs: small{i}, ms: {SLEEP_MS}}}"]
    cells = ", ".join(f"detector{i}" for i in range(count))
    return [*lines, f"  wall: {{type: tile, inputs: [{cells}]}}",
            "  out: {type: void, inputs: wall}"]


def decoders(count, path):
    lines = []
    for i in range(count):
        lines += [reader(i, path), f"  out{i}: {{type: void, inputs: reader{i}}}"]
    return lines


def run_of(settings, lines):
    def commands(folder):
        return [Command([settings.tools.program("bench_flow"), os.path.join(folder, REPORT),
                         write_flow(folder, "flow.yaml", lines)])]

    return commands


def each_by_ffmpeg(tool, count, path, *what):
    line = words(tool.command(*QUIET, "-re", "-threads", 1, "-i", path, "-map", "0:v:0", *what,
                              *tool.discard))
    return lambda folder: [side_by_side([line] * count)]


def wall_by_gst(gst, count, path):
    width, height = CELL
    columns = math.isqrt(count)
    parts = []
    for i in range(count):
        parts.append(
            f"filesrc location={path} ! qtdemux ! h264parse ! avdec_h264 max-threads=1 ! queue ! "
            f"videoscale ! video/x-raw,width={width},height={height} ! queue ! "
            f"identity sleep-time={1000 * SLEEP_MS} ! queue ! wall.sink_{i}")
    places = " ".join(f"sink_{i}::xpos={width * (i % columns)} "
                      f"sink_{i}::ypos={height * (i // columns)}" for i in range(count))
    pipeline = f"compositor name=wall {places} ! fakesink sync=true " + " ".join(parts)
    return lambda folder: [Command(gst.command("-q", *pipeline.split()))]


def cost_beside(ours, theirs):
    return lambda results: results.cost_ratio(results.of(ours), results.of(theirs))


def streams(key, count, name):
    """A wall of `count` streams of the input `name`."""

    def make(settings):
        tools = settings.tools
        video, path = settings.video(name)
        frames, scale = video.frames, f"scale={CELL[0]}:{CELL[1]}:flags=bilinear"
        alone, ffmpeg = "vflow, decoders alone", f"{count} {tools.ffmpeg.name}"

        def remarks(results):
            return [f"memory of each stream: {each.candidate.name}: "
                    f"{each.memory / MB / count:.1f} MB"
                    for each in results.series.values() if each.memory]

        return Work(
            key, f"{count} x 720p at {video.rate} fps, scaled, {SLEEP_MS} ms of sleep, one picture "
            f"({frames} frames each)", "fps",
            [Candidate("vflow", count * frames, run_of(settings, wall(count, path)),
                       look_at_report("out", *(f"detector{i}" for i in range(count)),
                                      count=frames)),
             Candidate(alone, count * frames, run_of(settings, decoders(count, path)),
                       look_at_report(*(f"out{i}" for i in range(count)), count=frames),
                       role="floor"),
             Candidate(f"{ffmpeg}, decoders alone", count * frames,
                       each_by_ffmpeg(tools.ffmpeg, count, path),
                       missing=tools.ffmpeg.missing, role="floor"),
             Candidate(ffmpeg, count * frames,
                       each_by_ffmpeg(tools.ffmpeg, count, path, "-vf", scale),
                       missing=tools.ffmpeg.missing, role="peer"),
             Candidate(tools.gst.name, count * frames, wall_by_gst(tools.gst, count, path),
                       missing=tools.gst.missing, role="peer")],
            [Goal("CPU <= 1.05x of the decoders alone", cost_beside("vflow", alone), at_most=1.05),
             Goal(f"CPU <= 1.05x of {ffmpeg}, decoders alone",
                  cost_beside("vflow", f"{ffmpeg}, decoders alone"), at_most=1.05),
             Goal("speed >= 0.95x of the clock", lambda results: ratio_to_clock(
                 results, count * video.rate), at_least=0.95)],
            remarks=remarks)

    return make


def ratio_to_clock(results, per_second):
    speed = results.of("vflow").median_speed
    return speed / per_second if speed else None


def link_files(folder, path, parts):
    """Folders with links to one video, FILES in all."""
    for i in range(FILES):
        part = os.path.join(folder, f"part{i % parts}")
        os.makedirs(part, exist_ok=True)
        os.symlink(path, os.path.join(part, f"{i:02}.mp4"))
    return [os.path.join(folder, f"part{i}") for i in range(parts)]


def folders_by_vflow(settings, path, parts):
    width, height = SIZE

    def commands(folder):
        lines = []
        for i, part in enumerate(link_files(folder, path, parts)):
            flow = write_flow(folder, f"flow{i}.yaml", [
                f"  reader: {{type: folder_reader, path: \"{part}\"}}",
                f"  small: {{type: resize, inputs: reader, width: {width}, height: {height}, "
                "filter: bilinear}", "  out: {type: void, inputs: small}"])
            lines.append(words([settings.tools.program("vflow"), "run", "--quiet", "--report",
                                os.path.join(folder, f"report{i}.json"), flow]))
        return [side_by_side(lines)]

    return commands


def look_at_folders(parts, frames):
    def look(folder, run):
        reports = [read_report(folder, f"report{i}.json") for i in range(parts)]
        if not all(report["is_balanced"] for report in reports):
            run.complaint = "the ledger does not balance"
        expect(run, "messages that came to out",
               sum(consumed(report, "out") for report in reports), frames)

    return look


def folders_by_ffmpeg(tool, path, parts):
    scale = f"scale={SIZE[0]}:{SIZE[1]}:flags=bilinear"

    def commands(folder):
        line = words(tool.command(*QUIET, "-i", path, "-map", "0:v:0", "-vf", scale,
                                  *tool.discard))
        loop = f"for i in $(seq {FILES // parts}); do {line} || exit 1; done"
        return [side_by_side([f"({loop})"] * parts)]

    return commands


def folders(settings):
    """The same files in one folder, two and four, read side by side."""
    tools = settings.tools
    video, path = settings.video("1080p-clip")
    count = FILES * video.frames
    candidates = []
    for parts in (1, 2, 4):
        heat = f"{parts} side by side"
        candidates += [
            Candidate(f"vflow, {heat}", count, folders_by_vflow(settings, path, parts),
                      look_at_folders(parts, count), heat=heat),
            Candidate(f"{tools.ffmpeg.name}, {heat}", count,
                      folders_by_ffmpeg(tools.ffmpeg, path, parts), missing=tools.ffmpeg.missing,
                      heat=heat, role="peer")]
    goals = [Goal(f"{parts}: CPU <= 1.03x of ffmpeg", cost_beside(
        f"vflow, {parts} side by side", f"{tools.ffmpeg.name}, {parts} side by side"),
        at_most=1.03) for parts in (1, 2, 4)]
    return Work("streams-folders", f"{FILES} files of 1080p, scaled, in 1, 2 and 4 flows "
                f"({count} frames)", "fps", candidates, goals)


WORKS = {"streams-16": streams("streams-16", 16, "720p15"), "streams-folders": folders}
MORE_WORKS = {"streams-64": streams("streams-64", 64, "720p5")}
