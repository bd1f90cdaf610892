/// What a ledger that began anew replaces: the blob `replaced` of its entries, lines of `ID NAME`.
public struct Replaced: Hashable, Sendable {
  /// The first entries of the ledgers that are gone, each with the ledger's name (`<clone>/<worktree>`): a ledger that
  /// begins with one of them is taken nowhere any more, under whatever name.
  public var ledgers: [ObjectID: String]
  /// The notes as they stood then: what they said is accepted, since no ledger can confirm it any more.
  public var notes: ObjectID?

  /// What is replaced.
  public init(ledgers: [ObjectID: String] = [:], notes: ObjectID? = nil) {
    self.ledgers = ledgers
    self.notes = notes
  }

  /// Reads the blob; a line that is not of its form is left out.
  public init(text: String) {
    self.init()
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard words.count == 2, let id = ObjectID(hex: words[0]) else { continue }
      if words[1] == Layout.notes.text { notes = id } else { ledgers[id] = words[1] }
    }
  }

  /// The blob's text, sorted.
  public var text: String {
    var lines = ledgers.map { "\($0.key) \($0.value)\n" }
    if let notes { lines.append("\(notes) \(Layout.notes.text)\n") }
    return lines.sorted().joined()
  }
}
