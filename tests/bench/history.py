#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keeps what `make bench JSON=FILE` found, and says what has become slower since.

    history.py keep FILE       adds an entry to tests/bench/history/
    history.py compare FILE    holds it against the last entry from the same kind of machine

What is kept of each round is how many times as long vflow took as each peer, and how many times as
much processor time: these ratios say something on another day, where seconds do not. `compare`
exits with 1 when something became slower. README.md says how to read it.
"""

import argparse
import json
import os
import re
import statistics
import sys
from dataclasses import dataclass

from rank import chance_of_larger

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "history")
CHANCE = 0.01  # how likely a difference of this kind is where there is none
LEAST = 1.02  # what differs by less is no news, however sure it is
MEMORY_LEAST = 1.05  # measured once
DIGITS = 4
MEASURES = {"time": "s", "cpu": "CPU"}


def machine_kind(description):
    """What bench.py says of the machine, without the kernel, which is another one each month."""
    return description.partition(", Linux")[0]


def seconds_of_one(run):
    """The time of one frame, and its processor time."""
    rate = run.get("rate")
    return {"time": 1 / rate if rate else run["seconds"] / run["count"],
            "cpu": run["cpu_seconds"] / run["count"]}


def ratios(ours, theirs):
    """By measure, of each round in which both ran clean: ours as a multiple of theirs."""
    others = {run["round"]: seconds_of_one(run) for run in theirs["runs"]}
    pairs = [(seconds_of_one(run), others[run["round"]]) for run in ours["runs"]
             if run["round"] in others]
    return {measure: [round(mine[measure] / their[measure], DIGITS) for mine, their in pairs
                      if their[measure]]
            for measure in MEASURES}


def entry_of_work(work):
    """Of each candidate of ours: the ratios to everybody who does the same, and its memory."""
    rows = [each for each in work["candidates"] if each["runs"]]
    entry = {}
    for ours in (each for each in rows if each["role"] == "ours"):
        peers = {each["name"]: ratios(ours, each) for each in rows
                 if each["role"] != "ours" and each["heat"] == ours["heat"]}
        peers = {name: each for name, each in peers.items() if each["time"]}
        if peers:
            entry[ours["name"]] = {"peers": peers, "memory_bytes": ours["memory_bytes"]}
    return entry


def entry_of(result):
    works = {work["work"]: entry_of_work(work) for work in result["works"]
             if "candidates" in work}
    return {"date": result["date"], "machine": machine_kind(result["machine"]),
            "percent": result["percent"],
            "works": {key: each for key, each in works.items() if each}}


def file_name(entry):
    words = re.sub(r"[^a-z0-9]+", "-", entry["machine"].lower()).strip("-")
    return f"{entry['date'].replace(':', '')}_{words}.json"


def keep(entry, folder):
    path = os.path.join(folder, file_name(entry))
    with open(path, "w", encoding="utf-8") as file:
        file.write(as_text(entry))
    return path


def as_text(entry):
    """JSON with one line for each pair of candidates, which a person can read as well."""
    text = json.dumps(entry, indent=1)
    return re.sub(r"\[[^][{}]*\]", lambda list_: " ".join(list_.group().split()), text) + "\n"


def entries(folder):
    found = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                found.append(json.load(file))
    return found


def last_before(entry, folder):
    """The entry to compare with, of the same kind of machine. None: there is none."""
    alike = [each for each in entries(folder) if each["machine"] == entry["machine"]
             and each["percent"] == entry["percent"] and each["date"] < entry["date"]]
    return max(alike, key=lambda each: each["date"], default=None)


@dataclass
class Change:
    """One ratio then and now."""

    name: str
    then: list
    now: list

    @property
    def factor(self):
        return statistics.median(self.now) / statistics.median(self.then)

    @property
    def can_tell(self):
        """Whether the clearest difference of so few rounds would be taken for one."""
        low, high = [0] * len(self.then), [1] * len(self.now)
        return chance_of_larger(high, low) <= CHANCE

    @property
    def is_slower(self):
        return self.factor >= LEAST and chance_of_larger(self.now, self.then) <= CHANCE

    @property
    def is_faster(self):
        return self.factor <= 1 / LEAST and chance_of_larger(self.then, self.now) <= CHANCE

    def line(self):
        chance = min(chance_of_larger(self.now, self.then), chance_of_larger(self.then, self.now))
        return (f"{self.name}: {statistics.median(self.then):.3f}x, now "
                f"{statistics.median(self.now):.3f}x (by {100 * (self.factor - 1):+.1f} %, "
                f"p = {chance:.4f}, {len(self.then)} and {len(self.now)} rounds)")


def pairs_of(then, now):
    """Every candidate that both entries have, with its work."""
    for key, work in now["works"].items():
        for name, ours in work.items():
            before = then["works"].get(key, {}).get(name)
            if before:
                yield f"{key} {name}", before, ours


def changes(then, now):
    found = []
    for name, before, ours in pairs_of(then, now):
        for peer, measured in ours["peers"].items():
            for measure, unit in MEASURES.items():
                old = before["peers"].get(peer, {}).get(measure)
                if old and measured[measure]:
                    found.append(Change(f"{name}, {unit} beside {peer}", old, measured[measure]))
    return found


def grown(then, now):
    for name, before, ours in pairs_of(then, now):
        old, new = before["memory_bytes"], ours["memory_bytes"]
        if old and new and new >= MEMORY_LEAST * old:
            yield f"{name}: {old / 1e6:.1f} MB, now {new / 1e6:.1f} MB, measured once"


def not_compared(then, now):
    """What one of the entries lacks: said, lest silence be taken for good news."""
    old, new = ({(key, name, peer) for key, work in each["works"].items()
                 for name, ours in work.items() for peer in ours["peers"]} for each in (then, now))
    works = {key for key, _, _ in new}  # whoever measures two works has not lost the others
    for key, name, peer in sorted(new ^ old):
        if key in works:
            which = "then" if (key, name, peer) in new else "now"
            yield f"{key} {name} beside {peer}: not measured {which}"


def report(then, now):
    """Prints what differs. Returns whether something became slower."""
    known = changes(then, now)
    sure = [each for each in known if each.can_tell]
    slower = [each for each in sure if each.is_slower]
    print(f"beside {then['date']} on {then['machine']}: {len(sure)} ratios compared, "
          f"{len(slower)} slower")
    for title, lines in (
            ("slower", [each.line() for each in slower]),
            ("faster", [each.line() for each in sure if each.is_faster]),
            ("more memory", list(grown(then, now))),
            ("too few rounds to tell", [each.name for each in known if not each.can_tell]),
            ("not compared", list(not_compared(then, now)))):
        for line in lines:
            print(f"  {title}: {line}")
    if slower:
        print(f"  by chance alone, about {CHANCE * len(sure):.1f} of {len(sure)} would seem "
              "slower: measure what is named here again before you believe it")
    return bool(slower)


def main():
    parser = argparse.ArgumentParser(description="Keep and compare what `make bench` found.")
    parser.add_argument("what", choices=("keep", "compare"))
    parser.add_argument("result", help="what bench.py --json wrote")
    parser.add_argument("--folder", default=FOLDER, help="where entries are kept")
    asked = parser.parse_args()
    try:
        with open(asked.result, encoding="utf-8") as file:
            entry = entry_of(json.load(file))
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"history: {asked.result} is no result of a benchmark: {error!r}")
    if asked.what == "keep":
        print(keep(entry, asked.folder))
        return
    then = last_before(entry, asked.folder)
    if not then:
        print(f"there is nothing to compare with from {entry['machine']}, {entry['percent']} % "
              "of each work")
        return
    sys.exit(1 if report(then, entry) else 0)


if __name__ == "__main__":
    main()
