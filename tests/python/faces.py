# SPDX-License-Identifier: MIT
"""faces.py OUT.y4m FRAMES [ANGLE] - a video of a drawn face, 96 pixels high, that goes to the right.

Cascades take it for one: it has dark eyes below darker brows, and a nose and cheeks that are bright.
Frames are of 320 x 240; the middle of the face is at (90 + 4 * n, 110) in frame n, from 0. ANGLE turns
it, in degrees clockwise.
"""
import sys

import numpy

WIDTH, HEIGHT, SIZE = 320, 240, 96
# Of each part: the middle, the half width, the half height, the brightness and how soft its edge is, all
# but the brightness in sizes of the face; mirrored parts come twice.
PARTS = [
    (0.00, -0.08, 0.40, 0.46, 50, 0.05, False),   # hair
    (0.00, 0.02, 0.31, 0.40, 190, 0.06, False),   # skin
    (0.135, -0.06, 0.10, 0.055, 130, 0.3, True),  # round the eyes
    (0.135, -0.12, 0.10, 0.018, 70, 0.3, True),   # brows
    (0.135, -0.055, 0.035, 0.03, 40, 0.2, True),  # eyes
    (0.16, 0.10, 0.07, 0.07, 215, 0.4, True),     # cheeks
    (0.00, 0.04, 0.035, 0.12, 220, 0.4, False),   # nose
    (0.00, 0.155, 0.05, 0.018, 130, 0.4, False),  # below it
    (0.00, 0.245, 0.11, 0.025, 90, 0.25, False),  # mouth
    (0.00, 0.40, 0.12, 0.05, 170, 0.3, False),    # chin
]


def draw(x, y, angle):
    turn = numpy.radians(angle)
    across, down = numpy.meshgrid((numpy.arange(WIDTH) - x) / SIZE, (numpy.arange(HEIGHT) - y) / SIZE)
    u = numpy.cos(turn) * across + numpy.sin(turn) * down
    v = numpy.cos(turn) * down - numpy.sin(turn) * across
    picture = numpy.full((HEIGHT, WIDTH), 120.0)
    for middle_u, middle_v, half_width, half_height, value, soft, is_mirrored in PARTS:
        for side in (-1, 1) if is_mirrored else (1,):
            away = numpy.hypot((u - side * middle_u) / half_width, (v - middle_v) / half_height)
            share = 1 / (1 + numpy.exp(numpy.clip((away - 1) / soft, -50, 50)))
            picture = picture * (1 - share) + value * share
    return picture.astype(numpy.uint8)


def main():
    angle = float(sys.argv[3]) if len(sys.argv) > 3 else 0
    chroma = numpy.full(WIDTH * HEIGHT // 2, 128, numpy.uint8).tobytes()
    with open(sys.argv[1], "wb") as out:
        out.write(b"YUV4MPEG2 W%d H%d F25:1 C420jpeg\n" % (WIDTH, HEIGHT))
        for number in range(int(sys.argv[2])):
            out.write(b"FRAME\n" + draw(90 + 4 * number, 110, angle).tobytes() + chroma)


main()
