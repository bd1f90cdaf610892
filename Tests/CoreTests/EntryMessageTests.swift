import Core
import Testing

/// What the message of an entry's commit says of its tree, as lines and back.
@Suite struct EntryMessageTests {
  private static func id(_ digit: Character) throws -> ObjectID {
    try #require(ObjectID(hex: String(repeating: digit, count: 40)))
  }

  private static func message(_ landed: String = "1 a\n1 b\n", replaced: Bool = false) throws -> EntryMessage
  {
    try EntryMessage(
      sequence: 17, at: "2026-11-26T12:37:37Z", head: id("a"), said: id("b"), record: id("c"), state: id("d"),
      replaced: replaced ? id("e") : nil, landed: Array(landed.utf8))
  }

  private static func read(_ text: String) -> EntryMessage? {
    Array(text.utf8).withUnsafeBytes { EntryMessage(message: $0) }
  }

  private static let subject = "transition: FEATURE_DEVELOPMENT:QA (next-phase)\n\n"

  @Test func itIsReadAsItWasWritten() throws {
    for message in try [
      Self.message(), Self.message(""), Self.message(replaced: true),
      EntryMessage(
        sequence: 1, at: "", head: nil, said: Self.id("b"), record: Self.id("c"), state: Self.id("d"),
        replaced: nil, landed: []),
    ] {
      #expect(Self.read(Self.subject + message.text) == message)
    }
  }

  /// Whatever is torn, of another form or older says nothing: then the parts are read.
  @Test func anythingElseSaysNothing() throws {
    let text = try Self.subject + Self.message().text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for gone in 0..<10 {
      var some = lines
      some.remove(at: gone)
      #expect(Self.read(some.joined(separator: "\n")) == nil, "without line \(gone)")
      some = Array(lines[...gone])
      #expect(Self.read(some.joined(separator: "\n")) == nil, "up to line \(gone)")
    }
    for (old, new) in [
      ("llmos-entry 1", "llmos-entry 2"), ("seq 17", "seq 0"), ("seq 17", "seq -1"),
      ("seq 17", "sequence 17"),
      ("head a", "head g"), ("said b", "said "), ("gate ", "GATE "), ("replaced -", "replaced x"),
      ("(next-phase)\n", "(next\nphase)\n"),
    ] {
      let changed = text.replacing(old, with: new, maxReplacements: 1)
      #expect(changed != text && Self.read(changed) == nil, "\(new)")
    }
    #expect(Self.read("") == nil)
    #expect(Self.read("transition: A:B (set)\n") == nil)
  }
}
