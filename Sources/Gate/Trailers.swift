import Git
import Scenario

/// The trailers of a commit message: `Scenario: NAME/PHASE` and `Agent: ROLE`, for readers only.
enum Trailers {
  /// Adds them by git's own rules (git-interpret-trailers(1)), replacing earlier ones of the same name.
  ///
  /// A message that git is about to reject as empty, or as a template left untouched, stays as it is:
  /// trailers would turn an abandoned commit into one.
  ///
  /// - Parameter role: the committing agent's role; nil takes the phase's.
  static func write(
    _ record: GateRecord, role: String?, to path: String, _ repository: borrowing Repository
  ) throws {
    guard case .bytes(let bytes) = System.read(path, limit: 64 << 20) else { return }
    let comment =
      try repository.configuration("core.commentChar").flatMap(\.utf8.first) ?? UInt8(ascii: "#")
    let message = text(of: bytes, comment: comment)
    guard !message.isEmpty else { return }
    if let template = try repository.configuration("commit.template"),
      case .bytes(let untouched) = System.read(expanded(template), limit: 1 << 20),
      text(of: untouched, comment: comment) == message
    {
      return
    }
    let scenario = record.place.scenario + "/" + record.place.phase
    let agent = role ?? record.role
    if let done = try appended("Scenario: \(scenario)\nAgent: \(agent)\n", to: bytes, comment, repository) {
      return try System.replace(path, with: done, scratch: repository.gitDirectory)
    }
    let status = Child.run([
      "git", "interpret-trailers", "--in-place", "--no-divider", "--where", "end", "--if-exists",
      "replace", "--if-missing", "add", "--trailer", "Scenario: " + scenario, "--trailer",
      "Agent: " + agent, path,
    ])
    guard status == 0 else {
      throw Refusal(.unavailable, "git interpret-trailers failed", remedy: "is git on PATH?")
    }
  }

  /// The message with the trailers behind it, for the plain case that needs no child: no comments, no
  /// trailers of ours yet, nothing configured. Finding the block is libgit2's port of git's rule; a test
  /// compares the result with git's own.
  private static func appended(
    _ trailers: String, to bytes: [UInt8], _ comment: UInt8, _ repository: borrowing Repository
  ) throws -> [UInt8]? {
    let newline = UInt8(ascii: "\n")
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0),
      !bytes.split(separator: newline).contains(where: { $0.first == comment }),
      try repository.configuration("trailer.separators") == nil
    else { return nil }
    let keys = try Message.trailerKeys(text)
    guard !keys.contains(where: { ["scenario", "agent"].contains($0.lowercased()) }) else { return nil }
    var message = bytes
    while message.last == newline { message.removeLast() }
    message += keys.isEmpty ? [newline, newline] : [newline]
    return message + Array(trailers.utf8)
  }

  /// The lines that are neither blank nor comments, up to the scissors line.
  private static func text(of bytes: [UInt8], comment: UInt8) -> [ArraySlice<UInt8>] {
    let scissors = [comment] + Array(" ------------------------ >8 ------------------------".utf8)
    let blank: Set<UInt8> = [0x20, 0x09, 0x0D]
    return bytes.split(separator: UInt8(ascii: "\n"))
      .prefix { !$0.starts(with: scissors) }
      .filter { $0.first != comment && !$0.allSatisfy { blank.contains($0) } }
  }

  private static func expanded(_ path: String) -> String {
    guard path.hasPrefix("~/"), let home = System.environment("HOME") else { return path }
    return home + path.dropFirst(1)
  }
}
