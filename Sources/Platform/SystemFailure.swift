import Core
import Glibc

/// Why the system has refused something (errno(3)), and what helps.
public struct SystemFailure: Sendable {
  private let number: Int32

  /// Of the last call that failed.
  public static var last: SystemFailure { SystemFailure(number: errno) }

  /// The failure that somebody else's message has the words of; nil when it has none of those that we know a remedy for.
  public init?(namedIn message: String) {
    let known = [EACCES, EPERM, EROFS, ENOSPC, EDQUOT, ENOLCK]
    guard let number = known.first(where: { message.contains(String(cString: strerror($0))) }) else {
      return nil
    }
    self.number = number
  }

  init(number: Int32) { self.number = number }

  /// The system's words for it (strerror(3)).
  public var words: String { String(cString: strerror(number)) }

  /// What helps; nil where that is not known.
  ///
  /// - Parameter path: what could not be made or changed; nil when that is not known.
  public func remedy(at path: String? = nil) -> String? {
    let place = path.map { "\"\(Self.parent(of: $0))\"" } ?? "it"
    let again = ", then run the same command again"
    switch number {
    case EACCES: return Self.access(to: path.map(Self.parent), place) + again
    case EPERM:
      return "find what forbids it besides the mode: lsattr -d \(place), a container's or a security policy"
        + again
    case EROFS: return "mount \(place) writable\(again); status, check and verify need no writing"
    case ENOSPC: return "make room (df -h \(place); df -i \(place))" + again
    case EDQUOT: return "make room in your quota (quota -s)" + again
    case ENOLCK:
      return "mount \(place) with locks (NFS: its lock service, or -o nolock where one machine uses it)"
        + again
    default: return nil
    }
  }

  private static func access(to directory: String?, _ place: String) -> String {
    var status = stat()
    guard let directory, directory.withRawCString({ stat($0, &status) }) == 0 else {
      return "get access to it (ls -ld)"
    }
    guard status.st_uid != geteuid() else { return "chmod u+rwx \(place)" }
    return
      "\(place) belongs to the user \(String(status.st_uid)): run as that user, or have access given to you"
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
