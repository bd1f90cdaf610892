import ArgumentParser
import Core
import Engine
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import ToolGate
import Verify

/// The options that every command takes, before or after its name.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: .customShort("C"), help: ArgumentHelp("Run as if started in this directory.", valueName: "dir"))
  var directory: String?

  @Flag(help: "Print nothing but results and refusals.")
  var quiet = false

  @Option(help: ArgumentHelp("When to colour: auto, always or never.", valueName: "when"))
  var color: ColorChoice = .auto

  /// Handles options before the command's name, as git does: `-C` at once, the others are moved behind the name.
  static func leading(_ arguments: [String]) throws -> [String] {
    var rest = arguments[...]
    var handedOn: [String] = []
    while let word = rest.first, word.hasPrefix("-") {
      switch word {
      case "-C":
        guard let directory = rest.dropFirst().first else {
          throw Refusal(.usage, "-C needs a directory", remedy: "llmos-hook -C DIR COMMAND")
        }
        try enter(directory)
        rest = rest.dropFirst(2)
        continue
      case "--json", "--quiet": handedOn.append(word)
      case "--color":
        handedOn += rest.prefix(2)
        rest = rest.dropFirst(2)
        continue
      case let word where word.hasPrefix("--color="): handedOn.append(word)
      default: return Array(rest)
      }
      rest = rest.dropFirst()
    }
    // Hooks get none, and need not know which commands there are.
    guard !handedOn.isEmpty else { return Array(rest) }
    // A command of a group takes them, and not the group.
    let words = rest.first.map(groups.contains) == true ? 2 : 1
    return rest.prefix(words) + handedOn + rest.dropFirst(words)
  }

  /// The commands that have commands of their own.
  private static let groups: Swift.Set = ["backups", "feature", "scenarios"]

  /// Changes into a directory.
  ///
  /// - Throws: `Refusal` (66) when there is none.
  static func enter(_ directory: String) throws {
    guard System.changeDirectory(to: directory) else {
      throw Refusal(.noInput, "cannot change to \(directory): \(System.reason)")
    }
  }

  /// Applies the options after the name.
  func enter() throws {
    if let directory { try Self.enter(directory) }
  }

  /// The worktree of the current directory, its state file in place.
  ///
  /// - Parameter seal: for a command that seals: whether the owner says yes to rules that wait.
  func engine(as identity: Identity = .current(), sealing seal: SealOptions? = nil) throws -> Engine {
    let engine = try Engine(identity: identity)
    do {
      if let remark = try engine.putBackMissingStateFile() { say(remark) }
    } catch {
      // What is wrong with the ledger the command itself tells.
    }
    try seal?.ask(engine, self)
    return engine
  }

  /// Puts back a state file that is missing, for a command that has no other business with it.
  ///
  /// - Parameter isQuiet: whether nothing is said of it.
  static func putBackStateFile(isQuiet: Bool) {
    do {
      guard let remark = try Engine().putBackMissingStateFile(), !isQuiet else { return }
      System.write("llmos-hook: \(remark)\n", to: 2)
    } catch {
      // Outside a worktree there is none; what is wrong with the ledger the command itself tells.
    }
  }

  /// Prints a message for people, unless they asked for none.
  func say(_ text: String) {
    if !quiet { System.write("llmos-hook: " + text.onItsLines + "\n", to: 2) }
  }
}

/// `--color`.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never

  /// Whether a descriptor gets colours: asked for, or a terminal that is not `dumb` and no `NO_COLOR`
  /// (no-color.org).
  func applies(to descriptor: Int32) -> Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto: System.isCapableTerminal(descriptor) && (System.environment("NO_COLOR") ?? "").isEmpty
    }
  }
}
