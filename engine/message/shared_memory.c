/* SPDX-License-Identifier: MIT */
#include "engine/message/shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Since Linux 5.1; older C libraries do not name it. */
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

static int init(struct vf_shared_memory *memory, const char *name, size_t size, int more_seals)
{
    int err;
    *memory = (struct vf_shared_memory){.size = size};
    memory->fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory->fd < 0)
        return -errno;
    if (ftruncate(memory->fd, (off_t)size) != 0)
        goto fail;
    void *bytes =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memory->fd, 0);
    if (bytes == MAP_FAILED)
        goto fail;
    memory->bytes = bytes;
    int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    if (fcntl(memory->fd, F_ADD_SEALS, seals | more_seals) != 0)
        goto fail;
    /* Frames would make a crash's core file enormous. */
    (void)madvise(bytes, size, MADV_DONTDUMP);
    return VF_OK;
fail:
    err = -errno;
    vf_shared_memory_finish(memory);
    return err;
}

int vf_shared_memory_init(struct vf_shared_memory *memory, const char *name, size_t size)
{
    return init(memory, name, size, F_SEAL_FUTURE_WRITE);
}

int vf_shared_memory_init_for_program(struct vf_shared_memory *memory, const char *name,
                                      size_t size)
{
    return init(memory, name, size, 0);
}

int vf_shared_memory_make_read_only(struct vf_shared_memory *memory)
{
    void *bytes = mmap(memory->bytes, memory->size, PROT_READ,
                       MAP_SHARED | MAP_NORESERVE | (memory->bytes ? MAP_FIXED : 0), memory->fd, 0);
    if (bytes == MAP_FAILED)
        return -errno;
    memory->bytes = bytes;
    return VF_OK;
}

void vf_shared_memory_close(struct vf_shared_memory *memory)
{
    if (memory->fd > 0)
        close(memory->fd);
    memory->fd = -1;
}

void vf_shared_memory_finish(struct vf_shared_memory *memory)
{
    if (memory->bytes)
        munmap(memory->bytes, memory->size);
    memory->bytes = NULL;
    vf_shared_memory_close(memory);
}
