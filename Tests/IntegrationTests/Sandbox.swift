import Foundation
import Synchronization
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

  /// The git that is first on PATH (scripts/gits.sh puts others there).
  static let gitPath: String = {
    let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return directories.map { $0 + "/git" }.first { access($0, X_OK) == 0 } ?? "/usr/bin/git"
  }()

  /// What `git version --build-options` says of the git that is first on PATH.
  private static let gitBuild: String = {
    let program = Process()
    let pipe = Pipe()
    (program.executableURL, program.arguments, program.standardOutput) = (
      URL(filePath: gitPath), ["version", "--build-options"], pipe
    )
    guard (try? program.run()) != nil else { return "" }
    return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  }()

  private static let gitVersion: [Int] = gitBuild.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }

  /// Whether the git that is first on PATH is of this version or of a later one.
  static func git(isAtLeast major: Int, _ minor: Int) -> Bool {
    !gitVersion.lexicographicallyPrecedes([major, minor])
  }

  /// Whether that git knows objects by their names in the other format too (`extensions.compatObjectFormat`).
  static let knowsOtherNames = git(isAtLeast: 2, 45) && !gitBuild.contains("rust: disabled")

  /// Of an object's name, in the format that git makes (GIT_DEFAULT_HASH).
  static let digits = ProcessInfo.processInfo.environment["GIT_DEFAULT_HASH"] == "sha256" ? 64 : 40

  /// A command line that moves a reference so that no hook sees it: behind git's back where references are files.
  static func byHand(_ reference: String, _ value: String) -> String {
    keepsReferencesInFiles
      ? "echo \(value) >.git/\(reference)"
      : "git -c core.hooksPath=/dev/null update-ref \(reference) \(value)"
  }

  /// Whether libgit2 opens what git makes (GIT_DEFAULT_HASH, GIT_DEFAULT_REF_FORMAT).
  static let isOpenedByLibgit2 = digits == 40 && keepsReferencesInFiles || opensAll

  /// Whether the linked libgit2 opens every format, as its main branch does (scripts/libgit2s.sh says so).
  static let opensAll = ProcessInfo.processInfo.environment["LLMOS_LIBGIT2_OPENS"] == "all"

  /// Where programs are found: ours, that git, and the system's.
  static let path = binaries + ":" + pathOfOthers

  /// The same without ours.
  static let pathOfOthers = URL(filePath: gitPath).deletingLastPathComponent().path + ":/usr/bin:/bin"

  /// Whether we may mount something in a namespace of our own (unshare(1)).
  static let canMount = {
    let program = Process()
    (program.executableURL, program.arguments) = (
      URL(filePath: "/usr/bin/unshare"), ["-m", "sh", "-c", "mount -t tmpfs none /mnt"]
    )
    program.standardError = FileHandle.nullDevice
    guard (try? program.run()) != nil else { return false }
    program.waitUntilExit()
    return program.terminationStatus == 0
  }()

  /// Whether each reference is a file of its own (GIT_DEFAULT_REF_FORMAT).
  static let keepsReferencesInFiles =
    ProcessInfo.processInfo.environment["GIT_DEFAULT_REF_FORMAT"] != "reftable"

  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Every sandbox of this run is below it; it goes when the run ends.
  ///
  /// In memory where there is room and programs may run: on a disk the kernel takes longer to give and to take back
  /// these small files than git and llmos-hook to do their work. TMPDIR says otherwise.
  private static let all: String = {
    let memory = "/dev/shm/"
    let noPrograms: UInt = 8  // ST_NOEXEC, which Swift's module of glibc leaves out.
    var about = statvfs()
    let isUsable =
      ProcessInfo.processInfo.environment["TMPDIR"] == nil && statvfs(memory, &about) == 0
      && access(memory, W_OK) == 0 && about.f_flag & noPrograms == 0
      && about.f_bavail * about.f_frsize > 4 << 30
    let parent = isUsable ? memory : NSTemporaryDirectory()
    // What a run that was killed has left is memory that nobody gives back.
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
      guard let owner = name.wholeMatch(of: /llmos tést ([0-9]+)-.*/).flatMap({ pid_t($0.1) }),
        kill(owner, 0) != 0, errno == ESRCH
      else { continue }
      try? FileManager.default.removeItem(atPath: parent + name)
    }
    atexit { try? FileManager.default.removeItem(atPath: Sandbox.all) }
    return parent + "llmos tést \(getpid())-" + UUID().uuidString
  }()

  private static let number = Atomic(100_000)

  init(git: Bool = true) async throws {
    // All are equally long: a template's name in a file can be replaced by its copy's.
    root = Self.all + "/" + String(Self.number.add(1, ordering: .relaxed).newValue)
    repository = root + "/repo sitory"
    try FileManager.default.createDirectory(atPath: root + "/home", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: repository, withIntermediateDirectories: true)
    var environment = [
      "HOME": root + "/home", "PATH": Self.path, "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_AUTHOR_NAME": "A U Thor", "GIT_AUTHOR_EMAIL": "author@example.com",
      "GIT_COMMITTER_NAME": "C O Mitter", "GIT_COMMITTER_EMAIL": "committer@example.com",
      "GIT_AUTHOR_DATE": "1766855932 +0000", "GIT_COMMITTER_DATE": "1766855932 +0000", "TZ": "UTC",
      "LC_ALL": "C.UTF-8", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true",
      // It would wait ten seconds for somebody to read its warning.
      "FILTER_BRANCH_SQUELCH_WARNING": "1",
    ]
    // What the repositories are made of (git(1)): the same tests in another format.
    for name in ["GIT_DEFAULT_HASH", "GIT_DEFAULT_REF_FORMAT"] {
      environment[name] = ProcessInfo.processInfo.environment[name]
    }
    self.environment = environment
    // git looks a repository over before a command ends, and not behind it (2.47), where it would change what is copied.
    let global = "[maintenance]\n\tautoDetach = false\n[gc]\n\tautoDetach = false\n"
    try Data(global.utf8).write(to: URL(filePath: root + "/home/.gitconfig"))
    if git { try await self.git("init", "-q", "-b", "main").succeeds() }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: root)
  }

  /// Runs a program in the repository, or below it.
  func run(
    _ command: [String], in directory: String? = nil, env: [String: String?] = [:], input: String = ""
  ) async throws -> Outcome {
    var variables = environment
    for (name, value) in env { variables[name] = value }
    return try await Program(
      command: command, environment: variables, directory: directory ?? repository, input: input
    ).run()
  }

  func git(_ arguments: String..., in directory: String? = nil, env: [String: String?] = [:]) async throws
    -> Outcome
  {
    try await run([Self.gitPath] + arguments, in: directory, env: env)
  }

  func llmos(_ arguments: [String]) async throws -> Outcome {
    try await run([Self.binaries + "/llmos-hook"] + arguments)
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
    async throws -> Sandbox
  {
    try await copy(of: "governed in \(scenario):\(phase)") {
      let sandbox = try await copy(of: "governed") {
        let sandbox = try await Sandbox()
        try sandbox.write("README", "one\n")
        try await sandbox.git("add", "README").succeeds()
        try await sandbox.git("commit", "-qm", "first").succeeds()
        try await sandbox.llmos("install").succeeds()
        return sandbox
      }
      try await sandbox.llmos("set", scenario, phase, "--reason", "a test").succeeds()
      return sandbox
    }
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
