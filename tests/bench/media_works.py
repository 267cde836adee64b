# SPDX-License-Identifier: MIT
"""W1, W2 and W4: reading, scaling and writing video."""

import os
import subprocess

from contest import Candidate, Goal, Work
from outputs import (compare_hashes, compare_sizes, frame_hashes, look_at_all, look_at_file,
                     look_at_progress, look_at_report, size_excess)
from settings import plain, with_output

QUIET = ("-v", "error", "-nostdin", "-nostats")
PROGRESS = ("-progress", "pipe:1")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "23")
SAMPLE_FRAMES = 60
# Without a bit rate that bounds the quality, and with the key frames of ffmpeg.
GST_X264 = ("x264enc speed-preset=ultrafast pass=qual quantizer=23 vbv-buf-capacity=0 "
            "key-int-max=250")
GST_QUEUE = "queue max-size-buffers=8 max-size-bytes=0 max-size-time=0"


def gst_reader(path, decoder="avdec_h264"):
    return f"filesrc location={path} ! qtdemux ! h264parse ! {decoder}"


def against_best(results, value="speed", only=None):
    """vflow's ratio to the best peer, or to the best of those whose name begins with `only`."""
    peers = [each for each in results.series.values() if each.runs
             and each.candidate.role == "peer"
             and (only is None or each.candidate.name.startswith(only))]
    best = max(peers, key=lambda each: each.median_speed, default=None)
    return results.ratio(results.of("vflow"), best, value) if best else None


def ratio_goal(text, only=None, at_least=None, at_most=None):
    value = "speed" if at_least else "cost_s"
    limits = {"at_least": at_least} if at_least else {"at_most": at_most}
    return Goal(text, lambda results: against_best(results, value, only), form="{:.2f}x", **limits)


def make_sample(ffmpeg, path, folder):
    """The first frames of an input, for comparing what comes out bit by bit."""
    sample = os.path.join(folder, "sample.mp4")
    subprocess.run([ffmpeg.path, *QUIET, "-i", path, "-map", "0:v:0", "-c", "copy", "-frames:v",
                    str(SAMPLE_FRAMES), sample], check=True, timeout=60)
    return sample


def run_quietly(commands):
    """Runs what makes outputs to compare. Raises subprocess.SubprocessError."""
    for command in commands:
        subprocess.run(command.argv, check=True, timeout=120, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env={**os.environ, **command.environment})


def decode(settings, key="W1", name="1080p"):
    """Decode, and throw away."""
    tools = settings.tools
    video, path = settings.video(name)
    candidates = [Candidate("vflow", video.frames, settings.vflow("w1", {"input": path}),
                            look_at_report("out", count=video.frames))]
    for tool in tools.ffmpegs():
        for threads, suffix in (((), ""), (("-threads", "2"), " -threads 2")):
            arguments = (*QUIET, *PROGRESS, *threads, "-i", path, "-map", "0:v:0", *tool.discard)
            candidates.append(Candidate(tool.name + suffix, video.frames, plain(tool, *arguments),
                                        look_at_progress(video.frames), tool.missing, role="peer"))
    if name in ("1080p", "4k"):
        for threads in (0, 2):
            pipeline = gst_reader(path, f"avdec_h264 max-threads={threads}") + " ! fakesink"
            suffix = f" max-threads={threads}" if threads else ""
            candidates.append(Candidate(
                tools.gst.name + suffix, video.frames,
                plain(tools.gst, "-q", *pipeline.split()), None, tools.gst.missing, role="peer"))

    def compare(results, folder):
        if tools.ffmpeg.missing or not results.of("vflow").runs:
            return []
        try:
            sample = make_sample(tools.ffmpeg, path, folder)
            raw = os.path.join(folder, "decoded.nut")
            run_quietly(settings.vflow("w1_check", {"input": sample, "output": raw})(folder))
            return [compare_hashes("decoded by vflow and by ffmpeg",
                                   frame_hashes(tools.ffmpeg, "-i", raw),
                                   frame_hashes(tools.ffmpeg, "-i", sample))]
        except subprocess.SubprocessError as error:
            return [f"output: could not be compared: {error}"]

    return Work(key, f"decode {name}, discard ({video.frames} frames)", "fps", candidates,
                [ratio_goal("speed >= 1.00x the best peer", at_least=1.0),
                 ratio_goal("CPU <= 1.03x the best ffmpeg", "ffmpeg", at_most=1.03)],
                compare=compare)


def scale_and_encode(settings):
    """Decode, scale, encode."""
    tools = settings.tools
    video, path = settings.video("1080p")
    look = look_at_file("out.mp4", video.frames)
    candidates = [Candidate(
        "vflow", video.frames, settings.vflow("w2", {"input": path}, output="output"),
        look_at_all(look_at_report("out", count=video.frames), look))]
    for tool in tools.ffmpegs():
        arguments = (*QUIET, "-i", path, "-map", "0:v:0", "-vf", "scale=640:360:flags=bilinear",
                     *X264, "{out}")
        candidates.append(Candidate(tool.name, video.frames, with_output(tool, *arguments), look,
                                    tool.missing, role="peer"))
    pipeline = (f"{gst_reader(path)} ! {GST_QUEUE} ! videoscale method=bilinear2 ! "
                f"video/x-raw,width=640,height=360 ! {GST_QUEUE} ! {GST_X264} ! mp4mux ! "
                "filesink location={out}")
    candidates.append(Candidate(tools.gst.name, video.frames,
                                with_output(tools.gst, "-q", *pipeline.split()), look,
                                tools.gst.missing, role="peer"))
    return Work("W2", f"decode 1080p, scale to 640x360, x264, mp4 ({video.frames} frames)", "fps",
                candidates,
                [ratio_goal("speed >= 1.03x the best ffmpeg", "ffmpeg", at_least=1.03),
                 ratio_goal("speed >= 1.30x gst", "gst", at_least=1.3),
                 ratio_goal("CPU <= 1.03x the best ffmpeg", "ffmpeg", at_most=1.03),
                 Goal("size within 0.1 % of ffmpeg's",
                      lambda results: size_excess(results, "vflow", tools.ffmpeg.name),
                      at_most=0.1, form="{:.3f} %")],
                remarks=lambda results: [line for tool in tools.all() for line
                                         in compare_sizes(results, "vflow", tool.name)])


def branches(settings):
    """One decoder, three branches."""
    tools = settings.tools
    video, path = settings.video("720p")
    look = look_at_file("out.mp4", video.frames)
    candidates = [Candidate(
        "vflow", video.frames,
        settings.vflow("w4", {"input": path}, output="output", own_nodes=True),
        look_at_all(look_at_report("small_out", "grey_out", "out", count=video.frames), look))]
    for tool in tools.ffmpegs():
        graph = ("[0:v]split=3[a][b][c];[a]scale=320:180:flags=bilinear[x];[b]format=gray[y];"
                 "[c]scale=640:360:flags=bilinear[z]")
        arguments = (*QUIET, "-i", path, "-filter_complex", graph, "-map", "[x]", *tool.discard,
                     "-map", "[y]", *tool.discard, "-map", "[z]", *X264, "{out}")
        candidates.append(Candidate(tool.name, video.frames, with_output(tool, *arguments), look,
                                    tool.missing, role="peer"))
    pipeline = (f"{gst_reader(path)} ! tee name=t "
                f"t. ! {GST_QUEUE} ! videoscale method=bilinear2 ! "
                "video/x-raw,width=320,height=180 ! fakesink "
                f"t. ! {GST_QUEUE} ! videoconvert ! video/x-raw,format=GRAY8 ! fakesink "
                f"t. ! {GST_QUEUE} ! videoscale method=bilinear2 ! "
                f"video/x-raw,width=640,height=360 ! {GST_X264} ! mp4mux ! "
                "filesink location={out}")
    candidates.append(Candidate(tools.gst.name, video.frames,
                                with_output(tools.gst, "-q", *pipeline.split()), look,
                                tools.gst.missing, role="peer"))

    def compare(results, folder):
        if tools.ffmpeg.missing or not results.of("vflow").runs:
            return []
        lines = []
        try:
            sample = make_sample(tools.ffmpeg, path, folder)
            files = {name: os.path.join(folder, name + ".nut") for name in ("small", "grey")}
            run_quietly(settings.vflow("w4_check", {"input": sample, **files},
                                       own_nodes=True)(folder))
            filters = {"small": "scale=320:180:flags=bilinear", "grey": "format=gray"}
            for name, raw in files.items():
                theirs = frame_hashes(tools.ffmpeg, "-i", sample, "-vf", filters[name])
                lines.append(compare_hashes(f"{name} by vflow and by ffmpeg",
                                            frame_hashes(tools.ffmpeg, "-i", raw), theirs))
        except subprocess.SubprocessError as error:
            lines.append(f"output: could not be compared: {error}")
        return lines

    return Work("W4", f"decode 720p once into three branches ({video.frames} frames)", "fps",
                candidates,
                [ratio_goal("speed >= 1.05x the best ffmpeg", "ffmpeg", at_least=1.05),
                 ratio_goal("speed >= 1.60x gst", "gst", at_least=1.6),
                 ratio_goal("CPU <= 1.00x the best ffmpeg", "ffmpeg", at_most=1.0)],
                remarks=lambda results: [line for tool in tools.all() for line
                                         in compare_sizes(results, "vflow", tool.name)],
                compare=compare)
