import Core
import Testing

@Suite struct FeatureBriefTests {
  private static let noHeading = "has no heading (# …)"
  private static let noText = "has no line of text below its heading"

  private static let texts: [(String, String?)] = [
    ("# Login\n\nPeople sign in.\n", nil), ("Login\n=====\nPeople sign in.", nil), ("Login\n---\nx\n", nil),
    ("# Вход\nЛюди входят.\n", nil), ("### 3\r\n42\r\n", nil), ("Before.\n\n# Login\n", nil),
    ("# Login\n| a | b |\n|---|---|\n", nil), ("# Login\n- [x] done\n", nil),
    ("\u{FEFF}# Login\r\n\r\nPeople sign in.\r\n", nil), ("Login\r\n===\r\nx\r\n", nil),
    ("# Login\rx\r", nil),
    ("\u{FEFF}# Login\r\n\r\n", noText), ("Login\r\n\r\n===\r\nx\r\n", noHeading),
    // A rule below an empty line underlines nothing.
    ("# Login\nPeople sign in.\n\n---\n", nil),
    ("x", noHeading), ("", noHeading), ("\n \n", noHeading), ("People sign in.\n", noHeading),
    ("#Login\nx", noHeading),
    ("####### Login\nx", noHeading), ("#\nx", noHeading), ("# ---\nx", noHeading),
    ("# Login\n", noText), ("# Login\n## Goal\n", noText), ("# Login\n\n---\n* * *\n", noText),
    ("# Login\n<!-- People\nsign in. -->\n", noText), ("# Login\n<!-- People sign in.\n", noText),
    ("# Login\n-\n- [ ]\n- [x]\n1.\n", nil), ("# Login\n-\n- [ ]\n- [x]\n>\n", noText),
    ("# Login\n…\n", noText),
    ("<!-- # Login -->\nx", noHeading), ("# Login <!-- x --> \n", noText),
  ]

  @Test(arguments: texts)
  func aHeadingAndALineOfText(text: String, lack: String?) {
    #expect(FeatureBrief.lack(in: Array(text.utf8)) == lack)
  }

  @Test func bytesThatAreNoTextSayNothing() {
    #expect(FeatureBrief.lack(in: [0x23, 0x20, 0xFF, 0xFE, 0x0A, 0x00, 0xC0]) == Self.noHeading)
    #expect(FeatureBrief.lack(in: Array("# A\n".utf8) + [0xFF, 0xFF]) == Self.noText)
  }

  /// Whatever somebody made of the template: what only it says is no brief.
  @Test func theTemplateAloneIsNoBrief() {
    let template = Array("# {feature_slug}\nWhat will {feature_slug} do?\n## Goal\nTBD\n".utf8)
    let filled = FeatureBrief.filled(template, slug: "login")
    #expect(String(decoding: filled, as: UTF8.self) == "# login\nWhat will login do?\n## Goal\nTBD\n")
    #expect(FeatureBrief.lack(in: filled, template: filled) == Self.noText)
    #expect(FeatureBrief.lack(in: filled + Array("People sign in.\n".utf8), template: filled) == nil)
    for nonsense in [[], [0xFF, 0x00], Array("{feature_slug".utf8), Array("no heading\n".utf8)] {
      #expect(FeatureBrief.filled(nonsense, slug: "x") == nonsense)
      #expect(FeatureBrief.lack(in: nonsense, template: nonsense) != nil)
    }
  }
}
