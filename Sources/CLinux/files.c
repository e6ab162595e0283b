#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

static const int content_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

int assay_openat2_beneath(int dirfd, const char *path, int flags) {
    return assay_openat2_beneath_as(dirfd, path, flags, 0, 0, 0, 0);
}

// What this thread is to the file system, and what the change to another user takes from the process and has to be
// put back (prctl(2): PR_SET_DUMPABLE, PR_SET_PDEATHSIG).
struct file_user {
    int changed;
    int uid;
    int gid;
    int dumpable;
    int death_signal;
};

static struct file_user become(int changes_user, uint32_t uid, uint32_t gid) {
    struct file_user before = {.changed = changes_user};
    if (!changes_user) return before;
    before.dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_GET_PDEATHSIG, &before.death_signal, 0, 0, 0);
    before.gid = setfsgid(gid);
    before.uid = setfsuid(uid);
    return before;
}

static void restore(struct file_user before) {
    if (!before.changed) return;
    setfsuid((uid_t)before.uid);
    setfsgid((gid_t)before.gid);
    if (before.dumpable >= 0 && before.dumpable < 2) prctl(PR_SET_DUMPABLE, before.dumpable, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, before.death_signal, 0, 0, 0);
}

static int open_beneath(int dirfd, const char *path, int flags, mode_t mode) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned int)(flags | O_CLOEXEC),
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    // RESOLVE_BENEATH makes the kernel answer EAGAIN when something was renamed meanwhile: openat2(2) says to retry.
    for (int attempt = 0; attempt < 32; attempt++) {
        long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);
        if (fd >= 0) return (int)fd;
        if (errno != EAGAIN && errno != EINTR) return -errno;
    }
    return -EAGAIN;
}

int assay_openat2_beneath_as(int dirfd, const char *path, int flags, mode_t mode, int changes_user, uint32_t uid, uint32_t gid) {
    struct file_user before = become(changes_user, uid, gid);
    int result = open_beneath(dirfd, path, flags, mode);
    restore(before);
    return result;
}

int assay_mkdirat_as(int dirfd, const char *name, mode_t mode, int changes_user, uint32_t uid, uint32_t gid) {
    struct file_user before = become(changes_user, uid, gid);
    int result = mkdirat(dirfd, name, mode) < 0 ? -errno : 0;
    restore(before);
    return result;
}

int assay_memfd_create(const char *name) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);  // before Linux 6.3
    return fd < 0 ? -errno : fd;
}

int assay_memfd_seal(int fd) {
    return fcntl(fd, F_ADD_SEALS, content_seals) < 0 ? -errno : 0;
}

int assay_memfd_is_sealed(int fd) {
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0) return -errno;
    return (seals & content_seals) == content_seals;
}

int assay_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
}

int assay_has_attribute(const char *path, const char *name) {
    return getxattr(path, name, NULL, 0) >= 0;
}

int assay_direct_flag(void) { return O_DIRECT; }
