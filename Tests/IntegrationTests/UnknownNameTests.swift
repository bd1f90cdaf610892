import Testing

/// Names that do not exist are refused with 64 and the nearest that does, wherever they are taken.
@Suite struct UnknownNamesTests {
  private static let lines: [(String, String, String)] = [
    ("nxt-phase", "unknown command: nxt-phase", "next: llmos-hook next-phase"),
    ("-C . statsu", "unknown command: statsu", "next: llmos-hook status"),
    ("quux", "unknown command: quux", "next: llmos-hook --help"),
    ("help nosuch", "unknown command: nosuch", "next: llmos-hook --help"),
    ("help nxt-phase", "unknown command: nxt-phase", "next: llmos-hook help next-phase"),
    ("scenarios lst", "unknown command: lst", "next: llmos-hook scenarios list"),
    ("help scenarios shw", "unknown command: shw", "next: llmos-hook help scenarios show"),
    ("set FEATURE_DEV", "unknown scenario: FEATURE_DEV", "next: llmos-hook set FEATURE_DEVELOPMENT"),
    (
      "set FEATURE_DEVELOPMENT IMPL", "has no phase IMPL",
      "next: llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION"
    ),
    ("scenarios show maint", "unknown scenario: maint", "next: llmos-hook scenarios show MAINTENANCE"),
    (
      "log --scenario FEATURE", "unknown scenario: FEATURE",
      "next: llmos-hook log --scenario FEATURE_DEVELOPMENT"
    ),
    ("check run_test", "unknown action: run_test", "next: llmos-hook check run_tests"),
    ("check run_tests --role DVE", "unknown role: DVE", "next: llmos-hook check run_tests --role DEV"),
    ("event deploy", "unknown event: deploy", "next: llmos-hook event deploy-failure"),
    ("hook pre-comit", "unknown hook: pre-comit", "next: llmos-hook hook pre-commit"),
  ]

  @Test(arguments: lines)
  func isRefusedWithTheNearest(line: String, words: String, next: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh("llmos-hook \(line)").isRefused(64, words, next + "\n")
  }

  @Test func helpOfWhatThereIsGoesOn() async throws {
    let s = try await Sandbox.governed()
    for line in ["help", "help help", "help set", "help scenarios show", "--help", "set --help", "--version"]
    {
      #expect(try await s.sh("llmos-hook \(line)").succeeds().out != "")
    }
    #expect(try await s.llmos("status", "--jsn").code == 64)
  }

  /// A scenario that the catalog no longer has still stands in the ledger.
  @Test func theLogOfAScenarioOfThePast() async throws {
    let s = try await Sandbox.governed()
    try s.write("scenarios/OLD.yml", "scenario: OLD\nphases:\n  A: {active_role: DEV}\n")
    try await s.sh(
      """
      git add -A scenarios; git commit -qm old; llmos-hook set OLD; llmos-hook set FEATURE_DEVELOPMENT IMPLEMENTATION
      git rm -q scenarios/OLD.yml; git commit -qm gone; llmos-hook set MAINTENANCE
      """
    ).succeeds()
    #expect(try await s.llmos("log", "--scenario", "OLD").succeeds().out.contains("OLD:A"))
  }

  private static let rules: [(String, String)] = [
    (
      "commits:\n  lock: [QUALITY_GATE, QUALITY]\n",
      "2:24: unknown scenario: QUALITY\n  did you mean QUALITY_GATE?"
    ),
    (
      "requires:\n  FEATURE_DEVELOPMENT:IMPLEMENTATON: [x]\n",
      "2:3: unknown phase of FEATURE_DEVELOPMENT: IMPLEMENTATON"
    ),
    ("commits:\n  paths:\n    FEATURE:QA: [x]\n", "3:5: unknown scenario: FEATURE"),
    ("checkpoint:\n  paths:\n    MAINTENANCE:DOCS: [x]\n", "3:5: unknown phase of MAINTENANCE: DOCS"),
    ("checkpoint:\n  path: {}\n", "2:3: unknown key: checkpoint.path\n  did you mean checkpoint.paths?"),
    ("actions:\n  run_test: \"true\"\n", "2:3: unknown action: run_test\n  did you mean run_tests?"),
    (
      "requires:\n  FEATURE_DEVELOPMENT:QA: [../x]\n",
      "2:27: the requirement ../x is outside the repository"
    ),
    (
      "context_keys: [quality_gate]\n",
      "1:15: quality_gate cannot be a context key\n  only the engine sets it"
    ),
    ("agents:\n  DVE: \"true\"\n", "2:3: unknown role: DVE\n  did you mean DEV?"),
    ("agent_policy:\n  names:\n    tester: COOKING\n", "3:13: unknown role: COOKING\n  there are: ANALYST"),
  ]

  /// In `.llmos/config.yml` a misspelt name would have no effect.
  @Test(arguments: rules)
  func aConfigurationNamesWhatThereIs(text: String, words: String) async throws {
    let s = try await Sandbox.governed()
    try s.write(".llmos/config.yml", text)
    let validated = try await s.llmos("scenarios", "validate")
    #expect(validated.code == 65)
    #expect(validated.err.contains(".llmos/config.yml:\(words)"), "\(validated.err)")
    try await s.sh("git add -f .llmos; git commit -qm rules").succeeds()
    let line = words.split(separator: "\n")[0]
    try await s.llmos("next-phase").isRefused(65, String(line))
    try await s.sh("llmos-hook allow --once --reason mend; git rm -qr .llmos; git commit -qm mended")
      .succeeds()
    try await s.llmos("next-phase").succeeds()
    // What was taken once does not make the past unreadable.
    try await s.llmos("verify").succeeds()
  }

  /// A scenario file may have names of its own, so that a slip in one is nobody's error: each is noted where it stands.
  @Test func newNamesOfAScenarioFileAreNotedWithTheirPlace() async throws {
    let s = try await Sandbox.governed()
    try s.write(
      "scenarios/TEA.yml",
      """
      scenario: TEA
      phases:
        BREW:
          active_role: DVE
          allowed_actions:
            - comit_changes
            - boil
            - pour
          requires: ["docs/{feature_slg}/x"]
          auto_script: []
          owner: Ann

      """)
    try s.write(".llmos/config.yml", "actions: {pour: \"true\"}\n")
    let notes = try await s.llmos("scenarios", "validate").succeeds().out
    for note in [
      "note  TEA:BREW: scenarios/TEA.yml:4:18: the role DVE is new; did you mean DEV?",
      "note  TEA:BREW: scenarios/TEA.yml:6:9: the action comit_changes is new; did you mean commit_changes?",
      "note  TEA:BREW: scenarios/TEA.yml:7:9: the action boil is new\n",
      "note  TEA:BREW: scenarios/TEA.yml:9:16: the context key feature_slg is new; did you mean feature_slug?",
      "note  TEA:BREW: scenarios/TEA.yml:10:5: the key auto_script is new; did you mean auto_scripts?",
    ] {
      #expect(notes.contains(note), "\(notes)")
    }
    #expect(!notes.contains("pour") && !notes.contains("owner"), "\(notes)")
  }

  /// A repository's own scenarios count.
  @Test func namesOfTheRepositorysOwnAreKnown() async throws {
    let s = try await Sandbox.governed()
    try s.write(
      "scenarios/TEA.yml", "scenario: TEA\nphases:\n  BREW: {active_role: COOK, allowed_actions: [boil]}\n")
    try s.write(
      ".llmos/config.yml",
      "agents: {COOK: \"true\"}\nactions: {boil: \"true\"}\nrequires: {\"TEA:BREW\": [cup]}\ncommits: {lock: [TEA]}\n"
    )
    try await s.sh("git add -A; git commit -qm rules; llmos-hook set TEA").succeeds()
    try await s.llmos("check", "boil", "--role", "COOK").succeeds()
  }
}
