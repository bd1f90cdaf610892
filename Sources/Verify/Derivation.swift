import Core

/// What a commit was made from, where a host made it of other commits: found by its content.
public struct Derivation: Hashable, Sendable {
  /// How.
  public enum Kind: Hashable, Sendable {
    /// The automatic merge of its parents.
    case merge
    /// The automatic merge of its parent with a commit, as one commit.
    case squash(of: Int32)
    /// Exactly the change of a commit, on another parent.
    case replay(of: Int32)
  }

  /// The derived commit, by its index in the graph.
  public let commit: Int32
  /// How, and from which.
  public let kind: Kind

  /// A derivation of these.
  public init(commit: Int32, kind: Kind) {
    self.commit = commit
    self.kind = kind
  }
}

/// Decides which commits that match other commits' content are derived from them: oldest first, since what is made of
/// a derived commit is derived as well.
public struct Derivations {
  private let graph: CommitGraph
  private let matches: [Int32: [Derivation.Kind]]
  private let rolledBack: Set<Int32>
  /// By source, the derived commits that brought it.
  private var covering: [Int32: [Int32]] = [:]
  /// What the last parent that was asked about reaches.
  private var history: History

  /// - Parameters:
  ///   - matches: what has the content of what.
  ///   - rolledBack: commits that a rollback has undone.
  public init(_ graph: CommitGraph, matches: [Derivation], rolledBack: Set<Int32>) {
    self.graph = graph
    self.matches = Dictionary(grouping: matches, by: \.commit).mapValues { $0.map(\.kind) }
    self.rolledBack = rolledBack
    history = History(count: graph.count)
  }

  /// The derivation of a commit that holds; nil when none does. To be asked of each, parents before children.
  ///
  /// - Parameter isGood: whether a commit is judged good.
  public mutating func derivation(
    of commit: Int32, isGood: (Int32) -> Bool
  ) -> Derivation.Kind? {
    let parents = Array(graph.parents(of: commit))
    guard let matches = matches[commit], !parents.isEmpty, parents.allSatisfy(isGood) else { return nil }
    for match in matches {
      switch match {
      case .merge: if parents.count == 2 { return match }
      case .squash(let source):
        if parents.count == 1, let covered = squashed(source, onto: parents[0], isGood) {
          for part in covered { covering[part, default: []].append(commit) }
          return match
        }
      case .replay(let source):
        if parents.count == 1, isReplay(source, onto: parents[0], isGood) {
          covering[source, default: []].append(commit)
          return match
        }
      }
    }
    return nil
  }

  /// What a squash of a source brings onto a parent; nil when it proves nothing: something of it is not good or was
  /// rolled back, or all of it is there already.
  private mutating func squashed(
    _ source: Int32, onto parent: Int32, _ isGood: (Int32) -> Bool
  ) -> [Int32]? {
    let over = beyond(parent, from: source)
    guard !over.isEmpty, over.allSatisfy({ isGood($0) && !rolledBack.contains($0) }),
      over.contains(where: { !isCovered($0) })
    else { return nil }
    return over
  }

  /// Whether a source is the next commit of a chain that is replayed onto a parent: all that the source has before it is
  /// there, as it is or derived, and the source is not.
  private mutating func isReplay(
    _ source: Int32, onto parent: Int32, _ isGood: (Int32) -> Bool
  ) -> Bool {
    guard graph.parents(of: source).count == 1, isGood(source), !rolledBack.contains(source) else {
      return false
    }
    let over = beyond(parent, from: source)
    return over.contains(source) && !isCovered(source) && over.allSatisfy { $0 == source || isCovered($0) }
  }

  /// The commits that a source has and a parent has not.
  private mutating func beyond(_ parent: Int32, from source: Int32) -> [Int32] {
    history.move(to: parent, graph)
    var found: [Int32] = []
    var met: Set<Int32> = []
    graph.walk(from: source) { commit in
      guard !history.contains(commit), met.insert(commit).inserted else { return false }
      found.append(commit)
      return true
    }
    return found
  }

  /// Whether a derived commit in the history at hand has brought a source.
  private func isCovered(_ source: Int32) -> Bool {
    covering[source]?.contains { history.contains($0) } ?? false
  }

  /// All that one commit reaches, kept while the next one goes on from it.
  private struct History {
    private var reached: [Bool]
    private var tip: Int32?

    init(count: Int) { reached = [Bool](repeating: false, count: count) }

    func contains(_ commit: Int32) -> Bool { reached[Int(commit)] }

    mutating func move(to commit: Int32, _ graph: CommitGraph) {
      guard tip != commit else { return }
      // What goes on from the tip adds to what it reaches; anything else begins anew.
      var isOnTop = tip == nil
      var added: [Int32] = []
      graph.walk(from: commit) { next in
        if next == tip { isOnTop = true }
        guard !reached[Int(next)] else { return false }
        reached[Int(next)] = true
        added.append(next)
        return true
      }
      if !isOnTop {
        reached = [Bool](repeating: false, count: reached.count)
        graph.walk(from: commit) { next in
          guard !reached[Int(next)] else { return false }
          reached[Int(next)] = true
          return true
        }
      }
      tip = commit
    }
  }
}
