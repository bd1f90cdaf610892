import Foundation
import Testing

/// What others do to the repository while a rollback is at work.
@Suite struct RollbackDisturbanceTests {
  @Test func atTheSameTime() async throws {
    let s = try await RollbackTests.project()
    let before = try await s.head()
    let wait = "touch ../verifying; while [ ! -e ../go ]; do sleep 0.1; done; git gc -q --prune=now"
    async let first = s.llmos("rollback", "v1", "--verify", wait)
    while !s.exists("../verifying") { try await Task.sleep(for: .milliseconds(50)) }
    try await s.llmos("rollback", "v2").isRefused(75, "another rollback")
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").isRefused(1, "--continue")
    try s.write("../go", "")
    try await first.succeeds()
    #expect(try await s.head("%P") == before)
    try await s.git("fsck").succeeds()
  }

  /// A branch `side`, and a tag `v4` with a file that HEAD has not and that stands in the way.
  ///
  /// Whenever git takes that file's content and `../strike` is there, this is removed and a script runs in
  /// the worktree: so it comes after the rollback has looked at everything, and before it moves anything.
  private static func disturbed(by script: String) async throws -> Sandbox {
    let s = try await RollbackTests.project()
    try s.write(".gitattributes", "*.dat filter=strike\n")
    try s.write("x.dat", "target\n")
    try s.write("other.log", "target\n")
    try await s.sh(
      """
      git add . && git add -f other.log && git commit -qm dat && git tag v4 && git rm -q x.dat other.log && git commit -qm none &&
      git branch side HEAD~2 && git config filter.strike.clean 'sh ../strike.sh'
      """
    ).succeeds()
    try s.write("x.dat", "mine\n")
    try s.write(
      "../strike.sh",
      """
      cat
      [ -e ../strike ] || exit 0
      rm ../strike
      unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX GIT_CONFIG_PARAMETERS
      { \(script); } >../struck 2>&1
      """)
    return s
  }

  @Test(arguments: ["git checkout -q side", "git add new-file", "git commit -qm x --allow-empty"])
  func gitIsAtWorkBetweenPlanAndMove(command: String) async throws {
    let s = try await Self.disturbed(by: command)
    try s.write("new-file", "new\n")
    let twin = s.root + "/twin"
    try await s.sh("cp -a . ../twin && cd ../twin && \(command)").succeeds()
    try s.write("../strike", "")
    try await s.llmos("rollback", "v4", "--force", "--quiet").isRefused(
      75, "another git process has changed", "run the same command again")
    #expect(!s.exists("../strike") && !s.exists(".git/llmos/rollback.json") && !s.exists(".git/index.lock"))
    #expect(try await RollbackTests.look(s) == RollbackTests.look(s, in: twin))
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:IMPLEMENTATION")
    try await s.llmos("rollback", "HEAD~1", "--force").succeeds()
  }

  @Test func gitChecksOutAnotherBranchBehindTheMove() async throws {
    let s = try await RollbackTests.project()
    try await s.git("branch", "side", "v2").succeeds()
    try s.write("tracked.log", "in the way\n")
    let before = try await RollbackTests.look(s)
    try await s.llmos("rollback", "v1", "--force", "--quiet", "--verify", "git checkout -q side").isRefused(
      1, "could not be restored", "HEAD is no longer on main", "--abort")
    #expect(try s.read("f") == "two\n", "side's files are there")
    try await s.llmos("rollback", "--abort").isRefused(1, "git symbolic-ref HEAD refs/heads/main")
    try await s.git("symbolic-ref", "HEAD", "refs/heads/main").succeeds()
    try await s.llmos("rollback", "--abort").succeeds()
    #expect(try await RollbackTests.look(s) == before)
  }

  /// For v4 x.dat is in the way, and its content is taken when the plan is made; for v1 it is only
  /// untracked, and its content is taken when the backup is written.
  @Test(arguments: [("v4", "other.log"), ("v1", "tracked.log")])
  func anIgnoredFileThatComesLateStays(target: String, path: String) async throws {
    let s = try await Self.disturbed(by: "echo precious >\(path)")
    let before = try await RollbackTests.look(s)
    try s.write("../strike", "")
    try await s.llmos("rollback", target, "--force", "--quiet").isRefused(75, path + " is new, at a path")
    #expect(try s.read(path) == "precious\n")
    #expect(!s.exists("../strike") && !s.exists(".git/llmos/rollback.json") && !s.exists(".git/index.lock"))
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:IMPLEMENTATION")
    try await s.sh("rm \(path)").succeeds()
    #expect(try await RollbackTests.look(s) == before)
    try await s.llmos("rollback", target, "--force").succeeds()
    #expect(try s.read(path) != "precious\n")
  }

  @Test func aFileHeldOpenElsewhere() async throws {
    let s = try await RollbackTests.project()
    let held = try await s.sh(
      "exec 3<f 4>>f && llmos-hook rollback v1 >&2 && echo late >&4 && cat <&3 && git status --short"
    ).succeeds()
    #expect(held.out == "three\nlate\n", "who holds the old file goes on with it")
    #expect(try s.read("f") == "one\n")
    try await s.llmos("rollback", "--undo").succeeds()
    #expect(try s.read("f") == "three\n")
  }

  @Test func progressIsForATerminal() async throws {
    let s = try await RollbackTests.project()
    try s.write(".gitattributes", "*.slow filter=slow\n")
    try await s.sh(
      """
      for i in 1 2 3 4 5 6; do echo $i >$i.slow; done; git add . && git commit -qm slow && git tag v4 &&
      git rm -q -- '*.slow' && git commit -qm none && git config filter.slow.smudge 'sleep 0.4; cat'
      """
    ).succeeds()
    let progress = /Updating files: +[0-9]+% \([0-9]+\/[0-9]+\)/
    let plain = try await s.llmos("rollback", "v4").succeeds()
    #expect(!plain.all.contains("Updating files"))
    for (options, isShown) in [("", true), ("--quiet", false)] {
      try await s.llmos("rollback", "--undo").succeeds()
      let shown = try await s.sh("script -qec 'llmos-hook rollback v4 \(options)' /dev/null").succeeds()
      #expect(shown.out.contains(progress) == isShown, "\(shown.out)")
    }
  }

  @Test(arguments: [".", "sub"])
  func aDirectoryThatCannotBeWritten(directory: String) async throws {
    let s = try await RollbackTests.project()
    try s.write("sub/keep", "changed\n")
    try await s.git("commit", "-qam", "four").succeeds()
    let before = try await RollbackTests.look(s)
    // root may write anywhere: then as another user, who also cannot read where the program was built.
    try await s.sh(
      """
      chmod 555 \(directory) && cp "$(command -v llmos-hook)" "$HOME/program" && code=0
      if [ "$(id -u)" -eq 0 ]; then
        chown -R 65534:65534 . "$HOME" && as='setpriv --reuid=65534 --regid=65534 --clear-groups'
      fi
      $as "$HOME/program" rollback v1 >"$HOME/said" 2>&1 || code=$?
      chmod 755 \(directory) && [ "$(id -u)" -ne 0 ] || chown -R 0:0 . "$HOME"
      cat "$HOME/said" && [ $code -ne 0 ]
      """
    ).succeeds()
    #expect(!s.exists(".git/index.lock"))
    #expect(!s.exists(".git/llmos/rollback.json"))
    #expect(try await RollbackTests.look(s) == before)
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:IMPLEMENTATION")
    try await s.llmos("rollback", "v1").succeeds()
  }
}
