import Testing

/// What a git cannot do that is older than the trait says. The test runs with it all the same, and what fails there is
/// known; `GitVersionTests` has what is said then.
struct NewerGit: SuiteTrait, TestTrait, TestScoping {
  let minor: Int
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard !Sandbox.git(isAtLeast: 2, minor) else { return try await function() }
    await withKnownIssue("needs git 2.\(minor)", isIntermittent: true) { try await function() }
  }
}

extension Trait where Self == NewerGit {
  /// git merges without a worktree (`merge-tree --write-tree`, with all that is asked of it).
  static var mergesTrees: Self { NewerGit(minor: 39) }
  /// git signs with an SSH key, and looks at such a signature (`gpg.format=ssh`).
  static var signsWithSSH: Self { NewerGit(minor: 34) }
}
