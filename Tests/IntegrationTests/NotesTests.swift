import Testing

/// Who writes `refs/notes/llmos` through git.
@Suite struct NotesTests {
  private static let agent = ["LLMOS_AGENT": "DEV"]

  /// A repository whose last commit has a record.
  private func noted() async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git add -A; llmos-hook allow --once --reason scripts; git commit -qm scripts
      echo a >a; LLMOS_AGENT=DEV ./step.sh first a; llmos-hook next-phase
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      """
    ).succeeds()
    return s
  }

  @Test(arguments: [
    "git notes --ref=llmos append -m \"$(git notes --ref=llmos show | sed 's/IMPLEMENTATION/RELEASE/')\"",
    "git notes --ref=llmos add -f -m \"$(git notes --ref=llmos show; git notes --ref=llmos show | sed s/DEV/PM/)\"",
    "git notes --ref=llmos add -m '{\"at\":\"2026-01-01T00:00:00Z\",\"kind\":\"phase-completed\"}' HEAD~1",
    "git notes --ref=llmos remove", "git update-ref -d refs/notes/llmos",
  ])
  func anAgentWritesNoRecord(command: String) async throws {
    let s = try await noted()
    let before = try await s.git("rev-parse", "refs/notes/llmos").out
    let outcome = try await s.sh(command, env: Self.agent)
    #expect(outcome.code != 0 && outcome.err.contains("llmos-hook: "), "\(outcome.all)")
    #expect(try await s.git("rev-parse", "refs/notes/llmos").out == before)
    try await s.llmos("doctor").succeeds()
  }

  /// git copies the notes of a commit that it rewrites, as often as it does, and a verdict is an auditor's.
  @Test func whatAnAgentsGitCopiesAndWhatTheEngineWritesGoesOn() async throws {
    let s = try await noted()
    try await s.sh(
      "set -e; for i in 1 2; do echo $i >a; ./step.sh --amend \"try $i\" a; done", env: Self.agent
    ).succeeds()
    #expect(try await s.git("notes", "--ref=llmos", "show", "HEAD").out.contains("phase-completed"))
    try await s.llmos("set", "QUALITY_GATE", "VERDICT").succeeds()
    try await s.llmos("verdict", "PASS", env: ["LLMOS_AGENT": "QUALITY_AUDITOR"]).succeeds()
    try await s.sh("git notes --ref=llmos show | grep verdict").succeeds()
    try await s.sh("git pack-refs --all", env: Self.agent).succeeds()
    try await s.llmos("doctor").succeeds()
  }

  // MARK: What the notes say

  private static let git = "git -c core.hooksPath=/dev/null"

  private static let lies = [
    "sed 's/\"kind\":\"phase-completed\"/\"kind\":\"verdict\"/'", "sed 's/IMPLEMENTATION/QA/'",
    "sed 's/IMPLEMENTATION/RELEASE/'", "sed 's/\"actor\":\"OWNER\"/\"actor\":\"SYSTEM\"/'",
    "sed 's/\"at\":\"20../\"at\":\"2001/'", "sed 's/\"seq\":[0-9]*/\"seq\":7/'",
  ]

  @Test(arguments: lies) func aLineThatItsEntryDoesNotSayIsNamed(lie: String) async throws {
    let s = try await noted()
    for _ in 1...2 { try await s.llmos("verify", "--strict").succeeds() }
    try await s.sh("\(Self.git) notes --ref=llmos append -m \"$(git notes --ref=llmos show | \(lie))\"")
      .succeeds()
    let short = try await s.git("rev-parse", "--short=10", "HEAD").out.trimmed
    for words in ["doctor", "verify --strict", "verify --strict HEAD", "verify --strict HEAD~1.."] {
      let outcome = try await s.sh("llmos-hook " + words)
      #expect(
        outcome.code == 1 && outcome.all.contains("the note on \(short) says "), "\(words): \(outcome.all)")
    }
    try await s.llmos("verify", "--strict", "HEAD~1").succeeds()
  }

  private static let deletions = [
    "update-ref -d refs/notes/llmos", "notes --ref=llmos remove HEAD",
    "notes --ref=llmos add -f -m '{\"at\":\"2026-01-01T00:00:00Z\"}' HEAD",
  ]

  @Test(arguments: deletions) func whatIsGoneIsNamed(deletion: String) async throws {
    let s = try await noted()
    try await s.sh("\(Self.git) \(deletion)").succeeds()
    for words in ["doctor", "verify --strict"] {
      let outcome = try await s.sh("llmos-hook " + words)
      #expect(outcome.code == 1, "\(words): \(outcome.all)")
    }
    let verify = try await s.llmos("verify")
    #expect(verify.code == 0 && verify.err.contains("the note of entry "), "\(verify.all)")
    #expect(verify.err.contains(" is gone"), "\(verify.all)")
  }

  /// A remote without llmos-hook takes the deletion, and git merges it.
  @Test func whatSomebodyDeletedIsNamedWhereItWasMerged() async throws {
    let s = try await noted()
    let two = s.root + "/two"
    try await s.sh(
      """
      set -e; git init -q --bare -b main ../r.git; git remote add origin ../r.git; llmos-hook --quiet sync --push
      git clone -q ../r.git ../two; cd ../two; llmos-hook --quiet install; llmos-hook --quiet sync; llmos-hook doctor
      \(Self.git) notes --ref=llmos remove HEAD; \(Self.git) push -q origin refs/notes/llmos
      """
    ).succeeds()
    let theirs = try await s.llmos("doctor", in: two)
    #expect(theirs.code == 1 && theirs.all.contains("is gone"), "\(theirs.all)")
    try await s.llmos("doctor").succeeds()
    try await s.llmos("sync").succeeds()
    for words in ["doctor", "verify --strict"] {
      let outcome = try await s.sh("llmos-hook " + words)
      #expect(outcome.code == 1 && outcome.all.contains("is gone"), "\(words): \(outcome.all)")
    }
  }

  /// Every kind of record, by every actor, and none of them is doubted.
  @Test func whatTheEngineWritesIsConfirmed() async throws {
    let s = try await noted()
    try await s.sh(
      """
      set -e; echo b >b; LLMOS_AGENT=DEV ./step.sh b b; git tag good
      llmos-hook set QUALITY_GATE; llmos-hook next-phase; LLMOS_AGENT=QUALITY_AUDITOR llmos-hook verdict PASS
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t; echo c >c; LLMOS_AGENT=DEV ./step.sh c c
      llmos-hook rollback good --reason t; llmos-hook rollback --undo
      llmos-hook set MAINTENANCE DOCUMENTATION --reason t; echo d >d.md; llmos-hook next-phase --checkpoint
      git -c core.hooksPath=/dev/null commit -q --allow-empty -m past; llmos-hook allow --commits HEAD --reason t
      llmos-hook set QUALITY_GATE --reason t; llmos-hook next-phase; llmos-hook verdict FAIL
      """
    ).succeeds()
    let kinds = Set(
      try await s.sh("git notes --ref=llmos list | while read -r n c; do git cat-file blob $n; done").out
        .matches(of: /"kind":"([^"]*)"/).map { String($0.1) })
    #expect(kinds == ["phase-completed", "verdict", "rollback", "checkpoint", "override"])
    try await s.llmos("doctor").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
  }
}
