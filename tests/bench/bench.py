#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures vflow beside other programs that do the same work. README.md says how to read it.

    make bench WORK="W2 W4" RUNS=5 LIMIT=10 JSON=result.json PEER_FFMPEG=/opt/ffmpeg
"""

import argparse
import datetime
import json
import os
import signal
import sys
import tempfile

import batch_works
import contest
import frame_works
import live_works
import machine
import media_works
import node_works
import python_works
import scale
import start_works
import streams_works
import table
import vision_works
from settings import Settings
from tools import Tools

WORKS = {
    "W1": media_works.decode,
    "W2": media_works.scale_and_encode,
    "W3": frame_works.frames,
    "W3r": frame_works.messages,
    "W4": media_works.branches,
    "W5": start_works.start,
    "W6": live_works.live,
    "W7": frame_works.network,
}
MORE_WORKS = {
    "W1-480p": lambda settings: media_works.decode(settings, "W1-480p", "480p"),
    "W1-4k": lambda settings: media_works.decode(settings, "W1-4k", "4k"),
    "batch": batch_works.batch,
    **node_works.WORKS,
    **streams_works.WORKS,
    **streams_works.MORE_WORKS,
    **python_works.WORKS,
    **vision_works.WORKS,
}
SCALE = "scale"
NODES = "nodes"
PYTHON = "python"
VISION = "vision"
STREAMS = "streams"
GROUPS = {NODES: node_works.WORKS, PYTHON: python_works.WORKS, VISION: vision_works.WORKS,
          STREAMS: streams_works.WORKS}


def arguments():
    parser = argparse.ArgumentParser(description="Measure vflow beside other programs.")
    parser.add_argument("works", nargs="*", metavar="WORK",
                        help=f"of {' '.join([*WORKS, *MORE_WORKS, *GROUPS, SCALE])}; default: W1 to W7")
    parser.add_argument("--build", required=True, help="folder with the programs")
    parser.add_argument("--runs", type=int, default=5, help="clean runs of each candidate")
    parser.add_argument("--limit", type=int, default=100, metavar="PERCENT",
                        help="do only so much of each work, to try things out")
    parser.add_argument("--json", metavar="FILE", help="write the results for programs")
    parser.add_argument("--peer-ffmpeg", metavar="FILE", help="a second ffmpeg to compare with")
    asked = parser.parse_args()
    known = [*WORKS, *MORE_WORKS, *GROUPS, SCALE]
    for work in asked.works:
        if work not in known:
            parser.error(f"there is no work {work}; there are {' '.join(known)}")
    if asked.runs < 1 or not 1 <= asked.limit <= 100:
        parser.error("--runs is at least 1, --limit from 1 to 100")
    return asked


def tell(tools):
    """What is measured, and what is missing."""
    print(f"on {machine.describe()}")
    for tool in tools.all():
        print(f"  {tool.name}: {tool.missing or tool.path}")
    print(flush=True)


def measure_all(asked, settings, folder):
    records = []
    keys = []
    for key in asked.works or WORKS:
        keys += GROUPS.get(key, [key])
    for key in keys:
        if key == SCALE:
            records += scale.measure_all(settings, asked.runs, folder)
            continue
        work = {**WORKS, **MORE_WORKS}[key](settings)
        results = contest.hold(work, asked.runs, folder)
        table.show(results)
        records.append(table.record(results))
    return records


def main():
    asked = arguments()
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))
    tools = Tools.find(asked.build, here, asked.peer_ffmpeg)
    settings = Settings(tools, os.path.join(root, "build", "bench", "inputs"), asked.limit)
    tell(tools)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with tempfile.TemporaryDirectory(prefix="vflow-bench-") as folder:
            records = measure_all(asked, settings, folder)
    except RuntimeError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as file:
            date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            json.dump({"date": date, "machine": machine.describe(), "runs": asked.runs,
                       "percent": asked.limit, "works": records}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
