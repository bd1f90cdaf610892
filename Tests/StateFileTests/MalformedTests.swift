import Core
import StateFile
import Testing

/// What no YAML file of ours may be, each with what the message must name: the same for all three.
@Suite struct MalformedTests {
  private static let tooDeep = "values lie too deep in one another"
  private static let everywhere: [(name: String, bytes: [UInt8], expected: String)] = [
    ("a NUL", Array("a: b\u{0}c\n".utf8), "control characters"),
    ("another control character", Array("a: b\u{1}\n".utf8), "control characters"),
    ("a list", Array("- a\n".utf8), ":1:1: a map of keys is expected"),
    ("a word", Array("word\n".utf8), ":1:1: a map of keys is expected"),
    ("half a letter", [0x61, 0x3A, 0x20, 0xC3], "is not UTF-8"),
    ("UTF-16", [0xFF, 0xFE, 0x61, 0x00, 0x3A, 0x00], "is not UTF-8"),
    ("a letter in too many bytes", [0x61, 0x3A, 0x20, 0xC0, 0xAF], "is not UTF-8"),
    ("half of a pair", [0x61, 0x3A, 0x20, 0xED, 0xA0, 0x80], "is not UTF-8"),
    ("an open quote", Array("a: \"b\n".utf8), ":2:1: found unexpected end of stream"),
    ("an open list", Array("a: [b, c\n".utf8), ":2:1:"),
    ("an open map", Array("a: {b: c\n".utf8), ":2:1:"),
    ("a tab before a key", Array("a:\n\tb: c\n".utf8), ":2:1: found character that cannot start any token"),
    ("a key twice", Array("a: b\na: c\n".utf8), "appears twice"),
    ("a key twice, further in", Array("a:\n  b: c\n  b: d\n".utf8), "appears twice"),
    ("an anchor", Array("a: &b c\n".utf8), ":1:4: anchors and aliases"),
    ("an alias", Array("a: *b\n".utf8), ":1:4: anchors and aliases"),
    ("a merge key", Array("<<: *b\n".utf8), ":1:5: anchors and aliases"),
    ("two documents", Array("a: b\n---\nc: d\n".utf8), ":2:1:"),
    ("a map as a key", Array("? {a: b}\n: c\n".utf8), "a key is not a single value"),
    ("an unknown directive", Array("%YAML 9.9\n---\na: b\n".utf8), ":1:1:"),
    ("a byte too many", Array(("a: " + String(repeating: "x", count: (1 << 20) - 2)).utf8), "1048577 bytes"),
    ("lists in lists", Array(String(repeating: "[", count: 100_000).utf8), ":1:101: \(tooDeep)"),
    ("maps in maps", Array(String(repeating: "{a: ", count: 100_000).utf8), ":1:401: \(tooDeep)"),
    (
      "blocks in blocks", Array((0..<1000).map { String(repeating: " ", count: $0) + "a:\n" }.joined().utf8),
      ":101:101: \(tooDeep)"
    ),
    ("dashes in a row", Array(String(repeating: "- ", count: 100_000).utf8), ":1:201: \(tooDeep)"),
  ]

  private static let decoders: [(name: String, read: @Sendable ([UInt8]) throws(Refusal) -> Void)] = [
    ("SCENARIO_STATE.yml", { bytes throws(Refusal) in _ = try StateFile.decode(bytes, catalog: .canonical) }),
    (
      "scenarios/MAINTENANCE.yml",
      { bytes throws(Refusal) in
        _ = try ScenarioFile.decode(bytes, path: "scenarios/MAINTENANCE.yml", base: .canonical)
      }
    ),
    (".llmos/config.yml", { bytes throws(Refusal) in _ = try ConfigurationFile.decode(bytes) }),
  ]

  private func refusal(_ bytes: [UInt8], _ read: ([UInt8]) throws(Refusal) -> Void) -> Refusal? {
    do {
      try read(bytes)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: everywhere.indices)
  func isRefusedInEveryFile(_ index: Int) {
    let (name, bytes, expected) = Self.everywhere[index]
    for decoder in Self.decoders {
      let clock = ContinuousClock()
      var refused: Refusal?
      let duration = clock.measure { refused = refusal(bytes, decoder.read) }
      #expect(refused?.code == .data, "\(name), \(decoder.name)")
      let what = refused?.what ?? ""
      #expect(what.hasPrefix(decoder.name) && what.contains(expected), "\(name): \(what.prefix(200))")
      #expect(!what.contains("\n") && refused?.remedy != nil, "\(name): \(what.prefix(200))")
      #expect(duration < .seconds(2), "\(name)")
    }
  }

  @Test func aFileOfNothingIsNoStateAndNoScenario() {
    for text in ["", "\n", "\u{FEFF}", "# a comment\n", "---\n", "~\n", "\r\n\r\n"] {
      for decoder in Self.decoders.prefix(2) {
        let refused = refusal(Array(text.utf8), decoder.read)
        #expect(refused?.code == .data && refused?.remedy != nil, "\(Array(text.utf8)), \(decoder.name)")
      }
    }
  }

  @Test func linesEndAsOnOtherSystems() throws {
    let state = State(place: Place("FEATURE_DEVELOPMENT", "IMPLEMENTATION"), at: "2025-12-27T17:18:52Z")
    let text = String(decoding: StateFile.encode(state, catalog: .canonical), as: UTF8.self)
    for form in [text.replacing("\n", with: "\r\n"), text.replacing("\n", with: "\r"), "\u{FEFF}" + text] {
      #expect(try StateFile.decode(Array(form.utf8), catalog: .canonical) == state)
    }
  }

  private static let scenarios: [(String, String)] = [
    ("scenario: [a]\nphases: {}\n", ":1:11: scenario is not a single value"),
    ("scenario: a b\nphases: {}\n", ":1:11: scenario \"a b\" is not one word"),
    ("scenario: OTHER\nphases: {}\n", ":1:11: the file of OTHER must be scenarios/OTHER.yml"),
    ("scenario: MAINTENANCE\n", "the key phases is missing"),
    ("scenario: MAINTENANCE\nphases: {}\n", ":2:9: a scenario has 1 to 1000 phases, not 0"),
    ("scenario: MAINTENANCE\nphases: [A]\n", ":2:9: phases is not a map of keys"),
    ("scenario: MAINTENANCE\nphases: {A: b}\n", ":2:13: A is not a map of keys"),
    ("scenario: MAINTENANCE\nphases: {A: {}}\n", ":2:13: A has no active_role"),
    (
      "scenario: MAINTENANCE\nphases: {A: {active_role: D, allowed_actions: x}}\n",
      "allowed_actions is not a list"
    ),
    ("scenario: MAINTENANCE\nphases: {A: {active_role: D, allowed_actions: [a b]}}\n", "more than one word"),
    (
      "scenario: MAINTENANCE\nphases: {A: {active_role: D, next_phase: B}}\n",
      "the next_phase of A is B, which is not a phase"
    ),
    (
      "scenario: MAINTENANCE\nphases: {A: {active_role: D, optional: maybe}}\n",
      "optional must be true or false"
    ),
    ("scenario: MAINTENANCE\nphases: {A B: {active_role: D}}\n", "\"A B\" is not one word"),
    ("scenario: MAINTENANCE\nphases: {'': {active_role: D}}\n", ":2:10: a phase \"\" is not one word"),
    ("scenario: MAINTENANCE\nphases: {A: {active_role: ''}}\n", "active_role \"\" is not one word"),
  ]

  @Test(arguments: scenarios)
  func scenarioFilesAreRefusedWithThePlace(text: String, expected: String) {
    let refused = refusal(Array(text.utf8), Self.decoders[1].read)
    #expect(refused?.code == .data && refused?.what.contains(expected) == true, "\(refused?.what ?? "")")
  }

  private static let configurations: [(String, String)] = [
    ("comits: {}\n", ":1:1: unknown key: comits"),
    ("commits: [a]\n", ":1:10: commits is not a map of keys"),
    ("commits: {through: never}\n", "commits.through must be one of step, step-always, any, not never"),
    ("commits: {message: '['}\n", "commits.message is not a regular expression"),
    ("commits: {paths: {A: [x]}}\n", "the keys of commits.paths must be SCENARIO:PHASE, not A"),
    ("requires: {A:B:C: [x]}\n", "the keys of requires must be SCENARIO:PHASE"),
    ("branches: main\n", ":1:11: branches is not a list"),
    ("protected_paths: [[a]]\n", "protected_paths is not a single value"),
    ("actions: {a: {run: x, timeout: 0}}\n", "timeout must be a number of seconds, not 0"),
    ("actions: {a: {run: x, timeout: -1}}\n", "timeout must be a number of seconds, not -1"),
    ("actions: {a: {run: x, timeout: 1e9}}\n", "timeout must be a number of seconds, not 1e9"),
    (
      "actions: {a: {run: x, timeout: 99999999999999999999}}\n",
      "timeout must be a number of seconds, not 99999999999999999999"
    ),
    ("actions: {a: {timeout: 1}}\n", "actions.a has no command to run"),
    ("actions: {a: \"x\\ny\"}\n", "line break"),
    ("rollback: {verify: [x]}\n", "rollback.verify is not a single value"),
    ("environments: []\n", ":1:15: environments must list at least one name"),
    ("environments: live\n", "environments is not a list"),
    ("deployment: {env: live}\n", ":1:14: unknown key: deployment.env"),
    (
      "deployment: {environment: live}\n", ":1:27: deployment.environment is live, which is no environment"
    ),
    (
      "deployment: {environment: dev}\nenvironments: [live]\n",
      ":1:27: deployment.environment is dev, which is no environment"
    ),
    ("context_keys: [a b]\n", ":1:15: a b cannot be a context key"),
    ("context_keys: [quality_gate]\n", "quality_gate cannot be a context key"),
  ]

  @Test(arguments: configurations)
  func configurationsAreRefusedWithThePlace(text: String, expected: String) {
    let refused = refusal(Array(text.utf8), Self.decoders[2].read)
    #expect(refused?.code == .data && refused?.what.contains(expected) == true, "\(refused?.what ?? "")")
  }
}
