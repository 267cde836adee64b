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
    char *directory;   /* where it looks for the public keys of callers */
    unsigned admitted; /* how many there are */
};

int vf_wire_guard_make_keys(struct vf_wire_keys *keys)
{
    if (zmq_curve_keypair(keys->listener_public, keys->listener_secret) != 0 ||
        zmq_curve_keypair(keys->caller_public, keys->caller_secret) != 0)
        return -errno;
    return VF_OK;
}

/* Writes a certificate with a public key alone. */
static int write_certificate(const char *path, const char *public_key)
{
    byte key[32], nothing[32] = {0};
    zcert_t *certificate = zmq_z85_decode(key, public_key) ? zcert_new_from(key, nothing) : NULL;
    int err = certificate ? VF_OK : -ENOMEM;
    if (!err && zcert_save_public(certificate, path) != 0)
        err = -EIO;
    zcert_destroy(&certificate);
    return err;
}

int vf_wire_guard_publish(const struct vf_wire_keys *keys, const char *path)
{
    char *part = vf_text_format("%s.part", path);
    int err = part ? write_certificate(part, keys->listener_public) : -ENOMEM;
    if (!err && rename(part, path) != 0)
        err = -errno;
    free(part);
    return err;
}

int vf_wire_guard_read(const char *path, char public_key[VF_KEY_SIZE])
{
    zcert_t *certificate = access(path, R_OK) == 0 ? zcert_load(path) : NULL;
    if (!certificate)
        return -EBADMSG;
    snprintf(public_key, VF_KEY_SIZE, "%s", zcert_public_txt(certificate));
    zcert_destroy(&certificate);
    return VF_OK;
}

/* Leaves the key where the authenticator looks for it; a file more is noticed at once. */
int vf_wire_guard_admit(struct vf_wire_guard *guard, const char *public_key)
{
    char *path = vf_text_format("%s/caller%u", guard->directory, ++guard->admitted);
    int err = path ? write_certificate(path, public_key) : -ENOMEM;
    free(path);
    return err;
}

static int admit_all(struct vf_wire_guard *guard, const struct vf_wire_keys *keys)
{
    int err = VF_OK;
    /* A process of this task that died has left its folder; nobody else can make one there. */
    if (mkdir(guard->directory, S_IRWXU) != 0 && errno != EEXIST)
        return -errno;
    if (!keys->callers)
        return vf_wire_guard_admit(guard, keys->caller_public);
    for (size_t i = 0; !err && i < keys->caller_count; i++)
        err = vf_wire_guard_admit(guard, keys->callers[i]);
    return err;
}

int vf_wire_guard_create(struct vf_wire_guard **guard, const char *directory,
                         const struct vf_wire_keys *keys, void **context)
{
    *guard = calloc(1, sizeof(**guard));
    if (!*guard)
        return -ENOMEM;
    (*guard)->directory = strdup(directory);
    if (!(*guard)->directory) {
        vf_wire_guard_destroy(guard);
        return -ENOMEM;
    }
    zsys_handler_set(NULL); /* signals are the supervisor's business */
    *context = zsys_init();
    int err = *context ? admit_all(*guard, keys) : -errno;
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
    free((*guard)->directory);
    free(*guard);
    *guard = NULL;
}
