import Testing

/// Ledgers whose entries have the first form go on in the newest one, by whatever writes their next entry.
@Suite struct FirstFormTests {
  /// A ledger of one entry, as the version before wrote it: the code commit is a parent, and `gate` names neither it nor
  /// the branches.
  private func old() async throws -> Sandbox {
    try await Sandbox.copy(of: "FirstFormTests") {
      let s = try await Sandbox.governed()
      try await s.sh(
        """
        set -e; git init -q --bare -b main ../r.git; git remote add origin ../r.git
        l=refs/llmos/ledger/main
        gate=$(git cat-file blob $l:gate |
          sed -e 's/^llmos-gate 2/llmos-gate 1/' -e 's/^seq .*/seq 1/' -e '/^head /d' -e '/^begun /d' |
          git hash-object -w --stdin)
        entry=$(git cat-file blob $l:entry.json | sed -e 's/"v":2/"v":1/' -e 's/"seq":[0-9]*/"seq":1/' |
          git hash-object -w --stdin)
        tree=$(git ls-tree $l | sed -e "s/[0-9a-f]\\{40,64\\}\\(.gate\\)$/$gate\\1/" \
          -e "s/[0-9a-f]\\{40,64\\}\\(.entry.json\\)$/$entry\\1/" | git mktree)
        git -c core.hooksPath=/dev/null update-ref $l $(git commit-tree -p HEAD -m old $tree); rm .git/logs/$l || git reflog expire --expire=all $l
        git -c core.hooksPath=/dev/null update-ref -d refs/notes/llmos
        llmos-hook verify --strict
        """
      ).succeeds()
      #expect(
        try await s.git("cat-file", "blob", "refs/llmos/ledger/main:gate").out.hasPrefix(
          "llmos-gate 1\nseq 1\n"))
      return s
    }
  }

  @Test(arguments: [
    "llmos-hook allow --once --reason r; git commit -q --allow-empty -m x",
    "git commit -q --allow-empty -m x; llmos-hook sync origin",
    "git commit -q --allow-empty -m x; llmos-hook next-phase",
    "llmos-hook set FEATURE_DEVELOPMENT QA --reason test",
    "git commit -q --allow-empty -m x; llmos-hook rollback HEAD^ --reason r",
    "git worktree add -q ../w -b w; cd ../w; git commit -q --allow-empty -m x; llmos-hook next-phase",
  ])
  func goesOn(script: String) async throws {
    let s = try await old()
    try await s.sh("set -e; " + script).succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    #expect(try await s.llmos("doctor").all.contains("ledger: ok"))
    let newest = try await s.sh(
      "git for-each-ref --sort=-creatordate --count=1 --format='%(refname)' refs/llmos/ledger | xargs -I{} git cat-file blob {}:gate"
    ).out
    #expect(newest.hasPrefix("llmos-gate 2\n"), "\(newest)")
  }
}
