import Foundation
import Subprocess
import SystemPackage
import Testing

/// What a command left.
struct Outcome: Sendable {
  let code: Int32
  let out: String
  let err: String

  var all: String { out + err }
}

/// A directory of its own with a HOME of its own, in which real git and the real binary run: no system
/// configuration, fixed dates, no mark of an agent, a path with a space and letters beyond ASCII.
final class Sandbox: Sendable {
  let root: String
  let repository: String
  private let environment: [String: String]

  /// The executables under test: those of LLMOS_HOOK_BIN, else what scripts/build.sh made.
  static let binaries: String = {
    if let path = ProcessInfo.processInfo.environment["LLMOS_HOOK_BIN"] { return path }
    return package + "/.build-release/bin"
  }()

  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  init(git: Bool = true) async throws {
    root = NSTemporaryDirectory() + "llmos tést " + UUID().uuidString
    repository = root + "/repo sitory"
    try FileManager.default.createDirectory(atPath: root + "/home", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: repository, withIntermediateDirectories: true)
    environment = [
      "HOME": root + "/home", "PATH": Self.binaries + ":/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_AUTHOR_NAME": "A U Thor", "GIT_AUTHOR_EMAIL": "author@example.com",
      "GIT_COMMITTER_NAME": "C O Mitter", "GIT_COMMITTER_EMAIL": "committer@example.com",
      "GIT_AUTHOR_DATE": "1766855932 +0000", "GIT_COMMITTER_DATE": "1766855932 +0000", "TZ": "UTC",
      "LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true",
    ]
    if git { try await self.git("init", "-q", "-b", "main").succeeds() }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: root)
  }

  /// Runs a program in the repository, or below it.
  func run(
    _ command: [String], in directory: String? = nil, env: [String: String?] = [:], input: String = ""
  ) async throws -> Outcome {
    var variables: [Environment.Key: String] = [:]
    for (name, value) in environment.merging(env.compactMapValues { $0 }, uniquingKeysWith: { $1 }) {
      if env[name] == .some(nil) { continue }
      variables[Environment.Key(stringLiteral: name)] = value
    }
    let result = try await Subprocess.run(
      command[0].contains("/") ? .path(FilePath(command[0])) : .name(command[0]),
      arguments: Arguments(Array(command.dropFirst())), environment: .custom(variables),
      workingDirectory: FilePath(directory ?? repository), input: .string(input),
      output: .string(limit: 16 << 20), error: .string(limit: 16 << 20))
    let code: Int32 =
      switch result.terminationStatus {
      case .exited(let code): Int32(code)
      case .signaled(let signal): 128 + Int32(signal)
      }
    return Outcome(code: code, out: result.standardOutput, err: result.standardError)
  }

  func git(_ arguments: String..., in directory: String? = nil, env: [String: String?] = [:]) async throws
    -> Outcome
  {
    try await run(["/usr/bin/git"] + arguments, in: directory, env: env)
  }

  func llmos(_ arguments: String..., in directory: String? = nil, env: [String: String?] = [:]) async throws
    -> Outcome
  {
    try await run([Self.binaries + "/llmos-hook"] + arguments, in: directory, env: env)
  }

  func sh(_ script: String, in directory: String? = nil, env: [String: String?] = [:]) async throws -> Outcome
  {
    try await run(["/bin/sh", "-c", script], in: directory, env: env)
  }

  // MARK: Short ways

  /// A governed repository with one commit, standing in a phase.
  static func governed(_ scenario: String = "FEATURE_DEVELOPMENT", _ phase: String = "IMPLEMENTATION")
    async throws
    -> Sandbox
  {
    let sandbox = try await Sandbox()
    try sandbox.write("README", "one\n")
    try await sandbox.git("add", "README").succeeds()
    try await sandbox.git("commit", "-qm", "first").succeeds()
    try await sandbox.llmos("install").succeeds()
    try await sandbox.llmos("set", scenario, phase).succeeds()
    return sandbox
  }

  func write(_ path: String, _ text: String, executable: Bool = false) throws {
    let full = path.hasPrefix("/") ? path : repository + "/" + path
    try FileManager.default.createDirectory(
      atPath: URL(filePath: full).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: full))
    try FileManager.default.setAttributes(
      [.posixPermissions: executable ? 0o755 : 0o644], ofItemAtPath: full)
  }

  func read(_ path: String) throws -> String {
    let full = path.hasPrefix("/") ? path : repository + "/" + path
    return String(decoding: try Data(contentsOf: URL(filePath: full)), as: UTF8.self)
  }

  func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path.hasPrefix("/") ? path : repository + "/" + path)
  }

  func commits(in directory: String? = nil) async throws -> Int {
    Int(try await git("rev-list", "--count", "--all", "--exclude=refs/llmos/*", in: directory).out.trimmed)
      ?? 0
  }

  func head(_ format: String = "%H", in directory: String? = nil) async throws -> String {
    try await git("log", "-1", "--format=" + format, in: directory).out.trimmed
  }

  func place(in directory: String? = nil) async throws -> String {
    try await llmos("status", in: directory).out.split(separator: " ").first.map(String.init) ?? ""
  }
}

extension Outcome {
  @discardableResult
  func succeeds(_ location: SourceLocation = #_sourceLocation) -> Outcome {
    #expect(code == 0, "\(all)", sourceLocation: location)
    return self
  }

  /// Refused with a code and a message that has these words, in three lines at most, said once.
  @discardableResult
  func isRefused(_ expected: Int32 = 1, _ words: String..., at location: SourceLocation = #_sourceLocation)
    -> Outcome
  {
    #expect(code == expected, "\(all)", sourceLocation: location)
    for word in words { #expect(err.contains(word), "\(err)", sourceLocation: location) }
    let ours = err.split(separator: "\n").filter { $0.hasPrefix("llmos-hook: ") }
    #expect(ours.count == 1, "\(err)", sourceLocation: location)
    let lines = err.split(separator: "\n").filter { $0.hasPrefix("llmos-hook: ") || $0.hasPrefix("  ") }
    #expect(lines.count <= 3, "\(err)", sourceLocation: location)
    return self
  }
}

extension String {
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
