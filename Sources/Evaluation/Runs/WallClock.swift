import Glibc

/// The time of day, for what is kept beside a record; nothing that is digested depends on it.
enum WallClock {
    static var milliseconds: Int64 {
        var time = timespec()
        guard clock_gettime(CLOCK_REALTIME, &time) == 0 else { return 0 }
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
