#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks the program on purpose, one fault after the other, and tells which the tests miss.

    tests/mutation/mutate.py --build build/mutation [--only WORD] [--list] [--check]

The faults are in mutations.py. Each is put into a copy of the source, which is built as far as the
tests need it; these must fail, or take longer than a healthy run ever would. With --check, nothing is
built: every text that would be replaced has to be in its file, exactly once. Prints TAP.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time

from mutations import ALL

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KEPT_OUT = (".git", "build")
LIMIT_S = 240
KILLED, SURVIVED, STALE, BROKEN = "killed", "SURVIVED", "stale", "does not compile"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def stale(mutation, root=ROOT):
    """What is wrong with a row, or nothing."""
    path = os.path.join(root, mutation.file)
    count = read(path).count(mutation.old) if os.path.exists(path) else 0
    return "" if count == 1 else f"{mutation.file} has its text {count} times, not once"


def copy_tree(tree):
    """Brings the copy up to date; what has not changed keeps its time, so that it is not built
    again."""
    for folder, folders, files in os.walk(ROOT):
        if folder == ROOT:
            folders[:] = [name for name in folders if name not in KEPT_OUT]
        there = os.path.join(tree, os.path.relpath(folder, ROOT))
        os.makedirs(there, exist_ok=True)
        for name in files:
            source, target = os.path.join(folder, name), os.path.join(there, name)
            if not os.path.isfile(source) or name == ".git":
                continue
            if os.path.exists(target) and read_bytes(source) == read_bytes(target):
                continue
            shutil.copy(source, target)


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def make(tree, goal, cc):
    command = ["make", "-C", tree, "-s", f"-j{os.cpu_count()}", f"CC={cc}", goal]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def run_tests(tree, tests):
    """The exit status, or None after the limit."""
    part, name = tests.split()
    build = os.path.join(tree, "build", "default")
    environment = dict(os.environ, CK_RUN_SUITE=name, CK_DEFAULT_TIMEOUT="20",
                       VFLOW=os.path.join(build, "vflow"))
    command = [os.path.join(build, "unit")] if part == "unit" else \
        ["sh", os.path.join(tree, "tests", "cli", f"test_{name}.sh")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, cwd=tree,
                          stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            return process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 15)
            return None


def goal_of(tests):
    return "build/default/unit" if tests.startswith("unit") else "all"


def try_mutation(mutation, tree, cc):
    """How it ended, and what more there is to say."""
    problem = stale(mutation, tree)
    if problem:
        return STALE, problem
    path = os.path.join(tree, mutation.file)
    whole = read(path)
    write(path, whole.replace(mutation.old, mutation.new))
    try:
        built = make(tree, goal_of(mutation.tests), cc)
        if built.returncode:
            return BROKEN, built.stderr
        status = run_tests(tree, mutation.tests)
    finally:
        write(path, whole)
    return (SURVIVED, mutation.tests) if status == 0 else (KILLED, "")


def check(rows):
    problems = [f"{row.name}: {stale(row)}" for row in rows if stale(row)]
    for problem in problems:
        print(f"mutations.py: {problem}")
    return 1 if problems else 0


def run(rows, asked):
    tree = os.path.join(asked.build, "tree")
    copy_tree(tree)
    ends = []
    for goal in sorted({goal_of(row.tests) for row in rows}):
        built = make(tree, goal, asked.cc)
        if built.returncode:
            sys.exit(built.stderr)
    for tests in sorted({row.tests for row in rows}):
        if run_tests(tree, tests) != 0:
            sys.exit(f"{tests} fails without any fault")
    for number, row in enumerate(rows, 1):
        since = time.monotonic()
        end, more = try_mutation(row, tree, asked.cc)
        ends.append(end)
        print(f"{'ok' if end == KILLED else 'not ok'} {number} - {row.name}: {end} "
              f"({time.monotonic() - since:.0f} s)", flush=True)
        for line in more.splitlines():
            print(f"# {line}", flush=True)
    print(f"1..{len(rows)}")
    print("# " + ", ".join(f"{ends.count(end)} {end}" for end in sorted(set(ends))))
    return 0 if all(end == KILLED for end in ends) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "mutation"),
                        help="folder of the copy")
    parser.add_argument("--cc", default="cc", help="compiler")
    parser.add_argument("--only", default="", help="those whose name, tests or file have this")
    parser.add_argument("--check", action="store_true", help="only look for the texts")
    parser.add_argument("--list", action="store_true", help="only print the names")
    asked = parser.parse_args()
    rows = [row for row in ALL if asked.only in f"{row.name} {row.tests} {row.file}"]
    if asked.list:
        print("\n".join(f"{row.tests}: {row.name}" for row in rows))
        return 0
    return check(rows) if asked.check else run(rows, asked)


if __name__ == "__main__":
    sys.exit(main())
