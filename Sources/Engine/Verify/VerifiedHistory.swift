import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// What `verify` found of HEAD's whole history when all of it was good, so that the next time only what came
/// since is judged: `$GIT_DIR/llmos/verified.FORM`.
///
/// It holds for the ledgers as they were, and where remotes' branches mattered, for those. Anybody who can
/// write it could write the ledger's references too: `verify RANGE` never reads it, nor does a server.
public struct VerifiedHistory: ~Copyable {
  /// The commit up to which all was good.
  public let tip: ObjectID
  /// How many commits have which judgement.
  public let counts: [Judgement: Int]
  /// The file that keeps what was printed then.
  public let file: OpenFile
  /// Where that begins in the file, in bytes.
  public let start: Int64

  private static let heading = "llmos-verified 4"

  private static func path(_ form: String, _ repository: borrowing Repository) -> String {
    repository.gitDirectory + Layout.directory + "verified." + form
  }

  /// The ledgers as they stand, in one word.
  private static func key(_ tips: [Repository.Tip]) throws -> String {
    try Repository.blobID(of: Array(tips.map { "\($0.name) \($0.id)\n" }.joined().utf8)).description
  }

  private static func remotesKey(_ repository: borrowing Repository) throws -> String {
    try key(repository.tips(matching: "refs/remotes/*"))
  }

  /// Reads what was kept; nil when there is nothing, or it does not hold any more.
  public init?(_ form: String, _ repository: borrowing Repository, ledgers: [Repository.Tip]) throws {
    guard let file = OpenFile(Self.path(form, repository)) else { return nil }
    let lines = file.read(at: 0, count: 1024).split(
      separator: UInt8(ascii: "\n"), maxSplits: 5, omittingEmptySubsequences: false
    ).map { String(decoding: $0, as: UTF8.self) }
    guard lines.count == 6, lines[0] == Self.heading, try lines[1] == Self.key(ledgers),
      let tip = ObjectID(hex: lines[2]),
      try lines[3] == "-" || lines[3] == Self.remotesKey(repository)
    else { return nil }
    var counts: [Judgement: Int] = [:]
    for pair in lines[4].split(separator: ",") {
      let words = pair.split(separator: " ")
      guard words.count == 2, let kind = Judgement(rawValue: String(words[0])) else { continue }
      counts[kind] = Int(words[1])
    }
    self.tip = tip
    self.counts = counts
    start = lines[..<5].reduce(0) { $0 + Int64($1.utf8.count) + 1 }
    self.file = file
  }

  /// The commits that came since, newest first, when they are few and in one line; nil otherwise.
  public func newer(than repository: borrowing Repository, head: ObjectID) throws -> [Commit]? {
    var commits: [Commit] = []
    var next = head
    while next != tip {
      let commit = try repository.commit(next)
      guard commits.count < 200, commit.parents.count == 1, let parent = commit.parents.first else {
        return nil
      }
      commits.append(commit)
      next = parent
    }
    return commits
  }

  /// Whether anything was printed then.
  public var isEmpty: Bool { file.size <= start }

  /// Keeps what was found; only what is wholly good is kept.
  public static func keep(
    _ form: String, _ text: [UInt8], tip: ObjectID, counts: [Judgement: Int],
    _ repository: borrowing Repository, ledgers: [Repository.Tip]
  ) throws {
    let path = path(form, repository)
    guard counts[.violation] == nil, counts[.unproven] == nil, counts[.unseen] == nil else {
      Files.remove(path)
      return
    }
    let pairs = Judgement.allCases.compactMap { kind in counts[kind].map { "\(kind.rawValue) \($0)" } }
    let remotes = counts[.incoming] == nil ? "-" : try remotesKey(repository)
    let head = [heading, try key(ledgers), tip.description, remotes, pairs.joined(separator: ",")]
    try Files.makeDirectory(repository.gitDirectory + Layout.name)
    try Files.replace(
      path, with: Array((head.joined(separator: "\n") + "\n").utf8) + text,
      scratch: repository.gitDirectory + Layout.directory)
  }
}
