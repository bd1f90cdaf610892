import Core
import Glibc

/// The short ways to run a program.
extension Child {
  /// Runs a program to its end.
  ///
  /// - Throws: as `init`.
  public static func run(_ command: [String], _ setup: Setup = Setup()) throws(Refusal) -> Ending {
    try Child(command, setup).finish()
  }

  /// Runs a program to its end with our stdin, stdout and stderr.
  ///
  /// - Parameter input: what it reads on stdin instead of ours.
  /// - Returns: its exit code; nil when it cannot be started.
  public static func runInherited(
    _ command: [String], environment: [String: String?] = [:], input: [UInt8]? = nil
  ) -> Int32? {
    Progress.erase()
    var setup = Setup()
    if let input { setup.input = .bytes(input) }
    (setup.output, setup.errors) = (.inherited, .inherited)
    setup.environment = environment
    do {
      return try run(command, setup).code
    } catch {
      return nil
    }
  }

  /// All that a program prints on stdout; nil when it fails or cannot be started.
  ///
  /// - Parameter input: what it reads on stdin; nil leaves it ours.
  public static func bytes(
    of command: [String], input: [UInt8]? = nil, environment: [String: String?] = [:]
  ) -> [UInt8]? {
    var setup = Setup()
    setup.environment = environment
    if let input { setup.input = .bytes(input) }
    do {
      let ending = try run(command, setup)
      return ending.code == 0 ? ending.output : nil
    } catch {
      return nil
    }
  }

  /// The first line that a program prints on stdout; nil when it fails.
  public static func output(of command: [String], environment: [String: String?] = [:]) -> String? {
    bytes(of: command, environment: environment).map {
      String(raw: $0.prefix { $0 != UInt8(ascii: "\n") })
    }
  }

  /// The lines that a program prints on stdout; none when it fails.
  public static func lines(of command: [String]) -> [String] {
    (bytes(of: command) ?? []).split(separator: UInt8(ascii: "\n")).map {
      String(raw: $0)
    }
  }

  /// What a program prints on stdout, split at NUL; none when it fails.
  public static func records(of command: [String]) -> [String] {
    (bytes(of: command) ?? []).split(separator: 0).map { String(raw: $0) }
  }

  /// git told to take paths as they are, from the root of the tree, wherever we were called and whatever the environment
  /// says of pathspecs (git(1), `GIT_LITERAL_PATHSPECS`); no file that anybody can write bends the history that it sees.
  public static let gitOfPlainPaths = [
    "git", "--work-tree=.", "--literal-pathspecs", "--no-replace-objects", "-c", "core.commitGraph=false",
  ]

  /// The environment for it.
  public static let environmentOfPlainPaths: [String: String?] = ["GIT_GRAFT_FILE": "/dev/null"]

  /// The variables by which git's callers say how it reads the paths that they name (git(1)). A git that we start has them
  /// only where it is told.
  static let pathspecVariables = [
    "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
  ]

  /// What the caller says of pathspecs, for a git that reads the caller's own paths, or runs hooks for him.
  public static var callersPathspecs: [String: String?] {
    pathspecVariables.reduce(into: [:]) { variables, name in
      if let value = System.environment(name) { variables[name] = value }
    }
  }

  /// What to say instead of that git failed, when it is not there or cannot be started; nil when it can.
  public static var missingGit: Refusal? {
    do {
      guard try run(["git", "--version"]).code != 0 else { return nil }
    } catch {
      guard error.code == .unavailable else { return error }
    }
    return Refusal(
      .unavailable, "git cannot be started", remedy: "put git on PATH, then run the same command again")
  }

  /// Replaces this process; returns only when the program cannot be started.
  public static func become(_ command: [String], environment: [String: String?] = [:]) {
    let program = command[0].utf8.contains(UInt8(ascii: "/")) ? command[0] : Program.path(of: command[0])
    guard let program else {
      errno = ENOENT
      return
    }
    _ = withPointers(command, environment) { words, variables in
      program.withRawCString { path in Sharing.suspended { execve(path, words, variables) } }
    }
    guard errno == ENOEXEC else { return }
    _ = withPointers([shell, program] + command.dropFirst(), environment) { words, variables in
      Sharing.suspended { execve(shell, words, variables) }
    }
  }

  /// Puts bytes on stdin, for the program that this process becomes.
  ///
  /// - Throws: `Refusal` (74): a program that reads less than it should could let pass what it did not see.
  public static func provideInput(_ bytes: [UInt8]) throws(Refusal) {
    let descriptor = try UnnamedFile.descriptor(of: bytes)
    defer { close(descriptor) }
    guard dup2(descriptor, 0) == 0 else {
      throw Refusal(.io, "cannot pass on git's output: \(System.reason)")
    }
  }
}
