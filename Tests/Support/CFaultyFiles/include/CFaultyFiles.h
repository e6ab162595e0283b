#ifndef ASSAY_CFAULTYFILES_H
#define ASSAY_CFAULTYFILES_H

#include <stdbool.h>
#include <stdint.h>

/// A disk that fails as it is told to: the SQLite files of one folder, reached through a VFS that stands before the
/// default one. It keeps what was written and not synced, so that it can say what would be left after a power cut.
///
/// What it assumes of a disk is what SQLite assumes (sqlite.org/atomiccommit.html, "powersafe overwrite"): a write that
/// was not synced is there, absent, or there in some of its 512-byte sectors, each write and each sector by itself and in
/// any order; bytes outside what was written keep their values. Names are durable when a new log or journal is first
/// synced, which is when SQLite syncs the folder. The shared-memory index is not part of the disk: SQLite makes it anew.
typedef struct FaultyDisk FaultyDisk;

/// What can be counted and made to fail. `read` and `open` change nothing, so the power is never cut there.
enum {
    FAULTY_READ = 1,
    FAULTY_WRITE = 2,
    FAULTY_SYNC = 4,
    FAULTY_TRUNCATE = 8,
    FAULTY_OPEN = 16,
    FAULTY_DELETE = 32,
};

/// Watches the folder, which must be there. The same seed gives the same faults for the same operations. NULL where it
/// cannot be watched.
FaultyDisk *_Nullable faulty_disk_attach(const char *_Nonnull folder, uint64_t seed);

/// Watches no longer. Files that are open still stay watched until they are closed.
void faulty_disk_detach(FaultyDisk *_Nonnull disk);

/// Makes operations of these kinds fail with an SQLite result code: `times` of them, from the `nth` from now on.
///
/// A write that fails leaves some of its first sectors. A sync that fails loses some of what it was to sync, for good:
/// the file still reads as if it were there, and a later sync that succeeds does not bring it to the disk (which is what
/// Linux does: it marks the pages clean).
void faulty_disk_fail(FaultyDisk *_Nonnull disk, int kinds, int64_t nth, int64_t times, int code);

/// Makes the power fail in the place of the `nth` operation from now on that changes anything. From then on, everything
/// fails.
void faulty_disk_cut(FaultyDisk *_Nonnull disk, int64_t nth);

/// Nothing fails from now on. A cut is final.
void faulty_disk_heal(FaultyDisk *_Nonnull disk);

/// How many operations of these kinds there were since the disk was watched.
int64_t faulty_disk_operations(FaultyDisk *_Nonnull disk, int kinds);

/// How many were made to fail.
int64_t faulty_disk_failures(FaultyDisk *_Nonnull disk);

/// Writes to another folder what the disk may hold if the power fails now, or failed when it was cut; another seed, other
/// sectors. False where that folder cannot be written.
bool faulty_disk_image(FaultyDisk *_Nonnull disk, const char *_Nonnull folder, uint64_t seed);

#endif
