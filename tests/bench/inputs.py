# SPDX-License-Identifier: MIT
"""The videos that are read, made once by the ffmpeg command and kept.

Moving test pictures, a game of life that shines through, and noise that changes from frame to
frame: neither as easy as a cartoon nor as hard as noise alone.
"""

import os
import subprocess
from dataclasses import dataclass, replace

H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-bf", "2")
MPEG4 = ("-c:v", "mpeg4", "-q:v", "4", "-bf", "2")
CLOSED_GROUPS = ("-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-flags", "+cgop")
AAC = ("-c:a", "aac", "-b:a", "128k")
RATE = 30


@dataclass(frozen=True)
class Input:
    name: str
    width: int
    height: int
    frames: int
    codec: tuple = H264
    has_sound: bool = False
    rate: int = RATE

    def limited(self, limit):
        frames = min(self.frames, limit) if limit else self.frames
        return replace(self, frames=frames)


INPUTS = {each.name: each for each in (
    Input("1080p", 1920, 1080, 600, has_sound=True),
    Input("720p", 1280, 720, 1200, has_sound=True),
    Input("480p", 854, 480, 2000, codec=MPEG4),
    Input("4k", 3840, 2160, 120),
    Input("720p15", 1280, 720, 150, rate=15),
    Input("720p5", 1280, 720, 50, rate=5),
    Input("1080p-clip", 1920, 1080, 60),
)}


def recipe(video, path):
    """Arguments for the ffmpeg command."""
    size = f"{video.width}x{video.height}"
    cells = f"{video.width // 4}x{video.height // 4}"
    sources = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={video.rate}",
               "-f", "lavfi", "-i", f"life=size={cells}:rate={video.rate}:ratio=0.1:seed=1:mold=10"
                                    ":death_color=0xC83232:life_color=0x00ff00"]
    picture = (f"[1]scale={video.width}:{video.height}:flags=neighbor,format=yuva420p,"
               "colorchannelmixer=aa=0.3[life];[0][life]overlay=format=auto,"
               "noise=alls=11:allf=t:all_seed=1,format=yuv420p[picture]")
    sound = []
    if video.has_sound:
        sources += ["-f", "lavfi", "-i", f"sine=frequency=440:duration={video.frames / video.rate}"]
        sound = ["-map", "2:a", *AAC]
    return [*sources, "-filter_complex", picture, "-map", "[picture]", *sound,
            "-frames:v", str(video.frames), *video.codec, *CLOSED_GROUPS, path]


def make(ffmpeg, folder, video):
    """Returns the path of an input, which is made if it is not there. Raises RuntimeError."""
    path = os.path.join(folder, f"{video.name}-{video.frames}.mp4")
    if os.path.exists(path):
        return path
    if ffmpeg.missing:
        raise RuntimeError(f"the inputs cannot be made, ffmpeg is {ffmpeg.missing}")
    os.makedirs(folder, exist_ok=True)
    print(f"making {os.path.relpath(path)} ...", flush=True)
    part = os.path.join(folder, f"part-{os.getpid()}-{os.path.basename(path)}")
    try:
        subprocess.run([*ffmpeg.command("-v", "error", "-nostdin", "-y"), *recipe(video, part)],
                       check=True, timeout=1800)
        os.rename(part, path)
    except subprocess.SubprocessError as error:
        raise RuntimeError(f"ffmpeg could not make {path}: {error}") from error
    finally:
        if os.path.exists(part):
            os.remove(part)
    return path
