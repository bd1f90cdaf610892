import ArgumentParser
import Core

/// The names of commands, looked at before ArgumentParser reads the line: it calls a misspelt one an unexpected
/// argument, `help` of none prints everything, and it prepares every command there is where it shall find one.
enum CommandNames {
  /// A command of a line, and the words behind its name.
  typealias Called = (command: any ParsableCommand.Type, words: [String])

  /// The command of a line that has none below it; nil where the line names none.
  ///
  /// - Throws: `Refusal` (64) for one that does not exist, with the nearest that does.
  static func called(_ line: [String]) throws -> Called? {
    guard let first = line.first else { return nil }
    guard first == "help" else { return try called(line[...], below: CommandLineTool.self, "llmos-hook") }
    if line.dropFirst().first != "help" {
      _ = try called(line.dropFirst(), below: CommandLineTool.self, "llmos-hook help")
    }
    return nil
  }

  private static func called(
    _ words: ArraySlice<String>, below parent: any ParsableCommand.Type, _ command: String
  ) throws -> Called? {
    let commands = parent.configuration.subcommands
    if commands.isEmpty { return (parent, Array(words)) }
    guard let word = words.first, !word.hasPrefix("-") else { return nil }
    guard let next = commands.first(where: { $0._commandName == word }) else {
      let near = suggestion(word, commands.map { $0._commandName })
      throw Refusal(
        .usage, "unknown command: \(word)",
        why: near.map { "did you mean \($0)?" },
        remedy: near.map { "\(command) \($0)" } ?? "llmos-hook --help")
    }
    return try called(words.dropFirst(), below: next, "\(command) \(word)")
  }
}
