import Foundation
import Testing

/// After `uninstall` nothing of ours is left but records: references, notes, backups, and what `run` logged.
@Suite struct UninstallTests {
  /// What is left in the private directories of all worktrees, without `runs/`.
  private func leftovers(_ s: Sandbox) async throws -> String {
    try await s.sh(
      """
      find .git -path .git/objects -prune -o -path '*/llmos/runs' -prune -o \\( -path '.git/llmos*' -o \
        -path '.git/worktrees/*/llmos*' -o -name '.llmos-new*' \\) ! -name llmos -print | sort
      """
    ).succeeds().out
  }

  /// The files that docs/formats.md lists, but those that are not removed or that stop an uninstall.
  private func documented() throws -> [String] {
    let path = Sandbox.package + "/docs/formats.md"
    let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    let section = try #require(text.components(separatedBy: "## Files in `$GIT_DIR/llmos`").last)
    let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
    let names = rows.flatMap { row in
      row.split(separator: "|")[0].matches(of: /`([^`]+)`/).map { String($0.1) }
    }
    return names.filter { !["runs/<run>/", "rollback.json"].contains($0) }.map {
      $0.replacing("XXXXXX", with: "a1B2c3").replacing("<process>", with: "123")
    }
  }

  private func fill(_ s: Sandbox, _ directory: String) throws {
    for name in try documented() {
      if name.hasSuffix("/") {
        try s.write("\(directory)/\(name)file", "x")
        try s.write("\(directory)/\(name)deeper/file", "x")
      } else if !s.exists("\(directory)/\(name)") {
        try s.write("\(directory)/\(name)", "")
      }
    }
    // What a killed git or a killed write leaves beside them.
    for name in ["step-index.lock", "audit-index.lock", "rollback.json.new"] {
      try s.write("\(directory)/\(name)", "")
    }
    try s.write("\(directory)/runs/one/log", "kept")
  }

  /// What landed is proved after the next install, too, in each worktree.
  @Test func whatLandedIsSealed() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git worktree add -q -b w ../w; cd ../w
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason x; git commit -q --allow-empty -m there
      """
    ).succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "here").succeeds()
    try await s.sh("llmos-hook uninstall && llmos-hook install --no-scripts").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    try await s.llmos("doctor").succeeds()
  }

  /// A hook that stays needs the gate: else it would block every commit.
  @Test(.enabled(if: getuid() == 0)) func hooksThatCannotBeRemovedKeepTheirGate() async throws {
    let s = try await Sandbox.governed()
    let user = "setpriv --reuid=12345 --regid=12345 --clear-groups "
    let own = s.root + "/own"
    try await s.sh("cp -R . ../own; cd ../own; chmod 555 .git/hooks; chown -R 12345:12345 . ../home")
      .succeeds()
    let refused = try await s.sh(user + "llmos-hook uninstall", in: own).isRefused(73, "nothing was removed")
    try await s.sh(user + "git commit -q --allow-empty -m x", in: own).succeeds()
    let remedy = try #require(refused.err.split(separator: "next: ").last).prefix { $0 != "," }
    try await s.sh("\(user)\(remedy) && \(user)llmos-hook uninstall", in: own).succeeds()
    let rest = try await s.sh(
      "\(user)git commit -q --allow-empty -m x && ls .git/hooks | grep -vc sample", in: own)
    #expect(rest.out == "0\n", "\(rest.all)")
  }

  @Test func nothingOfOursIsLeft() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git worktree add -q -b w ../w; llmos-hook -C ../w restore").succeeds()
    #expect(try documented().count > 15)
    // Empty ones are damaged: they hold nothing up.
    try fill(s, ".git/llmos")
    try fill(s, ".git/worktrees/w/llmos")
    try s.write(".git/worktrees/w/.llmos-new-7", "")
    try await s.llmos("uninstall").succeeds()
    #expect(try await leftovers(s) == "")
    #expect(s.exists(".git/llmos/runs/one/log") && s.exists(".git/worktrees/w/llmos/runs/one/log"))
    #expect(try await s.git("for-each-ref", "refs/llmos/ledger").out.split(separator: "\n").count == 2)
    try await s.llmos("uninstall").isRefused(66, "is not installed here")
  }

  /// What real commands leave: an owner's word that was used, a refused merge, a template, a held branch.
  @Test func whatCommandsLeaveIsGone() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; mkdir .llmos; echo 'commits: {lock: [QUALITY_GATE]}' >.llmos/config.yml
      git add .llmos; git commit -qm lock; git worktree add -q -b w ../w
      """
    ).succeeds()
    let locked = Sandbox.keepsReferencesInFiles ? "test -e \"$private/branch-lock\"" : ":"
    for directory in [s.repository, s.root + "/w"] {
      try await s.sh(
        """
        set -e; private=$(git rev-parse --git-dir)/llmos
        llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; echo template >template
        ! GIT_EDITOR=false git commit -q --allow-empty -t template; rm template; test -e "$private/template"
        llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason test
        llmos-hook --quiet allow --once --reason hotfix; git commit -q --allow-empty -m "hotfix of $private"
        git checkout -q --detach; git -c core.hooksPath=/dev/null commit -q --allow-empty -m "around $private"
        around=$(git rev-parse HEAD); git checkout -q -; ! git merge -q --ff-only "$around"
        llmos-hook verify >/dev/null || true
        test -e "$private/override"; test -e "$private/refused"
        llmos-hook --quiet set QUALITY_GATE; \(locked)
        """, in: directory
      ).succeeds()
    }
    try await s.llmos("uninstall", in: s.root + "/w").succeeds()
    #expect(try await leftovers(s) == "")
    #expect(try await s.sh("find .git/refs -name '*.lock'").out == "")
    for directory in [s.repository, s.root + "/w"] {
      try await s.git("commit", "-q", "--allow-empty", "-m", "free", in: directory).succeeds()
    }
  }

  /// A transition that was killed before its note is finished first: the notes are a record that stays.
  @Test(arguments: [".", "../w"]) func anInterruptedTransitionIsFinished(directory: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git worktree add -q -b w ../w; cd \(directory); llmos-hook --quiet next-phase
      entry=$(git rev-parse refs/llmos/ledger/$([ \(directory) = . ] && echo main || echo w))
      printf 'entry %s\\nnote %s {"at":"lost"}\\nend\\n' $entry $(git rev-parse HEAD) >"$(git rev-parse --git-dir)/llmos/intent"
      """
    ).succeeds()
    try await s.llmos("uninstall").succeeds()
    #expect(try await leftovers(s) == "")
    #expect(try await s.git("notes", "--ref=llmos", "show", "w").out.contains("\"at\":\"lost\""))
  }

  /// A checkpoint that was killed before its entry is taken back: its files are uncommitted again.
  @Test func anInterruptedCheckpointIsTakenBack() async throws {
    let s = try await Sandbox.governed()
    let head = try await s.head()
    try await s.sh(
      """
      set -e; echo x >f; git add f; git -c core.hooksPath=/dev/null commit -qm checkpoint
      printf 'refs/heads/main %s %s\\n' \(head) $(git rev-parse HEAD) >.git/llmos/checkpoint
      ln .git/llmos/checkpoint .git/index.lock
      """
    ).succeeds()
    try await s.llmos("uninstall").succeeds()
    #expect(try await leftovers(s) == "")
    #expect(try await s.head() == head)
    #expect(!s.exists(".git/index.lock"))
    #expect(try s.read("f") == "x\n")
  }

  @Test(arguments: [".", "../w"]) func aPendingRollbackRefusesIt(directory: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "git worktree add -q -b w ../w; llmos-hook -C ../w restore; mkdir -p .git/worktrees/w/llmos; cd \(directory); echo '{}' >\"$(git rev-parse --git-dir)/llmos/rollback.json\""
    ).succeeds()
    let here = try await s.sh("find . .git -path ./.git/objects -prune -o -print | sort").out
    try await s.llmos("uninstall").isRefused(1, "rollback", "--continue", "--abort")
    #expect(try await s.sh("find . .git -path ./.git/objects -prune -o -print | sort").out == here)
    try await s.git("commit", "--allow-empty", "-m", "x", in: s.repository + "/" + directory)
      .isRefused(1, "rollback")
  }

  /// Where a worktree is gone its rollback cannot go on: git forgets it first.
  @Test func aPendingRollbackOfAWorktreeThatIsGone() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "git worktree add -q -b w ../w; mkdir -p .git/worktrees/w/llmos; echo '{}' >.git/worktrees/w/llmos/rollback.json; rm -r ../w"
    ).succeeds()
    try await s.llmos("uninstall").isRefused(1, "git worktree prune")
    try await s.git("worktree", "prune").succeeds()
    try await s.llmos("uninstall").succeeds()
    #expect(try await leftovers(s) == "")
  }

  /// Killed between two of its own steps, it goes on where it was.
  @Test func anInterruptedUninstallIsFinished() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git worktree add -q -b w ../w; llmos-hook -C ../w restore").succeeds()
    try await s.sh(
      "cp -a .git/llmos ../saved; cp -a .git/worktrees/w/llmos ../saved-w; llmos-hook --quiet uninstall"
    ).succeeds()
    try await s.sh(
      """
      mkdir .git/llmos .git/worktrees/w/llmos; cp -a ../saved/lock .git/llmos; touch .git/llmos/refused
      cp -a ../saved-w/. .git/worktrees/w/llmos; touch .git/worktrees/w/llmos/override
      """
    ).succeeds()
    try await s.llmos("uninstall").succeeds()
    #expect(try await leftovers(s) == "")
    #expect(!s.exists(".git/llmos") && !s.exists(".git/worktrees/w/llmos"))
  }

  /// A damaged ledger is a reason to uninstall, not one to stay.
  @Test func aDamagedLedgerDoesNotStopIt() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "git update-ref --no-deref refs/llmos/ledger/main HEAD || git -c core.hooksPath=/dev/null update-ref refs/llmos/ledger/main HEAD; touch .git/llmos/intent"
    ).succeeds()
    try await s.llmos("uninstall").succeeds()
    #expect(try await leftovers(s) == "")
  }
}
