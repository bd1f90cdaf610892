import Core

/// Commits and their parents: those that were listed, newest first, each before its parents; and those that were
/// only named as parents.
///
/// A commit is known by its index, so that what is found of all is an array.
public struct CommitGraph: Sendable {
  /// The commits that were listed, in that order.
  public private(set) var listed: [Int32] = []
  private var ids: [ObjectID] = []
  private var index: [ObjectID: Int32] = [:]
  /// By row of `listed`, where its parents begin in `parents`.
  private var starts: [Int32] = []
  private var parents: [Int32] = []
  /// By commit, its row; -1 for one that was only named as a parent.
  private var rows: [Int32] = []

  /// A graph without commits.
  public init() {}

  /// The number of commits known, listed or only named: the range of their indices.
  public var count: Int { ids.count }

  /// The index of a commit that was listed; nil for any other.
  public func place(of id: ObjectID) -> Int32? {
    guard let place = index[id], rows[Int(place)] >= 0 else { return nil }
    return place
  }

  /// A commit by its index.
  public func id(_ place: Int32) -> ObjectID { ids[Int(place)] }

  /// The parents of a commit; none for one that was not listed.
  public func parents(of place: Int32) -> ArraySlice<Int32> {
    let row = Int(rows[Int(place)])
    guard row >= 0 else { return [] }
    return parents[Int(starts[row])..<(row + 1 < starts.count ? Int(starts[row + 1]) : parents.count)]
  }
}

// MARK: Walks

extension CommitGraph {
  /// Visits what a commit reaches, itself first, each commit for which `enter` says yes.
  func walk(from place: Int32, _ enter: (Int32) -> Bool) {
    var open = [place]
    while let next = open.popLast() {
      guard rows[Int(next)] >= 0, enter(next) else { continue }
      open += parents(of: next)
    }
  }

  /// By commit, whether one of these reaches it.
  public func reached(from ids: some Sequence<ObjectID>) -> [Bool] {
    reached(from: ids) { _ in true }
  }

  /// The same on ways that go only through some commits.
  func reached(from ids: some Sequence<ObjectID>, through isOpen: (Int32) -> Bool) -> [Bool] {
    var reached = [Bool](repeating: false, count: count)
    for id in ids {
      guard let place = place(of: id) else { continue }
      walk(from: place) { place in
        guard !reached[Int(place)], isOpen(place) else { return false }
        reached[Int(place)] = true
        return true
      }
    }
    return reached
  }
}

// MARK: Growing

extension CommitGraph {
  /// Lists a commit. Its parents may be listed later.
  public mutating func append(_ id: ObjectID, parents: some Sequence<ObjectID>) {
    list(number(id))
    for parent in parents { self.parents.append(number(parent)) }
  }

  /// Lists commits, each before its parents.
  ///
  /// - Parameter parents: those of a commit; what is not among the commits is only named.
  public init(
    of commits: Set<ObjectID>, parents: (ObjectID) throws -> [ObjectID]
  ) rethrows {
    self.init()
    var known: [ObjectID: [ObjectID]] = [:]
    var children: [ObjectID: Int] = [:]
    for id in commits {
      let parents = try parents(id)
      known[id] = parents
      for parent in Set(parents) where commits.contains(parent) { children[parent, default: 0] += 1 }
    }
    var open = commits.filter { children[$0] == nil }.sorted { $0.description < $1.description }
    while let id = open.popLast() {
      let parents = known[id] ?? []
      append(id, parents: parents)
      for parent in Set(parents) {
        guard let left = children[parent] else { continue }
        children[parent] = left - 1
        if left == 1 { open.append(parent) }
      }
    }
  }

  /// Lists the commits of whole lines as `git rev-list --parents` writes them: ids of equally many digits, each with one
  /// byte behind it, a space or the line's end.
  public mutating func append(lines: UnsafeRawBufferPointer) {
    var start = 0
    var isFirst = true
    let digits = lines.prefix(65).firstIndex { $0 <= 0x20 } ?? 40
    while start + digits < lines.count {
      guard let id = ObjectID(hex: UnsafeRawBufferPointer(rebasing: lines[start..<start + digits])) else {
        return
      }
      let place = number(id)
      if isFirst { list(place) } else { parents.append(place) }
      isFirst = lines[start + digits] == 0x0A
      start += digits + 1
    }
  }

  private mutating func list(_ place: Int32) {
    rows[Int(place)] = Int32(listed.count)
    listed.append(place)
    starts.append(Int32(parents.count))
  }

  private mutating func number(_ id: ObjectID) -> Int32 {
    if let place = index[id] { return place }
    let place = Int32(ids.count)
    index[id] = place
    ids.append(id)
    rows.append(-1)
    return place
  }
}
