import Core
import Platform

/// The hook that a command line means.
public struct CalledHook: Hashable, Sendable {
  /// Its name, as git knows it.
  public let name: String
  /// What git tells it.
  public let arguments: [String]
  /// The hook's own file, beside which a kept hook lies; nil when called by hand.
  public let file: String?

  /// The variable in which the shell form of a hook, and whoever hands a call over, tells the hook's own path.
  static let fileVariable = Layout.hookFileVariable.text

  /// What there is to do in a hook.
  enum Task: Hashable {
    /// To ask for leave to commit.
    case commit
    /// To look at references that are about to move.
    case referenceTransaction
    /// To judge a push, on a server.
    case push
    /// To judge an agent's push, before it leaves.
    case outgoing
    /// Nothing any more.
    case none
    case unknown
  }

  /// Which hook a command line means: by the program's name (`.git/hooks/pre-commit`), or
  /// `hook NAME [ARG]…`; nil when it means none.
  ///
  /// - Parameter environment: a variable's value.
  public init?(commandLine: [String], environment: (String) -> String? = System.environment) {
    guard let program = commandLine.first else { return nil }
    if let name = Self.plain(program),
      HookNames.all.contains(name)
    {
      (self.name, arguments, file) = (name, Array(commandLine.dropFirst()), program)
    } else if commandLine.count > 2, commandLine[1] == "hook", let name = Self.plain(commandLine[2]) {
      (self.name, arguments) = (name, Array(commandLine.dropFirst(3)))
      file = environment(Self.fileVariable)
    } else {
      return nil
    }
  }

  /// A hook's name from its path, or from the longer name under which a manager that has moved our hook aside runs it.
  private static func plain(_ program: String) -> String? {
    let last = program.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) }
    return last.map(HookNames.plain)
  }

  var task: Task {
    if HookNames.committing.contains(name) { return .commit }
    if name == HookNames.referenceTransaction { return .referenceTransaction }
    if HookNames.server.contains(name) { return .push }
    if name == HookNames.prePush { return .outgoing }
    return HookNames.retired.contains(name) ? .none : .unknown
  }
}
