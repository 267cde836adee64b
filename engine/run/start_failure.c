/* SPDX-License-Identifier: MIT */
#include "engine/run/start_failure.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "engine/base/log.h"
#include "engine/base/text.h"

#define MB (1 << 20)

static bool has_limit(int resource, rlim_t *soft)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return false;
    *soft = limit.rlim_cur;
    return true;
}

/* Adds which limit of this process may be the reason. */
static void add_limit(struct vf_text *text, const struct vf_start_attempt *attempt, int err)
{
    rlim_t limit;
    if (err == -EMFILE && has_limit(RLIMIT_NOFILE, &limit)) {
        vf_text_print(text, "; at most %llu files may be open", (unsigned long long)limit);
        if (attempt->descriptors)
            vf_text_print(text, ", and the run needs some %zu", attempt->descriptors);
        vf_text_print(text, ": raise that limit (ulimit -n)");
    } else if (err == -ENFILE) {
        vf_text_print(text, "; the whole machine has too many files open (fs.file-max)");
    } else if (err == -ENOMEM && has_limit(RLIMIT_AS, &limit)) {
        vf_text_print(text, "; the address space is limited to %llu MB: raise that (ulimit -v)",
                      (unsigned long long)limit / MB);
    } else if (err == -EFBIG && has_limit(RLIMIT_FSIZE, &limit)) {
        vf_text_print(text,
                      "; files, and shared memory with them, are limited to %llu bytes: raise that "
                      "(ulimit -f)",
                      (unsigned long long)limit);
    } else if (err == -EAGAIN) {
        vf_text_print(text, "; processes or threads are short: see ulimit -u, and the limit of "
                            "the control group or container (docker run --pids-limit)");
    } else if (err == -ENOSYS || err == -EPERM || err == -EACCES) {
        vf_text_print(
            text,
            "; the kernel does not have %s, or the seccomp profile of a container refuses "
            "it",
            attempt->call);
    }
}

int vf_start_failure(const struct vf_start_attempt *attempt, int err)
{
    struct vf_text text = {0};
    vf_text_print(&text, "cannot %s%s%s: %s", attempt->purpose, attempt->name ? " of " : "",
                  attempt->name ? attempt->name : "", strerror(-err));
    add_limit(&text, attempt, err);
    vf_log(VF_LOG_ERROR, "%s", text.failed ? strerror(-err) : text.bytes);
    vf_text_finish(&text);
    return err;
}
