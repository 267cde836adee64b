# SPDX-License-Identifier: MIT
"""Runs of flows that a Python program starts, follows and stops."""
import collections
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

from ._receiver import Receiver

_INVALID = 78
_STOPPED = (129, 130, 143)
_OF_FLOWS = ("--batch", "--realtime", "--insecure", "--allow-unsafe", "--transport", "--memory")  # not of runs alone


class Error(Exception):
    """A run has failed. `status` is the exit status of vflow, `report` what it has reported, a dict;
    None: there is none. As text it is what vflow has said."""

    def __init__(self, text, status, report=None):
        super().__init__(text)
        self.status = status
        self.report = report


class InvalidFlow(Error):
    """The flow has mistakes. As text it is all of them, one a line, with their places."""


def find_program():
    """Returns the program vflow: that of the environment variable VFLOW, the first in PATH, the one
    that is installed with this module, or that of the checkout in which it lies."""
    here = os.path.dirname(os.path.abspath(__file__))
    candidates = [os.environ.get("VFLOW"), shutil.which("vflow")]
    candidates += [os.path.join(here, path) for path in (
        "../../../../bin/vflow", "../../build/default/vflow")]
    for path in candidates:
        if path and os.access(path, os.X_OK) and not os.path.isdir(path):
            return os.path.abspath(path)
    raise FileNotFoundError("there is no program vflow: it is not in PATH; set VFLOW to it")


class Flow:
    """A flow: a file, a flow that comes with vflow ("@preview"), the text of one, or a dict.

    settings    changed values, as {"nodes.small.width": 320}
    flags       more flags of `vflow run`, as ["--realtime", "--grace=5"]
    program     the program vflow; None: find_program()
    log         called with each line that vflow logs; None: they go to standard error
    """

    def __init__(self, flow, *, settings=None, flags=(), program=None, log=None):
        self._text = flow if isinstance(flow, str) and "\n" in flow else None
        if isinstance(flow, dict):
            self._text = json.dumps(flow)
        self._words = [] if self._text else [os.fspath(flow)]
        self._flags = list(flags)
        self._settings = ["--set=%s=%s" % (name, _spell(value))
                          for name, value in (settings or {}).items()]
        self.program = program or find_program()
        self._log = log

    def _command(self, subcommand, variables, *flags):
        words = [self.program, subcommand, *flags]
        for name, value in variables.items():
            words.append("--var=%s=%s" % (name, _spell(value)))
        return words, self._words or ["-"]

    def check(self, **variables):
        """Raises InvalidFlow when the flow has mistakes with these variables."""
        self._ask("check", variables)

    def config(self, **variables):
        """Returns the flow as it runs, a dict: variables, included files and loops in their places."""
        return json.loads(self._ask("config", variables, "--json"))

    def _ask(self, subcommand, variables, *flags):
        words, flow = self._command(subcommand, variables, *flags)
        flags = [flag for flag in self._flags if flag.split("=")[0] in _OF_FLOWS]
        done = subprocess.run(words + self._settings + flags + flow, input=self._text, text=True,
                              stdin=None if self._text else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            raise _make_error(done.stderr.splitlines(), done.returncode, None)
        return done.stdout

    def run(self, **variables):
        """Starts a run with these variables, and returns it (Run). Only errors are logged, unless
        `flags` ask for more."""
        if {"VFLOW_NODE", "VFLOW_SOCKET"} & set(os.environ):
            raise RuntimeError(
                "a flow is started while a node of another one is at work, which imports the file "
                "that starts it, or a file of the same name; put what starts the flow under "
                "if __name__ == \"__main__\", in a file whose name no module has")
        words, flow = self._command("run", variables)
        if not {"-v", "--verbose", "-q", "--quiet"} & set(self._flags):
            words.append("--quiet")
        return Run(self, words + self._settings + self._flags, flow, self._text, variables, self._log)


def _spell(value):
    """Writes a value as a flow has it."""
    return value if isinstance(value, str) else json.dumps(value)


def _make_error(lines, status, report):
    text = "\n".join(lines) or "vflow ended with status %d" % status
    return (InvalidFlow if status == _INVALID else Error)(text, status, report)


class Run:
    """A run, from Flow.run(). Iterate over it to get the lines that nodes write to standard output,
    such as those of `print`. Who does not read them stops the flow, as a pager does; wait() and
    messages() read them and throw them away.

    As a context manager, it stops the run at the end of the block, if it has not ended.
    pid         the process
    """

    def __init__(self, flow, words, place, text, variables, log):
        self._flow, self._variables = flow, variables
        self._log = log or (lambda line: print(line, file=sys.stderr))
        self._folder = tempfile.TemporaryDirectory(prefix="vflow-")
        self._report_path = os.path.join(self._folder.name, "report.json")
        self._said = collections.deque(maxlen=100)
        self._is_stopped = False
        self._status = self._report = self._drain = None
        # In a session of its own, so that Ctrl-C comes to this program alone, which stops the run.
        self._process = subprocess.Popen(
            words + ["--report=" + self._report_path] + place, start_new_session=True,
            stdin=subprocess.PIPE if text else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.pid = self._process.pid
        self._lines = io.TextIOWrapper(self._process.stdout, "utf-8", "replace")
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        if text:
            self._process.stdin.write(text.encode())
            self._process.stdin.close()

    def _listen(self):
        for line in io.TextIOWrapper(self._process.stderr, "utf-8", "replace"):
            self._said.append(line.rstrip("\n"))
            self._log(line.rstrip("\n"))

    def __iter__(self):
        """Iterates over the lines of standard output, without their ends; then raises Error if the
        run has failed."""
        for line in self._lines:
            yield line.rstrip("\n")
        self.wait()

    def messages(self, node):
        """Iterates over what a zmq_out sends to this program: its name in the flow. Arrays come as
        numpy arrays, all else as the values they are. Needs pyzmq."""
        options = self._flow.config(**self._variables)["nodes"][node]
        self._discard()
        with Receiver(options) as receiver:
            while not receiver.has_ended:
                is_over, values = self._process.poll() is not None, receiver.receive()
                yield from values
                if is_over and not values:
                    break
        self.wait()

    def _discard(self):
        """Reads what the run writes from here on, and throws it away."""
        if not self._drain:
            self._drain = threading.Thread(target=self._read_all, daemon=True)
            self._drain.start()

    def _read_all(self):
        while self._process.stdout.read(65536):
            pass

    def stop(self):
        """Stops the run as Ctrl-C does: producers end, and what is in flight is finished. Returns at
        once; wait() waits for the end. Once more, it ends sooner."""
        self._is_stopped = True
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def wait(self, timeout=None):
        """Waits for the end of the run, and returns its report, a dict. Raises InvalidFlow or Error
        when it has failed, and TimeoutError when it goes on for longer than `timeout` seconds."""
        if self._status is None:
            self._finish(timeout)
        if self._status and not (self._is_stopped and self._status in _STOPPED):
            raise _make_error(list(self._said), self._status, self._report)
        return self._report

    def _finish(self, timeout):
        self._discard()
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError("the run goes on after %g seconds" % timeout) from None
        self._listener.join()
        if os.path.exists(self._report_path):
            with open(self._report_path, encoding="utf-8") as file:
                self._report = json.load(file)
        self._folder.cleanup()
        if self._drain:
            self._drain.join()
        self._lines.close()
        self._process.stderr.close()
        self._status = status if status >= 0 else 128 - status

    @property
    def report(self):
        """The report of the run, a dict; None: it has not ended, or has none."""
        return self._report

    @property
    def status(self):
        """The exit status of the run; None: it has not ended."""
        return self._status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self._status is None:
            self.stop()
            try:
                self.wait()
            except Error:
                if not kind:
                    raise
