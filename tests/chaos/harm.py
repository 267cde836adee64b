# SPDX-License-Identifier: MIT
"""What is done to a run: to which task, when, or at which failpoint."""

import os
import signal
import time
from dataclasses import dataclass, field

SUPERVISOR = "the supervisor"
KILL, STOP, PAUSE, POINT, CHANGE = "kill", "stop", "pause", "point", "change"
THE_FLOW = "the flow"
PAUSE_S = 0.15
OF_PROGRAM = " program"  # after the name of a task: what its worker has started
COMMAND_LETTERS = 9  # of a task's name, in the name of its process

# Where a worker may be made to fail, and how often it passes there at most before it does.
POINTS = {
    "publish.cell": 5000, "publish.record": 5000, "publish.told": 5000, "publish.edge": 5000,
    "take.told": 5000, "take.input": 5000, "node.call": 5000, "release.round": 5000,
    "release.inputs": 5000, "end.told": 0,
}
DECODER_POINTS = {"decode.frame": 100}
RESUME_POINTS = ("resume.outboxes", "resume.counts", "resume.bind", "resume.connect")
WITH_ERRORS = ("node.call", "decode.frame")


@dataclass
class Harm:
    kind: str
    task: str
    at_s: float = 0.0
    other: int = 0  # what the flow is changed to
    point: str = ""  # as in VFLOW_FAILPOINT
    is_done: bool = field(default=False, compare=False)

    @property
    def hangs_the_start(self):
        """Whether what is not ready yet will never be: a program may take its time for that."""
        return self.kind == STOP and self.task.endswith(OF_PROGRAM)

    def __str__(self):
        if self.kind == POINT:
            return self.point
        if self.kind == CHANGE:
            return f"change to {self.other} at {self.at_s:.3f} s"
        return f"{self.kind} {self.task} at {self.at_s:.3f} s"


def _draw_point(random, flow):
    points = dict(POINTS)
    if flow.name == "clip":
        points.update(DECODER_POINTS)
    name = random.choice(sorted(points))
    workers = [task for task in flow.tasks if not task.endswith(OF_PROGRAM)]
    task = "v" if name in DECODER_POINTS else random.choice(workers)
    passes = int(points[name] * random.random() ** 3)
    if flow.output != "numbers":
        passes //= 50
    acts = ("kill", "kill", "exit", "stop") + (("error", "error") if name in WITH_ERRORS else ())
    text = f"{name}:{task}:{passes}:{random.choice(acts)}"
    if random.random() < 0.3:
        process = random.choice((2, 2, 3))
        for number in range(2, process + 1):
            act = random.choice(("kill", "error"))
            text += f",{random.choice(RESUME_POINTS)}:{task}:0:{act}:{number}"
    return Harm(POINT, task, point=text)


def draw(random, flow, duration_s, has_points):
    """Draws what happens to a run that would take so long."""
    harms = []
    if has_points and random.random() < 0.5:
        harms.append(_draw_point(random, flow))
    for _ in range(random.choice((0, 1, 2)) if harms else random.choice((1, 1, 2, 3))):
        kind = random.choice((KILL,) * 8 + (STOP, PAUSE, PAUSE))
        # What ends the flow is drawn less often, or little would be learnt about the rest.
        task = random.choice(flow.recovering * 4 + flow.final)
        if kind == KILL and random.random() < 0.07:
            task = SUPERVISOR
        harms.append(Harm(kind, task, random.uniform(0.01, duration_s * 1.1)))
    for _ in range(random.choice((1, 2, 4)) if flow.others else 0):
        other = random.randrange(len(flow.others) + 1)
        harms.append(Harm(CHANGE, THE_FLOW, random.uniform(0.01, duration_s * 1.1), other=other))
    return sorted(harms, key=lambda harm: harm.at_s)


def _children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return file.read().split()
    except OSError:
        return []


def _process_of(supervisor, task):
    """The process id of a task's worker, or of its program, unless there is none at the moment."""
    if task.endswith(OF_PROGRAM):
        worker = _process_of(supervisor, task.removesuffix(OF_PROGRAM))
        programs = _children_of(worker) if worker else []
        return int(programs[0]) if programs else None
    wanted = "vflow:" + task[:COMMAND_LETTERS]
    for child in _children_of(supervisor):
        try:
            with open(f"/proc/{child}/comm", encoding="utf-8", errors="replace") as file:
                if file.read().strip() == wanted:
                    return int(child)
        except OSError:
            continue  # it has ended meanwhile
    return None


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def inflict(harm, supervisor, change):
    """Does it, to a supervisor that has not been waited for. Notes whether there was anybody.
    `change` begins to change the flow, and waits for nothing."""
    if harm.kind == CHANGE:
        change(harm.other)
        harm.is_done = True
        return
    pid = supervisor if harm.task == SUPERVISOR else _process_of(supervisor, harm.task)
    if pid is None:
        return
    if harm.kind == PAUSE:
        harm.is_done = _signal(pid, signal.SIGSTOP)
        time.sleep(PAUSE_S)  # the harm itself
        _signal(pid, signal.SIGCONT)
    else:
        harm.is_done = _signal(pid, signal.SIGKILL if harm.kind == KILL else signal.SIGSTOP)
