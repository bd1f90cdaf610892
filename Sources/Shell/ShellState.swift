/// What a shell knows at one point.
struct ShellState {
  var directory: ShellDirectory
  /// How the last command has ended.
  var ending = Ending.success
  /// Whether the shell, or the function that it is in, has ended.
  var isOver = false
  /// Whether it ends by itself when a command fails (`set -e`).
  var endsOnFailure = false
  var previous: ShellDirectory?
  var stack: [ShellDirectory] = []
  var variables: [String: String] = [:]
  /// Variables that were taken out of the environment.
  var removed: Set<String> = []
  var isEnvironmentEmpty = false
  /// Variables that programs get too, as far as the line made them so.
  var exported: Set<String> = []
  /// Whether all are (`set -a`).
  var exportsAll = false
  /// The variables of the function at hand.
  var locals: Set<String> = []
  var functions: [String: Command] = [:]
  var aliases: [String: String] = [:]
  /// Aliases of git that the line sets.
  var gitAliases: [String: String] = [:]
  var positional: [String] = []
  /// `$0`, where the line says it.
  var zero: String?
  /// Repositories that the line makes, by their directories: what runs in them is not ours.
  var made: Set<String> = []
  /// Worktrees that the line makes, and where it does that.
  var worktrees: [String: String] = [:]
  /// Symlinks that the line makes, by their absolute paths, and where they lead.
  var links: [String: String] = [:]

  init(directory: ShellDirectory) {
    self.directory = directory
  }

  func ended(_ ending: Ending) -> ShellState {
    var state = self
    state.ending = ending
    return state
  }

  /// Whether what follows does the same in both, but for how the last command has ended.
  func isAlike(_ other: ShellState) -> Bool {
    directory == other.directory && isOver == other.isOver && variables == other.variables
      && previous == other.previous && stack == other.stack && removed == other.removed
      && positional == other.positional && aliases == other.aliases && gitAliases == other.gitAliases
      && made == other.made && links == other.links && worktrees == other.worktrees
      && exported == other.exported
      && isEnvironmentEmpty == other.isEnvironmentEmpty && functions.keys == other.functions.keys
  }
}

/// How a command ends, as far as that is known.
enum Ending: Hashable {
  case success, failure, either
  /// Nobody knows, but it mostly succeeds.
  case likely
}
