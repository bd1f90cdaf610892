import Core
import Shell

/// Decides whether an agent's tool call may go on: advice in front of the gate, which decides the commit.
///
/// - Parameters:
///   - facts: of the repository in which it happens. Whoever calls counts as an agent: it is a harness
///     that asks.
///   - line: a shell call's command line, when it was read before.
public func toolGate(
  _ call: ToolCall, _ facts: Snapshot, at place: ToolPlace, line: ShellLine? = nil
) -> ToolDecision {
  var facts = facts
  facts.identity = Identity(
    actor: .agent(role: facts.identity.actor.role), claimed: facts.identity.claimed,
    detected: facts.identity.detected)
  switch call {
  case .reads: return ToolDecision()
  case .unknown(let words):
    return ToolDecision(
      Refusal(
        .refused, "cannot understand this tool call: \(words)",
        remedy: "use the harness's own tools to read, edit and run commands"))
  case .edits(let paths):
    guard !paths.isEmpty else {
      return ToolDecision(
        Refusal(.refused, "this edit does not name a file", remedy: "name the file that is edited"))
    }
    let rules = EditRules(facts: facts, place: place)
    return ToolDecision(paths.lazy.compactMap { rules.refusal(ofEditing: $0) }.first)
  case .shell(let text):
    let line =
      line
      ?? ShellLine(
        text,
        in: ShellWorld(
          directory: place.directory, names: place.facts.names, root: place.facts.root,
          branch: place.facts.branch))
    return ShellRules(facts: facts, place: place).decision(on: line)
  }
}

/// The directories that a command line works in or writes to: whose repositories have to be asked.
public func directories(of line: ShellLine) -> [String] {
  var found: Set<String> = []
  for invocation in line.invocations {
    if case .known(let path) = invocation.directory { found.insert(path) }
    for written in WritingPrograms.written(by: invocation) {
      if case .path(let path) = Target(written.word, in: invocation.directory) {
        found.insert(ShellPath.parent(path))
        if written.change == .removes, written.isRecursive { found.insert(path) }
      }
    }
    if invocation.program == "git" {
      for word in GitLine(arguments: invocation.arguments).directories {
        if case .path(let path) = Target(word, in: invocation.directory) { found.insert(path) }
      }
    }
  }
  return found.sorted()
}

/// The form in which models write changes of files (`*** Update File: PATH`), and that of git (`+++ b/PATH`).
public enum PatchText {
  /// The files that a patch touches.
  public static func paths(in text: String) -> [String] {
    let heads = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "]
    return text.split(whereSeparator: \.isNewline).compactMap { line in
      heads.first { line.hasPrefix($0) }.map { head in
        var path = line.dropFirst(head.count)
        while let last = path.last, last == " " || last == "\r" || last == "\t" { path.removeLast() }
        return String(path)
      }
    }
  }

  /// The files that a diff touches, with so many leading directories taken off (patch(1), `-p`).
  static func diffPaths(in text: String, strip: Int) -> [String] {
    var paths: [String] = []
    for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("+++ ") || line.hasPrefix("--- ")
    {
      let name = line.dropFirst(4).prefix { $0 != "\t" }
      if name.hasPrefix("/dev/null") { continue }
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      let path = parts.dropFirst(min(strip, parts.count - 1)).joined(separator: "/")
      if !paths.contains(path) { paths.append(path) }
    }
    return paths
  }
}
