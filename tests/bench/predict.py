# SPDX-License-Identifier: MIT
"""predict.py PROGRAM [RUNS] - holds what a run says about replicas against runs with them.

Each flow is run RUNS times (3), without and with one replica more of the node that limits it, in
turn. Prints for each the frames a second that were predicted and those that were reached, medians,
and ends with status 1 if a prediction is off by more than 15 %. For an idle machine."""
import re
import statistics
import subprocess
import sys
import tempfile

FIRST_FRAMES = 40   # of a run that shows how many are worth
SECONDS = 3         # for what a run is to last
LIMIT = 0.15
PREDICTION = re.compile(r"^(\S+) limits the flow .*: (\d+) replicas would make about (\d+) frames")
SPEED = re.compile(r"frames? in [\d.]+ s: ([\d.]+) fps")

# Each is what works on a picture; the others only make it and take it.
FILTERS = {
    "gblur": "gblur=sigma=40:steps=6", "median": "median=radius=6", "bilateral": "bilateral=sigmaS=3",
    "avgblur": "avgblur=30,avgblur=30,avgblur=30,avgblur=30", "edgedetect": "edgedetect,edgedetect",
    "boxblur": "boxblur=20:8", "smartblur": "smartblur=lr=5,smartblur=lr=5", "lenscorrection":
    "lenscorrection=k1=0.1:i=bilinear,lenscorrection=k1=-0.1:i=bilinear", "deband": "deband,deband",
    "yaepblur": "yaepblur",
}
FLOW = """vflow: 1
vars: {frames: 100}
nodes:
  clip: {type: test_source, size: 1280x720, frames: "${frames}"}
  work: {type: filter, inputs: clip, graph: "%s", threads: 1}
  out: {type: void, inputs: work}
"""


def run(program, path, *words):
    done = subprocess.run([program, "run", "--progress", "none", path, *words],
                          capture_output=True, text=True, check=True)
    return done.stderr


def speed_of(text):
    return float(SPEED.search(text)[1])


def look(program, path, runs):
    """Returns (predicted, reached) frames a second, medians; None: another replica is no help."""
    predicted, reached = [], []
    fps = speed_of(run(program, path, f"frames={FIRST_FRAMES}"))
    frames = f"frames={max(FIRST_FRAMES, round(fps * SECONDS))}"
    for _ in range(runs):
        for line in run(program, path, frames).splitlines():
            match = PREDICTION.match(line)
            if match:
                predicted.append(float(match[3]))
        reached.append(speed_of(run(program, path, frames, "-s", "nodes.work.replicas=2")))
    return statistics.median(predicted) if predicted else None, statistics.median(reached)


def main():
    program, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    worst = 0
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as flow:
        for name, graph in FILTERS.items():
            flow.seek(0)
            flow.truncate()
            flow.write(FLOW % graph)
            flow.flush()
            predicted, reached = look(program, flow.name, runs)
            if predicted is None:
                print(f"{name:14} no prediction; reached {reached:.1f}")
                continue
            error = predicted / reached - 1
            worst = max(worst, abs(error))
            print(f"{name:14} predicted {predicted:6.1f}  reached {reached:6.1f}  {error:+5.0%}")
    print(f"worst: {worst:.0%}")
    sys.exit(worst > LIMIT)


if __name__ == "__main__":
    main()
