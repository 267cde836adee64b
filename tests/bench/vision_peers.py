# SPDX-License-Identifier: MIT
"""What people write with OpenCV, on frames of 1080p that lie in memory, on one thread.

vision_peers.py motion CLIP COUNT             what moves, by its MOG2 in a quarter of the width
vision_peers.py cascade CLIP COUNT XML SIZE   faces of SIZE pixels or more, in half the width

CLIP has frames of yuv420p, which are looked at again and again, each copied first as one from a
reader would be. Prints how many boxes there were.
"""
import sys

import cv2
import numpy

WIDTH, HEIGHT = 1920, 1080
SIZE = WIDTH * HEIGHT * 3 // 2
LEAST = 0.0002  # of the picture, that a box has at least


def lumas(path, count):
    clip = numpy.memmap(path, "u1", "r")
    clip = clip[:clip.size // SIZE * SIZE].reshape(-1, SIZE)
    for number in range(count):
        yield clip[number % len(clip)].copy()[:WIDTH * HEIGHT].reshape(HEIGHT, WIDTH)


def motion(path, count):
    """As the node motion does it: specks of radius 1 are taken out, gaps of radius 3 closed."""
    background = cv2.createBackgroundSubtractorMOG2(history=500, varThreshold=16)
    specks, gaps = numpy.ones((3, 3), "u1"), numpy.ones((7, 7), "u1")
    found = 0
    for luma in lumas(path, count):
        small = cv2.resize(luma, (WIDTH // 4, HEIGHT // 4), interpolation=cv2.INTER_AREA)
        _, moving = cv2.threshold(background.apply(small), 200, 255, cv2.THRESH_BINARY)
        moving = cv2.morphologyEx(moving, cv2.MORPH_OPEN, specks)
        moving = cv2.morphologyEx(moving, cv2.MORPH_CLOSE, gaps)
        _, _, parts, _ = cv2.connectedComponentsWithStats(moving)
        found += sum(part[cv2.CC_STAT_AREA] >= LEAST * moving.size for part in parts[1:])
    return found


def cascade(path, count, file, smallest):
    classifier = cv2.CascadeClassifier(file)
    divisor = max(1, int(smallest) // classifier.getOriginalWindowSize()[1])
    least = round(int(smallest) / divisor)
    found = 0
    for luma in lumas(path, count):
        small = cv2.resize(luma, (WIDTH // divisor, HEIGHT // divisor),
                           interpolation=cv2.INTER_AREA)
        found += len(classifier.detectMultiScale(small, 1.1, 3, minSize=(0, least)))
    return found


cv2.setNumThreads(1)
cv2.ocl.setUseOpenCL(False)
print(globals()[sys.argv[1]](sys.argv[2], int(sys.argv[3]), *sys.argv[4:]))
