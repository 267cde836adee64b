# SPDX-License-Identifier: MIT
"""Which programs there are to measure, and where to get those that are missing."""

import os
import shutil
import subprocess
from dataclasses import dataclass

GST_PARTS = {  # what the works use: the package that has it
    "videotestsrc": "gstreamer1.0-plugins-base",
    "qtdemux": "gstreamer1.0-plugins-good",
    "h264parse": "gstreamer1.0-plugins-bad",
    "shmsink": "gstreamer1.0-plugins-bad",
    "x264enc": "gstreamer1.0-plugins-ugly",
    "avdec_h264": "gstreamer1.0-libav",
}


@dataclass
class Tool:
    """A program, or why there is none."""

    name: str  # as in the table
    path: str = ""
    missing: str = ""
    environment: dict = None
    discard: tuple = ("-f", "null", "-")  # how an ffmpeg throws away what it has made

    def command(self, *arguments):
        return [self.path, *[str(argument) for argument in arguments]]


def first_line(argv, environment=None):
    try:
        done = subprocess.run(argv, env={**os.environ, **(environment or {})}, check=True,
                              timeout=30, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              encoding="utf-8", errors="replace")
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.partition("\n")[0]


def find_ffmpeg():
    path = shutil.which("ffmpeg")
    if not path:
        return Tool("ffmpeg", missing="not installed: package ffmpeg")
    return Tool("ffmpeg " + version_of(first_line([path, "-version"])), path, environment={})


def version_of(line):
    """From "ffmpeg version 5.1.9-0+deb12u1 Copyright": 5.1.9."""
    words = line.split()
    version = words[2] if len(words) > 2 else "?"
    return version.lstrip("n").partition("-")[0]


def find_peer_ffmpeg(path):
    """A second ffmpeg, with the libraries that lie beside it. None: nobody asked for one."""
    if not path:
        return None
    folder = os.path.dirname(os.path.abspath(path))
    before = os.environ.get("LD_LIBRARY_PATH")
    environment = {"LD_LIBRARY_PATH": folder + (":" + before if before else "")}
    line = first_line([path, "-version"], environment)
    if not line:
        return Tool("peer ffmpeg", missing=f"{path} does not run")
    tool = Tool(f"ffmpeg {version_of(line)} (peer)", path, environment=environment)
    encoders = subprocess.run([path, "-v", "error", "-encoders"], check=False,
                              env={**os.environ, **environment}, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=30).stdout
    if b"wrapped_avframe" not in encoders:
        tool.discard = ("-c:v", "rawvideo", "-f", "null", "-")
    return tool


def find_gst():
    path = shutil.which("gst-launch-1.0")
    if not path:
        return Tool("gst", missing="not installed: package gstreamer1.0-tools")
    inspect = shutil.which("gst-inspect-1.0")
    lacking = {package for part, package in GST_PARTS.items() if not inspect or subprocess.run(
        [inspect, "--exists", part], check=False, timeout=60,
        stderr=subprocess.DEVNULL).returncode != 0}
    if lacking:
        return Tool("gst", missing="not installed: packages " + " ".join(sorted(lacking)))
    version = first_line([path, "--version"]).rpartition(" ")[2]
    return Tool(f"gst {version}", path, environment={})


@dataclass
class Tools:
    build: str
    flows: str
    ffmpeg: Tool
    peer_ffmpeg: Tool
    gst: Tool

    @staticmethod
    def find(build, flows, peer_ffmpeg):
        return Tools(os.path.abspath(build), flows, find_ffmpeg(), find_peer_ffmpeg(peer_ffmpeg),
                     find_gst())

    def program(self, name):
        return os.path.join(self.build, name)

    def ffmpegs(self):
        return [tool for tool in (self.ffmpeg, self.peer_ffmpeg) if tool]

    def all(self):
        return [*self.ffmpegs(), self.gst]
