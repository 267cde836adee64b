# SPDX-License-Identifier: MIT
"""How costs grow: the same thing 1, 2, 4, 8, 16, 32 and 64 times over.

Each curve is a family of flows, written here because they differ only in how often a line stands
in them. Of each there are three measurements: many messages, for the cost of one; a single one,
for the start; and none, until it is stopped, for the memory.
"""

import os
from dataclasses import dataclass
from typing import Callable

import contest
import measure
import table
from contest import Candidate, Work
from measure import Command
from outputs import REPORT, consumed, expect, read_report

SIZES = (1, 2, 4, 8, 16, 32, 64)
FLAT_FROM = 4
SLEEP_MS = 5
MB = 1e6


def source(name, count):
    """`count` numbers; 0: without an end, but slowly."""
    how = f"end: {count - 1}" if count else "fps: 10"
    return f"  {name}: {{type: int_source, {how}}}"


def stages(size, count):
    lines, before = [source("numbers", count)], "numbers"
    for i in range(1, size + 1):
        lines.append(f"  step{i}: {{type: identity, inputs: {before}}}")
        before = f"step{i}"
    return [*lines, f"  out: {{type: void, inputs: {before}}}"], ["out"]


def branches(size, count):
    ends = [f"out{i}" for i in range(1, size + 1)]
    return [source("numbers", count),
            *(f"  {end}: {{type: void, inputs: numbers}}" for end in ends)], ends


def replicas(size, count):
    return [source("numbers", count),
            f"  task: {{type: identity, inputs: numbers, fps: {1000 // SLEEP_MS}, "
            f"replicas: {size}}}",
            "  out: {type: void, inputs: task}"], ["out"]


def flows(size, count):
    lines, ends = [], []
    for i in range(1, size + 1):
        lines += [source(f"numbers{i}", count),
                  f"  same{i}: {{type: identity, inputs: numbers{i}}}",
                  f"  out{i}: {{type: void, inputs: same{i}}}"]
        ends.append(f"out{i}")
    return lines, ends


@dataclass
class Curve:
    key: str
    title: str
    draw: Callable  # of a size and a count of messages: lines of a flow, and its last tasks
    tasks: Callable  # of a size: how many there are
    messages: Callable  # of a size: how many each source makes
    crossings: Callable  # of a size: from task to task, that one message of a source makes
    sources: Callable = lambda size: 1


CURVES = (
    Curve("stages", "stages in a row that do nothing", stages, lambda n: n + 2,
          lambda n: 200000 // (n + 1), lambda n: n + 1),
    Curve("branches", "branches of one fan-out", branches, lambda n: n + 1,
          lambda n: 200000 // n, lambda n: n),
    Curve("replicas", f"replicas of a task that sleeps {SLEEP_MS} ms", replicas, lambda n: n + 2,
          lambda n: 400 * n, lambda n: 2),
    Curve("flows", "flows of three tasks in one file", flows, lambda n: 3 * n,
          lambda n: 100000 // n, lambda n: 2, lambda n: n),
)


def file_of(folder, curve, size, count):
    """Writes a flow. Returns its path, and the names of its last tasks."""
    lines, ends = curve.draw(size, count)
    path = os.path.join(folder, f"{curve.key}_{size}_{count}.yaml")
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(["vflow: 1", "nodes:", *lines, ""]))
    return path, ends


def run_of(settings, path):
    return lambda folder: [Command([settings.tools.program("vflow"), "run", "--quiet", "--report",
                                    os.path.join(folder, REPORT), path])]


def look_at_ends(ends, count):
    def look(folder, run):
        report = read_report(folder)
        for end in ends:
            expect(run, f"messages that came to {end}", consumed(report, end), count)

    return look


def candidates_of(settings, curve, size, folder):
    many = settings.count(curve.messages(size))
    for name, count in ((f"{size}", many), (f"{size} start", 1)):
        path, ends = file_of(folder, curve, size, count)
        yield Candidate(name, count * curve.sources(size), run_of(settings, path),
                        look_at_ends(ends, count))


@dataclass
class Point:
    """One size of a curve."""

    size: int
    tasks: int
    speed: float = None
    crossing_us: float = None  # processor time for each step from task to task
    start_ms: float = None
    memory: int = None


def point_of(settings, curve, size, results, folder):
    point = Point(size, curve.tasks(size))
    many, one = results.of(f"{size}"), results.of(f"{size} start")
    if many.runs and one.runs:
        point.start_ms = one.median(lambda run: run.wall_s) * 1000
        busy = many.median(lambda run: run.cpu_s) - one.median(lambda run: run.cpu_s)
        sent = many.candidate.count - one.candidate.count
        point.speed = many.median_speed
        if sent > 0 and busy > 0:
            point.crossing_us = 1e6 * busy / sent / curve.crossings(size)
    path, _ = file_of(folder, curve, size, 0)
    run_folder = os.path.join(folder, "run")
    measure.empty(run_folder)
    command = run_of(settings, path)(run_folder)[0]
    point.memory = measure.settled_memory(command, run_folder, contest.RUN_LIMIT_S)
    return point


def per_task(points, point, name):
    """What each task more has added since the smallest size. None: not known."""
    first = points[0]
    if point is first or getattr(point, name) is None or getattr(first, name) is None:
        return None
    return (getattr(point, name) - getattr(first, name)) / (point.tasks - first.tasks)


def spread(points):
    costs = [point.crossing_us for point in points if point.size >= FLAT_FROM]
    return max(costs) / min(costs) if costs and all(costs) else None


def bend(points):
    """How much dearer a task is at the largest size than at a quarter of it."""
    by_size = {point.size: per_task(points, point, "start_ms") for point in points}
    last, quarter = by_size[SIZES[-1]], by_size[SIZES[-1] // 4]
    return last / quarter if last and quarter else None


def judge(text, value, most, form):
    if value is None:
        return {"goal": text, "value": "-", "verdict": "cannot be told"}
    return {"goal": text, "value": form.format(value),
            "verdict": "reached" if value <= most else "NOT REACHED"}


def goals_of(points):
    last = points[-1]
    memory = per_task(points, last, "memory")
    return [
        judge(f"CPU for each step within 20 % from {FLAT_FROM} to {SIZES[-1]}", spread(points),
              1.2, "{:.2f}x"),
        judge("start <= 3 ms a task", per_task(points, last, "start_ms"), 3, "{:.2f} ms"),
        judge("start grows in a line", bend(points), 1.2, "{:.2f}x"),
        judge("memory of a task more <= 2 MB", memory and memory / MB, 2, "{:.2f} MB"),
    ]


def cell(value, form):
    return "-" if value is None else form.format(value)


def show(curve, points, goals, remarks):
    print(f"scale  {curve.title}")
    rows = [("", "tasks", "msg/s", "CPU us a step", "start ms", "ms a task", "MB", "MB a task")]
    for point in points:
        task_memory = per_task(points, point, "memory")
        rows.append((
            str(point.size), str(point.tasks), cell(point.speed, "{:.0f}"),
            cell(point.crossing_us, "{:.1f}"), cell(point.start_ms, "{:.1f}"),
            cell(per_task(points, point, "start_ms"), "{:.2f}"),
            cell(point.memory and point.memory / MB, "{:.1f}"),
            cell(task_memory and task_memory / MB, "{:.2f}")))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(f"{text:>{width}}" for text, width in zip(row, widths)))
    for goal in goals:
        print(f"  goal: {goal['goal']}: {goal['value']}, {goal['verdict']}")
    for remark in remarks:
        print(f"  {remark}")
    print(flush=True)


def measure_curve(settings, curve, rounds, folder):
    candidates = [each for size in SIZES
                  for each in candidates_of(settings, curve, size, folder)]
    work = Work(f"scale {curve.key}", curve.title, "msg/s", candidates, has_memory=False)
    results = contest.hold(work, rounds, folder)
    points = [point_of(settings, curve, size, results, folder) for size in SIZES]
    remarks = [f"failed: {series.candidate.name}: {series.complaint}"
               for series in results.series.values() if series.complaint]
    remarks += [f"warning: {line}" for line in table.warnings(results)]
    goals = goals_of(points)
    show(curve, points, goals, remarks)
    return {"work": "scale", "curve": curve.key, "title": curve.title, "goals": goals,
            "remarks": remarks,
            "points": [{"size": each.size, "tasks": each.tasks, "per_second": each.speed,
                        "cpu_us_a_step": each.crossing_us, "start_ms": each.start_ms,
                        "memory_bytes": each.memory} for each in points]}


def measure_all(settings, rounds, folder):
    return [measure_curve(settings, curve, rounds, folder) for curve in CURVES]
