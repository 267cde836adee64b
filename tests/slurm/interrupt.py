# SPDX-License-Identifier: MIT
"""Runs a command at a terminal, interrupts it by Ctrl-C, and answers what it asks then.

interrupt.py QUESTION ANSWER ... -- COMMAND...: a Ctrl-C is typed once the command shows that 12 are
running, and again when it does so after an answer; but not where that is none (y, n or l): then the
question comes again by itself. Exits as the command does, as a shell has it.
"""
import os
import pty
import signal
import sys

split = sys.argv.index("--")
talk = [word.encode().decode("unicode_escape").encode() for word in sys.argv[1:split]]
pid, terminal = pty.fork()
if pid == 0:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the shell ignores it in what is in the background
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])

said = b""


def hear(what):
    """Waits until the command has written this, and forgets all up to there."""
    global said
    while what not in said:
        try:
            more = os.read(terminal, 4096)
        except OSError:
            more = b""
        if not more:
            sys.exit("it ended, and never wrote %r; it wrote %r" % (what, said))
        sys.stderr.buffer.write(more)
        said += more
    said = said[said.index(what) + len(what):]


is_new = True
for question, answer in zip(talk[::2], talk[1::2]):
    if is_new:
        hear(b"12 running")
        os.write(terminal, b"\x03")
    hear(question)
    os.write(terminal, answer)
    is_new = answer[:1] in b"nyl"
while True:
    try:
        if not os.read(terminal, 4096):
            break
    except OSError:
        break
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(status if status >= 0 else 128 - status)
