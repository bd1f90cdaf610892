import Core
import Git
import Platform

/// git as a program, for what libgit2 cannot do right: staging with filters, commits with hooks,
/// configuration scopes.
public enum GitProcess {
  /// Runs git and takes what it prints.
  ///
  /// - Parameters:
  ///   - directory: where git runs.
  ///   - environment: variables to set (a value) or to leave out (nil).
  ///   - input: what git reads on stdin.
  /// - Throws: `Refusal` (69) when git cannot be started.
  public static func run(
    _ arguments: [String], in directory: String, environment: [String: String?] = [:], input: [UInt8] = []
  ) throws(Refusal) -> Child.Ending {
    var setup = Child.Setup()
    (setup.directory, setup.environment) = (directory, environment)
    (setup.input, setup.errors) = (.bytes(input), .kept)
    return try start(arguments, setup)
  }

  /// Runs git and takes what it prints; anything but success is an error.
  ///
  /// - Returns: what it printed, without the last newline.
  /// - Throws: `Refusal` (74) with git's own words.
  public static func output(
    _ arguments: [String], in directory: String, environment: [String: String?] = [:], input: [UInt8] = []
  ) throws(Refusal) -> String {
    let ending = try run(arguments, in: directory, environment: environment, input: input)
    guard ending.code == 0 else {
      throw failure("git \(arguments.first ?? "") failed (\(ending.code))", ending.errors)
    }
    return ending.text
  }

  /// What to say of a git that failed: in its own words, of which the first that is no warning says why.
  ///
  /// - Parameters:
  ///   - errors: what it printed on stderr.
  ///   - remedy: what helps where git's words do not say; nil for what the code says.
  static func failure(_ what: String, _ errors: String, remedy: String? = nil) -> Refusal {
    if let error = GitError.ofGitItself(errors) { return Refusal(error) }
    let lines = errors.split(separator: "\n").map(String.init)
    let why = lines.first { $0.hasPrefix("fatal: ") || $0.hasPrefix("error: ") } ?? lines.first
    return Refusal(.io, what, why: why, remedy: SystemFailure(namedIn: errors)?.remedy() ?? remedy)
  }

  /// Changes the repository's configuration. A `config.lock` that stays as it is for a second was left by a git
  /// that was killed, mostly ours: git holds it for a moment.
  ///
  /// - Parameter common: `$GIT_COMMON_DIR`, with a trailing slash.
  /// - Throws: `Refusal` (74) with git's own words.
  static func configure(_ arguments: [String], in directory: String, common: String) throws(Refusal) {
    if try run(["config", "--local"] + arguments, in: directory).code == 0 { return }
    LockFile.removeIfStale(common + "config.lock")
    _ = try output(["config", "--local"] + arguments, in: directory)
  }

  /// Runs git on our own stdin, stdout and stderr.
  ///
  /// - Parameter environment: variables to set (a value) or to leave out (nil).
  /// - Returns: the exit code.
  /// - Throws: `Refusal` (69) when git cannot be started.
  public static func passThrough(
    _ arguments: [String], in directory: String, environment: [String: String?] = [:]
  ) throws(Refusal) -> Int32 {
    var setup = Child.Setup()
    (setup.directory, setup.environment) = (directory, environment)
    (setup.output, setup.errors) = (.inherited, .inherited)
    return try start(arguments, setup).code
  }

  /// - Throws: `Refusal` (69) where git is not there, or is older than what we ask of it.
  static func requireVersion() throws(Refusal) {
    let words = try output(["--version"], in: ".")
    if let refusal = GitVersion(words)?.refusal { throw refusal }
  }

  private static func start(_ arguments: [String], _ setup: Child.Setup) throws(Refusal) -> Child.Ending {
    do {
      return try Child.run(["git"] + arguments, setup)
    } catch {
      throw Child.missingGit ?? error
    }
  }
}
