# SPDX-License-Identifier: MIT
"""examples.py - the examples of a page, as a reader takes them from the terminal.

    examples.py show PAGE NAME     print the example that is called so, with its indentation
    examples.py node PAGE NODE     print the example of a node in vflow-nodes(7)
    examples.py check PAGE TEST... find examples that no test uses

Over each block of a page stands a comment: `example: NAME`, where the tests have NAME behind the
page's, or `no example: REASON`, where there is nothing to run.
"""
import pathlib
import re
import sys
import textwrap

from page import Page, find_block, shown

NOTE = re.compile(r"(no )?example: (.+)")


def print_block(path, block):
    seen = find_block(block, shown(["mandoc", "-T", "utf8"], path))
    print("\n".join(seen))


def show(path, name):
    for block in Page(path).blocks:
        if block.note == "example: " + name:
            return print_block(path, block)
    sys.exit("%s has no example %s" % (path, name))


def node(path, name):
    """A flow is taken without its indentation, to make a file of it."""
    lines = shown(["mandoc", "-T", "utf8"], path).split("\n")
    start = lines.index("   " + name)
    start = next(i for i in range(start, len(lines)) if lines[i].strip() == "Example:") + 1
    end = next(i for i in range(start + 1, len(lines)) if re.match(r" {0,5}\S", lines[i]))
    print(textwrap.dedent("\n".join(lines[start:end])).strip())


def check(path, tests):
    """Finds blocks without a comment, and examples that no test uses."""
    text = "".join(pathlib.Path(test).read_text() for test in tests)
    status = 0
    for block in Page(path).blocks:
        note = NOTE.fullmatch(block.note)
        used = r"\b%s %s\b" % (re.escape(pathlib.Path(path).name.replace(".head", "")), re.escape(note[2]) if note else "")
        if note and (note[1] or re.search(used, text)):
            continue
        print("%s:%d: %s" % (path, block.number,
                             "no test uses " + note[2] if note else "what is this an example of?"))
        status = 1
    return status


def main(command, path, *words):
    return {"show": show, "node": node, "check": check}[command](
        path, words if command == "check" else words[0])


sys.exit(main(*sys.argv[1:]))
