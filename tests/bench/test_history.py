#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of rank.py and history.py: plain functions, run one after the other, as TAP."""

import contextlib
import io
import itertools
import json
import os
import sys
import tempfile
import traceback

import history
import rank

MACHINE = "2 cores of Some Processor @ 2 GHz, Linux 6.1.0"


def by_hand(group, other):
    """The chance by looking at every division of the values, one by one."""
    values = [*group, *other]
    ranks = [sum(each < value for each in values) + sum(each == value for each in values) / 2
             for value in values]
    divisions = list(itertools.combinations(range(len(values)), len(group)))
    observed = sum(ranks[:len(group)])
    return sum(sum(ranks[i] for i in chosen) >= observed for chosen in divisions) / len(divisions)


def near(one, other):
    assert abs(one - other) < 1e-12, (one, other)


def agrees_with_the_published_table():
    # Mann and Whitney 1947, table I: P(U <= 0, 1, 2, 3) for n = m = 5, of 252 divisions
    low = [1, 2, 3, 4, 5]
    for group, ways in (([6, 7, 8, 9, 10], 1), ([4.5, 7, 8, 9, 10], 2), ([3.5, 7, 8, 9, 10], 4),
                        ([2.5, 7, 8, 9, 10], 7)):
        near(rank.chance_of_larger(group, low), ways / 252)
    # for n = 3, m = 4: U = 1 of 35
    near(rank.chance_of_larger([3.5, 5, 6], [1, 2, 3, 4]), 2 / 35)


def agrees_with_counting_one_by_one():
    cases = (([1.0], [1.0]), ([1, 2], [2, 3, 3]), ([5, 1, 4], [4, 4, 2, 9]),
             ([1.01, 1.01, 1.02, 1.03], [1.0, 1.01, 1.02, 1.02, 0.99]), ([7] * 4, [7] * 3))
    for group, other in cases:
        near(rank.chance_of_larger(group, other), by_hand(group, other))
        near(rank.chance_of_larger(other, group), by_hand(other, group))


def is_certain_of_nothing_where_all_are_alike():
    near(rank.chance_of_larger([1] * 5, [1] * 5), 1)


def candidate(name, seconds, role="ours", **more):
    return {"name": name, "role": role, "heat": "", "memory_bytes": 1000000, "runs": [
        {"round": n, "count": 10, "seconds": each, "cpu_seconds": each, **more}
        for n, each in enumerate(seconds)]}


def result(date, seconds, theirs=(1, 1, 1, 1, 1), machine=MACHINE, **more):
    return {"date": date, "machine": machine, "percent": 100, "works": [
        {"work": "W1", "candidates": [candidate("vflow", seconds, **more),
                                      candidate("ffmpeg 5", theirs, "peer")]},
        {"work": "scale", "curve": "stages", "points": []}]}


def compare(then, now):
    """What `compare` prints, and its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        kept = os.path.join(folder, "kept")
        os.mkdir(kept)
        for each in then:
            history.keep(history.entry_of(each), kept)
        path = os.path.join(folder, "result.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(now, file)
        printed, status = io.StringIO(), 0
        sys.argv = ["history.py", "compare", "--folder", kept, path]
        try:
            with contextlib.redirect_stdout(printed):
                history.main()
        except SystemExit as end:
            status = end.code
        return printed.getvalue(), status


STEADY = (1.00, 1.01, 0.99, 1.02, 0.98)


def names_what_became_slower():
    printed, status = compare([result("2026-01-01", STEADY)],
                              result("2026-02-01", [1.06 * each for each in STEADY]))
    assert status == 1, printed
    assert "slower: W1 vflow, CPU beside ffmpeg 5: 1.000x, now 1.060x (by +6.0 %" in printed, printed


def is_silent_about_noise():
    printed, status = compare([result("2026-01-01", STEADY)],
                              result("2026-02-01", (1.03, 1.00, 0.99, 1.04, 1.01)))
    assert status == 0 and "2 ratios compared, 0 slower" in printed, printed


def is_silent_about_what_is_sure_and_small():
    printed, status = compare([result("2026-01-01", [1.0001 + i / 1e4 for i in range(5)])],
                              result("2026-02-01", [1.0101 + i / 1e4 for i in range(5)]))
    assert status == 0, printed


def a_slow_day_hits_both():
    slow = (3, 3, 3, 3, 3)
    printed, status = compare([result("2026-01-01", STEADY)],
                              result("2026-02-01", [3 * each for each in STEADY], slow))
    assert status == 0 and "0 slower" in printed, printed


def names_what_became_faster():
    printed, status = compare([result("2026-01-01", STEADY)],
                              result("2026-02-01", [0.9 * each for each in STEADY]))
    assert status == 0 and "faster: W1 vflow, s beside ffmpeg 5" in printed, printed


def says_where_rounds_are_too_few():
    printed, status = compare([result("2026-01-01", STEADY)], result("2026-02-01", (2, 2)))
    assert status == 0 and "too few rounds to tell: W1 vflow" in printed, printed


def goes_by_the_last_entry_from_such_a_machine():
    now = result("2026-04-01", STEADY)
    printed, _ = compare([result("2026-01-01", STEADY), result("2026-02-01", STEADY),
                          result("2026-03-01", STEADY, machine="64 cores, Linux 6"),
                          result("2026-05-01", STEADY)], now)
    assert "beside 2026-02-01 on 2 cores" in printed, printed
    printed, status = compare([], now)
    assert status == 0 and "nothing to compare with" in printed, printed


def says_which_peer_is_missing():
    now = result("2026-02-01", STEADY)
    now["works"][0]["candidates"][1]["name"] = "ffmpeg 6"
    printed, _ = compare([result("2026-01-01", STEADY)], now)
    assert "0 ratios compared" in printed, printed
    assert "W1 vflow beside ffmpeg 5: not measured now" in printed, printed
    assert "W1 vflow beside ffmpeg 6: not measured then" in printed, printed


def a_rate_counts_before_the_time_of_the_run():
    entry = history.entry_of(result("2026-01-01", STEADY, rate=5))
    measured = entry["works"]["W1"]["vflow"]["peers"]["ffmpeg 5"]
    assert measured["time"] == [2] * 5, measured
    assert measured["cpu"] == list(STEADY), measured


def more_memory_is_told():
    now = result("2026-02-01", STEADY)
    now["works"][0]["candidates"][0]["memory_bytes"] = 1100000
    printed, status = compare([result("2026-01-01", STEADY)], now)
    assert status == 0 and "more memory: W1 vflow: 1.0 MB, now 1.1 MB" in printed, printed


def kept_entries_can_be_read():
    for entry in history.entries(history.FOLDER):
        assert entry["date"] and entry["machine"] and entry["works"], entry


TESTS = [each for name, each in list(globals().items())
         if callable(each) and getattr(each, "__module__", "") == __name__
         and name not in ("by_hand", "near", "candidate", "result", "compare")]


def main():
    failures = 0
    for number, test in enumerate(TESTS, 1):
        try:
            test()
            print(f"ok {number} - {test.__name__.replace('_', ' ')}")
        except Exception:  # whatever it was, the next test goes on
            failures += 1
            print(f"not ok {number} - {test.__name__.replace('_', ' ')}")
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
    print(f"1..{len(TESTS)}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
