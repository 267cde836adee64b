# SPDX-License-Identifier: MIT
"""commands.py VFLOW SOURCES PAGE... - vflow(1) has what the program has, and nothing else.

SYNOPSIS and DESCRIPTION list the flags of each command as its table has them, which --help and
the answers to the shell show; those of a command with a page of its own, vflow-COMMAND(1) beside
vflow(1), are there, in SYNOPSIS and OPTIONS, and vflow(1) names the page; EXIT STATUS has the statuses of exit_status.h; ENVIRONMENT has the
variables that the sources read. Prints what differs, and exits 1 if anything does.
"""
import pathlib
import re
import subprocess
import sys

from page import Page, arguments, plain

USAGE = re.compile(r"Usage: vflow \w+(?: \[FLAG\]\.\.\.)?(.*)")
FLAG = re.compile(r"  (?:-(\w), |    )--([\w-]+)(?:=(\S+))?")
# Failpoints are only in a build of their own.
FOR_TESTS = {"VFLOW_FAILPOINT", "VFLOW_TEST_RUNS"}
# What the shell offers for these comes from flows and nodes: it is no list of choices.
OPEN_FLAGS = {"chain", "set", "var"}


class Flag:
    """A flag of a command: its letter or "", and its argument, or None."""

    def __init__(self, letter, argument, choices):
        self.letter, self.argument, self.choices = letter, argument, choices

    def forms(self, name):
        """How the flag is written, with its argument: the long form first."""
        if not self.argument:
            return ["--" + name] + (["-" + self.letter] if self.letter else [])
        values = "|".join(self.choices) if self.choices else self.argument
        return ["--%s=%s" % (name, self.argument), "--%s=%s" % (name, values)] + (
            ["-%s %s" % (self.letter, self.argument)] if self.letter else [])


class Program:
    """What the program itself says that its commands are."""

    def __init__(self, vflow):
        self.vflow = vflow
        self.answers = {}
        self.commands = [line.split("\t")[0] for line in self.ask("complete", "--", "")]
        self.flags = {command: self.read(command) for command in self.commands}

    def ask(self, *words):
        if words not in self.answers:
            text = subprocess.run([self.vflow, *words], check=True, capture_output=True, text=True)
            self.answers[words] = text.stdout.split("\n")[:-1]
        return self.answers[words]

    def read(self, command):
        flags = {}
        for line in self.ask(command, "--help"):
            match = FLAG.match(line)
            if not match or match[2] == "help":
                continue
            begun = "--%s=" % match[2]
            has_choices = match[3] and match[2] not in OPEN_FLAGS
            values = self.ask("complete", "--", command, begun) if has_choices else []
            flags[match[2]] = Flag(match[1] or "", match[3],
                                   [value.split("\t")[0][len(begun):] for value in values
                                    if value.startswith(begun)])
        return flags

    def operand(self, command):
        return USAGE.match(self.ask(command, "--help")[0])[1].strip()


def words(line):
    """The words of a line of macros as they are seen, but for brackets around them."""
    text, is_glued, is_flag = "", True, False
    for word, is_quoted in arguments(line):
        if not is_quoted and re.fullmatch(r"[A-Z][a-z]", word):
            is_flag = word == "Fl"
            is_glued = is_glued or word == "Ns"
            continue
        is_mark = word in (",", "|")
        text += ("" if is_glued else " ") + ("-" if is_flag and not is_mark else "") + plain(word)
        is_glued = False
    return text


def sections(lines, macro):
    """The lines below each heading."""
    found, name = {}, None
    for line in lines:
        if line.startswith(macro + " "):
            name = line[len(macro) + 1:]
            found[name] = []
        elif name is not None:
            found[name].append(line)
    return found


def forms_of(line):
    """The flags of an .Op or .It line: "-x" and "--long=VALUE"."""
    text = words(line[1:])
    if re.fullmatch(r"-\w\w+", text):  # -nqv
        return ["-" + letter for letter in text[1:]]
    parts = re.split(r" [|,] (?=-)", text)
    return [part.replace(" | ", "|") for part in parts]


def entries_of(lines):
    """The commands of a SYNOPSIS, each with the lines behind its name."""
    entries, entry = {}, None
    for line in lines:
        if line == ".Nm":
            entry = None
        elif entry is not None:
            entry.append(line)
        elif line.startswith(".Cm "):
            entry = entries.setdefault(line[4:], [])
    return entries


def operand_of(line):
    """An operand as help shows it; .Op Ar and .Oo are those that may be left out."""
    text = words(line[1:])
    if line.startswith(".Oo "):
        return "[%s]%s" % (text.removesuffix("..."), "..." if text.endswith("...") else "")
    return "[%s]" % text if line.startswith(".Op Ar") else text


def check_operand(program, command, lines):
    seen = " ".join(operand_of(line) for line in lines).replace(" ...", "...").replace(" | ", "|")
    values = "|".join(word.strip() for word in program.ask("complete", "--", command, ""))
    if seen not in (program.operand(command), values):
        yield "SYNOPSIS: %s takes %s, not %s" % (command, program.operand(command), seen)


def own_pages(program, path):
    """The sections of the pages that commands have for themselves."""
    pages = {command: pathlib.Path(path).parent / ("vflow-%s.1" % command)
             for command in program.commands}
    return {command: sections(Page(page).lines, ".Sh") for command, page in pages.items()
            if page.exists()}


def check_synopsis(program, lines, own):
    """Each command has its flags, in one form each, and its operand."""
    entries = entries_of(lines)
    for command, parts in own.items():
        entries |= entries_of(parts["SYNOPSIS"]) if command in entries else {}
    if set(entries) != set(program.commands):
        yield "SYNOPSIS: it has not the commands of the program, but %s" % sorted(entries)
        return
    for command, entry in entries.items():
        flags = [line for line in entry if line.startswith(".Op Fl")]
        written = [form for line in flags for form in forms_of(line)]
        for name, flag in program.flags[command].items():
            known = [form for form in written if form in flag.forms(name)]
            if len(known) != 1:
                yield "SYNOPSIS: %s has %s --%s as the program has it" % (
                    command, "more than one" if known else "no", name)
            written = [form for form in written if form not in known]
        for form in written:
            yield "SYNOPSIS: %s has no %s" % (command, form)
        yield from check_operand(program, command, [line for line in entry if line not in flags])


def borrowed(text):
    """The flags that a section says are those of another command."""
    match = re.search(r"\nThe flags?\n((?:\.Fl [^\n]*\n|and\n|or\n)+)", "\n".join(["", *text]))
    return ["-" + name for name in re.findall(r"\.Fl (\S+)", match[1])] if match else []


def check_description(program, lines, own):
    """Each flag has an entry in the section of its command, or is among those of another one."""
    parts = sections(lines, ".Ss")
    for command in own:
        if not any(line.startswith(".Xr vflow-%s 1" % command) for line in parts.get(command, [])):
            yield "DESCRIPTION: %s does not name its page" % command
        parts[command] = own[command]["OPTIONS"]
    for command in program.commands:
        text = parts.get(command, [])
        entries = [form for line in text if line.startswith(".It Fl") for form in forms_of(line)]
        names = borrowed(text)
        for name, flag in program.flags[command].items():
            forms = [form for form in flag.forms(name) if form in entries]
            short = [form for form in names if form in ("--" + name, "-" + flag.letter)]
            has_letter = not flag.letter or flag.forms(name)[-1] in forms
            has_name = any(form.startswith("--") for form in forms)
            if not (has_name and has_letter) and len(short) != 1:
                yield "DESCRIPTION: %s does not describe --%s as the program has it" % (
                    command, name)
            for value in flag.choices if forms else []:
                if not re.search(r"^\.(Cm|It Cm|It Fl) .*\b%s\b" % value, "\n".join(text), re.MULTILINE):
                    yield "DESCRIPTION: %s does not say what --%s=%s is" % (command, name, value)
            entries = [form for form in entries if form not in forms]
            names = [form for form in names if form not in short]
        for form in entries + names:
            yield "DESCRIPTION: %s has no %s" % (command, form)


def check_statuses(sources, lines):
    header = (sources / "engine/base/exit_status.h").read_text()
    known = set(re.findall(r"VF_EXIT_\w+ = (\d+)", header))
    seen = {word for line in lines if line.startswith(".It ")
            for word in re.findall(r"\d+", line)}
    for status in sorted(known - seen):
        yield "EXIT STATUS: no %s" % status
    for status in sorted(seen - known):
        yield "EXIT STATUS: %s is not in exit_status.h" % status


def check_environment(sources, lines):
    known = set()
    for folder in ("cmd", "engine", "nodes"):
        for path in (sources / folder).rglob("*.c"):
            known |= set(re.findall(r'getenv\("(\w+)"\)', path.read_text()))
    seen = {line.split(" ")[2] for line in lines if line.startswith(".It Ev ")}
    for name in sorted(known - FOR_TESTS - seen):
        yield "ENVIRONMENT: no %s, which is read" % name
    for name in sorted(seen - known):
        yield "ENVIRONMENT: nothing reads %s" % name


def check(program, sources, path):
    parts = sections(Page(path).lines, ".Sh")
    own = own_pages(program, path)
    yield from check_synopsis(program, parts["SYNOPSIS"], own)
    yield from check_description(program, parts["DESCRIPTION"], own)
    yield from check_statuses(sources, parts["EXIT STATUS"])
    yield from check_environment(sources, parts["ENVIRONMENT"])


def main(vflow, sources, *paths):
    program = Program(vflow)
    mistakes = ["%s: %s" % (path, mistake) for path in paths
                for mistake in check(program, pathlib.Path(sources), path)]
    print("\n".join(mistakes), end="\n" if mistakes else "")
    return 1 if mistakes else 0


sys.exit(main(*sys.argv[1:]))
