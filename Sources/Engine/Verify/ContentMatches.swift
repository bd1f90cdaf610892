import Core
import Git
import Platform
import Verify

/// Which commits have the content of others: what a host's merge, squash or rebase was made from, compared by the
/// merges that git makes by itself.
///
/// Not every pair is tried: a squash has files just as its source left them, so that the two share a path with the
/// same content. Of those the newest come first.
struct ContentMatches {
  private let repository: CommitTrees
  private let graph: CommitGraph

  /// The most sources that are tried for one commit.
  private static let tries = 8

  /// Finds what has the content of what.
  ///
  /// - Parameters:
  ///   - commits: those for which nothing else speaks.
  ///   - sources: commits that were made under the gate.
  /// - Throws: `Refusal`: 69 where git is too old to tell.
  static func find(
    among commits: [Int32], sources: [Int32], in graph: CommitGraph, _ repository: borrowing Repository
  ) throws -> [Derivation] {
    guard !commits.isEmpty else { return [] }
    let merges = try AutomaticMerges(borrowingFrom: repository)
    let trees = try CommitTrees(
      of: commits + sources + commits.flatMap { graph.parents(of: $0) }, graph, repository)
    let matches = ContentMatches(repository: trees, graph: graph)
    return try matches.merged(commits, merges) + matches.picked(commits, sources, merges, repository)
  }

  /// Of some commits the one that leaves most paths with the same content as a commit does, else the one that changes most
  /// of the same paths; nil where none changes any.
  static func nearest(to commit: Int32, among sources: [Int32], in graph: CommitGraph) throws -> Int32? {
    let changes = try Changes(of: [commit] + sources, graph)
    return changes.sharing(with: commit, among: sources, changes.index(of: sources), most: 1).first
      ?? changes.nearestByPath(to: commit, among: sources)
  }

  // MARK: Merges

  private func merged(_ commits: [Int32], _ merges: borrowing AutomaticMerges) throws -> [Derivation] {
    let merging = commits.filter { graph.parents(of: $0).count == 2 }
    let pairs = merging.map { commit in
      let parents = Array(graph.parents(of: commit))
      return AutomaticMerges.Pair(ours: graph.id(parents[0]), theirs: graph.id(parents[1]))
    }
    return try zip(merging, merges.trees(of: pairs)).compactMap { commit, tree in
      try isContent(of: commit, tree, merges, mayBeEmpty: true)
        ? Derivation(commit: commit, kind: .merge) : nil
    }
  }

  // MARK: Squashes and rebases

  private func picked(
    _ commits: [Int32], _ sources: [Int32], _ merges: borrowing AutomaticMerges,
    _ repository: borrowing Repository
  ) throws -> [Derivation] {
    let single = commits.filter { graph.parents(of: $0).count == 1 }
    let changes = try Changes(of: single + sources, graph)
    let index = changes.index(of: sources)
    var candidates = single.map { commit in
      (commit: commit, sources: changes.sharing(with: commit, among: sources, index, most: Self.tries))
    }
    var found: [Derivation] = []
    for round in 0..<Self.tries {
      candidates.removeAll { $0.sources.count <= round }
      let tried = candidates.map { (commit: $0.commit, source: $0.sources[round]) }
      let squashes = try merges.trees(
        of: tried.map { one in
          AutomaticMerges.Pair(ours: graph.id(parent(of: one.commit)), theirs: graph.id(one.source))
        })
      let replays = try replayed(tried, changes, merges)
      var isDone: Set<Int32> = []
      for (index, one) in tried.enumerated() {
        // The same change lies on several branches where it was picked; of which one it can be, its history tells.
        if try isContent(of: one.commit, replays[index], merges) {
          found.append(Derivation(commit: one.commit, kind: .replay(of: one.source)))
        }
        if try isContent(of: one.commit, squashes[index], merges) {
          found.append(Derivation(commit: one.commit, kind: .squash(of: one.source)))
          isDone.insert(one.commit)
        }
      }
      candidates.removeAll { isDone.contains($0.commit) }
    }
    return found
  }

  /// The trees of the sources' own changes on top of the commits' parents; only where both change the same paths.
  private func replayed(
    _ tried: [(commit: Int32, source: Int32)], _ changes: Changes, _ merges: borrowing AutomaticMerges
  ) throws -> [ObjectID?] {
    var trees = [ObjectID?](repeating: nil, count: tried.count)
    var asked: [Int] = []
    var replays: [AutomaticMerges.Replay] = []
    for (index, one) in tried.enumerated() where changes.havePathsInCommon(one.commit, one.source) {
      guard let base = graph.parents(of: one.source).first.flatMap(repository.tree),
        let theirs = repository.tree(one.source), let ours = repository.tree(parent(of: one.commit))
      else { continue }
      asked.append(index)
      replays.append(
        AutomaticMerges.Replay(
          base: try merges.withoutState(base), theirs: try merges.withoutState(theirs),
          ours: try merges.withoutState(ours)))
    }
    for (index, tree) in zip(asked, try merges.trees(of: replays)) { trees[index] = tree }
    return trees
  }

  private func parent(of commit: Int32) -> Int32 { graph.parents(of: commit).first ?? commit }

  /// Whether a commit's tree is this one, the state file left out, and not its parent's: an empty commit has no content.
  /// (A merge of nothing but empty commits is one all the same.)
  private func isContent(
    of commit: Int32, _ tree: ObjectID?, _ merges: borrowing AutomaticMerges, mayBeEmpty: Bool = false
  ) throws -> Bool {
    guard let tree, let own = repository.tree(commit), let before = repository.tree(parent(of: commit)) else {
      return false
    }
    let content = try merges.withoutState(own)
    return try merges.withoutState(tree) == content
      && (mayBeEmpty || merges.withoutState(before) != content)
  }
}

/// The trees of commits, as far as they are here.
private struct CommitTrees {
  private var trees: [Int32: ObjectID] = [:]

  init(of commits: [Int32], _ graph: CommitGraph, _ repository: borrowing Repository) throws {
    for commit in commits where trees[commit] == nil {
      guard try repository.contains(graph.id(commit)) else { continue }
      trees[commit] = try repository.commit(graph.id(commit)).tree
    }
    for commit in commits {
      for parent in graph.parents(of: commit) where trees[parent] == nil {
        guard try repository.contains(graph.id(parent)) else { continue }
        trees[parent] = try repository.commit(graph.id(parent)).tree
      }
    }
  }

  func tree(_ commit: Int32) -> ObjectID? { trees[commit] }
}

/// What commits change against their parent: by path, the content that it has then.
private struct Changes {
  private var byCommit: [Int32: [[UInt8]: ArraySlice<UInt8>]] = [:]

  init(of commits: [Int32], _ graph: CommitGraph) throws {
    let byName = Dictionary(commits.map { (graph.id($0), $0) }, uniquingKeysWith: { first, _ in first })
    try RawChanges.each(of: commits.map(graph.id)) { id, path, words in
      guard words.count == 5, let commit = byName[id], !path.elementsEqual(StatePath.name.utf8) else {
        return
      }
      byCommit[commit, default: [:]][Array(path)] = words[3]
    }
  }

  /// The commits by what they leave: a path and its content.
  func index(of commits: [Int32]) -> [[UInt8]: [Int]] {
    var index: [[UInt8]: [Int]] = [:]
    for (place, commit) in commits.enumerated() {
      for (path, content) in byCommit[commit] ?? [:] {
        index[path + [0] + content, default: []].append(place)
      }
    }
    return index
  }

  /// The sources that leave a path with the same content as a commit does: those that share most first, then the newest
  /// (the order of `sources`).
  func sharing(
    with commit: Int32, among sources: [Int32], _ index: [[UInt8]: [Int]], most: Int
  ) -> [Int32] {
    var counts: [Int: Int] = [:]
    for (path, content) in byCommit[commit] ?? [:] {
      for place in index[path + [0] + content] ?? [] where sources[place] != commit {
        counts[place, default: 0] += 1
      }
    }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(most).map { sources[$0.key] }
  }

  /// The source that changes most of the paths that a commit changes, the newest of several.
  func nearestByPath(to commit: Int32, among sources: [Int32]) -> Int32? {
    let own = byCommit[commit] ?? [:]
    let counted = sources.map { source in (byCommit[source] ?? [:]).keys.filter { own[$0] != nil }.count }
    guard let most = counted.max(), most > 0, let place = counted.firstIndex(of: most) else { return nil }
    return sources[place]
  }

  /// Whether two commits change the same paths.
  func havePathsInCommon(_ one: Int32, _ other: Int32) -> Bool {
    guard let first = byCommit[one], let second = byCommit[other] else { return false }
    return first.count == second.count && first.keys.allSatisfy { second[$0] != nil }
  }
}
