# SPDX-License-Identifier: MIT
"""replay.py - what may be on the disk after a power cut, at any moment of what record.c has noted.

What was synced is there: the bytes of a file once the file was, its name once the folder was that it
is in. Of what came later, each file and each folder has what it had at some moment since; a file may
also be as long as it was then, with zeros where bytes were not written yet. No order holds between
two of them. A disk does less harm than that, but not one that all file systems promise.

    log = Log("power.log", "/tmp/run")
    for state in log.states(stride=1, seed=7):
        state.files      # the bytes of each, by the path below the root
        state.put(path)  # makes all that anew in an empty folder

`witnesses` are files that stand for the world outside, such as what was printed on a terminal: what
was written to them has been seen, and is never lost.
"""
import os
import pathlib
import random
import struct

HEAD = struct.Struct("=IIIIQqq")


class Entry:
    def __init__(self, kind, first, second, inode, place, modified, data):
        self.kind, self.first, self.second = kind, first, second
        self.inode, self.place, self.modified, self.data = inode, place, modified, data

    def __str__(self):
        names = {"c": "create", "w": "write", "t": "truncate", "r": "rename", "l": "link",
                 "u": "unlink", "m": "mkdir", "s": "sync", "a": "sync all"}
        return " ".join(filter(None, (names[self.kind], self.first, self.second,
                                      "%d bytes" % len(self.data) if self.data else "")))


def read(path, root):
    """The entries of a log, with paths below the root: "" is the root itself."""
    data, at, root = pathlib.Path(path).read_bytes(), 0, os.fsencode(os.path.realpath(root))
    while at < len(data):
        kind, first, second, size, inode, place, modified = HEAD.unpack_from(data, at)
        at += HEAD.size
        parts = []
        for length in (first, second, size):
            parts.append(data[at:at + length])
            at += length
        names = [os.fsdecode(part[len(root):].lstrip(b"/")) for part in parts[:2]]
        yield Entry(chr(kind), *names, inode, place, modified, parts[2])


class File:
    """The bytes of a file: as they were synced, and each change since."""

    def __init__(self):
        self.synced, self.modified = b"", 0
        self.changes = []

    def versions(self):
        return len(self.changes) + 1

    def change(self, entry):
        self.changes.append(entry)

    def bytes(self, version):
        data = bytearray(self.synced)
        for entry in self.changes[:version]:
            end = entry.place + len(entry.data)
            data.extend(bytes(max(0, (end if entry.kind == "w" else entry.place) - len(data))))
            if entry.kind == "w":
                data[entry.place:end] = entry.data
            else:
                del data[entry.place:]
        return bytes(data)

    def changed(self, version):
        return self.changes[version - 1].modified if version else self.modified

    def sync(self):
        last = len(self.changes)
        self.synced, self.modified = self.bytes(last), self.changed(last)
        self.changes = []


class Folder:
    """The names in a folder, each with what it is of: as they were synced, and after each change."""

    def __init__(self):
        self.history = [{}]

    def versions(self):
        return len(self.history)

    def now(self):
        return self.history[-1]

    def set(self, name, thing):
        self.history.append({**self.now(), name: thing})
        if thing is None:
            del self.history[-1][name]

    def sync(self):
        self.history = [self.now()]


class State:
    """One of what may be there. `kind` says how it was chosen, `after` the last entry that was done."""

    def __init__(self, log, cut, kind, choice, has_zeros):
        self.cut, self.kind, self.after = cut, kind, log.entries[cut - 1] if cut else None
        self.files, self.times, self.folders = {}, {}, []
        self.collect(log.root, "", choice, has_zeros, log)

    def collect(self, folder, path, choice, has_zeros, log):
        for name, thing in folder.history[choice(folder)].items():
            inside = path + name
            if isinstance(thing, Folder):
                self.folders.append(inside)
                self.collect(thing, inside + "/", choice, has_zeros, log)
            elif log.is_witness(inside):
                self.files[inside] = thing.bytes(thing.versions() - 1)
                self.times[inside] = thing.changed(thing.versions() - 1)
            else:
                version = choice(thing)
                self.files[inside] = thing.bytes(version)
                self.times[inside] = thing.changed(version)
                if has_zeros:
                    length = len(thing.bytes(thing.versions() - 1))
                    self.files[inside] += bytes(max(0, length - len(self.files[inside])))

    def key(self):
        return (tuple(sorted(self.files.items())), tuple(sorted(self.folders)))

    def put(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True)
        for path in self.folders:
            (folder / path).mkdir()
        for path, data in self.files.items():
            (folder / path).write_bytes(data)
            os.utime(folder / path, ns=(self.times[path], self.times[path]))

    def __str__(self):
        return "cut %d (%s), after: %s" % (self.cut, self.kind, self.after)


class Log:
    def __init__(self, path, root, witnesses=(), ignores_syncs=False):
        self.entries = [entry for entry in read(path, root)
                        if not (ignores_syncs and entry.kind in "sa")]
        self.witnesses = set(witnesses)
        self.start()

    def start(self):
        self.root, self.inodes = Folder(), {}

    def is_witness(self, path):
        return path in self.witnesses

    def folder(self, path):
        folder = self.root
        for name in filter(None, path.split("/")):
            if name not in folder.now():
                folder.set(name, Folder())
            folder = folder.now()[name]
        return folder

    def place(self, path):
        folder, _, name = path.rpartition("/")
        return self.folder(folder), name

    def thing(self, path):
        folder, name = self.place(path)
        return folder.now().get(name) if name else self.root

    def file(self, entry):
        """One that was there before is taken to have been empty, and on the disk."""
        if entry.inode not in self.inodes:
            self.inodes[entry.inode] = File()
            folder, name = self.place(entry.first)
            if name and "(deleted)" not in name and name not in folder.now():
                for names in folder.history:
                    names[name] = self.inodes[entry.inode]
        return self.inodes[entry.inode]

    def do(self, entry):
        folder, name = self.place(entry.second or entry.first)
        if entry.kind == "c":
            self.inodes[entry.inode] = File()
            folder.set(name, self.inodes[entry.inode])
        elif entry.kind in "wt":
            self.file(entry).change(entry)
        elif entry.kind == "m":
            folder.set(name, Folder())
        elif entry.kind == "u":
            folder.set(name, None)
        elif entry.kind == "l":
            folder.set(name, self.file(entry))
        elif entry.kind == "r":
            thing = self.thing(entry.first)
            before, old = self.place(entry.first)
            if folder is before:
                names = {k: v for k, v in folder.now().items() if k != old}
                folder.history.append({**names, name: thing})
            else:
                folder.set(name, thing)
                before.set(old, None)
        elif entry.kind == "s":
            thing = self.inodes.get(entry.inode) or self.thing(entry.first)
            if thing:
                thing.sync()
        elif entry.kind == "a":
            for thing in self.things():
                thing.sync()

    def things(self, folder=None):
        found = [folder or self.root]
        for thing in found[0].now().values():
            found += self.things(thing) if isinstance(thing, Folder) else [thing]
        return found

    def states(self, stride=1, seed=0, extra=2):
        """All states at each `stride`th cut, from a random one on, that differ from the one of the same
        kind before; `extra` of them are drawn at random."""
        draw = random.Random(seed)
        self.start()
        last = {}
        next_cut = draw.randrange(stride)
        for cut in range(len(self.entries) + 1):
            if cut:
                self.do(self.entries[cut - 1])
            if cut < next_cut and cut < len(self.entries):
                continue
            next_cut += stride
            for kind, choice, has_zeros in self.choices(draw, extra):
                state = State(self, cut, kind, choice, has_zeros)
                key = hash(state.key())
                if last.get(kind) != key:
                    last[kind] = key
                    yield state

    def choices(self, draw, extra):
        oldest = lambda thing: 0
        newest = lambda thing: thing.versions() - 1
        names = lambda thing: newest(thing) if isinstance(thing, Folder) else 0
        contents = lambda thing: 0 if isinstance(thing, Folder) else newest(thing)
        yield "what was synced", oldest, False
        yield "all that was done", newest, False
        yield "new names, old bytes", names, False
        yield "new names, zeros", names, True
        yield "old names, new bytes", contents, False
        for number in range(extra):
            chosen = {}
            yield ("drawn %d" % number,
                   lambda thing: chosen.setdefault(id(thing), draw.randrange(thing.versions())),
                   bool(number % 2))

    def last(self):
        """What is known to be there in the end."""
        self.start()
        for entry in self.entries:
            self.do(entry)
        return State(self, len(self.entries), "the end", lambda thing: thing.versions() - 1, False)

    def differs(self, root):
        """What was done that was not noted: the first file that is not as it is known; None: all are."""
        known = self.last().files
        for path in sorted(pathlib.Path(root).rglob("*")):
            name = str(path.relative_to(root))
            if path.is_file() and known.pop(name, b"") != path.read_bytes():
                return name
        return next(iter(known), None)
