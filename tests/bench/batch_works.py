# SPDX-License-Identifier: MIT
"""batch: many short clips, each decoded, scaled and encoded."""

import os
import shutil
import subprocess

import inputs
from contest import Candidate, Goal, Work
from measure import Command
from media_works import QUIET, X264
from outputs import expect, packet_count

CLIPS = 200
DIFFERENT = 10  # the others are copies of these: to make them all would take longer than the work
FRAMES = 2 * inputs.RATE  # of each: a group of pictures


def make_clips(settings, count):
    """Returns the folder with the clips, which is made if it is not there."""
    folder = os.path.join(settings.input_folder, f"clips-{count}")
    if os.path.isdir(folder):
        return folder
    different = min(count, DIFFERENT)
    video = inputs.Input("clips", 640, 360, different * FRAMES)
    path = inputs.make(settings.tools.ffmpeg, settings.input_folder, video)
    part = f"{folder}.part-{os.getpid()}"
    os.makedirs(part)
    try:
        subprocess.run([*settings.tools.ffmpeg.command(*QUIET), "-i", path, "-c", "copy", "-f",
                        "segment", "-segment_time", "2", "-reset_timestamps", "1",
                        os.path.join(part, "%03d.mp4")], check=True, timeout=600)
        for number in range(different, count):
            shutil.copyfile(os.path.join(part, f"{number % different:03d}.mp4"),
                            os.path.join(part, f"{number:03d}.mp4"))
        os.rename(part, folder)
    except subprocess.SubprocessError as error:
        raise RuntimeError(f"ffmpeg could not make {folder}: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.remove(path)
    return folder


def look_at_clips(names):
    """All clips are there; the first and the last have all frames."""

    def look(folder, run):
        made = sorted(name for name in os.listdir(folder) if name.endswith(".mp4"))
        expect(run, "clips", len(made), len(names))
        for name in made[:1] + made[-1:]:
            expect(run, f"frames in {name}", packet_count(os.path.join(folder, name)), FRAMES)

    return look


def vflow(settings, clips, *flags):
    def commands(folder):
        words = [word.replace("{out}", folder) for word in flags]
        return [Command([settings.tools.program("vflow"), "batch", "--quiet", "--jobs", "auto",
                         *words, settings.flow("batch"), f"folder={folder}", clips])]

    return commands


def ffmpeg_words(settings, name, output):
    return settings.tools.ffmpeg.command(*QUIET, "-i", name, "-map", "0:v:0", "-vf",
                                         "scale=320:180:flags=bilinear", *X264, output)


def parallel(settings, path, clips):
    def commands(folder):
        return [Command([path, "--will-cite", *ffmpeg_words(settings, "{}", folder + "/{/}"), ":::",
                         *clips])]

    return commands


def loop(settings, clips):
    def commands(folder):
        words = ffmpeg_words(settings, "$clip", folder + "/${clip##*/}")
        script = " ".join(f'"{word}"' for word in words)
        return [Command(["sh", "-c", f'for clip; do {script}; done', "sh", *clips])]

    return commands


def ratio(results, name):
    ours, peer = results.of("vflow batch"), results.of(name)
    return results.ratio(ours, peer, "speed") if peer and peer.runs and ours.runs else None


def batch(settings):
    """A folder of clips."""
    count = settings.count(CLIPS)
    folder = make_clips(settings, count)
    names = sorted(os.listdir(folder))
    clips = [os.path.join(folder, name) for name in names]
    tools, look, frames = settings.tools, look_at_clips(names), count * FRAMES
    path = shutil.which("parallel")
    by_parallel, by_loop = f"parallel, {tools.ffmpeg.name}", f"shell loop, {tools.ffmpeg.name}"
    missing = "" if path else "not installed: package parallel"
    candidates = [
        Candidate("vflow batch", frames, vflow(settings, folder), look),
        *[Candidate(f"vflow batch, verify {level}", frames,
                    vflow(settings, folder, "-s", f"nodes.out.verify={level}"), look)
          for level in ("none", "packets", "decode")],
        Candidate("vflow batch, manifest", frames,
                  vflow(settings, folder, "--manifest", "{out}/m.jsonl"), look),
        Candidate("vflow batch, receipts", frames,
                  vflow(settings, folder, "--manifest", "{out}/m.jsonl", "--receipts",
                        "{out}/receipts"), look),
        Candidate(by_parallel, frames, parallel(settings, path, clips), look,
                  tools.ffmpeg.missing or missing, role="peer"),
        Candidate(by_loop, frames, loop(settings, clips), look, tools.ffmpeg.missing, role="peer"),
    ]
    return Work("batch", f"{count} clips of {FRAMES} frames, scaled and encoded", "fps", candidates,
                [Goal("speed >= 1.00x parallel", lambda results: ratio(results, by_parallel),
                      at_least=1.0, form="{:.2f}x"),
                 Goal("speed >= 1.00x a shell loop", lambda results: ratio(results, by_loop),
                      at_least=1.0, form="{:.2f}x")])
