import Shell

/// Whether a command line only looks: such a one goes on where nobody can tell what is allowed.
///
/// - Parameter line: a command line, as it was read.
public func isOnlyReading(_ line: ShellLine) -> Bool {
  line.unreadable == nil && !line.invocations.isEmpty && line.invocations.allSatisfy(ReadingLines.reads)
}

private enum ReadingLines {
  private static let programs: Set<String> = [
    "ls", "cat", "head", "tail", "less", "more", "grep", "egrep", "fgrep", "rg", "ag", "ack", "wc", "file",
    "stat", "pwd", "echo", "printf", "true", "false", ":", "test", "[", "[[", "which", "type", "env",
    "printenv",
    "date", "id", "whoami", "hostname", "uname", "du", "df", "tree", "diff", "cmp", "cut", "tr", "nl", "tac",
    "basename", "dirname", "realpath", "readlink", "sha256sum", "md5sum", "jq", "ps", "man", "sleep",
  ]
  private static let engine: Set<String> = [
    "status", "brief", "doctor", "verify", "log", "help", "check", "report", "graph", "scenarios",
  ]

  static func reads(_ invocation: Invocation) -> Bool {
    guard WritingPrograms.written(by: invocation).allSatisfy({ isNoFile($0.word.text) }) else { return false }
    guard !invocation.words.isEmpty else { return true }
    let words = invocation.arguments.map(\.text)
    switch invocation.program {
    case "git":
      let line = GitLine(arguments: invocation.arguments)
      return GitRules.reading.contains(line.subcommand ?? "") && line.settings.isEmpty
        && line.environmentSettings.isEmpty
        && !line.has("--output", "-o")
    case "find": return !words.contains { $0.hasPrefix("-fprint") || $0 == "-fls" || $0 == "-delete" }
    case "sed": return !words.contains { $0.hasPrefix("-") && ($0.contains("i") || $0.contains("f")) }
    case "llmos-hook", "llmos", "step.sh":
      let verb = words.first { !$0.hasPrefix("-") }
      return verb.map(engine.contains) ?? !Set(words).isDisjoint(with: ["--help", "-h", "--version"])
    default: return programs.contains(invocation.program)
    }
  }

  private static func isNoFile(_ path: String) -> Bool {
    ["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty"].contains(path)
  }
}
