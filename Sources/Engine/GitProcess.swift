import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Subprocess
import SystemPackage
import Verify

/// git as a program, for what libgit2 cannot do right: staging with filters, commits with hooks,
/// configuration scopes.
public enum GitProcess {
  /// What a finished call left.
  public struct Result: Sendable {
    /// The exit code; 128 and the signal's number for a call that was killed.
    public let code: Int32
    /// What it printed on stdout, without the last newline.
    public let output: String
    /// What it printed on stderr, without the last newline.
    public let errors: String
  }

  /// Runs git and takes what it prints.
  ///
  /// - Parameters:
  ///   - directory: where git runs.
  ///   - environment: variables to set (a value) or to leave out (nil).
  ///   - input: what git reads on stdin.
  /// - Throws: `Refusal` (69) when git cannot be started.
  public static func run(
    _ arguments: [String], in directory: String, environment: [String: String?] = [:], input: String = ""
  ) async throws -> Result {
    let result = try await started {
      try await Subprocess.run(
        executable(), arguments: Arguments(arguments), environment: inherited(environment),
        workingDirectory: FilePath(directory), input: .string(input), output: .string(limit: 64 << 20),
        error: .string(limit: 1 << 20))
    }
    return Result(
      code: result.terminationStatus.code, output: trimmed(result.standardOutput),
      errors: trimmed(result.standardError))
  }

  /// Runs git and takes what it prints; anything but success is an error.
  ///
  /// - Throws: `Refusal` (74) with git's own words.
  public static func output(
    _ arguments: [String], in directory: String, environment: [String: String?] = [:], input: String = ""
  ) async throws -> String {
    let result = try await run(arguments, in: directory, environment: environment, input: input)
    guard result.code == 0 else {
      throw Refusal(
        .io, "git \(arguments.first ?? "") failed (\(result.code))",
        why: result.errors.split(separator: "\n").first.map(String.init))
    }
    return result.output
  }

  /// Changes the repository's configuration. A `config.lock` that stays as it is for a second was left by a git
  /// that was killed, mostly ours: git holds it for a moment.
  ///
  /// - Parameter common: `$GIT_COMMON_DIR`, with a trailing slash.
  /// - Throws: `Refusal` (74) with git's own words.
  static func configure(_ arguments: [String], in directory: String, common: String) async throws {
    if try await run(["config", "--local"] + arguments, in: directory).code == 0 { return }
    StaleLock.takeOver(common + "config.lock")
    _ = try await output(["config", "--local"] + arguments, in: directory)
  }

  /// Runs git on our own stdin, stdout and stderr.
  ///
  /// - Returns: the exit code.
  public static func passThrough(
    _ arguments: [String], in directory: String, environment: [String: String?] = [:]
  ) async throws -> Int32 {
    try await started {
      try await Subprocess.run(
        executable(), arguments: Arguments(arguments), environment: inherited(environment),
        workingDirectory: FilePath(directory), input: .currentStandardInput,
        output: .currentStandardOutput, error: .currentStandardError)
    }.terminationStatus.code
  }

  private static func started<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as SubprocessError {
      throw Refusal(.unavailable, "git cannot be started: \(error)", remedy: "is git on PATH?")
    }
  }

  /// git's path, looked up once: given a name, swift-subprocess would fork once an entry of PATH.
  private static func executable() -> Executable {
    .path(FilePath(resolved))
  }

  private static let resolved: String = Program.path(of: "git") ?? "/usr/bin/git"

  private static func inherited(_ changes: [String: String?]) -> Environment {
    var updates: [Environment.Key: String?] = [:]
    for (name, value) in changes {
      if let key = Environment.Key(rawValue: name) { updates[key] = value }
    }
    return .inherit.updating(updates)
  }

  private static func trimmed(_ text: String) -> String {
    text.hasSuffix("\n") ? String(text.dropLast()) : text
  }
}

extension TerminationStatus {
  /// The code as a shell gives it.
  var code: Int32 {
    switch self {
    case .exited(let code): Int32(code)
    case .signaled(let signal): 128 + Int32(signal)
    }
  }
}
