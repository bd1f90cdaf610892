import ArgumentParser
import Core

/// The names of commands, looked at before ArgumentParser reads the line: it calls a misspelt one an unexpected
/// argument, and `help` of none prints everything.
enum CommandNames {
  /// Refuses a line with a command that does not exist.
  ///
  /// - Throws: `Refusal` (64) with the nearest that does.
  static func requireKnown(_ line: [String]) throws {
    guard let first = line.first else { return }
    let isHelp = first == "help"
    if isHelp, line.dropFirst().first == "help" { return }
    try requireKnown(
      isHelp ? line.dropFirst() : line[...], below: CommandLineTool.self,
      isHelp ? "llmos-hook help" : "llmos-hook")
  }

  private static func requireKnown(
    _ words: ArraySlice<String>, below parent: any ParsableCommand.Type, _ command: String
  ) throws {
    let commands = parent.configuration.subcommands
    guard let word = words.first, !word.hasPrefix("-"), !commands.isEmpty else { return }
    guard let next = commands.first(where: { $0._commandName == word }) else {
      let near = suggestion(word, commands.map { $0._commandName })
      throw Refusal(
        .usage, "unknown command: \(word)",
        why: near.map { "did you mean \($0)?" },
        remedy: near.map { "\(command) \($0)" } ?? "llmos-hook --help")
    }
    try requireKnown(words.dropFirst(), below: next, "\(command) \(word)")
  }
}
