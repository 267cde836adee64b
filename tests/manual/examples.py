# SPDX-License-Identifier: MIT
"""examples.py - the examples of a page, as a reader takes them from the terminal.

    examples.py write FOLDER PAGE...  write each example to FOLDER/PAGE/NAME, with its indentation,
                                      and those of nodes to FOLDER/nodes/NODE.yaml
    examples.py check PAGE TEST...    find examples that no test uses

Over each block of a page stands a comment: `example: NAME`, where the tests have NAME behind the
page's, or `no example: REASON`, where there is nothing to run.
"""
import pathlib
import re
import sys
import textwrap

from page import Page, find_block, shown

NOTE = re.compile(r"(no )?example: (.+)")


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def write(folder, paths):
    folder = pathlib.Path(folder)
    for path in paths:
        text = shown(["mandoc", "-T", "utf8"], path)
        for block in Page(path).blocks:
            note = NOTE.fullmatch(block.note)
            if note and not note[1]:
                seen = find_block(block, text)
                put(folder / pathlib.Path(path).name / note[2], "\n".join(seen))
        write_nodes(folder / "nodes", text.split("\n"))


def write_nodes(folder, lines):
    """Flows are written without their indentation, as files have them."""
    node = None
    for i, line in enumerate(lines):
        heading = re.fullmatch(r"   (\w+)", line)
        if heading:
            node = heading[1]
        elif node and line.strip() == "Example:":
            end = next(j for j in range(i + 2, len(lines)) if re.match(r" {0,5}\S", lines[j]))
            put(folder / (node + ".yaml"), textwrap.dedent("\n".join(lines[i + 1:end])).strip())


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


def main(command, first, *rest):
    return {"write": write, "check": check}[command](first, rest)


sys.exit(main(*sys.argv[1:]))
