/// Every private name in a governed repository, once: files, references, configuration keys and variables.
///
/// `install`, `uninstall` and `doctor` read it, and a test holds the tables of docs/formats.md against it.
public enum Layout {
  /// The name of our directory in `$GIT_DIR` and in `$GIT_COMMON_DIR`.
  public static let name = "llmos"
  /// That directory, as paths in it begin.
  public static let directory = "llmos/"

  /// A file, or a directory, below `llmos/`.
  public struct File: Sendable {
    /// Its name below `llmos/`; that of a directory ends in a slash. When `rest` is not empty, it is how the names of
    /// several begin.
    public let name: String
    /// How the names go on, as documents write it: `<run>/`.
    public let rest: String
    /// What it is.
    public let what: String
    /// Which commands write it.
    public let writtenBy: String
    /// What removes it in normal use.
    public let removedBy: String
    /// Whether `uninstall` leaves it.
    public let outlivesUninstall: Bool

    init(
      _ name: String, _ rest: String = "", what: String, writtenBy: String, removedBy: String,
      outlivesUninstall: Bool = false
    ) {
      self.name = name
      self.rest = rest
      self.what = what
      self.writtenBy = writtenBy
      self.removedBy = removedBy
      self.outlivesUninstall = outlivesUninstall
    }

    /// Its path from the git directory: `llmos/step`.
    public var path: String { Layout.directory + name }
  }

  /// A reference, a configuration key or a variable.
  public struct Name: Sendable {
    /// The name, or how the names of several begin when `rest` is not empty.
    public let text: String
    /// How the names go on, as documents write it: `<id>`.
    public let rest: String
    /// What it holds.
    public let what: String
    /// Who writes it: a command, or a person.
    public let writtenBy: String
    /// What removes it in normal use.
    public let removedBy: String

    init(_ text: String, _ rest: String = "", what: String, writtenBy: String, removedBy: String) {
      self.text = text
      self.rest = rest
      self.what = what
      self.writtenBy = writtenBy
      self.removedBy = removedBy
    }
  }

  // MARK: Outside our directory

  /// Ends the name of the directory, beside that of the hooks, in which `install` keeps the hooks that ours replace:
  /// `hooks.llmos-kept`. Versions before this one had a directory of this name among the hooks.
  public static let keptHooks = ".llmos-kept"
  /// Ends the name of a hook that `uninstall` is putting back, until it is renamed.
  public static let restoredHook = ".llmos-new"
  /// The merge driver that lets the sealed state file win, as `info/attributes` names it.
  public static let mergeDriver = "llmos-state"
}
