# SPDX-License-Identifier: MIT
"""Files that ffmpeg makes for the tests of damage: those to be damaged, and others that are awkward
but healthy."""

import os
import subprocess
import sys
from collections import namedtuple

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus"))

import alter  # noqa: E402 - beside the corpus, whose files are awkward, too

# What ffmpeg is told between its input and the name of the file, and what is done with it then.
# Those with sound: `-map 0 -map 1`, or the second alone.
Kind = namedtuple("Kind", "name options change is_sound", defaults=[None, False])

SOURCE = ("-f lavfi -i testsrc2=size=160x120:rate=25:duration=4 "
          "-f lavfi -i aevalsrc=0.3*sin(880*t)+0.05*random(0):d=4:s=48000")
BOTH = "-map 0 -map 1"
X264 = "-c:v libx264 -preset veryfast -g 25"

DAMAGED = [
    Kind("h264.mp4", f"{X264} -bf 2"),
    Kind("hevc.mp4", "-c:v libx265 -x265-params log-level=none -preset ultrafast -g 25"),
    Kind("fragments.mp4", f"{X264} -movflags frag_keyframe+empty_moov"),
    Kind("h264.mkv", f"{X264} -bf 2"),
    Kind("ffv1.mkv", "-c:v ffv1 -g 1 -slices 4 -slicecrc 1"),
    Kind("h264.ts", f"{X264} -bf 2"),
    Kind("mpeg2.ts", "-c:v mpeg2video -bf 2 -g 12"),
    Kind("mpeg4.avi", "-c:v mpeg4 -bf 2 -g 25"),
    Kind("mjpeg.avi", "-c:v mjpeg"),
    Kind("h264.flv", f"{X264} -bf 2"),
    Kind("flv1.flv", "-c:v flv -g 25"),
    Kind("pictures.gif", "-vf fps=10 -t 3"),
    Kind("theora.ogg", "-c:v libtheora -g 25"),
    Kind("vp8.webm", "-c:v libvpx -deadline realtime -g 25 -b:v 300k"),
    Kind("vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -b:v 300k"),
    Kind("prores.mov", "-c:v prores_ks -profile:v proxy"),
    Kind("h264.mov", f"{X264} -bf 2"),
    Kind("mpeg1.mpg", "-c:v mpeg1video -bf 2 -g 12"),
    Kind("mpeg2.mpg", "-c:v mpeg2video -f vob -bf 2 -g 12"),
    Kind("h264_aac.mp4", f"{BOTH} {X264} -bf 2 -c:a aac"),
    Kind("h264_opus.mkv", f"{BOTH} {X264} -bf 2 -c:a libopus"),
    Kind("h264_aac.ts", f"{BOTH} {X264} -bf 2 -c:a aac"),
    Kind("mpeg2_ac3.vob", f"{BOTH} -c:v mpeg2video -bf 2 -g 12 -c:a ac3"),
    Kind("mpeg4_mp3.avi", f"{BOTH} -c:v mpeg4 -g 25 -c:a libmp3lame"),
    Kind("mpeg2_pcm.mxf", f"{BOTH} -c:v mpeg2video -g 12 -c:a pcm_s16le"),
    Kind("wmv2_wmav2.wmv", f"{BOTH} -c:v wmv2 -g 25 -c:a wmav2"),
    Kind("sound.flac", "-map 1", is_sound=True),
    Kind("sound.mp3", "-map 1", is_sound=True),
    Kind("sound.ogg", "-map 1 -c:a libvorbis", is_sound=True),
    Kind("sound.wav", "-map 1", is_sound=True),
]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def begin_late(path):
    """A recording of a transport stream that begins where it likes, but with a whole packet."""
    data = read(path)
    write(path, data[len(data) * 3 // 8 // 188 * 188:])


def twice(path):
    write(path, read(path) * 2)


def join_late(path):
    """Two recordings of a transport stream, of which the second begins where it likes."""
    data = read(path)
    write(path, data + data[len(data) * 3 // 8 // 188 * 188:])


HEALTHY = [
    Kind("open_gop.mkv", f"{X264} -bf 3 -x264-params open-gop=1"),
    Kind("open_gop.ts", f"{X264} -bf 3 -x264-params open-gop=1"),
    Kind("open_gop_late.ts", f"{X264} -bf 3 -x264-params open-gop=1", begin_late),
    Kind("hevc_open_gop.mp4", "-c:v libx265 -preset ultrafast -x265-params"
                              " open-gop=1:keyint=20:log-level=none:bframes=4"),
    Kind("hevc_open_gop_late.ts", "-c:v libx265 -preset ultrafast -x265-params"
                                  " open-gop=1:keyint=20:log-level=none:bframes=4", begin_late),
    Kind("late.ts", f"{X264} -bf 2", begin_late),
    Kind("refresh.ts", "-c:v libx264 -x264-params intra-refresh=1:keyint=25"),
    Kind("refresh_late.ts", "-c:v libx264 -x264-params intra-refresh=1:keyint=25", begin_late),
    Kind("late_mpeg2.ts", "-c:v mpeg2video -bf 2 -g 12", begin_late),
    Kind("twice.ts", f"{X264} -bf 2", twice),
    Kind("twice_mpeg2.ts", "-c:v mpeg2video -bf 2 -g 12", twice),
    Kind("twice_hevc.ts", "-c:v libx265 -preset ultrafast -x265-params log-level=none", twice),
    Kind("twice_open_gop.ts", f"{X264} -bf 3 -x264-params open-gop=1", twice),
    Kind("joined_late.ts", f"{X264} -bf 2", join_late),
    Kind("twice.mpg", "-c:v mpeg2video -f vob -bf 2 -g 12", twice),
    Kind("interlaced.ts", f"{X264} -bf 2 -flags +ilme+ildct -x264-params tff=1"),
    Kind("interlaced.mkv", f"{X264} -bf 2 -flags +ilme+ildct -x264-params tff=1"),
    Kind("interlaced_mpeg2.ts", "-c:v mpeg2video -flags +ilme+ildct -bf 2 -g 12"),
    Kind("interlaced_mjpeg.avi", "-c:v mjpeg -flags +ilme"),
    Kind("two_edits.mp4", f"{X264} -bf 2", alter.edits((0, 1), (2, 4))),
    Kind("altref.webm", "-c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k -cpu-used 8"),
    Kind("altref_vp9.webm", "-c:v libvpx-vp9 -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k"
                            " -deadline good -cpu-used 8"),
    Kind("altref_vp9.mp4", "-c:v libvpx-vp9 -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k"
                           " -deadline good -cpu-used 8"),
    Kind("alpha.webm", "-c:v libvpx -pix_fmt yuva420p -auto-alt-ref 0 -deadline realtime"),
    Kind("av1.mkv", "-t 1 -c:v libaom-av1 -cpu-used 8 -usage realtime"),
    Kind("av1.mp4", "-c:v libsvtav1 -preset 12"),
    Kind("packed.avi", "-c:v libxvid -bf 2 -g 25"),
    Kind("xvid.mkv", "-c:v libxvid -bf 2 -g 25"),
    Kind("mpeg4.mp4", "-c:v mpeg4 -bf 2"),
    Kind("h264.avi", f"{X264} -bf 3"),
    Kind("mjpeg.mkv", "-c:v mjpeg"),
    Kind("mjpeg.mov", "-c:v mjpeg"),
    Kind("still.gif", "-vf fps=10,select='not(mod(n\\,3))',loop=loop=3:size=1 -t 3"),
    Kind("drops.gif", "-vf select='lt(mod(n\\,9)\\,2)' -fps_mode vfr"),
    Kind("apng.apng", "-t 1 -plays 0"),
    Kind("vfr.mkv", f"{X264} -vf select='not(mod(n\\,3)*mod(n\\,5))' -fps_mode vfr"),
    Kind("vfr.mp4", f"{X264} -vf select='not(mod(n\\,3)*mod(n\\,5))' -fps_mode vfr"),
    Kind("slices.mkv", f"{X264} -x264-params slices=4"),
    Kind("lossless.mkv", "-c:v libx264 -qp 0 -preset ultrafast"),
    Kind("ten_bits.mkv", f"{X264} -pix_fmt yuv420p10le"),
    Kind("huffyuv.avi", "-c:v huffyuv"),
    Kind("raw.avi", "-c:v rawvideo -pix_fmt bgr24"),
    Kind("dv.avi", "-s 720x576 -t 1 -pix_fmt yuv420p -c:v dvvideo"),
    Kind("dv.dv", "-s 720x576 -t 1 -pix_fmt yuv420p -c:v dvvideo"),
    Kind("wmv2.wmv", "-c:v wmv2"),
    Kind("msmpeg4.avi", "-c:v msmpeg4"),
    Kind("svq1.mov", "-c:v svq1"),
    Kind("cinepak.mov", "-t 1 -c:v cinepak"),
    Kind("snow.mkv", "-t 1 -c:v snow"),
    Kind("png.mov", "-c:v png"),
    Kind("prores.mkv", "-c:v prores_ks"),
    Kind("mpeg2.mxf", "-c:v mpeg2video -bf 2"),
    Kind("mpeg2.m2v", "-c:v mpeg2video -bf 2"),
    Kind("h264.h264", f"{X264} -bf 2"),
    Kind("hevc.hevc", "-c:v libx265 -x265-params log-level=none -preset ultrafast"),
    Kind("mpeg4.m4v", "-c:v mpeg4 -bf 2"),
    Kind("vp8.ivf", "-c:v libvpx -deadline realtime"),
    Kind("h264.nut", f"{X264} -bf 2"),
    Kind("raw.y4m", ""),
    Kind("theora.ogv", "-c:v libtheora"),
    Kind("rm.rm", "-c:v rv20"),
    Kind("mpeg1.dat.mpg", "-c:v mpeg1video -f vcd"),
] + DAMAGED


def make(kind, folder):
    """Returns the path; "": this ffmpeg cannot make it."""
    path = os.path.join(folder, kind.name)
    if os.path.exists(path):
        return path
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *SOURCE.split(), "-pix_fmt", "yuv420p",
               *(kind.options if "-map" in kind.options else "-map 0 " + kind.options).split(), path]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        if os.path.exists(path):
            os.remove(path)
        return ""
    if kind.change:
        kind.change(path)
    return path
