/* SPDX-License-Identifier: MIT */
/* guard_loader - the guard of the wires, as the program has it: in a module, for a run over TCP. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/program/loader.h"
#include "engine/base/log.h"
#include "engine/wire/guard/guard.h"

/* A function's address comes as that of an object, which C does not convert. */
static bool find_function(const char *name, void *place)
{
    const char *problem;
    void *address = vf_loader_find("guard", name, &problem);
    memcpy(place, &address, sizeof(address));
    if (!address)
        vf_log(VF_LOG_ERROR, "the module guard, for TCP, cannot be loaded: %s", problem);
    return address != NULL;
}

int vf_wire_guard_make_keys(struct vf_wire_keys *keys)
{
    int (*make_keys)(struct vf_wire_keys *);
    return find_function(__func__, &make_keys) ? make_keys(keys) : -ELIBACC;
}

int vf_wire_guard_create(struct vf_wire_guard **guard, const char *directory,
                         const struct vf_wire_keys *keys, void **context)
{
    int (*create)(struct vf_wire_guard **, const char *, const struct vf_wire_keys *, void **);
    *guard = NULL;
    return find_function(__func__, &create) ? create(guard, directory, keys, context) : -ELIBACC;
}

int vf_wire_guard_admit(struct vf_wire_guard *guard, const char *public_key)
{
    int (*admit)(struct vf_wire_guard *, const char *);
    return find_function(__func__, &admit) ? admit(guard, public_key) : -ELIBACC;
}

int vf_wire_guard_publish(const struct vf_wire_keys *keys, const char *path)
{
    int (*publish)(const struct vf_wire_keys *, const char *);
    return find_function(__func__, &publish) ? publish(keys, path) : -ELIBACC;
}

int vf_wire_guard_read(const char *path, char public_key[VF_KEY_SIZE])
{
    int (*read_key)(const char *, char *);
    return find_function(__func__, &read_key) ? read_key(path, public_key) : -ELIBACC;
}

void vf_wire_guard_destroy(struct vf_wire_guard **guard)
{
    void (*destroy)(struct vf_wire_guard **);
    if (*guard && find_function(__func__, &destroy))
        destroy(guard);
}
