/* SPDX-License-Identifier: MIT */
#include "engine/wire/guard/guard.h"

#include <czmq.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/base/log.h"
#include "engine/base/text.h"

struct vf_wire_guard {
    zactor_t *authenticator;
};

int vf_wire_guard_make_keys(struct vf_wire_keys *keys)
{
    if (zmq_curve_keypair(keys->listener_public, keys->listener_secret) != 0 ||
        zmq_curve_keypair(keys->caller_public, keys->caller_secret) != 0)
        return -errno;
    return VF_OK;
}

static zcert_t *new_certificate(const struct vf_wire_keys *keys)
{
    byte public_key[32], secret_key[32];
    if (!zmq_z85_decode(public_key, keys->caller_public) ||
        !zmq_z85_decode(secret_key, keys->caller_secret))
        return NULL;
    return zcert_new_from(public_key, secret_key);
}

/* Leaves the caller's public key where the authenticator looks for it. */
static int write_certificate(const char *directory, const struct vf_wire_keys *keys)
{
    char *path = vf_text_format("%s/caller", directory);
    zcert_t *certificate = path ? new_certificate(keys) : NULL;
    int err = certificate ? VF_OK : -ENOMEM;
    /* A process of this task that died has left its folder; nobody else can make one there. */
    if (!err && mkdir(directory, S_IRWXU) != 0 && errno != EEXIST)
        err = -errno;
    if (!err && zcert_save_public(certificate, path) != 0)
        err = -EIO;
    zcert_destroy(&certificate);
    free(path);
    return err;
}

int vf_wire_guard_create(struct vf_wire_guard **guard, const char *directory,
                         const struct vf_wire_keys *keys, void **context)
{
    *guard = calloc(1, sizeof(**guard));
    if (!*guard)
        return -ENOMEM;
    zsys_handler_set(NULL); /* signals are the supervisor's business */
    *context = zsys_init();
    int err = *context ? write_certificate(directory, keys) : -errno;
    if (!err) {
        (*guard)->authenticator = zactor_new(zauth, NULL);
        if (!(*guard)->authenticator ||
            zstr_sendx((*guard)->authenticator, "CURVE", directory, NULL) != 0 ||
            zsock_wait((*guard)->authenticator) != 0)
            err = -EIO;
    }
    if (err) {
        vf_log(VF_LOG_ERROR, "cannot guard the sockets with keys: %s", strerror(-err));
        vf_wire_guard_destroy(guard);
    }
    return err;
}

void vf_wire_guard_destroy(struct vf_wire_guard **guard)
{
    if (!*guard)
        return;
    zactor_destroy(&(*guard)->authenticator);
    zsys_shutdown();
    free(*guard);
    *guard = NULL;
}
