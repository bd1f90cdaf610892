import Core
import Testing

@testable import Hook

/// The proof that a commit came through step.sh.
@Suite struct StepTicketTests {
  private static let tree = String(repeating: "a", count: 40)
  private static let now: Int64 = 1_766_855_932

  @Test func isGoodForItsTreeAndTime() {
    let text = StepTicket.text(tree: Self.tree, now: Self.now)
    for age in [0, 1, StepTicket.lifetime] {
      #expect(StepTicket.condition(text, now: Self.now + age) { Self.tree } == .valid)
    }
    #expect(StepTicket.condition(text, now: Self.now + StepTicket.lifetime + 1) { Self.tree } == .expired)
    #expect(StepTicket.condition(text, now: Self.now) { String(repeating: "b", count: 40) } == .otherTree)
    // Where nobody can tell the tree, it is none of ours.
    #expect(StepTicket.condition(text, now: Self.now) { nil } == .otherTree)
  }

  /// A clock that was turned back makes no proof that is good for longer.
  @Test func oneFromTheFutureHasExpired() {
    let text = StepTicket.text(tree: Self.tree, now: Self.now + 1)
    #expect(StepTicket.condition(text, now: Self.now) { Self.tree } == .expired)
  }

  /// The tree costs a child, so it is asked for only where it counts.
  @Test func theTreeOfAnExpiredOneIsNotAskedFor() {
    var isAsked = false
    let text = StepTicket.text(tree: Self.tree, now: 0)
    _ = StepTicket.condition(text, now: Self.now) {
      isAsked = true
      return Self.tree
    }
    #expect(!isAsked)
  }

  @Test(arguments: [
    "", "tree \(tree)", "tree \(tree)\nexpires", "tree \(tree)\nexpires soon\n", "expires 1\ntree \(tree)\n",
    "tree \(tree)\nexpires \(now)\nmore\n", "tree \(tree) expires \(now)\n", "\u{FFFD}\n\u{FFFD}\n",
    "tree \(tree)\nexpires 99999999999999999999\n",
  ])
  func anythingElseIsNone(text: String) {
    #expect(StepTicket.condition(text, now: Self.now) { Self.tree } == .none)
  }
}
