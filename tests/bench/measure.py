# SPDX-License-Identifier: MIT
"""Runs one program, or several that belong together, and says what it took.

Every measurement is one process group for each command, started here and ended here: what still
runs when the last command is done, or at the time limit, is ended by its process id. Processor
time is what wait4() tells, with all descendants that were waited for.
"""

import os
import select
import shutil
import signal
import time
from dataclasses import dataclass, field

from machine import ProcessorTime, processes_of, proportional_bytes

GRACE_S = 5
SAMPLE_S = 0.02
SETTLE_S = 0.5
SETTLED = 0.005  # change of memory, as a share of it


@dataclass
class Command:
    argv: list
    environment: dict = field(default_factory=dict)
    ready: str = ""  # a path that appears when the next command can be started


@dataclass
class Run:
    """One measurement. `extras` holds what a look at the outputs has added."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    steal: float = 0.0  # share of the machine that the hypervisor gave to others
    others: float = 0.0  # share that other programs on this machine took
    complaint: str = ""  # why it does not count; empty: it does
    extras: dict = field(default_factory=dict)


@dataclass
class Process:
    pid: int
    command: Command
    errors: str
    status: int = None
    cpu_s: float = 0.0


class Stage:
    """The processes of one measurement, in a folder of their own."""

    def __init__(self, folder, limit_s):
        self.folder = folder
        self.deadline = time.monotonic() + limit_s
        self.processes = []

    def start(self, command):
        number = len(self.processes)
        errors = os.path.join(self.folder, f"stderr.{number}")
        output = os.path.join(self.folder, f"stdout.{number}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        pid = os.posix_spawnp(
            command.argv[0], command.argv, {**os.environ, **command.environment}, setpgroup=0,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                          (os.POSIX_SPAWN_OPEN, 1, output, flags, 0o600),
                          (os.POSIX_SPAWN_OPEN, 2, errors, flags, 0o600)])
        self.processes.append(Process(pid, command, errors))

    def await_ready(self):
        """Waits until the next command can be started. Returns False when that never comes."""
        process = self.processes[-1]
        while process.command.ready and not os.path.exists(process.command.ready):
            if time.monotonic() > self.deadline or not is_running(process):
                return False
            time.sleep(0.002)
        return True

    def await_end(self, process, sample=None):
        """Returns False when the time limit came first."""
        fd = os.pidfd_open(process.pid)
        try:
            while True:
                left = self.deadline - time.monotonic()
                wait = min(left, SAMPLE_S) if sample else left
                if select.select([fd], [], [], max(wait, 0))[0]:
                    reap(process)
                    return True
                if left <= 0:
                    return False
                if sample:
                    sample({each.pid for each in self.processes})
        finally:
            os.close(fd)

    def end(self):
        """Asks what still runs to end, then makes it, and waits for all."""
        for process in self.processes:
            if process.status is None:
                signal_group(process, signal.SIGTERM)
        self.deadline = time.monotonic() + GRACE_S
        for process in self.processes:
            if process.status is None and not self.await_end(process):
                signal_group(process, signal.SIGKILL)
                reap(process)
            signal_group(process, signal.SIGKILL)  # what it may have left behind


def is_running(process):
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def signal_group(process, number):
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def reap(process):
    _, status, usage = os.wait4(process.pid, 0)
    process.status = os.waitstatus_to_exitcode(status)
    process.cpu_s = usage.ru_utime + usage.ru_stime


def last_line(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file if line.strip()]
    return lines[-1] if lines else ""


def complaint_of(process, is_in_time):
    name = os.path.basename(process.command.argv[0])
    if not is_in_time:
        return f"{name} took too long"
    if process.status:
        return last_line(process.errors) or f"{name} ended with status {process.status}"
    return ""


def play(commands, folder, limit_s, sample=None):
    """Runs commands side by side until the last one ends. The clock starts with that one, when
    the others wait for it."""
    stage = Stage(folder, limit_s)
    before = ProcessorTime.now()
    run = Run()
    try:
        for command in commands[:-1]:
            stage.start(command)
            if not stage.await_ready():
                run.complaint = (last_line(stage.processes[-1].errors)
                                 or f"{command.argv[0]} was not ready in time")
                return run
        started = time.monotonic()
        stage.start(commands[-1])
        is_in_time = stage.await_end(stage.processes[-1], sample)
        run.wall_s = time.monotonic() - started
    except OSError as error:
        run.complaint = str(error)  # a program that cannot be started
        return run
    finally:
        stage.end()
    run.complaint = complaint_of(stage.processes[-1], is_in_time)
    run.cpu_s = sum(process.cpu_s for process in stage.processes)
    passed = ProcessorTime.now().since(before)
    run.steal = passed.share(passed.steal_s)
    run.others = passed.share(passed.busy_s - run.cpu_s)
    return run


def empty(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)


def peak_memory(commands, folder, limit_s):
    """Bytes that all processes together had at most, in a run that is not timed. None: it
    failed."""
    peak = 0

    def sample(groups):
        nonlocal peak
        peak = max(peak, proportional_bytes(processes_of(groups)))

    run = play(commands, folder, limit_s, sample)
    return None if run.complaint else peak


def settled_memory(command, folder, limit_s):
    """Bytes that a program without an end has once they stay the same, before it is told to
    stop. None: it ended by itself, or never settled."""
    stage = Stage(folder, limit_s)
    try:
        stage.start(command)
        groups, before = {stage.processes[0].pid}, 0
        while is_running(stage.processes[0]) and time.monotonic() < stage.deadline:
            time.sleep(SETTLE_S)
            now = proportional_bytes(processes_of(groups))
            if abs(now - before) <= SETTLED * now:
                return now
            before = now
        return None
    finally:
        stage.end()
