# SPDX-License-Identifier: MIT
"""terminal.py COLUMNS[,COLUMNS...] [-k KEYS] [-u TEXT] COMMAND... - runs a command on a terminal.

Each time that the screen has had TEXT on it, or else after three redrawn lines, the terminal gets the
next width. Behind the last width, KEYS are typed. Prints what the screen showed last at each width, and
in the end, with lines for what went wrong: a line that was too wide, or that the command had to be
killed. Exits with the command's status.
"""
import argparse
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
import unicodedata

ROWS = 24
PATIENCE = 30 * float(os.environ.get("VFLOW_TEST_PATIENCE", "1"))


def width_of(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    """As much of a terminal as a line that is kept up to date needs."""

    def __init__(self, columns, awaits_line=False):
        """`awaits_line`: of what is on its way for a terminal of another width, one line may be left."""
        self.columns, self.lines, self.column = columns, [""], 0
        self.awaits_line = awaits_line
        self.wraps = self.redraws = 0
        self.pending = ""

    def feed(self, text):
        text = self.pending + text
        self.pending = ""
        position = 0
        while position < len(text):
            if text[position] == "\033":
                end = position + 1
                while end < len(text) and not (text[end].isalpha() and text[end] != "["):
                    end += 1
                if end >= len(text):
                    self.pending = text[position:]
                    return
                if text[end] in "KJ":
                    self.lines[-1] = self.cut(self.column)
                position = end + 1
                continue
            self.put(text[position])
            position += 1

    def cut(self, column):
        kept, used = "", 0
        for character in self.lines[-1]:
            if used + width_of(character) > column:
                break
            kept += character
            used += width_of(character)
        return kept

    def put(self, character):
        if character == "\r":
            self.redraws += self.column > 0
            self.awaits_line &= self.column == 0
            self.column = 0
        elif character == "\n":
            self.lines.append("")
            self.column = 0
        else:
            rest = self.lines[-1][len(self.cut(self.column)):]
            self.lines[-1] = self.cut(self.column) + character + rest[1:]
            self.column += width_of(character)
            self.wraps += self.column >= self.columns and not self.awaits_line

    def text(self):
        return "\n".join(self.lines)


def resize(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("columns")
    parser.add_argument("-k", default="")
    parser.add_argument("-u")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    widths = [int(width) for width in asked.columns.split(",")]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.setdefault("TERM", "xterm")
        resize(0, widths[0])
        os.execvp(asked.command[0], asked.command)
    screen, keys, deadline = Screen(widths[0]), asked.k, time.monotonic() + PATIENCE
    while True:
        if not select.select([fd], [], [], max(0, deadline - time.monotonic()))[0]:
            print("(killed)")
            os.kill(pid, signal.SIGKILL)
            break
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        screen.feed(data.decode(errors="replace"))
        if screen.redraws < 3 if asked.u is None else asked.u not in screen.text():
            continue
        if len(widths) > 1:
            report(screen)
            screen = Screen(widths.pop(1), awaits_line=True)
            widths[0] = screen.columns
            resize(fd, screen.columns)
        elif keys:
            os.write(fd, keys.encode())
            keys = ""
    report(screen)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.exit(status if status >= 0 else 128 - status)


def report(screen):
    print("-- %d columns%s" % (screen.columns, ", too wide" if screen.wraps else ""))
    print(screen.text())


main()
