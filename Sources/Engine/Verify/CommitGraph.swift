import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// Commits and their parents, as `git rev-list --parents` lists them: newest first, each before its parents.
///
/// Replacements, grafts and the commit-graph file have no say in it: all three are files that anybody can
/// write.
struct CommitGraph {
  /// The commits that were listed, in git's order.
  private(set) var listed: [Int32] = []
  private var ids: [ObjectID] = []
  private var index: [ObjectID: Int32] = [:]
  /// By row of `listed`, where its parents begin in `parents`.
  private var starts: [Int32] = []
  private var parents: [Int32] = []
  /// By commit, its row; -1 for one that was only named as a parent.
  private var rows: [Int32] = []

  /// Lists what `tips` reach and `hidden` do not. A tip that is not there is left out.
  ///
  /// - Throws: `Refusal`: 69 when git is not there, 74 when it cannot list them.
  init(from tips: [ObjectID], hiding hidden: [ObjectID]) throws(Refusal) {
    try self.init(Self.begin(from: tips, hiding: hidden))
  }

  /// Lets git begin to list, while we do something else.
  static func begin(from tips: [ObjectID], hiding hidden: [ObjectID] = []) -> Child? {
    var input: [UInt8] = []
    for id in tips { input += id.description.utf8 + [0x0A] }
    for id in hidden { input += [UInt8(ascii: "^")] + id.description.utf8 + [0x0A] }
    let command = [
      "git", "--no-replace-objects", "-c", "core.commitGraph=false", "rev-list", "--parents", "--topo-order",
      "--ignore-missing", "--stdin",
    ]
    var setup = Child.Setup()
    setup.environment = ["GIT_GRAFT_FILE": "/dev/null"]
    (setup.input, setup.output) = (.bytes(input), .piped)
    return try? Child(command, setup)
  }

  /// Takes what git lists.
  init(_ listing: Child?) throws(Refusal) {
    var rest: [UInt8] = []
    var graph = Rows()
    let code = listing?.finish { piece in
      var piece = piece
      if !rest.isEmpty {
        let end = piece.firstIndex(of: 0x0A).map { $0 + 1 } ?? piece.count
        rest += piece[..<end]
        piece = UnsafeRawBufferPointer(rebasing: piece[end...])
        guard rest.last == 0x0A else { return }
        rest.withUnsafeBytes { graph.take(lines: $0) }
        rest = []
      }
      let last = piece.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      graph.take(lines: UnsafeRawBufferPointer(rebasing: piece[..<last]))
      rest += piece[last...]
    }
    guard code == 0 else {
      throw Child.missingGit
        ?? Refusal(.io, "git could not list the commits", remedy: "check with git fsck, and df /tmp /dev/shm")
    }
    (listed, ids, index, starts, parents, rows) =
      (graph.listed, graph.ids, graph.index, graph.starts, graph.parents, graph.rows)
  }

  /// The number of commits known, listed or only named: the range of their indices.
  var count: Int { ids.count }

  /// The index of a commit that was listed; nil for any other.
  func row(of id: ObjectID) -> Int32? {
    guard let place = index[id], rows[Int(place)] >= 0 else { return nil }
    return place
  }

  /// A commit by its index.
  func id(_ place: Int32) -> ObjectID { ids[Int(place)] }

  /// The parents of a commit; none for one that was not listed.
  func parents(of place: Int32) -> ArraySlice<Int32> {
    let row = Int(rows[Int(place)])
    guard row >= 0 else { return [] }
    return parents[Int(starts[row])..<(row + 1 < starts.count ? Int(starts[row + 1]) : parents.count)]
  }

  /// Visits what a commit reaches, itself first, each commit for which `enter` says yes.
  func walk(from place: Int32, _ enter: (Int32) -> Bool) {
    var open = [place]
    while let next = open.popLast() {
      guard rows[Int(next)] >= 0, enter(next) else { continue }
      open += parents(of: next)
    }
  }

  /// The graph while it grows.
  private struct Rows {
    var listed: [Int32] = []
    var ids: [ObjectID] = []
    var index: [ObjectID: Int32] = [:]
    var starts: [Int32] = []
    var parents: [Int32] = []
    var rows: [Int32] = []

    mutating func take(lines: UnsafeRawBufferPointer) {
      var start = 0
      var isFirst = true
      // A line is ids of 40 digits, each with one byte behind it: a space, or the line's end.
      while start + 40 < lines.count {
        guard let id = ObjectID(hex: UnsafeRawBufferPointer(rebasing: lines[start..<start + 40])) else {
          return
        }
        let place = number(id)
        if isFirst {
          rows[Int(place)] = Int32(listed.count)
          listed.append(place)
          starts.append(Int32(parents.count))
        } else {
          parents.append(place)
        }
        isFirst = lines[start + 40] == 0x0A
        start += 41
      }
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
}
