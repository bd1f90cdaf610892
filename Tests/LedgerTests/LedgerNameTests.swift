import Core
import Testing

@testable import Ledger

/// Each worktree has a ledger, whatever its name is, and no two have one.
@Suite struct LedgerNameTests {
  @Test(arguments: [
    ("w", "w"), ("v1.2", "v1.2"), ("a@b", "a@b"), ("é", "é"), ("50%", "50%"), ("a%b", "a%b"),
    ("main", "main-"),
    ("main--", "main---"), ("v1.", "v1%2E"), (".hid", "%2Ehid"), ("a..b", "a.%2Eb"), ("x.lock", "x%2Elock"),
    ("a@{b", "a@%7Bb"), ("a b", "a%20b"), ("a~b^c:d?e*f[g\\h", "a%7Eb%5Ec%3Ad%3Fe%2Af%5Bg%5Ch"),
    ("\u{7F}", "%7F"),
    ("v1%2E", "v1%252E"), ("%", "%"), (".", "%2E"), ("caf\u{10FFE9}", "caf%E9"),
  ])
  func isAPartOfAReference(id: String, part: String) {
    #expect(Ledger.reference(linkedWorktree: id) == "refs/llmos/ledger/" + part)
  }

  @Test func noTwoShareOne() {
    let letters = [".", "%", "2", "E", "a", " "]
    let ids = letters.flatMap { a in
      letters.flatMap { b in letters.flatMap { c in ["%2E", ""].map { a + b + c + $0 } } }
    }
    let unique = Set(ids)
    #expect(Set(unique.map { Ledger.reference(linkedWorktree: $0) }).count == unique.count)
  }
}
