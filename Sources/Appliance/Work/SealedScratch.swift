import AuditSigning
import CanonicalEncoding
import EvaluationLogs
import Glibc
import Synchronization

/// A file without a name, of any size, whose bytes reach the disk sealed only, under a key that is in this process alone: when
/// it is let go, or the process ends, nothing of it is left that could be read.
///
/// Its content lies in blocks of a quarter of a megabyte, each sealed by itself and bound to its place; the last one, while it
/// is not full, is in memory. Memory does not grow with the file.
package final class SealedScratch: LogFile, Sendable {
    package let path = "(a sealed log)"
    private static let block = 1 << 18

    private struct State {
        var sealed = 0
        var tail: [UInt8] = []
        var isClosed = false
    }

    private let descriptor: Int32
    private let key: [UInt8]
    private let state = Mutex(State())

    /// - Parameter folder: on whose disk it lies.
    package init(in folder: String) throws(EvaluationLogError) {
        let name = "\(folder)/.scratch-\(Hex.encode(SecureRandom.bytes(16)))"
        descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0, unlink(name) == 0 else {
            throw EvaluationLogError(.file, path, "it could not be begun on the disk of \(folder): \(String(cString: strerror(errno)))")
        }
        key = SecureRandom.bytes(32)
    }

    deinit { close(descriptor) }

    package var size: UInt64 { state.withLock { UInt64($0.sealed * Self.block + $0.tail.count) } }

    package func append(_ bytes: UnsafeRawBufferPointer) throws(EvaluationLogError) { try append(Array(bytes)) }

    package func append(_ bytes: [UInt8]) throws(EvaluationLogError) {
        try locked { state throws(EvaluationLogError) in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = rest.prefix(Self.block - state.tail.count)
                state.tail += part
                rest = rest.dropFirst(part.count)
                guard state.tail.count == Self.block else { return }
                try self.write(state.tail, state.sealed)
                state.sealed += 1
                state.tail.removeAll(keepingCapacity: true)
            }
        }
    }

    package func overwrite(at offset: UInt64, _ bytes: [UInt8]) throws(EvaluationLogError) {
        try locked { state throws(EvaluationLogError) in
            try self.check(offset, bytes.count, state)
            var position = Int(offset), rest = bytes[...]
            while !rest.isEmpty {
                let (number, start) = position.quotientAndRemainder(dividingBy: Self.block)
                let part = rest.prefix(Self.block - start)
                if number == state.sealed {
                    state.tail.replaceSubrange(start..<start + part.count, with: part)
                } else {
                    var block = try self.read(number)
                    block.replaceSubrange(start..<start + part.count, with: part)
                    try self.write(block, number)
                }
                position += part.count
                rest = rest.dropFirst(part.count)
            }
        }
    }

    package func read(at offset: UInt64, count: Int) throws(EvaluationLogError) -> [UInt8] {
        try locked { state throws(EvaluationLogError) in
            try self.check(offset, count, state)
            var bytes: [UInt8] = [], position = Int(offset)
            bytes.reserveCapacity(count)
            while bytes.count < count {
                let (number, start) = position.quotientAndRemainder(dividingBy: Self.block)
                let block = number == state.sealed ? state.tail : try self.read(number)
                let part = block[start..<min(block.count, start + count - bytes.count)]
                bytes += part
                position += part.count
            }
            return bytes
        }
    }

    package func commit() {}

    /// Its bytes go with it.
    package func abandon() {}

    // MARK: Blocks

    private func locked<Value: Sendable>(
        _ body: (inout State) throws(EvaluationLogError) -> Value
    ) throws(EvaluationLogError) -> Value {
        let outcome: Result<Value, EvaluationLogError> = state.withLock { state in
            do throws(EvaluationLogError) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    private func check(_ offset: UInt64, _ count: Int, _ state: State) throws(EvaluationLogError) {
        let size = UInt64(state.sealed * Self.block + state.tail.count)
        guard offset <= size, count >= 0, UInt64(count) <= size - offset else {
            throw EvaluationLogError(.archive, path, "bytes \(offset) to \(offset) + \(count) were asked of \(size)")
        }
    }

    private static func label(_ number: Int) -> [UInt8] { Array("assay scratch\u{0}\(number)".utf8) }

    private func write(_ block: [UInt8], _ number: Int) throws(EvaluationLogError) {
        let sealed: [UInt8]
        do { sealed = try KeyWrap.wrap(block, under: key, associatedData: Self.label(number)) } catch {
            throw EvaluationLogError(.file, path, "a block could not be sealed: \(error)")
        }
        var written = 0
        while written < sealed.count {
            let place = off_t(number * (Self.block + KeyWrap.overhead) + written)
            let count = sealed.withUnsafeBytes { pwrite(descriptor, $0.baseAddress.map { $0 + written }, sealed.count - written, place) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw EvaluationLogError(.file, path, "it could not be written: \(String(cString: strerror(errno))). See that the disk has room.") }
            written += count
        }
    }

    private func read(_ number: Int) throws(EvaluationLogError) -> [UInt8] {
        var sealed = [UInt8](repeating: 0, count: Self.block + KeyWrap.overhead)
        var filled = 0
        while filled < sealed.count {
            let (start, place) = (filled, off_t(number * sealed.count + filled))
            let count = sealed.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress.map { $0 + start }, $0.count - start, place) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw EvaluationLogError(.file, path, "it could not be read back: \(count < 0 ? String(cString: strerror(errno)) : "it ends too early")") }
            filled += count
        }
        do { return try KeyWrap.unwrap(sealed, under: key, associatedData: Self.label(number)) } catch {
            throw EvaluationLogError(.file, path, "what was written reads otherwise. Check the disk.")
        }
    }
}
