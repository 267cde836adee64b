/* SPDX-License-Identifier: MIT */
/* guard_loader - the guard of the wires, as the program has it: in a module, for a run over TCP. */
#include <errno.h>

#include "cmd/program/loader.h"
#include "engine/wire/guard/guard.h"

static const struct vf_module module = {"guard", "TCP", VF_LOG_ERROR};

int vf_wire_guard_make_keys(struct vf_wire_keys *keys)
{
    int (*make_keys)(struct vf_wire_keys *);
    return vf_loader_find_function(&module, __func__, &make_keys) ? make_keys(keys) : -ELIBACC;
}

int vf_wire_guard_create(struct vf_wire_guard **guard, const char *directory,
                         const struct vf_wire_keys *keys, void **context)
{
    int (*create)(struct vf_wire_guard **, const char *, const struct vf_wire_keys *, void **);
    *guard = NULL;
    return vf_loader_find_function(&module, __func__, &create)
               ? create(guard, directory, keys, context)
               : -ELIBACC;
}

int vf_wire_guard_admit(struct vf_wire_guard *guard, const char *public_key)
{
    int (*admit)(struct vf_wire_guard *, const char *);
    return vf_loader_find_function(&module, __func__, &admit) ? admit(guard, public_key) : -ELIBACC;
}

int vf_wire_guard_publish(const struct vf_wire_keys *keys, const char *path)
{
    int (*publish)(const struct vf_wire_keys *, const char *);
    return vf_loader_find_function(&module, __func__, &publish) ? publish(keys, path) : -ELIBACC;
}

int vf_wire_guard_read(const char *path, char public_key[VF_KEY_SIZE])
{
    int (*read_key)(const char *, char *);
    return vf_loader_find_function(&module, __func__, &read_key) ? read_key(path, public_key)
                                                                 : -ELIBACC;
}

void vf_wire_guard_destroy(struct vf_wire_guard **guard)
{
    void (*destroy)(struct vf_wire_guard **);
    if (*guard && vf_loader_find_function(&module, __func__, &destroy))
        destroy(guard);
}
