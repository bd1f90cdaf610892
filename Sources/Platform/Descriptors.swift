import CPlatform
import Core
import Glibc

/// The descriptors that are made to start a child.
struct Descriptors {
  private var open: [Int32] = []

  /// An output as both sides have it.
  struct Ends {
    /// The child's.
    let theirs: Int32
    /// Ours to read; nil when nobody reads it.
    let ours: Int32?
  }

  /// Remembers a descriptor, to be closed.
  mutating func add(_ descriptor: Int32) -> Int32 {
    open.append(descriptor)
    return descriptor
  }

  /// Makes what an output needs; nil for one that is inherited.
  mutating func add(_ output: Child.Output) throws(Refusal) -> Ends? {
    switch output {
    case .inherited: return nil
    case .discarded: return Ends(theirs: add(try Self.opened("/dev/null", O_WRONLY)), ours: nil)
    case .kept:
      let file = add(try UnnamedFile.descriptor(of: []))
      return Ends(theirs: file, ours: file)
    case .piped:
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw Self.failure("pipe") }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return Ends(theirs: add(ends[1]), ours: add(ends[0]))
    case .file(let path):
      return Ends(theirs: add(try Self.opened(path, O_WRONLY | O_CREAT | O_APPEND)), ours: nil)
    }
  }

  /// Two ends of a socket: one for the child's stdin, one for us.
  mutating func addSocket() throws(Refusal) -> (theirs: Int32, ours: Int32) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw Self.failure("socket")
    }
    return (add(ends[0]), add(ends[1]))
  }

  private static func failure(_ what: String) -> Refusal {
    let failure = SystemFailure.last
    return Refusal(.io, "cannot make a \(what): \(failure.words)", remedy: failure.remedy())
  }

  private static func opened(_ path: String, _ flags: Int32) throws(Refusal) -> Int32 {
    let descriptor = Files.open(path, flags, 0o644)
    guard descriptor >= 0 else { throw Files.failure("create", path) }
    return descriptor
  }

  /// Leaves a descriptor open.
  ///
  /// - Returns: it; -1 for none.
  mutating func keep(_ descriptor: Int32?) -> Int32 {
    open.removeAll { $0 == descriptor }
    return descriptor ?? -1
  }

  /// Closes the others.
  func close() { for descriptor in open { Glibc.close(descriptor) } }
}

/// A file without a name, for what one program hands to another.
enum UnnamedFile {
  /// One of these bytes, read from its beginning: in memory where that is possible, since a disk that is full or cannot be
  /// written to must not keep us from asking git.
  ///
  /// - Throws: `Refusal` (74) when there is no room for all of them: whoever reads fewer decides on fewer.
  static func descriptor(of bytes: [UInt8]) throws(Refusal) -> Int32 {
    for make in [llmos_memory_file, onDisk] {
      let descriptor = make()
      guard descriptor >= 0 else { continue }
      if fill(descriptor, bytes) { return descriptor }
      close(descriptor)
    }
    let failure = SystemFailure.last
    throw Refusal(
      .io, "no space for another program's input or output: \(failure.words)",
      remedy: failure.remedy(at: temporary))
  }

  /// All that stands in one; empty for none (-1).
  static func content(of descriptor: Int32) -> [UInt8] {
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_size > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, filled in
      while filled < buffer.count {
        let count = pread(
          descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, off_t(filled))
        guard count > 0 else { return }
        filled += count
      }
    }
  }

  private static let temporary = "/tmp/"

  private static func onDisk() -> Int32 {
    var template = Array((temporary + "llmos-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { return descriptor }
    unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }

  /// Whether all of it could be written. The file's offset stays at its beginning.
  private static func fill(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset, off_t(offset))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      offset += count
    }
    return true
  }
}
