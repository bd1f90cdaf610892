/// One program that a command line starts, with all that is known of how.
public struct Invocation: Hashable, Sendable {
  /// The program and its arguments; empty where only a file is written or a variable set.
  public var words: [Word]
  /// The variables that are set for it, and those that the line has set before: their text with marks.
  var variables: [String: String]
  /// The variables that the line has taken out of its environment.
  public var removed: Set<String>
  /// Where it runs.
  public var directory: ShellDirectory
  /// What it reads on stdin, where the line says that; nil where it does not.
  public var input: Word?
  /// The files that it writes by redirection, or by an inline program.
  public var outputs: [Word]
  /// The directories of repositories that the line makes.
  public var newRepositories: Set<String> = []
  /// Worktrees that the line makes, each with the directory in which it was made.
  public var newWorktrees: [String: String] = [:]
  /// Symlinks that the line has made before, by their absolute paths, and where they lead.
  public var links: [String: String] = [:]
  /// The variables of the line that the program gets.
  var exported: Set<String> = []
  /// Whether `env -i` or its like gave it an empty environment.
  public var isEnvironmentEmpty = false

  /// The program's name without its directories.
  public var program: String { words.first.map { Invocation.name(of: $0.text) } ?? "" }
  /// The arguments.
  public var arguments: [Word] { Array(words.dropFirst()) }

  /// What the line sets a variable to; nil where it does not.
  public func variable(_ name: String) -> Word? { variables[name].map(Word.init(raw:)) }

  /// What the line sets a variable to that the program gets; nil where it does not.
  public func environment(_ name: String) -> Word? { exported.contains(name) ? variable(name) : nil }

  /// The variables that the line sets.
  public var setVariables: [String] { variables.keys.sorted() }

  static func name(of path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
  }
}

/// The directory of a shell, as far as it is known.
public enum ShellDirectory: Hashable, Sendable {
  /// Absolute, without a trailing slash.
  case known(String)
  /// One that was made for the line alone.
  case temporary
  case unknown
}

/// What is known of the system where a command line runs. Nothing is changed through it.
public struct ShellWorld {
  /// The directory in which it starts: absolute.
  public var directory: String
  /// A variable of the environment.
  public var environment: (String) -> String?
  /// The names that a pattern stands for: it is absolute, with `*`, `?` and `[`. Nil where that cannot be told.
  public var names: (String) -> [String]?
  /// The root of the repository of a directory; nil where there is none.
  public var root: (String) -> String?
  /// Whether an absolute path is a directory; nil where that cannot be told.
  public var isDirectory: (String) -> Bool?
  /// An absolute path with its symlinks followed.
  public var real: (String) -> String = { $0 }
  /// The branch that is checked out.
  public var branch: () -> String?
  /// What an alias of git stands for (`alias.NAME`).
  public var gitAlias: (String) -> String?

  /// A world of which nothing is known but the directory.
  public init(
    directory: String, environment: @escaping (String) -> String? = { _ in nil },
    names: @escaping (String) -> [String]? = { _ in nil }, root: @escaping (String) -> String? = { _ in nil },
    isDirectory: @escaping (String) -> Bool? = { _ in nil }, branch: @escaping () -> String? = { nil },
    gitAlias: @escaping (String) -> String? = { _ in nil }
  ) {
    self.directory = directory
    self.environment = environment
    self.names = names
    self.root = root
    self.isDirectory = isDirectory
    self.branch = branch
    self.gitAlias = gitAlias
  }
}

/// What a command line does, read without running it.
public struct ShellLine {
  /// What it starts, in order.
  public let invocations: [Invocation]
  /// Why it cannot be read, or not to its end; nil mostly.
  public let unreadable: String?

  /// Reads a command line.
  ///
  /// A text that cannot be read leads to no invocation, though bash runs the lines before the one that it fails at.
  public init(_ text: String, in world: ShellWorld) {
    var evaluation = Evaluation(world)
    evaluation.run(text: text)
    invocations = evaluation.found
    unreadable = evaluation.unreadable
  }
}
