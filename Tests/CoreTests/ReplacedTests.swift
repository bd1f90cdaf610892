import Testing

@testable import Core

/// The blob `replaced` of a ledger that began anew.
@Suite struct ReplacedTests {
  private let one = String(repeating: "1", count: 40)
  private let two = String(repeating: "2", count: 40)

  @Test func itIsReadAsItWasWritten() throws {
    var replaced = Replaced()
    replaced.ledgers[try #require(ObjectID(hex: two))] = "0123456789abcdef/a b"
    replaced.notes = ObjectID(hex: one)
    #expect(replaced.text == "\(one) refs/notes/llmos\n\(two) 0123456789abcdef/a b\n")
    #expect(Replaced(text: replaced.text) == replaced)
    #expect(Replaced().text.isEmpty)
  }

  @Test func whatIsNotOfItsFormIsLeftOut() {
    #expect(Replaced(text: "x\n\(one)\n\(one.dropLast()) a\n\n \(one) a\n") == Replaced())
  }
}
