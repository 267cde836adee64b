/* SPDX-License-Identifier: MIT */
/* media_fixture.h - pictures and sound that the nodes make themselves, and files of them. */
#ifndef VF_TESTS_UNIT_SUPPORT_MEDIA_FIXTURE_H
#define VF_TESTS_UNIT_SUPPORT_MEDIA_FIXTURE_H

#include <check.h>

#include "nodes/all_nodes.h"
#include "tests/unit/support/node_bench.h"

#define VF_VIDEO 0
#define VF_AUDIO 1

/* What makes the pictures, and the node under test. */
extern struct vf_bench media_source, media_bench;

/* A checked fixture: a scratch folder, and benches that are finished after a test. */
void media_setup(void);
void media_teardown(void);

/* Returns a node, which must exist. */
const struct vf_node *media_node(const char *name);

/* Names a file of the scratch folder. Lends the name until the next call. */
const char *media_path(const char *name);
bool media_exists(const char *name);

/* Makes `frames` pictures, with their sound, instead of those before. */
void media_make(const char *frames, const char *size, const char *format);

/* Numbers the pictures that have been made, as those of a producer are. */
void media_number(uint32_t stream);

/* Lends picture `i` that has been made, or what the node under test has answered. */
struct vf_message *media_made(unsigned i);
const struct vf_message *media_answer(unsigned i);

/* Feeds all of it to the node under test. */
int media_feed_all(void);

/* Opens a writer, with both inputs connected; writes what has been made into a file. */
void media_open_writer(const char *name, const char *codec);
void media_write(const char *name, const char *codec);

/* Reads a file to its end. Returns what the reader ended with. */
int media_read(const char *name, const char *start, const char *duration, const char *frames);

/* Opens a writer of picture files with a name such as "{seq}.png". */
int media_open_pictures(const char *name, const char *quality);

/* Feeds the pictures that have been made to the node under test, up to the first failure. */
int media_feed_pictures(void);

/* Makes pictures, and writes them to such files. */
void media_write_pictures(const char *frames, const char *size, const char *format,
                          const char *name);

/* A file's bytes, and a file of text. */
int64_t media_size(const char *name);
void media_write_text(const char *name, const char *text);

/* Compare pictures by what of them is to be seen. */
bool media_is_same_row(const struct vf_message *a, const struct vf_message *b, unsigned plane,
                       unsigned row);
void media_check_same(const struct vf_message *a, const struct vf_message *b);

/* Frame `first` of what was made must be the first that was read, and so on, `count` of them. */
void media_check_read(unsigned first, unsigned count);

#endif
