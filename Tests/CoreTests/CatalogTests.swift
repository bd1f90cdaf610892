import Core
import Testing

/// The canonical scenarios as their source lists them (LLM-OS, 2025-12-26), written out once more so
/// that a slip in the catalog's table shows.
private let seed:
  [(name: String, phases: [String], actions: Set<String>, agents: Set<String>, context: String?)] = [
    (
      "PROJECT_BOOTSTRAP", ["INITIALIZATION", "REQUIREMENTS", "ARCHITECTURE", "SETUP"],
      ["read_config", "create_artifacts", "update_docs"], ["ANALYST", "ARCHITECT", "PM"], nil
    ),
    (
      "FEATURE_DEVELOPMENT", ["BRIEF", "IMPACT_ANALYSIS", "DESIGN", "IMPLEMENTATION", "QA", "RELEASE"],
      ["create_feature_brief", "update_code", "commit_changes", "run_tests"],
      ["PM", "ARCHITECT", "DEV", "QA"], "feature_slug"
    ),
    (
      "DEPLOYMENT", ["PRE_DEPLOY", "EXECUTE", "VERIFY"],
      ["check_readiness", "deploy_backend", "deploy_frontend", "run_smoke_tests"], ["DEVOPS", "QA"],
      "target_environment"
    ),
    (
      "INCIDENT_RECOVERY", ["FREEZE", "ROLLBACK", "VERIFY", "RESTORE"],
      ["freeze_deployments", "rollback_code", "disable_features", "verify_recovery"], ["DEVOPS"],
      "incident_type"
    ),
    (
      "QUALITY_GATE", ["AUDIT", "VERDICT"], ["read_artifacts", "evaluate_quality", "generate_report"],
      ["QUALITY_AUDITOR"], nil
    ),
    (
      "ROLLBACK", ["IDENTIFY", "EXECUTE", "VERIFY"], ["create_backup", "revert_code", "update_state"],
      ["OWNER", "SYSTEM"], "rollback_target"
    ),
    (
      "MAINTENANCE", ["UPDATE", "DOCUMENTATION", "CLEANUP"],
      ["update_dependencies", "update_docs", "cleanup_artifacts"], ["DOCS", "DEV"], nil
    ),
  ]

@Suite struct CatalogTests {
  @Test func isTheSeed() {
    #expect(Catalog.canonical.scenarios.map(\.name) == seed.map(\.name))
    for (scenario, row) in zip(Catalog.canonical.scenarios, seed) {
      #expect(scenario.phases.map(\.name) == row.phases)
      #expect(Set(scenario.actions) == row.actions)
      #expect(Set(scenario.roles) == row.agents)
      #expect(scenario.contextKey == row.context)
    }
  }

  @Test func eachPhaseLeadsToTheNextInOrder() {
    for scenario in Catalog.canonical.scenarios {
      #expect(scenario.phases.map(\.next) == scenario.phases.dropFirst().map(\.name) + [nil])
    }
  }

  @Test func commitsLandInImplementationAlone() {
    #expect(Catalog.canonical.committingPlaces == [Place("FEATURE_DEVELOPMENT", "IMPLEMENTATION")])
  }

  @Test func incidentRecoveryIsAutomaticAndTheQualityGateReadsOnly() {
    #expect(Catalog.canonical.scenarios.filter(\.isAutomatic).map(\.name) == ["INCIDENT_RECOVERY"])
    #expect(Catalog.canonical.scenarios.filter(\.isReadOnly).map(\.name) == ["QUALITY_GATE"])
    let optional = Catalog.canonical.scenarios.flatMap { $0.phases.filter(\.isOptional).map(\.name) }
    #expect(optional == ["RESTORE"])
  }

  @Test func theBriefIsMandatory() {
    let brief = Catalog.canonical.phase(at: Place("FEATURE_DEVELOPMENT", "BRIEF"))
    #expect(brief?.requires == ["docs/features/{feature_slug}/feature_brief.md"])
  }

  @Test func anUnknownNameIsRefusedWithWhatThereIs() throws {
    let scenario = #expect(throws: Refusal.self) {
      try Catalog.canonical.place("FEATURE_DEVELOPMEMT", nil)
    }
    #expect(scenario?.code == .usage)
    #expect(scenario?.remedy == "llmos-hook set FEATURE_DEVELOPMENT")
    let phase = #expect(throws: Refusal.self) { try Catalog.canonical.place("DEPLOYMENT", "QA") }
    #expect(phase?.why == "phases: PRE_DEPLOY, EXECUTE, VERIFY")
  }

  @Test func aRepositoryOverridesAndAdds() {
    let own = Scenario(name: "MAINTENANCE", when: "", phases: [])
    let added = Scenario(name: "RESEARCH", when: "", phases: [])
    let catalog = Catalog.canonical.overridden(by: [added, own])
    #expect(catalog.scenarios.map(\.name) == seed.map(\.name) + ["RESEARCH"])
    #expect(catalog.scenario("MAINTENANCE") == own)
  }
}
