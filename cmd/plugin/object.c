/* SPDX-License-Identifier: MIT */
#include "cmd/plugin/object.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/node/plugin_check.h"

#define TABLE "vf_plugin"
#define OURS "vf_"   /* begins the names of vflow's own symbols */
#define HEAD_SIZE 20 /* bytes of a file that tell the machine it is for */

struct object {
    int fd;
    Elf *elf;
    uint64_t size;
    uint64_t table; /* the address of TABLE; 0: there is none */
    char *problem;
    size_t problem_size;
};

static int refuse(const struct object *object, const char *format, ...) VF_PRINTF(2, 3);

static int refuse(const struct object *object, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(object->problem, object->problem_size, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static int open_file(struct object *object, const char *path)
{
    struct stat status;
    object->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (object->fd < 0 || fstat(object->fd, &status) != 0)
        return refuse(object, "cannot be read: %s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return refuse(object, "no file: name a shared object, such as ./nodes.so");
    object->size = (uint64_t)status.st_size;
    return VF_OK;
}

/* Reads the class, the order of bytes and the machine: for whom a file was built. */
static bool read_machine(int fd, unsigned char machine[4])
{
    unsigned char head[HEAD_SIZE];
    if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
        return false;
    machine[0] = head[EI_CLASS];
    machine[1] = head[EI_DATA];
    memcpy(machine + 2, head + 18, 2);
    return memcmp(head, ELFMAG, SELFMAG) == 0;
}

static bool is_for_this_machine(const struct object *object)
{
    unsigned char theirs[4], ours[4];
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    bool is_known = self >= 0 && read_machine(self, ours) && read_machine(object->fd, theirs);
    if (self >= 0)
        close(self);
    return is_known && memcmp(theirs, ours, sizeof(ours)) == 0;
}

static int check_kind(const struct object *object)
{
    GElf_Ehdr head;
    if (!object->elf || elf_kind(object->elf) != ELF_K_ELF || !gelf_getehdr(object->elf, &head))
        return refuse(object, "no shared object: build one by cc -shared -fPIC");
    if (head.e_type == ET_REL)
        return refuse(object, "an object file: link it, by cc -shared");
    if (head.e_type != ET_DYN)
        return refuse(object, "no shared object: build one by cc -shared -fPIC");
    if (!is_for_this_machine(object))
        return refuse(object, "built for another machine: build it for this one");
    return VF_OK;
}

/* What is loaded from a file that has been cut off kills who touches it. */
static int check_length(const struct object *object)
{
    size_t count = 0;
    GElf_Ehdr head;
    if (!gelf_getehdr(object->elf, &head))
        return refuse(object, "damaged: build it again");
    uint64_t sections = (uint64_t)head.e_shnum * head.e_shentsize;
    if (head.e_shoff > object->size || sections > object->size - head.e_shoff)
        return refuse(object, "cut off: copy or build it again");
    if (elf_getphdrnum(object->elf, &count) != 0)
        return refuse(object, "damaged: build it again");
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr part;
        if (!gelf_getphdr(object->elf, (int)i, &part))
            return refuse(object, "damaged: build it again");
        if (part.p_type == PT_LOAD &&
            (part.p_offset > object->size || part.p_filesz > object->size - part.p_offset))
            return refuse(object, "cut off: copy or build it again");
    }
    return VF_OK;
}

static int find_table(struct object *object, const char *name, const GElf_Sym *symbol)
{
    if (symbol->st_shndx != SHN_UNDEF && strcmp(name, TABLE) == 0)
        object->table = symbol->st_value;
    return VF_OK;
}

/* What a plugin may use, it takes from the program, and uses no more. Looked at after the version: a
 * later one may have more. */
static int check_use(struct object *object, const char *name, const GElf_Sym *symbol)
{
    bool is_own = symbol->st_shndx != SHN_UNDEF;
    if (strncmp(name, OURS, strlen(OURS)) != 0 || is_own != vf_plugin_may_use(name))
        return VF_OK;
    if (is_own)
        return refuse(object,
                      "it has a copy of vflow's own library, with %s: link it with what "
                      "pkg-config --libs vflow says",
                      name);
    return refuse(object, "it uses %s, which is not there for plugins: vflow-node(3) lists what is",
                  name);
}

static int each_symbol(struct object *object,
                       int (*look)(struct object *, const char *, const GElf_Sym *))
{
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(object->elf, section))) {
        GElf_Shdr head;
        if (!gelf_getshdr(section, &head) || head.sh_type != SHT_DYNSYM)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        GElf_Sym symbol;
        for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
            const char *name = elf_strptr(object->elf, head.sh_link, symbol.st_name);
            int err = name ? look(object, name, &symbol) : VF_OK;
            if (err)
                return err;
        }
    }
    return VF_OK;
}

/* The version is the first number of the table. */
static int check_version(const struct object *object)
{
    size_t count = 0;
    uint32_t abi;
    if (elf_getphdrnum(object->elf, &count) != 0)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr part;
        if (!gelf_getphdr(object->elf, (int)i, &part) || part.p_type != PT_LOAD ||
            object->table < part.p_vaddr || part.p_filesz < sizeof(abi) ||
            object->table - part.p_vaddr > part.p_filesz - sizeof(abi))
            continue;
        off_t place = (off_t)(part.p_offset + (object->table - part.p_vaddr));
        if (pread(object->fd, &abi, sizeof(abi), place) == (ssize_t)sizeof(abi))
            return vf_plugin_check_version(abi, object->problem, object->problem_size);
    }
    return refuse(object, "damaged: build it again");
}

static int check_object(struct object *object)
{
    int err = check_kind(object);
    if (!err)
        err = check_length(object);
    if (!err)
        err = each_symbol(object, find_table);
    if (!err && !object->table)
        err = refuse(object,
                     "no plugin of vflow: it has no " TABLE "; name its nodes in VF_PLUGIN()");
    if (!err)
        err = check_version(object);
    return err ? err : each_symbol(object, check_use);
}

int vf_plugin_object_check(const char *path, char *problem, size_t problem_size)
{
    struct object object = {.fd = -1, .problem = problem, .problem_size = problem_size};
    int err = open_file(&object, path);
    if (!err && elf_version(EV_CURRENT) == EV_NONE)
        err = refuse(&object, "cannot be read: libelf is of another version");
    if (!err) {
        object.elf = elf_begin(object.fd, ELF_C_READ, NULL);
        err = check_object(&object);
    }
    elf_end(object.elf);
    if (object.fd >= 0)
        close(object.fd);
    return err;
}
