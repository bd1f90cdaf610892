import Foundation
import Testing

/// A checkpoint takes what belongs to the phase, names it, and leaves the rest as it is.
@Suite struct CheckpointTests {
  private func status(_ s: Sandbox) async throws -> [String] {
    let installed = ["step.sh", "llmos", "scripts", "docs/features/feature_*"].map { ":!" + $0 }
    return try await s.run([Sandbox.gitPath, "status", "--porcelain", "-uall", "--", ":/"] + installed).out
      .split(separator: "\n").map(String.init)
  }

  @Test func takesWhatBelongsAndNamesIt() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "DESIGN")
    try s.write("docs/api.md", "# API\n")
    try s.write("docs/ux.svg", "<svg/>\n")
    let done = try await s.llmos("next-phase", "--checkpoint").succeeds()
    let commit = try await s.head().prefix(10)
    #expect(done.err.contains("llmos-hook: checkpoint \(commit)\n"), "\(done.err)")
    #expect(done.err.contains("docs/api.md\n") && done.err.contains("docs/ux.svg\n"), "\(done.err)")
    #expect(try await status(s).isEmpty)
  }

  /// What does not belong stops `next-phase --checkpoint` and `run`, is named, and stays as it is.
  @Test(arguments: [["next-phase", "--checkpoint"], ["run"]])
  func whatDoesNotBelongStopsItAndStays(command: [String]) async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.llmos("allow", "--once", "--reason", "rules").succeeds()
    try s.write(".llmos/config.yml", "actions: {run_tests: \"true\"}\n")
    try await s.sh("git add -A; git commit -qm rules; llmos-hook set FEATURE_DEVELOPMENT QA --reason test")
      .succeeds()
    try s.write("README", "two\n")
    try s.write("left", "new\n")
    let before = (try await s.head(), try await status(s), try await s.place())
    let refused = try await s.run([Sandbox.binaries + "/llmos-hook", "--quiet"] + command)
    #expect(refused.code == 1)
    #expect(
      refused.err == """
        llmos-hook: no checkpoint: 2 changes do not belong to FEATURE_DEVELOPMENT:QA
          README, left
          next: git stash -u, or llmos-hook allow --once --reason WHY and git commit, or checkpoint.paths in \
        .llmos/config.yml

        """)
    #expect((try await s.head(), try await status(s), try await s.place()) == before)
    #expect(!s.exists(".git/llmos/checkpoint-index"))
    // Each way works.
    try await s.sh("git stash -qu").succeeds()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.head() == before.0)
  }

  @Test func theConfigurationSaysOtherwise() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    try s.write(
      ".llmos/config.yml",
      "checkpoint:\n  paths:\n    FEATURE_DEVELOPMENT:QA: [\"reports/*.xml\", coverage/]\n")
    try await s.sh("git add .llmos; git commit -qm rules; llmos-hook next-phase").succeeds()
    try s.write("reports/a.xml", "<a/>")
    try s.write("coverage/deep/b", "b")
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "coverage/deep/b\nreports/a.xml\n")
  }

  // MARK: What lay about

  /// It is left alone and stops nothing; what was changed in it since is the phase's.
  @Test func whatLayAboutIsLeftAlone() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "echo mine >mine.md; echo mine >notes.c; echo more >>README; echo draft >draft.md; echo staged >staged.md; git add staged.md"
    ).succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "DESIGN", "--reason", "a test").succeeds()
    // Touched is not changed.
    try await s.sh("touch -d 2020-01-01 mine.md; echo done >>draft.md; echo new >new.md").succeeds()
    let done = try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "draft.md\nnew.md\n")
    #expect(
      done.err.contains("left alone, as before the phase: README, staged.md, mine.md, notes.c"), "\(done.err)"
    )
    #expect(
      try await status(s).sorted() == [" M README", "?? mine.md", "?? notes.c", "A  staged.md"].sorted())
    // In the next phase they lie about too; git's own commit is not hindered.
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:QA")
    try await s.llmos("next-phase", "--checkpoint").succeeds()
  }

  /// The same phase entered again begins again.
  @Test func aPhaseThatIsEnteredAgainBeginsAgain() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try s.write("core.c", "int x;\n")
    try await s.llmos("next-phase", "--checkpoint").isRefused(1, "a change does not belong", "core.c")
    try await s.llmos("allow", "--once", "--reason", "x").succeeds()
    try await s.llmos("next-phase", "--checkpoint").isRefused(1, "core.c")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await status(s) == ["?? core.c"])
  }

  /// What the phase requires is committed, whenever it was written.
  @Test func aBriefFromBeforeIsCommitted() async throws {
    let s = try await Sandbox.governed()
    try s.write("docs/features/x/feature_brief.md", "# X\n\nA line of text.\n")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=x").succeeds()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "docs/features/x/feature_brief.md\n")
  }

  /// Killed between the list and the entry, the list of the phase in progress still counts.
  @Test func aMoveThatWasKilledChangesNoList() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try s.write("core.c", "int x;\n")
    try await s.sh("printf '%040d\\0' 7 >.git/llmos/lying-about-next").succeeds()
    try await s.llmos("next-phase", "--checkpoint").isRefused(1, "core.c")
    #expect(!s.exists(".git/llmos/lying-about-next"))
  }

  // MARK: Bad input

  @Test func aRepositoryInsideIsNamed() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try await s.sh("git init -q vendor/lib; echo x >vendor/lib/x; echo y >vendor/y").succeeds()
    let before = try await s.head()
    try await s.llmos("next-phase", "--checkpoint").isRefused(
      1, "vendor/lib/ is a git repository of its own", ".gitignore")
    #expect(try await s.head() == before)
    try await s.sh("echo vendor/lib >.gitignore").succeeds()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == ".gitignore\nvendor/y\n")
    // One that lay about stays.
    try await s.sh("git init -q other; llmos-hook set MAINTENANCE; echo z >z").succeeds()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "z\n")
  }

  @Test func aSubmoduleMovesAndItsOwnWorkIsItsOwn() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "IMPLEMENTATION")
    try await s.sh(
      """
      git init -q ../lib && (cd ../lib && git commit -q --allow-empty -m one)
      git -c protocol.file.allow=always submodule --quiet add ../lib lib && git commit -qm lib
      llmos-hook set MAINTENANCE UPDATE; cd lib; echo dirty >dirty
      """
    ).succeeds()
    let before = try await s.head()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.head() == before)
    try await s.sh("llmos-hook set MAINTENANCE UPDATE; cd lib; git commit -q --allow-empty -m two").succeeds()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "lib\n")
    #expect(try await s.git("submodule", "status").out.hasPrefix(" "))
    // DOCUMENTATION takes documents alone.
    try await s.sh("cd lib; git commit -q --allow-empty -m three").succeeds()
    try await s.llmos("next-phase", "--checkpoint").isRefused(
      1,
      "no checkpoint: the submodule lib is at another commit, which does not belong to MAINTENANCE:DOCUMENTATION",
      "next: git submodule update, or ")
    try await s.sh("git submodule --quiet update; llmos-hook next-phase --checkpoint").succeeds()
  }

  /// A name can hold what looks like a line of ours, or steers a terminal.
  @Test func everyFileIsNamedOnOneLine() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try s.write(".llmos/config.yml", "agents: {DEV: \". ../dev\"}\n")
    try s.write(
      s.root + "/dev", #"echo $LLMOS_PHASE >"$(printf 'a\033[31m\nllmos-hook: all is well')""# + "\n")
    try await s.sh(
      "git add -A; llmos-hook allow --once --reason rules; git commit -qm rules; llmos-hook set MAINTENANCE UPDATE"
    ).succeeds()
    let name = "a [31m llmos-hook: all is well"
    let run = try await s.llmos("run", "--once").succeeds()
    #expect(run.err.contains("llmos-hook:     \(name)\n"), "\(run.err)")
    try await s.sh(". ../dev").succeeds()
    try await s.llmos("next-phase", "--checkpoint").isRefused(
      1, "no checkpoint: a change does not belong to MAINTENANCE:DOCUMENTATION\n  \(name)\n")
    try await s.llmos("set", "MAINTENANCE", "CLEANUP").succeeds()
    try await s.sh(#"for f in a*; do echo more >>"$f"; done"#).succeeds()
    #expect(
      try await s.llmos("next-phase", "--checkpoint").succeeds().err.contains("llmos-hook:   \(name)\n"))
  }

  @Test func conflictsAreNamed() async throws {
    let s = try await Sandbox.governed()
    _ = try await s.sh(
      """
      echo 2 >README; git stash -q; echo 3 >README; git commit -qam three; llmos-hook set MAINTENANCE UPDATE
      git stash pop -q || true
      """)
    try await s.llmos("next-phase", "--checkpoint").isRefused(1, "README has conflicts", "git add README")
    try await s.sh("echo 4 >README; git add README").succeeds()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.git("show", "HEAD:README").out == "4\n")
  }

  /// Names with every letter, a directory that becomes a file and the other way round, and one that becomes a symlink.
  @Test func oddChangesAreCommittedAsTheyAre() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      mkdir d e; echo 1 >d/f; echo 1 >e/f; echo 1 >file; echo 1 >':(top)x'; git add -A; git commit -qm base
      llmos-hook set MAINTENANCE UPDATE
      rm -r d; echo now a file >d; rm file; mkdir file; echo below >file/f; mv e ../e; ln -s ../../e e
      rm ':(top)x'; echo "odd" >"$(printf 'a\\nb*\\377')"; chmod +x README
      """
    ).succeeds()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await status(s).isEmpty)
    #expect(try await s.git("ls-tree", "HEAD", "e").out.hasPrefix("120000"))
    #expect(try await s.git("ls-tree", "HEAD", "README").out.hasPrefix("100755"))
    try await s.git("fsck", "--strict", "--no-dangling").succeeds()
  }

  /// A file of 2 GB goes through git, not through our memory.
  @Test func aLargeFileIsCommitted() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try await s.sh("git config core.looseCompression 1; truncate -s 2200M large").succeeds()
    let done = try await s.sh("ulimit -v 4000000; llmos-hook next-phase --checkpoint")
    #expect(done.code == 0, "\(done.err)")
    #expect(try await s.git("cat-file", "-s", "HEAD:large").out.trimmed == "2306867200")
    try await s.sh("echo x >>large; llmos-hook set MAINTENANCE UPDATE; llmos-hook next-phase --checkpoint")
      .succeeds()
    #expect(try await s.git("cat-file", "-s", "HEAD:large").out.trimmed == "2306867200", "it lay about")
  }

  /// Somebody goes on writing: no half of a file is committed, and nothing moves.
  @Test func aFileThatChangesWhileItIsRead() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    let before = try await s.head()
    let refused = try await s.sh(
      """
      git config filter.slow.clean "cat; date +%N >>busy"; echo 'busy filter=slow' >.gitattributes; echo 1 >busy
      llmos-hook next-phase --checkpoint
      """)
    refused.isRefused(75, "no checkpoint: busy changes while it is read")
    #expect(try await s.head() == before)
    #expect(try await s.place() == "MAINTENANCE:UPDATE")
    try await s.sh("git config filter.slow.clean cat").succeeds()
    try await s.llmos("next-phase", "--checkpoint").succeeds()
  }

  @Test func aFileThatCannotBeReadIsNamed() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try await s.sh(
      "git config filter.bad.clean false; git config filter.bad.required true; echo '*.x filter=bad' >.gitattributes; echo 1 >a.x"
    )
    .succeeds()
    let before = try await s.head()
    try await s.llmos("next-phase", "--checkpoint").isRefused(74, "git could not stage", "a.x")
    #expect(try await s.head() == before)
  }
}
