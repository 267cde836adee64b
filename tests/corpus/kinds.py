# SPDX-License-Identifier: MIT
"""The awkward files of the corpus: a line for each kind. What is in it stands in its options, which
ffmpeg gets between its two inputs, pictures and sound, and the name of the file."""

import os
import shlex
from collections import namedtuple

import alter

# pictures, sound: what lavfi makes; "": none. inputs: more of them. change: what is done to the file
# then. path: what is read, if that is not it. to: the ending of the copy. before: what ffmpeg is told
# in front of its input. reader: how vflow reads it. also: what else ffmpeg is told to take.
Kind = namedtuple("Kind", "name options pictures sound inputs change path to before reader also")

PICTURES = "testsrc2=size=128x96:rate=25:duration=2"
# Bursts, no two as far apart as two others, by which it shows where the sound is.
SOUND = "aevalsrc='0.5*sin(2*PI*880*t)*lt(mod(t*t*2+t\\,1)\\,0.3)':s=48000:d=2"
SOUND_44 = SOUND.replace("48000", "44100")
STEREO = SOUND.replace("aevalsrc='", "aevalsrc='0.3*sin(2*PI*440*t)*lt(mod(t\\,0.4)\\,0.1)|")

H264 = "-c:v libx264 -preset veryfast -g 25 -bf 2 -pix_fmt yuv420p"
HEVC = "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25 -pix_fmt yuv420p"
MPEG2 = "-c:v mpeg2video -bf 2 -g 12 -pix_fmt yuv420p"
MPEG4 = "-c:v mpeg4 -g 25 -pix_fmt yuv420p"
VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -pix_fmt yuv420p"
AAC = "-c:a aac"
SUBTITLES = "-i ../subtitles.srt"
HDR10 = ("-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=none:hdr10=1:"
         "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:"
         "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)")


def kind(name, options, pictures=PICTURES, sound=SOUND, inputs="", change=None, path="", to="",
         before="", reader="video_reader", also=""):
    return Kind(name, options, pictures, sound, inputs, change, path, to, before, reader, also)


def size(text, rate="25", seconds=2):
    return f"testsrc2=size={text}:rate={rate}:duration={seconds}"


MP4 = [
    kind("h264_aac.mp4", f"{H264} {AAC}"),
    kind("h264_aac_44.mp4", f"{H264} {AAC}", sound=SOUND_44),
    kind("faststart.mp4", f"{H264} {AAC} -movflags +faststart"),
    kind("fragments.mp4", f"{H264} {AAC} -movflags frag_keyframe+empty_moov"),
    kind("fragments_by_frame.mp4", f"{H264} {AAC} -movflags frag_every_frame+empty_moov"),
    kind("cmaf.mp4", f"{H264} {AAC} -movflags frag_keyframe+empty_moov+default_base_moof+cmaf"),
    kind("negative_offsets.mp4", f"{H264} {AAC} -movflags +negative_cts_offsets"),
    kind("no_edits.mp4", f"{H264} {AAC} -use_editlist 0"),
    kind("open_gop.mp4", "-c:v libx264 -preset veryfast -g 12 -bf 3 -x264-params open-gop=1 "
         f"-pix_fmt yuv420p {AAC}"),
    kind("pyramid.mp4", "-c:v libx264 -preset slow -g 50 -bf 8 -x264-params b-pyramid=normal "
         f"-pix_fmt yuv420p {AAC}"),
    kind("two_edits.mp4", f"{H264} {AAC}", size("128x96", seconds=4),
         SOUND.replace("d=2", "d=4"), change=alter.edits((0, 1), (2, 4))),
    kind("one_edit.mp4", f"{H264} {AAC}", change=alter.edits((0.52, 1.8))),
    kind("edits_backwards.mp4", f"{H264} {AAC}", change=alter.edits((1, 2), (0, 1))),
    kind("edit_repeats.mp4", f"{H264} {AAC}", change=alter.edits((0, 1), (0, 1))),
    kind("cut_by_copy.mp4", f"{H264} {AAC}", change=alter.again("-c copy", "-ss 0.7")),
    kind("picture_late.mp4", f"{H264} {AAC}", inputs="-itsoffset 0.5 -f lavfi -i " + PICTURES,
         sound=SOUND, also="", change=None)._replace(options=f"-map 2:v -map 1:a {H264} {AAC}"),
    kind("sound_late.mp4", f"-af asetpts=PTS+0.7/TB {H264} {AAC}"),
    kind("sound_much_later.mp4", f"-af asetpts=PTS+1.7/TB {H264} {AAC}"),
    kind("sound_short.mp4", f"-af atrim=end=0.6 {H264} {AAC}"),
    kind("sound_longer.mp4", f"{H264} {AAC}", size("128x96", seconds=1)),
    kind("sound_hole.mp4", f"-af aselect='not(between(t\\,0.5\\,1.2))' {H264} {AAC}"),
    kind("vfr.mp4", f"-vf select='not(mod(n\\,3)*mod(n\\,5))' -fps_mode vfr {H264} {AAC}"),
    kind("slow.mp4", f"{H264} {AAC}", size("128x96", "1/2", 6), SOUND.replace("d=2", "d=6")),
    kind("fast.mp4", f"{H264} {AAC}", size("128x96", "240", 1)),
    kind("ntsc.mp4", f"{H264} {AAC}", size("128x96", "24000/1001")),
    kind("fine_ticks.mp4", f"{H264} {AAC} -video_track_timescale 1000000"),
    kind("one_frame.mp4", f"{H264} -an -frames:v 1"),
    kind("no_sound.mp4", f"{H264} -an"),
    kind("hevc_aac.mp4", f"{HEVC} {AAC}"),
    kind("hevc_hvc1.mp4", f"{HEVC} -tag:v hvc1 {AAC}"),
    kind("hdr10.mp4", f"{HDR10} {AAC}"),
    kind("hlg.mp4", "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params "
         f"log-level=none:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc {AAC}"),
    kind("av1_opus.mp4", "-c:v libsvtav1 -preset 12 -pix_fmt yuv420p -c:a libopus"),
    kind("vp9_opus.mp4", f"{VP9} -c:a libopus"),
    kind("mpeg4_mp3.mp4", f"{MPEG4} -bf 2 -c:a libmp3lame"),
    kind("h264_ac3.mp4", f"{H264} -c:a ac3"),
    kind("h264_eac3.mp4", f"{H264} -c:a eac3"),
    kind("h264_flac.mp4", f"{H264} -c:a flac -strict -2"),
    kind("h264_alac.mp4", f"{H264} -c:a alac"),
    kind("surround.mp4", f"{H264} -ac 6 {AAC}"),
    kind("rotated_90.mp4", f"{H264} {AAC} -metadata:s:v rotate=90"),
    kind("rotated_180.mp4", f"{H264} {AAC} -metadata:s:v rotate=180"),
    kind("rotated_30.mp4", f"{H264} {AAC} -metadata:s:v rotate=30"),
    kind("mirrored.mp4", f"{H264} {AAC}",
         change=alter.matrix(-0x10000, 0, 0, 0, 0x10000, 0, 128 << 16, 0, 0x40000000)),
    kind("wide.mp4", f"{H264} {AAC}", change=alter.again("-c copy -aspect 16:9")),
    kind("mov_text.mp4", f"-map 0 -map 1 -map 2 -map 2 {H264} {AAC} -c:s mov_text "
         "-metadata:s:s:0 language=ger -metadata:s:s:1 language=jpn", inputs=SUBTITLES),
    kind("chapters.mp4", f"{H264} {AAC} -map_metadata 2", inputs="-i ../chapters.txt"),
    kind("tags.mp4", f"{H264} {AAC} -metadata title='Zoë; \"x\" = #1 \\\\ 日本' "
         "-metadata comment='two\nlines' -metadata artist=' blanks ' -metadata date=2024-02-29"),
    kind("languages.mp4", f"-map 0 -map 1 -map 1 -map 1 {H264} {AAC} -metadata:s:a:0 language=ger "
         "-metadata:s:a:1 language=fre -disposition:a:0 0 -disposition:a:1 default"),
    kind("cover.mp4", f"-map 0 -map 1 -map 2 {H264} {AAC} -c:v:1 png -disposition:v:1 attached_pic",
         inputs="-i ../cover.png", also="-map 0:v:1"),
    kind("timecode.mp4", f"{H264} {AAC} -timecode 01:02:03:04"),
    kind("full_range.mp4", f"{H264} {AAC} -vf scale=out_range=full -color_range pc"),
    kind("bt709.mp4", f"{H264} {AAC} -colorspace bt709 -color_primaries bt709 -color_trc bt709"),
    kind("interlaced.mp4", f"{H264} {AAC} -flags +ilme+ildct -x264-params tff=1"),
    kind("interlaced_bff.mp4", f"{H264} {AAC} -flags +ilme+ildct -x264-params bff=1"),
    kind("refresh.mp4", f"-c:v libx264 -x264-params intra-refresh=1:keyint=25 {AAC} "
         "-pix_fmt yuv420p"),
    kind("h263_aac.3gp", f"-c:v h263 -s 176x144 {AAC} -ac 1 -pix_fmt yuv420p"),
    kind("ten_bits.mp4", f"{H264} {AAC} -pix_fmt yuv420p10le"),
    kind("yuv422.mp4", f"{H264} {AAC} -pix_fmt yuv422p"),
    kind("yuv444.mp4", f"{H264} {AAC} -pix_fmt yuv444p"),
    kind("gray.mp4", f"{H264} {AAC} -pix_fmt gray"),
    kind("odd_size.mp4", f"{H264} {AAC} -pix_fmt yuv444p", size("129x97")),
    kind("twelve_bits.mp4", f"{HEVC} {AAC} -pix_fmt yuv422p12le"),
    kind("stereo_differs.mp4", f"{H264} {AAC}", sound=STEREO),
]

MOV = [
    kind("h264_pcm.mov", f"{H264} -c:a pcm_s16le"),
    kind("pcm_24.mov", f"{H264} -c:a pcm_s24be"),
    kind("prores_422.mov", "-c:v prores_ks -profile:v 2 -pix_fmt yuv422p10le -c:a pcm_s16le"),
    kind("prores_alpha.mov", "-vf format=rgba,colorchannelmixer=aa=0.5 -c:v prores_ks -profile:v 4 "
         "-pix_fmt yuva444p10le -c:a pcm_s24le"),
    kind("png_alpha.mov", "-vf format=rgba,colorchannelmixer=aa=0.5 -c:v png -c:a pcm_s16le"),
    kind("qtrle.mov", f"-c:v qtrle -pix_fmt argb {AAC}"),
    kind("mjpeg.mov", f"-c:v mjpeg {AAC}"),
    kind("dnxhr.mov", "-c:v dnxhd -profile:v dnxhr_hq -pix_fmt yuv422p -c:a pcm_s16le",
         size("256x128")),
    kind("raw_uyvy.mov", "-c:v rawvideo -pix_fmt uyvy422 -c:a pcm_s16le"),
    kind("v210.mov", "-c:v v210 -c:a pcm_s24le"),
    kind("tiny.mov", "-vf format=rgb24,crop=1:1:0:0:exact=1 -c:v png -c:a pcm_s16le"),
    kind("rgb48.mov", "-c:v png -pix_fmt rgb48be -an"),
    kind("hap.mov", "-c:v hap -an -pix_fmt rgba") ,
    kind("svq1.mov", "-c:v svq1 -an"),
    kind("cinepak.mov", "-c:v cinepak -an -t 0.5"),
    kind("jpeg2000.mov", "-c:v jpeg2000 -an -pix_fmt yuv420p -t 0.5"),
]

MATROSKA = [
    kind("h264_aac.mkv", f"{H264} {AAC}"),
    kind("h264_opus.mkv", f"{H264} -c:a libopus"),
    kind("vp8_vorbis.webm", "-c:v libvpx -deadline realtime -g 25 -c:a libvorbis -pix_fmt yuv420p"),
    kind("vp8_altref.webm", "-c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k -cpu-used 8 "
         "-c:a libvorbis -pix_fmt yuv420p"),
    kind("vp8_alpha.webm", "-vf format=yuva420p,colorchannelmixer=aa=0.5 -c:v libvpx -auto-alt-ref 0 "
         "-deadline realtime -pix_fmt yuva420p -c:a libopus", before="-c:v libvpx"),
    kind("vp9_alpha.webm", "-vf format=yuva420p,colorchannelmixer=aa=0.5 -c:v libvpx-vp9 "
         "-deadline realtime -cpu-used 8 -pix_fmt yuva420p -c:a libopus", before="-c:v libvpx-vp9"),
    kind("vp9_superframes.webm", "-c:v libvpx-vp9 -auto-alt-ref 1 -lag-in-frames 16 -b:v 200k "
         "-deadline good -cpu-used 8 -c:a libopus -pix_fmt yuv420p"),
    kind("vp9_444.webm", f"{VP9} -pix_fmt yuv444p -c:a libopus"),
    kind("av1.webm", "-t 1 -c:v libsvtav1 -preset 12 -pix_fmt yuv420p10le -c:a libopus"),
    kind("hevc_flac.mkv", f"{HEVC} -c:a flac"),
    kind("hdr10.mkv", f"{HDR10} -c:a libopus"),
    kind("ffv1_flac.mkv", "-c:v ffv1 -level 3 -c:a flac"),
    kind("ffv1_gbrp16.mkv", "-c:v ffv1 -pix_fmt gbrp16le -c:a pcm_s24le"),
    kind("ffv1_gray16.mkv", "-c:v ffv1 -pix_fmt gray16le -an"),
    kind("ffv1_410.mkv", "-c:v ffv1 -pix_fmt yuv410p -an"),
    kind("mpeg2_ac3.mkv", f"{MPEG2} -c:a ac3"),
    kind("mpeg4_mp3.mkv", f"{MPEG4} -bf 2 -c:a libmp3lame"),
    kind("theora.mkv", f"-c:v libtheora {AAC} -pix_fmt yuv420p"),
    kind("mjpeg_truehd.mkv", "-c:v mjpeg -c:a truehd -strict -2 -ac 2"),
    kind("dca.mkv", f"{H264} -c:a dca -strict -2 -ac 2"),
    kind("raw.mkv", "-c:v rawvideo -pix_fmt yuv420p -c:a pcm_f32le -t 0.5"),
    kind("late_start.mkv", f"{H264} {AAC} -output_ts_offset 10"),
    kind("before_zero.mkv", f"{H264} {AAC} -output_ts_offset -0.5 -avoid_negative_ts disabled"),
    kind("live.mkv", f"{H264} {AAC} -live 1"),
    kind("vfr.mkv", f"-vf select='not(mod(n\\,3)*mod(n\\,5))' -fps_mode vfr {H264} {AAC}"),
    kind("long_gap.mkv", f"-vf setpts='PTS+gte(N\\,25)*30/TB' {H264} {AAC} -fps_mode vfr"),
    kind("srt.mkv", f"-map 0 -map 1 -map 2 {H264} {AAC} -c:s srt -metadata:s:s:0 language=ger "
         "-disposition:s:0 forced", inputs=SUBTITLES),
    kind("ass_fonts.mkv", f"-map 0 -map 1 -map 2 {H264} {AAC} -c:s ass -attach ../font.ttf "
         "-metadata:s:t mimetype=font/ttf", inputs=SUBTITLES, also="-map 0:t?"),
    kind("webvtt.webm", f"-map 0 -map 1 -map 2 {VP9} -c:a libopus -c:s webvtt", inputs=SUBTITLES),
    kind("chapters.mkv", f"{H264} {AAC} -map_metadata 2", inputs="-i ../chapters.txt"),
    kind("tags.mkv", f"{H264} {AAC} -metadata title='Zoë; \"x\" = #1 \\\\ 日本' "
         "-metadata COMMENT='two\nlines' -metadata 'a b'=c -metadata:s:a title='Ton: 1'"),
    kind("languages.mkv", f"-map 0 -map 1 -map 1 -map 1 {H264} {AAC} -metadata:s:a:0 language=ger "
         "-metadata:s:a:1 language=fre -disposition:a:0 comment -disposition:a:1 default+hearing_impaired"),
    kind("sounds_differ.mkv", f"-map 0 -map 1 -map 1 -map 1 {H264} -c:a:0 aac -c:a:1 ac3 "
         "-c:a:2 libopus -ac:a:1 6"),
    kind("stereo_3d.mkv", f"{H264} {AAC} -metadata:s:v stereo_mode=left_right"),
    kind("interlaced.mkv", f"{H264} {AAC} -flags +ilme+ildct -x264-params tff=1"),
    kind("mpeg2_interlaced.mkv", f"{MPEG2} {AAC} -flags +ilme+ildct"),
    kind("wide.mkv", f"{H264} {AAC}", change=alter.again("-c copy -aspect 16:9")),
    kind("odd.mkv", f"-c:v ffv1 -pix_fmt yuv420p {AAC}", size("127x95")),
    kind("lossless.mkv", f"-c:v libx264 -qp 0 -preset ultrafast -pix_fmt yuv420p {AAC}"),
    kind("rgb.mkv", f"-c:v libx264rgb -preset ultrafast {AAC}"),
    kind("sound_rate_odd.mkv", f"{H264} -c:a pcm_s16le -ar 37800"),
    kind("sound_192.mkv", f"{H264} -c:a flac -ar 192000"),
]

TRANSPORT = [
    kind("h264_aac.ts", f"{H264} {AAC}"),
    kind("h264_latm.ts", f"{H264} {AAC} -mpegts_flags latm"),
    kind("hevc_ac3.ts", f"{HEVC} -c:a ac3"),
    kind("mpeg2_mp2.ts", f"{MPEG2} -c:a mp2"),
    kind("mpeg2_422.ts", "-c:v mpeg2video -pix_fmt yuv422p -flags +ilme+ildct -bf 2 -c:a mp2"),
    kind("opus.ts", f"{H264} -c:a libopus"),
    kind("s302m.ts", f"{MPEG2} -c:a s302m -strict -2 -ac 2"),
    kind("bluray.m2ts", f"{H264} -c:a pcm_bluray -mpegts_m2ts_mode 1"),
    kind("wraps.ts", f"{H264} {AAC} -output_ts_offset 95442.7"),
    kind("open_gop_late.ts", "-c:v libx264 -preset veryfast -g 12 -bf 3 -x264-params open-gop=1 "
         f"-pix_fmt yuv420p {AAC}", change=alter.begin_late),
    kind("late.ts", f"{H264} {AAC}", change=alter.begin_late),
    kind("twice.ts", f"{H264} {AAC}", change=alter.twice),
    kind("twice_mpeg2.ts", f"{MPEG2} -c:a mp2", change=alter.twice),
    kind("twice_hevc.ts", f"{HEVC} {AAC}", change=alter.twice),
    kind("size_changes.ts", f"{H264} {AAC}", to="ts",
         change=alter.joined_with(size("192x144"), SOUND, f"{H264} {AAC} -output_ts_offset 2.1")),
    kind("sound_rate_changes.ts", f"{H264} -c:a mp2", change=alter.joined_with(
        PICTURES, SOUND_44, f"{H264} -c:a mp2 -output_ts_offset 2.1")),
    kind("channels_change.ts", f"{H264} {AAC}", change=alter.joined_with(
        PICTURES, STEREO, f"{H264} {AAC} -output_ts_offset 2.1")),
    kind("captions.ts", f"{H264} -bf 0 -an -f h264",
         change=alter.in_turn(alter.captions, alter.again("-c copy -f mpegts", "-f h264 -r 25"))),
    kind("languages.ts", f"-map 0 -map 1 -map 1 {H264} -c:a mp2 -metadata:s:a:0 language=ger "
         "-metadata:s:a:1 language=fre"),
    kind("sound_late.ts", f"-af asetpts=PTS+0.7/TB {H264} {AAC}"),
    kind("sound_hole.ts", f"-af aselect='not(between(t\\,0.5\\,1.2))' {H264} {AAC}"),
    kind("gap.ts", f"-vf setpts='PTS+gte(N\\,25)*5/TB' {H264} {AAC} -fps_mode vfr"),
    kind("service.ts", f"{H264} {AAC} -metadata service_name='Erste; Straße'"),
    kind("interlaced.ts", f"{H264} {AAC} -flags +ilme+ildct -x264-params tff=1"),
]

PLAYLISTS = [
    kind("plain.m3u8", f"{H264} {AAC} -hls_time 1 -hls_list_size 0", to="ts"),
    kind("fmp4.m3u8", f"{H264} {AAC} -hls_time 1 -hls_segment_type fmp4", to="mp4"),
    kind("discontinuity.m3u8", f"{H264} {AAC} -hls_time 1 -hls_segment_filename s%d.ts", to="ts",
         change=alter.playlist("#EXTINF:1.0,", "s0.ts", "#EXT-X-DISCONTINUITY", "#EXTINF:1.0,",
                               "s0.ts", "#EXTINF:1.0,", "s1.ts")),
    kind("dash.mpd", f"{H264} {AAC} -f dash -seg_duration 1", to="mp4"),
]

OTHERS = [
    kind("mpeg4_mp3.avi", f"{MPEG4} -c:a libmp3lame"),
    kind("packed.avi", "-c:v libxvid -bf 2 -g 25 -c:a libmp3lame -pix_fmt yuv420p"),
    kind("h264.avi", f"{H264} -c:a libmp3lame"),
    kind("mjpeg_pcm.avi", "-c:v mjpeg -c:a pcm_s16le"),
    kind("raw_bgr24.avi", "-c:v rawvideo -pix_fmt bgr24 -c:a pcm_s16le -t 0.5"),
    kind("huffyuv.avi", "-c:v huffyuv -pix_fmt yuv422p -an"),
    kind("utvideo.avi", "-c:v utvideo -pix_fmt gbrp -an"),
    kind("dv.avi", "-c:v dvvideo -pix_fmt yuv420p -c:a pcm_s16le -ac 2", size("720x576", seconds=1)),
    kind("drops.avi", f"-vf select='lt(mod(n\\,9)\\,5)' -fps_mode vfr {MPEG4} -c:a libmp3lame"),
    kind("msmpeg4_adpcm.avi", "-c:v msmpeg4 -pix_fmt yuv420p -c:a adpcm_ms"),
    kind("h264_aac.flv", f"{H264} {AAC}"),
    kind("flv1_mp3.flv", "-c:v flv -pix_fmt yuv420p -c:a libmp3lame -ar 44100"),
    kind("wmv2_wmav2.wmv", "-c:v wmv2 -pix_fmt yuv420p -c:a wmav2"),
    kind("mpeg1_mp2.mpg", "-c:v mpeg1video -bf 2 -pix_fmt yuv420p -c:a mp2"),
    kind("mpeg2_ac3.vob", f"{MPEG2} -c:a ac3"),
    kind("twice.vob", f"{MPEG2} -c:a ac3", change=alter.twice),
    kind("lpcm.vob", f"{MPEG2} -c:a pcm_dvd -f vob"),
    kind("mpeg2_pcm.mxf", f"{MPEG2} -c:a pcm_s16le"),
    kind("h264.mxf", f"{H264} -c:a pcm_s24le"),
    kind("h264_aac.nut", f"{H264} {AAC}"),
    kind("theora_vorbis.ogv", "-c:v libtheora -g 25 -c:a libvorbis -pix_fmt yuv420p"),
    kind("rv20_ac3.rm", "-c:v rv20 -pix_fmt yuv420p -s 176x144 -c:a ac3"),
    kind("vp8.ivf", "-c:v libvpx -deadline realtime -an -pix_fmt yuv420p"),
    kind("raw.y4m", "-an -pix_fmt yuv420p"),
    kind("dv.dv", "-c:v dvvideo -pix_fmt yuv420p -c:a pcm_s16le -ac 2", size("720x576", seconds=1)),
    kind("mpeg2.m2v", f"{MPEG2} -an"),
    kind("mpeg4.m4v", f"{MPEG4} -bf 2 -an"),
    kind("h264.h264", f"{H264} -an"),
    kind("h264_no_b.h264", "-c:v libx264 -preset ultrafast -bf 0 -an -pix_fmt yuv420p"),
    kind("hevc.hevc", f"{HEVC} -an"),
    kind("av1.obu", "-t 1 -c:v libsvtav1 -preset 12 -an -pix_fmt yuv420p"),
    kind("mjpeg.mjpeg", "-c:v mjpeg -an"),
    kind("pictures.gif", "-vf fps=10 -an"),
    kind("drops.gif", "-vf select='lt(mod(n\\,9)\\,2)' -fps_mode vfr -an"),
    kind("loops.gif", "-vf fps=10 -an -loop 3"),
    kind("apng.apng", "-t 1 -plays 0 -an"),
    kind("apng_alpha.apng", "-vf format=rgba,colorchannelmixer=aa=0.5 -t 1 -plays 2 -an"),
    kind("pal8.avi", "-vf palettegen=stats_mode=single -c:v rawvideo -pix_fmt bgra -an -t 0.2"),
    kind("monob.mov", "-vf format=monow -c:v rawvideo -pix_fmt monow -an"),
]

SOUNDS = [
    kind("sound.wav", "-c:a pcm_s16le", ""),
    kind("float.wav", "-c:a pcm_f32le", ""),
    kind("surround.wav", "-c:a pcm_s24le -ac 6", ""),
    kind("sound.w64", "-c:a pcm_s16le", "", to="wav"),
    kind("sound.aiff", "-c:a pcm_s16be", ""),
    kind("sound.au", "-c:a pcm_s16be", ""),
    kind("sound.flac", "-c:a flac", ""),
    kind("cover.flac", "-map 0 -map 1 -c:a flac -disposition:v attached_pic", inputs="-i ../cover.png",
         also="-map 0:v?"),
    kind("sound.opus", "-c:a libopus", ""),
    kind("vorbis.ogg", "-c:a libvorbis", ""),
    kind("sound.mp3", "-c:a libmp3lame -metadata title='Lied; Nr. 1'", ""),
    kind("cover.mp3", "-map 0 -map 1 -c:a libmp3lame", inputs="-i ../cover.png", also="-map 0:v?"),
    kind("sound.m4a", AAC, ""),
    kind("alac.m4a", "-c:a alac", ""),
    kind("sound.aac", AAC, ""),
    kind("sound.ac3", "-c:a ac3", ""),
    kind("sound.mka", "-c:a libopus", ""),
    kind("sound.wma", "-c:a wmav2", ""),
    kind("sound.wv", "-c:a wavpack", ""),
    kind("sound.tta", "-c:a tta", "", to="mka"),
    kind("sound.caf", "-c:a pcm_s16be", ""),
    kind("sound.mp2", "-c:a mp2", ""),
    kind("mulaw.wav", "-c:a pcm_mulaw -ar 8000", ""),
    kind("adpcm.wav", "-c:a adpcm_ima_wav", ""),
]

IMAGES = [
    kind("series/%03d.png", "-an -frames:v 8", path="series/*.png", reader="image_reader",
         before="-pattern_type glob"),
    kind("gaps/%03d.png", "-an -frames:v 12", path="gaps/*.png", reader="image_reader",
         before="-pattern_type glob", change=alter.without("003.png", "004.png", "009.png")),
    kind("deep/%03d.png", "-an -frames:v 5 -pix_fmt rgb48be", path="deep/*.png",
         reader="image_reader", before="-pattern_type glob"),
    kind("jpeg/%03d.jpg", "-an -frames:v 8", path="jpeg/*.jpg", reader="image_reader",
         before="-pattern_type glob"),
    kind("tiff/%03d.tiff", "-an -frames:v 4 -pix_fmt rgba", path="tiff/*.tiff",
         reader="image_reader", before="-pattern_type glob"),
    kind("webp/%03d.webp", "-an -frames:v 4 -c:v libwebp", path="webp/*.webp",
         reader="image_reader", before="-pattern_type glob"),
]


def named(number, name):
    """A film whose name is a file name's trouble."""
    return kind(f"name_{number}.mp4", f"{H264} {AAC} -t 0.5", change=alter.rename(name), path=name,
                to="mkv")


NAMES = [named(number, name) for number, name in enumerate((
    "with some blanks.mp4", "100%d of 50%.mp4", "a:b:c.mp4", "-leading.mp4", "日本語 Straße.mp4",
    "x" * 246 + ".mp4", "quo'te\".mp4", "hash#and?query.mp4", "[a-z]*{b}.mp4", "back\\slash.mp4",
    "pipe|and;more.mp4", "two\nlines.mp4", "no_ending", "wrong_ending.avi", "http:film.mp4"), 1)]

ALL = MP4 + MOV + MATROSKA + TRANSPORT + PLAYLISTS + OTHERS + SOUNDS + IMAGES + NAMES


def prepare(folder):
    """Makes what several kinds have as an input."""
    with open(os.path.join(folder, "subtitles.srt"), "w", encoding="utf-8") as file:
        file.write("1\n00:00:00,200 --> 00:00:00,900\nWörter, <i>schräg</i>\n\n"
                   "2\n00:00:01,000 --> 00:00:01,600\ntwo\nlines\n")
    with open(os.path.join(folder, "chapters.txt"), "w", encoding="utf-8") as file:
        file.write(";FFMETADATA1\ntitle=Der Titel\n"
                   "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=700\ntitle=erstes\n"
                   "[CHAPTER]\nTIMEBASE=1/1000\nSTART=700\nEND=2000\ntitle=zweites \\; ß\n")
    with open(os.path.join(folder, "font.ttf"), "wb") as file:
        file.write(b"\0\1\0\0" + bytes(range(200)))
    alter.ffmpeg(["-f", "lavfi", "-i", "testsrc=size=32x32", "-frames:v", "1", "cover.png"], folder)


def make(one, folder):
    """Makes the file in a folder of its own; returns the path that is read; "": this ffmpeg cannot
    make it."""
    path = os.path.join(folder, one.name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    words = []
    for source in (one.pictures, one.sound):
        if source or not words:
            words += ["-f", "lavfi", "-i", source] if source else []
    words += shlex.split(one.inputs) + shlex.split(one.options)
    try:
        alter.ffmpeg([*words, one.name], folder)
        if one.change:
            one.change(path)
    except (OSError, alter.subprocess.CalledProcessError) as error:
        return "", str(getattr(error, "stderr", error))
    return os.path.join(folder, one.path or one.name), ""
