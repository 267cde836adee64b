/* SPDX-License-Identifier: MIT */
/* card.h - what a run shows to those who look for it: a small file in its folder.
 *
 * `run.json` is one JSON object: name, pid, flow (its absolute path, "-" for standard input), mode
 * ("batch" or "realtime"), since ("2026-01-31T12:00:00.000Z"), and log (its path, where the run writes to a
 * file). It is written once, before the run has a socket.
 */
#ifndef VF_ENGINE_RUN_CARD_H
#define VF_ENGINE_RUN_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/run/directory.h"

#define VF_RUN_NAME_SIZE 80 /* bytes of a run's name, with the NUL */

struct vf_run_card {
    char name[VF_RUN_NAME_SIZE];
    pid_t pid;
    char *flow;
    bool is_realtime;
    char since[VF_CLOCK_UTC_SIZE];
    char *log;    /* NULL: the run writes none by itself */
    char *folder; /* where the card is */
};

/* Whether a run can be called so: letters, digits, ".", "_" and "-", none of the last three at its
 * beginning, and not digits alone, which are a process id. Letters of any script will do. */
bool vf_run_name_is_valid(const char *name);

/* Makes the name that a run of this flow file has where nothing else is said: the file's, without
 * its folder and ending. */
void vf_run_name_of_flow(char name[VF_RUN_NAME_SIZE], const char *flow);

/* Writes the card of this process into the folder of its run. `card` has all but `folder`, which
 * becomes a copy of the folder's path. A name that another run has becomes unique by the process
 * id, unless it `is_asked` for: then the result is -EEXIST. Logs nothing. */
VF_MUST_CHECK int vf_run_card_publish(const struct vf_run_directory *directory,
                                      struct vf_run_card *card, bool is_asked);

/* Removes the card that this process has published: nobody finds the run any more. */
void vf_run_card_withdraw(const struct vf_run_card *card);

/* Frees what a card holds. */
void vf_run_card_finish(struct vf_run_card *card);

/* Starts as {0}. */
struct vf_run_cards {
    struct vf_run_card *items;
    size_t count;
    bool failed; /* memory was short: some may be missing */
};

/* Collects the cards of all runs of this user that are not over, the oldest first. */
void vf_run_cards_collect(struct vf_run_cards *cards);
void vf_run_cards_finish(struct vf_run_cards *cards);

#endif
