import Core
import Testing

@Suite struct FeatureSlugTests {
  @Test(arguments: ["login", "a", "Login-2", "v1.2_x", String(repeating: "x", count: 60)])
  func isTaken(text: String) throws {
    let slug = try FeatureSlug(text)
    #expect(slug.text == text)
    #expect(slug.branch == "feature/" + text)
  }

  /// What cannot be, with the name that the message offers instead.
  @Test(arguments: [
    ("", "login-page"), ("log in", "log-in"), ("a/b", "a-b"), ("Müller", "Mueller"), ("größe", "groesse"),
    ("café", "caf"), ("-x", "x"),
    ("--", "login-page"),
    (".hidden", "hidden"), ("a..b", "a.b"), ("x.lock", "x"), ("x.", "x"), ("a\nb", "a-b"),
    ("ü", "ue"), ("字", "login-page"),
    ("日本", "login-page"), ("a\u{1B}[31mb", "a-31mb"),
    (String(repeating: "y", count: 300), String(repeating: "y", count: 60)),
  ])
  func isRefusedWithOneThatCanBe(text: String, better: String) throws {
    let refusal = #expect(throws: Refusal.self) { try FeatureSlug(text) }
    #expect(refusal?.code == .usage)
    #expect(refusal?.remedy == "llmos-hook feature start " + better)
    #expect(refusal?.lines.unicodeScalars.contains("\u{1B}") == false)
    #expect(try FeatureSlug(better).text == better)
  }
}
