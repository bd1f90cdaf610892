import Testing

@testable import Core

@Suite struct ReferenceMoveTests {
  private let one = String(repeating: "1", count: 40)
  private let zero = String(repeating: "0", count: 40)

  @Test(arguments: [
    ("HEAD", ReferenceMove.Kind.code), ("refs/heads/main", .code), ("refs/anything/else", .code),
    ("worktrees/x/HEAD", .code), ("main-worktree/HEAD", .code), ("refs/remotes/origin/HEAD", .exempt),
    ("worktrees/x/ORIG_HEAD", .exempt),
    ("refs/headsx", .code), ("refs/llmos/ledger/main", .engine), ("refs/llmos/backup/1", .engine),
    ("refs/notes/llmos", .notes), ("refs/notes/commits", .exempt), ("refs/stash", .exempt),
    ("refs/stash/x", .code), ("refs/remotes/origin/main", .exempt), ("refs/tags/v1", .exempt),
    ("refs/bisect/bad", .exempt), ("refs/replace/1", .exempt), ("refs/prefetch/x", .exempt),
    ("ORIG_HEAD", .exempt), ("FETCH_HEAD", .exempt), ("MERGE_HEAD", .exempt),
    ("refs/notes/llmos2", .exempt), ("refs/not", .code), ("refs/tags", .code), ("HEADX", .exempt),
    ("", .exempt),
    // Each with a character that joins the slash before or after it to one letter.
    ("worktrees/x\u{600}/HEAD", .code), ("refs/llmos/\u{301}x", .engine), ("refs/tags/\u{301}x", .exempt),
  ])
  func theNameTellsTheKind(name: String, kind: ReferenceMove.Kind) {
    #expect(ReferenceMove.kind(of: name) == kind)
  }

  @Test func whatDoesNotMatterIsNotLookedAt() {
    #expect(ReferenceMove(line: "\(one) \(one) HEAD")?.matters == false)
    #expect(ReferenceMove(line: "\(zero) \(one) refs/tags/v1")?.matters == false)
    #expect(ReferenceMove(line: "\(one) \(zero) refs/heads/x")?.matters == true)
    #expect(ReferenceMove(line: "\(one) \(zero) refs/heads/x")?.isDeletion == true)
  }

  private func isQuiet(_ lines: String) -> Bool {
    Array(lines.utf8).withUnsafeBytes { ReferenceMove.concernNobody($0) }
  }

  /// The long way: each line as text.
  private func matters(_ lines: String) -> Bool {
    ReferenceMove.all(in: Array(lines.utf8)).contains(where: \.matters)
      || SymbolicMove.all(in: Array(lines.utf8)).contains { $0.refusal != nil }
  }

  private static let names = [
    "refs/remotes/origin/main", "refs/tags/v1", "refs/stash", "ORIG_HEAD", "refs/notes/commits",
    "refs/tags/\u{E9}",
    "HEAD", "refs/heads/main", "refs/llmos/ledger/main", "refs/notes/llmos", "worktrees/w/HEAD",
    "refs/stash/x",
  ]

  /// Lines as git writes them are told in short as they are at length.
  @Test func whatConcernsNobodyIsToldInShort() throws {
    for _ in 0..<2000 {
      let digits = [40, 64].randomElement() ?? 40
      let lines = (0..<Int.random(in: 0...5)).map { _ in
        let ids = (0..<2).map { _ in String(repeating: ["0", "1", "f"].randomElement() ?? "0", count: digits)
        }
        // Names that concern nobody are the likelier ones.
        let name = Self.names.prefix(Int.random(in: 0..<8) == 0 ? 12 : 6).randomElement() ?? "HEAD"
        return "\(ids[0]) \(ids[1]) \(name)\n"
      }.joined()
      let isExempt = ReferenceMove.all(in: Array(lines.utf8)).allSatisfy { $0.kind == .exempt }
      #expect(isQuiet(lines) == isExempt, "\(lines)")
      #expect(!isQuiet(lines) || !matters(lines), "\(lines)")
    }
  }

  /// Whatever comes: where the short way says that it concerns nobody, the long way does.
  @Test func whatIsNotPlainIsToldAtLength() {
    let words = [
      " ", " ", " ", "\n", "\n", "", "\0", "\r", "ref:", "g", "A", String(repeating: "0", count: 39),
      String(repeating: "1", count: 40), String(repeating: "0", count: 40), String(repeating: "1", count: 40),
      String(repeating: "2", count: 64),
    ]
    var quiet = 0
    for _ in 0..<100_000 {
      var lines = ""
      for _ in 0..<Int.random(in: 1...2) {
        for word in [words[13], " ", words[12], " ", Self.names.randomElement() ?? "", "\n"] {
          lines += Int.random(in: 0..<8) == 0 ? words.randomElement() ?? "" : word
        }
      }
      guard isQuiet(lines) else { continue }
      quiet += 1
      #expect(!matters(lines), "\(lines)")
    }
    #expect(quiet > 1000)
  }

  @Test func onlyWholeLinesArePlain() {
    let line = "\(zero) \(one) refs/tags/v1\n"
    #expect(isQuiet(""))
    #expect(isQuiet(line + line))
    for other in [
      String(line.dropLast()), line + "\n", " " + line, line + "x", "\(zero) \(one) \n", "\(zero) \(one)\n",
      "\(zero) \(one)1 refs/tags/v1\n", "0 1 refs/tags/v1\n",
      "\(zero) ref:refs/heads/main refs/tags/v1\n", line + "\(zero) \(one) HEAD\n",
    ] {
      #expect(!isQuiet(other), "\(other)")
    }
  }
}
