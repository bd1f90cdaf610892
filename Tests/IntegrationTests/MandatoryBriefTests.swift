import Foundation
import Testing

/// The brief is mandatory, and what is skipped is said.
@Suite struct MandatoryBriefTests {
  private let brief = "docs/features/login/feature_brief.md"

  private func json(_ outcome: Outcome) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(outcome.out.utf8)) as? [String: Any])
  }

  @Test func aLaterPhaseNeedsTheBriefToo() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    let seal = try await s.git("rev-parse", "refs/llmos/ledger/main").out
    for phase in ["IMPACT_ANALYSIS", "IMPLEMENTATION", "RELEASE"] {
      try await s.llmos("set", "FEATURE_DEVELOPMENT", phase).isRefused(
        1, "FEATURE_DEVELOPMENT:\(phase) cannot be entered yet: FEATURE_DEVELOPMENT:BRIEF is not complete",
        "next: llmos-hook set FEATURE_DEVELOPMENT BRIEF --context feature_slug=VALUE, or add --reason WHY, by the owner, to go without"
      )
    }
    let implement = ["set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--context", "feature_slug=login"]
    try await s.run([Sandbox.binaries + "/llmos-hook"] + implement).isRefused(
      1, brief + " is missing",
      "next: llmos-hook set FEATURE_DEVELOPMENT BRIEF --context feature_slug=login, or add --reason WHY")
    try await s.run([Sandbox.binaries + "/llmos-hook"] + implement + ["--reason", " "]).isRefused(1)
    try await s.run(
      [Sandbox.binaries + "/llmos-hook"] + implement + ["--reason", "x"], env: ["LLMOS_ACTOR": "SYSTEM"]
    ).isRefused(1)
    #expect(try await s.git("rev-parse", "refs/llmos/ledger/main").out == seal)
    try s.write(brief, "# Login\nPeople sign in.\n")
    try await s.run([Sandbox.binaries + "/llmos-hook"] + implement).succeeds()
    // Back and forth in the same visit asks for nothing that was gone through.
    try FileManager.default.removeItem(atPath: s.repository + "/" + brief)
    for phase in ["DESIGN", "QA", "IMPLEMENTATION"] {
      try await s.llmos("set", "FEATURE_DEVELOPMENT", phase).succeeds()
    }
    try await s.sh("llmos-hook set FEATURE_DEVELOPMENT BRIEF --context feature_slug=login").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "DESIGN").isRefused(1, brief)
  }

  @Test func whatTheOwnerSkipsIsInTheRecordTheLogAndTheReport() async throws {
    let s = try await Sandbox.governed("MAINTENANCE", "UPDATE")
    try await s.sh(
      "llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=login --reason 'hotfix, agreed'"
    ).succeeds()
    let skipped = ["BRIEF", "IMPACT_ANALYSIS", "DESIGN"].map { "FEATURE_DEVELOPMENT:" + $0 }
    let log = try json(try await s.llmos("log", "-n", "1", "--json"))
    let entry = try #require((log["entries"] as? [[String: Any]])?.first)
    #expect(entry["skipped"] as? [String] == skipped)
    #expect(entry["reason"] as? String == "hotfix, agreed")
    #expect(
      try await s.llmos("log", "-n", "1").out.hasSuffix(
        "\"hotfix, agreed\"  skipped: \(skipped.joined(separator: ", "))\n"))
    let note = try await s.git("notes", "--ref=llmos", "show").succeeds().out
    #expect(
      note.contains("\"kind\":\"override\"") && note.contains("\"skipped\":[\"FEATURE_DEVELOPMENT:BRIEF\""))
    let page = try await s.llmos("report", "--html", "-").succeeds().out
    #expect(
      page.replacing("<wbr>", with: "").contains(
        "skipped: FEATURE_DEVELOPMENT:BRIEF, FEATURE_DEVELOPMENT:IMPACT_ANALYSIS"))
    try await s.llmos("doctor").succeeds()
    try await s.llmos("verify").succeeds()
    // What asks for nothing is passed over without a reason, and said as well.
    try await s.llmos("set", "MAINTENANCE", "CLEANUP").succeeds()
    #expect(
      try await s.llmos("log", "-n", "1").out.contains(
        "skipped: MAINTENANCE:UPDATE, MAINTENANCE:DOCUMENTATION"))
  }

  @Test func theTemplateIsLaidOutAndAloneIsNoBrief() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "BRIEF")
    #expect(
      try s.read("docs/features/feature_workflow.md").contains("| `BRIEF` | PM | feature brief (mandatory) |")
    )
    let set = try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=login")
      .succeeds()
    #expect(set.err.contains(brief + " is to be filled in"))
    #expect(try s.read(brief).hasPrefix("# login\n"))
    try await s.llmos("next-phase", "--checkpoint").isRefused(
      1, brief + " has no line of text below its heading", "PM must provide it")
    try await s.sh("echo 'People sign in.' >>\(brief)").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=login").succeeds()
    #expect(try s.read(brief).hasSuffix("People sign in.\n"), "what is there is not touched")
    try await s.llmos("next-phase", "--checkpoint").succeeds()
    #expect(try await s.git("ls-files", brief).out.trimmed == brief)
  }

  /// `run` gives the name, lays the template out, and waits.
  @Test func runLaysItOutToo() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "BRIEF")
    let run = try await s.llmos("run", "--context", "feature_slug=login")
    #expect(run.code == 3 && run.err.contains(brief + " has no line of text"), "\(run.all)")
    #expect(s.exists(brief))
  }

  private static let templates: [(String, String)] = [
    ("rm docs/features/feature_brief_template.md", "is missing"),
    ("printf '\\377\\000' >docs/features/feature_brief_template.md", "has no heading"),
    (
      "rm docs/features/feature_brief_template.md; mkdir docs/features/feature_brief_template.md",
      "is missing"
    ),
    ("head -c 2000000 /dev/zero >docs/features/feature_brief_template.md", "is missing"),
    ("echo 'a line' >docs/features/feature_brief_template.md", "has no heading"),
    ("printf '# A\\na line\\n' >docs/features/feature_brief_template.md", "has no line of text"),
    ("ln -sf /etc/passwd docs/features/feature_brief_template.md", "is missing"),
    ("mkdir docs/features/login; ln -s /nowhere docs/features/login/feature_brief.md", "cannot be taken"),
    ("ln -s /tmp docs/features/login", "is missing"),
  ]

  @Test(arguments: templates)
  func nonsenseAsATemplateHurtsNobody(preparation: String, lack: String) async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "BRIEF")
    try await s.sh(preparation).succeeds()
    let set = try await s.llmos("set", "FEATURE_DEVELOPMENT", "BRIEF", "--context", "feature_slug=login")
      .succeeds()
    #expect(
      set.err.contains("feature_brief_template.md cannot be taken: ")
        == ["mkdir docs/features/f", "head", "ln -sf"].contains { preparation.contains($0) }, "\(set.err)")
    try await s.llmos("next-phase").isRefused(1, brief, lack)
    #expect(!FileManager.default.fileExists(atPath: "/tmp/feature_brief.md"))
  }

  @Test func theDocumentsArePutInOnceAndTakenOut() async throws {
    let s = try await Sandbox.governed()
    let workflow = "docs/features/feature_workflow.md"
    try await s.sh("rm \(workflow); echo mine >>docs/features/feature_brief_template.md; llmos-hook install")
      .succeeds()
    #expect(!s.exists(workflow))
    try await s.llmos("uninstall").succeeds()
    #expect(try s.read("docs/features/feature_brief_template.md").hasSuffix("mine\n"))
    let t = try await Sandbox.governed()
    try await t.llmos("uninstall").succeeds()
    #expect(!t.exists("docs"))
    try t.write(workflow, "ours\n")
    try await t.llmos("install").succeeds()
    #expect(try t.read(workflow) == "ours\n")
    let u = try await Sandbox()
    try await u.llmos("install", "--no-scripts").succeeds()
    #expect(!u.exists("docs"))
  }

  @Test(arguments: [
    ("echo x >docs", "docs/features/feature_workflow.md was not added: "),
    ("mkdir ../other; ln -s ../other docs", ""), ("git init -q docs", ""),
  ])
  func whereThereIsNoPlaceForThemInstallGoesOn(preparation: String, words: String) async throws {
    let s = try await Sandbox()
    try s.write("README", "one\n")
    try await s.sh("git add README; git commit -qm one; \(preparation)").succeeds()
    let install = try await s.llmos("install").succeeds()
    #expect(install.err.contains(words.isEmpty ? "sealed at" : words) && !s.exists("docs/features"))
    #expect(!s.exists(s.root + "/other/features"))
    #expect(install.err.contains("next: git add llmos scripts/scenario_engine.sh step.sh &&"))
    #expect(try await s.place() == "PROJECT_BOOTSTRAP:INITIALIZATION")
  }

  @Test func installSaysThatTheyAreToBeCommitted() async throws {
    let s = try await Sandbox()
    try s.write("README", "one\n")
    try await s.sh("git add README; git commit -qm one").succeeds()
    let next = try await s.llmos("install").succeeds().err.split(separator: "\n").first {
      $0.contains("next: ")
    }
    try await s.sh(String(try #require(next).dropFirst("  next: ".count))).succeeds()
    #expect(try await s.git("status", "--porcelain").out == "")
    #expect(try await s.git("ls-files", "docs").out.split(separator: "\n").count == 2)
  }

  /// What passes the gate would end the phase with it.
  @Test func aGateDoesNotPassAPhaseWithoutItsBrief() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "BRIEF")
    try await s.sh("llmos-hook set QUALITY_GATE; llmos-hook next-phase").succeeds()
    try await s.llmos("verdict", "PASS").isRefused(
      1, "FEATURE_DEVELOPMENT:BRIEF is not complete",
      "next: llmos-hook resume, then complete FEATURE_DEVELOPMENT:BRIEF")
    try await s.llmos("resume").succeeds()
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:BRIEF")
  }

  /// They are the owner's to commit, and in nobody's way until then.
  @Test func anAgentsStepLeavesThemOut() async throws {
    let s = try await Sandbox.governed()
    try s.write("a", "a")
    try await s.sh("./step.sh work", env: ["LLMOS_AGENT": "DEV"]).succeeds()
    #expect(try await s.git("ls-files").out == "README\na\n")
    try await s.sh("git add docs; git commit -qm docs; echo more >>docs/features/feature_workflow.md")
      .succeeds()
    try await s.sh("./step.sh docs", env: ["LLMOS_AGENT": "DEV"]).succeeds()
    #expect(try await s.git("show", "--name-only", "--format=").out == "docs/features/feature_workflow.md\n")
  }

  @Test func theWorkflowIsThisRepositorysOwn() async throws {
    let s = try await Sandbox()
    try s.write(
      "scenarios/FEATURE_DEVELOPMENT.yml",
      """
      scenario: FEATURE_DEVELOPMENT
      phases:
        IDEA: {active_role: PM, allowed_actions: [write_idea], requires: [docs/idea.md], next_phase: BUILD}
        BUILD: {active_role: DEV, allowed_actions: [commit_changes], description: a | b}
      """)
    try await s.sh("git add .; git commit -qm first; llmos-hook install").succeeds()
    let page = try s.read("docs/features/feature_workflow.md")
    #expect(page.contains("| `IDEA` | PM |  | `write_idea` | `docs/idea.md` |\n"))
    #expect(page.contains("| `BUILD` | DEV | a \\| b | `commit_changes` | its role says so |\n"))
    #expect(page.contains("llmos-hook set FEATURE_DEVELOPMENT IDEA --context"))
    #expect(page.contains("**Commit**: in `BUILD`."))
  }
}
