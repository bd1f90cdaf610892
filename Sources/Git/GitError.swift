import CLibgit2
import Core

/// What libgit2 answered, with the operation that asked.
public struct GitError: Error, Sendable {
  /// libgit2's `git_error_code`; open, so that an unknown code is never lost.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// `git_error_code` as a number.
    public let rawValue: Int32

    /// Any code, known or not.
    public init(rawValue: Int32) {
      self.rawValue = rawValue
    }

    /// `GIT_ENOTFOUND`.
    public static let notFound = Code(rawValue: GIT_ENOTFOUND.rawValue)
    /// `GIT_EEXISTS`.
    public static let exists = Code(rawValue: GIT_EEXISTS.rawValue)
    /// `GIT_EMODIFIED`: a compare-and-swap found another value.
    public static let modified = Code(rawValue: GIT_EMODIFIED.rawValue)
    /// `GIT_ELOCKED`: another process holds the lock file.
    public static let locked = Code(rawValue: GIT_ELOCKED.rawValue)
    /// `GIT_EOWNER`, which libgit2 1.1 to 1.2 do not have: the repository belongs to another user (git's `safe.directory`).
    public static let owner = Code(rawValue: -36)
    /// `GIT_EINVALIDSPEC`.
    public static let invalidName = Code(rawValue: GIT_EINVALIDSPEC.rawValue)
    /// `GIT_EAMBIGUOUS`.
    public static let ambiguous = Code(rawValue: GIT_EAMBIGUOUS.rawValue)
    /// `GIT_ERROR`: nothing that has a code of its own.
    public static let failed = Code(rawValue: GIT_ERROR.rawValue)
    /// git itself cannot be started.
    public static let noGit = Code(rawValue: -10_001)
    /// git itself does not open the repository's format.
    public static let unknownFormat = Code(rawValue: -10_002)
    /// We may not look at it, so whether it is there is not known.
    public static let hidden = Code(rawValue: -10_003)
    /// git itself cannot read its configuration.
    public static let badConfiguration = Code(rawValue: -10_004)
    /// More bytes than the caller takes.
    public static let tooLarge = Code(rawValue: GIT_EBUFS.rawValue)
  }

  /// What was tried, as a phrase: "read commit 1a2b…".
  public let operation: String
  /// Which kind of failure.
  public let code: Code
  /// libgit2's own words.
  public let message: String
  /// Of a lock that stays held, and is not taken away as stale: its file.
  public var lock: String?

  /// Whether it says something of the git at hand, and nothing of what was to be read.
  public var isOfGitItself: Bool { code == .noGit || code == .unknownFormat || code == .badConfiguration }

  /// What git's own words say of the git at hand: that it does not open the repository, or cannot read its configuration;
  /// nil where they say anything else.
  public static func ofGitItself(_ words: String) -> GitError? {
    let error = Plumbing.error("run git", words)
    return error.isOfGitItself ? error : nil
  }

  /// A repository that another user owns, found by this module itself.
  static func anotherUsers(_ place: String) -> GitError {
    GitError(operation: "open \(place)", code: .owner, message: "\(place) is not owned by the current user")
  }

  /// An error that this module itself finds.
  public init(operation: String, code: Code, message: String) {
    self.operation = operation
    self.code = code
    self.message = message
  }
}

/// Throws when `status` is negative; libgit2's message is copied at once, before another call replaces it.
@discardableResult
func check(_ status: Int32, _ operation: @autoclosure () -> String) throws(GitError) -> Int32 {
  guard status < 0 else { return status }
  let words = git_error_last().flatMap { $0.pointee.message.map { String(cString: $0) } }
  throw GitError(
    operation: operation(), code: GitError.Code(rawValue: status), message: words ?? "no reason given")
}
