# SPDX-License-Identifier: MIT
"""What all works need: where things are, how much is to be measured, how vflow is called."""

import os
from dataclasses import dataclass

import inputs
from measure import Command
from outputs import REPORT
from tools import Tools


@dataclass
class Settings:
    tools: Tools
    input_folder: str
    percent: int  # of each work that is done

    def count(self, whole):
        return max(1, whole * self.percent // 100)

    def video(self, name):
        """An input, made if need be: its description and its path."""
        video = inputs.INPUTS[name]
        video = video.limited(self.count(video.frames))
        return video, inputs.make(self.tools.ffmpeg, self.input_folder, video)

    def flow(self, name):
        return os.path.join(self.tools.flows, name + ".yaml")

    def vflow(self, flow, variables=None, values=(), output="", own_nodes=False):
        """Commands that run a flow. `variables` are its variables, `values` settings such as
        nodes.small.width=320. `output` is the variable that names a file in the folder of the
        run. Flows with the benchmark's own nodes need its own program."""

        def commands(folder):
            named = {**(variables or {})}
            if output:
                named[output] = os.path.join(folder, "out.mp4")
            report = os.path.join(folder, REPORT)
            words = [f"{name}={value}" for name, value in named.items()]
            if own_nodes:
                argv = [self.tools.program("bench_flow"), report, self.flow(flow), *words]
            else:
                argv = [self.tools.program("vflow"), "run", "--quiet", "--report", report]
                for word in words:
                    argv += ["--var", word]
                argv.append(self.flow(flow))
            for value in values:
                argv += ["-s", value]
            return [Command(argv)]

        return commands


def grouped(nodes):
    """Settings that put nodes into one task."""
    return [f"nodes.{node}.group=steps" for node in nodes]


def plain(tool, *arguments):
    """Commands of another program that need no folder."""
    return lambda folder: [Command(tool.command(*arguments), tool.environment or {})]


def with_output(tool, *arguments):
    """The same, with {out} in the arguments for the file to write."""

    def commands(folder):
        path = os.path.join(folder, "out.mp4")
        words = [str(argument).replace("{out}", path) for argument in arguments]
        return [Command(tool.command(*words), tool.environment or {})]

    return commands
