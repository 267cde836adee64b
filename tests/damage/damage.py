#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads damaged files, and awkward ones that are healthy, and looks at the exit status.

    tests/damage/damage.py --build build/default --runs 500 --seed 1 [--only WORD] [--keep FOLDER]

Each damaged file has a seed of its own, by which it is made again: --runs 1 --seed N. What is drawn
from it is the kind of file, and what is done to it. A healthy file must give 0. Where `ffmpeg
-xerror` fails, the file must give 65, or 74 or 70 when it cannot be opened at all; and with any
number of threads, and each time, the same. Its frames must be no fewer than ffmpeg reads without
-xerror. Sound and packets as they are must be written without a crash, and damage to sound must
show as well. Prints TAP.

The reference has -xerror and not `-err_detect explode`, with which decoders refuse much that a
player shows, such as streams that break a rule without losing a picture; and of the streams it has
the pictures alone, as the flow that reads them.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import files

THREADS = [1, 2, 4, 0]  # as many as the task has: the last, which is repeated
LIMIT_S = 60
OK, DAMAGED = 0, 65
REFUSED = (65, 66, 69, 70, 74)  # it could not be opened

# Of these libavcodec decodes parts of one picture at a time, and one thread sees more of the damage.
BY_PARTS = ("mpeg1", "mpeg2")

FLOW = """vflow: 1
nodes:
  reader: {{type: video_reader, path: "{path}", threads: {threads}}}
  out: {{type: void, inputs: reader.{port}}}
"""

# All that is in it, encoded and as it is.
WRITE_FLOW = """vflow: 1
nodes:
  reader: {{type: video_reader, path: "{path}", audio: all, subtitles: all}}
  coded:
    type: video_writer
    inputs: {{{pictures}audio: reader.audio, subtitles: reader.subtitles}}
    path: "{path}.coded.mkv"
    codec: mpeg4
    audio: flac
  copied:
    type: video_writer
    inputs: {{{packets}audio: reader.audio, subtitles: reader.subtitles}}
    path: "{path}.copied.mkv"
    codec: copy
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


class Trial:
    """A file, and what is wrong with how it is read."""

    def __init__(self, asked, folder, kind):
        self.asked, self.folder, self.kind = asked, folder, kind
        self.program = os.path.join(os.path.abspath(asked.build), "vflow")
        self.counts = Counter()
        self.name, self.skipped = kind.name, False
        self.wrong, self.text, self.note = "", "", ""

    def _run(self, *command):
        try:
            done = subprocess.run(command, capture_output=True, check=False,
                                  stdin=subprocess.DEVNULL, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return "hangs", "", ""
        return done.returncode, done.stderr.decode(errors="replace"), done.stdout

    def _vflow(self, path, text):
        flow = path + ".yaml"
        with open(flow, "w", encoding="utf-8") as file:
            file.write(text)
        status, said, _ = self._run(self.program, "run", flow)
        os.remove(flow)
        return status, said

    def _read(self, path, threads):
        port = "audio" if self.kind.is_sound else "video"
        return self._vflow(path, FLOW.format(path=path, threads=threads, port=port))

    def _write(self, path):
        has = not self.kind.is_sound
        ends = self._vflow(path, WRITE_FLOW.format(path=path,
                                                   pictures="video: reader.video, " if has else "",
                                                   packets="video: reader.packets, " if has else ""))
        for name in os.listdir(self.folder):
            if name.startswith(os.path.basename(path) + ".co"):
                os.remove(os.path.join(self.folder, name))
        return ends

    def _ffmpeg(self, path, *options):
        return self._run("ffmpeg", "-nostdin", "-v", "error", *options[:1], "-i", path,
                         *options[1:], "-")

    def _judge_writing(self, path):
        """All that is in it, sound and packets: they must not bring it down."""
        status, text = self._write(path)
        if status not in (OK, *REFUSED):
            return f"gives {status} when it is written", text
        theirs, complaint, _ = self._ffmpeg(path, "-xerror", "-map", "0:v:0?", "-map", "0:a?", "-f",
                                            "null")
        if theirs and status == OK:
            return f"gives 0 when it is written, and ffmpeg {theirs}", text + complaint
        return "", text

    def _judge_frames(self, path, text):
        _, _, frames = self._ffmpeg(path, "-nostats", "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framecrc")
        theirs = sum(line.startswith(b"0,") for line in frames.splitlines())
        ours = frames_of(text)
        self.counts["frames"] += ours
        self.counts["frames of ffmpeg"] += theirs
        return "" if ours >= theirs else f"gives {ours} frames, and ffmpeg {theirs}"

    def _judge_pictures(self, path, status, text, whole_frames):
        theirs, complaint, _ = self._ffmpeg(path, "-xerror", "-map", "0:v:0", "-f", "null")
        if status == OK and frames_of(text) < whole_frames:
            self.counts["lost without a word"] += 1
            self.note = f"gives 0, and {frames_of(text)} frames of {whole_frames}"
        self.counts["damaged for ffmpeg"] += theirs != 0
        self.counts["damaged only for vflow"] += theirs == 0 and status != OK
        if theirs and status == OK:
            return f"gives 0, and ffmpeg {theirs}", text + complaint
        return self._judge_frames(path, text), text

    def _judge(self, path, whole_frames):
        ends = [self._read(path, threads) for threads in THREADS + THREADS[-1:] * self.asked.again]
        seen = sorted({str(status) for status, _ in ends})
        status, text = ends[0]
        self.counts[f"status {status}"] += 1
        seen_by_more = {end[0] for end in ends[1:]}
        if status == DAMAGED and seen_by_more == {OK} and self.kind.name.startswith(BY_PARTS):
            self.counts["damaged for one thread only"] += 1
        elif len(seen) > 1:
            return "is not always the same: " + " ".join(str(end[0]) for end in ends), text
        if whole_frames is None:
            return "" if status == OK else f"gives {status}", text
        if status not in (OK, *REFUSED):
            return f"gives {status}", text
        if not self.kind.is_sound:
            wrong, text = self._judge_pictures(path, status, text, whole_frames)
            if wrong:
                return wrong, text
        return self._judge_writing(path)

    def healthy(self):
        path = files.make(self.kind, self.folder)
        self.skipped = not path
        if path:
            self.name += " is healthy"
            self.wrong, self.text = self._judge(path, None)
        return self

    def damaged(self, seed, whole, whole_frames):
        random = Random(seed)
        harm = random.choice(HARMS)
        self.skipped = not whole
        if not whole:
            return self
        data = bytearray(files.read(whole))
        harm(random, data)
        path = os.path.join(self.folder, f"damaged_{seed}_{self.kind.name}")
        files.write(path, data)
        self.name += f" (seed {seed}, {harm.__name__})"
        self.wrong, self.text = self._judge(path, whole_frames)
        if not (self.wrong and self.asked.keep):
            os.remove(path)
        return self

    def count_frames(self, whole):
        return frames_of(self._read(whole, 0)[1])


class Trials:
    def __init__(self, asked, folder):
        self.asked, self.folder = asked, folder
        self.counts = Counter()
        self.pool = ThreadPoolExecutor(asked.jobs)

    def _tell(self, trial):
        if trial.skipped:
            print(f"ok - {trial.name} # SKIP this ffmpeg cannot make it", flush=True)
            return
        wrong = trial.wrong
        print(f"{'not ok' if wrong else 'ok'} - {trial.name}{': ' if wrong else ''}{wrong}",
              flush=True)
        self.counts += trial.counts
        self.counts["failed"] += bool(wrong)
        if trial.note:
            print(f"# {trial.note}")
        for line in trial.text.splitlines() if wrong or self.asked.verbose else []:
            print(f"# {line}", flush=True)

    def healthy(self, kinds):
        for trial in self.pool.map(lambda kind: Trial(self.asked, self.folder, kind).healthy(),
                                   kinds):
            self._tell(trial)

    def damaged(self, kinds, seeds):
        def make(kind):
            whole = files.make(kind, self.folder)
            frames = Trial(self.asked, self.folder, kind).count_frames(whole) if whole else 0
            return whole, frames

        wholes = list(self.pool.map(make, kinds))

        def one(seed):
            number = seed % len(kinds)
            return Trial(self.asked, self.folder, kinds[number]).damaged(seed, *wholes[number])

        for trial in self.pool.map(one, seeds):
            self._tell(trial)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="folder of the program")
    parser.add_argument("--runs", type=int, default=500, help="damaged files")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first")
    parser.add_argument("--again", type=int, default=0, help="times more with usual threads")
    parser.add_argument("--only", default="", help="kinds with this word in their name")
    parser.add_argument("--keep", default="", help="folder to work in, which stays")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="files at a time")
    parser.add_argument("--no-healthy", action="store_true", help="damaged files only")
    parser.add_argument("--verbose", action="store_true", help="show what vflow says")
    return parser.parse_args()


def run(asked, folder):
    trials = Trials(asked, folder)
    healthy = [kind for kind in files.HEALTHY if asked.only in kind.name]
    kinds = [kind for kind in files.DAMAGED if asked.only in kind.name]
    trials.healthy(healthy if not asked.no_healthy else [])
    if kinds:
        trials.damaged(kinds, range(asked.seed, asked.seed + asked.runs))
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
