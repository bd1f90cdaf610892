import Core
import Testing

@Suite struct GitVersionTests {
  @Test(arguments: [
    ("git version 2.30.9", true), ("git version 1.9.1", true), ("git version 2.31.0", false),
    ("git version 2.55.0.rc2", false), ("git version 2.39.5 (Apple Git-154)", false),
    ("git version 2.100.1.windows.1", false), ("git version 3.0.0", false),
  ])
  func whatIsTooOldIsRefused(words: String, isOld: Bool) throws {
    let refusal = try #require(GitVersion(words)).refusal
    #expect((refusal != nil) == isOld)
    #expect(refusal?.what.hasSuffix("llmos-hook needs 2.31 or newer") != false)
  }

  /// What does not say its version is not judged by it.
  @Test(arguments: ["", "git version", "git version unknown", "git version 2", "hub version 2.14.2"])
  func whatIsNoVersionIsNone(words: String) {
    #expect(GitVersion(words) == nil)
  }
}
