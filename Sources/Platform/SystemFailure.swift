import Core
import Glibc

/// Why the system has refused something (errno(3)), and what helps.
public struct SystemFailure: Sendable {
  private let number: Int32
  /// What the message that named it could not use; nil when it named nothing.
  private var path: String?

  /// Of the last call that failed.
  public static var last: SystemFailure { SystemFailure(number: errno) }

  private static let known = [
    EACCES, EPERM, EROFS, ENOSPC, EDQUOT, ENOLCK, ENFILE, EMFILE, EFBIG, ENOMEM, ENAMETOOLONG, ELOOP, EIO,
    ESTALE, ENOTCONN, EHOSTDOWN, ETIMEDOUT,
  ]

  /// The failure that somebody else's message has the words of; nil when it has none of those that we know a remedy for.
  ///
  /// - Parameter message: git's or libgit2's. An absolute path that it quotes is what could not be used.
  public init?(namedIn message: String) {
    let named = Self.known.first { message.contains(String(cString: strerror($0))) }
    // git's own words where it writes a file with a checksum (csum-file.c).
    guard let number = named ?? (message.contains("Out of diskspace") ? ENOSPC : nil) else { return nil }
    self.number = number
    path = message.split(separator: "'", omittingEmptySubsequences: false).map(String.init).first {
      $0.hasPrefix("/")
    }
  }

  /// Whether a file is there, or may be, that we may not look at or read; nil when that is not so.
  public init?(hiding path: String) {
    guard !Files.isReadable(path), errno == EACCES else { return nil }
    (number, self.path) = (EACCES, path)
  }

  init(number: Int32) { self.number = number }

  /// Whether trying again later may help: the system is short of what others give back.
  var isOfResources: Bool { [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(number) }

  /// The system's words for it (strerror(3)).
  public var words: String { String(cString: strerror(number)) }

  /// What helps; nil where that is not known.
  ///
  /// - Parameter path: what could not be made, changed or read; nil for what the message has named, if it did.
  public func remedy(at path: String? = nil) -> String? {
    let path = path ?? self.path
    let place = path.map { "\"\(Self.parent(of: $0))\"" } ?? "."
    let again = ", then run the same command again"
    switch number {
    case EACCES: return Self.access(to: path.map(Self.closed)) + again
    case EPERM:
      return "find what forbids it besides the mode: lsattr -d \(place), a container's or a security policy"
        + again
    case EROFS: return "mount \(place) writable\(again); status, check and verify need no writing"
    case ENOSPC: return "make room (df -h \(place); df -i \(place))" + again
    case EDQUOT: return "make room in your quota (quota -s)" + again
    case EMFILE: return "raise the limit of open files (ulimit -n 1024)" + again
    case ENFILE: return "end programs that hold many files open" + again
    case EFBIG: return "raise the limit of a file's size (ulimit -f unlimited)" + again
    case ENOMEM: return "make memory free, or raise the limit (ulimit -v unlimited)" + again
    case ENOLCK:
      return "mount \(place) with locks (NFS: its lock service, or -o nolock where one machine uses it)"
        + again
    case ENAMETOOLONG: return "shorten the name, or move the repository to a shorter path" + again
    case ELOOP: return "find the symlinks that lead back to each other (namei -l \(place))" + again
    case EIO: return "look for what its disk or server says (dmesg | tail), save what can be read" + again
    case ESTALE, ENOTCONN, EHOSTDOWN, ETIMEDOUT:
      return "enter the directory anew (cd .. and back), else mount \(place) again" + again
    default: return nil
    }
  }

  private static func access(to path: String?) -> String {
    var status = stat()
    guard let path, path.withRawCString({ stat($0, &status) }) == 0 else {
      return "get access to it (ls -ld tells whose it is)"
    }
    let isDirectory = status.st_mode & S_IFMT == S_IFDIR
    guard status.st_uid != geteuid() else { return "chmod u+rw\(isDirectory ? "x" : "") \"\(path)\"" }
    return
      "\"\(path)\" belongs to the user \(String(status.st_uid)): run as that user, or have access given to you"
  }

  /// What keeps us from a path: itself where it is there and cannot be read, else the directory that it is in.
  private static func closed(_ path: String) -> String {
    let plain = path.withoutSlash
    return Files.exists(plain) && !Files.isReadable(plain) ? plain : parent(of: path)
  }

  /// The nearest directory above a path that is there.
  private static func parent(of path: String) -> String {
    var directory = Files.directory(of: path)
    while directory != "/", directory != "./", !Files.isDirectory(directory) {
      directory = Files.directory(of: directory)
    }
    return directory
  }
}
