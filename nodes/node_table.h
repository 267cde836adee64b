/* SPDX-License-Identifier: MIT */
/* node_table.h - every node there is, and the module it is in.
 *
 * In the order `vflow list` shows them. A new node is one line here: NODE(MODULE, NAME). Those of
 * the core are in the program itself; the others are in loadable modules, by the libraries that
 * they need, so that a flow loads only what it uses. The Makefile says what else is in a module,
 * and takes from here which nodes are.
 */
#ifndef VF_NODES_NODE_TABLE_H
#define VF_NODES_NODE_TABLE_H

#define VF_EACH_NODE(NODE)         \
    NODE(core, int_source)         \
    NODE(codec, test_source)       \
    NODE(container, video_reader)  \
    NODE(container, folder_reader) \
    NODE(container, image_reader)  \
    NODE(device, device_reader)    \
    NODE(frame, zmq_in)            \
    NODE(core, identity)           \
    NODE(core, every)              \
    NODE(frame, retime)            \
    NODE(core, delay)              \
    NODE(frame, window)            \
    NODE(core, joiner)             \
    NODE(frame, crop)              \
    NODE(frame, convert)           \
    NODE(container, mask)          \
    NODE(frame, resize)            \
    NODE(filter, filter)           \
    NODE(filter, overlay)          \
    NODE(frame, tile)              \
    NODE(frame, rate)              \
    NODE(text, draw_boxes)         \
    NODE(text, draw_tracks)        \
    NODE(frame, draw_masks)        \
    NODE(text, draw_text)          \
    NODE(frame, blur_boxes)        \
    NODE(core, sum)                \
    NODE(core, product)            \
    NODE(core, count)              \
    NODE(core, min)                \
    NODE(core, max)                \
    NODE(core, print)              \
    NODE(core, file_append)        \
    NODE(core, metadata_log)       \
    NODE(http, webhook)            \
    NODE(container, video_writer)  \
    NODE(codec, image_writer)      \
    NODE(frame, zmq_out)           \
    NODE(core, void)

#endif
