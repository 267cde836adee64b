#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does the same with awkward files in vflow and in ffmpeg, and compares what comes of it.

    tests/corpus/corpus.py --build build/default [--kind NAME] [--flow FLOW] [--jobs 2]
                           [--keep FOLDER]

Each kind of file (kinds.py) goes through these flows: copy (packets as they are, into a file of its
kind), remux (the same, into MP4 or Matroska), encode (H.264 without loss and
AAC, in MP4), and raw (a list of frames). What may differ stands in expected.py.
Prints TAP, a line for each kind, and what differs; the exit status is 1 where it should not.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import expected
import facts
import kinds

FLOWS = ("copy", "remux", "encode", "raw")
# ffmpeg else rounds times to the frame rate of the input.
TIMES_AS_THEY_ARE = ["-fps_mode:v:0", "passthrough", "-enc_time_base:v:0", "-1"]
COPY_MS, CODED_MS = 3, 50  # how much longer sound may be; two frames of AAC
REFUSED = (0, 64, 65, 69, 74)  # where ffmpeg fails, too
HASHED = ("yuv420p", "yuvj420p")  # pixel formats that the encode flow leaves as they are
COPIES = {"mp4", "mov", "mkv", "webm", "ts", "m2ts", "avi", "flv", "nut", "mxf", "ogv", "wmv", "3gp",
          "mpg", "vob", "wav", "w64", "flac", "opus", "ogg", "mp3", "m4a", "aac", "ac3", "mka",
          "wma", "aiff", "au", "wv", "caf", "mp2", "h264", "hevc", "m2v", "m4v", "ivf", "rm", "gif"}

TO_MP4 = {"mkv", "webm", "ts", "m2ts", "m3u8", "mpd", "flv", "h264", "hevc", "m4v", "nut"}  # others: MKV


class Trial:
    """One kind of file, in a folder of its own."""

    def __init__(self, program, kind, folder):
        self.program, self.kind, self.folder = program, kind, folder
        self.found = []
        self.notes = []

    def _differs(self, flow, field, what):
        self.found.append((flow, field, what, expected.find(self.kind.name, flow, field)))

    def _input(self):
        given = self.kind.before.split()
        return [*given, "-i", ("" if given else "file:") + self.path]

    def _tracks(self):
        has_pictures = any(one["codec_type"] == "video" and not facts.is_cover(one)
                           for one in self.told.get("streams", []))
        has_subtitles = any(one["codec_type"] == "subtitle" for one in self.told["streams"])
        return has_pictures or self.kind.reader == "image_reader", has_subtitles

    def _flow(self, flow, path, writer):
        """Writes the flow file."""
        has_pictures, _ = self._tracks()
        reader = f"type: {self.kind.reader}, path: {json.dumps(self.path, ensure_ascii=False)}"
        inputs = {}
        if has_pictures:
            inputs["video"] = "reader.packets" if flow in ("copy", "remux") else "reader.video"
        if self.kind.reader == "video_reader":
            reader += ", audio: all, subtitles: all"
            if flow != "raw":
                inputs.update(audio="reader.audio", subtitles="reader.subtitles")
        text = ", ".join(f"{name}: {port}" for name, port in inputs.items())
        name = os.path.join(self.folder, flow + ".yaml")
        with open(name, "w", encoding="utf-8") as file:
            file.write(f"vflow: 1\nnodes:\n  reader: {{{reader}}}\n  out: {{type: video_writer, "
                       f"inputs: {{{text}}}, path: {path}, {writer}}}\n")
        return [self.program, "run", "-q", name]

    def _run_both(self, flow, ours, theirs, writer, options, also=()):
        """Returns whether both have made a file. Where only one of them has, that differs."""
        status, _, said = facts.run(self._flow(flow, ours, writer), self.folder)
        their_status, _, complaint = facts.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-y", *self._input(), *options, theirs,
             *also], self.folder)
        with open(os.path.join(self.folder, flow + ".log"), "w", encoding="utf-8") as file:
            file.write(said + "\n--- ffmpeg\n" + complaint)
        if their_status:
            last = (complaint.strip().splitlines() or [""])[-1]
            self.notes.append(f"{flow}: ffmpeg cannot ({last.strip()[:90]}), vflow gives {status}")
            if status not in REFUSED:
                self._differs(flow, "exit", f"{status}, where ffmpeg fails")
            elif not status and flow in ("copy", "remux"):
                self._compare_with_source(flow, ours)
            return False
        if status:
            last = (said.strip().splitlines() or [""])[-1]
            self._differs(flow, "exit", f"{status} ({last[:140]}), ffmpeg 0")
        return os.path.exists(os.path.join(self.folder, ours))

    def _maps(self):
        has_pictures, _ = self._tracks()
        also = self.kind.also.split()
        return [*(["-map", "0:V:0"] if has_pictures else []), "-map", "0:a?", "-map", "0:s?", *also]

    def copy(self):
        if self.kind.reader == "image_reader":
            return
        ending = self.kind.to or os.path.splitext(self.kind.name)[1][1:]
        ending = ending if ending in COPIES else "mkv"
        ours, theirs = "copy_vflow." + ending, "copy_ffmpeg." + ending
        has_pictures, _ = self._tracks()
        if self._run_both("copy", ours, theirs, "codec: copy, audio: copy" if has_pictures
                          else "audio: copy", [*self._maps(), "-c", "copy"]):
            self._compare("copy", ours, theirs, True, COPY_MS)

    def remux(self):
        has_pictures, has_subtitles = self._tracks()
        if self.kind.reader == "image_reader":
            return
        to_mp4 = os.path.splitext(self.kind.name)[1][1:] in TO_MP4
        ending = "mp4" if to_mp4 else "mkv" if has_pictures else "mka"
        ours, theirs = "remux_vflow." + ending, "remux_ffmpeg." + ending
        options = [*self._maps(), "-c", "copy"]
        if has_subtitles:
            options += ["-c:s", "mov_text" if ending == "mp4" else "srt"]
        if self._run_both("remux", ours, theirs, "codec: copy, audio: copy" if has_pictures
                          else "audio: copy", options):
            self._compare("remux", ours, theirs, True, COPY_MS)

    def encode(self):
        has_pictures, has_subtitles = self._tracks()
        ending = "mp4" if has_pictures else "m4a"
        ours, theirs = "encode_vflow." + ending, "encode_ffmpeg." + ending
        writer, options = "audio: aac", [*self._maps(), "-c:a", "aac"]
        if has_pictures:
            writer += (", codec: libx264, preset: ultrafast, pixel_format: yuv420p, "
                       "options: {qp: 0, bf: 2}")
            options += [*TIMES_AS_THEY_ARE, "-c:v:0", "libx264", "-preset", "ultrafast", "-pix_fmt:v:0", "yuv420p",
                        "-qp", "0", "-bf", "2"]
        if has_subtitles:
            options += ["-c:s", "mov_text"]
        if "cover" in self.kind.name:
            options += ["-c:v:1" if has_pictures else "-c:v", "copy"]
        source = next((one for one in self.told.get("streams", [])
                       if one["codec_type"] == "video"), {})
        if self._run_both("encode", ours, theirs, writer, options):
            self._compare("encode", ours, theirs, source.get("pix_fmt") in HASHED,
                          CODED_MS)

    def _compare(self, flow, ours, theirs, with_hashes, length_ms):
        mine = facts.facts_of(ours, self.folder, flow + "_vflow")
        other = facts.facts_of(theirs, self.folder, flow + "_ffmpeg")
        if not mine or not other:
            if bool(mine) != bool(other):
                self._differs(flow, "exit", "it is no file that ffprobe can read" if not mine
                              else "ffprobe cannot read what ffmpeg wrote")
            return
        for field, what in facts.differences(mine, other, with_hashes, length_ms):
            self._differs(flow, field, what)

    def _compare_with_source(self, flow, ours):
        """Pictures that ffmpeg cannot copy must be those of the source, at their times."""
        mine = facts.facts_of(ours, self.folder, flow + "_vflow")
        source = facts.facts_of(self.path, self.folder, flow + "_source")
        for field, what in facts.differences_of_pictures(
                *((one["times"], one["hashes"]) for one in (mine, source)), True):
            self._differs(flow, field, what.replace("ffmpeg", "source"))

    def raw(self):
        has_pictures, _ = self._tracks()
        if not has_pictures:
            return
        if self._run_both("raw", "raw_vflow", "raw_ffmpeg", "format: framemd5, codec: rawvideo",
                          ["-map", "0:V:0", *TIMES_AS_THEY_ARE, "-c:v", "rawvideo", "-f",
                           "framemd5"], [*self._maps(), "-c", "copy", "-f", "null", "-"]):
            lists = [facts.pictures_of(os.path.join(self.folder, name))
                     for name in ("raw_vflow", "raw_ffmpeg")]
            for field, what in facts.differences_of_pictures(*lists, True):
                self._differs("raw", field, what)

    def run(self, flows):
        """Returns why there is no such file; "": there is."""
        path, why = kinds.make(self.kind, self.folder)
        if not path:
            return why or "it cannot be made"
        self.path = os.path.relpath(path, self.folder)
        self.told = facts.probe(self.path, self.folder) or {"streams": []}
        for flow in flows:
            getattr(self, flow)()
        return ""


def wanted(asked):
    numbered = list(enumerate(kinds.ALL, 1))
    if not asked.kind:
        return numbered
    if asked.kind.isdigit():
        return [one for one in numbered if one[0] == int(asked.kind)]
    return ([one for one in numbered if one[1].name == asked.kind]
            or [one for one in numbered if asked.kind in one[1].name])


def tell(number, kind, trial, skipped, counts):
    surprises = [one for one in trial.found if not one[3]]
    if skipped:
        print(f"ok {number} - {kind.name} # SKIP this ffmpeg cannot make it", flush=True)
        print(f"# {skipped.strip()[-300:]}")
        counts["not made"] += 1
        return
    print(f"{'not ok' if surprises else 'ok'} {number} - {kind.name}", flush=True)
    counts["differ"] += bool(surprises)
    for flow, field, what, row in trial.found:
        if row:
            counts["differences that are meant"] += 1
        why = f" ({row.item})" if row else ""
        print(f"#   {'' if row else '! '}{flow} {field}: {what}{why}", flush=True)
    for note in trial.notes:
        print(f"#   {note}", flush=True)


def run(asked, folder):
    program = os.path.join(os.path.abspath(asked.build), "vflow")
    kinds.prepare(folder)
    counts = Counter()
    flows = [asked.flow] if asked.flow else FLOWS

    def one(numbered):
        number, kind = numbered
        place = os.path.join(folder, f"k{number}")
        os.makedirs(place, exist_ok=True)
        trial = Trial(program, kind, place)
        return number, kind, trial, trial.run(flows)

    with ThreadPoolExecutor(asked.jobs) as pool:
        for number, kind, trial, skipped in pool.map(one, wanted(asked)):
            tell(number, kind, trial, skipped, counts)
            counts["kinds"] += 1
    print("# " + ", ".join(f"{name}: {count}" for name, count in sorted(counts.items())))
    return counts["differ"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="folder of the program")
    parser.add_argument("--kind", default="", help="the number of a kind, or a word of its name")
    parser.add_argument("--flow", choices=FLOWS, help="only this one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="kinds at a time")
    parser.add_argument("--keep", default="", help="folder to work in, which stays")
    parser.add_argument("--list", action="store_true", help="show the kinds")
    return parser.parse_args()


def main():
    asked = parse()
    if asked.list:
        for number, kind in wanted(asked):
            print(number, kind.name)
        return
    begun = time.time()
    lacking = expected.without_reason()
    if lacking:
        sys.exit(f"{expected.MANUAL} gives no reason for: " + ", ".join(lacking))
    if asked.keep:
        os.makedirs(asked.keep, exist_ok=True)
        failed = run(asked, asked.keep)
    else:
        with tempfile.TemporaryDirectory() as folder:
            failed = run(asked, folder)
    print(f"# {time.time() - begun:.0f} s")
    sys.exit(failed != 0)


main()
