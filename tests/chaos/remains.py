# SPDX-License-Identifier: MIT
"""What a run has left, and what processes that do not end are waiting for."""

import os
import shutil
import signal
import subprocess
import time


def members_of(session):
    """Process ids of a session, which every run is of its own."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(name))
    return found


def wait_until_gone(session, limit_s):
    """Returns the processes of a session that are left after so long."""
    deadline = time.monotonic() + limit_s
    left = members_of(session)
    while left and time.monotonic() < deadline:
        time.sleep(0.01)  # others' children: nobody is told of their ends
        left = members_of(session)
    return left


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return "?"


def _stack(pid):
    if not shutil.which("gdb"):
        return ""
    command = ["gdb", "-p", str(pid), "-batch", "-ex", "thread apply all bt 12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return "gdb does not answer\n"
    lines = [line for line in done.stdout.splitlines() if line.startswith(("#", "Thread"))]
    return "".join(f"    {line}\n" for line in lines)


def describe(pids):
    """Who they are, and where they wait."""
    text = ""
    for pid in pids:
        state = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()[:1]
        text += f"  {pid} {_read(f'/proc/{pid}/comm')} {' '.join(state)} "
        text += _read(f"/proc/{pid}/wchan") + "\n" + _stack(pid)
    return text
