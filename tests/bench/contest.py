# SPDX-License-Identifier: MIT
"""A work, those who do it, and what the measurements of all of them come to.

All candidates run once in each round, each round beginning with another one, so that a slow
minute of the machine hits all alike. What the hypervisor disturbed does not count and is measured
again. Ratios are medians of what was measured in the same round.
"""

import math
import os
import statistics
import sys
from dataclasses import dataclass, field
from typing import Callable

import measure

STEAL_LIMIT = 0.05
OTHERS_LIMIT = 0.05
RUN_LIMIT_S = 90


@dataclass
class Candidate:
    """Somebody who does a work. `commands` gets an empty folder for what it makes; `look` gets
    the folder and the run, adds to its extras, and complains where the output is not right."""

    name: str
    count: int  # frames or messages of one run
    commands: Callable
    look: Callable = None
    missing: str = ""  # why it cannot run
    heat: str = ""  # only candidates of one heat do the same
    role: str = "ours"  # or "peer", or "floor": less than a peer has to do


@dataclass
class Goal:
    """What is to be reached: at least, or at most, `limit`."""

    text: str
    measure: Callable  # of the results; None: cannot be told
    at_least: float = -math.inf
    at_most: float = math.inf
    form: str = "{:.2f}"

    def judge(self, results):
        value = self.measure(results)
        if value is None:
            return "-", "cannot be told"
        is_reached = self.at_least <= value <= self.at_most
        return self.form.format(value), "reached" if is_reached else "NOT REACHED"


@dataclass
class Work:
    key: str
    title: str
    unit: str  # "fps", "msg/s" or "ms"
    candidates: list
    goals: list = field(default_factory=list)
    remarks: Callable = None  # more lines about the results
    compare: Callable = None  # lines about the outputs of all; runs once, beside the clock
    repeat: int = 1  # runs that make one measurement, for what is over in a moment
    has_memory: bool = True


@dataclass
class Series:
    """What came of one candidate: its clean runs by round, and why others do not count."""

    candidate: Candidate
    runs: dict = field(default_factory=dict)
    stolen: int = 0
    complaint: str = ""
    memory: int = None

    def median(self, value):
        values = [value(run) for run in self.runs.values()]
        return statistics.median(values) if values else None

    def extra(self, name):
        values = [run.extras[name] for run in self.runs.values() if name in run.extras]
        return statistics.median(values) if values else None

    def speed(self, run):
        """Frames, messages or runs a second."""
        return run.extras.get("rate") or self.candidate.count / run.wall_s

    def cost_s(self, run):
        return run.cpu_s / self.candidate.count

    @property
    def median_speed(self):
        return self.median(self.speed)

    @property
    def median_cost_s(self):
        return self.median(self.cost_s)


class Results:
    def __init__(self, work):
        self.work = work
        self.series = {each.name: Series(each) for each in work.candidates}
        self.comparison = []

    def of(self, name):
        return self.series.get(name)

    def best_peer(self, heat, role="peer"):
        peers = [each for each in self.series.values() if each.candidate.heat == heat
                 and each.candidate.role == role and each.runs]
        return max(peers, key=lambda each: each.median_speed, default=None)

    def ratio(self, one, other, value):
        """Median over the rounds in which both ran clean. None: there was none."""
        if not one or not other:
            return None
        rounds = one.runs.keys() & other.runs.keys()
        ratios = [getattr(one, value)(one.runs[n]) / getattr(other, value)(other.runs[n])
                  for n in rounds if getattr(other, value)(other.runs[n])]
        return statistics.median(ratios) if ratios else None

    def speed_ratio(self, one, other):
        return self.ratio(one, other, "speed")

    def cost_ratio(self, one, other):
        return self.ratio(one, other, "cost_s")


def once(work, candidate, folder):
    """One measurement of one candidate: several runs, where one is over in a moment."""
    runs = []
    for _ in range(work.repeat):
        measure.empty(folder)
        run = measure.play(candidate.commands(folder), folder, RUN_LIMIT_S)
        if not run.complaint and candidate.look:
            candidate.look(folder, run)
        runs.append(run)
        if run.complaint:
            return run
    middle = measure.Run(wall_s=statistics.median(run.wall_s for run in runs),
                         cpu_s=statistics.mean(run.cpu_s for run in runs),
                         steal=statistics.mean(run.steal for run in runs),
                         others=statistics.mean(run.others for run in runs),
                         extras=runs[-1].extras)
    return middle


def note(text):
    """Tells on a terminal what is being done."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def hold_rounds(results, rounds, folder):
    """Measures until every candidate has `rounds` clean runs, or twice as many rounds are over."""
    work = results.work
    able = [each for each in results.series.values() if not each.candidate.missing]
    for number in range(2 * rounds):
        due = [each for each in able if len(each.runs) < rounds and not each.complaint]
        if not due:
            break
        for series in due[number % len(due):] + due[:number % len(due)]:
            note(f"{work.key} round {number + 1}: {series.candidate.name}")
            run = once(work, series.candidate, os.path.join(folder, "run"))
            if run.complaint:
                series.complaint = run.complaint
            elif run.steal > STEAL_LIMIT:
                series.stolen += 1
            else:
                series.runs[number] = run
    note("")


def weigh(results, folder):
    for series in results.series.values():
        if not series.runs:
            continue
        note(f"{results.work.key} memory: {series.candidate.name}")
        folder_of_run = os.path.join(folder, "run")
        measure.empty(folder_of_run)
        series.memory = measure.peak_memory(series.candidate.commands(folder_of_run),
                                            folder_of_run, 4 * RUN_LIMIT_S)
    note("")


def hold(work, rounds, folder):
    """Measures a work. Returns its results."""
    results = Results(work)
    hold_rounds(results, rounds, folder)
    if work.has_memory:
        weigh(results, folder)
    if work.compare:
        note(f"{work.key}: comparing what was made")
        measure.empty(os.path.join(folder, "run"))
        results.comparison = work.compare(results, os.path.join(folder, "run"))
        note("")
    return results
