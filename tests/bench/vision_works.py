# SPDX-License-Identifier: MIT
"""Models that find things in frames, beside a loop in C that does nothing else."""

import os

from contest import Candidate, Work
from measure import Command
from media_works import ratio_goal
from outputs import look_at_report

BUILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "build")
RUNTIME = os.path.normpath(os.path.join(BUILD, "onnxruntime", "libonnxruntime.so"))
MODEL = os.path.normpath(os.path.join(BUILD, "ocr-models", "assets", "ch_PP-OCRv4_det_infer.onnx"))
WIDTH, HEIGHT = 960, 544


def detect(settings):
    """The text detector of PP-OCR on 1080p frames that lie in memory, on one thread."""
    missing = "" if os.path.exists(RUNTIME) and os.path.exists(MODEL) else "make deps-test"
    count = settings.count(200)
    ours, loop = "vflow", "a loop in C"
    variables = {"frames": count, "model": MODEL, "runtime": RUNTIME, "size": f"{WIDTH}x{HEIGHT}"}

    def commands(folder):
        words = [RUNTIME, MODEL, str(WIDTH), str(HEIGHT), str(count)]
        return [Command([settings.tools.program("model_loop"), *words])]

    candidates = [
        Candidate(ours, count, settings.vflow("vision_detect", variables, own_nodes=True),
                  look_at_report("out", count=count), missing),
        Candidate(loop, count, commands, missing=missing, role="peer")]
    return Work("vision-detect", f"1080p frames through the text detector of PP-OCR, {WIDTH}x"
                f"{HEIGHT}, one thread ({count} frames)", "fps", candidates,
                [ratio_goal("speed >= 0.97x the loop", loop, at_least=0.97),
                 ratio_goal("CPU <= 1.03x the loop", loop, at_most=1.03)])


WORKS = {"vision-detect": detect}
