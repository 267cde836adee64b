# SPDX-License-Identifier: MIT
"""rendering.py PAGE... - each page is seen as it is written, in UTF-8 and in ASCII.

Every word of the source has to be in what mandoc(1) shows, in order, with nothing between but
what macros put around words. Every example has to be there line by line, also as man(1) shows it.
Prints what is lost, and exits 1 if anything is.
"""
import re
import shutil
import sys

from page import Page, find_block, shown

# What macros put around words: quotes, brackets, dashes, the numbers of a list.
AROUND = re.compile(r"(?:[“”‘’\"'`\[\]()<>,;\u2013-]|\d\.)*$")


def without_blanks(text):
    return re.sub(r"\s", "", text)


def check_words(page, text):
    """Finds the words of the source one after the other. Yields what is lost."""
    # The first line and the last one are mandoc's.
    rest = without_blanks("\n".join(text.rstrip("\n").split("\n")[1:-1]))
    at = 0
    for number, piece in page.pieces:
        wanted = without_blanks(piece)
        found = rest.find(wanted, at)
        between = rest[at:found]
        if between == page.name:  # .Nm without words
            between = ""
        if found < 0 or not AROUND.match(between.replace(page.name, "")):
            yield '%d: "%s" is not seen where it should be; there is "%s"' % (
                number, piece, rest[at:at + 60])
            return
        at = found + len(wanted)


def check_blocks(page, text):
    """Finds each example as it is written. Yields those that differ."""
    for block in page.blocks:
        if find_block(block, text) is None:
            yield '%d: the example that begins with "%s" is not seen as it is written' % (
                block.number, block.lines[0])


def check(path):
    page = Page(path)
    yield from page.mistakes
    for encoding in ("utf8", "ascii"):
        text = shown(["mandoc", "-T", encoding], path)
        for mistake in (*check_words(page, text), *check_blocks(page, text)):
            yield "%s (%s)" % (mistake, encoding)
    if shutil.which("man"):
        text = shown(["env", "MANWIDTH=200", "man", "-E", "UTF-8", "-l"], path)
        for mistake in check_blocks(page, text):
            yield "%s (man)" % mistake


def main(paths):
    mistakes = ["%s:%s" % (path, mistake) for path in paths for mistake in check(path)]
    print("\n".join(mistakes), end="\n" if mistakes else "")
    return 1 if mistakes else 0


sys.exit(main(sys.argv[1:]))
