# SPDX-License-Identifier: MIT
"""outputs.py batch|plain|run --vflow VFLOW --record RECORD.SO --scratch FOLDER [--stride N] [--seed SEED]
[--cuts N] [--extra N] [--resumes N] - at no power cut is anything reported done that is not.

Runs a small batch, one without receipts and verified outputs, or a flow, while record.c notes what it does, and looks at what may be left of it
at every cut, or every Nth, or at so many (100), in states that are certain and N drawn ones:
- what a manifest has as done, or the batch has said to be, is there with the bytes that it got in the end,
  and so is its receipt;
- a file that was verified by reading it again is whole if it has its name;
- a receipt is whole, and that of a file which is.
So many of the states, drawn at random, are put on the disk, and `batch --resume` has to end with 0 and
with all outputs. Then the same is looked at as if the disk had only said that it has what was synced:
something has to be found there, or nothing would be.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

from replay import Log

INPUTS = (3, 5, 8)
BATCH = """\
vflow: 1
nodes:
  film: {type: video_reader, path: "${input}"}
  out: {type: video_writer, inputs: film, path: "made/new/${stem}.mkv", codec: mjpeg, verify: packets}
"""
RUN = """\
vflow: 1
nodes:
  film: {type: video_reader, path: "%s/in/a3.mkv"}
  out: {type: video_writer, inputs: film, path: made/out.mp4, codec: mpeg4, verify: packets, receipt: true}
  series: {type: video_writer, inputs: film, path: "made/{seq}.avi", codec: mjpeg, segment_time: 80ms,
           verify: decode, receipt: true}
  unread: {type: video_writer, inputs: film, path: made/unread.mkv, codec: mjpeg, receipt: true}
  shots: {type: image_writer, inputs: film, path: "made/{seq}.png",
          verify: packets, receipt: true}
"""


class Lost(Exception):
    """What is said to be there, and is not."""


def is_part(path):
    return ".part-" in path or ".partial." in path


class Work:
    def __init__(self, options):
        self.options = options
        self.scratch = pathlib.Path(options.scratch).resolve()
        self.root, self.log = self.scratch / "disk", self.scratch / "power.log"
        self.flow = self.scratch / "flow.yaml"

    def run(self, command, **more):
        environment = dict(os.environ, LD_PRELOAD=str(pathlib.Path(self.options.record).resolve()),
                           POWER_ROOT=str(self.root), POWER_LOG=str(self.log))
        with open(self.root / "said", "ab") as said:
            subprocess.run(command, cwd=self.root, env=environment, stderr=said, check=True, **more)

    def prepare(self):
        (self.scratch / "in").mkdir(parents=True)
        self.root.mkdir()
        for frames in INPUTS:
            subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i",
                            "testsrc2=size=64x48:rate=25", "-frames:v", str(frames), "-c:v", "mjpeg",
                            self.scratch / "in" / ("a%d.mkv" % frames)], check=True)

    def wanted(self):
        """What there is in the end."""
        return {str(path.relative_to(self.root)): path.read_bytes()
                for path in self.root.rglob("*") if path.is_file()}

    def check_receipt(self, state, path):
        receipt = json.loads(state.files[path])
        output = os.path.relpath(os.path.join(self.root, receipt["output"]["path"]), self.root)
        if hashlib.sha256(state.files.get(output, b"")).hexdigest() != receipt["output"]["sha256"]:
            raise Lost("%s has its receipt, and is not what that says" % output)

    def check(self, state, wanted):
        for path in state.files:
            if path.endswith(".receipt.json") and not is_part(path):
                self.check_receipt(state, path)
            elif path.startswith("made/") and not is_part(path) and "unread" not in path and \
                    state.files[path] != wanted.get(path):
                raise Lost("%s has its name, and is not whole" % path)

    def resume(self, state, wanted):
        del state, wanted


class Flow(Work):
    def start(self):
        self.flow.write_text(RUN % self.scratch)
        self.run(["mkdir", "made"])
        self.run([self.options.vflow, "run", "-q", "--sandbox", "off", self.flow])


class Batch(Work):
    def start(self):
        self.flow.write_text(BATCH)
        self.run(["mkdir", "-p", "made/new", "notes"])
        self.run(self.command())

    receipts, keys = ["--receipts", "receipts"], ("path", "receipt")

    def command(self, *more):
        return [self.options.vflow, "batch", "--sandbox", "off", "--jobs", "2", "--manifest",
                "notes/m.jsonl", *self.receipts, *more, self.flow, self.scratch / "in"]

    def check_outputs(self, state, record, wanted):
        for output in record["outputs"]:
            for key in self.keys:
                path = os.path.relpath(output[key], self.root)
                if state.files.get(path) != wanted[path]:
                    raise Lost("%s is reported as done, and %s is not there" % (record["input"], path))

    def check(self, state, wanted):
        super().check(state, wanted)
        self.check_manifest(state, wanted)

    def check_manifest(self, state, wanted):
        records = {}
        for line in state.files.get("notes/m.jsonl", b"").split(b"\n"):
            try:
                record = json.loads(line)
            except ValueError:
                break  # a line that was cut off; `resume` finds what is no manifest
            records[record.get("path")] = record
        for record in records.values():
            if record.get("state") == "done":
                self.check_outputs(state, record, wanted)
        for name in re.findall(rb"(?m)^\[\d+/\d+\] done: (.*) \(", state.files.get("said", b"")):
            record = records.get(os.path.realpath(os.fsdecode(name)), {})
            if record.get("state") != "done":
                raise Lost("%s was said to be done, and the manifest does not have it" % name.decode())

    def resume(self, state, wanted):
        """A batch goes on with what is there to the same end."""
        shutil.rmtree(self.root)
        state.put(self.root)
        for folder in ("made/new", "notes"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        ended = subprocess.run(self.command("--resume"), cwd=self.root, capture_output=True, text=True,
                               check=False)
        made = sorted(path.name for path in (self.root / "made/new").iterdir())
        outputs = sorted("a%d.mkv" % frames for frames in INPUTS)
        if ended.returncode or made != outputs:
            raise Lost("batch --resume ended with %d, and there is %s: %s" % (
                ended.returncode, made, ended.stderr))
        if self.receipts:
            subprocess.run([self.options.vflow, "verify", "-q", *self.receipts] +
                           ["made/new/" + name for name in outputs], cwd=self.root, check=True)


class Plain(Batch):
    """A name says nothing here: only what the manifest has as done is."""
    receipts, keys = [], ("path",)

    def start(self):
        self.flow.write_text(BATCH.replace(", verify: packets", ""))
        self.run(["mkdir", "-p", "made/new", "notes"])
        self.run(self.command())

    def check(self, state, wanted):
        self.check_manifest(state, wanted)


WORKS = {"batch": Batch, "plain": Plain, "run": Flow}


def look(work, wanted, options, is_lying):
    """Checks all states. Returns how many, and what is wrong with one of them, or None."""
    log = Log(work.log, work.root, {"said"}, ignores_syncs=is_lying)
    differing = log.differs(work.root)
    if differing:
        sys.exit("%s was written in a way that is not noted" % differing)
    stride = options.stride
    if not stride:  # so many cuts as can be looked at in a while
        stride = 1 + len(log.entries) // options.cuts
    resumed, draw = [], random.Random(options.seed)
    count = 0
    for state in log.states(stride, options.seed, options.extra):
        count += 1
        try:
            work.check(state, wanted)
        except (Lost, ValueError, KeyError) as error:
            return count, "%s: %s" % (state, error)
        if len(resumed) < options.resumes:
            resumed.append(state)
        elif options.resumes and draw.randrange(count) < options.resumes:
            resumed[draw.randrange(options.resumes)] = state
    for state in resumed:
        try:
            work.resume(state, wanted)
        except Lost as error:
            return count, "%s: %s" % (state, error)
    print("%d entries, each %d. cut, %d states, %d gone on with" % (
        len(log.entries), stride, count, len(resumed)))
    return count, None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=sorted(WORKS))
    parser.add_argument("--vflow", required=True)
    parser.add_argument("--record", required=True)
    parser.add_argument("--scratch", required=True)
    parser.add_argument("--stride", type=int, default=0)
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--extra", type=int, default=2)
    parser.add_argument("--resumes", type=int, default=0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    options.vflow = str(pathlib.Path(options.vflow).resolve())
    print("seed", options.seed)
    work = WORKS[options.work](options)
    work.prepare()
    work.start()
    wanted = work.wanted()
    lied = look(work, wanted, options, True)[1]
    count, problem = look(work, wanted, options, False)
    if not lied:
        return "nothing is missed on a disk that lies"
    print("a disk that lies:", lied)
    return problem and "seed %d, state %d: %s" % (options.seed, count, problem)


sys.exit(main())
