extension Catalog {
  /// The seven canonical scenarios of LLM-OS, 2025-12-26. The source lists actions and agents by
  /// scenario; here each action stands at the phases it belongs to, so that the union over a scenario's
  /// phases is the source's list.
  public static let canonical = Catalog(scenarios: [
    Scenario(
      named: "PROJECT_BOOTSTRAP", when: "a project starts",
      rows: [
        (
          "INITIALIZATION", "ANALYST", "check the structure, initialise", ["read_config", "create_artifacts"]
        ),
        ("REQUIREMENTS", "ANALYST", "write the requirements", bootstrap),
        ("ARCHITECTURE", "ARCHITECT", "design the architecture", bootstrap),
        ("SETUP", "PM", "set up the infrastructure", bootstrap),
      ]),
    Scenario(
      named: "FEATURE_DEVELOPMENT", when: "a new feature is developed", contextKey: "feature_slug",
      rows: [
        ("BRIEF", "PM", "feature brief (mandatory)", ["create_feature_brief"]),
        ("IMPACT_ANALYSIS", "ARCHITECT", "analyse the impact", ["create_feature_brief"]),
        ("DESIGN", "ARCHITECT", "design API, UX and data", ["create_feature_brief"]),
        ("IMPLEMENTATION", "DEV", "implement in micro-cycles", ["update_code", Action.commit, "run_tests"]),
        ("QA", "QA", "test", ["run_tests"]),
        ("RELEASE", "PM", "release behind a feature flag", ["run_tests"]),
      ], requires: ["BRIEF": [FeatureBrief.path]]),
    Scenario(
      named: "DEPLOYMENT", when: "a deploy to production", contextKey: "target_environment",
      rows: [
        ("PRE_DEPLOY", "DEVOPS", "pre-deployment checklist", ["check_readiness"]),
        ("EXECUTE", "DEVOPS", "deploy", ["deploy_backend", "deploy_frontend"]),
        ("VERIFY", "QA", "check after the deploy", ["run_smoke_tests"]),
      ], needs: ["PRE_DEPLOY": ["target_environment"]]),
    Scenario(
      named: "INCIDENT_RECOVERY", when: "an error or incident is detected", contextKey: "incident_type",
      rows: [
        ("FREEZE", "DEVOPS", "stop deploys", ["freeze_deployments"]),
        ("ROLLBACK", "DEVOPS", "back to a stable state", ["rollback_code", "disable_features"]),
        ("VERIFY", "DEVOPS", "check the recovery", ["verify_recovery"]),
        ("RESTORE", "DEVOPS", "restore", ["verify_recovery"]),
      ], optional: ["RESTORE"], isAutomatic: true),
    Scenario(
      named: "QUALITY_GATE", when: "a quality check before a stage is handed over",
      rows: [
        ("AUDIT", "QUALITY_AUDITOR", "audit the artifacts", ["read_artifacts", "evaluate_quality"]),
        (
          "VERDICT", "QUALITY_AUDITOR", "PASS or FAIL",
          ["read_artifacts", "evaluate_quality", "generate_report"]
        ),
      ], isReadOnly: true),
    Scenario(
      named: "ROLLBACK", when: "a controlled rollback of a stage", contextKey: "rollback_target",
      rows: [
        ("IDENTIFY", "OWNER", "find the rollback point", ["create_backup"]),
        ("EXECUTE", "SYSTEM", "roll back", ["revert_code", "update_state"]),
        ("VERIFY", "SYSTEM", "check after the rollback", ["update_state"]),
      ], needs: ["IDENTIFY": ["rollback_target"]]),
    Scenario(
      named: "MAINTENANCE", when: "upkeep and updates",
      rows: [
        ("UPDATE", "DEV", "update the dependencies", ["update_dependencies"]),
        ("DOCUMENTATION", "DOCS", "update the documentation", ["update_docs"]),
        ("CLEANUP", "DEV", "clean up", ["cleanup_artifacts"]),
      ]),
  ])

  private static let bootstrap = ["read_config", "create_artifacts", "update_docs"]
}

extension Scenario {
  /// Phases that follow one another in the order of the rows: name, role, summary, actions.
  fileprivate init(
    named name: String, when: String, contextKey: String? = nil,
    rows: [(name: String, role: String, summary: String, actions: [String])],
    optional: Set<String> = [], requires: [String: [String]] = [:], needs: [String: [String]] = [:],
    isAutomatic: Bool = false, isReadOnly: Bool = false
  ) {
    let phases = rows.enumerated().map { index, row in
      Phase(
        name: row.name, summary: row.summary, role: row.role, actions: row.actions,
        next: index + 1 < rows.count ? rows[index + 1].name : nil,
        isOptional: optional.contains(row.name), requires: requires[row.name] ?? [],
        needs: needs[row.name] ?? [])
    }
    self.init(
      name: name, when: when, phases: phases, contextKey: contextKey, isAutomatic: isAutomatic,
      isReadOnly: isReadOnly)
  }
}
