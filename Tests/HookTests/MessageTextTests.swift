import Core
import Testing

@testable import Hook

/// What is done with the bytes of a commit message.
@Suite struct MessageTextTests {
  private static let comment = UInt8(ascii: "#")
  private static let pair = "Scenario: FEATURE_DEVELOPMENT/QA\nAgent: QA\n"

  private func appended(_ message: String, comment: UInt8? = comment) -> String? {
    MessageText.appended(Self.pair, to: Array(message.utf8), comment: comment).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  private func without(_ message: String, keepingLast: Bool = false) -> String {
    String(
      decoding: MessageText.withoutOurs(
        Array(message.utf8), knowing: [Place("F", "DEV"), Place("F", "OPS")], keepingLast: keepingLast),
      as: UTF8.self)
  }

  private func text(_ message: String, comment: UInt8? = comment) -> [String] {
    MessageText.text(of: Array(message.utf8), comment: comment).map { String(decoding: $0, as: UTF8.self) }
  }

  // MARK: Adding

  @Test(arguments: ["subject", "subject\n", "subject\n\n\n", "subject\n\nbody\n", "a: subject, with a colon"])
  func trailersStandInAParagraphOfTheirOwn(message: String) {
    let plain = String(message.reversed().drop { $0 == "\n" }.reversed())
    #expect(appended(message) == plain + "\n\n" + Self.pair)
  }

  /// What git could take for a trailer or a comment is left to git.
  @Test(arguments: [
    "subject\n\nSigned-off-by: A <a@b>\n", "subject\n\n(cherry picked from commit 1234)\n",
    "subject\n# a comment\n", "subject\r\n",
  ])
  func theRestIsLeftToGit(message: String) {
    #expect(appended(message) == nil)
  }

  @Test func withoutAnEditorNothingIsAComment() {
    #expect(appended("subject\n\n# no comment\n", comment: nil) == "subject\n\n# no comment\n\n" + Self.pair)
  }

  // MARK: Taking out

  @Test func onlyPairsOfOursAreTakenOut() {
    #expect(without("subject\n\n" + Self.pair) == "subject\n\n")
    #expect(without("subject\n\n" + Self.pair + "Signed-off-by: A\n") == "subject\n\nSigned-off-by: A\n")
    // A line of the user's stays.
    for theirs in [
      "Scenario: somebody forgets a password\nAgent: 007\n", "Scenario: A/B\n", "Agent: DEV\n",
      "Scenario: A/B\n\nAgent: DEV\n", "Scenario: A/B/C\nAgent: DEV\n", "Scenario: A/\nAgent: DEV\n",
      "Scenario: A/B\nAgent: D E V\n", " Scenario: A/B\nAgent: DEV\n", "Agent: DEV\nScenario: A/B\n",
    ] {
      #expect(without("subject\n\n" + theirs) == "subject\n\n" + theirs)
    }
  }

  /// A line alone is ours where it names a place that is known.
  @Test func aLineAloneIsOursWhereItsPlaceIsKnown() {
    #expect(without("subject\n\nScenario: F/DEV\n") == "subject\n\n")
    #expect(without("subject\n\nScenario: F/QA\n") == "subject\n\nScenario: F/QA\n")
    #expect(without("subject\n\nScenario: F/DEV \n") == "subject\n\nScenario: F/DEV \n")
    let squashed = "one\n\nScenario: F/DEV\n\ntwo\n\n\(Self.pair)\nthree\n\nScenario: F/OPS"
    #expect(without(squashed, keepingLast: true) == "one\n\n\ntwo\n\n\nthree\n\nScenario: F/OPS")
  }

  /// A squashed message has one of each commit.
  @Test func theLastPairCanStay() {
    let other = "Scenario: A/B\nAgent: DEV\n"
    let squashed = "one\n\n" + other + "\ntwo\n\n" + Self.pair
    #expect(without(squashed) == "one\n\n\ntwo\n\n")
    #expect(without(squashed, keepingLast: true) == "one\n\n\ntwo\n\n" + Self.pair)
    #expect(without("subject\n\n" + Self.pair, keepingLast: true) == "subject\n\n" + Self.pair)
  }

  // MARK: What git keeps

  @Test func commentsAndWhatIsBelowTheScissorsAreNotKept() {
    let scissors = "# ------------------------ >8 ------------------------"
    #expect(text("subject\n# comment\n\(scissors)\ndiff\n") == ["subject"])
    #expect(text("subject\n; comment\n", comment: UInt8(ascii: ";")) == ["subject"])
    #expect(text("# only\n\n \t\n") == [])
    #expect(text("# kept\n", comment: nil) == ["# kept"])
    // A sign-off alone is no message.
    #expect(text("\nSigned-off-by: A <a@b>\n") == [])
  }
}
