import Core
import Testing

@Suite struct BriefTests {
  private static func record(
    _ scenario: String, _ phase: String, _ status: Status = .inProgress, slug: String? = nil,
    protected: [String] = []
  ) throws -> GateRecord {
    var state = State(place: Place(scenario, phase), status: status, at: "2026-01-01T00:00:00Z")
    state.setContext("feature_slug", slug)
    var configuration = Configuration()
    configuration.protectedPaths = protected
    return try GateRecord(state: state, catalog: .canonical, sequence: 1, configuration: configuration)
  }

  @Test func saysWhatMayBeDoneAndWhatIsOwed() throws {
    var brief = Brief(record: try Self.record("FEATURE_DEVELOPMENT", "BRIEF", slug: "login"), role: "PM")
    brief.owed = ["docs/features/login/feature_brief.md is missing"]
    #expect(
      brief.text == """
        llmos-hook governs this repository. Phase: FEATURE_DEVELOPMENT:BRIEF, IN_PROGRESS
        Role: PM. Context: feature_slug=login
        Allowed: create_feature_brief
        Not allowed: commits, changing scenario or phase, touching SCENARIO_STATE.yml scenarios/ .llmos/ step.sh llmos \
        scripts/scenario_engine.sh
        Owed: docs/features/login/feature_brief.md is missing
        To commit: not now; commits land in FEATURE_DEVELOPMENT:IMPLEMENTATION
        The phase ends when the owner runs llmos-hook next-phase or ./llmos run: say what is done, then stop
        """)
    let committing = Brief(record: try Self.record("FEATURE_DEVELOPMENT", "IMPLEMENTATION"), role: "DEV")
    #expect(committing.text.contains("\nTo commit: ./step.sh \"what changed\" [PATH]..., never git commit\n"))
    #expect(committing.text.contains("Not allowed: changing scenario or phase, "))
    let other = Brief(record: try Self.record("FEATURE_DEVELOPMENT", "IMPLEMENTATION"), role: "QA")
    #expect(other.text.contains("Role: DEV; yours is QA, so you may only read\nAllowed: reading\n"))
    #expect(other.text.contains("Not allowed: editing files, commits, "))
  }

  @Test func remindsOnceOfWhatTheAgentCanDoItself() throws {
    var brief = Brief(record: try Self.record("FEATURE_DEVELOPMENT", "BRIEF"), role: "PM")
    #expect(brief.reminder == nil)
    brief.owed = ["docs/a.md is missing"]
    #expect(brief.reminder?.contains("docs/a.md is missing") == true)
    brief.role = nil
    #expect(brief.reminder != nil)
    brief.role = "DEV"
    #expect(brief.reminder == nil, "another role owes it")
    brief.role = "PM"
    brief.obstacle = "a rollback"
    #expect(brief.reminder == nil)
    brief.obstacle = nil
    (brief.owed, brief.awaited) = ([], ["feature_slug is not set"])
    #expect(brief.reminder == nil, "the owner owes it")
    var done = Brief(record: try Self.record("FEATURE_DEVELOPMENT", "BRIEF", .completed), role: "PM")
    done.owed = ["docs/a.md is missing"]
    #expect(done.reminder == nil)
    var reading = Brief(record: try Self.record("FEATURE_DEVELOPMENT", "QA"), role: "QA")
    reading.owed = ["docs/a.md is missing"]
    #expect(reading.reminder == nil, "the phase lets nobody write it")
    let verdict = try Self.record("QUALITY_GATE", "VERDICT")
    #expect(Brief(record: verdict, role: "QUALITY_AUDITOR").reminder?.contains("llmos-hook verdict") == true)
    #expect(Brief(record: verdict).reminder == nil, "nobody says that it is the auditor")
  }

  /// Whatever is in it, it is a text of at most 1,200 characters, and what the repository adds gives way first.
  @Test func isShort() throws {
    let long = String(repeating: "path/of/some/length é🙂 ", count: 200)
    for scenario in Catalog.canonical.scenarios {
      for phase in scenario.phases {
        for role in [nil, "QA", String(long.prefix(300))] {
          var brief = Brief(
            record: try Self.record(scenario.name, phase.name, slug: long, protected: [long, long]),
            role: role)
          (brief.owed, brief.awaited, brief.obstacle) = ([long], [long], long)
          (brief.feedback, brief.addition) = (long, long)
          #expect(brief.text.unicodeScalars.count <= Brief.limit)
          #expect(brief.text.contains("\(scenario.name):\(phase.name)"))
          #expect(
            brief.text.contains("The phase ends when") || brief.text.contains("The verdict ends the phase"))
          (brief.owed, brief.awaited, brief.obstacle, brief.feedback) = ([], [], nil, nil)
          #expect(brief.text.unicodeScalars.count == Brief.limit, "the addition fills it")
        }
      }
    }
  }
}
