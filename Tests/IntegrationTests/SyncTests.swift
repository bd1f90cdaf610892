import Foundation
import Testing

/// `sync` with servers of all kinds, from several worktrees, and of people who forget it.
@Suite struct SyncTests {
  /// A clone in IMPLEMENTATION, and a strict server that counts pushes in `pushes`.
  private func clone() async throws -> Sandbox {
    try await Sandbox.copy(of: "SyncTests") {
      let s = try await Sandbox.governed()
      try await s.sh(
        """
        set -e
        git init -q --bare -b main ../server.git; git remote add origin ../server.git
        printf '#!/bin/sh\\ncat >>pushes; echo >>pushes\\n' >../server.git/hooks/post-receive
        chmod +x ../server.git/hooks/post-receive; llmos-hook --quiet -C ../server.git install --server
        git -C ../server.git config llmos.strict true; llmos-hook --quiet sync; rm ../server.git/pushes
        """
      ).succeeds()
      return s
    }
  }

  private func pushes(_ s: Sandbox) throws -> Int {
    s.exists(s.root + "/server.git/pushes")
      ? try s.read(s.root + "/server.git/pushes").components(separatedBy: "\n\n").count - 1 : 0
  }

  /// A server over ssh, in whose place a script runs what `ssh` would; `$command` is the word that git sends.
  private func ssh(_ s: Sandbox, _ script: String) throws -> [String: String?] {
    try s.write(
      s.root + "/ssh", "#!/bin/sh\nfor command; do :; done\n\(script)\nexec sh -c \"$command\"\n",
      executable: true)
    return ["GIT_SSH_COMMAND": "sh '\(s.root)/ssh'", "GIT_SSH_VARIANT": "ssh"]
  }

  // MARK: One push

  @Test func theLedgerAndTheBranchGoInOnePush() async throws {
    let s = try await clone()
    try await s.git("commit", "-q", "--allow-empty", "-m", "one").succeeds()
    let outcome = try await s.llmos("sync", "--push").succeeds()
    #expect(try pushes(s) == 1)
    #expect(outcome.err.contains("origin has the ledger, the notes and main up to "), "\(outcome.err)")
    // Nothing new is no push at all.
    try await s.llmos("sync").succeeds()
    #expect(try pushes(s) == 1)
    try await s.llmos("verify", "--strict", "main", in: s.root + "/server.git").succeeds()
  }

  /// A pre-push hook of somebody's sees the branch, and no ledger.
  @Test func aHookOfSomebodysSeesTheBranchAlone() async throws {
    let s = try await clone()
    try s.write(".git/hooks/pre-push", "#!/bin/sh\ncat >>../seen\n", executable: true)
    try await s.git("commit", "-q", "--allow-empty", "-m", "one").succeeds()
    try await s.llmos("sync", "--push").succeeds()
    #expect(try pushes(s) == 2)
    let seen = try s.read(s.root + "/seen")
    #expect(seen.contains("refs/heads/main") && !seen.contains("refs/llmos"), "\(seen)")
  }

  /// What the server does not take of the branch keeps back nothing of the ledger.
  @Test func aBranchThatIsRefusedKeepsNoLedgerBack() async throws {
    let s = try await clone()
    try await s.sh(
      "git clone -q ../server.git ../other 2>&1; git commit -q --allow-empty -m mine; llmos-hook --quiet sync --push"
    ).succeeds()
    try await s.sh(
      """
      set -e; git -C ../server.git config receive.denyNonFastForwards true
      git commit -q --allow-empty -m lost; git reset -q --hard HEAD^; git commit -q --allow-empty --amend -m amended
      """
    ).succeeds()
    let ledger = try await s.git("rev-parse", "refs/llmos/ledger/main").out
    try await s.llmos("sync", "--push").isRefusedAtTheEnd(
      "llmos-hook: cannot push main to origin", "the remote's branch has commits that are not here",
      "git pull --no-rebase origin main, then llmos-hook sync --push")
    let there = try await s.git("ls-remote", "origin", "refs/llmos/ledger/*").out
    #expect(there.prefix(Sandbox.digits) != ledger.prefix(Sandbox.digits))
    #expect(
      there.prefix(Sandbox.digits)
        == (try await s.git("rev-parse", "refs/llmos/ledger/main").out.prefix(Sandbox.digits)))
  }

  // MARK: Servers that show or take less

  @Test func aServerThatRefusesLedgersIsNamed() async throws {
    let s = try await clone()
    try await s.sh(
      "git -C ../server.git config receive.hideRefs refs/llmos; git commit -q --allow-empty -m one"
    )
    .succeeds()
    try await s.llmos("sync").isRefused(
      1, "origin takes no refs/llmos/* and refs/notes/llmos: deny updating a hidden ref",
      "git config --add receive.hideRefs '!refs/llmos'")
    // The remedy is one.
    try await s.sh("git -C ../server.git config --add receive.hideRefs '!refs/llmos'; llmos-hook sync --push")
      .succeeds()
  }

  @Test func aServerThatHidesLedgersIsNamedOnce() async throws {
    let s = try await clone()
    try await s.sh(
      "git -C ../server.git config uploadpack.hideRefs refs/llmos; git config --unset llmos.sync"
    )
    .succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "one").succeeds()
    let first = try await s.llmos("sync").succeeds()
    #expect(first.err.contains("origin has taken the ledger and does not show it"), "\(first.err)")
    #expect(first.err.contains("git config --add uploadpack.hideRefs '!refs/llmos'"))
    #expect(try await !s.llmos("sync").succeeds().err.contains("does not show it"))
  }

  /// A fork to which the contributor pushes, and an upstream that gives and takes nothing.
  @Test func aForkAndAnUpstream() async throws {
    let s = try await clone()
    try await s.sh(
      """
      set -e; git commit -q --allow-empty -m upstream; llmos-hook --quiet sync --push
      cd ..; git clone -q --bare server.git fork.git; git clone -q fork.git contributor; cd contributor
      git remote add upstream "ssh://host$PWD/../server.git"; llmos-hook --quiet install --no-scripts
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests
      """
    ).succeeds()
    let environment = try ssh(
      s,
      "case $command in git-receive-pack*) echo 'ERROR: Permission to team/project denied.' >&2; exit 1 ;; esac"
    )
    let contributor = s.root + "/contributor"
    let outcome = try await s.llmos("sync", "upstream", in: contributor, env: environment).succeeds()
    #expect(outcome.err.contains("upstream takes nothing from you"), "\(outcome.err)")
    // What upstream's ledger says is known, and nothing is pushed there by step.
    #expect(try await s.llmos("verify", in: contributor).out.contains("SATISFIED"))
    try await s.sh(
      "git commit -q --allow-empty -m fix; llmos-hook sync --push origin; llmos-hook sync upstream",
      in: contributor, env: environment
    )
    .succeeds()
    #expect(try await s.git("config", "llmos.sync", in: contributor).out == "origin\n")
    try await s.llmos("verify", "--strict", "main", in: s.root + "/fork.git").succeeds()
    // Pushed on purpose, it is an error.
    let push = try await s.llmos("sync", "--push", "upstream", in: contributor, env: environment)
    #expect(push.code == 74, "\(push.all)")
  }

  /// A connection that breaks in the middle leaves what was known before, and the next sync all of it.
  @Test(arguments: ["git-upload-pack", "git-receive-pack"], [100, 900, 3000])
  func aConnectionThatBreaks(program: String, bytes: Int) async throws {
    let s = try await clone()
    try await s.sh(
      """
      set -e; git clone -q ../server.git ../other 2>/dev/null; cd ../other; git pull -q ../'repo sitory' main
      llmos-hook --quiet install --no-scripts; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests
      for i in 1 2 3; do git commit -q --allow-empty -m $i; llmos-hook --quiet next-phase
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests; done; llmos-hook --quiet sync
      cd -; git commit -q --allow-empty -m mine; git remote set-url origin "ssh://host$PWD/../server.git"
      """
    ).succeeds()
    let broken = try ssh(
      s,
      """
      case $command in
      \(program)*)
        pid=$(mktemp); exec 3<&0
        { sh -c "exec $command" <&3 & echo $! >"$pid"; wait; } | { dd bs=1 count=\(bytes) status=none; kill "$(cat "$pid")"; }
        exit 1 ;;
      esac
      """)
    let before = try await s.git("for-each-ref", "refs/llmos/ledger/*/*", "refs/notes/llmos").out
    let outcome = try await s.llmos("sync", env: broken)
    if outcome.code != 0 {
      #expect([1, 74, 75].contains(outcome.code), "\(outcome.all)")
      #expect(outcome.err.contains("llmos-hook: "))
    }
    if program == "git-upload-pack", outcome.code != 0 {
      #expect(try await s.git("for-each-ref", "refs/llmos/ledger/*/*", "refs/notes/llmos").out == before)
    }
    try await s.llmos("doctor").succeeds()
    try await s.llmos("sync", "--push", env: ssh(s, "")).succeeds()
    #expect(try await s.git("for-each-ref", "refs/llmos/ledger/*/*").out.split(separator: "\n").count == 1)
    try await s.llmos("verify", "--strict", "main", in: s.root + "/server.git").succeeds()
  }

  // MARK: Several worktrees, and people who forget it

  /// A host merges proven work its own way and deletes the branch: the owner's sync says so to those who come later.
  @Test(
    .mergesTrees,
    arguments: [
      "git merge -q --squash f && git commit -q -m host",
      "git cherry-pick main..f",
    ]) func whatAHostMadeIsSealed(host: String) async throws
  {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e
      git init -q --bare -b main ../server.git; git remote add origin ../server.git; git push -q -u origin main
      git switch -q -c f; for i in 1 2; do echo $i >>f; git add f; git commit -q -m "f $i"; done
      git switch -q main; echo m >m; git add m; git commit -qm m
      llmos-hook --quiet sync; git push -q origin f main
      git clone -q ../server.git ../host; cd ../host; git config user.name h; git config user.email h@h
      git fetch -q origin f:f; \(host); git push -q origin main
      git push -q origin :f; cd "$OLDPWD"; git -C ../server.git gc -q --prune=now
      """
    ).succeeds()
    let later = """
      rm -rf ../later; git clone -q "file://$PWD/../server.git" ../later; cd ../later
      git fetch -q origin 'refs/llmos/*:refs/llmos/*'; llmos-hook verify HEAD
      """
    #expect(try await !s.sh(later).all.contains("DERIVED"))
    // An agent's sync seals nothing of the kind.
    try await s.sh("git pull -q; LLMOS_AGENT=DEV llmos-hook sync").succeeds()
    #expect(try await !s.sh(later).all.contains("DERIVED"))
    let sync = try await s.llmos("sync").succeeds()
    #expect(sync.all.contains("exactly the content of proven ones"), "\(sync.all)")
    let after = try await s.sh(later)
    #expect(after.all.contains("DERIVED"), "\(after.all)")
    let entries = try await s.sh("git rev-list --count refs/llmos/ledger/main").out
    // Once is enough.
    for _ in 1...2 { try await s.llmos("sync").succeeds() }
    #expect(try await s.sh("git rev-list --count refs/llmos/ledger/main").out == entries)
    try await s.llmos("doctor").succeeds()
  }

  @Test func fromSeveralWorktreesAtOnce() async throws {
    let s = try await clone()
    try await s.sh(
      "git clone -q ../server.git ../far 2>/dev/null; git push -q origin main || llmos-hook sync --push"
    )
    .succeeds()
    let outcome = try await s.sh(
      """
      # A reftable has one lock for all, for which git waits a tenth of a second.
      git config reftable.lockTimeout 60000
      for name in a b c d; do git worktree add -q ../$name -b $name; done
      for name in a b c d; do (
        cd ../$name; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests
        for i in 1 2 3; do echo $i >$name.$i; git add .; git commit -qm "$name $i"; llmos-hook --quiet sync --push || echo "failed $?"; done
      ) & done; wait
      """)
    #expect(outcome.out.isEmpty, "\(outcome.all)")
    for name in ["a", "b", "c", "d"] {
      try await s.llmos("verify", "--strict", name, in: s.root + "/server.git").succeeds()
      #expect(
        try await s.git("rev-list", "--count", "main..\(name)", in: s.root + "/server.git").out == "3\n")
    }
    try await s.llmos("doctor").succeeds()
  }

  /// git has two names where one letter is written in two ways (Unicode's canonical equivalence).
  @Test func worktreesOfTheSameLettersSync() async throws {
    let s = try await clone()
    for (branch, name) in [("one", "caf\u{E9}"), ("two", "cafe\u{301}")] {
      try await s.sh(
        """
        set -e; git worktree add -q -b \(branch) "../\(name)"; cd "../\(name)"
        llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests; git commit -q --allow-empty -m x
        """
      ).succeeds()
    }
    for _ in 1...3 { try await s.llmos("sync").succeeds() }
    for branch in ["one", "two"] { try await s.llmos("verify", "--strict", branch).succeeds() }
    try await s.llmos("doctor").succeeds()
    // The server knows both by then.
    try await s.sh(
      """
      set -e; git push -q origin main one two
      cd '../cafe\u{301}'; git commit -q --allow-empty -m y; llmos-hook --quiet next-phase; llmos-hook --quiet sync
      git push -q origin two; llmos-hook -C ../server.git verify --strict two
      cd '../caf\u{E9}'; git commit -q --allow-empty -m z; llmos-hook --quiet sync; git push -q origin one
      """
    ).succeeds()
  }

  /// Neither is the other one: what is checked out in one, an agent in the other does not move.
  @Test func worktreesOfTheSameLettersAreTwo() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git worktree add -q -b one '../caf\u{E9}'; git worktree add -q -b two '../cafe\u{301}'
      cd '../caf\u{E9}'; llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason tests
      """
    ).succeeds()
    try await s.sh(
      "git update-ref refs/heads/one $(git commit-tree -m x -p HEAD 'HEAD^{tree}')",
      in: s.root + "/cafe\u{301}", env: ["LLMOS_AGENT": "DEV"]
    ).isRefused(128, "checked out in")
  }

  /// What came is kept in order as git does behind a fetch (git-maintenance(1)); where nothing came, nothing is looked over.
  @Test func onlyWhatCameIsMaintained() async throws {
    let s = try await clone()
    func maintained() async throws -> Int {
      let trace = s.root + "/trace"
      try await s.llmos("sync", env: ["GIT_TRACE2": trace]).succeeds()
      defer { try? FileManager.default.removeItem(atPath: trace) }
      let lines = try s.read(trace).split(separator: "\n")
      return lines.filter { $0.contains(" cmd_name maintenance") }.count
    }
    #expect(try await maintained() == 0)
    try await s.sh(
      """
      set -e; llmos-hook --quiet sync --push; git clone -q ../server.git ../far; cd ../far
      llmos-hook --quiet install --no-scripts; llmos-hook --quiet sync
      """
    ).succeeds()
    #expect(try await maintained() == 1)
    #expect(try await maintained() == 0)
  }

  /// While a server takes in one push, another one can meet a commit whose parents come a moment later.
  @Test func whatComesAMomentLaterIsWaitedFor() async throws {
    let s = try await clone()
    try failOnce(s, "rev-list --parents", "fatal: bad object")
    try await s.sh("git commit -q --allow-empty -m one; llmos-hook --quiet sync").succeeds()
    try await s.sh(
      "git push -q origin main; PATH=\"\(s.root)/once:$PATH\" llmos-hook -C ../server.git verify --strict main"
    ).succeeds()
    #expect(s.exists(s.root + "/met"))
  }

  /// The same while another worktree of the clone fetches.
  @Test func aPushThatMeetsAFetchIsTriedAgain() async throws {
    let s = try await clone()
    try failOnce(s, "push --porcelain", "error: Could not read 481ed90c03")
    try await s.sh(
      "git commit -q --allow-empty -m one; PATH=\"\(s.root)/once:$PATH\" llmos-hook sync"
    ).succeeds()
    #expect(s.exists(s.root + "/met"))
    try await s.git("push", "-q", "origin", "main").succeeds()
    try await s.llmos("verify", "--strict", "main", in: s.root + "/server.git").succeeds()
  }

  /// A git in `once` that fails with a message, and leaves `met`, the first time that it is called with some words.
  private func failOnce(_ s: Sandbox, _ words: String, _ message: String) throws {
    try s.write(
      s.root + "/once/git",
      """
      #!/bin/sh
      case " $* " in *" \(words) "*)
        [ -e "\(s.root)/met" ] || { touch "\(s.root)/met"; echo '\(message)' >&2; exit 128; } ;;
      esac
      exec '\(Sandbox.gitPath)' "$@"

      """, executable: true)
  }

  /// Who pushes or pulls without it is told so, and no verdict is wrong meanwhile.
  @Test func whoForgetsItIsToldSo() async throws {
    let s = try await clone()
    try await s.git("commit", "-q", "--allow-empty", "-m", "one").succeeds()
    let push = try await s.git("push", "-q", "origin", "main")
    #expect(push.code != 0 && push.err.contains("next: llmos-hook sync, then push again"), "\(push.err)")
    #expect(!push.err.contains("VIOLATION"))
    try await s.sh(
      """
      set -e; llmos-hook --quiet sync; git push -q origin main
      git clone -q ../server.git ../other; cd ../other; llmos-hook --quiet install --no-scripts
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests; llmos-hook --quiet sync
      cd -; git commit -q --allow-empty -m two; llmos-hook --quiet sync --push; cd ../other; git pull -q
      """
    ).succeeds()
    let other = s.root + "/other"
    let pulled = try await s.llmos("verify", in: other).succeeds()
    #expect(pulled.out.contains("INCOMING"), "\(pulled.all)")
    #expect(
      pulled.out.contains("a remote's branch has it; llmos-hook sync tells what it is"), "\(pulled.out)")
    try await s.llmos("sync", in: other).succeeds()
    #expect(
      try await s.llmos("verify", "--strict", "HEAD^..", in: other).succeeds().out.contains("SATISFIED"))
  }

  /// The first push of a clone that no server knows yet, where all known ones are in phases that forbid commits: what is
  /// said, on a server and in a host's check, names what has to come first.
  @Test func whoNeverSyncedIsToldSo() async throws {
    let s = try await clone()
    try await s.sh(
      """
      set -e; git commit -q --allow-empty -m one; llmos-hook --quiet next-phase; llmos-hook --quiet sync --push
      git clone -q ../server.git ../other; cd ../other; llmos-hook --quiet install --no-scripts
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests; git switch -q -c side
      git commit -q --allow-empty -m side; git clone -q --mirror ../server.git ../host.git; git push -q ../host.git side
      """
    ).succeeds()
    let other = s.root + "/other"
    let push = try await s.git("push", "-q", "origin", "side", in: other)
    #expect(
      push.code != 0 && push.err.contains("a sync of its clone may tell more")
        && push.err.contains("next: llmos-hook sync, then push again"), "\(push.err)")
    let check = "'\(Sandbox.package)/docs/ci/verify.sh' --format github ../host.git main..side"
    let bad = try await s.sh(check)
    #expect(bad.code == 1 && bad.out.contains("the clone that made it has yet to sync"), "\(bad.all)")
    try await s.sh(
      "git remote add host ../host.git; llmos-hook --quiet sync host; llmos-hook --quiet sync origin; git push -q origin side",
      in: other
    ).succeeds()
    try await s.sh(check).succeeds()
  }

  /// A merge onto what came with a pull, in a phase that takes proven work alone: what is not proved yet is named, and the
  /// next command makes it go on.
  @Test(.mergesTrees) func aMergeOntoWhatWasNotSyncedSaysSo() async throws {
    let s = try await clone()
    try await s.sh(
      """
      set -e; llmos-hook --quiet sync --push; git clone -q ../server.git ../other; cd ../other
      llmos-hook --quiet install --no-scripts
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests; git switch -q -c side
      echo side >side; git add side; git commit -qm side; git switch -q main
      llmos-hook --quiet set FEATURE_DEVELOPMENT QA; llmos-hook --quiet sync
      cd -; echo two >two; git add two; git commit -qm two; llmos-hook --quiet sync --push
      cd ../other; git pull -q --ff-only
      """
    ).succeeds()
    let other = s.root + "/other"
    let merge = try await s.git("merge", "--no-edit", "side", in: other)
    #expect(merge.code != 0 && merge.err.contains("is INCOMING: a remote's branch has it"), "\(merge.all)")
    #expect(!merge.err.contains("VIOLATION") && merge.err.contains("next: llmos-hook sync, then git commit"))
    try await s.sh("llmos-hook --quiet sync && git commit -q --no-edit", in: other).succeeds()
    try await s.llmos("verify", "--strict", "main", in: other).succeeds()
  }

  /// A host deletes the branch of a pull request at once, a colleague rewrites his: `sync` tells what came from there, and
  /// the verdict says so. It stays until then: nobody else can tell whether a remote ever had the commit.
  @Test(arguments: [
    "git push -q origin :feature/x",
    "git commit -q --amend --allow-empty -m anew; git push -q -f origin feature/x",
  ])
  func whatTheRemoteNoLongerHasIsToldBySync(change: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git init -q --bare -b main ../host.git; git remote add origin ../host.git; git push -q origin main
      llmos-hook --quiet sync; git clone -q ../host.git ../ben; cd ../ben; llmos-hook --quiet install --no-scripts
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason tests; git switch -q -c feature/x
      git commit -q --allow-empty -m x; git push -q origin feature/x
      cd -; llmos-hook --quiet set FEATURE_DEVELOPMENT QA; git fetch -q; git branch -q x origin/feature/x
      cd -; \(change)
      cd -; git fetch -q --prune
      """
    ).succeeds()
    let judged = try await s.llmos("verify", "main..x")
    #expect(
      judged.code == 1 && judged.out.contains("if a remote's branch had it, llmos-hook sync tells more"),
      "\(judged.all)")
    try await s.sh("cd ../ben && llmos-hook --quiet sync && cd - && llmos-hook --quiet sync").succeeds()
    try await s.llmos("verify", "--strict", "main..x").succeeds()
  }

  /// A remote whose address has such words is not one that may only be read.
  @Test func aBrokenPushIsNoReadOnlyRemote() async throws {
    let s = try await clone()
    try await s.sh(
      "git commit -q --allow-empty -m one; git config remote.origin.pushurl http://127.0.0.1:1/permission%20denied-read-only-403.git"
    ).succeeds()
    let outcome = try await s.llmos("sync")
    #expect(outcome.code == 74, "\(outcome.all)")
  }
}

extension Outcome {
  /// Refused with these words, after lines that say what was done.
  fileprivate func isRefusedAtTheEnd(_ words: String..., at location: SourceLocation = #_sourceLocation) {
    #expect(code == 1, "\(all)", sourceLocation: location)
    for word in words { #expect(err.contains(word), "\(err)", sourceLocation: location) }
  }
}
