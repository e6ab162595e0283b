// Linux system calls that Swift's Glibc module does not reach, in small functions.
//
// Unless it says otherwise a function returns a value >= 0 when it succeeds and -errno when it fails.

#ifndef ASSAY_CLINUX_H
#define ASSAY_CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Files (files.c)

// Opens `path` below the directory `dirfd`: no component may be a symbolic link or `..` out of it, or lie on another
// mount (openat2: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV). O_CLOEXEC is
// always added. Errors: -ELOOP for a symbolic link, -EXDEV for a way out.
int assay_openat2_beneath(int dirfd, const char *path, int flags);

// Does the same with O_CREAT and `mode`, as the user `uid` and group `gid` where `changes_user`: what that user may not
// open is refused, and what it creates is its own.
int assay_openat2_beneath_as(int dirfd, const char *path, int flags, mode_t mode, int changes_user, uint32_t uid, uint32_t gid);

// Makes the directory `name` (one component) in the directory `dirfd`, as that user. -EEXIST where it is there.
int assay_mkdirat_as(int dirfd, const char *name, mode_t mode, int changes_user, uint32_t uid, uint32_t gid);

// open's flag for input and output past the page cache (O_DIRECT).
int assay_direct_flag(void);

// An empty, unnamed file in memory that can be sealed and never executed (MFD_NOEXEC_SEAL where the kernel has it).
int assay_memfd_create(const char *name);

// Makes a memfd unchangeable for good: F_SEAL_WRITE | SHRINK | GROW | SEAL. -EBUSY while it is mapped for writing.
int assay_memfd_seal(int fd);

// 1 when the four seals above are all set, 0 when not.
int assay_memfd_is_sealed(int fd);

// A pipe, close-on-exec: ends[0] to read from, ends[1] to write to.
int assay_pipe(int ends[2]);

// 1 when the file has the extended attribute, 0 when not or when that cannot be told.
int assay_has_attribute(const char *path, const char *name);

// MARK: Sockets (sockets.c)

// A connected pair of Unix stream sockets, close-on-exec.
int assay_socketpair(int pair[2]);

// Who is at the other end of a Unix socket, as the kernel saw it at connect time (SO_PEERCRED).
int assay_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid);

// Sends up to `count` bytes (MSG_NOSIGNAL | MSG_DONTWAIT) with `fd_count` descriptors (SCM_RIGHTS) attached to the
// first byte. Returns the bytes sent, which can be fewer; the descriptors went if any byte did.
ssize_t assay_send(int fd, const void *bytes, size_t count, const int *fds, size_t fd_count);

// Receives up to `count` bytes (MSG_DONTWAIT) and up to `fd_capacity` descriptors, close-on-exec, counted in
// `*fd_count`. More descriptors than that: all are closed and the result is -EMFILE. 0 is the end of the stream.
// With a capacity of 0, descriptors that come are discarded by the kernel and nothing is said of them.
ssize_t assay_receive(int fd, void *bytes, size_t count, int *fds, size_t fd_capacity, size_t *fd_count);

// MARK: Processes (spawn.c)

struct assay_spawn_request {
    const char *path;              // absolute path of the program
    const char *const *arguments;  // null-terminated, the program's name first
    const char *const *environment;// null-terminated, all of it
    const int *fds;                // fds[i] becomes descriptor i of the child; every other one is closed
    size_t fd_count;               // at least 3
    int changes_user;              // whether to become `uid` and `gid`, with no supplementary groups
    uint32_t uid;
    uint32_t gid;
    int cgroup_procs_fd;           // an open cgroup.procs that the child enters first, or -1
};

// What a child was doing when it failed before its program ran.
enum assay_spawn_stage {
    ASSAY_SPAWN_FORK = 1, ASSAY_SPAWN_CGROUP, ASSAY_SPAWN_DESCRIPTORS, ASSAY_SPAWN_SESSION, ASSAY_SPAWN_USER,
    ASSAY_SPAWN_NAMESPACES, ASSAY_SPAWN_PARENT, ASSAY_SPAWN_PRIVILEGES, ASSAY_SPAWN_EXEC,
};

// Starts a program in a session of its own, with default signal handlers, no new privileges and only the descriptors
// named; it is killed when this process ends. Returns its process id, or -errno with the stage in `*stage`.
//
// Linux sends the parent-death signal when the *thread* that forked ends, so every child is forked by one thread that
// lives as long as the process.
pid_t assay_spawn(const struct assay_spawn_request *request, int *stage);

// Does the same in a user and a mount namespace that are there already, entered after the change of user: descriptors
// of /proc/PID/ns/user and /proc/PID/ns/mnt.
pid_t assay_spawn_within(const struct assay_spawn_request *request, int user_namespace, int mount_namespace, int *stage);

// This program's command line, null-terminated. (Swift's CommandLine.arguments is empty where there is no /proc.)
const char *const *assay_program_arguments(void);

// Replaces this program, keeping its environment. Returns only when that fails.
int assay_execute(const char *path, const char *const *arguments);

// waitpid with WNOHANG for one child, with what it and the children it waited for used. Returns the process id once it
// has ended, 0 while it runs.
pid_t assay_wait(pid_t pid, int *status, struct rusage *usage);

// Makes this process the new parent of its descendants whose parent ends, in place of the system's first process:
// bubblewrap ends before its child does, and somebody has to wait for that one.
int assay_adopt_orphans(void);

int assay_pidfd_open(pid_t pid);
int assay_pidfd_kill(int pidfd);

// The system call filter of a tool sandbox (tool_filter.c), compiled: a descriptor to read it from, as `bwrap --seccomp`
// does.
int assay_tool_filter(void);

// MARK: Confinement from inside (landlock.c, seccomp.c, confinement.c)

// The kernel's Landlock ABI, -EOPNOTSUPP or -ENOSYS when it has none.
int assay_landlock_abi(void);

// Restricts the calling thread, and what it starts or executes from now on, for good: files beneath `readable` can be
// read and executed, `writable` is a scratch directory, everything else in the file system is refused; so are TCP
// (ABI 4), device ioctls (ABI 5), abstract Unix sockets and signals to outside (ABI 6). Both lists end with NULL.
// Returns the ABI.
int assay_landlock_restrict(const char *const *readable, const char *const *writable);

// Loads the system call allow-list for every thread of the process, for good. What it holds is said in seccomp.c.
int assay_seccomp_load(void);

// The resources that assay_set_limits sets; 0 leaves one as it is.
struct assay_limits {
    uint64_t data_bytes;           // RLIMIT_DATA: private writable memory
    uint64_t address_space_bytes;  // RLIMIT_AS
    uint64_t processes;            // RLIMIT_NPROC: processes and threads of this user in this user namespace
    uint64_t cpu_seconds;          // RLIMIT_CPU: SIGKILL when they are used up
    uint64_t file_bytes;           // RLIMIT_FSIZE
    uint64_t open_files;           // RLIMIT_NOFILE
};

// Sets the limits (soft and hard), and no core files, message queues or locked memory.
int assay_set_limits(const struct assay_limits *limits);

// Reads the soft limits back into `limits` (UINT64_MAX for unlimited).
int assay_get_limits(struct assay_limits *limits);

// PR_SET_NO_NEW_PRIVS, and PR_SET_DUMPABLE 0: nobody of the same user may trace it or read its memory.
int assay_set_no_new_privileges(void);
int assay_set_not_dumpable(void);

// What holds, as the kernel reports it.
struct assay_confinement_state {
    int no_new_privileges;         // 0 or 1
    int dumpable;                  // 0 or 1
    int seccomp_mode;              // 0 none, 2 filter
    uint64_t capabilities;         // effective, permitted and inheritable sets, or-ed
    uint64_t bounding_capabilities;
    uint32_t uid;
    uint32_t gid;
};
int assay_read_confinement(struct assay_confinement_state *state);

// Something forbidden that a confined process attempts on itself.
enum assay_attempt {
    ASSAY_ATTEMPT_INET_SOCKET, ASSAY_ATTEMPT_UNIX_SOCKET, ASSAY_ATTEMPT_FORK, ASSAY_ATTEMPT_EXECUTE,
    ASSAY_ATTEMPT_PTRACE, ASSAY_ATTEMPT_USER_NAMESPACE, ASSAY_ATTEMPT_MEMFD, ASSAY_ATTEMPT_LIST_ROOT,
    ASSAY_ATTEMPT_WRITE_ROOT, ASSAY_ATTEMPT_EXECUTABLE_MEMORY, ASSAY_ATTEMPT_COUNT,
};

// Attempts it and undoes it. Returns 0 when it *succeeded*, else the errno that refused it.
int assay_try(enum assay_attempt attempt);

// The attempt's name, `inet-socket` …
const char *assay_attempt_name(enum assay_attempt attempt);

// How many descriptors from `first` to 4095 are open, counted without /proc.
int assay_count_descriptors(int first);

#ifdef __cplusplus
}
#endif

#endif
