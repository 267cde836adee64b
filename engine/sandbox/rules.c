/* SPDX-License-Identifier: MIT */
#include "engine/sandbox/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/descriptors.h"
#include "engine/base/program.h"
#include "engine/base/text.h"

#define READ VF_MAY_READ
#define USE (VF_MAY_READ | VF_MAY_WRITE)
#define CONTROL (VF_MAY_READ | VF_MAY_WRITE | VF_MAY_CONTROL)
#define MAKE (VF_MAY_READ | VF_MAY_MAKE)

const struct vf_rule vf_rules[] = {
    {VF_RULE_ALL, READ, "/usr", "libraries that are loaded late, locales, character sets"},
    {VF_RULE_ALL, READ, "/lib", "the same"},
    {VF_RULE_ALL, READ, "/lib64", "the same"},
    {VF_RULE_ALL, READ, "/opt", "libraries that makers of hardware install"},
    {VF_RULE_ALL, READ, "/nix/store", "the libraries of NixOS"},
    {VF_RULE_ALL, READ, "/gnu/store", "the libraries of Guix"},
    {VF_RULE_ALL, READ, "$ORIGIN", "the program's own modules, beside it"},
    {VF_RULE_ALL, READ, "$LD_LIBRARY_PATH", "libraries that stand elsewhere"},
    {VF_RULE_ALL, READ, "/etc/ld.so.cache", "where libraries are"},
    {VF_RULE_ALL, READ, "/etc/ld.so.preload", "libraries that come first"},
    {VF_RULE_ALL, READ, "/etc/localtime", "dates in names of files and in texts"},
    {VF_RULE_ALL, READ, "/etc/ssl/openssl.cnf", "libcrypto reads it when it is first used"},
    {VF_RULE_ALL, READ, "/etc/gcrypt", "libgcrypt, which libavformat brings, likewise"},
    {VF_RULE_ALL, READ, "/etc/gnutls", "GnuTLS likewise"},
    {VF_RULE_ALL, READ, "/etc/crypto-policies", "the same on Fedora"},
    {VF_RULE_ALL, READ, "/proc/self", "the process itself: stacks of threads, sanitizers"},
    {VF_RULE_ALL, READ, "/proc/cpuinfo", "what the processor can do"},
    {VF_RULE_ALL, READ, "/proc/meminfo", "how much memory there is"},
    {VF_RULE_ALL, READ, "/proc/stat", "how many processors there are"},
    {VF_RULE_ALL, READ, "/proc/filesystems", "whether there is SELinux"},
    {VF_RULE_ALL, READ, "/proc/sys/vm", "whether memory may be promised"},
    {VF_RULE_ALL, READ, "/proc/sys/crypto", "whether FIPS is asked for"},
    {VF_RULE_ALL, READ, "/sys/devices/system", "processors and their caches"},
    {VF_RULE_ALL, READ, "/sys/fs/cgroup", "the limits of a container"},
    {VF_RULE_ALL, READ, "/sys/kernel/mm", "large pages"},
    {VF_RULE_ALL, USE, "/dev/null", "output that nobody wants"},
    {VF_RULE_ALL, READ, "/dev/zero", "empty memory"},
    {VF_RULE_ALL, READ, "/dev/urandom", "names of parts of files"},
    {VF_RULE_ALL, READ, "/dev/random", "the same"},

    {VF_RULE_NETWORK, READ, "/etc/resolv.conf", "names of hosts"},
    {VF_RULE_NETWORK, READ, "/etc/hosts", "the same"},
    {VF_RULE_NETWORK, READ, "/etc/host.conf", "the same"},
    {VF_RULE_NETWORK, READ, "/etc/nsswitch.conf", "the same"},
    {VF_RULE_NETWORK, READ, "/etc/gai.conf", "which address of several"},
    {VF_RULE_NETWORK, READ, "/etc/services", "names of ports"},
    {VF_RULE_NETWORK, READ, "/etc/protocols", "names of protocols"},
    {VF_RULE_NETWORK, READ, "/run/systemd/resolve", "what resolv.conf is a link to"},
    {VF_RULE_NETWORK, READ, "/run/resolvconf", "the same"},
    {VF_RULE_NETWORK, READ, "/run/NetworkManager", "the same"},
    {VF_RULE_NETWORK, READ, "/etc/ssl", "certificates to trust"},
    {VF_RULE_NETWORK, READ, "/etc/pki", "the same on Fedora"},
    {VF_RULE_NETWORK, READ, "/etc/ca-certificates", "the same"},
    {VF_RULE_NETWORK, READ, "$SSL_CERT_FILE", "the same, as the user has them"},
    {VF_RULE_NETWORK, READ, "$SSL_CERT_DIR", "the same"},
    {VF_RULE_NETWORK, READ, "$CURL_CA_BUNDLE", "the same"},
    {VF_RULE_NETWORK, READ, "/proc/net", "the interfaces that there are"},

    {VF_RULE_FONTS, READ, "/etc/fonts", "which fonts there are"},
    {VF_RULE_FONTS, READ, "/var/cache/fontconfig", "the same, read earlier"},
    {VF_RULE_FONTS, READ, "/var/lib/defoma", "fonts of old systems"},
    {VF_RULE_FONTS, READ, "~/.fonts", "the user's fonts"},
    {VF_RULE_FONTS, READ, "~/.local/share/fonts", "the same"},
    {VF_RULE_FONTS, READ, "~/.config/fontconfig", "the user's choice of fonts"},
    {VF_RULE_FONTS, READ, "~/.cache/fontconfig", "what was read of them earlier"},
    {VF_RULE_FONTS, READ, "$XDG_DATA_HOME/fonts", "the user's fonts, elsewhere"},
    {VF_RULE_FONTS, READ, "$FONTCONFIG_FILE", "another list of fonts"},
    {VF_RULE_FONTS, READ, "$FONTCONFIG_PATH", "the same"},

    {VF_RULE_GPU, CONTROL, "/dev/dri", "VAAPI, Vulkan, OpenCL"},
    {VF_RULE_GPU, CONTROL, "/dev/nvidia*", "CUDA, NVDEC, NVENC"},
    {VF_RULE_GPU, CONTROL, "/dev/kfd", "ROCm"},
    {VF_RULE_GPU, CONTROL, "/dev/dxg", "the GPU in WSL"},
    {VF_RULE_GPU, READ, "/proc/driver/nvidia", "which GPUs the driver has"},
    {VF_RULE_GPU, READ, "/proc/modules", "whether it is loaded"},
    {VF_RULE_GPU, READ, "/proc/devices", "the numbers of its devices"},
    {VF_RULE_GPU, READ, "/sys/class/drm", "which GPUs there are"},
    {VF_RULE_GPU, READ, "/sys/bus/pci", "the same"},
    {VF_RULE_GPU, READ, "/sys/dev/char", "the same"},
    {VF_RULE_GPU, READ, "/sys/devices", "the same"},
    {VF_RULE_GPU, READ, "/sys/module/nvidia", "the same"},
    {VF_RULE_GPU, READ, "/etc/OpenCL", "which drivers there are"},
    {VF_RULE_GPU, READ, "/etc/vulkan", "the same"},
    {VF_RULE_GPU, READ, "/etc/nvidia", "settings of the driver"},
    {VF_RULE_GPU, READ, "/run/opengl-driver", "the drivers of NixOS"},
    {VF_RULE_GPU, MAKE, "~/.nv", "code for the GPU, kept by its driver"},
    {VF_RULE_GPU, MAKE, "~/.cache/mesa_shader_cache", "the same"},
    {VF_RULE_GPU, MAKE, "/dev/shm", "memory that driver and process share"},

    {VF_RULE_DEVICE, CONTROL, "/dev/video*", "cameras"},
    {VF_RULE_DEVICE, CONTROL, "/dev/media*", "the same"},
    {VF_RULE_DEVICE, CONTROL, "/dev/v4l", "the same, by name"},
    {VF_RULE_DEVICE, CONTROL, "/dev/v4l-subdev*", "the same"},
    {VF_RULE_DEVICE, CONTROL, "/dev/dma_heap", "memory of cameras"},
    {VF_RULE_DEVICE, CONTROL, "/dev/snd", "sound cards"},
    {VF_RULE_DEVICE, CONTROL, "/dev/dsp*", "the same"},
    {VF_RULE_DEVICE, CONTROL, "/dev/dri", "screens without X"},
    {VF_RULE_DEVICE, CONTROL, "/dev/fb*", "the same"},
    {VF_RULE_DEVICE, CONTROL, "/dev/dvb", "television"},
    {VF_RULE_DEVICE, CONTROL, "/dev/fw*", "cameras on FireWire"},
    {VF_RULE_DEVICE, CONTROL, "/dev/bus/usb", "cameras on USB without a driver of the kernel's"},
    {VF_RULE_DEVICE, CONTROL, "/dev/sr*", "discs"},
    {VF_RULE_DEVICE, READ, "/sys/class", "which devices there are"},
    {VF_RULE_DEVICE, READ, "/sys/bus", "the same"},
    {VF_RULE_DEVICE, READ, "/sys/devices", "the same"},
    {VF_RULE_DEVICE, READ, "/run/udev", "their names"},
    {VF_RULE_DEVICE, READ, "/etc/alsa", "settings of sound cards"},
    {VF_RULE_DEVICE, READ, "/etc/asound.conf", "the same"},
    {VF_RULE_DEVICE, READ, "~/.asoundrc", "the same"},
    {VF_RULE_DEVICE, READ, "/etc/pulse", "the sound server"},
    {VF_RULE_DEVICE, READ, "~/.config/pulse", "the same"},
    {VF_RULE_DEVICE, READ, "$XAUTHORITY", "leave to read a screen"},
    {VF_RULE_DEVICE, READ, "~/.Xauthority", "the same"},
    {VF_RULE_DEVICE, MAKE, "/dev/shm", "pictures that screen and process share"},

    {VF_RULE_PROGRAM, VF_MAY_READ | VF_MAY_RUN, "/", "programs, their libraries, what they read"},
    {VF_RULE_PROGRAM, CONTROL, "/dev/tty", "a terminal that they ask for its size"},
    {VF_RULE_PROGRAM, CONTROL, "/dev/null", "output that nobody wants"},
    {VF_RULE_PROGRAM, USE, "/dev/zero", "empty memory"},
    {VF_RULE_PROGRAM, USE, "/dev/full", "tests"},
    {VF_RULE_PROGRAM, USE, "/proc/self", "names of threads, marks for the OOM killer"},
    {VF_RULE_PROGRAM, MAKE, "/dev/shm", "locks and memory that their processes share"},
};
const size_t vf_rule_count = VF_COUNT(vf_rules);

/* Of the rules for all tasks. 0: it has not been tried, -1: it is not there. */
static struct {
    int fd;
    bool is_folder;
} opened[VF_COUNT(vf_rules)];

static bool is_own_folder(const struct vf_rule *rule)
{
    return strcmp(rule->path, "$ORIGIN") == 0;
}

/* A place that is the same for every process. */
static bool can_be_shared(const struct vf_rule *rule)
{
    return rule->whom == VF_RULE_ALL && (*rule->path == '/' || is_own_folder(rule)) &&
           strcmp(rule->path, "/proc/self") != 0;
}

void vf_rules_open(void)
{
    struct stat status;
    char folder[4096];
    vf_program_folder(folder, sizeof(folder));
    for (size_t i = 0; i < vf_rule_count; i++) {
        if (!can_be_shared(&vf_rules[i]) || opened[i].fd)
            continue;
        const char *path = is_own_folder(&vf_rules[i]) ? folder : vf_rules[i].path;
        opened[i].fd = open(path, O_PATH | O_CLOEXEC);
        opened[i].is_folder =
            opened[i].fd >= 0 && fstat(opened[i].fd, &status) == 0 && S_ISDIR(status.st_mode);
    }
}

void vf_rules_close(void)
{
    int fds[VF_COUNT(vf_rules)];
    for (size_t i = 0; i < vf_rule_count; i++) {
        fds[i] = opened[i].fd ? opened[i].fd : -1;
        opened[i].fd = 0;
    }
    vf_descriptors_close(fds, vf_rule_count);
}

/* Returns room for one more, or NULL when there is no memory. */
static struct vf_landlock_path *add_item(struct vf_rule_paths *paths)
{
    if (paths->count == paths->room) {
        size_t room = paths->room ? 2 * paths->room : 64;
        void *items = realloc(paths->items, room * sizeof(*paths->items));
        if (!items) {
            paths->failed = true;
            return NULL;
        }
        paths->items = items;
        paths->room = room;
    }
    return &paths->items[paths->count];
}

void vf_rule_paths_add(struct vf_rule_paths *paths, const char *path, unsigned rights)
{
    struct vf_landlock_path *item = add_item(paths);
    if (!item)
        return;
    *item = (struct vf_landlock_path){.path = strdup(path), .rights = rights};
    paths->count += item->path != NULL;
    paths->failed = paths->failed || !item->path;
}

/* Adds one that is open, without a copy of its path: this happens between one fork and the next, when
 * each page that is written to has to be copied. */
static void add_open(struct vf_rule_paths *paths, size_t number)
{
    struct vf_landlock_path *item = opened[number].fd < 0 ? NULL : add_item(paths);
    if (!item)
        return; /* what is not there cannot be reached */
    *item = (struct vf_landlock_path){.path = vf_rules[number].path,
                                      .rights = vf_rules[number].rights,
                                      .fd = opened[number].fd,
                                      .is_folder = opened[number].is_folder};
    paths->count++;
}

static void add_glob(struct vf_rule_paths *paths, const char *pattern, unsigned rights)
{
    glob_t found = {0};
    if (!strchr(pattern, '*'))
        vf_rule_paths_add(paths, pattern, rights);
    else if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            vf_rule_paths_add(paths, found.gl_pathv[i], rights);
    globfree(&found);
}

/* "$NAME/rest": each of the folders that the variable lists, with what follows. */
static void add_listed(struct vf_rule_paths *paths, const char *path, unsigned rights)
{
    size_t length = strcspn(path, "/");
    char *name = strndup(path + 1, length - 1);
    const char *value = name ? getenv(name) : NULL;
    for (size_t part; value && *value; value += part + (value[part] == ':')) {
        part = strcspn(value, ":");
        char *whole = vf_text_format("%.*s%s", (int)part, value, path + length);
        if (whole && *whole == '/')
            vf_rule_paths_add(paths, whole, rights);
        free(whole);
    }
    free(name);
}

static void add_own_folder(struct vf_rule_paths *paths, unsigned rights)
{
    char folder[4096];
    vf_program_folder(folder, sizeof(folder));
    if (*folder)
        vf_rule_paths_add(paths, folder, rights);
}

static void add_rule(struct vf_rule_paths *paths, const struct vf_rule *rule)
{
    const char *home = getenv("HOME");
    if (is_own_folder(rule)) {
        add_own_folder(paths, rule->rights);
    } else if (*rule->path == '$') {
        add_listed(paths, rule->path, rule->rights);
    } else if (*rule->path == '~') {
        char *whole = home && *home == '/' ? vf_text_format("%s%s", home, rule->path + 1) : NULL;
        if (whole)
            vf_rule_paths_add(paths, whole, rule->rights);
        free(whole);
    } else {
        add_glob(paths, rule->path, rule->rights);
    }
}

void vf_rule_paths_add_rules(struct vf_rule_paths *paths, unsigned whom)
{
    for (size_t i = 0; i < vf_rule_count; i++) {
        if (vf_rules[i].whom & whom && opened[i].fd)
            add_open(paths, i);
        else if (vf_rules[i].whom & whom)
            add_rule(paths, &vf_rules[i]);
    }
}

void vf_rule_paths_finish(struct vf_rule_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        if (!paths->items[i].fd)
            free((char *)paths->items[i].path);
    }
    free(paths->items);
    *paths = (struct vf_rule_paths){0};
}
