#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""hijack.py - what an intruder who has taken over a node can do, one row for each thing that he tries.

    hijack.py --vflow build/default/vflow --plugin hijack.so [--abi N]...

Runs flows with nodes that attack (hijack.c): a producer that reads a file, a processor, a consumer that
writes a file. Versions of Landlock that are older than the kernel's are made by VFLOW_LANDLOCK_ABI; 0
is a kernel without it. Prints what stopped each attack, and exits with 1 when one that is said to be
prevented was not, or one that is not was: then the table of the manual is wrong.
"""
import argparse
import ctypes
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading

KINDS = ("source", "step", "sink")
FLOW = """vflow: 1
plugins: {plugin}
sandbox: {sandbox}
nodes:
  source: {{type: hijacked_source, path: in/own, attack: "{source}", target: "{target}", restart: no}}
  step: {{type: hijacked_step, inputs: source, attack: "{step}", target: "{target}", restart: no}}
  sink: {{type: hijacked_sink, inputs: step, path: out/own, attack: "{sink}", target: "{target}",
         restart: no}}
"""
PATIENT = """vflow: 1
nodes:
  source: {type: int_source, fps: 10}
  sink: {type: void, inputs: source}
"""
TWO = ("source", "step")
ALL = KINDS

# What is tried, on what, and who is kept from it: since which version of Landlock, 0: on any kernel
# with filters for system calls. A kind that is not named may do it.
ATTACKS = (
    ("read", "/etc/passwd", {"source": 1, "step": 1, "sink": 2}),
    ("read", "in/other", {"source": 1, "step": 1, "sink": 2}),
    ("read", "out/there", {"source": 1, "step": 1}),
    ("list", "/", {"source": 1, "step": 1, "sink": 2}),
    ("write", "in/own", {"source": 0, "step": 0, "sink": 2}),
    ("write", "in/new", {"source": 0, "step": 0, "sink": 2}),
    ("write", "out/new", {"source": 0, "step": 0}),
    ("empty", "in/other", {"source": 0, "step": 0, "sink": 3}),
    ("remove", "in/other", {"source": 0, "step": 0, "sink": 2}),
    ("rename", "in/other", {"source": 0, "step": 0, "sink": 2}),
    ("connect", "{port}", dict.fromkeys(ALL, 0)),
    ("udp", "{port}", dict.fromkeys(ALL, 0)),
    ("unix", "{folder}/socket", dict.fromkeys(ALL, 0)),
    ("listen", "0", dict.fromkeys(ALL, 0)),
    ("netlink", "", dict.fromkeys(ALL, 0)),
    ("execute", "/bin/true", dict.fromkeys(ALL, 0)),
    ("become", "/bin/true", dict.fromkeys(ALL, 0)),
    ("fork", "", dict.fromkeys(ALL, 0)),
    ("clone3", "", dict.fromkeys(ALL, 0)),
    ("kill", "{worker}", dict.fromkeys(ALL, 0)),
    ("stop", "", dict.fromkeys(ALL, 0)),
    ("tgkill", "{worker}", dict.fromkeys(ALL, 0)),
    ("sigqueue", "{worker}", dict.fromkeys(ALL, 0)),
    ("pidfd", "{worker}", dict.fromkeys(ALL, 0)),
    ("setown", "{worker}", dict.fromkeys(ALL, 0)),
    ("ptrace", "{worker}", dict.fromkeys(ALL, 0)),
    ("vm_writev", "{worker}", dict.fromkeys(ALL, 0)),
    ("proc_mem", "{worker}", {"source": 0, "step": 0, "sink": 2}),
    ("proc_mem", "{supervisor}", {"source": 0, "step": 0, "sink": 2}),
    ("proc_maps", "{worker}", {"source": 1, "step": 1, "sink": 2}),
    ("prlimit", "{worker}", dict.fromkeys(ALL, 0)),
    ("io_uring", "", dict.fromkeys(ALL, 0)),
    ("bpf", "", dict.fromkeys(ALL, 0)),
    ("mount", "{folder}", dict.fromkeys(ALL, 0)),
    ("add_key", "x", dict.fromkeys(ALL, 0)),
    ("terminal", "", dict.fromkeys(ALL, 0)),
    ("allocate", "", dict.fromkeys(ALL, 0)),
    ("descriptor", "{descriptor}", dict.fromkeys(ALL, 0)),
)


class Place:
    """A folder with what is attacked: files, sockets that listen, another run."""

    def __init__(self, vflow):
        self.folder = tempfile.mkdtemp(prefix="vflow-hijack-")
        for name in ("in", "out", "run"):
            os.mkdir(os.path.join(self.folder, name))
        self.renew()
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(os.path.join(self.folder, "socket"))
        self.unix.listen(8)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=os.path.join(self.folder, "run"))
        for listener in (self.tcp, self.unix):
            threading.Thread(target=self.answer, args=(listener,), daemon=True).start()
        with open(os.path.join(self.folder, "patient.yaml"), "w", encoding="utf-8") as file:
            file.write(PATIENT)
        self.other = subprocess.Popen([vflow, "run", "patient.yaml"], cwd=self.folder,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      env=self.environment)
        self.descriptor = os.open(os.path.join(self.folder, "in", "other"), os.O_RDONLY)

    @staticmethod
    def answer(listener):
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return

    def renew(self):
        """Puts back what an attack has changed."""
        for name in ("in/own", "in/other", "out/there"):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write("x" * 10)

    def worker(self):
        """A process of a task of the other run, once it has one."""
        path = f"/proc/{self.other.pid}/task/{self.other.pid}/children"
        while self.other.poll() is None:
            with open(path, encoding="utf-8") as file:
                children = file.read().split()
            if len(children) == 2:
                return children[0]
        sys.exit("hijack: the run that is to be attacked has ended")

    def close(self):
        self.other.terminate()
        self.other.wait()
        self.tcp.close()
        self.unix.close()
        subprocess.run(["rm", "-rf", self.folder], check=True)


def attack(arguments, place, kind, name, target, abi):
    """Returns what became of an attack: the name of an error, SIGSYS, or done."""
    place.renew()
    target = target.format(port=place.tcp.getsockname()[1], folder=place.folder,
                           worker=place.worker() if "worker" in target else "",
                           supervisor=place.other.pid, descriptor=place.descriptor)
    tries = {other: name if other == kind else "" for other in KINDS}
    text = FLOW.format(plugin=arguments.plugin, target=target, sandbox=arguments.sandbox, **tries)
    path = os.path.join(place.folder, "flow.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    environment = dict(place.environment)
    if abi is not None:
        environment["VFLOW_LANDLOCK_ABI"] = str(abi)
    run = subprocess.run([arguments.vflow, "run", "flow.yaml"], cwd=place.folder, env=environment,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                         pass_fds=(place.descriptor,), check=False)
    found = re.search(rf"attack {name}: (\w+)", run.stderr)
    if found:
        return found.group(1)
    if "stopped by its sandbox (SIGSYS)" in run.stderr:
        return "SIGSYS"
    return f"no answer ({run.returncode}): {run.stderr}"


def version_of_kernel():
    """Asks the kernel which version of Landlock it has; 0: none."""


    version = ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)
    return max(version, 0)


def judge(who, kind, abi, result):
    """Whether the result is what the table says."""
    since = who.get(kind)
    is_prevented = since is not None and abi >= since
    return (result != "done") == is_prevented


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vflow", required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--sandbox", default="on")
    parser.add_argument("--abi", type=int, action="append")
    arguments = parser.parse_args()
    arguments.vflow = os.path.abspath(arguments.vflow)
    arguments.plugin = os.path.abspath(arguments.plugin)
    place = Place(arguments.vflow)
    wrong = 0
    try:
        kernel = version_of_kernel()
        for abi in arguments.abi or [kernel]:
            if abi > kernel:
                print(f"Landlock ABI {abi}: this kernel has {kernel}")
                continue
            print(f"Landlock ABI {abi}{'' if abi else ', which is none'}")
            print(f"  {'attack':<34} {'source':<10} {'step':<10} {'sink':<10}")
            for name, target, who in ATTACKS:
                row = [attack(arguments, place, kind, name, target, abi) for kind in KINDS]
                right = [judge(who, kind, abi, result) for kind, result in zip(KINDS, row)]
                wrong += right.count(False)
                cells = "".join(f" {cell:<10}" for cell in row)
                print(f"  {name + ' ' + target:<34}{cells}{'' if all(right) else '  WRONG'}",
                      flush=True)
    finally:
        place.close()
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
