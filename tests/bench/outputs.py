# SPDX-License-Identifier: MIT
"""What the candidates have made: how much of it, and whether it is the same."""

import json
import os
import shutil
import subprocess

REPORT = "report.json"


def read_report(folder, name=REPORT):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return json.load(file)


def expect(run, what, count, expected):
    if count != expected:
        run.complaint = f"{what}: {count} instead of {expected}"


def consumed(report, task):
    """Messages that a task took from all of its inputs."""
    return next(sum(each["in"].values()) for each in report["tasks"] if each["name"] == task)


def look_at_report(*tasks, count):
    """A look that asks whether these tasks of a flow got `count` messages each."""

    def look(folder, run):
        report = read_report(folder)
        if not report["is_balanced"]:
            run.complaint = "the ledger does not balance"
        for task in tasks:
            expect(run, f"messages that came to {task}", consumed(report, task), count)

    return look


def look_at_progress(count):
    """The same for an ffmpeg that throws its output away and was told -progress pipe:1."""

    def look(folder, run):
        with open(os.path.join(folder, "stdout.0"), encoding="utf-8") as file:
            frames = [int(line.partition("=")[2]) for line in file if line.startswith("frame=")]
        expect(run, "frames", frames[-1] if frames else 0, count)

    return look


def look_at_file(name, count):
    """Counts the frames of a video and notes its size."""

    def look(folder, run):
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            run.complaint = f"{name} was not written"
            return
        run.extras["bytes"] = os.path.getsize(path)
        if shutil.which("ffprobe"):
            expect(run, f"frames in {name}", packet_count(path), count)

    return look


def look_at_all(*looks):
    def look(folder, run):
        for each in looks:
            each(folder, run)

    return look


def packet_count(path):
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v:0", "-of",
         "csv=p=0", "-show_entries", "stream=nb_read_packets", path],
        check=False, timeout=120, stdout=subprocess.PIPE, encoding="ascii")
    return int(done.stdout.strip(", \n") or 0)


def compare_sizes(results, ours, theirs):
    """One line about two files of the same video."""
    one, other = results.of(ours), results.of(theirs)
    if not one or not other or not one.extra("bytes") or not other.extra("bytes"):
        return []
    a, b = one.extra("bytes"), other.extra("bytes")
    return [f"output: {ours} {a:.0f} bytes, {theirs} {b:.0f} bytes: {100 * (a / b - 1):+.3f} %"]


def size_excess(results, ours, theirs):
    """How far apart the two sizes are, in percent."""
    one, other = results.of(ours), results.of(theirs)
    if not one or not other or not one.extra("bytes") or not other.extra("bytes"):
        return None
    return 100 * abs(one.extra("bytes") / other.extra("bytes") - 1)


def frame_hashes(ffmpeg, *arguments):
    """One hash for each frame that ffmpeg makes with these arguments."""
    done = subprocess.run(
        [ffmpeg.path, "-v", "error", "-nostdin", *arguments, "-f", "framemd5", "-"], check=True,
        timeout=120, stdout=subprocess.PIPE, encoding="ascii")
    return [line.rpartition(",")[2].strip() for line in done.stdout.splitlines()
            if line and not line.startswith("#")]


def compare_hashes(what, ours, theirs):
    if ours == theirs and ours:
        return f"output: {what}: {len(ours)} frames are the same, bit by bit"
    differing = sum(a != b for a, b in zip(ours, theirs)) + abs(len(ours) - len(theirs))
    return f"output: {what}: {differing} of {len(theirs)} frames DIFFER"
