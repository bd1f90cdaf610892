import Testing

@testable import Core

/// What a checkpoint takes: it follows from the phase's actions.
@Suite struct CheckpointRuleTests {
  private static let changes = [
    WorktreeChange(path: Array("docs/plan.txt".utf8), isNew: true),
    WorktreeChange(path: Array("src/notes.md".utf8)),
    WorktreeChange(path: Array("src/new.c".utf8), isNew: true),
    WorktreeChange(path: Array("src/old.c".utf8)),
  ]

  private func taken(_ rule: CheckpointRule) -> [String] { Self.changes.filter(rule.takes).map(\.name) }

  @Test(arguments: [
    ("create_feature_brief", ["docs/plan.txt", "src/notes.md"]),
    ("update_docs", ["docs/plan.txt", "src/notes.md"]),
    ("create_artifacts", ["docs/plan.txt", "src/notes.md", "src/new.c"]),
    ("update_dependencies", changes.map(\.name)), ("cleanup_artifacts", changes.map(\.name)),
    ("update_code", changes.map(\.name)), ("commit_changes", changes.map(\.name)),
    ("run_tests", []), ("deploy_backend", []), ("read_config", []), ("an_action_of_our_own", []),
  ])
  func followsFromTheAction(action: String, expected: [String]) {
    #expect(taken(CheckpointRule(actions: ["read_artifacts", action])) == expected)
  }

  /// Every phase of the catalog takes what DESIGN's table of actions says.
  @Test func everyPhaseOfTheCatalog() {
    let editing = Catalog.canonical.scenarios.flatMap { scenario in
      scenario.phases.filter { !taken(CheckpointRule(actions: $0.actions)).isEmpty }.map {
        "\(scenario.name):\($0.name)"
      }
    }
    #expect(
      editing == [
        "PROJECT_BOOTSTRAP:INITIALIZATION", "PROJECT_BOOTSTRAP:REQUIREMENTS",
        "PROJECT_BOOTSTRAP:ARCHITECTURE",
        "PROJECT_BOOTSTRAP:SETUP", "FEATURE_DEVELOPMENT:BRIEF", "FEATURE_DEVELOPMENT:IMPACT_ANALYSIS",
        "FEATURE_DEVELOPMENT:DESIGN", "FEATURE_DEVELOPMENT:IMPLEMENTATION", "MAINTENANCE:UPDATE",
        "MAINTENANCE:DOCUMENTATION", "MAINTENANCE:CLEANUP",
      ])
  }

  @Test func theConfigurationSaysOtherwise() {
    #expect(taken(CheckpointRule(actions: ["update_code"], paths: ["*.md"])) == ["src/notes.md"])
    #expect(taken(CheckpointRule(actions: ["update_code"], paths: [])).isEmpty)
    #expect(taken(CheckpointRule(actions: ["run_tests"], paths: ["src/"])).count == 3)
    // What the phase requires is what it leaves.
    #expect(taken(CheckpointRule(actions: [], paths: [], required: ["src/old.c"])) == ["src/old.c"])
    #expect(taken(CheckpointRule(actions: [], required: ["src"])).count == 3)
  }

  @Test func aRepositoryAndAConflictAreNeverTaken() {
    let rule = CheckpointRule(actions: ["update_code"])
    #expect(!rule.takes(WorktreeChange(path: Array("vendor/x/".utf8), isNew: true)))
    #expect(!rule.takes(WorktreeChange(path: Array("f".utf8), isUnmerged: true)))
  }

  @Test func readsWhatGitStatusPrints() {
    let id = String(repeating: "0", count: 40)
    let lines = [
      "1 .M N... 100644 100644 100644 \(id) \(id) a file with spaces",
      "1 A. N... 000000 100644 100644 \(id) \(id) added",
      "1 .D N... 100644 100644 000000 \(id) \(id) gone", "1 .M SC.. 160000 160000 160000 \(id) \(id) sub",
      "u UU N... 100644 100644 100644 100644 \(id) \(id) \(id) both", "? new\nline", "? nested/", "! ignored",
      "# branch",
      "1 torn",
    ]
    let changes = WorktreeChange.all(in: lines.flatMap { Array($0.utf8) + [0] })
    #expect(
      changes.map(\.name) == ["a file with spaces", "added", "gone", "sub", "both", "new\nline", "nested/"])
    #expect(changes.filter(\.isNew).map(\.name) == ["added", "new\nline", "nested/"])
    #expect(changes.filter(\.isGone).map(\.name) == ["gone"])
    #expect(changes.filter(\.isUnmerged).map(\.name) == ["both"])
    #expect(changes.filter(\.isRepository).map(\.name) == ["nested/"])
  }

  /// What lay about stays, what is protected is the owner's, what install put there says nothing.
  @Test func sortsTheChanges() {
    let names = [".llmos/config.yml", "step.sh", "lay", "keys/k", "src/a"]
    let changes = names.map { WorktreeChange(path: Array($0.utf8), isNew: true) }
    let plan = { (actions: [String], isOwner: Bool) in
      CheckpointPlan(
        changes, CheckpointRule(actions: actions), protected: ["keys/"], isOwner: isOwner,
        layThere: { $0.name == "lay" })
    }
    let engines = plan(["update_code"], false)
    #expect(engines.taken.map(\.name) == ["src/a"])
    #expect(engines.left.map(\.name) == ["lay"])
    #expect(engines.foreign.map(\.name) == [".llmos/config.yml", "keys/k"])
    #expect(
      plan(["update_code"], true).taken.map(\.name) == [".llmos/config.yml", "step.sh", "keys/k", "src/a"])
    #expect(plan(["update_code"], true).refusal(at: Place("S", "A")) == nil)
    let refusal = plan(["run_tests"], true).refusal(at: Place("S", "A"))
    #expect(refusal?.what == "no checkpoint: 3 changes do not belong to S:A")
    #expect(refusal?.why == ".llmos/config.yml, keys/k, src/a")
    #expect(refusal?.remedy?.contains("checkpoint.paths") == true)
  }
}
