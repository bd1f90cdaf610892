import Testing

/// Entries that a newer version has written, and a team that is upgrading.
@Suite struct NewerVersionTests {
  /// Gives the newest entry of a ledger a form that this version does not know.
  private static func newer(_ ledger: String) -> String {
    """
    l=\(ledger); g=$(git cat-file blob $l:gate | sed '1s/.*/llmos-gate 9/' | git hash-object -w --stdin)
    t=$(git ls-tree $l | sed "s/[0-9a-f]\\{40,64\\}\\(.gate\\)$/$g\\1/" | git mktree)
    git -c core.hooksPath=/dev/null update-ref $l $(git commit-tree -p $l^ -m newer $t)
    """
  }

  @Test func whoReadsItIsToldToUpgrade() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "set -e; git commit -q --allow-empty -m a; llmos-hook --quiet next-phase; "
        + Self.newer("refs/llmos/ledger/main")
    )
    .succeeds()
    for words in [
      "git commit -q --allow-empty -m b", "llmos-hook status", "llmos-hook next-phase", "./step.sh x",
    ] {
      let outcome = try await s.sh(words)
      #expect(
        outcome.code != 0 && outcome.err.contains("was written by a newer llmos-hook"),
        "\(words): \(outcome.all)")
      #expect(outcome.err.contains("upgrade llmos-hook, then llmos-hook install"), "\(words): \(outcome.all)")
    }
    let doctor = try await s.llmos("doctor")
    #expect(doctor.code == 1 && doctor.all.contains("upgrade llmos-hook"), "\(doctor.all)")
    let verify = try await s.llmos("verify")
    #expect(verify.out.contains("UNPROVEN") && verify.out.contains("newer llmos-hook"), "\(verify.all)")
    #expect(verify.code == 0 && !verify.out.contains("VIOLATION"), "\(verify.all)")
    #expect(try await s.llmos("verify", "--strict").code == 1)
  }

  /// CI has the ledgers of two clones; one is of a newer version, the other forbids commits.
  @Test func whatOnlyANewerLedgerCanTellIsUnproven() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git init -q --bare -b main ../r.git; git remote add origin ../r.git; llmos-hook --quiet sync --push
      git clone -q ../r.git ../two; cd ../two; llmos-hook --quiet install; llmos-hook --quiet sync
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t; git commit -q --allow-empty -m theirs
      llmos-hook --quiet sync --push; cd -; llmos-hook --quiet next-phase --reason t; llmos-hook --quiet sync; cd ../r.git
      for l in $(git for-each-ref --format='%(refname)' refs/llmos/ledger); do git cat-file blob $l:entry.json | grep -q QA || break; done
      \(Self.newer("$l"))
      """
    ).succeeds()
    let verify = try await s.llmos("verify", "main", in: s.root + "/r.git")
    #expect(verify.code == 0 && verify.out.contains("UNPROVEN"), "\(verify.all)")
    #expect(verify.out.contains("was written by a newer llmos-hook"), "\(verify.all)")
    // In the clone, what its own ledger has closed stays.
    try await s.sh(
      "set -e; git -c core.hooksPath=/dev/null commit -q --allow-empty -m bad; git -c core.hooksPath=/dev/null fetch -q origin '+refs/llmos/ledger/*:refs/llmos/ledger/*'"
    ).succeeds()
    let own = try await s.llmos("verify", "HEAD")
    #expect(own.code == 1 && own.out.contains("VIOLATION"), "\(own.all)")
  }

  /// A clone of the version before pushes brackets to a server that knows landings: never a violation.
  @Test func anOlderCloneIsNoViolation() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git init -q --bare -b main ../r.git; llmos-hook -C ../r.git install --server; git remote add origin ../r.git
      git commit -q --allow-empty -m new; llmos-hook --quiet sync --push; git clone -q ../r.git ../old; cd ../old
      git -c core.hooksPath=/dev/null commit -q --allow-empty -m old; l=refs/llmos/ledger/aaaaaaaaaaaaaaaa/main
      n=$(git -C ../r.git for-each-ref --format='%(refname)' refs/llmos/ledger); git fetch -q origin $n:refs/new
      entry() {
        g=$(git cat-file blob refs/new:gate | sed -e 's/^llmos-gate 2/llmos-gate 1/' -e "s/^seq .*/seq $1/" -e '/^head /d' -e '/^begun /d' | git hash-object -w --stdin)
        e=$(git cat-file blob refs/new:entry.json | sed -e 's/"v":2/"v":1/' -e "s/\\"seq\\":[0-9]*/\\"seq\\":$1/" \\
          -e "s/\\"head\\":\\"[0-9a-f]*\\"/\\"head\\":\\"$(git rev-parse $2)\\"/" -e "s/\\"kind\\":\\"[a-z-]*\\"/\\"kind\\":\\"$3\\"/" \\
          -e 's/"worktree":"[^"]*"/"worktree":"aaaaaaaaaaaaaaaa\\/main"/' | git hash-object -w --stdin)
        git ls-tree refs/new | grep -v landed | sed -e "s/[0-9a-f]\\{40,64\\}\\(.gate\\)$/$g\\1/" -e "s/[0-9a-f]\\{40,64\\}\\(.entry.json\\)$/$e\\1/" | git mktree
      }
      a=$(git commit-tree -p HEAD~1 -m genesis $(entry 1 HEAD~1 genesis))
      git update-ref $l $(git commit-tree -p $a -p HEAD -m sync $(entry 2 HEAD sync))
      """
    ).succeeds()
    let old = s.root + "/old"
    try await s.git("push", "-q", "origin", "HEAD:refs/heads/early", in: old).succeeds()
    let early = try await s.llmos("verify", "early", in: s.root + "/r.git")
    #expect(early.code == 0 && early.out.contains("UNPROVEN"), "\(early.all)")
    try await s.git("push", "-q", "origin", "refs/llmos/ledger/aaaaaaaaaaaaaaaa/main", in: old).succeeds()
    let late = try await s.llmos("verify", "early", in: s.root + "/r.git")
    #expect(late.code == 0 && !late.out.contains("VIOLATION"), "\(late.all)")
  }
}
