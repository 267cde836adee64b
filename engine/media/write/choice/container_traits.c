/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/container_traits.h"

#include <libavformat/avformat.h>
#include <libavutil/avstring.h>

#include "engine/base/array.h"

/* H.264 and AAC are what these are used with, whatever libav says. */
#define USUAL_CODECS .video = AV_CODEC_ID_H264, .sound = AV_CODEC_ID_AAC

/* Some players like a tick of one frame better, so libav counts frames; but they keep any time. */
#define MP4 \
    .is_mp4 = true, .is_for_players = true, .keeps_times = true, .text = AV_CODEC_ID_MOV_TEXT

#define HDR10 .holds_display = true, .holds_light = true

#define MPEGTS                                                                               \
    USUAL_CODECS,                                                                            \
        .says_in_band = true, .is_for_players = true,                                        \
        .holds_sound = "aac,aac_latm,mp1,mp2,mp3,ac3,eac3,dts,truehd,opus,s302m,pcm_bluray", \
        .holds_video = "h264,hevc,mpeg1video,mpeg2video,mpeg4,vc1,cavs,avs2,avs3,dirac,jpeg2000"

/* Raw frames in these have a code that tells their format. */
#define RAW_FORMATS "yuv420p,yuv422p,yuv410p,yuv411p,yuyv422,uyvy422,yvyu422,nv12,nv21,gray,rgba"

static const AVRational mxf_rates[] = {
    {24000, 1001}, {24, 1},       {25, 1}, {30000, 1001}, {30, 1},  {48, 1},
    {50, 1},       {60000, 1001}, {60, 1}, {100, 1},      {120, 1}, {0, 0},
};

/* A container is in one row. Codecs are listed where libavformat does not know, or says yes and
 * then fails, or writes what nobody can read. */
static const struct vf_container_traits known[] = {
    {.names = "mp4",
     MP4,
     HDR10,
     USUAL_CODECS,
     .has_index = true,
     .doubts = "flac,truehd,alac"}, /* few players know these */
    {.names = "ipod,f4v", MP4, USUAL_CODECS, .has_index = true, .doubts = "flac,truehd"},
    {.names = "psp", MP4, .has_index = true, .doubts = "flac,truehd,alac"},
    {.names = "3gp,3g2", MP4, .has_index = true},
    {.names = "mov",
     MP4,
     HDR10,
     USUAL_CODECS,
     .has_index = true,
     .raw_formats = "uyvy422,yuyv422,rgb24,bgr24,argb,abgr,rgba,bgra,rgb48be,gray16be,rgb555le,"
                    "rgb555be,rgb565le,rgb565be",
     .refuses = "opus,flac,truehd,vp8,vp9,av1"},
    {.names = "ismv", MP4, USUAL_CODECS, .doubts = "flac,truehd,alac"},
    {.names = "matroska",
     HDR10,
     .says_length = true,
     USUAL_CODECS,
     .text = AV_CODEC_ID_SUBRIP,
     .raw_formats = RAW_FORMATS ",yuvj420p,yuvj422p",
     .refuses = "a64_multi,a64_multi5"},
    {.names = "webm",
     HDR10,
     .says_length = true,
     .is_for_players = true,
     .text = AV_CODEC_ID_WEBVTT},
    {.names = "hls",
     USUAL_CODECS,
     .is_for_players = true,
     .is_followed = true,
     .keeps_times = true,
     .text = AV_CODEC_ID_WEBVTT,
     .holds_sound = "aac,mp1,mp2,mp3,ac3,eac3,dts,opus",
     .holds_video = "h264,hevc,mpeg1video,mpeg2video,mpeg4,vp9,av1"},
    {.names = "dash",
     USUAL_CODECS,
     .is_for_players = true,
     .is_followed = true,
     .keeps_times = true,
     .holds_sound = "aac,mp2,mp3,ac3,eac3,dts,vorbis,opus"},
    {.names = "rtsp,rtp,sap", USUAL_CODECS, .is_for_players = true, .keeps_times = true},
    {.names = "mpegts", MPEGTS},
    {.names = "rtp_mpegts", MPEGTS, .keeps_times = true},
    {.names = "flv", USUAL_CODECS, .is_for_players = true, .refuses = "pcm_s16be"},
    {.names = "avi",
     .refuses = "flac,dirac",
     .raw_formats = RAW_FORMATS ",bgr24,bgra,pal8,rgb555le"},
    /* Its time base is its frame rate. */
    {.names = "mxf,mxf_d10,mxf_opatom",
     .counts_frames = true,
     .rates = mxf_rates,
     .holds_display = true,
     .needs_end = true,
     .holds_sound = "pcm_s16le,pcm_s24le",
     .sample_rate = 48000},
    {.names = "mpeg,vob,svcd,vcd,dvd",
     .says_in_band = true,
     .holds_sound = "mp1,mp2,mp3,ac3,dts,pcm_dvd,pcm_s16be",
     .holds_video = "mpeg1video,mpeg2video,mpeg4,h264,hevc"},
    {.names = "spx", .holds_sound = "speex"},
    {.names = "opus", .holds_sound = "opus"},
    {.names = "ogg,oga,ogv", .holds_sound = "vorbis,opus,flac,speex", .holds_video = "theora,vp8"},
    /* It has tags for other codecs, which few players know. */
    {.names = "wav,w64",
     .holds_sound = "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw,"
                    "adpcm_ms,adpcm_ima_wav"},
    {.names = "gif", .holds_video = "gif", .most_frames = 50},
    {.names = "apng", .holds_video = "apng"},
    {.names = "webp", .is_one_packet = true},
    {.names = "yuv4mpegpipe", .holds_video = "wrapped_avframe"},
    {.names = "gxf,dv",
     .is_television = true,
     .needs_end = true,
     .holds_sound = "pcm_s16le",
     .sample_rate = 48000},
    {.names = "asf,asf_stream", .keeps_times = true, .needs_end = true, .raw_formats = RAW_FORMATS},
    {.names = "ivf,avif,smoothstreaming,hds,mpjpeg", .keeps_times = true},
    {.names = "nut", .raw_formats = "*"},
    {.names = "roq", .holds_video = "roq"},
    {.names = "image2,image2pipe,segment,tee", .is_no_file = true},
};

const struct vf_container_traits *vf_container_traits(const AVOutputFormat *container)
{
    static const struct vf_container_traits unknown = {.names = ""};
    for (size_t i = 0; i < VF_COUNT(known); i++) {
        if (av_match_name(container->name, known[i].names))
            return &known[i];
    }
    return &unknown;
}
