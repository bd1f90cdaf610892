import Testing

@testable import Core

@Suite struct UnknownNameTests {
  @Test(arguments: [
    ("nxt-phase", "next-phase"), ("FEATURE", "FEATURE_DEVELOPMENT"), ("FEATURE_DEV", "FEATURE_DEVELOPMENT"),
    ("feature-development", "FEATURE_DEVELOPMENT"), ("DVE", "DEV"), ("dev", "DEV"), ("tests", "run_tests"),
    ("run_test", "run_tests"), ("statsu", "status"), ("mainten", "MAINTENANCE"),
  ])
  func theNearestIsMeant(word: String, expected: String) {
    let words = ["next-phase", "status", "FEATURE_DEVELOPMENT", "MAINTENANCE", "DEV", "QA", "run_tests"]
    #expect(suggestion(word, words) == expected)
  }

  @Test(arguments: ["", "x", "qq", "nothing-like-it", "🙂🙂🙂"])
  func orNothing(word: String) {
    #expect(suggestion(word, ["next-phase", "DEPLOYMENT", "run_tests"]) == nil)
    #expect(suggestion(word, []) == nil)
  }

  @Test func theRefusalNamesAllAndTheNearest() {
    let refusal = Refusal.unknown("event", "deploy", among: ["deploy-failure", "other"]) { "do \($0)" }
    #expect(refusal.code == .usage)
    #expect(
      refusal.lines
        == "llmos-hook: unknown event: deploy\n  events: deploy-failure, other\n  next: do deploy-failure\n")
  }

  @Test func theCanonicalCatalogHasNoFindings() {
    #expect(Set(Catalog.canonical.scenarios.flatMap(\.findings).map(\.text)) == ["allows commits"])
  }
}
