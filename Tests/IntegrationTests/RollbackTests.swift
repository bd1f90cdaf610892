import Foundation
import Testing

@Suite struct RollbackTests {
  /// Three commits, a tag at each: every kind of change between the first and the last.
  static func project() async throws -> Sandbox {
    try await Sandbox.copy(of: "RollbackTests") {
      let s = try await Sandbox()
      try s.write("f", "one\n")
      try s.write("gone/file", "one\n")
      try s.write("tool", "#!/bin/sh\n")
      try s.write("sub/keep", "keep\n")
      try s.write(".gitignore", "*.log\n")
      try s.write("tracked.log", "tracked\n")
      try await s.sh("ln -s f link && git add -f . && git commit -qm one && git tag v1").succeeds()
      try s.write("f", "two\n")
      try s.write("new", "new\n")
      try await s.sh(
        "git rm -rqf gone tracked.log && chmod +x tool && ln -sfn new link && git add . && git commit -qm two"
      ).succeeds()
      try await s.git("tag", "-a", "-m", "annotated", "v2").succeeds()
      try s.write("f", "three\n")
      try await s.git("commit", "-qam", "three").succeeds()
      try await s.llmos("install", "--no-scripts").succeeds()
      try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
      return s
    }
  }

  /// Worktree, index and HEAD.
  static func look(_ s: Sandbox, in directory: String? = nil) async throws -> String {
    try await s.sh(
      """
      git rev-parse HEAD && git symbolic-ref -q HEAD; git ls-files -s && git status --porcelain=v2 -uall &&
      find . -name .git -prune -o -name SCENARIO_STATE.yml -prune -o -type l -printf '%p -> %l\\n' -o \
        -type f -printf '%p %m ' -exec sha1sum '{}' ';' | sort
      """, in: directory
    ).succeeds().out
  }

  static func status(_ s: Sandbox) async throws -> [String: Any] {
    let out = try await s.llmos("status", "--json").succeeds().out
    return try #require(JSONSerialization.jsonObject(with: Data(out.utf8)) as? [String: Any])
  }

  @Test func revertAddsOneCommitWithTheTargetsTree() async throws {
    let s = try await Self.project()
    let before = try await Self.look(s)
    let head = try await s.head()
    try await s.llmos("rollback", "v1", "--reason", "it broke").succeeds()
    #expect(try await s.head("%T") == s.git("rev-parse", "v1^{tree}").out.trimmed)
    #expect(try await s.head("%P") == head)
    #expect(try await s.head("%B").hasSuffix("\n\nScenario: ROLLBACK/EXECUTE"))
    #expect(try await s.git("status", "--porcelain").out == "")
    #expect(try s.read("f") == "one\n" && s.exists("gone/file") && !s.exists("new"))
    let status = try await Self.status(s)
    #expect(status["status"] as? String == "REWORK" && status["phase"] as? String == "IMPLEMENTATION")
    #expect((status["context"] as? [String: Any])?["rollback_target"] is NSNull)
    #expect(status["pending_rollback"] is NSNull)
    let note = try await s.git("notes", "--ref=llmos", "show").succeeds().out.trimmed
    #expect(note.hasPrefix("{\"at\":") && note.contains("\"kind\":\"rollback\"") && note.contains("it broke"))
    let ledger = try await s.git("log", "--first-parent", "--format=%s", "refs/llmos/ledger/main").out
    for place in ["ROLLBACK:IDENTIFY", "ROLLBACK:EXECUTE", "ROLLBACK:VERIFY"] {
      #expect(ledger.contains(place))
    }
    #expect(!s.exists(".git/llmos/rollback.json") && !s.exists(".git/llmos/rollback"))
    #expect(try await s.git("for-each-ref", "refs/llmos/pending").out == "")
    try await s.llmos("rollback", "--undo").succeeds()
    #expect(try await Self.look(s) == before)
    #expect(try await Self.status(s)["status"] as? String == "IN_PROGRESS")
    try await s.llmos("rollback", "--undo").isRefused(1, "nothing to undo")
  }

  @Test(arguments: ["v2", "v1", "HEAD~1", "hash", "abbreviation", "branch"])
  func everyNameOfAnAncestor(name: String) async throws {
    let s = try await Self.project()
    try await s.git("branch", "old", "v1").succeeds()
    let hash = try await s.git("rev-parse", "v1").out.trimmed
    let word = ["hash": hash, "abbreviation": String(hash.prefix(8)), "branch": "old"][name] ?? name
    try await s.llmos("rollback", word, "--mode", "reset").succeeds()
    #expect(try await s.head() == s.git("rev-parse", word == "HEAD~1" ? "v2^{}" : word + "^{}").out.trimmed)
    #expect(try await s.git("status", "--porcelain").out == "")
  }

  @Test func targetsThatAreRefusedChangeNothing() async throws {
    let s = try await Self.project()
    try await s.sh(
      """
      git tag tree v1^{tree} && git tag blob v1:f && git branch both v1 && git tag both v2 &&
      git checkout -q -b side v1 && git commit -q --allow-empty --no-verify -m side && git checkout -q main
      """, env: ["LLMOS_ACTOR": "OWNER"]
    ).succeeds()
    let before = try await Self.look(s)
    for (name, words) in [
      ("nowhere", "no tag, branch or commit"), ("tree", "not a commit"), ("blob", "not a commit"),
      ("both", "ambiguous"), ("side", "is not an ancestor"), ("HEAD", "is HEAD"), ("main", "is HEAD"),
      ("", "no tag"),
      ("v1..v2", "no tag"), (":/three", "is HEAD"),
    ] { try await s.llmos("rollback", name).isRefused(1, words) }
    try await s.llmos("rollback", "v1", env: ["LLMOS_AGENT": "DEV"]).isRefused(
      1, "an agent cannot roll back")
    try await s.llmos("rollback", "--continue").isRefused(66, "no rollback is in progress")
    try await s.llmos("rollback", "--abort").isRefused(66, "no rollback is in progress")
    #expect(try await s.llmos("rollback").code == 64)
    #expect(try await s.llmos("rollback", "v1", "--undo").code == 64)
    #expect(try await s.llmos("rollback", "v1", "--dry-run").succeeds().out.contains("2 commits"))
    #expect(try await Self.look(s) == before)
    #expect(try await s.git("for-each-ref", "refs/llmos/backup").out == "")
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:IMPLEMENTATION")
  }

  @Test(arguments: ["merge", "cherry-pick", "revert", "rebase", "bisect", "unborn", "index.lock"])
  func situationsThatAreRefused(what: String) async throws {
    let s = try await Self.project()
    let script: String =
      switch what {
      case "merge", "cherry-pick", "revert":
        """
        git checkout -q -b other v2 && echo other >f && git commit -qam other && git checkout -q main
        git \(what == "revert" ? "revert --no-edit v2" : what + " other"); test -n "$(git ls-files -u)"
        """
      case "rebase":
        "git checkout -q -b other v2 && echo other >f && git commit -qam other; git rebase main; test -d .git/rebase-merge"
      case "bisect": "git bisect start HEAD v1"
      case "unborn": "git checkout -q --orphan fresh"
      default: ": >.git/index.lock"
      }
    try await s.sh(script, env: ["LLMOS_ACTOR": "OWNER"]).succeeds()
    let outcome = try await s.llmos("rollback", "v1", "--force")
    outcome.isRefused(what == "index.lock" ? 75 : 1, what == "unborn" ? "no commit yet" : what)
    #expect(!s.exists(".git/llmos/rollback.json"))
    if what == "index.lock" { #expect(s.exists(".git/index.lock"), "a live lock is git's") }
  }

  @Test func uncommittedWorkIsInTheBackupAndComesBack() async throws {
    let s = try await Self.project()
    try s.write("f", "staged\n")
    try await s.git("add", "f").succeeds()
    try s.write("f", "edited\n")
    try s.write("tracked.log", "ignored, in the way\n")
    try s.write("gone", "a file where the target has a directory\n")
    try s.write("other.log", "ignored\n")
    try s.write("untracked\nname/ü", "untracked\n", executable: true)
    let before = try await Self.look(s)
    try await s.llmos("rollback", "v1").isRefused(1, "uncommitted changes", "--force")
    #expect(try await Self.look(s) == before)
    for mode in ["revert", "reset"] {
      try await s.llmos("rollback", "v1", "--force", "--mode", mode).succeeds()
      #expect(
        try s.read("tracked.log") == "tracked\n" && s.read("gone/file") == "one\n" && s.read("f") == "one\n")
      #expect(try s.read("other.log") == "ignored\n" && s.exists("untracked\nname/ü"))
      let id = try #require(try await s.llmos("rollback", "--list").out.split(separator: " ").first)
      let backup = "refs/llmos/backup/\(id)"
      #expect(try await s.git("show", backup + ":f").out == "edited\n")
      #expect(try await s.git("show", backup + "^2:f").out == "staged\n")
      #expect(try await s.git("show", backup + ":gone").out.hasPrefix("a file"))
      #expect(try await s.git("show", backup + ":tracked.log").out.hasPrefix("ignored"))
      #expect(try await s.git("ls-tree", "-r", "-z", backup + "^3").out.contains("100755"))
      try await s.llmos("rollback", "--undo").succeeds()
      #expect(try await Self.look(s) == before)
    }
    // By hand, with plain git.
    try await s.llmos("rollback", "v1", "--force", "--mode", "reset").succeeds()
    let id = try #require(try await s.llmos("rollback", "--list").out.split(separator: " ").first)
    try await s.sh(
      "git reset -q --hard $B^1 && rm -rf untracked* && git stash apply -q --index $B",
      env: ["B": "refs/llmos/backup/\(id)"]
    ).succeeds()
    #expect(try s.read("f") == "edited\n" && s.read("tracked.log").hasPrefix("ignored"))
    #expect(try await s.git("show", ":f").out == "staged\n" && s.exists("untracked\nname/ü"))
  }

  @Test func conflictStagesComeBack() async throws {
    let s = try await Self.project()
    try await s.sh(
      "echo mine >f && git stash -q && echo theirs >f && git commit -qam four && ! git stash pop -q",
      env: ["LLMOS_ACTOR": "OWNER"]
    ).succeeds()
    let before = try await s.sh("git ls-files -s; cat f").out
    #expect(before.contains(" 3\tf"))
    try await s.llmos("rollback", "v1", "--force").succeeds()
    #expect(try s.read("f") == "one\n")
    let id = try #require(try await s.llmos("rollback", "--list").out.split(separator: " ").first)
    #expect(try await s.git("show", "refs/llmos/backup/\(id)^4:theirs/f").out == "mine\n")
    try await s.llmos("rollback", "--undo").succeeds()
    #expect(try await s.sh("git ls-files -s; cat f").out == before)
  }

  @Test(arguments: ["exit 3", "sleep 60", "echo changed >f", "git commit -q --allow-empty --no-verify -m x"])
  func aVerificationThatFailsPutsEverythingBack(command: String) async throws {
    let s = try await Self.project()
    try s.write("f", "edited\n")
    try s.write("tracked.log", "in the way\n")
    let before = try await Self.look(s)
    let outcome = try await s.llmos(
      "rollback", "v1", "--force", "--verify", command, "--verify-timeout", "2")
    #expect(outcome.code == 1 && outcome.err.contains("everything was restored"), "\(outcome.all)")
    #expect(try await Self.look(s) == before)
    #expect(try await s.llmos("status").out.hasPrefix("FEATURE_DEVELOPMENT:IMPLEMENTATION  IN_PROGRESS"))
    #expect(!s.exists(".git/llmos/rollback.json") && !s.exists(".git/index.lock"))
    try await s.llmos("rollback", "v1", "--force", "--verify", "test -f gone/file").succeeds()
  }

  @Test func whileOneIsPendingNoCommitLands() async throws {
    let s = try await Self.project()
    let before = try await Self.look(s)
    // Killed at the fourth rename of the journal's kind: the index is moved, the branch perhaps not.
    try await s.sh(
      "strace -qq -o /dev/null -e inject=rename:signal=SIGKILL:when=8 llmos-hook rollback v1 || true"
    ).succeeds()
    try #require(s.exists(".git/llmos/rollback.json"))
    try await s.sh("rm -f .git/index.lock").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").isRefused(1, "--continue", "--abort")
    #expect(try await s.llmos("status").out.contains("is not finished"))
    #expect((try await Self.status(s)["pending_rollback"] as? [String: Any])?["target"] as? String == "v1")
    #expect(try await Self.status(s)["may_commit"] as? Bool == false)
    try await s.llmos("rollback", "v2").isRefused(1, "--continue")
    try await s.llmos("rollback", "--abort").succeeds()
    #expect(try await Self.look(s) == before)
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
  }

  @Test func theStateFileNeverGoesBack() async throws {
    let s = try await Self.project()
    try await s.sh("git add -f SCENARIO_STATE.yml && git commit -qm state && git tag v3").succeeds()
    try await s.llmos("set", "MAINTENANCE").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try s.write("f", "four\n")
    try await s.sh("git add f && git commit -qm four").succeeds()
    for (target, mode) in [("v3", "revert"), ("v1", "revert"), ("v3", "reset")] {
      try await s.llmos("rollback", target, "--mode", mode).succeeds()
      #expect(try await Self.status(s)["state_file"] as? String == "sealed")
      #expect(try s.read("SCENARIO_STATE.yml").contains("REWORK"))
      #expect(try await s.git("diff", "--name-only", target, "--", ".", ":!SCENARIO_STATE.yml").out == "")
      if mode == "revert" {
        #expect(try await s.git("show", "HEAD:SCENARIO_STATE.yml").out.contains("ROLLBACK"))
      }
      try await s.llmos("rollback", "--undo").succeeds()
    }
    #expect(try s.read("f") == "four\n")
  }

  @Test func filtersAreGits() async throws {
    let s = try await Self.project()
    try s.write(".gitattributes", "*.dat filter=rot text eol=crlf\n")
    try await s.sh(
      """
      git config filter.rot.clean 'tr a-z n-za-m' && git config filter.rot.smudge 'tr n-za-m a-z'
      printf 'secret\\r\\n' >x.dat && git add . && git commit -qm data && git tag v3
      printf 'other\\r\\n' >x.dat && git commit -qam more && printf 'edited\\r\\n' >x.dat
      """
    ).succeeds()
    let before = try await Self.look(s)
    try await s.llmos("rollback", "v3", "--force").succeeds()
    #expect(try s.read("x.dat") == "secret\r\n")
    #expect(try await s.git("show", "HEAD:x.dat").out == "frperg\n")
    try await s.llmos("rollback", "--undo").succeeds()
    #expect(try await Self.look(s) == before)
  }

  @Test func sparseCheckoutDetachedHeadAndLinkedWorktree() async throws {
    let s = try await Self.project()
    try await s.sh("git sparse-checkout set --no-cone '/*' '!/sub/'").succeeds()
    try await s.llmos("rollback", "v1").succeeds()
    #expect(!s.exists("sub/keep") && s.exists("gone/file"))
    #expect(try await s.git("status", "--porcelain").out == "")
    try await s.llmos("rollback", "--undo").succeeds()
    try await s.git("checkout", "-q", "--detach").succeeds()
    try await s.llmos("rollback", "v2").succeeds()
    #expect(try await s.git("symbolic-ref", "-q", "HEAD").code == 1)
    #expect(try await s.head("%T") == s.git("rev-parse", "v2^{tree}").out.trimmed)
    let linked = s.root + "/linked"
    try await s.git("worktree", "add", "-q", "-b", "elsewhere", linked, "main").succeeds()
    try await s.llmos("rollback", "v1", in: linked).succeeds()
    #expect(try s.read(linked + "/f") == "one\n" && s.read("f") == "two\n")
    #expect(try await s.git("status", "--porcelain", in: linked).out == "")
    try await s.git("checkout", "-q", "--ignore-other-worktrees", "elsewhere").succeeds()
    try await s.llmos("rollback", "v2").isRefused(1, "also checked out")
  }

  @Test func submodulesAndForeignRepositories() async throws {
    let s = try await Self.project()
    try await s.sh(
      """
      git init -q "$HOME/lib" && git -C "$HOME/lib" commit -q --allow-empty -m lib
      git -c protocol.file.allow=always submodule --quiet add "$HOME/lib" lib && git commit -qm lib && git tag v4
      echo five >f && git commit -qam five && echo mine >lib/mine
      """
    ).succeeds()
    try await s.llmos("rollback", "v4").succeeds()
    #expect(try s.read("lib/mine") == "mine\n" && s.read("f") == "three\n")
    try await s.llmos("rollback", "v1").succeeds()
    #expect(try s.read("lib/mine") == "mine\n", "a submodule's own files are not ours to remove")
    try await s.sh("git rm -qf f && git commit -qm x && git init -q f && echo x >f/y").succeeds()
    try await s.llmos("rollback", "v1", "--force").isRefused(1, "is a nested repository")
    #expect(try s.read("f/y") == "x\n")
  }

  private func clone(_ options: String) async throws -> (Sandbox, String) {
    let s = try await Self.project()
    let clone = s.root + "/clone"
    try await s.git("config", "uploadpack.allowFilter", "true").succeeds()
    try await s.sh("git clone -q \(options) \"file://$PWD\" '\(clone)'").succeeds()
    try await s.llmos("install", "--no-scripts", in: clone).succeeds()
    return (s, clone)
  }

  @Test func aShallowClone() async throws {
    let (s, clone) = try await clone("--depth 2")
    try await s.git("fetch", "-q", "--depth", "1", "origin", "tag", "v1", in: clone).succeeds()
    try await s.llmos("rollback", "v1", in: clone).isRefused(1, "unshallow")
    try await s.llmos("rollback", "HEAD~1", in: clone).succeeds()
    #expect(try s.read(clone + "/f") == "two\n")
  }

  @Test func aPartialClone() async throws {
    let (s, clone) = try await clone("--filter=blob:none")
    try await s.llmos("rollback", "v1", in: clone).succeeds()
    #expect(try s.read(clone + "/f") == "one\n")
  }

  @Test func inAnIncidentTheScenarioStays() async throws {
    let s = try await Self.project()
    try await s.llmos("set", "DEPLOYMENT", "EXECUTE", "--context", "target_environment=dev").succeeds()
    try await s.llmos("event", "deploy-failure").succeeds()
    try await s.llmos("set", "INCIDENT_RECOVERY", "ROLLBACK").succeeds()
    try await s.llmos("rollback", "v2").succeeds()
    #expect(try await s.place() == "INCIDENT_RECOVERY:ROLLBACK")
    #expect(
      try await s.git("show", "refs/llmos/ledger/main:entry.json").out.contains("\"kind\":\"rollback\""))
  }

  @Test func theLastGoodCommit() async throws {
    let s = try await Self.project()
    try await s.llmos("rollback", "--last-good").isRefused(1, "known to be good")
    try await s.llmos("set", "DEPLOYMENT", "VERIFY", "--context", "target_environment=dev").succeeds()
    let good = try await s.head("%T")
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    for text in ["four\n", "five\n"] {
      try s.write("f", text)
      try await s.git("commit", "-qam", text).succeeds()
    }
    try await s.llmos("rollback", "--last-good").succeeds()
    #expect(try await s.head("%T") == good)
  }

  /// The ledger tells what was verified: no note that somebody wrote, and none that git copied to another commit.
  @Test func lastGoodIsWhatTheLedgerSays() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; for i in 1 2 3; do echo $i >a; git add a; git commit -qm $i; done
      git -c core.hooksPath=/dev/null notes --ref=llmos add -m '{"at":"x","kind":"phase-completed","phase":"VERIFY","scenario":"DEPLOYMENT"}' HEAD~1
      """
    ).succeeds()
    try await s.llmos("rollback", "--last-good").isRefused(1, "no earlier commit is known to be good")
    let good = try await s.head()
    try await s.sh(
      """
      set -e; llmos-hook set DEPLOYMENT VERIFY --context target_environment=dev; llmos-hook next-phase
      llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; echo 4 >a; git commit -qam 4
      """
    ).succeeds()
    #expect(try await s.llmos("rollback", "--last-good", "--dry-run").out.contains(good.prefix(10)))
    try await s.sh(
      "git reset -q --hard HEAD^; git commit -q --amend -m other; git commit -q --allow-empty -m x"
    )
    .succeeds()
    try await s.llmos("rollback", "--last-good").isRefused(1, "no earlier commit is known to be good")
  }

  @Test func oldBackupsGoOnlyWhenAsked() async throws {
    let s = try await Self.project()
    for _ in 1...2 {
      try await s.llmos("rollback", "v1").succeeds()
      try await s.llmos("rollback", "--undo").succeeds()
    }
    #expect(try await s.llmos("rollback", "--list").out.split(separator: "\n").count == 4)
    try await s.llmos("rollback", "v1", "--keep", "2").succeeds()
    #expect(try await s.llmos("rollback", "--list").out.split(separator: "\n").count == 2)
    try await s.llmos("rollback", "--undo").succeeds()
  }

  /// Not an object, not a lock, not a time (but of objects, which git makes younger where it finds them): neither of a plain
  /// worktree nor of one with everything in it.
  @Test(arguments: [
    "true", "echo x >>README; echo u >u; echo s >s; git add s; git rm -q --cached other",
    "git add -f SCENARIO_STATE.yml; git commit -qm state; echo u >gone",
    "llmos-hook scenarios export scenarios; git add .; git commit -qm scenarios",
  ])
  func aDryRunWritesNothing(prepare: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; echo o >other; echo g >gone; git add .; git commit -qm one; git tag good; git rm -q gone; git commit -qm two
      llmos-hook --quiet allow --once --reason x; \(prepare); git status >/dev/null
      """
    ).succeeds()
    let look = """
      find .git -not -path '.git/objects*' -printf '%p %m %s %T@\\n' | sort; \
      find .git/objects -printf '%p %m %s\\n' | sort; \
      find . -type f -print0 | sort -z | xargs -0 sha1sum; ls "$TMPDIR"
      """
    let place = ["TMPDIR": s.root + "/tmp"]
    try await s.sh("mkdir ../tmp").succeeds()
    try await s.sh("{ \(look); } >../before", env: place).succeeds()
    for options in ["", " --mode reset", " --force"] {
      let dry = try await s.sh("llmos-hook rollback good --dry-run" + options, env: place).succeeds()
      #expect(dry.out.contains("target   good"), "\(dry.all)")
    }
    // No rollback was made yet.
    try await s.llmos("rollback", "--undo", "--dry-run", env: place).isRefused(1, "nothing to undo")
    #expect(try await s.sh("{ \(look); } | diff ../before -", env: place).succeeds().out == "")
    // What it says is what happens.
    let said = try await s.sh("llmos-hook rollback good --dry-run | grep undone").out
    let done = try await s.sh("llmos-hook rollback good --force").succeeds()
    #expect(done.err.contains(said.trimmed), "\(said) \(done.err)")
    try await s.sh("touch .git/index.lock; llmos-hook rollback --undo --dry-run; rm .git/index.lock")
      .succeeds()
  }
}
