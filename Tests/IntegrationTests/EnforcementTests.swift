import Foundation
import Testing

/// Operations that bring a commit although no message-level hook is asked, and operations that bring none.
@Suite struct EnforcementTests {
  /// A repository with a branch `side` of two commits, a bundle, a patch and a remote.
  private func prepared() async throws -> Sandbox {
    try await Sandbox.copy(of: "EnforcementTests") {
      let s = try await Sandbox.governed()
      try await s.sh(
        """
        echo 1 >a; git add a; git commit -qm second
        git init -q --bare ../remote.git; git remote add origin ../remote.git; git push -q origin main
        git branch known; git -c core.hooksPath=/dev/null commit-tree -p HEAD -m loose 'HEAD^{tree}' >../loose
        git checkout -q -b side; echo 2 >b; git add b; git -c core.hooksPath=/dev/null commit -qm side; git push -q origin side
        git format-patch -q -1 -o ../p; git bundle create -q ../side.bundle main..side
        git checkout -q main; git branch -qD side; git update-ref -d refs/remotes/origin/side; git fetch -q origin main
        llmos-hook --quiet next-phase
        """
      ).succeeds()
      return s
    }
  }

  /// A way to bring a commit that no ledger knows.
  private struct Way: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// What git ends with where our hook refuses.
    let code: Int32
    /// What is new in `picture` where the phase allows it.
    let landed: [String]

    init(_ command: String, code: Int32 = 128, _ landed: String...) {
      testDescription = command
      self.code = code
      // Where main goes, HEAD goes with it.
      self.landed = landed.flatMap { line in
        line.hasPrefix("refs/heads/main ") ? ["HEAD " + line, line] : [line]
      }.sorted()
    }
  }

  private static let bringing = [
    Way("git update-ref refs/heads/main $(cat ../loose)", "refs/heads/main loose"),
    Way("git update-ref refs/heads/new $(cat ../loose)", "refs/heads/new loose"),
    Way("git update-ref refs/other/x $(cat ../loose)", "refs/other/x loose"),
    Way(
      "git tag -a -m x loose $(cat ../loose); git update-ref refs/other/x $(git rev-parse loose)",
      "refs/other/x x", "refs/tags/loose x"),
    Way("git reset -q --hard $(cat ../loose)", "refs/heads/main loose"),
    Way("git reset -q --soft $(cat ../loose)", "refs/heads/main loose"),
    Way("git merge -q --ff-only $(cat ../loose)", "refs/heads/main loose"),
    Way("git branch new $(cat ../loose)", "refs/heads/new loose"),
    Way("git branch -f known $(cat ../loose)", "refs/heads/known loose"),
    Way("git checkout -q $(cat ../loose)", "HEAD loose"),
    Way(
      "git checkout -q -b new $(cat ../loose)", "HEAD refs/heads/new loose", "refs/heads/new loose"),
    Way("git switch -q --detach $(cat ../loose)", "HEAD loose"),
    Way("git worktree add -q ../wt $(cat ../loose)", "wt loose"),
    // In a reftable git moves nothing so (seen with 2.55).
    Sandbox.keepsReferencesInFiles
      ? Way(
        "git worktree add -q --detach ../wt; git update-ref worktrees/wt/HEAD $(cat ../loose)", "wt loose")
      : Way(
        "git worktree add -q --detach ../wt; git -C ../wt update-ref --no-deref HEAD $(cat ../loose)",
        "wt loose"),
    Way("git fetch -q ../side.bundle side:side", "refs/heads/side side"),
    Way("git pull -q ../side.bundle side", "refs/heads/main side"),
    Way("git fetch -q origin side:fetched", "refs/heads/fetched side", "refs/remotes/origin/side side"),
    Way("git am -q ../p/0001-side.patch", code: 1, "refs/heads/main side"),
    Way(
      "printf 'commit refs/heads/main\\ncommitter a <a@b> 1 +0000\\ndata 1\\nx\\nfrom refs/heads/main^0\\n' | git fast-import --quiet",
      "refs/heads/main x"),
    Way(
      "git commit-tree -p HEAD -m x 'HEAD^{tree}' | xargs git update-ref HEAD", code: 123,
      "refs/heads/main x"),
    Way("git commit -q --allow-empty --no-verify -m x", code: 1, "refs/heads/main x"),
    Way("git cherry-pick --allow-empty $(cat ../loose)", "refs/heads/main loose"),
    // From 2.46 on git asks about the symbolic reference.
    Sandbox.git(isAtLeast: 2, 46)
      ? Way(
        "git symbolic-ref HEAD refs/heads/y; git commit -q --allow-empty -m x", code: 1,
        "HEAD refs/heads/y x",
        "refs/heads/y x")
      : Way(
        "git symbolic-ref HEAD refs/remotes/x/y; git commit -q --allow-empty --no-verify -m x", code: 1,
        "HEAD refs/remotes/x/y x", "refs/remotes/x/y x"),
    Way(
      "git replace HEAD $(cat ../loose); git commit -q --allow-empty --no-verify -m x", code: 1,
      "refs/heads/main x"),
    Way("git push -q . $(cat ../loose):refs/heads/pushed", "refs/heads/pushed loose"),
    // The same two commits anew: their notes alone show it.
    Way(
      "git rebase -q --no-verify --root --force-rebase", code: Sandbox.git(isAtLeast: 2, 39) ? 128 : 1,
      "refs/notes/llmos Notes added by 'git notes copy'"),
    Way(
      "git filter-branch -f --msg-filter 'sed s/^sec/x/' HEAD", code: 1, "refs/heads/main xond",
      "refs/original/refs/heads/main second"),
    Way("git -c core.logAllRefUpdates=false update-ref HEAD $(cat ../loose)", "refs/heads/main loose"),
  ]

  /// What every way of bringing a commit shows itself in.
  private func picture(_ s: Sandbox) async throws -> Set<Substring> {
    let script = """
      git for-each-ref --format='%(refname) %(subject)' | grep -v -e ^refs/llmos/ -e ^refs/replace/
      echo HEAD $(git symbolic-ref -q HEAD) $(git log -1 --format=%s)
      [ ! -e ../wt ] || git -C ../wt log -1 --format='wt %s'
      """
    return Set(
      try await s.sh(script, env: ["GIT_NO_REPLACE_OBJECTS": "1"]).succeeds().out.split(separator: "\n"))
  }

  private static let references = "git for-each-ref refs/heads refs/notes refs/llmos refs/other"

  @Test(arguments: bringing)
  private func isRefusedInAPhaseThatForbids(way: Way) async throws {
    let s = try await prepared()
    let before = try await s.sh(Self.references).out
    let outcome = try await s.sh(way.testDescription)
    if way.testDescription.contains("filter-branch") {
      // It keeps the hook's words to itself.
      #expect(outcome.code == way.code && outcome.err.contains("Could not rewrite"), "\(outcome.all)")
    } else {
      outcome.isRefused(way.code, "refused: FEATURE_DEVELOPMENT:QA does not allow commit_changes")
    }
    _ = try await s.sh(
      "git rebase --abort; git am --abort; git cherry-pick --abort; git symbolic-ref HEAD refs/heads/main; git worktree prune; git replace -d $(git replace -l)"
    )
    #expect(try await s.sh(Self.references).out == before, "\(outcome.all)")
  }

  /// Where no hook would see what lands: git asks from 2.46 on.
  @Test(
    .enabled(if: Sandbox.git(isAtLeast: 2, 46)),
    arguments: [
      "git symbolic-ref HEAD refs/remotes/x/y", "git symbolic-ref HEAD refs/tags/v9",
      "git symbolic-ref refs/heads/alias refs/tags/v9",
      "git symbolic-ref refs/notes/llmos refs/notes/commits",
      "git symbolic-ref refs/llmos/ledger/main refs/heads/main",
      "printf 'start\nsymref-update HEAD refs/bisect/x\nprepare\ncommit\n' | git update-ref --no-deref --stdin",
    ])
  func noBranchBecomesATag(command: String) async throws {
    let s = try await Sandbox.governed()
    let before = try await s.sh("git symbolic-ref HEAD; git for-each-ref").out
    let outcome = try await s.sh(command)
    #expect(outcome.code != 0 && outcome.err.contains("llmos-hook: "), "\(outcome.all)")
    #expect(try await s.sh("git symbolic-ref HEAD; git for-each-ref").out == before)
    try await s.sh(
      "git checkout -q -b b; git symbolic-ref refs/heads/c refs/heads/b; git commit -q --allow-empty -m c"
    )
    .succeeds()
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// In a phase that allows commits all of it lands, to the letter, without a word of ours, and is proved.
  @Test(arguments: bringing)
  private func landsInAPhaseThatAllows(way: Way) async throws {
    let s = try await Sandbox.copy(of: "EnforcementTests, allowing") {
      let s = try await prepared()
      try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
      return s
    }
    let before = try await picture(s)
    let outcome = try await s.sh(way.testDescription).succeeds()
    #expect(!outcome.err.contains("llmos-hook: "), "\(outcome.err)")
    #expect(try await picture(s).subtracting(before).sorted().map(String.init) == way.landed)
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// The process's own records are nobody's to move, whatever the phase allows.
  @Test(arguments: [
    ("git notes --ref=llmos remove HEAD", "refs/notes/llmos would lose records"),
    ("git notes --ref=llmos append -m x", "refs/notes/llmos is only for llmos-hook's records"),
    ("git update-ref -d refs/notes/llmos", "refs/notes/llmos would lose records"),
    ("git update-ref -d refs/llmos/ledger/main", "only the engine moves refs/llmos/ledger/main"),
    ("git update-ref refs/llmos/ledger/main HEAD", "only the engine moves refs/llmos/ledger/main"),
    (
      "git update-ref refs/llmos/ledger/other refs/llmos/ledger/main",
      "only the engine moves refs/llmos/ledger/other"
    ),
  ])
  func recordsAreMovedInNoPhase(command: String, words: String) async throws {
    let s = try await prepared()
    for phase in ["QA", "IMPLEMENTATION"] {
      try await s.llmos("set", "FEATURE_DEVELOPMENT", phase, "--reason", "a test").succeeds()
      let before = try await s.sh(Self.references).out
      try await s.sh(command).isRefused(128, words)
      #expect(try await s.sh(Self.references).out == before)
    }
  }

  private static let harmless = [
    "git tag v1", "git tag -a v2 -m x", "git tag loose $(cat ../loose)", "git branch new",
    "git branch -m known renamed",
    "git branch -D known", "git checkout -q known", "git checkout -q --detach", "git checkout -q -b new",
    "echo x >a; git stash -q; git stash branch new",
    "git stash -q || true; echo x >a; git stash -q; git stash pop -q", "git fetch -q origin", "git gc -q",
    "git pack-refs --all",
    "git pack-refs --all --prune; git pack-refs --all", "git reset -q --hard HEAD^",
    "git reset -q --soft HEAD^; git reset -q ORIG_HEAD",
    "git worktree add -q ../wt known; git worktree remove ../wt", "git merge -q known", "git rebase -q known",
    "git bisect start; git bisect bad; git bisect good HEAD^; git bisect reset", "git notes add -m x",
    "git update-ref refs/heads/copy known", "git update-ref refs/other/x $(git rev-parse HEAD:a)",
    "git update-ref refs/other/x $(git rev-parse 'HEAD^{tree}')",
    "git replace HEAD HEAD^; git replace -d $(git rev-parse HEAD)",
    "git remote rename origin upstream",
    "git clone -q . ../clone", "git push -q origin known", "git reflog expire --all --expire=now",
    "git symbolic-ref refs/heads/alias refs/heads/known",
    "git fetch -q origin side; git checkout -q FETCH_HEAD -- b; git rm -qf b", "git repack -qad",
    "git checkout -q main~1; git checkout -q main",
    "git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'; git fetch -q; git merge -q --ff-only origin/side",
  ]

  /// What brings no commit works exactly as without us, in a phase that forbids commits.
  @Test(arguments: harmless)
  func isLetThroughUntouched(command: String) async throws {
    let with = try await prepared()
    let without = try await prepared()
    try await without.git("config", "core.hooksPath", "/dev/null").succeeds()
    let a = try await with.sh(command)
    let b = try await without.sh(command)
    #expect(a.code == b.code, "\(a.all)\n\(b.all)")
    #expect(!a.err.contains("llmos-hook: "), "\(a.err)")
    let picture =
      "git for-each-ref --format='%(refname) %(subject)' refs/heads refs/tags refs/remotes refs/stash; git status --short; git log -1 --format=%s"
    #expect(try await with.sh(picture).out == (try await without.sh(picture).out))
  }

  @Test func protectedFilesAreTheOwnersWhateverTheWay() async throws {
    let s = try await Sandbox.governed()
    let agent: [String: String?] = ["LLMOS_AGENT": "DEV"]
    let system: [String: String?] = ["LLMOS_ACTOR": "SYSTEM"]
    try s.write("scenarios/X.yml", "scenario: X\nphases: {A: {active_role: DEV}}\n")
    try await s.git("add", "scenarios").succeeds()
    try await s.git("commit", "-qm", "x", env: system).isRefused(128, "scenarios/X.yml is protected")
    try await s.git("commit", "-qm", "x", env: agent).isRefused(1, "step.sh")
    try await s.git("commit", "-qm", "x").succeeds()
    // A state that was never sealed is nobody's to commit, also from the index alone.
    try await s.sh(
      "sed 's/IMPLEMENTATION/RELEASE/' SCENARIO_STATE.yml >../s; cp SCENARIO_STATE.yml ../k; cp ../s SCENARIO_STATE.yml; git add -f SCENARIO_STATE.yml; cp ../k SCENARIO_STATE.yml"
    ).succeeds()
    try await s.git("commit", "-qm", "x").isRefused(128, "was never sealed")
    try await s.sh("git add -f SCENARIO_STATE.yml; git commit -qm x").succeeds()
  }

  @Test func anAgentTakesNothingOutOfABranch() async throws {
    let s = try await Sandbox.governed()
    let agent: [String: String?] = ["LLMOS_AGENT": "DEV"]
    try await s.sh(
      "for i in 1 2 3; do git commit -q --allow-empty -m $i; done; git branch keep; git branch lose; git commit -q --allow-empty -m 4"
    ).succeeds()
    let before = try await s.head()
    for command in [
      "git reset -q --hard HEAD^", "git checkout -q keep; git branch -D main",
      "git update-ref refs/heads/main HEAD~2",
    ] {
      let outcome = try await s.sh(command, env: agent)
      #expect(outcome.code == 128, "\(command): \(outcome.code)")
      #expect(outcome.err.contains("main would lose commits"), "\(command): \(outcome.err)")
      try await s.sh("git checkout -q main; git reset -q --hard").succeeds()
      #expect(try await s.head() == before)
    }
    try await s.sh("git branch -D lose; git reset -q --hard", env: agent).succeeds()
    // In another character set, and with an accent that joins the slash before it to one letter.
    for name in ["\"$(printf 'caf\\351')\"", "\"$(printf '\\314\\201x')\""] {
      let making = "git checkout -q -b \(name); git commit -q --allow-empty -m \(name.count)"
      try await s.sh("\(making); git checkout -q main").succeeds()
      try await s.sh("git branch -D \(name)", env: agent).isRefused(128, "would lose commits")
    }
    try await s.git("reset", "-q", "--hard", "HEAD^").succeeds()
  }

  @Test func whatARefusedMergeLeftIsNotSwallowed() async throws {
    let s = try await prepared()
    try await s.sh("git fetch -q ../side.bundle side; git merge -q --ff-only FETCH_HEAD").isRefused(
      128, "branch update refused: FEATURE_DEVELOPMENT:QA does not allow")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    let swallowed = try await s.git("commit", "-qm", "innocent")
    if swallowed.code == 0 { Issue.record("the refused merge was swallowed") }
    #expect(swallowed.err.contains("git restore --source=HEAD --staged --worktree -- b"), "\(swallowed.err)")
    try await s.sh(
      "git restore --source=HEAD --staged --worktree :/; echo mine >mine; git add mine; git commit -qm mine"
    ).succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "mine\n")
  }

  @Test func whatIsRefusedUsesNoOverride() async throws {
    let s = try await prepared()
    try await s.llmos("allow", "--once", "--reason", "one").succeeds()
    let other = "git commit-tree -p HEAD -m other 'HEAD^{tree}'"
    try await s.sh(
      "printf 'create refs/heads/a %s\\ncreate refs/heads/b %s\\n' $(cat ../loose) $(\(other)) | git update-ref --stdin"
    ).isRefused(128, "does not allow commit_changes")
    try await s.git("commit", "-q", "--allow-empty", "-m", "one").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "two").isRefused(
      1, "does not allow commit_changes")
  }

  /// What git leaves lying about, and what somebody puts there to deceive.
  @Test func symbolicReferencesNeitherBreakNorLaunder() async throws {
    let s = try await prepared()
    try await s.sh(
      "git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/gone; git symbolic-ref refs/heads/al refs/heads/tmp"
    ).succeeds()
    try await s.sh(
      "git tag T $(cat ../loose); git -c core.hooksPath=/dev/null symbolic-ref refs/heads/sy refs/tags/T"
    ).succeeds()
    #expect(try await s.sh("git merge -q --ff-only T").err.contains("branch update refused"))
    try await s.sh("git reset -q --hard; git update-ref refs/remotes/nowhere/x T").succeeds()
    #expect(try await s.sh("git merge -q --ff-only T").err.contains("branch update refused"))
    try await s.sh(
      "git reset -q --hard; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; git commit -q --allow-empty -m x"
    ).succeeds()
    try await s.sh(
      "git branch x; git branch -d x; git branch y; git branch -m y z", env: ["LLMOS_AGENT": "DEV"]
    ).succeeds()
    try await s.sh("git filter-branch -f --msg-filter 'cat; echo z' HEAD~1..HEAD").succeeds()
    // The ledger itself behind another name.
    try await s.sh(
      "git tag fake refs/llmos/ledger/main~1; git -c core.hooksPath=/dev/null symbolic-ref refs/llmos/ledger/main refs/tags/fake"
    ).succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "is a symbolic reference")
  }

  /// The remedy that is printed for rules which cannot be read leads back to where nothing is wrong.
  @Test(arguments: [(".llmos/config.yml", "comits: {}"), ("scenarios/MAINTENANCE.yml", "scenario: X")])
  func brokenRulesAreMendedAsIsSaid(path: String, text: String) async throws {
    let s = try await Sandbox.governed()
    try s.write(path, text)
    try await s.sh("git add .llmos scenarios 2>/dev/null || git add \(path.split(separator: "/")[0])")
      .succeeds()
    try await s.git("commit", "-qm", "broken").succeeds()
    let refused = try await s.git("commit", "--allow-empty", "-m", "x")
      .isRefused(1, "llmos-hook allow --once --reason WHY, then commit the fixed file")
    #expect(refused.err.contains(path), "\(refused.err)")
    try await s.llmos("allow", "--once", "--reason", "WHY").succeeds()
    try await s.git("rm", "-q", path).succeeds()
    try await s.git("commit", "-qm", "mended").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "after").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    try await s.llmos("doctor").succeeds()
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    // The word is good for one commit while the rules cannot be read, too.
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try s.write(path, text)
    try await s.sh("git add -f \(path); git commit -qm broken").succeeds()
    try await s.llmos("allow", "--once", "--reason", "WHY").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "one").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "two").isRefused(1, "allow --once")
  }

  /// Rules that the ledger has left behind come back neither by the owner's word for one commit nor by a sync.
  @Test func olderRulesStayBehind() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git init -q --bare ../remote.git; git remote add origin ../remote.git
      git add step.sh llmos scripts; git commit -qm scripts
      mkdir scenarios
      llmos-hook scenarios show FEATURE_DEVELOPMENT >scenarios/FEATURE_DEVELOPMENT.yml
      git add scenarios; git commit -qm loose; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; git branch old
      sed -i '/- commit_changes/d' scenarios/FEATURE_DEVELOPMENT.yml
      git commit -qam strict; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; git checkout -q old
      """
    ).succeeds()
    let agent = ["LLMOS_AGENT": "DEV"]
    let step = "echo $$ >file; ./step.sh x file"
    try await s.sh(step, env: agent).isRefused(1, "older than those in the ledger")
    try await s.llmos("sync", "origin", env: agent).succeeds()
    try await s.sh(step, env: agent).isRefused(1, "older than those in the ledger")
    try await s.llmos("allow", "--once", "--reason", "r").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "the owner's").succeeds()
    try await s.sh(step, env: agent).isRefused(1, "older than those in the ledger")
  }

  /// Rules that are no file, or too long: the owner's word leads out.
  @Test(arguments: [
    "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),scenarios/foo.yml",
    "mkdir scenarios; head -c 2000000 /dev/zero | tr '\\0' ' ' >scenarios/foo.yml; git add scenarios",
  ])
  func rulesThatCannotBeReadAreMended(make: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("\(make); git commit -qm broken").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "scenarios/foo.yml")
    try await s.llmos("allow", "--once", "--reason", "r").succeeds()
    try await s.sh("git rm -q --cached -f scenarios/foo.yml; git commit -qm mended; rm -rf scenarios/foo.yml")
      .succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// A worktree that begins on a branch with rules of its own is no forgery.
  @Test func aWorktreeWithOtherRulesBegins() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git checkout -qb wt; mkdir scenarios
      llmos-hook scenarios show FEATURE_DEVELOPMENT | sed 's/- commit_changes/&\\n      - run_lint/' >scenarios/FEATURE_DEVELOPMENT.yml
      git add scenarios; git commit -qm rules; git checkout -q main; git worktree add -q ../w wt; cd ../w
      llmos-hook status >/dev/null; git commit -q --allow-empty -m x; llmos-hook doctor
      """
    ).succeeds()
  }

  /// The owner's word is good for one commit, whatever else the configuration asks of one.
  @Test(arguments: ["{paths: {'FEATURE_DEVELOPMENT:IMPLEMENTATION': [src]}}", "{through: step-always}"])
  func theOwnersWordIsEnough(commits: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("mkdir .llmos; echo \"commits: \(commits)\" >.llmos/config.yml; git add .llmos").succeeds()
    try await s.git("commit", "-qm", "rules").succeeds()
    let commit = "date >>out; git add out; git commit -qm x"
    let (code, words): (Int32, String) =
      commits.contains("paths")
      ? (128, "does not allow a commit to change out") : (1, "this repository commits through step.sh")
    try await s.sh(commit).isRefused(code, words)
    try await s.llmos("allow", "--once", "--reason", "r").succeeds()
    try await s.sh(commit, env: ["CURSOR_AGENT": "1"]).isRefused(1, "agents commit through step.sh")
    try await s.sh(commit).succeeds()
    try await s.sh(commit).isRefused(code, words)
  }

  /// The way that a refusal names does not throw away what was set aside.
  @Test func theWayOnKeepsWhatWasSetAside() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("set", "QUALITY_GATE").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(
      1,
      "next: llmos-hook next-phase, to the end of QUALITY_GATE; then FEATURE_DEVELOPMENT:IMPLEMENTATION continues"
    )
  }

  /// What an owner let pass once frees no later message.
  @Test func aUsedWordFreesNoMessage() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("mkdir .llmos; echo 'commits: {message: ^JIRA-}' >.llmos/config.yml; git add .llmos")
      .succeeds()
    try await s.git("commit", "-qm", "rules").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "bad").isRefused(1, "commits.message")
    try await s.llmos("allow", "--once", "--reason", "r").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "bad").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "bad").isRefused(1, "commits.message")
    try await s.git("commit", "-q", "--allow-empty", "-m", "JIRA-1").succeeds()
  }

  /// An owner's word about other commits does not carry on what the rules allowed before.
  @Test func anOverrideTakesTheRulesOfItsTime() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e
      mkdir scenarios; llmos-hook scenarios show FEATURE_DEVELOPMENT | sed '/- commit_changes/d' >scenarios/FEATURE_DEVELOPMENT.yml
      git add scenarios; git commit -qm stricter
      """
    ).succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow commit_changes")
    try await s.llmos("allow", "--commits", "HEAD", "--reason", "agreed").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow commit_changes")
  }

  /// A branch that is not enforced is free, and every command says so.
  @Test func aBranchThatIsNotEnforcedIsFree() async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", "branches: [main]\n")
    try await s.sh("git add .llmos; git commit -qm rules; git checkout -qb other").succeeds()
    try await s.llmos("next-phase").succeeds()
    #expect(try await s.llmos("status").out.contains("commits  yes"))
    try await s.llmos("check", "commit_changes").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "free").succeeds()
    #expect(try await !s.llmos("status").out.contains("quarantine"))
    try await s.sh("git add step.sh; ./step.sh free").succeeds()
    try await s.llmos("next-phase").succeeds()
    try await s.git("checkout", "-q", "main").succeeds()
    #expect(try await s.llmos("status").out.contains("commits  no"))
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow commit_changes")
  }

  /// What cannot be read, or handed on whole to llmos-hook, which reads changed rules, is not let through.
  @Test func whatGitSaysIsDecidedWholeOrRefused() async throws {
    let s = try await prepared()
    try await s.sh(
      "mkdir .llmos; echo 'commits: {through: any}' >.llmos/config.yml; git add .llmos; git -c core.hooksPath=/dev/null commit -qm rules"
    ).succeeds()
    let line = "echo \(String(repeating: "0", count: Sandbox.digits)) $(cat ../loose) refs/heads/new"
    let hook = ".git/hooks/reference-transaction prepared"
    try await s.sh("\(line) | \(hook)").isRefused(1, "does not allow commit_changes")
    try await s.sh("\(line) | env --ignore-signal=XFSZ sh -c 'ulimit -f 0; \(hook)'").isRefused(
      74, "no space for another program's input")
    try await s.sh("\(hook) <.").isRefused(74, "cannot read what git says")
  }

  /// A move that matters is found among others, wherever it stands and however it comes.
  @Test func aMoveAmongOthersIsDecided() async throws {
    let s = try await prepared()
    let zeros = String(repeating: "0", count: Sandbox.digits)
    let others = "for n in $(seq 100); do echo \(zeros) $(cat ../loose) refs/remotes/o/$n; done"
    let line = "printf '%s %s %s' \(zeros) $(cat ../loose) refs/heads/new"
    let hook = ".git/hooks/reference-transaction prepared"
    try await s.sh("{ \(others); } | \(hook)").succeeds()
    try await s.sh("{ \(others); } | tail -n 1 | \(hook)").succeeds()
    for all in [
      "\(line); echo; \(others)", "\(others); \(line)",
      "{ \(others); } | tail -n 2; sleep 0.1; \(line); echo",
    ] {
      try await s.sh("{ \(all); } | \(hook)").isRefused(1, "does not allow commit_changes")
    }
  }

  /// git holds the lock of `packed-refs` while it deletes, and writes nothing where the branch is not in it: a second was
  /// waited for each.
  @Test func aBranchIsDeletedAtOnce() async throws {
    let s = try await prepared()
    try await s.sh(
      """
      set -e; git branch packed; git pack-refs --all; for i in $(seq 20); do git branch "b$i"; done
      timeout 10 sh -ec 'for i in $(seq 20); do git branch -q -D "b$i"; done; git branch -q -D packed'
      """
    ).succeeds()
  }

  /// git takes a name byte by byte, whatever letters stand beside its slashes.
  @Test func aWorktreeOfAnyNameIsLookedAt() async throws {
    let s = try await prepared()
    try await s.sh("git worktree add -q --detach \"../w$(printf '\\330\\200')\"").succeeds()
    try await s.sh("git update-ref \"worktrees/w$(printf '\\330\\200')/HEAD\" $(cat ../loose)").isRefused(
      128, "does not allow commit_changes")
  }

  @Test func aKeptHookReadsWhatGitSays() async throws {
    let s = try await Sandbox()
    try s.write(
      ".git/hooks/reference-transaction", "#!/bin/sh\necho \"$1\" >>../log\ncat >>../log\n", executable: true)
    try await s.llmos("install").succeeds()
    try await s.sh(
      "llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; : >../log; git commit -q --allow-empty -m x"
    ).succeeds()
    let log = try s.read("../log")
    for words in ["prepared\n", "committed\n", " HEAD\n", " refs/heads/main\n"] {
      #expect(log.contains(words), "\(log)")
    }
  }
}
