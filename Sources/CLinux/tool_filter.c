// The system calls of a tool sandbox: what shells, compilers and interpreters need to work on files of their own.
//
// What is on the list passes. What only an attack calls ends the process with SIGSYS, so that the end of the command
// shows it. Everything else, known to this file or not, is refused with EPERM.
//
// Memory that no process has mapped and no file system counts is refused (memfds, System V shared memory, message
// queues): what a command holds can then be summed from outside.

#define _GNU_SOURCE
#include "CLinux.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const int passing[] = {
    // memory
    SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    SCMP_SYS(mincore), SCMP_SYS(msync), SCMP_SYS(membarrier), SCMP_SYS(pkey_alloc), SCMP_SYS(pkey_free),
    SCMP_SYS(pkey_mprotect),
    // processes and threads (clone: below)
    SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(wait4), SCMP_SYS(waitid), SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getpgrp),
    SCMP_SYS(getpgid), SCMP_SYS(setpgid), SCMP_SYS(getsid), SCMP_SYS(setsid), SCMP_SYS(futex), SCMP_SYS(futex_waitv),
    SCMP_SYS(get_robust_list), SCMP_SYS(set_robust_list), SCMP_SYS(set_tid_address), SCMP_SYS(rseq),
    SCMP_SYS(arch_prctl), SCMP_SYS(set_thread_area), SCMP_SYS(get_thread_area), SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_send_signal), SCMP_SYS(sched_yield), SCMP_SYS(getcpu), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_getattr),
    SCMP_SYS(sched_get_priority_min), SCMP_SYS(sched_get_priority_max), SCMP_SYS(sched_rr_get_interval),
    SCMP_SYS(getpriority), SCMP_SYS(setpriority),
    // signals
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigsuspend), SCMP_SYS(rt_sigtimedwait), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo),
    SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(tgkill), SCMP_SYS(pause),
    SCMP_SYS(alarm), SCMP_SYS(signalfd), SCMP_SYS(signalfd4),
    // time
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times), SCMP_SYS(getitimer), SCMP_SYS(setitimer),
    SCMP_SYS(timer_create), SCMP_SYS(timer_settime), SCMP_SYS(timer_gettime), SCMP_SYS(timer_getoverrun),
    SCMP_SYS(timer_delete), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime),
    // descriptors (fcntl passes whole; ioctl: below)
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(preadv2), SCMP_SYS(write),
    SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(pwritev2), SCMP_SYS(lseek), SCMP_SYS(close),
    SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(fcntl), SCMP_SYS(flock),
    SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2), SCMP_SYS(eventfd), SCMP_SYS(eventfd2), SCMP_SYS(sendfile), SCMP_SYS(copy_file_range),
    // files
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat), SCMP_SYS(stat), SCMP_SYS(lstat),
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(getdents), SCMP_SYS(getdents64), SCMP_SYS(getcwd),
    SCMP_SYS(chdir), SCMP_SYS(fchdir), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(link),
    SCMP_SYS(linkat), SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(chmod),
    SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(lchown), SCMP_SYS(fchown), SCMP_SYS(fchownat),
    SCMP_SYS(utime), SCMP_SYS(utimes), SCMP_SYS(futimesat), SCMP_SYS(utimensat), SCMP_SYS(truncate),
    SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(fadvise64), SCMP_SYS(readahead), SCMP_SYS(fsync),
    SCMP_SYS(fdatasync), SCMP_SYS(umask), SCMP_SYS(getxattr), SCMP_SYS(lgetxattr), SCMP_SYS(fgetxattr),
    SCMP_SYS(listxattr), SCMP_SYS(llistxattr), SCMP_SYS(flistxattr),
    // Unix sockets (socket and socketpair: below)
    SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(connect), SCMP_SYS(getsockname),
    SCMP_SYS(getpeername), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(sendto), SCMP_SYS(recvfrom),
    SCMP_SYS(sendmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg), SCMP_SYS(shutdown),
    // asking about itself, and limits, which can only be lowered
    SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getresuid), SCMP_SYS(getresgid),
    SCMP_SYS(getgroups), SCMP_SYS(capget), SCMP_SYS(getrandom), SCMP_SYS(uname), SCMP_SYS(sysinfo),
    SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(setrlimit), SCMP_SYS(prlimit64),
};

static const int ending[] = {
    // other processes' memory
    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise), SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd),
    // mounts, namespaces, roots
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(mount_setattr),
    SCMP_SYS(fsopen), SCMP_SYS(fsmount), SCMP_SYS(fsconfig), SCMP_SYS(fspick), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
    SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(name_to_handle_at), SCMP_SYS(open_by_handle_at),
    // the kernel's wider surface
    SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(fanotify_init),
    SCMP_SYS(modify_ldt), SCMP_SYS(vmsplice),
    // the machine
    SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(acct), SCMP_SYS(quotactl),
    SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(syslog), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex), SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(vhangup),
};

// A call the architecture does not have is no fault.
static int add(scmp_filter_ctx filter, uint32_t action, int call, unsigned count, const struct scmp_arg_cmp *tests) {
    int result = seccomp_rule_add_array(filter, action, call, count, tests);
    return result == -EDOM || result == -EOPNOTSUPP ? 0 : result;
}

static int add_values(scmp_filter_ctx filter, int call, unsigned argument, const uint64_t *values, size_t count) {
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        struct scmp_arg_cmp test = SCMP_CMP(argument, SCMP_CMP_EQ, values[i]);
        result = add(filter, SCMP_ACT_ALLOW, call, 1, &test);
    }
    return result;
}

// Calls of many uses, one use at a time.
static int add_uses(scmp_filter_ctx filter) {
    const uint64_t prctls[] = {
        PR_SET_NAME, PR_GET_NAME, PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_GET_SECCOMP,
        PR_GET_NO_NEW_PRIVS, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_READ, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER,
        PR_GET_TIMERSLACK, PR_GET_KEEPCAPS, PR_GET_SECUREBITS,
    };
    // Terminals, of which there is none, pipes and files.
    const uint64_t ioctls[] = {TCGETS, TIOCGWINSZ, TIOCGPGRP, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, FIOASYNC};
    const uint64_t families[] = {AF_UNIX};
    const uint64_t personalities[] = {0, 0xffffffff};
    const uint64_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER
        | CLONE_NEWPID | CLONE_NEWNET;
    const struct scmp_arg_cmp same = SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces, 0);
    int result = add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &same);
    // clone3's flags lie in memory, where no filter sees them; on ENOSYS libraries use clone.
    if (result == 0) result = add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, NULL);
    if (result == 0) result = add_values(filter, SCMP_SYS(prctl), 0, prctls, sizeof prctls / sizeof *prctls);
    if (result == 0) result = add_values(filter, SCMP_SYS(ioctl), 1, ioctls, sizeof ioctls / sizeof *ioctls);
    if (result == 0) result = add_values(filter, SCMP_SYS(socket), 0, families, 1);
    if (result == 0) result = add_values(filter, SCMP_SYS(socketpair), 0, families, 1);
    if (result == 0) result = add_values(filter, SCMP_SYS(personality), 0, personalities, 2);
    // Pipes with a name and sockets; no devices.
    const uint64_t kinds[] = {S_IFIFO, S_IFREG, S_IFSOCK, 0};
    for (size_t i = 0; result == 0 && i < sizeof kinds / sizeof *kinds; i++) {
        const struct scmp_arg_cmp one = SCMP_A1(SCMP_CMP_MASKED_EQ, S_IFMT, kinds[i]);
        const struct scmp_arg_cmp at = SCMP_A2(SCMP_CMP_MASKED_EQ, S_IFMT, kinds[i]);
        result = add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mknod), 1, &one);
        if (result == 0) result = add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mknodat), 1, &at);
    }
    return result;
}

int assay_tool_filter(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) return -ENOMEM;
    int fd = -1;
    int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result == 0) result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree, not a list
    for (size_t i = 0; result == 0 && i < sizeof passing / sizeof *passing; i++) {
        result = add(filter, SCMP_ACT_ALLOW, passing[i], 0, NULL);
    }
    for (size_t i = 0; result == 0 && i < sizeof ending / sizeof *ending; i++) {
        result = add(filter, SCMP_ACT_KILL_PROCESS, ending[i], 0, NULL);
    }
    if (result == 0) result = add_uses(filter);
    if (result == 0) result = fd = assay_memfd_create("filter");
    if (fd >= 0) result = seccomp_export_bpf(filter, fd);
    if (result == 0 && lseek(fd, 0, SEEK_SET) < 0) result = -errno;
    seccomp_release(filter);
    if (result == 0) return fd;
    if (fd >= 0) close(fd);
    return result;
}
