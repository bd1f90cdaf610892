import Core
import Testing

@Suite struct JSONTextTests {
  private static func text(_ text: String) throws -> JSONText {
    try #require(JSONText(Array(text.utf8)), "\(text)")
  }

  private static func string(_ text: JSONText) -> String { String(decoding: text.bytes, as: UTF8.self) }

  static let kept = [
    "{}", "{\n}\n", "{ }", "{\"a\":1}", "{\"a\": 1, \"h\": {\"x\": [1]}}", "{\n  \"a\": 1\n}\n",
    "{\n\t\"a\": 1,\n\t\"h\": {\n\t\t\"x\": [\n\t\t\t1\n\t\t]\n\t}\n}",
    "{\n    \"a\": 1, // one\n    // two\n}\n",
    "{\n  \"a\": 1 // one\n}", "/* first */ {\n  /* a */ \"a\" /* b */ : /* c */ [1, 2,], // d\n} // end",
    "{\r\n  \"a\": 1,\r\n  \"b\": \"\\\"// no comment }\"\r\n}\r\n", "\u{FEFF}{\"a\":1}",
    "{\n  \"a\": {}, \"b\": []\n}", "{\n  \"a\": 1 /* one */,\n  \"b\": 2 /* two */ }",
  ]

  /// What is put in and taken out again leaves the text as it was, byte by byte; an empty object stays empty.
  @Test(arguments: kept)
  func whatIsNotChangedStays(text: String) throws {
    let before = try Self.text(text)
    var changed = before
    let isIn = changed.add(.object([("k", .array([.int(1), .string("}")]))]), key: "new", to: [])
    #expect(isIn)
    #expect(changed.value(at: ["new", "k", 1]) == .string("}"), "\(Self.string(changed))")
    let done1 = changed.add(.int(2), to: ["new", "k"]) && changed.add(.null, key: "l", to: ["new"])
    #expect(done1)
    #expect(changed.value(at: ["new"])?.text == #"{"k":[1,"}",2],"l":null}"#, "\(Self.string(changed))")
    let done2 = changed.remove(at: ["new"])
    #expect(done2)
    #expect(changed.value(at: []) == before.value(at: []))
    if before.value(at: []) != .object([]) {
      #expect(changed.bytes == before.bytes, "\(Self.string(changed))")
    }
  }

  @Test func whatItLooksLike() throws {
    var text = try Self.text("{\n    \"a\": 1, // one\n    \"h\": {\n        \"x\": [1]\n    }\n}\n")
    let done3 = text.add(.object([("c", .string("y"))]), to: ["h", "x"])
    #expect(done3)
    let done4 = text.add(.array([.bool(true)]), key: "z", to: ["h"])
    #expect(done4)
    #expect(
      Self.string(text) == """
        {
            "a": 1, // one
            "h": {
                "x": [1,
                    {
                        "c": "y"
                    }],
                "z": [
                    true
                ]
            }
        }

        """)
    var flat = try Self.text(#"{"a":{}}"#)
    let done5 = flat.add(.int(1), key: "b", to: ["a"]) && flat.add(.int(2), key: "c", to: [])
    #expect(done5)
    #expect(Self.string(flat) == #"{"a":{"b":1}, "c":2}"#)
  }

  @Test func elementsGoOneByOne() throws {
    for (before, place, after) in [
      ("[1, 2, 3]", 0, "[ 2, 3]"), ("[1, 2, 3]", 1, "[1, 3]"), ("[1, 2, 3]", 2, "[1, 2]"), ("[1]", 0, "[]"),
      ("[1, 2,]", 1, "[1,]"), ("[\n1, // a\n2 // b\n]", 1, "[\n1 // a\n // b\n]"),
    ] {
      var text = try Self.text("{\"a\":\(before)}")
      let done6 = text.remove(at: ["a", .index(place)])
      #expect(done6)
      #expect(Self.string(text) == "{\"a\":\(after)}")
    }
  }

  @Test(arguments: [
    "", "[]", "7", "{", "{\"a\":}", "{\"a\" 1}", "{a:1}", "{\"a\":1 \"b\":2}", "{,}", "{\"a\":1,,}", "{} x",
    "{\"a\":'b'}",
    "{\"a\":01}", "{\"a\": nul}", "{\"a\":\"b}", "{} /* open", "{\"a\":[1}}", "\"{}\"", "{\"a\":1}}",
  ])
  func whatIsNoObjectIsNotRead(text: String) {
    #expect(JSONText(Array(text.utf8)) == nil, "\(text)")
  }

  @Test func nothingIsChangedWhereNothingIs() throws {
    var text = try Self.text(#"{"a":[1],"b":2}"#)
    let before = text.bytes
    let done7 = !text.add(.int(1), key: "x", to: ["a"]) && !text.add(.int(1), to: [])
    #expect(done7)
    let done8 = !text.add(.int(1), key: "x", to: ["b"]) && !text.add(.int(1), key: "x", to: ["c"])
    #expect(done8)
    let done9 = !text.remove(at: ["c"]) && !text.remove(at: ["a", 1]) && !text.remove(at: ["a", "x"])
    #expect(done9)
    let done10 = !text.remove(at: [])
    #expect(done10)
    #expect(text.bytes == before)
    #expect(JSONText(Array((String(repeating: "{\"a\":", count: 10_000)).utf8)) == nil)
  }
}
