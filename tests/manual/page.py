# SPDX-License-Identifier: MIT
"""What a page of the manual says, read from its mdoc(7) source by our own rules.

The rules are stricter than mdoc's: where mdoc would take a word for a macro or a quote for the
beginning of an argument, and the author can hardly have meant it, the text counts as it stands.
So a page that loses something when it is rendered differs from what is read here.
"""
import re
import subprocess

# Macros that our pages use inside of lines. Any other name of a macro there is a mistake.
INLINE = set("Ar Cm Dq Dv Em Er Ev Fa Fl Fn Ic Li Nm No Ns Oc Oo Op Pa Pq Qq Ql Sq Sx Va Vt Xo Xc "
             "Xr".split())
# Those that only put something around what follows, which begins with a word of its own.
AROUND = set("Dl Dq D1 Li Ql Qq Sq".split())
# Those that quote all the rest of the line.
QUOTES = set("Dq Sq Qq".split())
# All that mdoc(7) would call in the middle of a line.
CALLABLE = INLINE | set("Ac An Ao Ap Aq Ad At Bc Bo Bq Brc Bro Brq Bsx Bx Dc Do Db Ec En Eo Es "
                        "Fc Fo Fr Ft Fx In Ip Lb Lk Me Ms Mt Nd Nx Ot Ox Pc Pf Po Qc Qo Rv Sc Sm "
                        "So St Sy Tn Ux %A".split())
# Macros that arrange the page and have no text of their own.
SILENT = set("Bd Bl Dd Dt Ed El Fc Os Pp Xc".split())
ESCAPE = re.compile(r"\\(\(..|\[[^]]*\]|.)")
CHARACTERS = {"(dq": '"', "(aq": "'", "e": "\\", "&": "", "-": "-", "~": "\u00a0", " ": "\u00a0",
              "(ga": "`", "(ha": "^", "(ti": "~", "(rs": "\\"}


def plain(text):
    """Text without its escapes."""
    return ESCAPE.sub(lambda match: CHARACTERS.get(match[1], match[0]), text)


def arguments(line):
    """The arguments of a macro, each with whether it stands in quotes."""
    found = []
    at = 0
    while at < len(line):
        if line[at] == " ":
            at += 1
            continue
        quoted = re.compile(r'"((?:[^"]|"")*)"(?= |$)').match(line, at)
        # An author quotes an argument for a blank in it, or to keep it from being a macro.
        if quoted and (" " in quoted[1] or quoted[1].startswith("\\&")):
            found.append((quoted[1].replace('""', '"'), True))
            at = quoted.end()
            continue
        word = re.compile(r"(?:\\.|[^ \\])+").match(line, at)
        found.append((word[0], False))
        at = word.end()
    return found


class Block:
    """Lines that are shown as they stand: what was written, and the comment over them."""

    def __init__(self, number, note):
        self.number, self.note, self.lines = number, note, []

    def text(self):
        return "".join(line + "\n" for line in self.lines)


class Page:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")
        self.pieces = []  # (line number, text as it has to be seen)
        self.blocks = []
        self.mistakes = []
        self.name = None
        note, block = "", None
        for number, line in enumerate(self.lines, 1):
            if block and line.startswith(".Ed"):
                block = None
            elif block:
                block.lines.append(plain(line))
                self.pieces.append((number, plain(line)))
            elif line.startswith(".\\\""):
                note = line[3:].strip()
                continue
            elif line.startswith(".Bd"):
                block = Block(number, note)
                self.blocks.append(block)
            elif line.startswith("."):
                self.macro(number, line, note)
            else:
                self.pieces.append((number, plain(line)))
            note = ""

    def macro(self, number, line, note):
        name, _, rest = line[1:].partition(" ")
        if name in ("Dl", "D1"):
            block = Block(number, note)
            block.lines.append(plain(rest))
            self.blocks.append(block)
            self.pieces.append((number, plain(rest)))
            return
        if name in SILENT:
            return
        if name == "Nm":
            self.name = self.name or rest
        if name == "In":
            self.pieces.append((number, "#include <%s>" % rest))
            return
        if name == "Xr" and rest.count(" ") >= 1:
            page, section, *more = rest.split(" ")
            self.pieces.append((number, page + "(" + section + ")"))
            name, rest = "", " ".join(more)
        self.words(number, name, rest)

    def words(self, number, name, rest):
        """The words of a line of macros, in which Xr has two words and Fl adds a dash."""
        given = arguments(rest)
        around = None
        quotes = name if name in QUOTES else None
        previous = name
        for index, (word, is_quoted) in enumerate(given):
            if not is_quoted and word in CALLABLE:
                is_odd = word not in INLINE or (word == "No" and previous in AROUND)
                if is_odd:
                    self.mistakes.append(
                        '%d: "%s" is the name of a macro here; write \\&%s' % (number, word, word))
                if quotes and previous != quotes:
                    self.mistakes.append('%d: "%s" is inside of the quotes of %s' % (number, word, quotes))
                quotes = word if word in QUOTES else quotes
                around = previous = word
                continue
            text = plain(word)
            if (around or name) == "Fn" and previous == ",":
                self.mistakes.append('%d: "%s" is an argument here; write Fn before it' % (number, word))
            if (around or name) == "Fl" and text not in "|.,:;()[]?!":
                text = "-" + text
            if previous == "Xr" and index + 1 < len(given):
                text += "(" + given[index + 1][0] + ")"
            is_section = previous == "Xr-page"
            previous = "Xr-page" if previous == "Xr" else word
            if text and not is_section:
                self.pieces.append((number, text))


def shown(arguments, path):
    """What a reader sees of a page on a terminal, without bold and underlined type."""
    text = subprocess.run([*arguments, path], check=True, capture_output=True).stdout.decode()
    return re.sub("\x1b\\[[0-9;]*m", "", re.sub(".\b", "", text))


def find_block(block, text):
    """The lines of an example as they are seen, indented; None if they differ from the source."""
    lines = text.split("\n")
    first = block.lines[0]
    for start, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" ")) - (len(first) - len(first.lstrip(" ")))
        if line.strip() != first.strip() or indent < 0:
            continue
        seen = lines[start:start + len(block.lines)]
        if [other[indent:] for other in seen] == block.lines:
            return seen
    return None
