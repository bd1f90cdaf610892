import Core
import Git
import Ledger
import Platform

/// The trailers of a commit message, for readers only: `Scenario: NAME/PHASE`, and in an agent's commits `Agent: ROLE`.
enum Trailers {
  /// Adds them by git's own rules (git-interpret-trailers(1)), replacing those that we wrote earlier. A line
  /// of the user's that begins with the same word stays.
  ///
  /// A message that git is about to reject as empty, or as a template left untouched, stays as it is:
  /// trailers would turn an abandoned commit into one.
  ///
  /// - Parameter actor: who commits; an agent without a role has the phase's.
  static func write(
    _ record: GateRecord, by actor: Actor, to path: String, _ repository: borrowing Repository
  ) throws {
    guard case .bytes(let original) = Files.read(path, limit: 64 << 20) else { return }
    let comment = try comment(repository)
    let bytes = MessageText.withoutOurs(original, knowing: places(record), keepingLast: false)
    let message = MessageText.text(of: bytes, comment: comment)
    let template = templatePath(repository)
    defer { Files.remove(template) }
    guard !message.isEmpty, try Files.read(template, limit: 100).text != digest(message) else { return }
    let trailers = record.trailers.lines(
      at: record.place, role: actor.isAgent ? actor.role ?? record.role : nil)
    guard !trailers.isEmpty else {
      if bytes != original { try Files.replace(path, with: bytes, scratch: repository.gitDirectory) }
      return
    }
    if let done = MessageText.appended(
      trailers.joined(separator: "\n") + "\n", to: bytes, comment: comment),
      try repository.configuration("trailer.separators") == nil
    {
      return try Files.replace(path, with: done, scratch: repository.gitDirectory)
    }
    if bytes != original { try Files.replace(path, with: bytes, scratch: repository.gitDirectory) }
    // What git keeps although it begins like a comment is no comment for interpret-trailers either.
    let kept = comment == nil ? ["-c", "core.commentChar=\u{1}"] : []
    let status = Child.runInherited(
      ["git"] + kept + [
        "interpret-trailers", "--in-place", "--no-divider", "--where", "end", "--if-exists", "add",
        "--if-missing", "add",
      ] + trailers.flatMap { ["--trailer", $0] } + [path])
    guard status == 0 else {
      throw Refusal(.unavailable, "git interpret-trailers failed", remedy: "put git on PATH")
    }
  }

  /// What begins a comment; nil when git ran no editor, which it tells by `GIT_EDITOR=:`, and takes every
  /// line as it is.
  private static func comment(_ repository: borrowing Repository) throws -> UInt8? {
    if System.environment("GIT_EDITOR") == ":" { return nil }
    let value = try repository.configuration("core.commentChar")
    return value == "auto" ? UInt8(ascii: "#") : value?.utf8.first ?? UInt8(ascii: "#")
  }

  /// The places that a line of ours can name, where no second line shows that it is ours.
  private static func places(_ record: GateRecord) -> [Place] { record.committingPlaces + [record.place] }

  /// Leaves ours once in a message that git put together from many: it asks commit-msg for a reworded
  /// commit of a rebase, but not for a squashed one.
  static func mergeOurs(in path: String, _ record: GateRecord, _ repository: borrowing Repository) throws {
    guard case .bytes(let bytes) = Files.read(path, limit: 64 << 20) else { return }
    let merged = MessageText.withoutOurs(bytes, knowing: places(record), keepingLast: true)
    if merged != bytes { try Files.replace(path, with: merged, scratch: repository.gitDirectory) }
  }

  /// `commits.message`: the message must match a POSIX extended regular expression (regex(7)).
  ///
  /// - Throws: `Refusal`: 1 when it does not, 65 when the expression itself cannot be read, 74 when the
  ///   message cannot.
  static func require(_ pattern: String, in path: String, _ repository: borrowing Repository) throws {
    guard case .bytes(let bytes) = Files.read(path, limit: 64 << 20) else {
      throw Refusal(
        .io, "commit refused: the message in \(path) cannot be read, so commits.message cannot be checked",
        remedy: "rm \(path), and commit again")
    }
    let lines = try MessageText.kept(of: bytes, comment: comment(repository))
    try require(pattern, String(decoding: Array(lines.joined(separator: [0x0A])), as: UTF8.self))
  }

  /// The same of a commit that git has made: `--no-verify`, cherry-pick and revert ask no commit-msg.
  static func require(_ pattern: String, of commit: ObjectID, _ repository: borrowing Repository) throws {
    try require(pattern, repository.message(of: commit))
  }

  private static func require(_ pattern: String, _ text: String) throws {
    guard let expression = RegularExpression(pattern) else {
      throw Refusal(
        .data, "commit refused: commits.message cannot be read: \(pattern)",
        remedy: "llmos-hook allow --once --reason WHY, then commit the fixed file")
    }
    guard !expression.matches(text) else { return }
    throw Refusal(
      .refused, "commit refused: the message does not match commits.message", why: pattern,
      remedy: "commit again with a message of that form")
  }

  // MARK: Templates

  /// Remembers the message that git made of a template, so that commit-msg can tell an untouched one: only
  /// prepare-commit-msg is told where a message comes from.
  ///
  /// - Parameter path: the message; nil when it is of no template.
  static func rememberTemplate(_ path: String?, _ repository: borrowing Repository) throws {
    let remembered = templatePath(repository)
    Files.remove(remembered)
    guard let path, case .bytes(let bytes) = Files.read(path, limit: 1 << 20) else { return }
    let digest = try digest(MessageText.text(of: bytes, comment: comment(repository)))
    try Files.makeDirectory(repository.gitDirectory + Layout.name)
    try Files.replace(
      remembered, with: Array(digest.utf8), scratch: repository.gitDirectory + Layout.directory)
  }

  private static func digest(_ lines: [ArraySlice<UInt8>]) throws -> String {
    try Repository.blobID(of: Array(lines.joined(separator: [0x0A]))).description
  }

  private static func templatePath(_ repository: borrowing Repository) -> String {
    repository.gitDirectory + Layout.template.path
  }
}
