# SPDX-License-Identifier: MIT
"""One run of a flow, disturbed or not, and what is wrong with what came of it."""

import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import harm as harms_module
import remains
from flows import HOSTS, NUMBERS, Flow
from harm import CHANGE, POINT, SUPERVISOR

PATIENCE = int(os.environ.get("VFLOW_TEST_PATIENCE", "1"))  # as in tests/patience.sh
LIMIT_S = 30 * PATIENCE
AFTER_SUPERVISOR_S = 5.0 * PATIENCE
PLAYABLE_AFTER_S = 2.0 * PATIENCE  # from the start: a second for a fragment, and time to begin
FIRST_PORT, PORTS_APART, PORT_PLACES = 10000, 40, 500  # more apart than a flow has sockets
FAILED, OUTPUT_FAILED = 1, 74
TOO_EARLY = "died before it was ready"


def first_port():
    """The middle of the ports of this process."""
    return FIRST_PORT + os.getpid() % PORT_PLACES * PORTS_APART


@dataclass(frozen=True)
class Order:
    """What is to be run."""

    program: str
    flow: Flow
    count: int
    clip: str  # the file that is read
    transport: str

    def command(self, file):
        if self.transport == HOSTS:
            return [self.program, "run", "--host", "all", file]
        return [self.program, "run", "--transport", self.transport, "-s",
                f"transport.tcp.base={first_port()}", file]


@dataclass
class Outcome:
    status: int
    seconds: float
    output: list  # lines, or a hash for each frame
    errors: str
    wrong: list = field(default_factory=list)


class Place:
    """A folder for one run, with what the flow is made of."""

    def __init__(self, order):
        self.folder = tempfile.mkdtemp(prefix="vflow-chaos-")
        self.runtime = os.path.join(self.folder, "runtime")
        os.mkdir(self.runtime, 0o700)
        self.file = os.path.join(self.folder, "flow.yaml")
        self.path = os.path.join(self.folder, "out.mkv")
        self.printed = os.path.join(self.folder, "printed")
        self.told = os.path.join(self.folder, "told")
        self.changes = []  # the programs that have asked for one
        self.write(self.file, order, 0)

    def write(self, path, order, other):
        with open(path, "w", encoding="utf-8") as file:
            client = os.path.join(os.path.dirname(order.program), "process", "client")
            file.write(order.flow.text(order.count, {"path": self.path, "clip": order.clip,
                                                     "client": client, "python": sys.executable},
                                        other))

    def change(self, order, supervisor, other):
        """Has the flow changed, in a program that is not waited for."""
        path = os.path.join(self.folder, f"change-{len(self.changes)}.yaml")
        self.write(path, order, other)
        self.changes.append(subprocess.Popen([order.program, "apply", str(supervisor), path],
                                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                             stderr=subprocess.DEVNULL, env=self.environment(())))

    def wait(self):
        """Waits for those programs. Returns what was wrong if one does not end."""
        hanging = 0
        for program in self.changes:
            try:
                program.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
                hanging += 1
        return f"{hanging} changes of the flow have not been answered" if hanging else None

    def environment(self, points):
        return dict(os.environ, XDG_RUNTIME_DIR=self.runtime, VFLOW_FAILPOINT=",".join(points))

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def _read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def frames_of(path):
    """A hash for each frame of a file, by stream, and what the decoder had to say; None: it cannot
    be played."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0", "-c:a", "copy",
               "-f", "framehash", "-hash", "md5", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode:
        return None, done.stderr
    rows = [line.split(",") for line in done.stdout.splitlines() if not line.startswith("#")]
    return [f"{row[0].strip()} {row[-1].strip()}" for row in rows], done.stderr


def _file_of(place):
    """The finished file, or what there is of it."""
    found = [place.path] if os.path.exists(place.path) else []
    found += glob.glob(os.path.join(place.folder, "out.part*"))
    return found[0] if found else None


def _is_beginning(part, whole, gaps):
    """Whether `part` is how `whole` begins, but for so many lines in it that are missing."""
    rest = iter(whole)
    passed = 0
    for line in part:
        for other in rest:
            passed += 1
            if other == line:
                break
        else:
            return False
    return passed - len(part) <= gaps


def _are_beginnings(part, whole, gaps):
    """The same, stream by stream."""
    return all(_is_beginning([line for line in part if line.startswith(stream + " ")],
                             [line for line in whole if line.startswith(stream + " ")], gaps)
               for stream in {line.split(" ")[0] for line in part})


def _judge_numbers(flow, outcome, wanted):
    lines = outcome.output
    if flow.is_realtime:
        numbers = [int(re.findall(r"-?\d+", line)[0]) for line in lines if line.endswith("\n")]
        if numbers != sorted(set(numbers)):
            outcome.wrong.append("numbers came twice, or not in order")
    elif outcome.status == 0 and lines != wanted:
        outcome.wrong.append(f"{len(lines)} lines instead of {len(wanted)}, or not the same")
    elif outcome.status and not _is_beginning(lines[:-1], wanted, flow.gaps):
        outcome.wrong.append("what was printed is not how the whole begins")


def _judge_video(flow, outcome, place, wanted, harms):
    file = _file_of(place)
    if outcome.status == 0:
        if file != place.path:
            outcome.wrong.append("there is no finished file")
        elif not flow.is_live and outcome.output != wanted:
            outcome.wrong.append("the frames are not those of the undisturbed run")
        return
    if file is None or not os.path.getsize(file):
        frames, complaint = None, "there is none"
    else:
        frames, complaint = frames_of(file)
    first = min((harm.at_s for harm in harms if harm.is_done), default=0)
    if not frames and flow.is_live and first > PLAYABLE_AFTER_S:
        outcome.wrong.append(f"what is left of the file cannot be played: {complaint}")
    elif frames and not flow.is_live and not _are_beginnings(frames[:-2], wanted, flow.gaps):
        outcome.wrong.append("what is left of the file is not how the whole begins")


def _judge_status(flow, outcome, harms):
    """Whether the status is one that such a run may have."""
    hurt = {harm.task for harm in harms if harm.is_done or harm.kind == POINT}
    hurt -= {harm.task for harm in harms if harm.kind == CHANGE}
    if SUPERVISOR in {harm.task for harm in harms if harm.is_done}:
        allowed = {-signal.SIGKILL, 0}  # it may have been over just then
    elif hurt & set(flow.final):
        allowed = {0, FAILED}
        if any("error" in harm.point for harm in harms):
            allowed.add(OUTPUT_FAILED)
    else:
        allowed = {0}
    is_excused = TOO_EARLY in outcome.errors and hurt
    if outcome.status not in allowed and not is_excused:
        outcome.wrong.append(f"status {outcome.status}")
    if "does not balance" in outcome.errors:
        outcome.wrong.append("the ledger does not balance")


def _look_behind(order, place, outcome, session):
    """A killed supervisor's directory is left to the next run; nothing else is left at all."""
    left = remains.wait_until_gone(session, AFTER_SUPERVISOR_S)
    if left:
        outcome.wrong.append("processes are left:\n" + remains.describe(left))
        remains.kill(left)
    if outcome.status == -signal.SIGKILL:
        flow = os.path.join(place.folder, "next.yaml")
        with open(flow, "w", encoding="utf-8") as file:
            file.write("vflow: 1\nnodes:\n  n: {type: int_source, end: 1}\n"
                       "  out: {type: void, inputs: n}\n")
        subprocess.run(order.command(flow), stderr=subprocess.DEVNULL, env=place.environment(()), timeout=LIMIT_S,
                       check=False)
    if os.listdir(place.runtime):
        outcome.wrong.append(f"files are left: {os.listdir(place.runtime)}")


def _follow(process, harms, started, place, change):
    """Does the harm when its time comes. Returns what was wrong if the run does not end."""
    for harm in (one for one in harms if one.kind != POINT):
        try:
            process.wait(max(0.0, started + harm.at_s - time.monotonic()))
            return None
        except subprocess.TimeoutExpired:
            if os.path.getsize(place.printed) or not harm.hangs_the_start:
                harms_module.inflict(harm, process.pid, change)
    try:
        process.wait(max(0.0, started + LIMIT_S - time.monotonic()))
        return None
    except subprocess.TimeoutExpired:
        members = remains.members_of(process.pid)
        text = f"it has not ended after {LIMIT_S} s:\n" + remains.describe(members)
        remains.kill(members)
        process.wait()
        return text


def run(order, harms=(), wanted=None):
    """Runs a flow and returns its outcome. `wanted` is the output of an undisturbed run; without
    one, nothing is judged."""
    flow = order.flow
    place = Place(order)
    points = [harm.point for harm in harms if harm.kind == POINT]
    with open(place.printed, "wb") as printed, open(place.told, "wb") as told:
        started = time.monotonic()
        with subprocess.Popen(order.command(place.file), stdin=subprocess.DEVNULL,
                              stdout=printed, stderr=told, env=place.environment(points),
                              start_new_session=True) as process:
            hang = _follow(process, harms, started, place,
                           lambda other: place.change(order, process.pid, other))
            seconds = time.monotonic() - started
    hang = place.wait() or hang
    outcome = Outcome(process.returncode, seconds, [], _read(place.told))
    if flow.output == NUMBERS:
        outcome.output = _read(place.printed).splitlines(keepends=True)
    elif outcome.status == 0:
        outcome.output = frames_of(place.path)[0]
    if hang:
        outcome.wrong.append(hang)
    elif wanted is not None:
        _look_behind(order, place, outcome, process.pid)
        _judge_status(flow, outcome, harms)
        if flow.output == NUMBERS:
            _judge_numbers(flow, outcome, wanted)
        else:
            _judge_video(flow, outcome, place, wanted, harms)
    place.remove()
    return outcome
