#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""build_image.py ROOT - does what the Containerfile says, without an engine for containers.

ROOT is a folder with an empty Debian, as `debootstrap --variant=minbase bookworm ROOT` makes it. Each
stage gets a copy of it, and its RUN steps are run there by chroot(8), as root. COPY, WORKDIR, ENV and
USER are heeded; then what ENTRYPOINT names runs a flow as that user. Prints each step, and fails with
the first that does.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FLOW = "test_source size=64x48 frames=25 ! video_writer out.mp4"


class Stage:
    """One FROM of the file, and what has been done since."""

    def __init__(self, root, folder):
        self.root, self.workdir, self.user, self.entrypoint = folder, "/", None, []
        self.environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                            "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["cp", "-a", root, folder], check=True)
        shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")

    def run(self, *words, user=None):
        """Runs a command in the stage; /proc, /sys and /dev are there while it does."""
        inside = ["env", "-i", *("%s=%s" % pair for pair in self.environment.items()),
                  "sh", "-c", 'cd "$0" && exec "$@"', self.workdir, *words]
        script = ('mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; '
                  'exec chroot $1 "$0" "${@:2}"')
        as_user = "--userspec=%s" % user if user else "--userspec=0:0"
        return subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c",
                               script, str(self.root), as_user, *inside]).returncode

    def path(self, name):
        return self.root / str(pathlib.PurePosixPath(self.workdir, name)).lstrip("/")


def steps_of(file):
    """The steps, each a word and the rest of its lines."""
    text = re.sub(r"(?m)^#.*\n", "", file.read_text())
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip():
            yield line.split(" ", 1)


def copy(stage, stages, context, words):
    """COPY, from the checkout or from another stage."""
    source = stages[words.pop(0).split("=")[1]].root if words[0].startswith("--from=") else context
    origin, target = source / words[0].lstrip("/"), stage.path(words[1])
    if source == context:
        files = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=context,
                               check=True, capture_output=True).stdout
        target.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(["tar", "-c", "--null", "-T", "-"], cwd=context, check=True,
                                input=files, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", str(target)], check=True, input=packed)
    elif origin.is_dir():
        subprocess.run(["cp", "-a", str(origin) + "/.", str(target)], check=True)
    else:
        shutil.copy(origin, target)


def build(root, context, folder):
    """Returns the last stage."""
    stages, stage = {}, None
    for word, rest in steps_of(context / "Containerfile"):
        print(word, rest, flush=True)
        if word == "FROM":
            name = rest.split(" AS ")[1] if " AS " in rest else "last"
            stage = stages[name] = Stage(root, folder / name)
        elif word == "RUN":
            if stage.run("sh", "-c", rest, user=stage.user):
                sys.exit("this step failed: " + rest)
        elif word == "COPY":
            copy(stage, stages, context, rest.split())
        elif word == "WORKDIR":
            stage.workdir = rest
            stage.path(".").mkdir(parents=True, exist_ok=True)
        elif word == "ENV":
            stage.environment.update([rest.split("=", 1)])
        elif word == "USER":
            stage.user = rest
        elif word == "ENTRYPOINT":
            stage.entrypoint = json.loads(rest)
        elif word != "CMD":
            sys.exit("build_image.py does not know " + word)
    return stage


def main():
    context = pathlib.Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory() as folder:
        image = build(pathlib.Path(sys.argv[1]), context, pathlib.Path(folder))
        for words in (["--version"], ["doctor"], ["run", "--chain", FLOW], ["probe", "out.mp4"],
                      ["ps"]):
            print("$", *image.entrypoint, *words, flush=True)
            if image.run(*image.entrypoint, *words, user=image.user):
                sys.exit("this failed")
        size = subprocess.run(["du", "-sm", str(image.root)], capture_output=True, text=True)
        print("the image has %s MB, the empty Debian included" % size.stdout.split()[0])


main()
