#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads damaged files, and awkward ones that are healthy, and looks at the exit status.

    tests/damage/damage.py --build build/default --runs 300 --seed 1 [--only WORD] [--keep FOLDER]

Each damaged file has a seed of its own, by which it is made again: --runs 1 --seed N. What is drawn
from it is the kind of file, and what is done to it. A healthy file must give 0. Where `ffmpeg
-xerror` fails, the file must give 65, or 74 or 70 when it cannot be opened at all; and with any
number of threads, and each time, the same. Prints TAP.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from random import Random

import files

THREADS = [1, 2, 4, 0]  # as many as the task has: the last, which is repeated
LIMIT_S = 60
OK, DAMAGED = 0, 65
REFUSED = (65, 66, 69, 70, 74)  # it could not be opened

FLOW = """vflow: 1
nodes:
  reader: {{type: video_reader, path: "{path}", threads: {threads}}}
  out: {{type: void, inputs: reader}}
"""


def flip(random, data):
    for _ in range(random.choice((1, 3, 10, 30))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def cut(random, data):
    del data[random.randrange(len(data)):]


def cut_out(random, data):
    begin, size = _part(random, data)
    del data[begin:begin + size]


def zero(random, data):
    begin, size = _part(random, data)
    data[begin:begin + size] = bytes(size)


def scramble(random, data):
    begin, size = _part(random, data)
    data[begin:begin + size] = random.randbytes(size)


def _part(random, data):
    size = min(random.choice((16, 200, 2000, 20000)), len(data) // 4)
    return random.randrange(len(data) - size), size


def frames_of(text):
    """How many frames a run has read, by its last words."""
    found = re.search(r"^(\d+) frames? in ", text, re.MULTILINE)
    return int(found.group(1)) if found else 0


HARMS = [flip, cut, cut_out, zero, scramble]


class Trials:
    def __init__(self, asked, folder):
        self.asked = asked
        self.program = os.path.join(os.path.abspath(asked.build), "vflow")
        self.folder = folder
        self.counts = Counter()
        self.frames = {}

    def _vflow(self, path, threads):
        flow = os.path.join(self.folder, "flow.yaml")
        with open(flow, "w", encoding="utf-8") as file:
            file.write(FLOW.format(path=path, threads=threads))
        try:
            done = subprocess.run([self.program, "run", flow], capture_output=True, check=False,
                                  stdin=subprocess.DEVNULL, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return "hangs", ""
        return done.returncode, done.stderr.decode(errors="replace")

    def _ffmpeg(self, path):
        command = ["ffmpeg", "-nostdin", "-v", "error", "-xerror", "-i", path, "-map", "0:v:0",
                   "-f", "null", "-"]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return "hangs", ""
        return done.returncode, done.stderr.decode(errors="replace")

    def _frames(self, whole):
        if whole not in self.frames:
            self.frames[whole] = frames_of(self._vflow(whole, 0)[1])
        return self.frames[whole]

    def _judge(self, path, whole_frames):
        ends = [self._vflow(path, threads) for threads in THREADS + THREADS[-1:] * self.asked.again]
        seen = sorted({str(status) for status, _ in ends})
        status, text = ends[0]
        self.counts[f"status {status}"] += 1
        if len(seen) > 1:
            return "is not always the same: " + " ".join(str(end[0]) for end in ends), text
        if whole_frames is None:
            return "" if status == OK else f"gives {status}", text
        if status not in (OK, *REFUSED):
            return f"gives {status}", text
        theirs, complaint = self._ffmpeg(path)
        if status == OK and frames_of(text) < whole_frames:
            self.counts["lost without a word"] += 1
            print(f"# {os.path.basename(path)}: gives 0, and {frames_of(text)} frames of "
                  f"{whole_frames}")
        self.counts["damaged for ffmpeg"] += theirs != 0
        self.counts["damaged only for vflow"] += theirs == 0 and status != OK
        if theirs and status == OK:
            return f"gives 0, and ffmpeg {theirs}", text + complaint
        return "", text

    def _tell(self, name, wrong, text):
        print(f"{'not ok' if wrong else 'ok'} - {name}{': ' if wrong else ''}{wrong}", flush=True)
        self.counts["failed"] += bool(wrong)
        for line in text.splitlines() if wrong or self.asked.verbose else []:
            print(f"# {line}", flush=True)

    def healthy(self, kind):
        path = files.make(kind, self.folder)
        if not path:
            print(f"ok - {kind.name} # SKIP this ffmpeg cannot make it")
            return
        self._tell(f"{kind.name} is healthy", *self._judge(path, None))

    def damaged(self, kinds, seed):
        random = Random(seed)
        kind, harm = kinds[seed % len(kinds)], random.choice(HARMS)
        whole = files.make(kind, self.folder)
        if not whole:
            print(f"ok - {kind.name} # SKIP this ffmpeg cannot make it")
            return
        data = bytearray(files.read(whole))
        harm(random, data)
        path = os.path.join(self.folder, f"damaged_{seed}_{kind.name}")
        files.write(path, data)
        wrong, text = self._judge(path, self._frames(whole))
        self._tell(f"{kind.name} (seed {seed}, {harm.__name__})", wrong, text)
        if not (wrong and self.asked.keep):
            os.remove(path)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="folder of the program")
    parser.add_argument("--runs", type=int, default=300, help="damaged files")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first")
    parser.add_argument("--again", type=int, default=0, help="times more with usual threads")
    parser.add_argument("--only", default="", help="kinds with this word in their name")
    parser.add_argument("--keep", default="", help="folder to work in, which stays")
    parser.add_argument("--no-healthy", action="store_true", help="damaged files only")
    parser.add_argument("--verbose", action="store_true", help="show what vflow says")
    return parser.parse_args()


def run(asked, folder):
    trials = Trials(asked, folder)
    healthy = [kind for kind in files.HEALTHY if asked.only in kind.name]
    kinds = [kind for kind in files.DAMAGED if asked.only in kind.name]
    for kind in healthy if not asked.no_healthy else []:
        trials.healthy(kind)
    for seed in range(asked.seed, asked.seed + asked.runs) if kinds else []:
        trials.damaged(kinds, seed)
    print("# " + ", ".join(f"{name}: {count}" for name, count in sorted(trials.counts.items())))
    return trials.counts["failed"]


def main():
    asked = parse()
    print(f"# seed {asked.seed}")
    if asked.keep:
        os.makedirs(asked.keep, exist_ok=True)
        sys.exit(run(asked, asked.keep) != 0)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(run(asked, folder) != 0)


main()
