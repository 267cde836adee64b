/* SPDX-License-Identifier: MIT */
/* recap.h - what a sender says to a receiver where one of the two has another process.
 *
 * Where the ends of an edge share no memory, what a receiver had taken in goes with its process, and
 * what it had reported may go with the sender's. So a new process of a receiver asks for what it
 * has lost (acknowledgement.h): the sender sends all that is not done again, and then a recap, by which
 * the receiver knows that nothing else is to come before what is new. A new process of a sender
 * sends a recap by itself. Whoever gets one reports everything again.
 */
#ifndef VF_ENGINE_EDGE_REMOTE_RECAP_H
#define VF_ENGINE_EDGE_REMOTE_RECAP_H

#include <stdint.h>

#define VF_RECAP_MAGIC 0x70616372u /* "rcap" */

struct vf_recap {
    uint32_t magic;
    uint32_t edge;
    uint64_t process;  /* of the receiver, as far as the sender knows (struct vf_inbox_page) */
    uint64_t sequence; /* up to which messages have been sent */
    uint64_t data;     /* those up to there that are data */
    uint64_t count;    /* those up to there that are not done */
};

#endif
