#include "CFaultyFiles.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512 };

/// A write or truncation that was not synced.
typedef struct Change {
    struct Change *next;
    bool is_truncation;
    int64_t offset; // of the write; the new size of a truncation
    int64_t count;
    uint8_t bytes[];
} Change;

/// A file's content, whatever its name.
typedef struct Content {
    uint8_t *durable;
    int64_t size, capacity;
    Change *first, *last;
    bool syncs_names; // a new log or journal: SQLite syncs the folder with its first sync
} Content;

typedef struct Name {
    struct Name *next;
    Content *now, *durable; // NULL where there is no such file
    char name[];
} Name;

struct FaultyDisk {
    FaultyDisk *next;
    pthread_mutex_t lock;
    char folder[PATH_MAX];
    Name *names;
    uint64_t random;
    int64_t counts[6];
    int kinds, code;
    int64_t until_failure, failures_left, failures, until_cut;
    bool is_off, is_detached;
    int open_files;
};

typedef struct {
    sqlite3_file base;
    FaultyDisk *disk;
    Content *content;
    sqlite3_file real[]; // as large as the default VFS wants it
} File;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs faulty_vfs;
static pthread_mutex_t disks_lock = PTHREAD_MUTEX_INITIALIZER;
static FaultyDisk *disks;

// SplitMix64 (Steele, Lea, Flood 2014).
static uint64_t draw(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void *must(void *memory) {
    if (memory == NULL) abort();
    return memory;
}

// MARK: What the disk holds

static void grow(Content *content, int64_t size) {
    if (size > content->capacity) {
        content->capacity = size * 2;
        content->durable = must(realloc(content->durable, content->capacity));
    }
    if (size > content->size) memset(content->durable + content->size, 0, size - content->size);
    content->size = size;
}

static void put(Content *content, const Change *change, int64_t from, int64_t to) {
    if (from >= to) return;
    if (to > content->size) grow(content, to);
    memcpy(content->durable + from, change->bytes + (from - change->offset), to - from);
}

/// Lets a change reach the disk: all of it, or where `random` is given nothing, all, or some of its sectors.
static void settle(Content *content, const Change *change, uint64_t *random) {
    uint64_t fate = random ? draw(random) % 4 : 1;
    if (fate == 0) return;
    if (change->is_truncation) {
        if (change->offset < content->size) content->size = change->offset;
        else grow(content, change->offset);
        return;
    }
    int64_t end = change->offset + change->count;
    for (int64_t start = change->offset; start < end;) {
        int64_t stop = (start / SECTOR + 1) * SECTOR;
        if (stop > end) stop = end;
        if (fate == 1 || draw(random) % 2 == 0) put(content, change, start, stop);
        start = stop;
    }
}

static void settle_all(Content *content, uint64_t *random) {
    for (Change *change = content->first; change != NULL;) {
        Change *next = change->next;
        settle(content, change, random);
        free(change);
        change = next;
    }
    content->first = content->last = NULL;
}

static void note(Content *content, bool is_truncation, int64_t offset, const void *bytes, int64_t count) {
    Change *change = must(malloc(sizeof(Change) + count));
    *change = (Change){.is_truncation = is_truncation, .offset = offset, .count = count};
    if (count > 0) memcpy(change->bytes, bytes, count);
    if (content->last) content->last->next = change;
    else content->first = change;
    content->last = change;
}

static Name *name_of(FaultyDisk *disk, const char *name) {
    for (Name *one = disk->names; one != NULL; one = one->next)
        if (strcmp(one->name, name) == 0) return one;
    Name *one = must(calloc(1, sizeof(Name) + strlen(name) + 1));
    strcpy(one->name, name);
    one->next = disk->names;
    return disk->names = one;
}

static void sync_names(FaultyDisk *disk) {
    for (Name *one = disk->names; one != NULL; one = one->next) one->durable = one->now;
}

/// What was in the folder before it was watched counts as durable.
static Content *found(const char *path) {
    Content *content = must(calloc(1, sizeof(Content)));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
        grow(content, status.st_size);
        if (read(file, content->durable, status.st_size) != status.st_size) abort();
    }
    if (file >= 0) close(file);
    return content;
}

// MARK: What fails

static int index_of(int kind) { return __builtin_ctz(kind); }

/// Counts an operation and says whether it fails, with which code. `is_cut` where the power fails in its place.
static int step(FaultyDisk *disk, int kind, int off_code, bool *is_cut) {
    *is_cut = false;
    if (disk->is_off) return off_code;
    disk->counts[index_of(kind)] += 1;
    bool changes = (kind & (FAULTY_READ | FAULTY_OPEN)) == 0;
    if (changes && disk->until_cut > 0 && --disk->until_cut == 0) {
        disk->is_off = *is_cut = true;
        return off_code;
    }
    if ((disk->kinds & kind) == 0 || disk->failures_left == 0) return SQLITE_OK;
    if (disk->until_failure > 1) {
        disk->until_failure -= 1;
        return SQLITE_OK;
    }
    disk->failures_left -= 1;
    disk->failures += 1;
    return disk->code;
}

// MARK: Files

static sqlite3_file *real(sqlite3_file *file) { return ((File *)file)->real; }

static int x_close(sqlite3_file *base) {
    File *file = (File *)base;
    FaultyDisk *disk = file->disk;
    int code = real(base)->pMethods ? real(base)->pMethods->xClose(real(base)) : SQLITE_OK;
    pthread_mutex_lock(&disk->lock);
    disk->open_files -= 1;
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int x_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    File *file = (File *)base;
    bool is_cut;
    pthread_mutex_lock(&file->disk->lock);
    int code = step(file->disk, FAULTY_READ, SQLITE_IOERR_READ, &is_cut);
    pthread_mutex_unlock(&file->disk->lock);
    return code != SQLITE_OK ? code : real(base)->pMethods->xRead(real(base), bytes, count, offset);
}

static int x_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    File *file = (File *)base;
    FaultyDisk *disk = file->disk;
    bool is_cut;
    pthread_mutex_lock(&disk->lock);
    int code = step(disk, FAULTY_WRITE, SQLITE_IOERR_WRITE, &is_cut);
    if (is_cut) note(file->content, false, offset, bytes, count);
    int written = count;
    if (code != SQLITE_OK) written = disk->is_off ? 0 : (int)(draw(&disk->random) % (count / SECTOR + 1)) * SECTOR;
    if (written > 0) {
        int real_code = real(base)->pMethods->xWrite(real(base), bytes, written, offset);
        if (real_code == SQLITE_OK) note(file->content, false, offset, bytes, written);
        else code = real_code;
    }
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int x_truncate(sqlite3_file *base, sqlite3_int64 size) {
    File *file = (File *)base;
    bool is_cut;
    pthread_mutex_lock(&file->disk->lock);
    int code = step(file->disk, FAULTY_TRUNCATE, SQLITE_IOERR_TRUNCATE, &is_cut);
    if (code == SQLITE_OK) code = real(base)->pMethods->xTruncate(real(base), size);
    if (code == SQLITE_OK || is_cut) note(file->content, true, size, NULL, 0);
    pthread_mutex_unlock(&file->disk->lock);
    return code;
}

static int x_sync(sqlite3_file *base, int flags) {
    File *file = (File *)base;
    FaultyDisk *disk = file->disk;
    bool is_cut;
    (void)flags; // The folder lies in memory as a rule: what is durable is kept here, so nothing is waited for.
    pthread_mutex_lock(&disk->lock);
    int code = step(disk, FAULTY_SYNC, SQLITE_IOERR_FSYNC, &is_cut);
    if (code == SQLITE_OK) {
        settle_all(file->content, NULL);
        if (file->content->syncs_names) sync_names(disk);
        file->content->syncs_names = false;
    } else if (!disk->is_off) {
        settle_all(file->content, &disk->random);
    }
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int x_file_size(sqlite3_file *base, sqlite3_int64 *size) {
    File *file = (File *)base;
    pthread_mutex_lock(&file->disk->lock);
    bool is_off = file->disk->is_off;
    pthread_mutex_unlock(&file->disk->lock);
    return is_off ? SQLITE_IOERR_FSTAT : real(base)->pMethods->xFileSize(real(base), size);
}

static int x_lock(sqlite3_file *file, int level) { return real(file)->pMethods->xLock(real(file), level); }
static int x_unlock(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
static int x_check_lock(sqlite3_file *file, int *is_reserved) {
    return real(file)->pMethods->xCheckReservedLock(real(file), is_reserved);
}
static int x_control(sqlite3_file *file, int operation, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
static int x_sector_size(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }
static int x_device(sqlite3_file *file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
static int x_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}
static int x_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
static void x_shm_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }
static int x_shm_unmap(sqlite3_file *file, int is_deleted) { return real(file)->pMethods->xShmUnmap(real(file), is_deleted); }

// Version 2: with shared memory, without memory-mapped reads, which would pass by this.
static const sqlite3_io_methods methods = {
    2, x_close, x_read, x_write, x_truncate, x_sync, x_file_size, x_lock, x_unlock, x_check_lock, x_control, x_sector_size, x_device,
    x_shm_map, x_shm_lock, x_shm_barrier, x_shm_unmap, NULL, NULL,
};

/// The disk on which a path lies, with the name there; NULL where nobody watches.
static FaultyDisk *disk_of(const char *path, const char **name) {
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (slash == NULL) return NULL;
    pthread_mutex_lock(&disks_lock);
    FaultyDisk *disk = disks;
    while (disk != NULL && !(!disk->is_detached && strlen(disk->folder) == (size_t)(slash - path)
                             && memcmp(disk->folder, path, slash - path) == 0))
        disk = disk->next;
    pthread_mutex_unlock(&disks_lock);
    *name = slash + 1;
    return disk;
}

static int x_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags) {
    (void)vfs;
    const char *name;
    FaultyDisk *disk = disk_of(path, &name);
    if (disk == NULL) return real_vfs->xOpen(real_vfs, path, base, flags, out_flags);
    File *file = (File *)base;
    base->pMethods = NULL;
    bool is_cut;
    pthread_mutex_lock(&disk->lock);
    int code = step(disk, FAULTY_OPEN, SQLITE_CANTOPEN, &is_cut);
    bool is_there = access(path, F_OK) == 0;
    if (code == SQLITE_OK) code = real_vfs->xOpen(real_vfs, path, file->real, flags, out_flags);
    if (code == SQLITE_OK) {
        Name *one = name_of(disk, name);
        if (one->now == NULL) {
            one->now = is_there ? found(path) : must(calloc(1, sizeof(Content)));
            if (is_there) one->durable = one->now;
            else one->now->syncs_names = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
        }
        file->disk = disk;
        file->content = one->now;
        disk->open_files += 1;
        base->pMethods = &methods;
    }
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int x_delete(sqlite3_vfs *vfs, const char *path, int sync_folder) {
    (void)vfs;
    const char *name;
    FaultyDisk *disk = disk_of(path, &name);
    size_t length = path ? strlen(path) : 0;
    if (disk == NULL || (length > 4 && strcmp(path + length - 4, "-shm") == 0)) return real_vfs->xDelete(real_vfs, path, sync_folder);
    bool is_cut;
    pthread_mutex_lock(&disk->lock);
    int code = step(disk, FAULTY_DELETE, SQLITE_IOERR_DELETE, &is_cut);
    if (code == SQLITE_OK) code = real_vfs->xDelete(real_vfs, path, 0);
    if (code == SQLITE_OK || is_cut) name_of(disk, name)->now = NULL;
    if (code == SQLITE_OK && sync_folder) sync_names(disk);
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int x_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)vfs;
    return real_vfs->xAccess(real_vfs, path, flags, result);
}
static int x_full_pathname(sqlite3_vfs *vfs, const char *path, int count, char *full) {
    (void)vfs;
    return real_vfs->xFullPathname(real_vfs, path, count, full);
}
static int x_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    (void)vfs;
    return real_vfs->xRandomness(real_vfs, count, bytes);
}
static int x_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return real_vfs->xSleep(real_vfs, microseconds);
}
static int x_current_time(sqlite3_vfs *vfs, double *time) {
    (void)vfs;
    return real_vfs->xCurrentTime(real_vfs, time);
}
static int x_current_time_64(sqlite3_vfs *vfs, sqlite3_int64 *time) {
    (void)vfs;
    return real_vfs->xCurrentTimeInt64(real_vfs, time);
}
static int x_last_error(sqlite3_vfs *vfs, int count, char *text) {
    (void)vfs;
    return real_vfs->xGetLastError(real_vfs, count, text);
}

// MARK: Disks

/// Puts the VFS before the default one. Files outside the watched folders are the default's own, untouched.
static void install(void) {
    real_vfs = sqlite3_vfs_find(NULL);
    if (real_vfs == NULL) return;
    faulty_vfs = (sqlite3_vfs){
        .iVersion = 2, .szOsFile = (int)sizeof(File) + real_vfs->szOsFile, .mxPathname = real_vfs->mxPathname, .zName = "faulty",
        .xOpen = x_open, .xDelete = x_delete, .xAccess = x_access, .xFullPathname = x_full_pathname, .xRandomness = x_randomness,
        .xSleep = x_sleep, .xCurrentTime = x_current_time, .xGetLastError = x_last_error, .xCurrentTimeInt64 = x_current_time_64,
    };
    if (sqlite3_vfs_register(&faulty_vfs, 1) != SQLITE_OK) real_vfs = NULL;
}

FaultyDisk *faulty_disk_attach(const char *folder, uint64_t seed) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    FaultyDisk *disk = must(calloc(1, sizeof(FaultyDisk)));
    if (real_vfs == NULL || realpath(folder, disk->folder) == NULL) {
        free(disk);
        return NULL;
    }
    pthread_mutex_init(&disk->lock, NULL);
    disk->random = seed;
    pthread_mutex_lock(&disks_lock);
    disk->next = disks;
    disks = disk;
    pthread_mutex_unlock(&disks_lock);
    return disk;
}

void faulty_disk_detach(FaultyDisk *disk) {
    pthread_mutex_lock(&disks_lock);
    disk->is_detached = true;
    pthread_mutex_lock(&disk->lock);
    bool is_unused = disk->open_files == 0;
    pthread_mutex_unlock(&disk->lock);
    if (is_unused) {
        FaultyDisk **link = &disks;
        while (*link != disk) link = &(*link)->next;
        *link = disk->next;
    }
    pthread_mutex_unlock(&disks_lock);
    // Where files are open still the disk stays, with what it holds: this is for tests, whose process ends.
    if (!is_unused) return;
    Content *seen[64];
    int count = 0;
    for (Name *one = disk->names; one != NULL;) {
        Name *next = one->next;
        Content *both[] = {one->now, one->durable};
        for (int i = 0; i < 2; i++) {
            bool is_new = both[i] != NULL && count < 64;
            for (int j = 0; j < count; j++) is_new = is_new && seen[j] != both[i];
            if (is_new) seen[count++] = both[i];
        }
        free(one);
        one = next;
    }
    for (int i = 0; i < count; i++) {
        for (Change *change = seen[i]->first; change != NULL;) {
            Change *next = change->next;
            free(change);
            change = next;
        }
        free(seen[i]->durable);
        free(seen[i]);
    }
    pthread_mutex_destroy(&disk->lock);
    free(disk);
}

void faulty_disk_fail(FaultyDisk *disk, int kinds, int64_t nth, int64_t times, int code) {
    pthread_mutex_lock(&disk->lock);
    disk->kinds = kinds;
    disk->until_failure = nth;
    disk->failures_left = times;
    disk->code = code;
    pthread_mutex_unlock(&disk->lock);
}

void faulty_disk_cut(FaultyDisk *disk, int64_t nth) {
    pthread_mutex_lock(&disk->lock);
    disk->until_cut = nth;
    pthread_mutex_unlock(&disk->lock);
}

void faulty_disk_heal(FaultyDisk *disk) { faulty_disk_fail(disk, 0, 0, 0, SQLITE_OK); }

int64_t faulty_disk_operations(FaultyDisk *disk, int kinds) {
    pthread_mutex_lock(&disk->lock);
    int64_t count = 0;
    for (int i = 0; i < 6; i++)
        if (kinds & (1 << i)) count += disk->counts[i];
    pthread_mutex_unlock(&disk->lock);
    return count;
}

int64_t faulty_disk_failures(FaultyDisk *disk) {
    pthread_mutex_lock(&disk->lock);
    int64_t failures = disk->failures;
    pthread_mutex_unlock(&disk->lock);
    return failures;
}

static bool write_image(const char *path, const Content *content, uint64_t *random, bool keeps_all, bool keeps_none) {
    Content copy = {.size = 0};
    if (content->size > 0) {
        grow(&copy, content->size);
        memcpy(copy.durable, content->durable, content->size);
    }
    for (const Change *change = content->first; change != NULL; change = change->next)
        if (!keeps_none) settle(&copy, change, keeps_all ? NULL : random);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool done = file >= 0;
    for (int64_t at = 0; done && at < copy.size;) {
        ssize_t count = write(file, copy.durable + at, copy.size - at);
        done = count > 0;
        at += count;
    }
    if (file >= 0) close(file);
    free(copy.durable);
    return done;
}

bool faulty_disk_image(FaultyDisk *disk, const char *folder, uint64_t seed) {
    uint64_t random = seed;
    bool done = true;
    pthread_mutex_lock(&disk->lock);
    for (Name *one = disk->names; done && one != NULL; one = one->next) {
        const Content *content = draw(&random) % 2 ? one->now : one->durable;
        char path[PATH_MAX + NAME_MAX + 2];
        if (content == NULL) continue;
        if (strlen(folder) + strlen(one->name) + 2 > sizeof path) {
            done = false;
            break;
        }
        strcpy(path, folder);
        strcat(path, "/");
        strcat(path, one->name);
        done = write_image(path, content, &random, seed % 8 == 1, seed % 8 == 0);
    }
    pthread_mutex_unlock(&disk->lock);
    return done;
}
