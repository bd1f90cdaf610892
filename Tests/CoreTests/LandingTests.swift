import Testing

@testable import Core

@Suite struct LandingTests {
  private static func id(_ digit: Character) throws -> ObjectID {
    try #require(ObjectID(hex: String(repeating: digit, count: 40)))
  }

  private static func landing(_ change: (inout Landing) -> Void = { _ in }) throws -> Landing {
    var landing = Landing(
      entry: try id("a"), kind: .made, at: 1_766_855_932, actor: "AGENT:DEV", reference: "refs/heads/main",
      old: try id("b"), new: try id("c"), commits: [try id("c")])
    change(&landing)
    return landing
  }

  @Test func aLineReadsBack() throws {
    let wide = try #require(ObjectID(hex: String(repeating: "e", count: 64)))
    for landing in [
      try Self.landing(), try Self.landing { $0.commits = [] }, try Self.landing { $0.old = nil },
      try Self.landing { $0.new = nil }, try Self.landing { $0.kind = .incoming },
      try Self.landing { $0.actor = "AGENT:two words\n%41\u{7F}é" }, try Self.landing { $0.actor = "" },
      try Self.landing { $0.reference = "refs/heads/a b\nc" }, try Self.landing { $0.at = -5 },
      try Self.landing { $0.commits = [wide, wide] },
      try Self.landing { $0.reference = String(raw: Array("refs/heads/caf".utf8) + [0xE9]) },
      try Self.landing { $0.reference = String(raw: [0xF4, 0x8F, 0xBF, 0xA9, 0x25, 0xE9]) },
    ] {
      #expect(Landing(line: landing.line.utf8) == landing)
      #expect(!landing.line.contains("\n"))
    }
  }

  /// A line is the same bytes in a file, in a blob and in a commit's message.
  @Test func bytesThatAreNoUTF8AreSpelled() throws {
    let landing = try Self.landing { $0.reference = String(raw: Array("refs/heads/caf".utf8) + [0xE9]) }
    #expect(landing.line.contains(" refs/heads/caf%e9 "))
    #expect(landing.line.rawBytes == Array(landing.line.utf8))
  }

  @Test func whatIsTornOrChangedIsNone() throws {
    let line = try Self.landing().line
    for length in 0..<line.utf8.count { #expect(Landing(line: line.utf8.prefix(length)) == nil) }
    for index in line.utf8.indices {
      var bytes = Array(line.utf8)
      bytes[line.utf8.distance(from: line.startIndex, to: index)] ^= 1
      #expect(Landing(line: bytes) == nil)
    }
    for text in ["", "\n", " ", "1 2 3", line + " ", " " + line, "made " + line] {
      #expect(Landing(line: text.utf8) == nil, "\(text)")
    }
  }

  @Test func aLogIsReadPastWhatIsTorn() throws {
    let one = try Self.landing()
    let two = try Self.landing { $0.kind = .moved }
    let log = "\n\(one.line)\n\n\(one.line.prefix(40))\n\(two.line)\n\n\(one.line)\n\(two.line.dropLast())"
    #expect(Landing.all(in: Array(log.utf8)) == [one, two])
  }
}
