import Core
import Verify

/// What `verify` tells a host of code: the commits that are not good, each with a place in the files that people see.
public struct CheckReport: Sendable {
  /// A commit that is not good.
  public struct Flagged: Sendable {
    /// The commit.
    public let commit: ObjectID
    /// Its verdict.
    public let judgement: Judgement
    /// Why, in a few words.
    public let reason: String
    /// The first line of its message.
    public let subject: String
    /// The file at which it is shown, from the repository's root, as bytes; nil for a commit that changes none.
    public let path: [UInt8]?
    /// The first line that it changes there, from 1.
    public let line: Int

    /// A commit with these facts.
    public init(
      commit: ObjectID, judgement: Judgement, reason: String, subject: String, path: [UInt8]?, line: Int
    ) {
      self.commit = commit
      self.judgement = judgement
      self.reason = reason
      self.subject = subject
      self.path = path
      self.line = line
    }
  }

  /// The commits that are not good: VIOLATION first, then what nobody proved, in the order of history.
  public let flagged: [Flagged]
  /// How many commits have which verdict.
  public let counts: [Judgement: Int]
  /// What is wrong with the ledgers, a line each.
  public let findings: [String]
  /// Whether everything that is not good fails the check, and not a violation alone.
  public let isStrict: Bool
  /// The program's version.
  public let version: String

  /// A report of these facts.
  public init(
    flagged: [Flagged], counts: [Judgement: Int], findings: [String], isStrict: Bool, version: String
  ) {
    self.flagged = flagged
    self.counts = counts
    self.findings = findings
    self.isStrict = isStrict
    self.version = version
  }

  /// The verdicts that are reported, worst first.
  public static let verdicts: [Judgement] = [.violation, .unproven, .unseen, .incoming]

  /// Whether a verdict fails the check.
  func fails(_ judgement: Judgement) -> Bool { judgement == .violation || isStrict }

  /// What a verdict means.
  static func meaning(of judgement: Judgement) -> String {
    switch judgement {
    case .violation: "The commit landed in a phase that allows no commits, or breaks the rules of its phase."
    case .unproven: "No ledger that is believed says when the commit was made."
    case .unseen: "The commit landed in a phase that allows commits, and no hook saw it."
    case .incoming: "A remote brought the commit, and no ledger says yet what it is."
    default: "The commit is proven."
    }
  }

  /// What to do about a verdict.
  static func remedy(for judgement: Judgement) -> String {
    switch judgement {
    case .violation:
      "The owner accepts it (llmos-hook allow --commits COMMIT --reason WHY, llmos-hook sync) or removes it. Where the "
        + "clone that made it has yet to sync, that comes first, and then the check again."
    case .unproven, .unseen, .incoming:
      "Run llmos-hook sync in the clone that made it, then the check again. Where that does not help, the owner "
        + "accepts it: llmos-hook allow --commits COMMIT --reason WHY, then llmos-hook sync."
    default: ""
    }
  }
}
