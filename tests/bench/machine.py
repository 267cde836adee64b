# SPDX-License-Identifier: MIT
"""What the machine says of itself: processor time given and taken away, memory of processes."""

import os
from dataclasses import dataclass

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
BYTES_PER_KB = 1024


@dataclass(frozen=True)
class ProcessorTime:
    """Seconds since the machine was started, summed over its processors."""

    busy_s: float
    idle_s: float
    steal_s: float

    @staticmethod
    def now():
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
        user, nice, system, idle, waiting, irq, softirq, steal = ticks
        return ProcessorTime((user + nice + system + irq + softirq) / TICKS_PER_S,
                             (idle + waiting) / TICKS_PER_S, steal / TICKS_PER_S)

    def since(self, earlier):
        return ProcessorTime(self.busy_s - earlier.busy_s, self.idle_s - earlier.idle_s,
                             self.steal_s - earlier.steal_s)

    def share(self, seconds):
        """How much of the machine `seconds` of processor time are, from 0 to 1."""
        whole = self.busy_s + self.idle_s + self.steal_s
        return max(0.0, seconds / whole) if whole else 0.0


def processes_of(groups):
    """Process ids of all members of some process groups."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[2]) in groups:
            found.append(int(name))
    return found


def proportional_bytes(pids):
    """Sum of their proportional set sizes: what is shared counts once."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except OSError:
            continue  # it has ended meanwhile
    return total * BYTES_PER_KB


def describe():
    """One line on processors and kernel."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {model}, Linux {os.uname().release}"
