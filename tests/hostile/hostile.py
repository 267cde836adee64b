#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hostile.py - runs flows of known output while one of their workers lies.

    tests/hostile/hostile.py --build build/asan --runs 2000 --seed 1 [--only FLOW] [--quick]

The worker writes random and clever bytes over all that it may write while its node works (liar.c). Each
run has a seed of its own, by which it is repeated: --runs 1 --seed N. What is drawn from it is the flow,
who lies, how, when and for how long, and whether it is killed after it and leaves its memory to the next.
Before them come lies that are sure to be found (cases.SURE).
Judged is what vflow-security(7) promises: no other process crashes, hangs, or reads what it may not
(with a build that has AddressSanitizer); what does not come from the liar is as it should be, or the run
has failed, and then the message names the liar. Prints TAP.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import cases

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chaos"))
import remains  # noqa: E402
import trial as chaos  # noqa: E402

MODES = ("bytes", "words", "fields", "envelopes", "arena", "trace", "bells", "journal",
         "outboxes", "inboxes", "origins")
LIMIT_S = 40 * chaos.PATIENCE
STALL_S, QUICK_STALL_S = 3 * chaos.PATIENCE, 1 * chaos.PATIENCE
OK, BY_SIGNAL = 0, 128
DEATH = re.compile(r"(\S+) \(process (\d+)\) "
                   r"(was killed by \w+|showed no sign of life|ended with status \d+)")
MAKE_CLIP = ("ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=160x90:rate=25 -f lavfi "
             "-i sine=440 -t {seconds} -c:v libx264 -bf 2 -g 20 -c:a aac -y {path}")


@dataclass
class Lie:
    """Who lies, and how."""
    task: str
    modes: tuple
    after_ms: int
    for_ms: int
    pause_us: int
    dies: int
    times: int
    transport: str

    def __str__(self):
        end = ", then dies" if self.dies else ""
        return (f"{self.task} lies in {'+'.join(self.modes)} over {self.transport} after "
                f"{self.after_ms} ms for {self.for_ms} ms every {self.pause_us} us{end}, "
                f"{self.times} time{'s' if self.times > 1 else ''}")


@dataclass
class Outcome:
    status: int
    seconds: float
    errors: str
    outputs: dict = field(default_factory=dict)
    liars: set = field(default_factory=set)
    wrong: list = field(default_factory=list)


def draw(random, flow, seconds):
    transport = random.choice(["shm"] * 6 + ["ipc", "tcp"])
    modes = random.choice([MODES, (random.choice(MODES),), ("envelopes", "words", "outboxes"),
                           tuple(random.sample(MODES, 3))])
    if transport != "shm":
        modes = (*modes, "sockets") if random.random() < 0.5 else ("sockets",)
    dies = random.choice((0, 0, 1, 2))
    return Lie(task=random.choice(flow.tasks), modes=modes,
               after_ms=random.choice((0, random.randrange(max(1, int(seconds * 700))))),
               for_ms=random.choice((5, 50, 200, 400)),
               pause_us=random.choice((0, 0, 10, 100, 1000)), dies=dies,
               times=random.choice((1, 1, 2, 1000)) if dies else random.choice((1, 1000)),
               transport=transport)


class Hostile:
    def __init__(self, asked, folder):
        self.asked = asked
        self.folder = folder
        build = os.path.abspath(asked.build)
        self.program = os.path.join(build, "vflow")
        self.liar = os.path.join(build, "hostile", "liar.so")
        self.is_asan = b"__asan_init" in open(self.program, "rb").read()
        self.clip = os.path.join(folder, "clip.mkv")
        self.undisturbed = {}
        self.counts = Counter()
        has_ffmpeg = shutil.which("ffmpeg") is not None
        self.flows = [flow for flow in cases.ALL
                      if (flow.name == asked.only if asked.only else True) and
                      (has_ffmpeg or flow.output == cases.NUMBERS)]

    def _preload(self):
        if not self.is_asan:
            return self.liar
        found = subprocess.run([os.environ.get("CC", "gcc"), "-print-file-name=libasan.so"],
                               capture_output=True, text=True, check=True).stdout.strip()
        return f"{os.path.realpath(found)}:{self.liar}"

    def _environment(self, place, lie):
        options = f"log_path={place}/report:detect_leaks=0:intercept_tls_get_addr=0:handle_abort=1"
        environment = dict(os.environ, XDG_RUNTIME_DIR=os.path.join(place, "runtime"),
                           XDG_STATE_HOME=place, ASAN_OPTIONS=options,
                           UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")
        if lie:
            environment.update(LD_PRELOAD=self._preload(), LIAR_TASK=lie.task,
                               LIAR_SEED=str(self.seed), LIAR_MODES=" ".join(lie.modes),
                               LIAR_AFTER_MS=str(lie.after_ms), LIAR_FOR_MS=str(lie.for_ms),
                               LIAR_PAUSE_US=str(lie.pause_us), LIAR_DIES=str(lie.dies),
                               LIAR_TIMES=str(lie.times), LIAR_BOOK=os.path.join(place, "book"))
        return environment

    def _command(self, place, lie):
        stall = str(QUICK_STALL_S if self.asked.quick else STALL_S)
        return [self.program, "run", "--on-stall", "abort", "--stall-report", stall, "--grace",
                stall, "--report", os.path.join(place, "report.json"), "--transport",
                lie.transport if lie else "shm", "-s",
                f"transport.tcp.base={chaos.first_port()}", os.path.join(place, "flow.yaml")]

    def _wait(self, process, outcome):
        started = time.monotonic()
        try:
            process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            members = remains.members_of(process.pid)
            outcome.wrong.append(f"it has not ended after {LIMIT_S} s:\n" +
                                 remains.describe(members))
            remains.kill(members)
            process.wait()
        outcome.status = process.returncode
        outcome.seconds = time.monotonic() - started

    def _run(self, flow, lie=None):
        place = tempfile.mkdtemp(prefix="run-", dir=self.folder)
        os.mkdir(os.path.join(place, "runtime"), 0o700)
        paths = {"path": os.path.join(place, "out.mkv"), "copy": os.path.join(place, "copy.mkv"),
                 "aside": os.path.join(place, "aside.json"), "clip": self.clip}
        with open(os.path.join(place, "flow.yaml"), "w", encoding="utf-8") as file:
            file.write(flow.text(paths, max(1, chaos.PATIENCE), "off"))
        printed, told = os.path.join(place, "printed"), os.path.join(place, "told")
        outcome = Outcome(0, 0, "")
        with open(printed, "wb") as out, open(told, "wb") as errors:
            with subprocess.Popen(self._command(place, lie), stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=errors, env=self._environment(place, lie),
                                  start_new_session=True) as process:
                self._wait(process, outcome)
        self._look_behind(place, process.pid, outcome)
        self._gather(flow, place, paths, outcome)
        shutil.rmtree(place, ignore_errors=True)
        return outcome

    def _look_behind(self, place, session, outcome):
        left = remains.wait_until_gone(session, chaos.AFTER_SUPERVISOR_S)
        if left:
            outcome.wrong.append("processes are left:\n" + remains.describe(left))
            remains.kill(left)
        runtime = os.path.join(place, "runtime")
        if os.listdir(runtime):
            outcome.wrong.append(f"files are left: {os.listdir(runtime)}")

    def _gather(self, flow, place, paths, outcome):
        def read(name):
            path = os.path.join(place, name)
            if not os.path.exists(path):
                return None
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
        outcome.errors = read("told")
        outcome.liars = {int(word) for word in (read("book") or "").split()}
        for name in sorted(os.listdir(place)):
            if name.startswith("report.") and name != "report.json":
                if int(name.rpartition(".")[2]) not in outcome.liars:
                    outcome.wrong.append(f"a process that does not lie: {read(name)}")
        lines = {"aside": read("aside.json"), "out": read("printed")}
        for name, text in lines.items():
            outcome.outputs[name] = text.splitlines() if text is not None else None
        if flow.output == cases.VIDEO:
            for name, path in (("out", paths["path"]), ("copy", paths["copy"])):
                if name in flow.before:
                    outcome.outputs[name] = (chaos.frames_of(path)[0] if os.path.exists(path)
                                             else None)

    def _whole(self, flow):
        if flow.name not in self.undisturbed:
            if flow.needs_clip and not os.path.exists(self.clip):
                subprocess.run(MAKE_CLIP.format(seconds=flow.count / 25, path=self.clip).split(),
                               check=True)
            whole = self._run(flow)
            if whole.status or whole.wrong:
                sys.exit(f"{flow.name} fails undisturbed: {whole.wrong}\n{whole.errors}")
            self.undisturbed[flow.name] = whole
        return self.undisturbed[flow.name]

    def _judge(self, flow, lie, outcome, whole):
        deaths = DEATH.findall(outcome.errors)
        others = [death for death in deaths if int(death[1]) not in outcome.liars]
        for name, _, how in others:
            if "status" not in how:
                outcome.wrong.append(f"{name} does not lie, and {how}")
        # Whose it is, is not said with it, but that process ends, and it is said who did: a liar's own
        # memory says what cannot be, too.
        if "runtime error: " in outcome.errors and (others or not deaths):
            outcome.wrong.append("a process that does not lie does what C leaves undefined")
        if outcome.status < 0 or outcome.status > BY_SIGNAL + 9:
            outcome.wrong.append(f"the supervisor ended with {outcome.status}")
        for name, before in flow.before.items():
            self._judge_output(flow, name, lie.task in before, outcome, whole)
        is_named = re.search(rf"\b{re.escape(lie.task)}\b", outcome.errors)
        if outcome.status and not is_named:
            outcome.wrong.append(f"status {outcome.status}, and nothing names {lie.task}")

    def _judge_output(self, flow, name, is_touched, outcome, whole):
        found, wanted = outcome.outputs[name], whole.outputs[name]
        if flow.mode and name == "out":
            return  # it drops as time goes by
        if outcome.status == OK and found is None:
            outcome.wrong.append(f"success without {name}")
        elif outcome.status == OK and not is_touched and found != wanted:
            outcome.wrong.append(f"success, and {name} is not what it should be: {len(found)} "
                                 f"instead of {len(wanted)}")
        elif outcome.status == OK and len(found) != len(wanted):
            outcome.wrong.append(f"success, and {name} has {len(found)} instead of {len(wanted)}")
        elif not is_touched and found and flow.output == cases.NUMBERS and \
                found != wanted[:len(found)]:
            outcome.wrong.append(f"what there is of {name} is not how it begins")

    def run(self, number, seed):
        flow = self.flows[seed % len(self.flows)]
        lie = draw(Random(seed), flow, self._whole(flow).seconds)
        self._try(number, seed, flow, lie)

    def run_sure(self, number, flow, task, modes, transport):
        lie = Lie(task=task, modes=modes, after_ms=0, for_ms=0, pause_us=0, dies=0, times=1000,
                  transport=transport)
        self._try(number, number, flow, lie, cases.MISSED)

    def _try(self, number, seed, flow, lie, complaint=""):
        whole = self._whole(flow)
        self.seed = seed
        outcome = self._run(flow, lie)
        self._judge(flow, lie, outcome, whole)
        if not outcome.status and complaint or complaint not in outcome.errors:
            outcome.wrong.append(f"nobody says that something {complaint}")
        name = f"{flow.name} (seed {seed}): {lie}: status {outcome.status}, {outcome.seconds:.1f} s"
        self.counts[f"status {outcome.status}"] += 1
        self.counts["lies"] += bool(outcome.liars)
        print(f"{'not ' if outcome.wrong else ''}ok {number} - {name}", flush=True)
        if outcome.wrong:
            self.counts["failed"] += 1
            for line in "\n".join(outcome.wrong + [outcome.errors]).splitlines():
                print(f"# {line}")
        elif self.asked.verbose:
            for line in outcome.errors.splitlines():
                print(f"# {line}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="folder of the program")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first run")
    parser.add_argument("--only", choices=[flow.name for flow in cases.ALL], help="one flow")
    parser.add_argument("--quick", action="store_true", help="find soon that a flow stands still")
    parser.add_argument("--verbose", action="store_true", help="show what was said in each run")
    return parser.parse_args()


def main():
    asked = parse()
    folder = tempfile.mkdtemp(prefix="vflow-hostile-")
    try:
        hostile = Hostile(asked, folder)
        sure = [case for case in cases.SURE if case[0] in hostile.flows]
        for i, case in enumerate(sure):
            hostile.run_sure(i + 1, *case)
        for i in range(asked.runs):
            hostile.run(len(sure) + i + 1, asked.seed + i)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"1..{len(sure) + asked.runs}")
    counted = ", ".join(f"{count} {what}" for what, count in sorted(hostile.counts.items()))
    print(f"# seeds {asked.seed} to {asked.seed + asked.runs - 1}: {counted}")
    return 1 if hostile.counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
