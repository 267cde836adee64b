/* SPDX-License-Identifier: MIT */
/* run_link.h - finds a run and asks it, for the commands that look at runs or steer them.
 *
 *     struct vf_run_link link;
 *     enum vf_exit_status status = vf_run_link_open(&link, "detect");
 *     if (status != VF_EXIT_OK)
 *         return status;
 *     json_t *answer;
 *     int err = vf_run_link_ask(&link, json_pack("{ss}", "request", "status"), &answer);
 *     ...
 *     vf_run_link_close(&link);
 *
 * What a run can be asked stands in engine/process/requests.h.
 */
#ifndef VF_CMD_RUN_LINK_H
#define VF_CMD_RUN_LINK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/exit_status.h"
#include "engine/base/result.h"
#include "engine/process/control/answers.h"
#include "engine/run/card.h"

#define VF_RUN_LINK_PATIENCE_MS 5000 /* for an answer; a supervisor answers within milliseconds */

/* A connection to a run. Closed: {.fd = -1}. */
struct vf_run_link {
    struct vf_run_card card;
    int fd;
    int patience_ms;    /* for an answer; negative: any time */
    bool is_quiet;      /* what goes wrong is not logged */
    bool tells_silence; /* but that an answer is waited for is */
    bool has_told;      /* that it is */
    char problem[320];  /* what went wrong the last time */
    struct vf_control_answers answers;
};

/* Finds a run by its name or process id, or the only one there is (NULL), and connects to it. Logs
 * why it cannot, with the names there are, and returns VF_EXIT_USAGE where several runs could be
 * meant, else VF_EXIT_FAILED. */
enum vf_exit_status vf_run_link_open(struct vf_run_link *link, const char *run);

/* Connects to the run of a card, which it takes. Logs nothing. -ECONNREFUSED, -ENOENT: it is over
 * meanwhile. */
VF_MUST_CHECK int vf_run_link_open_card(struct vf_run_link *link, struct vf_run_card *card);

/* Asks, and gives the answer to the caller. Says after a second who does not answer, unless the
 * answer may take longer. Takes `request`. Returns VF_END where the run has ended
 * without an answer, -ETIMEDOUT, or -EINVAL where the run refuses; what is wrong has been logged,
 * but for VF_END. */
VF_MUST_CHECK int vf_run_link_ask(struct vf_run_link *link, json_t *request, json_t **answer);

/* The same where descriptors come with the answer: *count at most, which becomes how many. They are
 * the caller's to close. */
VF_MUST_CHECK int vf_run_link_ask_for_descriptors(struct vf_run_link *link, json_t *request,
                                                  json_t **answer, int *descriptors, size_t *count);

/* Waits until the supervisor's process is gone, for `patience_ms` at most. */
void vf_run_link_await_exit(const struct vf_run_link *link, int patience_ms);

/* Closes it. Does nothing when it is closed. */
void vf_run_link_close(struct vf_run_link *link);

#endif
