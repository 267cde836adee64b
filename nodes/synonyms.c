/* SPDX-License-Identifier: MIT */
#include "nodes/synonyms.h"

#include "engine/base/array.h"

/* Where several rows have a word, the first is what it usually means. */
static const struct vf_synonym synonyms[] = {
    {"int_source", "counter integers numbers range sequence seq"},
    {"test_source", "testsrc testsrc2 videotestsrc audiotestsrc lavfi generate generator pattern "
                    "bars smptebars demo sine"},
    {"video_reader",
     "reader read input source src open decode decoder demux file filesrc filesource "
     "video stream rtsp rtmp hls udp srt camera ipcam url uridecodebin mp4 "
     "video_source video_file probe"},
    {"folder_reader", "folder directory dir videos files batch"},
    {"image_reader", "images pictures photos image2 png jpg jpeg still multifilesrc read_images "
                     "slideshow"},
    {"device_reader", "webcam device v4l2 v4l2src avfoundation dshow screen screenshot capture "
                      "grab x11grab usb"},
    {"zmq_in", "zmq_source zmq_reader zmq_sub zmq_pull subscribe pull receive"},
    {"motion", "movement motion_detector motion_detection movedetect background_subtraction "
               "backgroundsubtractor mog mog2 alarm"},
    {"scene", "scenes shot shots shot_detection scene_detect scenedetect scdet cut cuts fade fades "
              "chapters keyframes"},
    {"watch", "monitor blackdetect freezedetect silencedetect ebur128 black frozen silence quality "
              "check_stream supervise"},
    {"detect",
     "detector yolo ssd detr onnx onnxruntime model inference infer nn dnn object_detection "
     "classify classifier segment ocr"},
    {"cascade", "face faces haar lbp viola_jones cascade_classifier cascadeclassifier facedetect "
                "face_detection haarcascade licence_plate license_plate"},
    {"convert_boxes",
     "xywh xyxy yxyx cxcywh ltwh relative normalized normalised box_format bbox_format "
     "columns"},
    {"track", "tracker sort bytetrack botsort follow kalman mot association"},
    {"count_lines", "line_counter line_zone line_crossing tripwire footfall people_counter"},
    {"zones", "zone polygon area region_counter occupancy dwell loiter loitering intrusion"},
    {"speed", "velocity radar kmh speedometer speed_camera homography"},
    {"identity", "pass passthrough copy null nop noop tee queue throttle"},
    {"every", "skip subsample sample decimate thin nth select framestep"},
    {"retime", "setpts slow slowmotion fast timelapse tempo"},
    {"delay", "shift lag previous"},
    {"window", "buffer collect stack_frames batcher sliding"},
    {"joiner", "join zip combine merge pair"},
    {"crop", "cut roi region cutout extract"},
    {"convert", "format pixfmt pix_fmt pixel_format colorspace colourspace grayscale gray grey "
                "videoconvert cvtcolor"},
    {"mask", "alpha stencil cutout_mask apply_mask"},
    {"resize", "scale size scaler rescale shrink zoom downscale upscale resolution thumbnail "
               "videoscale"},
    {"filter", "lavfi vf avfilter libavfilter filtergraph rotate flip hflip vflip transpose pad "
               "denoise sharpen deinterlace yadif fade eq lut"},
    {"overlay", "composite logo watermark pip picture_in_picture blend"},
    {"tile", "grid mosaic hstack vstack xstack stack wall montage multiview compositor quad "
             "contact_sheet"},
    {"rate", "fps framerate frame_rate cfr videorate resample_video"},
    {"hold", "freeze keepalive keep_alive placeholder slate"},
    {"sound_filter", "af audio_filter sound audio aresample atempo equalizer equaliser highpass "
                     "lowpass"},
    {"volume", "gain loud quiet mute"},
    {"loudness", "loudnorm normalize normalise ebur128 r128 compressor dynaudnorm"},
    {"mix", "amix audio_mix mixer audiomixer amerge sound_mix"},
    {"draw_boxes", "boxes draw bbox bounding_boxes rectangles drawbox annotate detections "
                   "rectangle"},
    {"draw_tracks", "tracks trails paths tracking"},
    {"draw_masks", "masks segmentation segments_masks tint"},
    {"draw_shapes", "draw_lines draw_zones draw_polygon polygons polylines draw_line"},
    {"draw_text", "text drawtext caption title timestamp clock label subtitle_text textoverlay "
                  "write_text"},
    {"blur_boxes", "blur pixelate anonymize anonymise redact privacy censor mosaic_boxes"},
    {"sum", "add plus total accumulate"},
    {"product", "multiply times mul"},
    {"count", "number tally counting"},
    {"min", "minimum smallest"},
    {"max", "maximum largest"},
    {"print", "echo show log stdout dump debug console fakesink_verbose"},
    {"file_append", "csv json jsonl append csv_writer json_writer write_csv write_json table "
                    "data_writer"},
    {"metadata_log", "metadata latency stats timing timings profile"},
    {"mqtt_out", "mqtt mosquitto mqtt_publish mqtt_sink broker home_assistant homeassistant hass "
                 "sensor iot"},
    {"nats_out", "nats jetstream nats_publish nats_pub message_bus subject"},
    {"webhook", "http https post notify curl request rest callback api"},
    {"video_writer", "writer write output sink save encode encoder mux muxer h264 h265 hevc x264 "
                     "x265 libx264 libx265 av1 vp9 filesink record recorder transcode segment "
                     "segments restream publish video_sink video_out ffmpeg"},
    {"image_writer", "save_images snapshot frames images_out write_images imwrite jpegenc pngenc "
                     "multifilesink frame_writer picture_writer thumbnails"},
    {"dataset_writer", "dataset data_set training annotations coco yolo ultralytics label labels "
                       "crops export"},
    {"zmq_out", "zmq_sink zmq_writer zmq_pub zmq_push zmq push send program"},
    {"process", "program command exec shell plugin external rust go"},
    {"python", "py numpy opencv cv2 torch pytorch tensorflow onnx detector inference model "
               "function script appsink"},
    {"void", "discard devnull fakesink trash drop nullsink ignore"},
};

const struct vf_synonym_list vf_node_synonyms = VF_LIST(synonyms);
