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
/// It holds for the ledgers, the notes and the hooks' logs as they were, and where remotes' branches mattered, for those.
/// History that is cut off or replaced is never kept, nor is what was kept taken for it. Anybody who can
/// write it could write the ledger's references too: `verify HEAD` never reads it, nor does a server.
public struct VerifiedHistory: ~Copyable {
  /// The commit up to which all was good.
  public let tip: ObjectID
  /// How many commits have which judgement.
  public let counts: [Judgement: Int]
  /// The file that keeps what was printed then.
  public let file: OpenFile
  /// Where that begins in the file, in bytes.
  public let start: Int64

  /// Bytes of this worktree's log that were looked at.
  public let logSize: Int

  private static let heading = "llmos-verified 5"

  private static func path(_ form: String, _ repository: borrowing Repository) -> String {
    repository.gitDirectory + Layout.directory + "verified." + form
  }

  /// What the verdicts were found in: a whole that has changed since has to be judged anew.
  public struct Circumstances: Sendable {
    /// The ledgers and the notes as they stand, in one word.
    fileprivate let key: String
    /// The logs that hooks have written and no entry has sealed: `WORKTREE SIZE CONTENT` of each, separated by commas.
    fileprivate let logs: String

    /// As they are now.
    public init(_ ledgers: [Repository.Tip], _ repository: borrowing Repository) throws {
      key = try VerifiedHistory.key(ledgers + repository.tips(matching: Notes.reference))
      var logs: [String] = []
      for ledger in LandingLog.ledgers(repository).sorted() {
        let bytes = try LandingLog(repository, ledger: ledger).bytes()
        if !bytes.isEmpty { logs.append(try VerifiedHistory.log(ledger, bytes)) }
      }
      self.logs = logs.joined(separator: ",")
    }

    /// Whether these are others', but for what this worktree's log has gained.
    ///
    /// - Returns: the bytes that this worktree's log had then; nil when they differ.
    fileprivate func logSize(after kept: String, _ repository: borrowing Repository) throws -> Int? {
      let own = repository.ledgerReference
      let isOwn = { (log: Substring) in log.hasPrefix(own.dropFirst(Ledger.prefix.count) + " ") }
      let (then, now) = (kept.split(separator: ","), logs.split(separator: ","))
      guard then.filter({ !isOwn($0) }) == now.filter({ !isOwn($0) }) else { return nil }
      guard let log = then.first(where: isOwn) else { return 0 }
      let bytes = try LandingLog(repository, ledger: own).bytes()
      guard let size = log.split(separator: " ").dropFirst().first.flatMap({ Int($0) }), size <= bytes.count,
        try VerifiedHistory.log(own, Array(bytes.prefix(size))) == log
      else { return nil }
      return size
    }
  }

  private static func log(_ ledger: String, _ bytes: [UInt8]) throws -> String {
    try "\(ledger.dropFirst(Ledger.prefix.count)) \(bytes.count) \(Repository.blobID(of: bytes))"
  }

  /// The ledgers as they stand, in one word.
  private static func key(_ tips: [Repository.Tip]) throws -> String {
    try Repository.blobID(of: Array(tips.map { "\($0.name) \($0.id)\n" }.joined().utf8)).description
  }

  private static func remotesKey(_ repository: borrowing Repository) throws -> String {
    try key(repository.tips(matching: "refs/remotes/*"))
  }

  /// Reads what was kept; nil when there is nothing, or it does not hold any more.
  public init?(_ form: String, _ repository: borrowing Repository, _ now: Circumstances) throws {
    guard try !repository.showsOtherHistory, let file = OpenFile(Self.path(form, repository)) else {
      return nil
    }
    let lines = file.read(at: 0, count: 4096).split(
      separator: UInt8(ascii: "\n"), maxSplits: 6, omittingEmptySubsequences: false
    ).map { String(decoding: $0, as: UTF8.self) }
    guard lines.count == 7, lines[0] == Self.heading, lines[1] == now.key,
      let tip = ObjectID(hex: lines[2]),
      try lines[3] == "-" || lines[3] == Self.remotesKey(repository),
      let size = try now.logSize(after: lines[5], repository)
    else { return nil }
    logSize = size
    var counts: [Judgement: Int] = [:]
    for pair in lines[4].split(separator: ",") {
      let words = pair.split(separator: " ")
      guard words.count == 2, let kind = Judgement(rawValue: String(words[0])) else { continue }
      counts[kind] = Int(words[1])
    }
    self.tip = tip
    self.counts = counts
    start = lines[..<6].reduce(0) { $0 + Int64($1.utf8.count) + 1 }
    self.file = file
  }

  /// The commits that came since, newest first, when they are few and in one line; nil otherwise.
  public func newer(than repository: borrowing Repository, head: ObjectID) throws -> [Commit]? {
    try Self.line(from: head, to: tip, repository)
  }

  /// The commits from one back to another, which is left out, newest first, when they are few and in one line; nil
  /// otherwise.
  public static func line(
    from newest: ObjectID, to end: ObjectID, _ repository: borrowing Repository
  ) throws -> [Commit]? {
    var commits: [Commit] = []
    var next = newest
    while next != end {
      let commit = try repository.commit(next)
      guard commits.count < 200, commit.parents.count == 1, let parent = commit.parents.first else {
        return nil
      }
      commits.append(commit)
      next = parent
    }
    return commits
  }

  /// What was printed of the newest commits, and how many have which judgement; nil where anything else was.
  ///
  /// - Parameters:
  ///   - commits: `tip` and those behind it, in one line.
  ///   - end: the parent of the last of them.
  public func printed(
    of commits: some Collection<Commit>, before end: ObjectID, isJSON: Bool
  ) -> (text: [UInt8], counts: [Judgement: Int])? {
    guard commits.first?.id == tip else { return nil }
    let limit = 1 << 20
    let bytes = file.read(at: start, count: limit)
    var rest = bytes[...]
    var counts: [Judgement: Int] = [:]
    for (commit, next) in zip(commits, commits.dropFirst().map(\.id) + [end]) {
      let word: ArraySlice<UInt8>
      if isJSON {
        let head = (rest.startIndex > 0 ? "," : "") + "{\"commit\":\"\(commit.id)\",\"verdict\":\""
        guard rest.starts(with: head.utf8) else { return nil }
        word = rest.dropFirst(head.utf8.count).prefix { $0 != UInt8(ascii: "\"") }
        // No text has these quotes in it: in a string they stand behind a backslash.
        let mark = rest.firstRange(of: Array(",{\"commit\":\"\(next)\"".utf8))
        guard mark != nil || bytes.count < limit else { return nil }
        rest = rest[(mark?.lowerBound ?? rest.endIndex)...]
      } else {
        guard let line = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        word = rest.prefix { $0 != UInt8(ascii: " ") }
        let id = rest.dropFirst(word.count).drop { $0 == UInt8(ascii: " ") }
        guard id.starts(with: commit.id.short.utf8) else { return nil }
        rest = rest[(line + 1)...]
      }
      guard let judgement = Judgement(rawValue: String(decoding: word, as: UTF8.self)) else { return nil }
      counts[judgement, default: 0] += 1
    }
    return (Array(bytes[..<rest.startIndex]), counts)
  }

  /// Whether anything was printed then.
  public var isEmpty: Bool { file.size <= start }

  /// Keeps what was found; only what is wholly good is kept.
  public static func keep(
    _ form: String, _ text: [UInt8], tip: ObjectID, counts: [Judgement: Int],
    _ repository: borrowing Repository, _ then: Circumstances
  ) throws {
    let path = path(form, repository)
    let isGood = counts[.violation] == nil && counts[.unproven] == nil && counts[.unseen] == nil
    guard try isGood && !repository.showsOtherHistory else {
      Files.remove(path)
      return
    }
    let pairs = Judgement.allCases.compactMap { kind in counts[kind].map { "\(kind.rawValue) \($0)" } }
    let remotes = counts[.incoming] == nil ? "-" : try remotesKey(repository)
    let head = [
      heading, then.key, tip.description, remotes, pairs.joined(separator: ","), then.logs,
    ]
    try Files.makeDirectory(repository.gitDirectory + Layout.name)
    try Files.replace(
      path, with: Array((head.joined(separator: "\n") + "\n").utf8) + text,
      scratch: repository.gitDirectory + Layout.directory)
  }
}

extension Repository {
  /// Whether git shows a history other than the one that commits name: it is cut off (shallow), or replaced
  /// (git-replace(1), info/grafts).
  public var showsOtherHistory: Bool {
    get throws {
      if isShallow || Files.exists(commonDirectory + "info/grafts") { return true }
      return try !tips(matching: "refs/replace/*").isEmpty
    }
  }
}
