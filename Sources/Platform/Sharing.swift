import Glibc
import Synchronization

/// `core.sharedRepository` (git-config(1)): what we make in a git directory that several users share is as open as what
/// git makes there. git makes its files so one by one; we do it with our umask, and give the programs that we start, and
/// what we write into a worktree, the one that we were given.
public enum Sharing {
  /// What is added to the mode of a file; all of `given` and none of it before a shared repository is opened.
  private static let added = Atomic<UInt32>(0)
  /// The umask that we were given, once it has been changed; with it a bit that no umask has.
  private static let given = Atomic<UInt32>(0)
  private static let isChanged: UInt32 = 1 << 31

  /// Whether a git directory is more open than what we would make: then its configuration is worth a look. (A directory
  /// that is not shared itself shares nothing in it.)
  public static func mayApply(to directory: String) -> Bool {
    var status = stat()
    return directory.withRawCString { stat($0, &status) } == 0 && status.st_mode & current & 0o777 != 0
  }

  /// From here on we make files as this value of `core.sharedRepository` says.
  public static func adopt(_ value: String) {
    guard let bits = bits(of: value) else { return }
    let old = current
    given.store(UInt32(old) | isChanged, ordering: .relaxed)
    added.store(bits & 0o666, ordering: .relaxed)
    umask(old & ~mode_t(bits))
  }

  /// What a value grants group and others, with the right to enter directories; nil for one that grants nothing.
  static func bits(of value: String) -> UInt32? {
    switch value.lowercased() {
    case "group", "true", "yes", "on", "1", "": return 0o070
    case "all", "world", "everybody", "2": return 0o075
    case "umask", "false", "no", "off", "0": return nil
    default:
      guard value.hasPrefix("0"), let mode = UInt32(value, radix: 8), mode & 0o600 == 0o600 else {
        return nil
      }
      return (mode | (mode & 0o444) >> 2) & 0o077
    }
  }

  /// Whether a value lets others write.
  public static func isShared(_ value: String) -> Bool { bits(of: value).map { $0 & 0o020 != 0 } ?? false }

  /// Whether a directory's group may write into it.
  public static func isWritableByGroup(_ directory: String) -> Bool {
    var status = stat()
    return directory.withRawCString { stat($0, &status) } == 0 && status.st_mode & 0o020 != 0
  }

  /// The mode of a file in a git directory.
  static func mode(_ mode: UInt32) -> UInt32 {
    let more = added.load(ordering: .relaxed)
    // Who may not write what is his own (an object, a program) lets nobody else.
    return mode | (mode & 0o200 == 0 ? more & 0o444 : more) | (mode & 0o100 == 0 ? 0 : (more & 0o444) >> 2)
  }

  /// Does something with the umask that we were given.
  static func suspended<Result>(_ body: () -> Result) -> Result {
    let given = given.load(ordering: .relaxed)
    guard given & isChanged != 0 else { return body() }
    let ours = umask(mode_t(given & 0o777))
    defer { umask(ours) }
    return body()
  }

  private static var current: mode_t {
    let mask = umask(0)
    umask(mask)
    return mask
  }
}
