import Testing

/// What a commit changes and says is held to the rules of the phase in which it landed, by hooks, `verify` and a server.
@Suite struct ContentTests {
  private static let around = "git -c core.hooksPath=/dev/null"

  /// A repository whose IMPLEMENTATION has rules for paths and messages.
  private func ruled() async throws -> Sandbox {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; mkdir .llmos src infra
      cat >.llmos/config.yml <<'Y'
      commits:
        message: "^(fix|feat|Merge|.DEV.)"
        paths: {"FEATURE_DEVELOPMENT:IMPLEMENTATION": ["src/**", "side/**"]}
      protected_paths: ["src/owned/*"]
      Y
      echo a >src/a; echo a >infra/a; git add .; llmos-hook allow --once --reason rules; git commit -qm rules
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      """
    ).succeeds()
    return s
  }

  private func verdict(_ s: Sandbox, _ words: String) async throws {
    let said = try await s.llmos("verify", "HEAD~1..HEAD")
    #expect(said.code == 1 && said.out.contains("VIOLATION") && said.out.contains(words), "\(said.all)")
  }

  /// Without hooks nobody says who made it: what only the owner may change, it may not change.
  @Test(arguments: [
    ("echo b >infra/a", "fix x", "changes infra/a, which commits.paths does not allow"),
    ("echo b >src/a", "wip", "has a message that does not match commits.message"),
    ("echo '# b' >>.llmos/config.yml", "fix x", "changes .llmos/config.yml, which only the owner can"),
    ("mkdir src/owned; echo b >src/owned/b", "fix x", "changes src/owned/b, which only the owner can"),
    ("git rm -q infra/a", "fix x", "changes infra/a"),
    ("git mv infra/a src/b", "fix x", "changes infra/a"),
  ])
  func whatNoHookSawIsHeldToTheRules(change: String, message: String, words: String) async throws {
    let s = try await ruled()
    try await s.sh("set -e; \(change); git add -A; \(Self.around) commit -qm '\(message)'").succeeds()
    try await verdict(s, words)
    // It stays so, and what keeps the rules does not turn bad beside it.
    try await s.sh("git reset -q --hard HEAD~1; echo b >src/a; \(Self.around) commit -qam 'fix b'").succeeds()
    let said = try await s.llmos("verify", "HEAD~1..HEAD").succeeds()
    #expect(said.out.contains("UNSEEN"), "\(said.all)")
  }

  /// A line in the log of landings makes no commit good that breaks the rules.
  @Test(arguments: [
    ("echo b >infra/a", "OWNER"), ("echo b >>step.sh", "AGENT:DEV"), ("echo b >src/b", "AGENT:QA"),
  ])
  func aForgedLandingMakesNothingGood(change: String, actor: String) async throws {
    let s = try await ruled()
    try await s.sh(
      """
      set -e; \(change); git add -A; \(Self.around) commit -qm 'fix it'
      python3 - "\(actor)" <<'P'
      import subprocess, sys
      git = lambda *a: subprocess.run(["git", *a], capture_output=True, text=True, check=True).stdout.strip()
      entry, new, old = git("rev-parse", "refs/llmos/ledger/main"), git("rev-parse", "HEAD"), git("rev-parse", "HEAD~1")
      text = " ".join(["1", entry, "made", "1700000000", sys.argv[1], old, new, new, "refs/heads/main"])
      h = 0xCBF29CE484222325
      for b in text.encode(): h = ((h ^ b) * 0x100000001B3) % 2**64
      open(".git/llmos/landings/main", "a").write(f"\\n{text} {h:016x}\\n")
      P
      """
    ).succeeds()
    let said = try await s.llmos("verify", "HEAD~1..HEAD")
    #expect(said.code == 1 && said.out.contains("VIOLATION"), "\(said.all)")
    // Sealing it makes it no better.
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    let sealed = try await s.llmos("verify", "HEAD~1..HEAD")
    #expect(sealed.code == 1 && sealed.out.contains("VIOLATION"), "\(sealed.all)")
  }

  /// What asks no commit-msg is refused where the branch moves, so that nothing lands which `verify` condemns.
  @Test func messagesAreLookedAtWhereTheBranchMoves() async throws {
    let s = try await ruled()
    let refused = "does not match commits.message"
    try await s.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "wip").isRefused(128, refused)
    try await s.sh("echo b >src/a; git commit -qam 'fix a'").succeeds()
    try await s.git("revert", "--no-edit", "HEAD").isRefused(128, refused)
    try await s.git("reset", "-q", "--merge").succeeds()
    try await s.git("commit", "-q", "--no-verify", "--allow-empty", "-m", "feat b").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// Rules that only HEAD has bind at once and allow nothing: the next entry seals them.
  @Test func looserRulesWaitForAnEntry() async throws {
    let s = try await ruled()
    try await s.sh(
      """
      set -e; sed -i 's|"side/..", *||; s|"src/[*][*]"|"src/**", "infra/**"|' .llmos/config.yml
      git add .llmos; llmos-hook allow --once --reason wider; git commit -qm wider
      """
    ).succeeds()
    try await s.sh("echo c >infra/a; git commit -qam 'fix c'").isRefused(
      128, "does not allow a commit to change infra/a", "no entry has sealed them",
      "llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION, which seals them")
    try await s.sh(
      "set -e; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; git commit -qam 'fix c'; llmos-hook verify --strict"
    ).succeeds()
  }

  /// Of a merge only what differs from each parent is its own.
  @Test(.mergesTrees) func aMergeAnswersForItsOwnContentAlone() async throws {
    let s = try await ruled()
    try await s.sh(
      """
      set -e; git checkout -qb side; mkdir side; echo s >side/s; git add side; git commit -qm 'feat s'
      git checkout -q main; echo m >src/m; git add src; git commit -qm 'feat m'
      git merge -q --no-edit side
      llmos-hook verify --strict
      """
    ).succeeds()
    try await s.sh(
      """
      set -e; git checkout -qb other; echo o >src/o; git add src; git commit -qm 'feat o'; git checkout -q main
      git merge -q --no-commit --no-ff other; echo x >infra/a; git add infra
      \(Self.around) commit -qm 'Merge other'
      """
    ).succeeds()
    try await verdict(s, "infra/a")
  }

  /// Where the history is cut, what the first commit changes cannot be told, and nothing is said of it.
  @Test func aCutHistoryCondemnsNobody() async throws {
    let s = try await ruled()
    try await s.sh(
      """
      set -e; echo b >src/a; git commit -qam 'fix b'; llmos-hook set FEATURE_DEVELOPMENT QA --reason test
      git init -q --bare ../server.git; git remote add origin ../server.git
      llmos-hook sync; git push -q origin main; git init -q -b main ../cut
      cd ../cut; git remote add origin "file://$PWD/../server.git"; git fetch -q --depth 1 origin main; git reset -q --hard FETCH_HEAD
      git fetch -q origin '+refs/llmos/*:refs/llmos/*' '+refs/notes/*:refs/notes/*'
      """
    ).succeeds()
    let said = try await s.llmos("verify", "HEAD", in: s.root + "/cut")
    #expect(!said.out.contains("VIOLATION"), "\(said.all)")
  }

  /// A server looks for itself.
  @Test func aServerLooksAtContent() async throws {
    let s = try await ruled()
    try await s.sh(
      """
      set -e; git init -q --bare ../server.git; llmos-hook -C ../server.git install --server
      git remote add origin ../server.git; llmos-hook sync; git push -q origin main
      echo b >infra/a; \(Self.around) commit -qam 'fix b'; llmos-hook sync || true
      """
    ).succeeds()
    let push = try await s.sh("\(Self.around) push -q origin main")
    #expect(push.code == 1 && push.err.contains("changes infra/a"), "\(push.all)")
  }
}
