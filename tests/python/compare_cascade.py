# SPDX-License-Identifier: MIT
"""compare_cascade.py CASCADE VIDEO WIDTH HEIGHT STEP NEIGHBOURS SMALLEST BOXES.jsonl - whether the boxes
of a flow are those of OpenCV for Python.

VIDEO has gray pictures of WIDTH x HEIGHT bytes. Exits with 77 where Python has no OpenCV.
"""
import json
import sys

try:
    import cv2
    import numpy
except ImportError:
    sys.exit(77)


def main():
    path, video, width, height, step, neighbours, smallest, boxes = sys.argv[1:]
    width, height, smallest = int(width), int(height), int(smallest)
    cv2.setNumThreads(1)
    cascade = cv2.CascadeClassifier(path)
    frames = numpy.fromfile(video, numpy.uint8).reshape(-1, height, width)
    answers = [json.loads(line)["value"] for line in open(boxes)]
    total = 0
    assert len(frames) == len(answers), (len(frames), len(answers))
    for number, (frame, answer) in enumerate(zip(frames, answers)):
        found, windows = cascade.detectMultiScale2(
            frame, float(step), int(neighbours), 0, (0, smallest))
        wanted = sorted(
            [[int(y), int(x), int(y + h), int(x + w)], round(n / (n + 4.0), 4)]
            for (x, y, w, h), n in zip(found, numpy.ravel(windows).tolist()))
        got = sorted([[int(place) for place in one["box"]], one["score"]] for one in answer)
        assert got == wanted, (number, got, wanted)
        scores = [one["score"] for one in answer]
        assert scores == sorted(scores, reverse=True), scores
        total += len(got)
    print(total)


main()
