/* SPDX-License-Identifier: MIT */
/* Takes arbitrary bytes for a pickle. What is read is written in every protocol, read again, and
 * has to be the same bytes when it is written again. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/wire/python/pickle/pickle.h"
#include "nodes/peer/plain_json.h"

#define MOST_VALUES 20000 /* more only cost time */

static void read_again(const struct vf_text *pickle, int protocol)
{
    struct vf_plain_tree *tree;
    struct vf_text again = {0};
    if (vf_pickle_read(&tree, pickle->bytes, pickle->length, NULL, NULL) != VF_OK ||
        vf_pickle_write(&again, tree, protocol, NULL) != VF_OK)
        abort();
    if (again.length != pickle->length || memcmp(again.bytes, pickle->bytes, again.length) != 0)
        abort();
    vf_text_finish(&again);
    vf_plain_tree_destroy(&tree);
}

/* A bytearray, and an integer without end, are beyond old protocols. */
static void write_pickle(const struct vf_plain_tree *tree, int protocol)
{
    struct vf_text pickle = {0};
    int err = vf_pickle_write(&pickle, tree, protocol, NULL);
    if (err == VF_OK)
        read_again(&pickle, protocol);
    else if (err != -EINVAL || protocol == VF_PICKLE_HIGHEST_PROTOCOL)
        abort();
    vf_text_finish(&pickle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vf_pickle_limits limits = {.values = MOST_VALUES};
    struct vf_complaint complaint = {""};
    struct vf_plain_tree *tree;
    int err = vf_pickle_read(&tree, data, size, &limits, &complaint);
    if ((err == VF_OK) != (tree != NULL) || (err != VF_OK) != (complaint.text[0] != '\0'))
        abort();
    if (err)
        return 0;
    struct vf_text json = {0};
    for (int protocol = 0; protocol <= VF_PICKLE_HIGHEST_PROTOCOL; protocol++)
        write_pickle(tree, protocol);
    unsigned changes = 0;
    (void)!vf_plain_to_json(&json, vf_plain_root(tree), MOST_VALUES, &changes, &complaint);
    vf_text_finish(&json);
    vf_plain_tree_destroy(&tree);
    return 0;
}
