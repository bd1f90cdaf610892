import Foundation
import Testing

/// Two clones and a bare server, with real `git push`.
@Suite struct ServerTests {
  /// A governed bare server with one commit, and two governed clones of it, `repo` and `../two`.
  private func team() async throws -> Sandbox {
    try await Sandbox.copy(of: "ServerTests") {
      let s = try await Sandbox()
      try await s.sh(
        """
        set -e
        git init -q --bare -b main ../server.git; git remote add origin ../server.git
        echo one >README; git add README; git commit -qm first; git push -q -u origin main
        llmos-hook --quiet -C ../server.git install --server
        git clone -q ../server.git ../two
        for d in . ../two; do (cd $d; llmos-hook --quiet install; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test); done
        """
      ).succeeds()
      return s
    }
  }

  private func server(_ s: Sandbox, _ command: String) async throws -> Outcome {
    try await s.sh(command, in: s.root + "/server.git")
  }

  @Test func bothWorkAndBothEndWithEverything() async throws {
    let s = try await team()
    let two = s.root + "/two"
    try await s.sh("git commit -q --allow-empty -m a; llmos-hook sync; git push -q origin main").succeeds()
    try await s.sh("llmos-hook next-phase; llmos-hook sync").succeeds()
    try await s.sh(
      """
      set -e
      git commit -q --allow-empty -m b; llmos-hook --quiet next-phase
      llmos-hook --quiet sync origin
      ! git pull -q --rebase --no-verify || exit 1
      git fetch -q; git push -q origin main:theirs
      """, in: two
    ).succeeds()
    try await s.llmos("sync").succeeds()
    let notes = "git notes --ref=llmos list | while read n c; do git cat-file blob $n; done | sort"
    let one = try await s.sh(notes).out
    #expect(one == (try await s.sh(notes, in: two).out))
    #expect(one == (try await server(s, notes).out))
    #expect(one.matches(of: /phase-completed/).count == 2)
    // Nothing collides: a ledger of each, on all three.
    #expect(try await server(s, "git for-each-ref refs/llmos/ledger").out.split(separator: "\n").count == 2)
    try await s.llmos("sync", in: two).succeeds()
    for directory in [s.repository, two] {
      #expect(
        try await s.git("for-each-ref", "refs/llmos/ledger", in: directory).out.split(separator: "\n").count
          == 2)
      try await s.llmos("verify", "--strict", in: directory).succeeds()
    }
    let judged = try await server(s, "llmos-hook verify --strict main; llmos-hook verify --strict theirs")
    #expect(judged.all.matches(of: /SATISFIED 1/).count == 2, "\(judged.all)")
  }

  @Test func aServerWithoutTheProgramSaysWhatItLacks() async throws {
    let s = try await team()
    try await s.sh("rm ../server.git/llmos/bin/llmos-hook; git commit -q --allow-empty -m a").succeeds()
    let push = try await s.git("push", "-q", "origin", "main", env: ["PATH": "/usr/bin:/bin"])
    #expect(push.code == 1)
    #expect(
      push.err.contains("refused: llmos-hook is missing, and is needed to check the push"), "\(push.err)")
  }

  /// An entry that accepts tens of thousands of commits names them all.
  @Test func aLongEntryIsExchanged() async throws {
    let s = try await team()
    try await s.sh(
      """
      set -e; l=refs/llmos/ledger/main
      j=$({ git cat-file blob $l:entry.json | sed 's/}$//'; printf ',"more":"'; head -c 1100000 /dev/zero | tr '\\0' x
        printf '"}'; } | git hash-object -w --stdin)
      t=$(git ls-tree $l | sed "s/[0-9a-f]\\{40,64\\}\\(.entry.json\\)/$j\\1/" | git mktree)
      git -c core.hooksPath=/dev/null update-ref $l $(git commit-tree -p $l^ -m long $t)
      """
    ).succeeds()
    try await s.llmos("sync").succeeds()
    #expect(try await server(s, "git for-each-ref refs/llmos/ledger").out.split(separator: "\n").count == 1)
  }

  /// Rules that change between two entries are no reason to refuse the ledger.
  @Test func changedRulesAreSynced() async throws {
    let s = try await team()
    try await s.sh(
      """
      set -e; git commit -q --allow-empty -m one; llmos-hook --quiet sync; mkdir scenarios
      llmos-hook scenarios show FEATURE_DEVELOPMENT | sed 's/- commit_changes/&\\n      - run_lint/' >scenarios/FEATURE_DEVELOPMENT.yml
      git add scenarios; git commit -q -m rules; llmos-hook --quiet sync; git push -q origin main
      git commit -q --allow-empty -m two; llmos-hook --quiet sync; git push -q origin main
      llmos-hook doctor; llmos-hook verify --strict
      """
    ).succeeds()
    try await s.llmos("verify", "--strict", "main", in: s.root + "/server.git").succeeds()
  }

  /// On a host that runs no hooks of ours, somebody puts references beside the ledgers: nobody's sync stops at them.
  @Test(arguments: ["main/x", "0123456789abcdef", "0123456789abcdef/a/b", "two/main"])
  func aReferenceOfAnotherFormStopsNoSync(name: String) async throws {
    let s = try await team()
    try await s.sh(
      """
      set -e; rm ../server.git/hooks/pre-receive ../server.git/hooks/update
      llmos-hook --quiet sync; git push -q origin refs/llmos/ledger/main:refs/llmos/ledger/\(name)
      git commit -q --allow-empty -m a; llmos-hook --quiet sync; cd ../two; llmos-hook --quiet sync
      llmos-hook --quiet sync; llmos-hook verify --strict; llmos-hook doctor
      """
    ).succeeds()
    #expect(try await server(s, "git for-each-ref refs/llmos/ledger").out.split(separator: "\n").count == 3)
  }

  @Test func whatNoLocalHookSawIsRefused() async throws {
    let s = try await team()
    try await s.sh("llmos-hook --quiet next-phase; llmos-hook --quiet sync").succeeds()
    try await s.sh("git -c core.hooksPath=/dev/null commit -q --allow-empty -m around").succeeds()
    for push in [
      "git push -q origin main", "git push -q origin HEAD:refs/heads/new",
      "git push -q origin HEAD:refs/tags/t",
    ] {
      let before = try await server(s, "git for-each-ref").out
      let outcome = try await s.sh(push)
      #expect(outcome.code == 1)
      #expect(try await server(s, "git for-each-ref").out == before)
      #expect(outcome.err.contains("push refused: "), "\(outcome.err)")
      #expect(
        outcome.err.contains("no hook saw it land, and FEATURE_DEVELOPMENT:QA allows no commits"),
        "\(outcome.err)")
    }
    try await s.llmos("sync").succeeds()
    let again = try await s.sh("git push -q origin main")
    #expect(
      again.code == 1
        && again.err.contains("no hook saw it land, and FEATURE_DEVELOPMENT:QA allows no commits"),
      "\(again.all)")
    try await s.sh(
      "llmos-hook --quiet allow --commits HEAD --reason agreed; llmos-hook --quiet sync; git push -q origin main"
    ).succeeds()
    // Without our pre-receive, update judges.
    try await server(s, "rm hooks/pre-receive").succeeds()
    try await s.sh("git -c core.hooksPath=/dev/null commit -q --allow-empty -m again").succeeds()
    #expect(try await s.sh("git push -q origin main").err.contains("push refused: "))
  }

  @Test func withoutAProofOnlyAStrictServerRefuses() async throws {
    let s = try await team()
    try await s.sh(
      "git clone -q ../server.git ../plain; cd ../plain; git commit -q --allow-empty -m plain; git push -q origin main:plain"
    )
    .succeeds()
    try await server(s, "git config llmos.strict true").succeeds()
    let outcome = try await s.sh(
      "cd ../plain; git commit -q --allow-empty -m plain; git push -q origin main:plain")
    #expect(outcome.err.contains("push refused: no ledger proves"), "\(outcome.err)")
    // A ledger that begins behind the commits proves nothing of them, once the server has another.
    try await s.sh("git commit -q --allow-empty -m a; llmos-hook --quiet sync; git push -q origin main")
      .succeeds()
    let late = try await s.sh(
      "cd ../plain; llmos-hook --quiet install; llmos-hook --quiet sync; git push -q origin main:plain")
    #expect(late.err.contains("is UNPROVEN"), "\(late.err)")
  }

  @Test(arguments: [
    "git push -q origin :refs/llmos/ledger/$(git config llmos.clone)/main",
    "git push -q -f origin refs/llmos/ledger/main~1:refs/llmos/ledger/$(git config llmos.clone)/main",
    "git push -q -f origin $(git commit-tree -p refs/llmos/ledger/main -m forged 'refs/llmos/ledger/main^{tree}'):refs/llmos/ledger/$(git config llmos.clone)/main",
    "git push -q -f origin HEAD:refs/llmos/ledger/x/main", "git push -q origin refs/llmos/ledger/main",
    "git push -q origin HEAD:refs/llmos/zzz",
    "git push -q origin refs/llmos/ledger/main~1:refs/llmos/ledger/00000000deadbeef/main",
    "git push -q origin :refs/notes/llmos",
    "git push -q -f origin $(git commit-tree -m x $(git mktree </dev/null)):refs/notes/llmos",
    "git -c core.hooksPath=/dev/null notes --ref=llmos add -f -m 'no record' HEAD; git push -q origin refs/notes/llmos",
    "git -c core.hooksPath=/dev/null notes --ref=llmos append -m 'no record' HEAD; git push -q origin refs/notes/llmos",
  ])
  func recordsOnlyGrow(push: String) async throws {
    let s = try await team()
    try await s.sh("git commit -q --allow-empty -m a; llmos-hook --quiet next-phase; llmos-hook --quiet sync")
      .succeeds()
    let before = try await server(s, "git for-each-ref").out
    let outcome = try await s.sh(push)
    #expect(outcome.code == 1, "\(outcome.all)")
    #expect(outcome.err.contains("push refused: "), "\(outcome.err)")
    #expect(try await server(s, "git for-each-ref").out == before)
  }

  /// A copied clone has the same name; it is told, and nothing of either is lost.
  @Test func aCopiedCloneIsTold() async throws {
    let s = try await team()
    try await s.sh(
      "llmos-hook --quiet sync; cp -a . ../copy; llmos-hook --quiet next-phase; llmos-hook --quiet sync"
    )
    .succeeds()
    let copy = s.root + "/copy"
    try await s.sh("git commit -q --allow-empty -m x; llmos-hook sync", in: copy).isRefused(
      1, "another copy of this clone", "git config --unset llmos.clone")
    try await s.sh(
      "git config --unset llmos.clone; llmos-hook --quiet sync; git push -q origin main", in: copy
    )
    .succeeds()
  }

  /// The job of docs/ci: it passes what is proved, and fails for what is not.
  @Test func theJobForCIJudgesABareCopy() async throws {
    let s = try await team()
    let job = "'\(Sandbox.package)/docs/ci/verify.sh' ../server.git"
    try await s.sh(
      "git commit -q --allow-empty -m a; llmos-hook --quiet sync; git push -q origin main; \(job)"
    )
    .succeeds()
    try await server(s, "rm hooks/*").succeeds()
    try await s.sh(
      "llmos-hook --quiet next-phase; git -c core.hooksPath=/dev/null commit -q --allow-empty -m x; llmos-hook --quiet sync; git push -q origin main"
    ).succeeds()
    let outcome = try await s.sh("\(job) main~2..main")
    #expect(outcome.code == 1, "\(outcome.all)")
    #expect(outcome.out.contains("VIOLATION"))
  }

  @Test func stepPushesTheLedgerFirst() async throws {
    let s = try await team()
    try await server(s, "git config llmos.strict true").succeeds()
    try await s.sh("llmos-hook --quiet sync; echo x >f; ./step.sh x", env: ["LLMOS_AGENT": "DEV"]).succeeds()
    try await s.llmos("step", "-m", "y", "--amend", "--push").succeeds()
    #expect(try await server(s, "git log -1 --format=%s main").out.contains("IMPLEMENTATION y"))
  }

  @Test func syncSaysWhatIsWrong() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("sync").isRefused(64, "unknown remote:")
    try await s.git("remote", "add", "origin", "../nowhere").succeeds()
    try await s.llmos("sync").isRefused(74, "cannot fetch with origin")
  }

  /// Twenty syncs of two clones at once: all end, and both have all.
  @Test func manyAtOnce() async throws {
    let s = try await team()
    try await s.sh(
      """
      for d in . ../two; do
        ( cd $d; for i in 1 2 3 4 5; do
            git commit -q --allow-empty -m $i; llmos-hook --quiet next-phase 2>/dev/null
            llmos-hook --quiet sync || echo failed >>../failed
            llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; done ) &
      done; wait; test ! -e ../failed
      """
    ).succeeds()
    try await s.llmos("sync").succeeds()
    let notes =
      "git notes --ref=llmos list | while read n c; do git cat-file blob $n; done | grep -c phase-completed"
    #expect(try await s.sh(notes).out.trimmed == "10")
    try await s.llmos("doctor").succeeds()
  }

  /// Thirty more ledgers on the server: with so many, a push is judged by some of them.
  private func addLedgers(_ s: Sandbox) async throws {
    try await server(
      s,
      """
      set -e; git for-each-ref --count=1 --format='%(objectname)' refs/llmos/ledger >tip
      for i in $(seq 10 39); do git update-ref refs/llmos/ledger/00000000000000$i/main "$(cat tip)"; done
      """
    ).succeeds()
  }

  /// With many ledgers a push is judged by those that matter, and comes to the same as by all of them.
  @Test func amongManyLedgersAPushIsJudgedByThoseThatMatter() async throws {
    let s = try await team()
    try await s.sh("llmos-hook sync; git push -q origin main").succeeds()
    try await addLedgers(s)
    let path = s.root + "/server.git/llmos/named"
    for turn in 1...3 {
      try await s.sh(
        "set -e; echo \(turn) >f; git add f; git commit -qm \(turn); llmos-hook --quiet sync; git push -q origin main"
      ).succeeds()
    }
    #expect(s.exists(path))
    try await s.sh("set -e; llmos-hook --quiet next-phase; llmos-hook --quiet sync; git push -q origin main")
      .succeeds()
    // What no hook saw, in a phase that forbids it; before and after the file is there, and when it is damaged.
    try await s.sh("git -c core.hooksPath= commit -q --allow-empty -m bad; llmos-hook --quiet sync")
      .succeeds()
    for damage in ["true", "rm ../server.git/llmos/named", "echo x >../server.git/llmos/named"] {
      try await s.sh(damage).succeeds()
      let push = try await s.sh("git -c core.hooksPath= push -q origin main")
      #expect(push.code == 1 && push.err.contains("is VIOLATION: no hook saw it land"), "\(push.all)")
    }
    // Honest work goes on behind it.
    try await s.sh(
      """
      set -e; git reset -q --hard HEAD~1; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      git commit -q --allow-empty -m good; llmos-hook --quiet sync; git push -q origin main
      """
    ).succeeds()
    let judged = try await server(s, "llmos-hook verify --strict main")
    #expect(judged.code == 0 && judged.all.contains("SATISFIED 4"), "\(judged.all)")
  }

  /// Among many ledgers, what none of them names: notes alone, and a commit whose clone has not synced yet.
  @Test func amongManyLedgersWhatNoneNamesIsJudgedToo() async throws {
    let s = try await team()
    try await s.sh("llmos-hook sync; git push -q origin main").succeeds()
    try await addLedgers(s)
    try await server(s, "git config llmos.strict true").succeeds()
    try await s.sh("echo unnamed >f; git add f; git commit -qm unnamed").succeeds()
    let push = try await s.git("push", "origin", "main")
    #expect(push.code != 0 && push.err.contains("next: llmos-hook sync, then push again"), "\(push.err)")
    try await s.sh("llmos-hook --quiet sync; git push -q origin main").succeeds()
    // A record that was merged here, and no entry with it.
    try await s.sh(
      """
      set -e; git fetch -q origin refs/notes/llmos; git -c core.hooksPath=/dev/null update-ref refs/notes/more FETCH_HEAD
      git -c core.hooksPath=/dev/null commit-tree -p FETCH_HEAD -m more 'FETCH_HEAD^{tree}' >more
      git push -q origin "$(cat more):refs/notes/llmos"
      """
    ).succeeds()
  }

  /// Two worktrees of a clone that sync at once: the one that was second is no copy, and tries again.
  @Test func aLedgerThatMovedMeanwhileIsNoOtherCopy() async throws {
    let s = try await team()
    try await s.sh(
      """
      set -e
      for i in 1 2; do echo $i >f; git add f; git commit -qm $i; llmos-hook --quiet sync; done
      """
    ).succeeds()
    let judged = { (old: String) in
      try await self.server(
        s,
        """
        r=$(git for-each-ref --count=1 --sort=-committerdate --format='%(refname)' refs/llmos/ledger)
        echo "$(git rev-parse \(old)) $(git rev-parse $r~1) $r" | llmos-hook hook pre-receive
        """)
    }
    #expect(try await judged("$r~2").all.contains("has moved meanwhile"))
    #expect(try await judged("$r").all.contains("does not continue the server's copy"))
  }

  /// `llmos.strict` is what git takes for true, and what is neither refuses.
  @Test(arguments: [
    ("[llmos]\\n\\tstrict\\n", "no ledger proves"), ("[llmos]\\n\\tstrict = 2\\n", "no ledger proves"),
    ("[llmos]\\n\\tstrict = ture\\n", "llmos.strict"),
  ])
  func strictIsReadAsGitReadsIt(lines: String, words: String) async throws {
    let s = try await Sandbox()
    try await s.sh(
      """
      set -e; git commit -q --allow-empty -m one; git init -q --bare -b main ../r.git
      llmos-hook --quiet -C ../r.git install --server; printf '\(lines)' >>../r.git/config
      """
    ).succeeds()
    let push = try await s.git("push", "-q", "../r.git", "main")
    #expect(push.code != 0 && push.err.contains(words), "\(push.err)")
  }
}
