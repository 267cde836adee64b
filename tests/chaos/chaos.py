#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs flows of known output while their workers are killed, stopped and made to fail.

    tests/chaos/chaos.py --build build/chaos --runs 300 --seed 1 [--points] [--only FLOW]
                         [--transport HOW]

Each run has a seed of its own, by which it is repeated: --runs 1 --seed N. What is drawn from it is
the flow, who is harmed, how, and when; with --points, which only a build with failpoints has, also
at which place in the code. Prints TAP.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from random import Random

import flows
import harm
import trial

MAKE_CLIP = ("ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=160x90:rate={rate} -f lavfi "
             "-i sine=440 -t {seconds} -c:v libx264 -bf 2 -g 20 -c:a aac -y {path}")

CLIP_RATE = 25


class Chaos:
    def __init__(self, asked, folder):
        self.asked = asked
        self.program = os.path.join(os.path.abspath(asked.build), "vflow")
        self.clip = os.path.join(folder, "clip.mkv")
        self.undisturbed = {}
        self.counts = Counter()
        self.part = flows.QUICK_PART if asked.quick else 1
        wanted = [flow for flow in flows.ALL if self._is_wanted(flow)]
        self.flows = [flow.carried_by(asked.transport, trial.first_port()) for flow in wanted]

    def _is_wanted(self, flow):
        if self.asked.only:
            return flow.name == self.asked.only
        return flow.is_quick or not self.asked.quick

    def _order(self, flow):
        return trial.Order(self.program, flow, flow.count // self.part, self.clip,
                           self.asked.transport)

    def _whole(self, flow):
        """What comes of a flow that nobody disturbs, and how long that takes."""
        if flow.name not in self.undisturbed:
            if flow.name == "clip":
                seconds = flow.count // self.part / CLIP_RATE
                command = MAKE_CLIP.format(rate=CLIP_RATE, seconds=seconds, path=self.clip)
                subprocess.run(command.split(), check=True)
            whole = trial.run(self._order(flow))
            if whole.status or whole.wrong:
                sys.exit(f"{flow.name} fails undisturbed: {whole.wrong}\n{whole.errors}")
            self.undisturbed[flow.name] = whole
        return self.undisturbed[flow.name]

    def run(self, number, seed):
        random = Random(seed)
        # In turn, so that a few runs have some of each.
        flow = self.flows[seed % len(self.flows)]
        whole = self._whole(flow)
        harms = harm.draw(random, flow, whole.seconds, self.asked.points)
        outcome = trial.run(self._order(flow), harms, whole.output)
        name = f"{flow.name} (seed {seed}): {', '.join(str(one) for one in harms)}"
        self.counts["harms"] += sum(one.is_done or one.kind == harm.POINT for one in harms)
        self.counts[f"status {outcome.status}"] += 1
        if not outcome.wrong:
            print(f"ok {number} - {name}", flush=True)
            return
        self.counts["failed"] += 1
        print(f"not ok {number} - {name}")
        for line in "\n".join(outcome.wrong + [outcome.errors]).splitlines():
            print(f"# {line}")
        flags = " --points" * self.asked.points + " --quick" * self.asked.quick
        if self.asked.transport != flows.SHM:
            flags += f" --transport {self.asked.transport}"
        print(f"# again: tests/chaos/chaos.py --build {self.asked.build} --runs 1 --seed {seed}"
              f" --only {flow.name}{flags}", flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="folder of the program")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first run")
    parser.add_argument("--points", action="store_true", help="use failpoints, too")
    parser.add_argument("--quick", action="store_true", help="leave out flows that take seconds")
    parser.add_argument("--only", choices=[flow.name for flow in flows.ALL], help="one flow")
    parser.add_argument("--transport", choices=[flows.SHM, flows.IPC, flows.TCP, flows.HOSTS],
                        default=flows.SHM)
    return parser.parse_args()


def main():
    asked = parse()
    if not shutil.which("ffmpeg"):
        print("1..0 # SKIP there is no ffmpeg")
        return 0
    folder = tempfile.mkdtemp(prefix="vflow-chaos-")
    try:
        chaos = Chaos(asked, folder)
        for i in range(asked.runs):
            chaos.run(i + 1, asked.seed + i)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"1..{asked.runs}")
    counted = ", ".join(f"{count} {what}" for what, count in sorted(chaos.counts.items()))
    print(f"# seeds {asked.seed} to {asked.seed + asked.runs - 1}: {counted}")
    return 1 if chaos.counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
