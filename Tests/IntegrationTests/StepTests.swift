import Foundation
import Testing

@Suite struct StepTests {
  /// What an agent is told to do works where it was told so.
  @Test func theRemedyWorksWhereItIsSaid() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("mkdir sub; echo a >sub/a; git add sub/a").succeeds()
    let agent = ["CURSOR_AGENT": "1"]
    for (directory, words) in [
      ("", #"./step.sh "what changed""#), ("/sub", #"llmos-hook step -m "what changed""#),
    ] {
      let place = s.repository + directory
      let refused = try await s.git("commit", "-m", "x", in: place, env: agent).isRefused(1, "next: " + words)
      let remedy = try #require(refused.err.split(separator: "next: ").last.map(String.init))
      try await s.sh(remedy, in: place, env: agent).succeeds()
      try await s.sh("echo \(words.count) >sub/a; git add sub/a").succeeds()
    }
  }

  private let agent: [String: String?] = ["LLMOS_AGENT": "DEV"]

  /// Paths are named as git takes them: as patterns, with magic, in another way by the environment (magit sets it).
  @Test(arguments: [
    ("", "'*.txt'"), ("", "':(glob)**/*.txt'"), ("", "':/gone.txt' ':/new.txt'"), ("GLOB", "'*.txt'"),
    ("ICASE", "GONE.TXT NEW.TXT"), ("LITERAL", "gone.txt new.txt"), ("LITERAL", ""), ("NOGLOB", ""),
    ("GLOB", ""), ("ICASE", ""),
  ])
  func pathsAreNamedAsGitTakesThem(variable: String, paths: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("echo 1 >gone.txt; git add gone.txt; git commit -qm first").succeeds()
    try await s.sh("rm gone.txt; echo 2 >new.txt").succeeds()
    let environment = variable.isEmpty ? agent : agent.merging(["GIT_\(variable)_PATHSPECS": "1"]) { $1 }
    try await s.sh("./step.sh -m x \(paths)", env: environment).succeeds()
    #expect(
      try await s.git("show", "--name-status", "--format=", "--no-renames").out == "D\tgone.txt\nA\tnew.txt\n"
    )
    try await s.sh(
      "llmos-hook rollback HEAD~1 --reason x && llmos-hook doctor",
      env: environment.filter { $0.key != "LLMOS_AGENT" }
    ).succeeds()
  }

  /// A step of everything takes no other worktree of the repository along, wherever that lies.
  @Test func anotherWorktreeIsNoPartOfAStep() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("feature", "start", "login", "--dir", "trees/a [b]").succeeds()
    try await s.git("worktree", "add", "-q", "-b", "other", "own").succeeds()
    try await s.sh("echo 1 >trees/new; echo 2 >mine; llmos-hook step -m all").succeeds()
    let made = try await s.git("ls-tree", "-r", "HEAD").out
    #expect(
      made.contains("\tmine\n") && made.contains("\ttrees/new\n") && !made.contains("160000"), "\(made)")
    #expect(
      try await s.sh(
        "cd own; echo 3 >in; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION; llmos-hook step -m in"
      ).code == 0)
    #expect(try await s.git("show", "--format=", "--name-only", "other").out == "in\n")
  }

  @Test func anAgentCommitsThroughStep() async throws {
    let s = try await Sandbox.governed()
    try s.write("src/a b", "1")
    try await s.git("add", ".").succeeds()
    try await s.git("commit", "-m", "x", env: agent).isRefused(
      1, "agents commit through step.sh", "./step.sh")
    try await s.git("reset", "-q").succeeds()
    try await s.sh("./step.sh 'it''s \"done\"'", env: agent).succeeds()
    #expect(try await s.head("%s") == "[DEV] FEATURE_DEVELOPMENT:IMPLEMENTATION its \"done\"")
    #expect(try await s.head("%(trailers:key=Agent,valueonly)") == "DEV")
    // Everything that is not ignored was taken, but nothing that only the owner changes.
    #expect(try await s.git("show", "--name-only", "--format=").out == "src/a b\n")
    #expect(!s.exists(".git/llmos/step"))
  }

  @Test func takesThePathsElseWhatIsStagedElseEverything() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("echo 1 >a; echo 1 >b; echo 1 >c; git add b").succeeds()
    try await s.sh("./step.sh -m paths a", env: agent).succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "a\n")
    try await s.sh("./step.sh", env: agent).succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "b\n")
    #expect(try await s.head("%s").contains(/IMPLEMENTATION \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/))
    try await s.sh("mkdir d; cd d; ../step.sh all", env: agent).succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "c\n")
    let nothing = try await s.sh("./step.sh nothing", env: agent)
    #expect(nothing.code == 1 && nothing.all.contains("nothing added to commit"), "\(nothing.all)")
    try await s.sh("echo 2 >c; ./step.sh amended --amend", env: agent).succeeds()
    #expect(try await s.head("%s").hasSuffix("amended"))
    let remote = s.root + "/remote.git"
    try await s.sh(
      "git init -q --bare '\(remote)'; git remote add origin '\(remote)'; git config push.default current"
    ).succeeds()
    let before = try await s.head()
    try await s.sh("echo 3 >c; ./step.sh pushed --push", env: agent).isRefused(
      1, "an agent cannot push to main", "leave --push out")
    #expect(try await s.head() == before, "refused before anything is made")
    try await s.sh("git switch -qc topic && ./step.sh pushed --push", env: agent).succeeds()
    #expect(
      try await s.git("rev-parse", "HEAD").out == (try await s.git("rev-parse", "topic", in: remote).out))
    try await s.sh("git switch -qC main && echo 4 >c && ./step.sh pushed --push").succeeds()
  }

  @Test func isRefusedWhereThePhaseForbids() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try s.write("a", "1")
    try await s.sh("./step.sh x", env: ["LLMOS_AGENT": "QA"]).isRefused(
      1, "FEATURE_DEVELOPMENT:QA does not allow")
    #expect(try await s.git("diff", "--cached", "--name-only").out == "", "nothing was staged")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.sh("./step.sh x", env: ["LLMOS_AGENT": "QA"]).isRefused(1, "DEV's phase, not QA's")
  }

  @Test func theProofIsBoundToTheTreeAndExpires() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("echo 1 >a; git add a").succeeds()
    let tree = try await s.git("write-tree").out.trimmed
    func commit(_ ticket: String) async throws -> Outcome {
      try s.write(".git/llmos/step", ticket)
      return try await s.git("commit", "-qm", "x", env: agent)
    }
    // On a busy machine a minute can pass between two calls.
    var now: Int { Int(Date().timeIntervalSince1970) }
    try await s.git("commit", "-m", "x", env: ["LLMOS_AGENT": "DEV", "LLMOS_STEP": tree]).isRefused(
      1, "step.sh")
    try await commit("tree \(tree)\nexpires \(now - 1)\n").isRefused(1, "expired")
    try await commit("tree \(tree)\nexpires \(now + 9999)\n").isRefused(1, "expired")
    try await commit("tree \(String(repeating: "0", count: Sandbox.digits))\nexpires \(now + 60)\n")
      .isRefused(
        1, "not what step.sh checked")
    try await commit("garbage").isRefused(1, "agents commit through step.sh")
    // On a busy machine what is above takes its time.
    try await commit("tree \(tree)\nexpires \(Int(Date().timeIntervalSince1970) + 300)\n").succeeds()
    // A person is not bothered.
    try await s.sh("rm -f .git/llmos/step; git commit -q --allow-empty -m person").succeeds()
  }

  @Test func aHarnessesMarkIsAnAgentAndAPersonCanSaySo() async throws {
    let s = try await Sandbox.governed()
    try await s.git("commit", "--allow-empty", "-m", "x", env: ["CURSOR_AGENT": "1"]).isRefused(
      1, "step.sh", "CURSOR_AGENT", "LLMOS_ACTOR=OWNER")
    try await s.git(
      "commit", "-q", "--allow-empty", "-m", "x", env: ["CURSOR_AGENT": "1", "LLMOS_ACTOR": "OWNER"]
    ).succeeds()
    try await s.sh("echo 1 >a; ./step.sh x", env: ["CURSOR_AGENT": "1"]).succeeds()
    for command in [["set", "MAINTENANCE"], ["next-phase"]] {
      let outcome = try await s.run([Sandbox.binaries + "/llmos-hook"] + command, env: agent)
      outcome.isRefused(1, "an agent cannot change the scenario or phase")
    }
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:IMPLEMENTATION")
  }

  /// Where history is cut off, an agent's branch goes on as anywhere.
  @Test func anAgentStepsInAShallowClone() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git commit -q --allow-empty -m two; git clone -q --depth 1 "file://$PWD" ../cut; cd ../cut
      llmos-hook --quiet install; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t; git switch -qc topic
      for i in 1 2; do echo $i >page; LLMOS_AGENT=DEV ./step.sh "$i" page; done
      """
    ).succeeds()
    #expect(try await s.git("rev-list", "--count", "HEAD", in: s.root + "/cut").out == "3\n")
  }

  /// Many branches in one transaction are looked at once: twice as many take about twice the time, not four times.
  @Test func manyBranchesInOneTransaction() async throws {
    let s = try await Sandbox.governed()
    var times: [Duration] = []
    for count in [1000, 4000] {
      times.append(
        try await ContinuousClock().measure {
          try await s.sh(
            "h=$(git rev-parse HEAD); for i in $(seq \(count)); do echo create refs/heads/n\(count)/$i $h; done | git update-ref --stdin"
          ).succeeds()
        })
    }
    #expect(times[1] < times[0] * 9, "\(times)")
  }
}
