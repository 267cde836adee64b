# SPDX-License-Identifier: MIT
"""Nodes that see, each beside what people would use for the same."""

import json
import os
import subprocess

import inputs
from contest import Candidate, Goal, Work
from measure import Command
from media_works import PROGRESS, QUIET, ratio_goal, run_quietly
from outputs import expect, look_at_progress, look_at_report
from python_works import find_python
from settings import plain

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.normpath(os.path.join(HERE, "..", "..", "build"))
RUNTIME = os.path.join(BUILD, "onnxruntime", "libonnxruntime.so")
MODEL = os.path.join(BUILD, "ocr-models", "assets", "ch_PP-OCRv4_det_infer.onnx")
WIDTH, HEIGHT = 640, 352
PEERS = os.path.join(HERE, "vision_peers.py")
CASCADES = [os.path.join(folder, "haarcascades", "haarcascade_frontalface_default.xml")
            for folder in ("/usr/local/share/opencv4", "/usr/share/opencv4")]
SMALLEST = 54  # pixels, of 1080
CUT_EVERY = 75  # frames
CV = ("numpy, cv2", "python3-numpy, python3-opencv")


def detect(settings):
    """The text detector of PP-OCR on 1080p frames that lie in memory, on one thread."""
    missing = "" if os.path.exists(RUNTIME) and os.path.exists(MODEL) else "make deps-test"
    count = settings.count(150)
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


def make_input(commands, part, path):
    """Raises RuntimeError."""
    print(f"making {os.path.relpath(path)} ...", flush=True)
    try:
        run_quietly(commands)
        os.rename(part, path)
    except (OSError, subprocess.SubprocessError) as error:
        raise RuntimeError(f"{path} could not be made: {error}") from error


def clip(settings, python):
    """A file of 30 frames of 1080p, as bytes: before a picture that stands still, with noise, two
    drawn faces move, and a larger one does not. "" if it cannot be made."""
    path = os.path.join(settings.input_folder, "faces-1080p.yuv")
    if os.path.exists(path) or not python or settings.tools.ffmpeg.missing:
        return path if os.path.exists(path) else ""
    os.makedirs(settings.input_folder, exist_ok=True)
    faces, part = path + ".y4m", path + ".part"
    graph = ("[1:v]trim=end_frame=1,loop=29:1,setpts=N/25/TB,noise=alls=6:allf=t:all_seed=1[still];"
             "[0:v]crop=112:128:34:46,loop=29:1,setpts=N/25/TB,split=3[a][b][c];"
             "[a]scale=224:256[near];[still][near]overlay=1000:300[one];"
             "[one][b]overlay=60+55*n:800[two];[two][c]overlay=300:30+30*n,format=yuv420p[made]")
    make_input([
        Command([python, os.path.join(HERE, "..", "python", "faces.py"), faces, "1"]),
        Command(settings.tools.ffmpeg.command(
            *QUIET, "-y", "-i", faces, "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=25",
            "-filter_complex", graph, "-map", "[made]", "-frames:v", 30, "-f", "rawvideo",
            part))], part, path)
    os.remove(faces)
    return path


def peer(python, *words):
    return lambda folder: [Command([python, "-B", PEERS, *map(str, words)])]


def look_at_boxes(folder, run):
    """That the peer has found anything at all."""
    with open(os.path.join(folder, "stdout.0"), encoding="ascii") as file:
        run.extras["boxes"] = int(file.read() or 0)
    if not run.extras["boxes"]:
        run.complaint = "it has found nothing"


def compare_boxes(settings, flow, variables, port, count_in, theirs):
    """What both have found in the same frames. `count_in` counts the boxes of a frame,
    from what `port` says of it."""

    def compare(results, folder):
        peers = results.of(theirs).extra("boxes")
        if peers is None or not results.of("vflow").runs:
            return []
        path = os.path.join(folder, "found.jsonl")
        try:
            run_quietly(settings.vflow(flow, variables, own_nodes=True, values=(
                "nodes.out.type=file_append", f"nodes.out.inputs=find.{port}",
                f"nodes.out.path={path}"))(folder))
            with open(path, encoding="utf-8") as file:
                found = sum(count_in(json.loads(line)["value"]) for line in file)
        except (OSError, subprocess.SubprocessError) as error:
            return [f"output: could not be compared: {error}"]
        return [f"output: vflow has found {found} boxes, {theirs} {peers:.0f}"]

    return compare


def motion(settings):
    """What moves before a camera that stands still, beside OpenCV's MOG2 in as small a picture,
    cleaned alike."""
    python, missing = find_python(*CV)
    frames = clip(settings, python)
    count = settings.count(1500)
    theirs = "MOG2 of OpenCV"
    ours_missing = "" if frames else missing or settings.tools.ffmpeg.missing
    variables = {"frames": count, "clip": frames}
    candidates = [
        Candidate("vflow", count, settings.vflow("vision_motion", variables, own_nodes=True),
                  look_at_report("out", count=count), ours_missing),
        Candidate(theirs, count, peer(python, "motion", frames, count), look_at_boxes,
                  missing or ours_missing, role="peer")]
    return Work("vision-motion", f"what moves in 1080p frames ({count} frames)", "fps", candidates,
                [ratio_goal("speed >= 1.00x MOG2", theirs, at_least=1.0),
                 ratio_goal("CPU <= 1.00x MOG2", theirs, at_most=1.0)],
                compare=compare_boxes(settings, "vision_motion", variables, "state",
                                      lambda state: state["boxes"], theirs))


def cascade(settings):
    """Faces, beside OpenCV's own detectMultiScale with the same cascade and sizes."""
    python, missing = find_python(*CV)
    frames = clip(settings, python)
    count = settings.count(80)
    theirs = "detectMultiScale"
    file = next((path for path in CASCADES if os.path.exists(path)), "")
    data_missing = "" if file else "not installed: package opencv-data"
    module = settings.tools.program(os.path.join("modules", "opencv.so"))
    ours_missing = data_missing or ("" if frames else missing or settings.tools.ffmpeg.missing)
    if not ours_missing and not os.path.exists(module):
        ours_missing = "vflow was built without OpenCV: package libopencv-objdetect-dev"
    variables = {"frames": count, "clip": frames, "cascade": file, "smallest": SMALLEST}
    candidates = [
        Candidate("vflow", count, settings.vflow("vision_cascade", variables, own_nodes=True),
                  look_at_report("out", count=count), ours_missing),
        Candidate(theirs, count, peer(python, "cascade", frames, count, file, SMALLEST),
                  look_at_boxes, data_missing or missing or ("" if frames else ours_missing),
                  role="peer")]
    return Work("vision-cascade", f"faces of {SMALLEST} pixels or more in 1080p frames, one thread "
                f"({count} frames)", "fps", candidates,
                [ratio_goal("speed >= 0.97x detectMultiScale", theirs, at_least=0.97),
                 ratio_goal("CPU <= 1.03x detectMultiScale", theirs, at_most=1.03)],
                compare=compare_boxes(settings, "vision_cascade", variables, "objects", len,
                                      theirs))


def lines_with(path, word):
    with open(path, encoding="utf-8") as file:
        return sum(word in line for line in file)


def cuts_video(settings):
    """A video of 720p that becomes its negative, or itself again, every CUT_EVERY frames."""
    video, path = settings.video("720p")
    made = os.path.join(settings.input_folder, f"cuts-{video.frames}.mp4")
    if not os.path.exists(made):
        part = os.path.join(settings.input_folder, f"part-{os.getpid()}-cuts.mp4")
        make_input([Command(settings.tools.ffmpeg.command(
            *QUIET, "-y", "-i", path, "-an", "-vf", f"negate=enable=mod(floor(n/{CUT_EVERY})\\,2)",
            *inputs.H264, part))], part, made)
    return video, made


def scene(settings):
    """The cuts of a video, beside the filters of ffmpeg that score changes."""
    tools = settings.tools
    video, path = cuts_video(settings)
    candidates = [Candidate("vflow", video.frames, settings.vflow("vision_scene", {"input": path}),
                            look_at_report("out", count=video.frames))]
    for tool in tools.ffmpegs():
        for name, graph in (("scdet", "scdet"), ("select", "select=gte(scene\\,0)")):
            arguments = (*QUIET, *PROGRESS, "-i", path, "-vf", graph, *tool.discard)
            candidates.append(Candidate(f"{tool.name} {name}", video.frames,
                                        plain(tool, *arguments), look_at_progress(video.frames),
                                        tool.missing, role="peer"))

    def compare(results, folder):
        ours, theirs = os.path.join(folder, "cuts.jsonl"), os.path.join(folder, "scdet.txt")
        try:
            run_quietly(settings.vflow("vision_cuts", {"input": path, "output": ours})(folder))
            run_quietly([Command(tools.ffmpeg.command(
                *QUIET, "-i", path, "-vf",
                f"scdet,metadata=print:key=lavfi.scd.time:file={theirs}", "-f", "null", "-"))])
            return [f"output: of {(video.frames - 1) // CUT_EVERY} cuts, vflow has found "
                    f"{lines_with(ours, 'cut')}, scdet {lines_with(theirs, 'lavfi.scd.time')}"]
        except (OSError, subprocess.SubprocessError) as error:
            return [f"output: could not be compared: {error}"]

    return Work("vision-scene", f"decode 720p, find its cuts ({video.frames} frames)", "fps",
                candidates, [ratio_goal("speed >= 1.00x the best filter", "ffmpeg", at_least=1.0),
                             ratio_goal("CPU <= 1.00x the best filter", "ffmpeg", at_most=1.0)],
                compare=compare)


def look_at_marks(folder, run):
    """Takes over what track_loop has measured; its time is that of following alone."""
    with open(os.path.join(folder, "stdout.0"), encoding="ascii") as file:
        told = dict(line.strip().split("=") for line in file)
    run.extras.update({name: float(told[name]) for name in ("mota", "idf1", "switches")})
    run.extras["rate"] = float(told["frames"]) / float(told["seconds"])
    expect(run, "marks", len(told), 5)


def track(settings):
    """The tracker, beside one that goes by overlap alone, on scenes of which all is known."""
    rounds = settings.count(10)
    count = rounds * 20 * 300
    ours, theirs = "vflow", "overlap alone"

    def commands(name):
        return lambda folder: [Command([settings.tools.program("track_loop"), name, str(rounds)])]

    def mark(name, of):
        def measure(results):
            one, other = results.of(ours), results.of(theirs)
            values = one.extra(name), other.extra(name)
            return None if None in values else of(*values)
        return measure

    def remarks(results):
        return [f"{name}: MOTA {series.extra('mota'):.3f}, IDF1 {series.extra('idf1'):.3f}, "
                f"{series.extra('switches'):.1f} numbers lost a scene"
                for name, series in results.series.items() if series.runs]

    return Work("vision-track", "10 objects in 20 scenes of 300 frames, followed", "fps",
                [Candidate(ours, count, commands("track"), look_at_marks),
                 Candidate(theirs, count, commands("overlap"), look_at_marks, role="peer")],
                [Goal("IDF1 >= 1.20x that of overlap alone", mark("idf1", lambda a, b: a / b),
                      at_least=1.2, form="{:.2f}x"),
                 Goal("MOTA >= 1.10x that of overlap alone", mark("mota", lambda a, b: a / b),
                      at_least=1.1, form="{:.2f}x"),
                 Goal("speed >= 5000 fps", lambda results: results.of(ours).median_speed,
                      at_least=5000, form="{:.0f}")],
                remarks=remarks)


WORKS = {"vision-detect": detect, "vision-motion": motion, "vision-cascade": cascade,
         "vision-scene": scene, "vision-track": track}
