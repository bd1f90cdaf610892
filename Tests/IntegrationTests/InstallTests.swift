import Foundation
import Testing

@Suite struct InstallTests {
  /// Killed before it wrote down anything.
  @Test func whatAnInterruptedInstallationBeganWithIsTakenOut() async throws {
    let s = try await Sandbox()
    for left in ["mkdir bin; cp \"$(command -v llmos-gate)\" bin", "touch lock", "touch .llmos-new-1"] {
      try await s.sh("mkdir .git/llmos; cd .git/llmos; \(left)").succeeds()
      try await s.llmos("uninstall").succeeds()
      #expect(!s.exists(".git/llmos"))
    }
    try await s.llmos("uninstall").isRefused(66, "is not installed here")
    // The lock of the notes, of a git or a libgit2 that was killed, holds nothing up and does not stay.
    for command in ["install", "uninstall"] {
      try await s.sh("mkdir -p .git/refs/notes; touch .git/refs/notes/llmos.lock").succeeds()
      try await s.llmos(command).succeeds()
      #expect(!s.exists(".git/refs/notes/llmos.lock"))
    }
  }

  /// Everything below the repository that install could have changed, as text.
  private func picture(_ s: Sandbox) async throws -> String {
    try await s.sh(
      """
      find . -path ./.git/objects -prune -o -path ./.git/refs/llmos -prune -o -path ./.git/refs/notes -prune -o -path ./.git/logs -prune -o -path ./.git/reftable -prune -o \
        \\( -type f -o -type l \\) ! -name index -printf '%p %m %l\\n' | sort
      find .git/hooks .git/info .git/config * -type f | sort | xargs -d '\\n' sha1sum
      """
    ).out
  }

  @Test func uninstallRestoresToTheByte() async throws {
    let s = try await Sandbox()
    try await s.sh(
      """
      git commit -q --allow-empty -m x; git config notes.rewriteMode overwrite
      printf 'no end of line' >.git/info/exclude; mkdir -p tools
      printf '#!/bin/sh\\necho kept\\n' >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit
      printf '#!/bin/sh\\nexit 0\\n' >tools/msg; chmod +x tools/msg; ln -s ../../tools/msg .git/hooks/commit-msg
      printf "not executable" >.git/hooks/pre-push
      """
    ).succeeds()
    let before = try await picture(s)
    try await s.llmos("install").succeeds()
    #expect(try await picture(s) != before)
    let installed = try await picture(s)
    try await s.llmos("install").succeeds()
    #expect(try await picture(s) == installed, "twice is once")
    try await s.llmos("uninstall", env: ["LLMOS_AGENT": "DEV"]).isRefused(1, "agent")
    try await s.llmos("uninstall").succeeds()
    #expect(try await picture(s) == before)
    try await s.llmos("uninstall").isRefused(66, "not installed")
    try await s.git("commit", "-q", "--allow-empty", "-m", "free again").succeeds()
  }

  @Test func keptHooksRunWithEverythingTheyHad() async throws {
    let s = try await Sandbox()
    try s.write(
      ".git/hooks/prepare-commit-msg",
      "#!/bin/sh\necho \"$0 $*\" >>out\n[ \"$2\" != message ] || exit 0\nexit 3\n",
      executable: true)
    try s.write(
      ".git/hooks/commit-msg",
      "#!/usr/bin/env python3\nimport sys\nopen('out','a').write(open(sys.argv[1]).read())\n",
      executable: true)
    try s.write(
      ".git/hooks/pre-commit", "#!/bin/bash\n[ ! -e veto ] || { echo veto; exit 7; }\n", executable: true)
    try await s.llmos("install").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "hello").succeeds()
    let out = try s.read("out")
    #expect(
      out.hasPrefix(".git/hooks.llmos-kept/prepare-commit-msg .git/COMMIT_EDITMSG message\n"), "\(out)")
    #expect(out.contains("hello\n\nScenario: FEATURE_DEVELOPMENT/IMPLEMENTATION"))
    try s.write("veto", "")
    let vetoed = try await s.git("commit", "--allow-empty", "-m", "x")
    #expect(vetoed.code == 1 && vetoed.err == "veto\n", "\(vetoed.code) \(vetoed.all)")
    try await s.sh("rm veto").succeeds()
    let kept = try await s.git("commit", "--allow-empty", env: ["GIT_EDITOR": "echo x >"])
    #expect(kept.code == 1 && kept.all == "", "\(kept.code) \(kept.all)")
    #expect(try await s.head("%s") == "hello", "neither landed")
    // In a phase that forbids, a kept hook is not even asked.
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    try await s.sh("rm out; git commit --allow-empty -m x").isRefused(1, "FEATURE_DEVELOPMENT:QA")
    #expect(!s.exists("out"))
  }

  @Test(arguments: ["my hooks", ".git/other", "deep/er/hooks"])
  func aHooksPathOfTheRepositoryIsHonoured(path: String) async throws {
    let s = try await Sandbox()
    try s.write(path + "/pre-commit", "#!/bin/sh\necho ran >>ran\n", executable: true)
    try await s.git("config", "core.hooksPath", path).succeeds()
    try await s.llmos("install").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "does not allow")
    #expect(!s.exists("ran"))
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "ran\n")
    #expect(try await s.git("status", "--short", "--", "my hooks").out == "")
    try await s.llmos("uninstall").succeeds()
    #expect(try s.read(path + "/pre-commit") == "#!/bin/sh\necho ran >>ran\n")
  }

  @Test func aGlobalHooksPathIsRefused() async throws {
    let s = try await Sandbox()
    try await s.git("config", "--global", "core.hooksPath", "/tmp/hooks").succeeds()
    try await s.llmos("install").isRefused(
      1, "core.hooksPath is set outside this repository (global: /tmp/hooks)")
    #expect(!s.exists(".git/llmos"))
  }

  @Test func huskyAndPreCommitKeepRunning() async throws {
    let s = try await Sandbox()
    // husky 9: core.hooksPath is .husky/_, whose scripts find the user's hook from $0.
    try s.write(
      ".husky/_/h",
      "n=$(basename \"$0\")\ns=$(dirname \"$(dirname \"$0\")\")/$n\n[ ! -f \"$s\" ] && exit 0\nsh -e \"$s\" \"$@\"\n"
    )
    try s.write(".husky/_/pre-commit", "#!/usr/bin/env sh\n. \"${0%/*}/h\"\n", executable: true)
    try s.write(".husky/_/.gitignore", "*\n")
    try s.write(".husky/pre-commit", "echo husky >>ran\n")
    try await s.git("config", "core.hooksPath", ".husky/_").succeeds()
    try await s.llmos("install").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try s.read("ran") == "husky\n")
    // A manager that comes after us moves our hook to .legacy and calls it there.
    let t = try await Sandbox.governed()
    try await t.sh("mv .git/hooks/pre-commit .git/hooks/pre-commit.legacy").succeeds()
    try t.write(
      ".git/hooks/pre-commit",
      "#!/bin/sh\necho manager >>ran\nexec \"$(dirname \"$0\")/pre-commit.legacy\" \"$@\"\n", executable: true
    )
    try await t.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    try await t.llmos("install").succeeds()
    try await t.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    #expect(try t.read("ran") == "manager\nmanager\n")
    try await t.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    try await t.git("commit", "--allow-empty", "-m", "x").isRefused(
      1, "FEATURE_DEVELOPMENT:QA does not allow")
  }

  @Test func worktreesAndSubmodules() async throws {
    let s = try await Sandbox.governed()
    for name in ["wt", "main"] {
      let path = s.root + "/" + name
      try await s.git("worktree", "add", "-q", "-b", "of-" + name, path).succeeds()
      let first = try await s.git("commit", "-q", "--allow-empty", "-m", "x", in: path).succeeds()
      #expect(
        first.err
          == "llmos-hook: this worktree starts at FEATURE_DEVELOPMENT:IMPLEMENTATION, like the main one\n"
      )
      try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test", in: path).succeeds()
      try await s.git("commit", "--allow-empty", "-m", "x", in: path).isRefused(1, "FEATURE_DEVELOPMENT:QA")
      try await s.git("commit", "-q", "--allow-empty", "-m", "the main worktree goes on").succeeds()
    }
    #expect(
      try await s.git("for-each-ref", "--format=%(refname)", "refs/llmos").out
        == "refs/llmos/ledger/main\nrefs/llmos/ledger/main-\nrefs/llmos/ledger/wt\n")
    try await s.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "./.git", "sub")
      .succeeds()
    let sub = s.repository + "/sub"
    try await s.git("commit", "-q", "--allow-empty", "-m", "x", in: sub).succeeds()
    try await s.llmos("install", in: sub).succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x", in: sub).isRefused(1, "PROJECT_BOOTSTRAP")
    try await s.git("commit", "-qm", "superproject").succeeds()
  }

  @Test func aLockOfAGitThatWasKilledDoesNotStopUninstall() async throws {
    let s = try await Sandbox()
    let before = try await s.git("config", "--local", "--list").out
    try await s.llmos("install").succeeds()
    try s.write(".git/config.lock", "")
    try await s.llmos("uninstall").succeeds()
    #expect(try await s.git("config", "--local", "--list").out == before)
    #expect(!s.exists(".git/llmos/install"))
  }

  @Test func uninstallFromAnotherWorktreeLeavesNothingInTheFirst() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "git worktree add -q -b w ../w; git worktree add -q -b x ../x; rm -r ../x; llmos-hook -C ../w restore"
    )
    .succeeds()
    try s.write("llmos", "edited\n")
    try await s.llmos("uninstall", in: s.root + "/w").succeeds()
    #expect(try await s.git("status", "--short").out == "?? llmos\n", "what was edited stays")
    #expect(try await s.git("status", "--short", in: s.root + "/w").out == "")
    #expect(!s.exists("SCENARIO_STATE.yml") && !s.exists("step.sh"))
  }

  @Test func neverOverAFileOfOtherContent() async throws {
    let s = try await Sandbox()
    try s.write("step.sh", "mine")
    let report = try await s.llmos("install").succeeds()
    #expect(report.err.contains("step.sh exists with other content"))
    #expect(try s.read("step.sh") == "mine")
    try await s.llmos("uninstall").succeeds()
    #expect(try s.read("step.sh") == "mine")
    let t = try await Sandbox()
    try await t.llmos("install", "--no-scripts").succeeds()
    #expect(!t.exists("step.sh"))
  }

  @Test func anExistingStateIsSealedAsItIs() async throws {
    let s = try await Sandbox()
    let text = try String(
      contentsOfFile: Sandbox.package + "/Tests/IntegrationTests/Fixtures/SCENARIO_STATE.yml", encoding: .utf8
    )
    try s.write("SCENARIO_STATE.yml", text)
    try await s.llmos("install").succeeds()
    #expect(try s.read("SCENARIO_STATE.yml") == text)
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:IMPLEMENTATION")
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    try await s.llmos("next-phase").succeeds()
    #expect(try s.read("SCENARIO_STATE.yml").contains("owner_notes:"))
    let t = try await Sandbox()
    try t.write("SCENARIO_STATE.yml", text.replacing("IMPLEMENTATION", with: "CODING"))
    try await t.llmos("install").isRefused(65, "SCENARIO_STATE.yml:4:8", "no phase CODING")
  }

  @Test func theGateStaysWhenTheProgramIsGone() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "BRIEF")
    let nowhere: [String: String?] = ["PATH": "/usr/bin:/bin"]
    try await s.sh("rm .git/llmos/bin/llmos-hook").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x", env: nowhere).isRefused(1, "BRIEF")
    try await s.sh("./step.sh x", env: nowhere).isScriptRefusal("step.sh")
    try await s.sh("./llmos status", env: nowhere).isScriptRefusal("llmos")
    // The shell form, as a hooks directory in the worktree has it, blocks with a remedy.
    try await s.sh("rm -r .git/llmos/bin; cp '\(Sandbox.package)/hooks/pre-commit' .git/hooks/pre-commit")
      .succeeds()
    let outcome = try await s.git("commit", "--allow-empty", "-m", "x", env: nowhere)
    #expect(outcome.code == 1)
    #expect(outcome.err.contains("the gate is not installed here"))
  }
}

extension Outcome {
  func isScriptRefusal(_ name: String) {
    #expect(code == 69)
    #expect(err.contains(name + ": llmos-hook is not installed here"))
    #expect(err.contains("next: "))
  }
}
