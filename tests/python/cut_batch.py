# SPDX-License-Identifier: MIT
"""cut_batch.py TIMES MANIFEST MADE WANTED COMMAND... - kills a batch at random moments, TIMES times.

Every other time its runs are killed with it, as by a machine that loses its power. Each time, what the
manifest has as done has to be there, and to have the bytes of the file of that name in the folder WANTED.
The folder MADE and the manifest are emptied once all is done, so that there is something to do.
Prints the seed; SEED in the environment repeats a series.
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

PATIENCE = 60 * float(os.environ.get("VFLOW_TEST_PATIENCE", "1"))


def descendants(process):
    found = []
    try:
        children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return found
    for child in children:
        found += [int(child), *descendants(int(child))]
    return found


def kill(process):
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


def is_running(process):
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def await_end(processes):
    end = time.monotonic() + PATIENCE
    while any(is_running(process) for process in processes):
        if time.monotonic() > end:
            sys.exit("a run goes on after its batch was killed")
        time.sleep(0.01)


def records(manifest):
    """The last of each input, of the lines that are whole."""
    last = {}
    if manifest.exists():
        for line in manifest.read_bytes().split(b"\n")[:-1]:
            record = json.loads(line)
            if "path" in record:
                last[record["path"]] = record
    return last


def check(manifest, wanted):
    done = 0
    for record in records(manifest).values():
        if record["state"] != "done":
            continue
        done += 1
        for output in record["outputs"]:
            path = pathlib.Path(output["path"])
            if path.read_bytes() != (wanted / path.name).read_bytes():
                sys.exit(f"{path} is reported as done, and is not whole")
    return done


def main():
    manifest, made, wanted = map(pathlib.Path, sys.argv[2:5])
    times, command = int(sys.argv[1]), sys.argv[5:]
    seed = os.environ.get("SEED") or str(random.randrange(1 << 32))
    print("seed", seed)
    draw = random.Random(seed)
    begun = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    whole = time.monotonic() - begun
    all_done = check(manifest, wanted)
    for number in range(times):
        if number == 0 or check(manifest, wanted) == all_done:
            manifest.unlink()
            for file in made.iterdir():
                file.unlink()
        batch = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0, whole))  # the moment itself
        runs = descendants(batch.pid)
        kill(batch.pid)
        if number % 2:
            for run in runs:
                kill(run)
        batch.wait()
        await_end(runs)
        print(number, check(manifest, wanted), "done")


main()
