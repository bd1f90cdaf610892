import Testing

/// What a process that was killed leaves, and what the next one makes of it. `scripts/faults.sh` kills at every
/// call; here are the things that it found, one by one.
@Suite struct InterruptionTests {
  @Test func aCheckpointWithoutAnEntryIsTakenBack() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try s.write("artifact", "new\n")
    let before = try await s.head()
    let lock = "echo $new >.git/$(git symbolic-ref HEAD).lock"
    try await s.sh(
      """
      set -e; old=$(git rev-parse HEAD); new=$(git commit-tree -p HEAD -m killed 'HEAD^{tree}')
      git -c core.hooksPath=/dev/null update-ref HEAD $new
      printf '%s %s %s\\n' "$(git symbolic-ref HEAD)" $old $new >.git/llmos/checkpoint
      ln .git/llmos/checkpoint .git/index.lock; \(Sandbox.keepsReferencesInFiles ? lock : ":")
      """
    ).succeeds()
    let outcome = try await s.llmos("next-phase", "--checkpoint")
    outcome.succeeds()
    #expect(outcome.err.contains("undid the checkpoint of an interrupted transition"))
    #expect(try await s.head("%P") == before)
    #expect(try await s.git("show", "HEAD:artifact").out == "new\n")
    #expect(!s.exists(".git/index.lock") && !s.exists(".git/llmos/checkpoint"))
    try await s.llmos("verify", "--strict").succeeds()
    try await s.llmos("doctor").succeeds()
  }

  /// Killed twice: the second time while it kept what the first had left half moved.
  @Test func theLockOfABackupHoldsNothingUp() async throws {
    let s = try await RollbackTests.project()
    let before = try await RollbackTests.look(s)
    let lock = "touch .git/refs/llmos/backup/$(ls .git/refs/llmos/backup)-interrupted.lock"
    try await s.sh(
      """
      strace -qq -o /dev/null -e inject=rename:signal=SIGKILL:when=8 llmos-hook rollback v1 || true
      rm -f .git/index.lock; echo since >since; git add since
      \(Sandbox.keepsReferencesInFiles ? lock : ":")
      """
    ).succeeds()
    try await s.llmos("rollback", "--abort").succeeds()
    #expect(try await RollbackTests.look(s) == before)
    #expect(try await s.git("for-each-ref", "refs/llmos/backup").out.contains("-interrupted"))
  }

  /// What git is asked goes to it in a file: one that is cut short would ask for less, and all would seem well.
  @Test func withoutRoomForAQuestionNothingIsTakenForGood() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "bad").succeeds()
    let verified = try await s.llmos("verify", "HEAD")
    #expect(verified.code == 1 && verified.out.hasPrefix("VIOLATION"), "\(verified.all)")
    let full = "-e inject=write:error=ENOSPC:when=1 -e inject=pwrite64:error=ENOSPC"
    #expect(try await s.sh("strace -qq -o /dev/null \(full) llmos-hook verify HEAD").code == 74)
  }

  /// The ledger has moved, its record is not noted yet, and cannot be: it stays until it can.
  @Test func aRecordThatCannotBeNotedIsNotForgotten() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try await s.llmos("next-phase").succeeds()
    let line = try await s.git("notes", "--ref=llmos", "show").out
    let around = "git -c core.hooksPath=/dev/null update-ref"
    try await s.sh(
      """
      set -e; notes=$(git notes --ref=llmos show)
      printf 'entry %s\\nnote %s %s\\nend\\n' "$(git rev-parse refs/llmos/ledger/main)" "$(git rev-parse HEAD)" "$notes" \
        >.git/llmos/intent
      \(around) refs/notes/llmos $(git hash-object -w README)
      """
    ).succeeds()
    for _ in 1...2 {
      try await s.llmos("next-phase").isRefused(65, "refs/notes/llmos is not a notes reference")
    }
    try await s.sh("\(around) -d refs/notes/llmos").succeeds()
    try await s.llmos("restore").succeeds()
    #expect(try await s.git("notes", "--ref=llmos", "show").out == line)
    try await s.llmos("doctor").succeeds()
  }

  /// A directory of that name on PATH is no program.
  @Test func aDirectoryNamedGitIsNotGit() async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "-q", "--allow-empty", "-m", "two").succeeds()
    try await s.sh(
      "mkdir -p ../src/git; PATH=$PWD/../src:$PATH; llmos-hook doctor && llmos-hook rollback HEAD~1"
    )
    .succeeds()
  }

  @Test func aCheckpointWaitsForWhoeverHoldsTheIndexOrTheRollback() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try s.write("artifact", "new\n")
    let before = try await s.head()
    try s.write(".git/index.lock", "")
    try await s.llmos("next-phase", "--checkpoint").isRefused(75, "another git process holds index.lock")
    try await s.sh("rm .git/index.lock; touch .git/llmos/rollback.json").succeeds()
    try await s.llmos("next-phase", "--checkpoint").isRefused(1, "no checkpoint can be made")
    #expect(try await s.head() == before)
    try await s.sh("rm .git/llmos/rollback.json").succeeds()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
  }

  @Test func locksOfAGitThatWasKilledStopNeitherInstallNorSync() async throws {
    let s = try await Sandbox()
    try await s.sh("git commit -q --allow-empty -m x; git init -q --bare ../server.git").succeeds()
    try await s.git("remote", "add", "origin", "../server.git").succeeds()
    try s.write(".git/config.lock", "")
    try await s.llmos("install").succeeds()
    try await s.llmos("set", "MAINTENANCE", "UPDATE").succeeds()
    try await s.llmos("sync").succeeds()
    let ledger = try await s.git(
      "for-each-ref", "--format=%(refname)", "refs/llmos/ledger", in: s.root + "/server.git")
    let name = try #require(ledger.out.split(separator: "\n").first).dropFirst("refs/llmos/ledger/".count)
    try s.write(".git/refs/llmos/incoming/origin/\(name).lock", "")
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("sync").succeeds()
    try await s.llmos("sync").succeeds()
  }

  @Test func aHookThatWasKeptAndNotYetReplacedStaysAlone() async throws {
    let s = try await Sandbox()
    try s.write(".git/hooks/pre-commit", "#!/bin/sh\n", executable: true)
    try await s.sh(
      """
      set -e; mkdir -p .git/llmos .git/hooks/.llmos-kept; printf 'hook\\thooks/pre-commit\\t\\n' >.git/llmos/install
      ln .git/hooks/pre-commit .git/hooks/.llmos-kept/pre-commit
      touch .git/llmos/.llmos-new-1 .git/.llmos-new-1 .git/llmos/verified.text
      """
    ).succeeds()
    try await s.llmos("uninstall").succeeds()
    #expect(s.exists(".git/hooks/pre-commit"))
    #expect(try await s.sh("find .git -name '*llmos*'").out == "")
  }

  /// git moves notes in the fan-out: one that has moved and grown has lost nothing.
  @Test func aNoteThatMovedAndGrewIsTaken() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try await s.sh(
      """
      set -e; git init -q --bare ../server.git; git remote add origin ../server.git
      llmos-hook --quiet -C ../server.git install --server
      llmos-hook --quiet next-phase; llmos-hook --quiet sync; old=$(git rev-parse refs/notes/llmos)
      llmos-hook --quiet next-phase
      set -- $(git notes --ref=llmos list)
      below=$(printf '100644 blob %s\\t%s\\n' $1 ${2#??} | git mktree)
      tree=$(printf '040000 tree %s\\t%.2s\\n' $below $2 | git mktree)
      git -c core.hooksPath=/dev/null update-ref refs/notes/llmos $(git commit-tree -p $old -m moved $tree)
      """
    ).succeeds()
    try await s.llmos("sync").succeeds()
    let notes = try await s.sh(
      "git notes --ref=llmos list | cut -d\" \" -f1 | git cat-file --batch", in: s.root + "/server.git")
    #expect(notes.out.matches(of: /phase-completed/).count == 2)
  }

  /// A new worktree's ledger begins behind commits of which their own worktree's ledger does not yet tell.
  @Test func aNewWorktreeSaysNothingOfOlderCommits() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try await s.sh(
      """
      set -e; git worktree add -q -b w ../w; cd ../w
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; git commit -q --allow-empty -m allowed
      git worktree add -q --detach ../x; llmos-hook --quiet -C ../x set FEATURE_DEVELOPMENT QA --reason test
      sleep 1; llmos-hook --quiet next-phase
      """
    ).succeeds()
    let outcome = try await s.llmos("verify", "--strict", in: s.root + "/w")
    outcome.succeeds()
    #expect(outcome.out.contains("made in FEATURE_DEVELOPMENT:IMPLEMENTATION"), "\(outcome.out)")
  }

  @Test func anAgentStepsWhereTheScriptsDirectoryIsIgnored() async throws {
    let s = try await Sandbox.governed()
    try s.write(".git/info/exclude", "/scripts\n/step.sh\n/llmos\n/SCENARIO_STATE.yml\n")
    try s.write("code", "new\n")
    try await s.sh("./step.sh -m work", env: ["LLMOS_AGENT": "DEV"]).succeeds()
    #expect(try await s.git("show", "--format=", "--name-only", "HEAD").out == "code\n")
  }

  @Test func theRecordOfASlowRollbackHasItsEntrysTime() async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", "rollback:\n  verify: sleep 1.2\n")
    try await s.sh("git add .llmos; git commit -qm one; git commit -q --allow-empty -m two").succeeds()
    try await s.llmos("rollback", "HEAD~1", "--mode", "reset").succeeds()
    try await s.llmos("doctor").succeeds()
  }

  /// Swift's runtime would find the arguments in /proc, and abort where it does not find the executable there.
  @Test(.enabled(if: Sandbox.canMount)) func withoutProcAllIsDone() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      unshare -m sh -ec '
        mount -t tmpfs none /proc
        for command in status "status --json" verify doctor log --help "check commit_changes" install "rollback HEAD --dry-run"
        do llmos-hook $command >/dev/null 2>&1 || code=$?; echo "$command ${code:-0}"; [ ${code:-0} -lt 70 ]; done
        git commit -q --allow-empty -m x
        echo a >a; LLMOS_AGENT=DEV ./step.sh a a >/dev/null
        llmos-hook set MAINTENANCE UPDATE --reason x; ! git commit -q --allow-empty -m y
      '
      """
    ).succeeds()
    #expect(try await s.place() == "MAINTENANCE:UPDATE")
    #expect(try await s.head("%s").hasSuffix(" a"))
    try await s.sh("llmos-hook verify --strict && llmos-hook doctor").succeeds()
  }
}
