import Testing

@testable import Core

@Suite struct ObjectIDTests {
  @Test(arguments: [40, 64])
  func itReadsWhatItWrites(digits: Int) throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let text = String((0..<digits).map { _ in "0123456789abcdef".randomElement(using: &generator) ?? "0" })
      let id = try #require(ObjectID(hex: text))
      #expect(id.description == text)
      #expect(Int(id.width) == digits / 2)
      #expect(id.short == String(text.prefix(10)))
      #expect(id.withBytes { ObjectID(bytes: $0) } == id)
      #expect(ObjectID(hex: text.uppercased()) == id)
      var bytes: [UInt8] = []
      id.append(to: &bytes)
      #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
  }

  @Test func anythingElseIsNone() {
    let digits = String(repeating: "a", count: 40)
    for text in [
      "", "a", String(digits.dropLast()), digits + "a", "g" + digits.dropFirst(),
      "\u{E9}" + digits.dropFirst(2),
    ] {
      #expect(ObjectID(hex: text) == nil, "\(text)")
    }
  }

  @Test func widthsAreDifferentNames() throws {
    let short = try #require(ObjectID(hex: String(repeating: "0", count: 40)))
    let long = try #require(ObjectID(hex: String(repeating: "0", count: 64)))
    #expect(short == .null)
    #expect(short != long)
  }

  @Test func theyAreSortedByTheirBytes() throws {
    let texts = ["00", "01", "0f", "10", "f0", "ff"].map { $0 + String(repeating: "0", count: 38) }
    let ids = texts.compactMap(ObjectID.init(hex:))
    #expect(ids.shuffled().sorted() == ids)
  }
}

@Suite struct JSONTests {
  @Test(arguments: [
    "null", "true", "false", "0", "-1", "12", "1.5", "-0.25e10", "\"\"", "\"a\"", "[]", "[1,[2],{}]", "{}",
    #"{"a":1,"b":[true,null],"c":{"d":"e"}}"#, "\"\u{E9} \u{1F600}\"",
  ])
  func itWritesWhatItReads(text: String) throws {
    #expect(try #require(JSON(reading: text.utf8)).text == text)
  }

  @Test(arguments: [
    (" { \"a\" :\t[ 1 , 2 ]\n}\r\n", "{\"a\":[1,2]}"),
    (#""\u00e9\ud83d\ude00\/\b\f\r""#, "\"\u{E9}\u{1F600}/\\u0008\\u000c\\u000d\""),
    ("99999999999999999999", "99999999999999999999"), ("1e5", "1e5"),
  ])
  func itTakesWhatOthersWrite(text: String, canonical: String) throws {
    #expect(try #require(JSON(reading: text.utf8)).text == canonical)
  }

  @Test(arguments: [
    "", " ", "nul", "nulll", "tru", "01", "1.", ".5", "+1", "1e", "-", "\"", "\"a", "\"\\x\"", "\"\\u12\"",
    #""\ud800""#,
    #""\ud800\u0041""#, "\"\u{1}\"", "[", "[1", "[1,]", "[,]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
    "{a:1}", "{\"a\":1 \"b\":2}",
    "{\"a\":1,\"a\":2}", "1 2", "[] []", "\u{FEFF}1",
  ])
  func whatIsNoValueIsNone(text: String) {
    #expect(JSON(reading: text.utf8) == nil)
  }

  @Test func bytesThatAreNoTextAndDeepNestingAreNone() {
    #expect(JSON(reading: [0x22, 0xFF, 0x22]) == nil)
    #expect(JSON(reading: [0x22, 0x5C, 0x6E, 0xC3, 0x22]) == nil)
    #expect(JSON(reading: String(repeating: "[", count: 100_000).utf8) == nil)
    #expect(
      JSON(reading: (String(repeating: "[", count: 200) + String(repeating: "]", count: 200)).utf8) != nil)
  }
}
