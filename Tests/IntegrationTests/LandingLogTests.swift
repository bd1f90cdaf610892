import Foundation
import Testing

/// The log of landings when it is not as the hooks left it, and what happens between a landing and its sealing.
@Suite struct LandingLogTests {
  private static let log = ".git/llmos/landings/main"
  private static let off = "git -c core.hooksPath=/dev/null"

  /// The verdict of each commit of HEAD, newest first.
  private func verdicts(_ s: Sandbox, _ words: String = "HEAD") async throws -> [String] {
    try await s.sh("llmos-hook verify \(words)").out.split(separator: "\n").compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
  }

  private static let spoiled = [
    "printf '1 torn' >>\(log)", "printf 'x\\0y\\377\\n' >>\(log)", "printf '\\n\\n\\n' >>\(log)",
    // The same once more, and one that was changed.
    "cat \(log) >../l; cat ../l ../l >>\(log)", "sed 's/made/moved/' \(log) >../l; cat ../l >>\(log)",
    // Of a form that is not known, and a line without an end.
    "sed 's/^1 /2 /' \(log) >../l; cat ../l >>\(log)", "head -c 3000000 /dev/zero | tr '\\0' x >>\(log)",
  ]

  @Test(arguments: spoiled) func aLineThatIsNoneSpoilsNoOther(spoil: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("set -e; git commit -q --allow-empty -m a; \(spoil); git commit -q --allow-empty -m b")
      .succeeds()
    #expect(try await verdicts(s) == ["SATISFIED", "SATISFIED"])
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    #expect(try await verdicts(s) == ["SATISFIED", "SATISFIED"])
  }

  @Test func aTornLineIsNoLanding() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "set -e; git commit -q --allow-empty -m a; truncate -s -5 \(Self.log); git commit -q --allow-empty -m b; llmos-hook next-phase"
    ).succeeds()
    #expect(try await verdicts(s) == ["SATISFIED", "UNSEEN"])
  }

  @Test func aHugeLogIsReadToItsEnd() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git commit -q --allow-empty -m a; cp \(Self.log) ../one
      for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cat ../one ../one >../two; mv ../two ../one; done
      cat ../one >>\(Self.log); git commit -q --allow-empty -m b; llmos-hook next-phase; llmos-hook verify --strict
      """
    ).succeeds()
    #expect(try await verdicts(s) == ["SATISFIED", "SATISFIED"])
    // Once is enough.
    #expect(try await s.sh("git show refs/llmos/ledger/main:landed | wc -c").out.trimmed.count <= 4)
  }

  /// What cannot be written down does not land, and nothing of it stays.
  @Test(arguments: ["", "trap '' XFSZ; "]) func aFullDiskRefusesTheCommit(trap: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "set -e; git commit -q --allow-empty -m a; head -c 2000000 /dev/zero | tr '\\0' x >>\(Self.log)"
    ).succeeds()
    let head = try await s.head()
    let outcome = try await s.sh("\(trap)ulimit -f 1024; git commit -q --allow-empty -m b")
    #expect(outcome.code != 0, "\(outcome.all)")
    if !trap.isEmpty { #expect(outcome.err.contains("what cannot be written down does not land")) }
    #expect(try await s.head() == head)
    try await s.sh("git commit -q --allow-empty -m c && llmos-hook next-phase").succeeds()
    #expect(try await verdicts(s, "--strict") == ["SATISFIED", "SATISFIED"])
  }

  @Test(arguments: ["ln -s ../../../log", "ln -s /dev/full", "mkfifo", "mkdir"])
  func whatIsNoFileIsNamed(make: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("mkdir -p .git/llmos/landings; rm -f \(Self.log); \(make) \(Self.log)").succeeds()
    let outcome = try await s.sh("timeout 20 git commit -q --allow-empty -m a")
    #expect(outcome.code == 1 || outcome.code == 128, "\(outcome.all)")
    #expect(outcome.err.contains(Self.log), "\(outcome.all)")
    try await s.sh("rm -rf \(Self.log); git commit -q --allow-empty -m a; llmos-hook verify --strict")
      .succeeds()
  }

  /// Lines that name another entry than the one in force prove nothing.
  @Test func aLogFromABackupProvesNothingNew() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git commit -q --allow-empty -m a; cp \(Self.log) ../log; llmos-hook next-phase
      \(Self.off) commit -q --allow-empty -m bad; cp ../log \(Self.log)
      """
    ).succeeds()
    #expect(try await verdicts(s) == ["VIOLATION", "SATISFIED"])
    try await s.llmos("next-phase").isRefused(1, "in quarantine")
  }

  /// Somebody's hook appends while another command reads.
  @Test func aLogThatGrowsIsRead() async throws {
    let s = try await Sandbox.governed()
    let outcome = try await s.sh(
      """
      git commit -q --allow-empty -m a
      while :; do printf '\\n\\n\\n\\n' || exit; done >>.git/llmos/landings/main & writer=$!
      for i in $(seq 60); do llmos-hook verify HEAD || break; done >../said 2>&1; kill $writer; cat ../said
      """)
    #expect(outcome.all.matches(of: /SATISFIED 1/).count == 60, "\(outcome.all.suffix(400))")
  }

  @Test func aCommitThatIsGoneStopsNobody() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git commit -q --allow-empty -m a; git commit -q --amend --allow-empty -m b; git commit -q --allow-empty -m c
      git reset -q --hard HEAD~1; git reflog expire --expire=now --all; git gc -q --prune=now
      llmos-hook next-phase; llmos-hook verify --strict; llmos-hook doctor
      """
    ).succeeds()
    #expect(try await verdicts(s) == ["SATISFIED"])
  }

  @Test func whatHappensBetweenALandingAndItsSealing() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git worktree add -q -b side ../w
      (cd ../w; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t; git commit -q --allow-empty -m s)
      git worktree remove --force ../w; git branch -m side renamed; git commit -q --allow-empty -m m
      git branch -m trunk; git gc -q --prune=now; git pack-refs --all; llmos-hook next-phase; llmos-hook doctor
      """
    ).succeeds()
    #expect(try await verdicts(s, "--strict") == ["SATISFIED", "SATISFIED"])
  }

  /// What worktrees leave that are gone costs no later command anything.
  @Test func noLogStaysOfAWorktreeThatIsGone() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e
      for name in a b c; do
        git worktree add -q -b $name ../$name
        (cd ../$name; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t)
      done
      for name in a c; do (cd ../$name; git commit -q --allow-empty -m $name); done
      git worktree remove --force ../a; git worktree remove --force ../b
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t
      """
    ).succeeds()
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: s.repository + "/.git/llmos/landings").filter {
        ["a", "b"].contains($0)
      } == [])
    for name in ["a", "b", "c"] { try await s.llmos("verify", "--strict", name).succeeds() }
    // One of that name that is added again writes its own.
    try await s.sh(
      """
      set -e; git worktree add -q ../a a; cd ../a; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t
      git commit -q --allow-empty -m again; llmos-hook verify --strict; llmos-hook doctor
      """
    ).succeeds()
  }

  /// A copy of the repository goes on under the same name until the two meet.
  @Test func aCopyOnAnotherMachineTakesANameOfItsOwn() async throws {
    let s = try await Sandbox.governed()
    let copy = s.root + "/copy"
    try await s.sh(
      """
      set -e; git init -q --bare -b main ../r.git; git -C ../r.git config llmos.strict true
      llmos-hook -C ../r.git install --server; git remote add origin "$PWD/../r.git"
      git commit -q --allow-empty -m a; llmos-hook --quiet sync --push; git commit -q --allow-empty -m b; cp -a . ../copy
      git commit -q --allow-empty -m here; llmos-hook --quiet next-phase --reason t; llmos-hook --quiet sync --push
      cd ../copy; git commit -q --allow-empty -m there; llmos-hook --quiet next-phase --reason t
      """
    ).succeeds()
    try await s.llmos("sync", in: copy).isRefused(
      1, "another copy of this clone has the same name", "git config --unset llmos.clone")
    try await s.sh(
      """
      set -e; git config --unset llmos.clone; llmos-hook --quiet sync; git push -q origin main:there
      llmos-hook verify --strict; llmos-hook doctor
      """, in: copy
    ).succeeds()
    try await s.sh("set -e; llmos-hook --quiet sync; git fetch -q; llmos-hook verify --strict origin/there")
      .succeeds()
    for branch in ["main", "there"] {
      try await s.llmos("verify", "--strict", branch, in: s.root + "/r.git").succeeds()
    }
  }

  /// An entry whose sealed list names an entry that was not in force then, or one of another ledger.
  @Test(arguments: ["HEAD", "refs/llmos/ledger/main~2", "refs/llmos/ledger/w"])
  func aSealedListThatNamesWhatTheLedgerCannotKnow(entry: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git worktree add -q -b side ../w; (cd ../w; llmos-hook --quiet set MAINTENANCE --reason t)
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t; \(Self.off) commit -q --allow-empty -m unseen
      """
    ).succeeds()
    let ids = try await s.sh("git rev-parse \(entry) HEAD~1 HEAD").out.split(separator: "\n").map(String.init)
    let text = "1 \(ids[0]) made 1766855932 OWNER \(ids[1]) \(ids[2]) \(ids[2]) refs/heads/main"
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    try s.write("../line", "\(text) \(String(repeating: "0", count: 16 - digits.count))\(digits)\n")
    try await s.sh(
      """
      set -e; llmos-hook --quiet next-phase --reason t; l=refs/llmos/ledger/main; b=$(git hash-object -w ../line)
      t=$({ git ls-tree $l | grep -v '\tlanded$'; printf '100644 blob %s\\tlanded\\n' $b; } | git mktree)
      \(Self.off) update-ref $l $(git commit-tree -p $l^ -m forged $t)
      """
    ).succeeds()
    #expect(try await verdicts(s).first == "UNSEEN")
  }

  /// An override is for one commit, wherever HEAD goes with it.
  @Test func anOverrideIsUsedOnce() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh(
      "set -e; llmos-hook --quiet allow --once --reason t; git switch -q -c side; git commit -q --allow-empty -m one"
    ).succeeds()
    for branch in ["side", "main"] {
      try await s.sh("git switch -q \(branch) && git commit -q --allow-empty -m two").isRefused(
        1, "does not allow")
    }
    // Behind the hooks' back it is no more than that either.
    try await s.sh("\(Self.off) commit -q --allow-empty -m two").succeeds()
    #expect(try await verdicts(s, "main") == ["VIOLATION"])
    #expect(try await verdicts(s, "side") == ["OVERRIDDEN"])
  }

  @Test func anOverrideThatIsRacedIsUsedOnce() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh(
      """
      llmos-hook --quiet allow --once --reason t; git worktree add -q --detach ../w
      for i in 1 2 3 4 5 6; do git commit-tree -p HEAD -m $i HEAD^{tree}; done >../made
      while read -r c; do git update-ref refs/heads/b$c $c & done <../made; wait
      """
    ).succeeds()
    let landed = try await s.sh("git for-each-ref refs/heads/b* | wc -l").out.trimmed
    #expect(Int(landed) ?? 9 <= 1)
  }
}
