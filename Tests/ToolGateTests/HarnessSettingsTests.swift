import Core
import Testing

@testable import ToolGate

@Suite struct HarnessSettingsTests {
  private static func added(_ settings: HarnessSettings, to text: String?, made: inout Set<String>) throws
    -> String
  {
    String(decoding: try settings.added(to: text.map { Array($0.utf8) }, made: &made), as: UTF8.self)
  }

  private static func removed(_ settings: HarnessSettings, from text: String, made: Set<String>) throws
    -> String?
  {
    try settings.removed(from: Array(text.utf8), made: made).map { String(decoding: $0, as: UTF8.self) }
  }

  static let foreign: [String?] = [
    nil, "", "{}\n", "{\n  \"permissions\": {\"allow\": [\"Bash(ls:*)\"]}\n}\n",
    #"{"permissions":{"allow":[]}}"#,
    """
    {
      // ours are below
      "hooks": {
        "PreToolUse": [
          { "matcher": "Bash", "hooks": [{ "type": "command", "command": "guard" }] }, // keep
        ],
        "preToolUse": [{ "command": "guard" }],
        "Stop": [],
        "Notification": [{ "hooks": [] }]
      },
      "version": 1,
    }
    """,
  ]

  @Test(arguments: Harness.allCases)
  func comesAndGoes(harness: Harness) throws {
    let settings = HarnessSettings(harness)
    #expect(
      ProtectedPaths.covering(settings.path, more: ProtectedPaths.settings(of: harness.rawValue)) != nil)
    for text in Self.foreign {
      var made: Set<String> = []
      let there = try Self.added(settings, to: text, made: &made)
      let value = try #require(JSONText(Array(there.utf8))).value(at: [])
      for (event, entry) in settings.entries {
        #expect(value?["hooks"]?[event]?.elements?.filter { $0 == entry }.count == 1, "\(event): \(there)")
      }
      for (key, required) in settings.required { #expect(value?[key] == required) }
      #expect(try settings.missing(in: Array(there.utf8)) == [])
      #expect(try Self.added(settings, to: there, made: &made) == there, "again")
      let gone = try Self.removed(settings, from: there, made: made)
      let isBlank = text?.isEmpty ?? true
      #expect(
        isBlank ? gone == nil : gone == text, "\(gone ?? "nothing")")
    }
  }

  @Test func anOlderEntryOfOursIsReplaced() throws {
    let settings = HarnessSettings(.claudeCode)
    var made: Set<String> = []
    let older = """
      {
        "hooks": {
          "PreToolUse": [
            {"matcher": "Bash", "hooks": [{"command": "guard"}, {"command": "h=$(command -v llmos-hook || x); exec $h"}]},
            {"matcher": "Edit", "hooks": [{"command": "h=$(command -v llmos-hook || x); exec $h"}]}
          ]
        }
      }
      """
    let there = try Self.added(settings, to: older, made: &made)
    let value = try #require(JSONText(Array(there.utf8)))
    let entries = try #require(value.value(at: ["hooks", "PreToolUse"])?.elements)
    #expect(entries.count == 2 && entries[1] == settings.entries[0].entry, "\(there)")
    #expect(entries[0].text == #"{"matcher":"Bash","hooks":[{"command":"guard"}]}"#)
  }

  @Test func whatItsUserPutInIsEnough() throws {
    let settings = HarnessSettings(.claudeCode)
    var made: Set<String> = []
    let own =
      #"{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"LLMOS_AGENT=DEV llmos-hook agent-hook claude-code"}]}]}}"#
    let there = try Self.added(settings, to: own, made: &made)
    #expect(JSONText(Array(there.utf8))?.value(at: ["hooks", "PreToolUse"])?.elements?.count == 1)
    #expect(there.contains("SessionStart"))
    #expect(try Self.removed(settings, from: there, made: made) == own)
    #expect(!HarnessSettings.asksUs("llmos-hook agent-hook codex", .claudeCode))
  }

  @Test func anotherFormIsNotTouched() {
    for text in ["x", "[]", #"{"hooks":[]}"#, #"{"hooks":{"Stop":{}}}"#, #"{"hooks":null}"#, "{\"a\":1"] {
      var made: Set<String> = []
      #expect(throws: HarnessSettings.Unusable.self) {
        try HarnessSettings(.claudeCode).added(to: Array(text.utf8), made: &made)
      }
    }
  }
}
