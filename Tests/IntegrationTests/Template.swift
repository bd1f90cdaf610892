import Foundation
import Testing

/// A sandbox that stays as it was made, and is copied.
private struct Template: Sendable {
  let sandbox: Sandbox
  /// What names the directory, below it.
  private let naming: [String]
  /// The worktrees, below it.
  private let worktrees: [String]
  /// The gate's programs, below it: kept aside, since to copy their eleven megabytes takes longer than all the rest.
  /// The copies are other names of one file, so that a test replaces such a file and never writes into it.
  private let programs: [String: Identity]

  private struct Identity: Equatable {
    let path: String
    let size: UInt64
    let changed: Date

    init(_ path: String) throws {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      self.path = path
      size = attributes[.size] as? UInt64 ?? 0
      changed = attributes[.modificationDate] as? Date ?? .distantPast
    }
  }

  init(_ sandbox: Sandbox) async throws {
    self.sandbox = sandbox
    func below(_ script: String) async throws -> [String] {
      try await sandbox.sh(script, in: sandbox.root).out.split(separator: "\0").map(String.init)
    }
    naming = try await below("grep -rlZF --exclude-dir=objects -e \"$PWD\" .")
    worktrees = try await below("find . -name index -path '*/.git/index' -printf '%h/..\\0'")
    #expect(try await below("find . -lname \"*$PWD*\" -print0").isEmpty, "a link leads into the template")
    var programs: [String: Identity] = [:]
    for path in try await below("find . -type f -size +1M -print0") {
      let aside = "\(sandbox.root)-\(programs.count)"
      try FileManager.default.moveItem(atPath: sandbox.root + "/" + path, toPath: aside)
      programs[path] = try Identity(aside)
    }
    self.programs = programs
  }

  func copy() async throws -> Sandbox {
    let copy = try await Sandbox(git: false)
    // A file is another one now: without a look at its content git would take it for changed.
    let script = """
      cp -a "$FROM/." . && for worktree; do git -C "$worktree" update-index -q --refresh || true; done
      """
    try await copy.run(
      ["/bin/sh", "-c", script, "sh"] + worktrees, in: copy.root, env: ["FROM": sandbox.root]
    ).succeeds()
    for (path, program) in programs {
      try #require(try Identity(program.path) == program, "a test has written into \(path)")
      try FileManager.default.linkItem(atPath: program.path, toPath: copy.root + "/" + path)
    }
    for path in naming {
      let file = URL(filePath: copy.root + "/" + path)
      let text = try String(contentsOf: file, encoding: .utf8)
      try Data(text.replacing(sandbox.root, with: copy.root).utf8).write(to: file)
    }
    return copy
  }
}

private actor Templates {
  static let shared = Templates()
  private var made: [String: Task<Template, any Error>] = [:]

  func template(_ name: String, _ make: @escaping @Sendable () async throws -> Sandbox) -> Task<
    Template, any Error
  > {
    if let task = made[name] { return task }
    let task = Task { try await Template(make()) }
    made[name] = task
    return task
  }
}

extension Sandbox {
  /// A copy of what is made once in a run, for all who ask for it by that name.
  static func copy(of name: String, _ make: @escaping @Sendable () async throws -> Sandbox) async throws
    -> Sandbox
  {
    try await Templates.shared.template(name, make).value.copy()
  }
}
