/* SPDX-License-Identifier: MIT */
/* node_table.h - every node there is, and the module it is in.
 *
 * In the order of `vflow list`. A new node is its file, nodes/FOLDER/NAME.c, and one line here:
 * NODE(MODULE, NAME). `core` is the program itself; a flow loads the other modules when it names
 * one of their nodes, and with them the libraries that the Makefile lists for the module.
 */
#ifndef VF_NODES_NODE_TABLE_H
#define VF_NODES_NODE_TABLE_H

#define VF_EACH_NODE(NODE)         \
    NODE(core, int_source)         \
    NODE(picture, test_source)     \
    NODE(container, video_reader)  \
    NODE(container, folder_reader) \
    NODE(container, image_reader)  \
    NODE(device, device_reader)    \
    NODE(peer, zmq_in)             \
    NODE(core, run_events)         \
    NODE(core, identity)           \
    NODE(core, every)              \
    NODE(picture, retime)          \
    NODE(core, delay)              \
    NODE(picture, window)          \
    NODE(core, joiner)             \
    NODE(picture, crop)            \
    NODE(picture, convert)         \
    NODE(container, mask)          \
    NODE(picture, resize)          \
    NODE(filter, filter)           \
    NODE(filter, overlay)          \
    NODE(picture, tile)            \
    NODE(picture, rate)            \
    NODE(picture, hold)            \
    NODE(sound, sound_filter)      \
    NODE(sound, volume)            \
    NODE(sound, loudness)          \
    NODE(sound, mix)               \
    NODE(draw, draw_boxes)         \
    NODE(draw, draw_tracks)        \
    NODE(draw, draw_masks)         \
    NODE(draw, draw_objects)       \
    NODE(draw, draw_shapes)        \
    NODE(draw, draw_text)          \
    NODE(draw, blur_boxes)         \
    NODE(picture, motion)          \
    NODE(picture, scene)           \
    NODE(filter, watch)            \
    NODE(model, detect)            \
    NODE(cascade, cascade)         \
    NODE(model, recognize)         \
    NODE(core, convert_boxes)      \
    NODE(core, track)              \
    NODE(core, count_lines)        \
    NODE(core, zones)              \
    NODE(core, speed)              \
    NODE(core, sum)                \
    NODE(core, product)            \
    NODE(core, count)              \
    NODE(core, min)                \
    NODE(core, max)                \
    NODE(core, print)              \
    NODE(core, file_append)        \
    NODE(core, metadata_log)       \
    NODE(http, webhook)            \
    NODE(mqtt, mqtt_out)           \
    NODE(nats, nats_out)           \
    NODE(container, video_writer)  \
    NODE(codec, image_writer)      \
    NODE(codec, dataset_writer)    \
    NODE(peer, zmq_out)            \
    NODE(picture, process)         \
    NODE(picture, python)          \
    NODE(core, void)

#endif
