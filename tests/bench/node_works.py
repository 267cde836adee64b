# SPDX-License-Identifier: MIT
"""Nodes beside the filters of libavfilter that do the same: decode, do it, discard.

A node is one line of PAIRS: what stands behind `type:` in its flow, and the graph that ffmpeg gets.
`reader` is the first video, [0:v], and `second`, the same one again, [1:v]; {mask} is a picture of
their size, black around a white box with soft edges.
"""

import os
import subprocess
from dataclasses import dataclass, replace
from typing import Callable

from contest import Candidate, Work
from measure import Command
from media_works import PROGRESS, QUIET, make_sample, ratio_goal, run_quietly
from outputs import REPORT, compare_hashes, frame_hashes, look_at_progress, look_at_report
from settings import plain


@dataclass(frozen=True)
class Pair:
    key: str
    node: str
    graph: str
    made: Callable = lambda frames: frames  # how many come out of so many
    is_same: bool = True  # pixel by pixel
    is_endless: bool = False  # ffmpeg is told how many frames to make


PAIRS = (
    Pair("resize", "resize, inputs: reader, width: 640, height: 360, filter: bilinear",
         "[0:v]scale=640:360:flags=bilinear"),
    Pair("filter", "filter, inputs: reader, graph: hflip", "[0:v]hflip"),
    Pair("drawing", "filter, inputs: reader, graph: \"drawbox=x=100:y=50:w=640:h=360\"",
         "[0:v]drawbox=x=100:y=50:w=640:h=360"),
    Pair("overlay", "overlay, inputs: [reader, second], width: 320, x: W-w-16, y: H-h-16",
         "[1:v]scale=320:-1[p];[0:v][p]overlay=W-w-16:H-h-16"),
    Pair("tile", "tile, inputs: [reader, second]", "[0:v][1:v]hstack"),
    Pair("sheet", "tile, inputs: reader, frames: 12, columns: 4", "[0:v]tile=4x3",
         lambda frames: -(-frames // 12)),
    Pair("rate", "rate, inputs: reader, fps: 60", "[0:v]fps=60", lambda frames: 2 * frames),
    Pair("pad", "resize, inputs: reader, width: 640, height: 640, filter: bilinear, pad: centre",
         "[0:v]scale=640:360:flags=bilinear,pad=640:640:0:140"),
    Pair("crop", "crop, inputs: reader, x: 320, y: 180, width: 640, height: 360",
         "[0:v]crop=640:360:320:180"),
    Pair("convert", "convert, inputs: reader, format: rgb24", "[0:v]format=rgb24", is_same=False),
    Pair("gray", "convert, inputs: reader, format: gray", "[0:v]format=gray"),
    Pair("boxes", "draw_boxes, inputs: reader, boxes: [[50, 100, 410, 740]], colours: [white], "
         "show_label: false, show_score: false",
         "[0:v]drawbox=x=100:y=50:w=640:h=360:t=2:c=white"),
    Pair("text", "draw_text, inputs: reader, text: \"frame {frame} at {time}\"",
         "[0:v]drawtext=text='frame %{n} at %{pts}':x=14:y=14:fontcolor=white:fontsize=18:box=1:"
         "boxcolor=black@0.5:boxborderw=4", is_same=False),
    Pair("blur", "blur_boxes, inputs: reader, boxes: [[180, 320, 540, 960]]",
         "[0:v]split[a][b];[b]crop=640:360:320:180,boxblur=45:1[c];[a][c]overlay=320:180",
         is_same=False),
    Pair("mask", "mask, inputs: reader, path: \"{mask}\"",
         "movie='{mask}',format=yuv420p,loop=-1:1[m];color=black:s=1280x720,format=yuv420p[b];"
         "[0:v][b][m]maskedmerge", is_same=False, is_endless=True),
    Pair("every", "every, inputs: reader, nth: 3", "[0:v]select='not(mod(n,3))'",
         lambda frames: -(-frames // 3)),
)
MASK = ("color=black:s=1280x720,format=gray,drawbox=x=200:y=100:w=700:h=400:c=white:t=fill,"
        "gblur=sigma=5")


def with_mask(pair, settings):
    """The pair, with the path of the mask in its place."""
    tools, folder = settings.tools, settings.input_folder
    if "{mask}" not in pair.node or tools.ffmpeg.missing:
        return pair
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "mask.png")
    if not os.path.exists(path):
        run_quietly([Command(tools.ffmpeg.command("-v", "error", "-nostdin", "-f", "lavfi", "-i",
                                                  MASK, "-frames:v", "1", path))])
    return replace(pair, node=pair.node.replace("{mask}", path),
                   graph=pair.graph.replace("{mask}", path))


def flow_of(pair, path, output=""):
    """The lines of a flow; what it makes is written to `output`, or discarded."""
    end = f"video_writer, path: \"{output}\", codec: rawvideo" if output else "void"
    readers = ["reader", "second"] if "second" in pair.node else ["reader"]
    return ["vflow: 1", "nodes:",
            *(f"  {name}: {{type: video_reader, path: \"{path}\"}}" for name in readers),
            f"  node: {{type: {pair.node}}}", f"  out: {{type: {end}, inputs: node}}", ""]


def run_of(settings, pair, path, output=""):
    def commands(folder):
        flow = os.path.join(folder, "flow.yaml")
        with open(flow, "w", encoding="utf-8") as file:
            file.write("\n".join(flow_of(pair, path, output)))
        return [Command([settings.tools.program("vflow"), "run", "--quiet", "--report",
                         os.path.join(folder, REPORT), flow])]

    return commands


def peer_inputs(pair, path):
    return ["-i", path] * (2 if "[1:v]" in pair.graph else 1)


def work_with(settings, pair):
    tools = settings.tools
    video, path = settings.video("720p")
    made = pair.made(video.frames)
    candidates = [Candidate("vflow", video.frames, run_of(settings, pair, path),
                            look_at_report("out", count=made))]
    for tool in tools.ffmpegs():
        arguments = (*QUIET, *PROGRESS, *peer_inputs(pair, path), "-filter_complex",
                     pair.graph + "[out]", "-map", "[out]", "-fps_mode", "passthrough",
                     *(("-frames:v", made) if pair.is_endless else ()), *tool.discard)
        candidates.append(Candidate(tool.name, video.frames, plain(tool, *arguments),
                                    look_at_progress(made), tool.missing, role="peer"))

    def compare(results, folder):
        if not pair.is_same or tools.ffmpeg.missing or not results.of("vflow").runs:
            return []
        try:
            sample = make_sample(tools.ffmpeg, path, folder)
            raw = os.path.join(folder, "made.nut")
            run_quietly(run_of(settings, pair, sample, raw)(folder))
            theirs = frame_hashes(tools.ffmpeg, *peer_inputs(pair, sample), "-filter_complex",
                                  pair.graph + "[out]", "-map", "[out]", "-fps_mode",
                                  "passthrough")
            return [compare_hashes("made by vflow and by ffmpeg", frame_hashes(
                tools.ffmpeg, "-i", raw, "-fps_mode", "passthrough"), theirs)]
        except subprocess.SubprocessError as error:
            return [f"output: could not be compared: {error}"]

    node = pair.node.partition(",")[0]
    return Work(f"nodes-{pair.key}",
                f"decode 720p, {node} beside {pair.graph} ({video.frames} frames)", "fps",
                candidates, [ratio_goal("speed >= 1.00x the best ffmpeg", "ffmpeg",
                                        at_least=1.0),
                             ratio_goal("CPU <= 1.03x the best ffmpeg", "ffmpeg",
                                        at_most=1.03)],
                compare=compare)


def work_of(pair):
    """What bench.py wants: a function that makes the work."""
    return lambda settings: work_with(settings, with_mask(pair, settings))


WORKS = {f"nodes-{pair.key}": work_of(pair) for pair in PAIRS}
