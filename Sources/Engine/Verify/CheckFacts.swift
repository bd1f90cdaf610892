import Core
import Git
import Pages
import Platform
import Verify

extension CheckReport {
  /// How many commits are shown at the line that they change; each costs a child. The others stand at line 1.
  private static let mostLines = 100

  /// Takes what is not good of judged commits, with what git tells of each.
  ///
  /// - Throws: `Refusal`: 69 when git is not there, 74 when it cannot read a commit.
  public init(
    _ lines: [JudgedCommit], counts: [Judgement: Int], findings: [String], isStrict: Bool, version: String
  ) throws {
    let bad = Self.verdicts.flatMap { kind in lines.filter { $0.judgement == kind } }
    let subjects = try Self.subjects(of: bad.map(\.commit))
    let paths = try Self.paths(of: bad.map(\.commit))
    var flagged: [Flagged] = []
    for (number, one) in bad.enumerated() {
      let path = paths[one.commit]
      let line = number < Self.mostLines ? path.map { Self.line(of: one.commit, at: $0) } : nil
      flagged.append(
        Flagged(
          commit: one.commit, judgement: one.judgement, reason: one.reason,
          subject: subjects[one.commit] ?? "", path: path, line: line ?? 1))
    }
    self.init(
      flagged: flagged, counts: counts, findings: findings, isStrict: isStrict, version: version)
  }

  private static func output(_ words: [String], of commits: [ObjectID]) throws -> [UInt8] {
    guard !commits.isEmpty else { return [] }
    var setup = Child.Setup()
    setup.environment = ["GIT_GRAFT_FILE": "/dev/null"]
    setup.input = .bytes(Array(commits.map { "\($0)\n" }.joined().utf8))
    setup.errors = .kept
    let ending = try Child.run(["git", "--no-replace-objects"] + words, setup)
    guard ending.code == 0 else {
      throw Refusal(
        .io, "git could not read the commits",
        why: ending.errors.split(separator: "\n").first.map(String.init))
    }
    return ending.output
  }

  private static func subjects(of commits: [ObjectID]) throws -> [ObjectID: String] {
    let words = [
      "log", "--no-walk=unsorted", "--stdin", "-z", "--encoding=UTF-8", "--format=tformat:%H%x00%s",
    ]
    let fields = try output(words, of: commits).split(separator: 0, omittingEmptySubsequences: false)
      .map { String(raw: $0) }
    var subjects: [ObjectID: String] = [:]
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      if let commit = ObjectID(hex: fields[index]) { subjects[commit] = fields[index + 1] }
    }
    return subjects
  }

  /// The file at which each commit is shown: the first that it leaves there, else the first that it takes away.
  private static func paths(of commits: [ObjectID]) throws -> [ObjectID: [UInt8]] {
    let words = [
      "diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--root", "--diff-merges=first-parent",
    ]
    var (paths, removed): ([ObjectID: [UInt8]], [ObjectID: [UInt8]]) = ([:], [:])
    var fields = try output(words, of: commits).split(separator: 0)[...]
    var commit: ObjectID?
    while let field = fields.popFirst() {
      guard field.first == UInt8(ascii: ":") else {
        commit = ObjectID(hex: String(decoding: field, as: UTF8.self))
        continue
      }
      guard let path = fields.popFirst(), let commit else { continue }
      if field.last == UInt8(ascii: "D") {
        if removed[commit] == nil { removed[commit] = Array(path) }
      } else if paths[commit] == nil {
        paths[commit] = Array(path)
      }
    }
    return removed.merging(paths) { $1 }
  }

  /// The first line that a commit changes in a file; 1 where git cannot tell, as in what is no text.
  private static func line(of commit: ObjectID, at path: [UInt8]) -> Int {
    let lines = Child.lines(of: [
      "git", "--no-replace-objects", "diff-tree", "--no-commit-id", "-p", "-U0", "--no-renames", "--root",
      "--no-color", "--no-ext-diff", "--no-textconv", "--diff-merges=first-parent", commit.description, "--",
      ":(top,literal)" + String(raw: path),
    ])
    // @@ -OLD +NEW[,COUNT] @@
    guard let hunk = lines.first(where: { $0.hasPrefix("@@ -") }),
      let new = hunk.split(separator: " ").dropFirst(2).first?.dropFirst().split(separator: ",").first,
      let line = Int(new)
    else { return 1 }
    return max(line, 1)
  }
}
