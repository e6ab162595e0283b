#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct failure {
    int stage;
    int error;
};

// MARK: In the child. Only async-signal-safe calls: another thread may have held any lock at the moment of the fork.

static _Noreturn void fail(int report_fd, int stage) {
    struct failure failure = {stage, errno};
    ssize_t ignored = write(report_fd, &failure, sizeof failure);
    (void)ignored;
    _exit(127);
}

// Puts fds[i] at i, the report pipe and the namespaces to enter behind them, and closes everything else.
static int place_descriptors(const struct assay_spawn_request *request, int report_fd, int namespaces[2]) {
    int count = (int)request->fd_count;
    int staged[count];
    int staged_namespaces[2] = {-1, -1};
    // First out of the way of the targets, so that no source is overwritten before it was copied.
    int staged_report = fcntl(report_fd, F_DUPFD_CLOEXEC, count + 3);
    if (staged_report < 0) fail(report_fd, ASSAY_SPAWN_DESCRIPTORS);
    for (int i = 0; i < 2; i++) {
        if (namespaces[i] < 0) continue;
        staged_namespaces[i] = fcntl(namespaces[i], F_DUPFD_CLOEXEC, count + 3);
        if (staged_namespaces[i] < 0) fail(staged_report, ASSAY_SPAWN_DESCRIPTORS);
    }
    for (int i = 0; i < count; i++) {
        staged[i] = fcntl(request->fds[i], F_DUPFD_CLOEXEC, count + 3);
        if (staged[i] < 0) fail(staged_report, ASSAY_SPAWN_DESCRIPTORS);
    }
    for (int i = 0; i < count; i++) {
        if (dup2(staged[i], i) < 0) fail(staged_report, ASSAY_SPAWN_DESCRIPTORS);
    }
    if (dup3(staged_report, count, O_CLOEXEC) < 0) fail(staged_report, ASSAY_SPAWN_DESCRIPTORS);
    for (int i = 0; i < 2; i++) {
        namespaces[i] = staged_namespaces[i] < 0 ? -1 : count + 1 + i;
        if (staged_namespaces[i] >= 0 && dup3(staged_namespaces[i], namespaces[i], O_CLOEXEC) < 0) {
            fail(count, ASSAY_SPAWN_DESCRIPTORS);
        }
        if (staged_namespaces[i] < 0) close(count + 1 + i);
    }
    if (syscall(SYS_close_range, (unsigned)(count + 3), ~0U, 0) < 0) fail(count, ASSAY_SPAWN_DESCRIPTORS);
    return count;
}

struct job {
    const struct assay_spawn_request *request;
    int user_namespace;  // -1 for none
    int mount_namespace;
};

static _Noreturn void run_child(const struct job *job, int report_fd, pid_t parent) {
    const struct assay_spawn_request *request = job->request;
    for (int number = 1; number < NSIG; number++) {
        struct sigaction standard = {.sa_handler = SIG_DFL};
        sigaction(number, &standard, NULL);  // fails for SIGKILL and SIGSTOP, which have no other
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    if (request->cgroup_procs_fd >= 0 && write(request->cgroup_procs_fd, "0", 1) != 1) {
        fail(report_fd, ASSAY_SPAWN_CGROUP);
    }
    int namespaces[2] = {job->user_namespace, job->mount_namespace};
    report_fd = place_descriptors(request, report_fd, namespaces);
    if (setsid() < 0) fail(report_fd, ASSAY_SPAWN_SESSION);
    if (request->changes_user) {
        // The bare system calls: glibc's wrappers signal every thread, and here there is one.
        if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, request->gid, request->gid, request->gid) < 0
            || syscall(SYS_setresuid, request->uid, request->uid, request->uid) < 0) {
            fail(report_fd, ASSAY_SPAWN_USER);
        }
    }
    for (int i = 0; i < 2; i++) {
        if (namespaces[i] < 0) continue;
        if (setns(namespaces[i], i == 0 ? CLONE_NEWUSER : CLONE_NEWNS) < 0) fail(report_fd, ASSAY_SPAWN_NAMESPACES);
        close(namespaces[i]);
    }
    // After the change of user, which clears it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) fail(report_fd, ASSAY_SPAWN_PARENT);
    if (getppid() != parent) {  // it ended before the line above
        errno = ESRCH;
        fail(report_fd, ASSAY_SPAWN_PARENT);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail(report_fd, ASSAY_SPAWN_PRIVILEGES);
    if (chdir("/") < 0) fail(report_fd, ASSAY_SPAWN_EXEC);
    execve(request->path, (char *const *)request->arguments, (char *const *)request->environment);
    fail(report_fd, ASSAY_SPAWN_EXEC);
}

// MARK: In the thread that forks

static pid_t fork_child(const struct job *job, int *stage) {
    *stage = ASSAY_SPAWN_FORK;
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    pid_t parent = getpid();
    pid_t child = _Fork();
    if (child == 0) {
        run_child(job, report[1], parent);
    }
    int fork_error = errno;
    close(report[1]);
    if (child < 0) {
        close(report[0]);
        return -fork_error;
    }
    struct failure failure;
    ssize_t count;
    do count = read(report[0], &failure, sizeof failure);
    while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == 0) {  // closed by a successful exec
        *stage = 0;
        return child;
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (count != sizeof failure) return -EPROTO;
    *stage = failure.stage;
    return -failure.error;
}

static struct {
    pthread_once_t once;
    pthread_mutex_t turn;   // held by the caller whose request it is
    pthread_mutex_t lock;   // guards what follows
    pthread_cond_t changed;
    const struct job *job;
    int done;
    int stage;
    pid_t result;
    int start_error;
} spawner = {
    PTHREAD_ONCE_INIT, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, 0, 0, 0, 0,
};

static void *serve_spawns(void *unused) {
    (void)unused;
    pthread_mutex_lock(&spawner.lock);
    for (;;) {
        while (!spawner.job) pthread_cond_wait(&spawner.changed, &spawner.lock);
        spawner.result = fork_child(spawner.job, &spawner.stage);
        spawner.job = NULL;
        spawner.done = 1;
        pthread_cond_broadcast(&spawner.changed);
    }
    return NULL;
}

static void start_spawner(void) {
    // All signals stay with the process's other threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    spawner.start_error = pthread_create(&thread, NULL, serve_spawns, NULL);
    if (spawner.start_error == 0) pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

pid_t assay_spawn(const struct assay_spawn_request *request, int *stage) {
    return assay_spawn_within(request, -1, -1, stage);
}

pid_t assay_spawn_within(const struct assay_spawn_request *request, int user_namespace, int mount_namespace, int *stage) {
    const struct job job = {request, user_namespace, mount_namespace};
    *stage = ASSAY_SPAWN_FORK;
    if (request->fd_count < 3 || request->fd_count > 64) return -EINVAL;
    pthread_once(&spawner.once, start_spawner);
    if (spawner.start_error != 0) return -spawner.start_error;
    pthread_mutex_lock(&spawner.turn);
    pthread_mutex_lock(&spawner.lock);
    spawner.done = 0;
    spawner.job = &job;
    pthread_cond_broadcast(&spawner.changed);
    while (!spawner.done) pthread_cond_wait(&spawner.changed, &spawner.lock);
    pid_t result = spawner.result;
    *stage = spawner.stage;
    pthread_mutex_unlock(&spawner.lock);
    pthread_mutex_unlock(&spawner.turn);
    return result;
}

// MARK: Afterwards

int assay_execute(const char *path, const char *const *arguments) {
    execv(path, (char *const *)arguments);
    return -errno;
}

pid_t assay_wait(pid_t pid, int *status, struct rusage *usage) {
    pid_t result;
    do result = wait4(pid, status, WNOHANG, usage);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

int assay_adopt_orphans(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int assay_pidfd_open(pid_t pid) {
    long fd = syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : (int)fd;
}

int assay_pidfd_kill(int pidfd) {
    return syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0 ? -errno : 0;
}
