import Foundation
import Testing

/// Beside other tools that stand in the hooks: theirs run where they stood, and read ours as text.
@Suite struct NeighbourTests {
  /// husky 9.1 and 9.0, and stubs that say it in another way: all go from `$0` two directories up.
  @Test(arguments: [
    ". \"$(dirname \"$0\")/h\"", ". \"${0%/*}/h\"", "exec sh -c '. \"${0%/*}/h\"' \"$0\" \"$@\"",
  ])
  func huskysStubsFindTheProjectsHook(stub: String) async throws {
    let s = try await Sandbox()
    try s.write(
      ".husky/_/h",
      "n=$(basename \"$0\")\ns=$(dirname \"$(dirname \"$0\")\")/$n\n[ ! -f \"$s\" ] && exit 0\nsh -e \"$s\" \"$@\"\n"
    )
    for name in ["pre-commit", "commit-msg", "prepare-commit-msg"] {
      try s.write(".husky/_/\(name)", "#!/usr/bin/env sh\n\(stub)\n", executable: true)
    }
    try s.write(".husky/pre-commit", "echo husky >>ran\nexit ${VETO:-0}\n")
    try await s.git("config", "core.hooksPath", ".husky/_").succeeds()
    try await s.llmos("install", "--no-scripts").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "husky\n")
    let vetoed = try await s.git("commit", "-q", "--allow-empty", "-m", "y", env: ["VETO": "1"])
    #expect(vetoed.code == 1, "\(vetoed.all)")
    #expect(try await s.head("%s") == "x")
    #expect(try await s.git("status", "--short").out == "?? .husky/\n?? ran\n")
    try await s.llmos("uninstall").succeeds()
    #expect(!s.exists(".husky/_.llmos-kept"))
    #expect(try s.read(".husky/_/pre-commit") == "#!/usr/bin/env sh\n\(stub)\n")
  }

  /// By its place: as a file, as a relative or an absolute symlink, without a first line that says what it is.
  @Test(arguments: ["cp tools/hook .git/hooks/commit-msg", "ln -s ../../tools/hook .git/hooks/commit-msg"])
  func aKeptHookFindsItsRepositoryByItsPlace(put: String) async throws {
    let s = try await Sandbox()
    try s.write("tools/lib.sh", "echo lib >>ran\n")
    try s.write(".git/hooks/beside", "echo beside >>ran\n")
    for first in ["#!/bin/sh\n", ""] {
      try s.write(
        "tools/hook",
        first + ". \"$(dirname \"$0\")/../../tools/lib.sh\"\n. \"${0%/*}/beside\"\ncat \"$1\" >>ran\n",
        executable: true)
      try await s.sh("rm -f ran; " + put).succeeds()
      try await s.llmos("install", "--no-scripts").succeeds()
      try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
      try await s.git("commit", "-q", "--allow-empty", "-m", "hello").succeeds()
      let ran = try s.read("ran")
      #expect(ran.hasPrefix("lib\nbeside\nhello\n"), "\(ran)")
      try await s.llmos("uninstall").succeeds()
      #expect(!s.exists(".git/hooks.llmos-kept"))
      try await s.sh("cmp tools/hook .git/hooks/commit-msg && rm .git/hooks/commit-msg").succeeds()
    }
  }

  /// git says so, and where ours stands in its place, we do.
  @Test func aHookThatIsNotExecutableIsTold() async throws {
    let s = try await Sandbox()
    try s.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n")
    let before = try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    try await s.llmos("install", "--no-scripts").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    let after = try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(before.err.hasPrefix("hint: The '.git/hooks/pre-commit' hook was ignored"), "\(before.err)")
    #expect(after.err.split(separator: "\n").prefix(1) == before.err.split(separator: "\n").prefix(1))
    try await s.git("config", "advice.ignoredHook", "false").succeeds()
    #expect(try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds().err == "")
  }

  /// prek and overcommit read the hooks that they find as text.
  @Test func ourHooksAreText() async throws {
    let s = try await Sandbox.governed()
    let names = try FileManager.default.contentsOfDirectory(atPath: s.repository + "/.git/hooks")
    for name in names {
      let bytes = try Data(contentsOf: URL(filePath: s.repository + "/.git/hooks/" + name))
      #expect(String(validating: bytes, as: UTF8.self) != nil, "\(name)")
    }
  }

  /// The launcher: as a name on PATH, with odd and with long paths, and when the gate is gone.
  @Test func theLauncherGoesFromItsOwnPlace() async throws {
    let s = try await Sandbox.governed()
    let deep = s.root + (1...20).map { "/" + String(repeating: "d", count: 150) + String($0) }.joined()
    try await s.sh(
      """
      set -e; hook=.git/hooks/pre-commit; rm .git/llmos/bin/llmos-gate
      printf '#!/bin/sh\\nprintf "%%s|" "$@"; cat\\n' >.git/llmos/bin/llmos-gate; chmod +x .git/llmos/bin/llmos-gate
      [ "$(echo in | $hook 'a b' '' c)" = 'a b||c|in' ]
      [ "$(cd .git/hooks; echo in | ./pre-commit x)" = 'x|in' ]
      [ "$(echo in | .git/hooks/../hooks/reference-transaction prepared)" = 'prepared|in' ]
      for state in preparing committed aborted; do
        [ -z "$(echo in | .git/hooks/reference-transaction $state)" ]
      done
      mkdir .git/hooks.llmos-kept; touch .git/hooks.llmos-kept/reference-transaction
      [ "$(echo in | .git/hooks/reference-transaction aborted)" = 'aborted|in' ]
      mkdir -p '\(deep)/hooks' '\(deep)/llmos/bin'; cp .git/hooks/pre-commit '\(deep)/hooks'
      cp .git/llmos/bin/llmos-gate '\(deep)/llmos/bin'; [ "$(echo in | '\(deep)/hooks/pre-commit' x)" = 'x|in' ]
      """
    ).succeeds()
    try await s.sh("rm .git/llmos/bin/llmos-gate").succeeds()
    let gone = try await s.sh(".git/hooks/pre-commit; code=$?; [ $code = 69 ]")
    #expect(gone.code == 0)
    #expect(
      gone.err == """
        llmos-hook: refused: the gate of this repository is gone, so nothing can be decided
          next: llmos-hook install

        """)
  }

  /// What versions before this one kept among the hooks is moved, with its links.
  @Test func hooksThatWereKeptBelowAreMoved() async throws {
    let s = try await Sandbox()
    try s.write("tools/msg", "#!/bin/sh\necho msg >>ran\n", executable: true)
    try await s.llmos("install", "--no-scripts").succeeds()
    try s.write(".git/hooks/.llmos-kept/pre-commit", "#!/bin/sh\necho kept >>ran\n", executable: true)
    try await s.sh(
      """
      set -e; cd .git/hooks; touch h; ln -s ../h .llmos-kept/h; ln -s ../../../tools/msg .llmos-kept/commit-msg
      """
    ).succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    try await s.llmos("install", "--no-scripts").succeeds()
    #expect(!s.exists(".git/hooks/.llmos-kept"))
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "kept\nmsg\nkept\nmsg\n")
    try await s.llmos("uninstall").succeeds()
    #expect(!s.exists(".git/hooks.llmos-kept"))
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "kept\nmsg\nkept\nmsg\nkept\nmsg\n")
  }

  /// lefthook moves the hook that it finds to `.old` and overcommit into `old-hooks/`; when they are uninstalled, they put
  /// it back. By then ours may be gone, and the user's own hook is to be there.
  @Test(
    arguments: [
      ("mv pre-commit pre-commit.old", "mv pre-commit.old pre-commit"),
      ("mkdir old-hooks; mv pre-commit old-hooks", "mv old-hooks/pre-commit .; rmdir old-hooks"),
    ], [false, true])
  func aManagerThatMovesOursAsidePutsBackTheUsersOwn(
    move: (aside: String, back: String), installsAgain: Bool
  ) async throws {
    let s = try await Sandbox()
    try s.write(".git/hooks/pre-commit", "#!/bin/sh\necho own >>ran\n", executable: true)
    try await s.llmos("install", "--no-scripts").succeeds()
    let manager = "#!/bin/sh\necho manager >>ran\n"
    try await s.sh("cd .git/hooks; \(move.aside)").succeeds()
    try s.write(".git/hooks/pre-commit", manager, executable: true)
    if installsAgain {
      try await s.llmos("install", "--no-scripts").succeeds()
      try await s.llmos("doctor").succeeds()
    }
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow commit_changes")
    try await s.sh("rm -f ran; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason x")
      .succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "manager\n")
    try await s.llmos("uninstall").succeeds()
    #expect(try s.read(".git/hooks/pre-commit") == manager)
    #expect(!s.exists(".git/hooks.llmos-kept"))
    try await s.sh("cd .git/hooks; rm pre-commit; \(move.back)").succeeds()
    try await s.sh("rm ran; git commit -q --allow-empty -m y").succeeds()
    #expect(try s.read("ran") == "own\n")
    #expect(try await s.sh("grep -rl llmos .git/hooks .git/config .git/info").out == "")
  }

  /// Githooks and Entire move the hook that they find aside, each under a name of its own, and run it there.
  @Test(arguments: ["replaced.githook", "pre-entire", "old"])
  func aManagerThatRunsOursUnderAnotherNameGoesOn(ending: String) async throws {
    let s = try await Sandbox()
    try s.write(".git/hooks/pre-commit", "#!/bin/sh\necho own >>ran\n", executable: true)
    try await s.llmos("install", "--no-scripts").succeeds()
    try await s.sh("cd .git/hooks; mv pre-commit pre-commit.\(ending)").succeeds()
    // As they are written: where there is nothing to run, they fail.
    let manager = "#!/bin/sh\necho manager >>ran\n\"$(dirname \"$0\")/pre-commit.\(ending)\" \"$@\"\n"
    try s.write(".git/hooks/pre-commit", manager, executable: true)
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow commit_changes")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "x").succeeds()
    for command in [
      "true", "llmos-hook --quiet install --no-scripts; llmos-hook doctor", "llmos-hook uninstall",
    ] {
      try await s.sh("rm -f ran; \(command)").succeeds()
      try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
      #expect(try s.read("ran") == "manager\nown\n", "\(command)")
    }
    #expect(!s.exists(".git/hooks.llmos-kept"))
  }

  /// lefthook is installed with each `npm install`, and moves no hook aside where it has done so before.
  @Test func aManagerMayBeInstalledAgainAndAgain() async throws {
    let s = try await Sandbox()
    let manager = """
      cd .git/hooks
      if [ -e pre-commit ] && ! grep -q MANAGER pre-commit; then
        [ ! -e pre-commit.old ] || { echo "cannot rename, pre-commit.old exists" >&2; exit 1; }
        mv pre-commit pre-commit.old
      fi
      printf '#!/bin/sh\n# MANAGER\necho manager >>ran\n' >pre-commit; chmod +x pre-commit
      """
    for _ in 0..<3 {
      try await s.sh(manager).succeeds()
      try await s.sh("llmos-hook --quiet install --no-scripts; llmos-hook doctor").succeeds()
    }
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "x").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "manager\n")
  }

  /// What stands in a directory of a dispatcher is run by it, but finds no gate: install puts the user's own hook there.
  @Test func aDispatcherThatTakesOursInGetsTheUsersOwn() async throws {
    let s = try await Sandbox()
    try s.write(".git/hooks/pre-commit", "#!/bin/sh\necho own >>ran\n", executable: true)
    try await s.llmos("install", "--no-scripts").succeeds()
    try await s.sh("cd .git/hooks; mkdir pre-commit.d; mv pre-commit pre-commit.d/10-found").succeeds()
    try s.write(
      ".git/hooks/pre-commit", "#!/bin/sh\nfor f in \"$0.d\"/*; do \"$f\" \"$@\" || exit; done\n",
      executable: true)
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "x").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "next: llmos-hook install")
    try await s.llmos("install", "--no-scripts").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "own\n")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "x").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow commit_changes")
  }

  /// What comes beside a kept hook later is found by it, and what it writes there is found by whoever looks beside the
  /// hooks.
  @Test func aKeptHookHasItsNeighboursOfToday() async throws {
    let s = try await Sandbox()
    try s.write(
      "hooks/pre-commit",
      "#!/bin/sh\necho run >>\"$(dirname \"$0\")/log\"\nfor f in \"$0.d\"/*; do [ ! -x \"$f\" ] || \"$f\"; done\n",
      executable: true)
    // A library of a hooks directory that is a link, too.
    try s.write("hooks/library", "")
    try await s.sh("rm -rf .git/hooks; ln -s ../hooks .git/hooks").succeeds()
    try await s.llmos("install", "--no-scripts").succeeds()
    #expect(try await s.sh("[ -e hooks.llmos-kept/library ]").code == 0)
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "x").succeeds()
    try s.write("hooks/pre-commit.d/new", "#!/bin/sh\necho new >>ran\n", executable: true)
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "new\n")
    try await s.llmos("uninstall").succeeds()
    #expect(try s.read("hooks/log") == "run\n")
    #expect(!s.exists("hooks.llmos-kept"))
  }

  /// Who writes over ours writes over no hook that ours had replaced.
  @Test(arguments: [true, false]) func theHookThatWasKeptFirstIsNotLost(installsAgain: Bool) async throws {
    let s = try await Sandbox()
    try s.write(".git/hooks/pre-commit", "#!/bin/sh\necho own >>ran\n", executable: true)
    try await s.llmos("install", "--no-scripts").succeeds()
    try await s.sh("printf '#!/bin/sh\\necho other >>ran\\n' >.git/hooks/pre-commit").succeeds()
    if installsAgain {
      let told = try await s.llmos("install", "--no-scripts").succeeds()
      #expect(told.err.contains("hooks.llmos-kept/pre-commit.kept, and runs no more"), "\(told.err)")
    }
    let told = try await s.llmos("uninstall").succeeds()
    #expect(told.err.contains(".git/hooks/pre-commit.kept"), "\(told.err)")
    #expect(try s.read(".git/hooks/pre-commit.kept") == "#!/bin/sh\necho own >>ran\n")
    #expect(try s.read(".git/hooks/pre-commit") == "#!/bin/sh\necho other >>ran\n")
    #expect(!s.exists(".git/hooks.llmos-kept"))
  }

  /// A tool that adds its line to the hook that it finds: an executable and a script alike.
  @Test(arguments: [".git/hooks", "hooks"]) func linesBehindOursRunOnceTheyAreKept(place: String) async throws
  {
    let s = try await Sandbox()
    if place == "hooks" { try await s.sh("mkdir hooks; git config core.hooksPath hooks").succeeds() }
    try await s.llmos("install", "--no-scripts").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "x").succeeds()
    let append = "printf '\\necho \"tool $1\" >>ran\\n' >>\(place)/commit-msg"
    for _ in 0..<2 {
      try await s.sh("rm -f ran; rm -rf \(place).llmos-kept; \(append)").succeeds()
      let doctor = try await s.llmos("doctor")
      #expect(doctor.code == 1 && doctor.out.contains("do not run there: commit-msg"), "\(doctor.out)")
      try await s.sh("llmos-hook --quiet install --no-scripts; llmos-hook doctor").succeeds()
      try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
      #expect(try s.read("ran") == "tool .git/COMMIT_EDITMSG\n")
    }
    // Another one, which install has not seen: uninstall leaves both.
    try await s.sh("echo 'echo other >>ran' >>\(place)/pre-commit; llmos-hook uninstall; rm ran").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "other\ntool .git/COMMIT_EDITMSG\n")
    #expect(!s.exists(place + ".llmos-kept"))
  }

  /// A checkout with CR LF: git says that there is no such file, and there is.
  @Test func aHookWhoseLinesEndInAnotherWayIsToldSo() async throws {
    let s = try await Sandbox()
    try s.write(".git/hooks/pre-commit", "#!/bin/sh\r\nexit 0\r\n", executable: true)
    try await s.llmos("install", "--no-scripts").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "x").succeeds()
    let refused = try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "cannot be run")
    #expect(refused.err.contains("its lines end in CR LF"), "\(refused.err)")
  }

  /// pre-commit and prek run the hook that they found, as `.legacy`, and refuse when that is one of theirs again.
  @Test(arguments: ["", "/opt/other"]) func aManagerThatIsInstalledAgainRunsOnce(otherPlace: String)
    async throws
  {
    let s = try await Sandbox()
    let manager = """
      # This is written
      # by the manager,
      # with the place
      # of its program.
      # Do not edit it.

      here=$(cd "$(dirname "$0")" && pwd); name=$(basename "$0")
      [ -z "$PRE_COMMIT_RUNNING_LEGACY" ] || { echo "installed in migration mode"; exit 1; }
      if [ -x "$here/$name.legacy" ]; then PRE_COMMIT_RUNNING_LEGACY=1 "$here/$name.legacy" "$@" || exit; fi
      echo manager >>ran; exit ${VETO:-0}

      """
    func install(_ place: String) async throws {
      try await s.sh("cd .git/hooks; [ ! -e pre-commit ] || mv pre-commit pre-commit.legacy").succeeds()
      try s.write(".git/hooks/pre-commit", "#!/bin/sh\nPLACE=\(place)\n" + manager, executable: true)
    }
    try await install("")
    try await s.llmos("install", "--no-scripts").succeeds()
    try await install(otherPlace)
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow commit_changes")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "x").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "manager\n")
    #expect(try await s.git("commit", "--allow-empty", "-m", "y", env: ["VETO": "1"]).code == 1)
    // Again over us, and away.
    try await s.sh("llmos-hook --quiet install --no-scripts; llmos-hook doctor").succeeds()
    try await s.sh("rm ran; git commit -q --allow-empty -m x").succeeds()
    #expect(try s.read("ran") == "manager\n")
    try await s.sh("llmos-hook uninstall; rm ran; git commit -q --allow-empty -m x").succeeds()
    #expect(try s.read("ran") == "manager\n")
    #expect(!s.exists(".git/hooks.llmos-kept"))
  }

  // MARK: Where the hooks lie

  /// A directory outside the repository may be anybody's.
  @Test(arguments: [
    ("rm -rf .git/hooks; ln -s ../../common .git/hooks", "is a link to"),
    ("git config core.hooksPath ../common", "leads out of this repository (../common)"),
    ("git config core.hooksPath \"$(cd ../common; pwd)\"", "leads out of this repository"),
    ("mkdir h; rmdir h; ln -s ../common h; git config core.hooksPath h", "leads out of this repository (h)"),
  ])
  func aSharedHooksDirectoryIsRefused(setup: String, words: String) async throws {
    let s = try await Sandbox()
    try await s.sh("mkdir ../common; " + setup).succeeds()
    let refused = try await s.llmos("install").isRefused(1, words)
    #expect(try await s.sh("ls -A ../common").out == "")
    #expect(!s.exists(".git/llmos") && !s.exists("step.sh"))
    // The remedy works.
    let remedy = try #require(
      refused.err.split(separator: "\n").last?.split(separator: ":", maxSplits: 1).last)
    try await s.sh(String(remedy)).succeeds()
    #expect(try await s.sh("ls -A ../common").out == "")
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow")
  }

  /// git runs none where the value is empty, and none in a file.
  @Test(arguments: [
    "git config core.hooksPath ''", "rm -rf .git/hooks; echo x >.git/hooks",
    "rm -rf .git/hooks/pre-commit; mkdir .git/hooks/pre-commit",
  ])
  func whereGitRunsNoHookIsTold(setup: String) async throws {
    let s = try await Sandbox()
    try await s.llmos("install", "--no-scripts").succeeds()
    try await s.sh(setup).succeeds()
    #expect(try await s.llmos("doctor").code == 1)
    let refused = try await s.llmos("install", "--no-scripts").isRefused(1, "hook")
    let remedy = try #require(refused.err.split(separator: "next: ").last)
    try await s.sh(remedy + "").succeeds()
    try await s.llmos("doctor").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow")
  }

  /// One of the repository's own may be linked.
  @Test func aLinkWithinTheRepositoryIsHonoured() async throws {
    let s = try await Sandbox()
    try s.write("lib", "echo lib >>ran\n")
    try s.write("githooks/pre-commit", "#!/bin/sh\n. \"$(dirname \"$0\")/../lib\"\n", executable: true)
    try await s.sh("rm -rf .git/hooks; ln -s ../githooks .git/hooks").succeeds()
    try await s.llmos("install", "--no-scripts").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "lib\n")
    try await s.llmos("uninstall").succeeds()
    #expect(
      try await s.sh("ls githooks; ls -d *.llmos-kept .git/*.llmos-kept 2>/dev/null").out == "pre-commit\n")
  }

  @Test func aHooksPathThatComesAfterwardsIsTold() async throws {
    let s = try await Sandbox.governed()
    try await s.git("config", "--global", "core.hooksPath", "/dev/null").succeeds()
    let doctor = try await s.llmos("doctor")
    #expect(doctor.code == 1)
    #expect(doctor.out.contains("core.hooksPath is set outside this repository (global: /dev/null)"))
    #expect(doctor.out.contains("git config --global --unset core.hooksPath"), "\(doctor.out)")
    try await s.git("config", "--global", "--unset", "core.hooksPath").succeeds()
    try await s.llmos("doctor").succeeds()
  }

  @Test func aRelativeHooksPathThatLeadsNowhereIsTold() async throws {
    let s = try await Sandbox()
    try await s.git("config", "core.hooksPath", ".git/hooks").succeeds()
    try await s.sh("git commit -q --allow-empty -m x; git worktree add -q -b w ../w").succeeds()
    try await s.llmos("install", "--no-scripts").succeeds()
    let w = s.root + "/w"
    let doctor = try await s.llmos("doctor", in: w)
    #expect(
      doctor.code == 1 && doctor.out.contains("core.hooksPath (.git/hooks) leads nowhere in"), "\(doctor.out)"
    )
    try await s.llmos("install", in: w).isRefused(1, "so git runs no hook here")
    let remedy = try #require(
      doctor.out.split(separator: "next: ").dropFirst().first?.split(separator: "\n").first)
    try await s.sh(String(remedy) + " --no-scripts", in: w).succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x", in: w).isRefused(1, "does not allow")
  }
}
