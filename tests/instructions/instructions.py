#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the instructions of small works, and holds them against what they were.

    instructions.py build/default/counted             compares with recorded.json, and prints TAP
    instructions.py --record build/default/counted    keeps what they are now
    instructions.py --reason build/default/counted    says why it cannot; nothing: it can

Time says little on a machine that others use, too; instructions are the same on a slow one.
callgrind counts them, on a processor of its own. Only those of vflow count, since libraries differ
from system to system; of the scaling of a frame, those of libswscale count as well, as a multiple
of what it takes by itself. Each compiler makes other code, so each has figures of its own, and one
without is left out. `make instructions-record` renews those of one compiler; whoever does that says
in the commit what made them change.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

RECORD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded.json")
MARGIN = 1.05
WHOLE = ("resize_whole", "resize", "scale")  # a name, and whose instructions are divided


def reason_to_skip(program, may_be_new):
    """Why nothing can be counted or compared here; "": it can."""
    if not shutil.which("valgrind"):
        return "valgrind is not installed"
    if platform.machine() != "x86_64":
        return f"nothing is recorded for {platform.machine()}"
    with open(os.path.join(os.path.dirname(program), "flags"), encoding="utf-8") as file:
        flags = file.read()
    if re.search(r"-fsanitize|--coverage|-fprofile", flags):
        return "this build is made to look at itself"
    levels = re.findall(r"-O\S*", flags)
    if not levels or levels[-1] != "-O2":
        return "this build is not made with -O2"
    compiler = words(program, "-c")[0]
    return "" if may_be_new or compiler in load() else f"nothing is recorded for {compiler}"


def own_and_all(path, program):
    """What a dump of callgrind counted: the instructions of the program itself, and all."""
    own = whole = 0
    is_own = is_call = False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("ob="):
                is_own = line[3:].strip() == program
            elif line.startswith("calls="):
                is_call = True  # the next line is what the callee took
            elif line[0] in "0123456789+-*":
                if not is_call:
                    count = int(line.split()[1])
                    whole += count
                    own += count if is_own else 0
                is_call = False
    return own, whole


def dumps(folder):
    """Paths of the dumps, by the name of the work."""
    found = {}
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("desc: Trigger: Client Request: "):
                    found[line.rpartition(" ")[2].strip()] = path
                    break
                if line.startswith("ob="):
                    break
    return found


def run(program, folder):
    """Lets callgrind count. What lies where in memory stays the same, where that can be had."""
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/dump",
               "--compress-strings=no", program]
    fixed = ["setarch", "-R"]
    if subprocess.run([*fixed, "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
        command = fixed + command
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", errors="replace")
    if done.returncode:
        sys.exit(f"{done.stdout}\n{' '.join(command)} ended with status {done.returncode}")


def words(program, option):
    done = subprocess.run([program, option], check=True, stdout=subprocess.PIPE, encoding="ascii")
    return done.stdout.splitlines()


def count(program):
    """Instructions of one time of each work, by its name."""
    times = {name: int(number) for name, number in map(str.split, words(program, "-l"))}
    with tempfile.TemporaryDirectory(prefix="vflow-instructions-") as folder:
        run(program, folder)
        found = {name: own_and_all(path, program) for name, path in dumps(folder).items()}
    if found.keys() != times.keys():
        sys.exit("callgrind left no dumps: compile this after valgrind is installed")
    counted = {name: own // times[name] for name, (own, _) in found.items()}
    whole, part, alone = WHOLE
    counted[whole] = round(found[part][1] / found[alone][1], 4)
    del counted[alone]
    return counted


def compare(counted, recorded):
    """Prints one line of TAP for each. Returns whether all are within the margin."""
    is_good = True
    for number, (name, now) in enumerate(sorted(counted.items()), 1):
        then = recorded.get(name)
        what = f"{name}: {now} instructions, recorded {then}"
        if name == WHOLE[0]:
            what = f"{name}: {now} times libswscale alone, recorded {then}"
        if not now or not then or now > MARGIN * then:
            is_good = False
            print(f"not ok {number} - {what}")
            continue
        hint = ", which make instructions-record should renew" if now * MARGIN < then else ""
        print(f"ok {number} - {what}{hint}")
    print(f"1..{len(counted)}")
    return is_good


def load():
    if not os.path.exists(RECORD):
        return {}
    with open(RECORD, encoding="utf-8") as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(description="Count the instructions of small works.")
    parser.add_argument("program", help="build/default/counted")
    parser.add_argument("--record", action="store_true", help="keep what they are now")
    parser.add_argument("--reason", action="store_true", help="say why nothing can be compared")
    asked = parser.parse_args()
    program = os.path.realpath(asked.program)
    reason = reason_to_skip(program, asked.record)
    if asked.reason or reason:
        print(reason)
        sys.exit(0 if asked.reason else 1)
    compiler, records = words(program, "-c")[0], load()
    counted = count(program)
    if asked.record:
        records[compiler] = dict(sorted(counted.items()))
        with open(RECORD, "w", encoding="utf-8") as file:
            json.dump(dict(sorted(records.items())), file, indent=1)
            file.write("\n")
        return
    sys.exit(0 if compare(counted, records[compiler]) else 1)


if __name__ == "__main__":
    main()
