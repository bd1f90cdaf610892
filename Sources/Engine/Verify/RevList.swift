import Core
import Platform
import Verify

/// Commits and their parents as `git rev-list --parents` lists them.
///
/// Replacements, grafts and the commit-graph file have no say in it: all three are files that anybody can
/// write.
extension CommitGraph {
  /// Lists what `tips` reach and `hidden` do not. A tip that is not there is left out.
  ///
  /// - Throws: `Refusal`: 69 when git is not there, 74 when it cannot list them.
  init(from tips: [ObjectID], hiding hidden: [ObjectID]) throws(Refusal) {
    // While git takes in what another push brings, a commit can be there a moment before its parents.
    for _ in 0..<3 {
      do {
        try self.init(Self.begin(from: tips, hiding: hidden))
        return
      } catch let refusal where refusal.code == .io {
        System.sleep(microseconds: 200_000)
      }
    }
    try self.init(Self.begin(from: tips, hiding: hidden))
  }

  /// Lets git begin to list, while we do something else.
  static func begin(from tips: [ObjectID], hiding hidden: [ObjectID] = []) -> Result<Child, Refusal> {
    var input: [UInt8] = []
    for id in tips { input += id.description.utf8 + [0x0A] }
    for id in hidden { input += [UInt8(ascii: "^")] + id.description.utf8 + [0x0A] }
    let command = [
      "git", "--no-replace-objects", "-c", "core.commitGraph=false", "rev-list", "--parents", "--topo-order",
      "--ignore-missing", "--stdin",
    ]
    var setup = Child.Setup()
    setup.environment = ["GIT_GRAFT_FILE": "/dev/null"]
    (setup.input, setup.output, setup.errors) = (.bytes(input), .piped, .kept)
    do {
      return .success(try Child(command, setup))
    } catch {
      return .failure(Child.missingGit ?? error)
    }
  }

  /// Takes what git lists.
  ///
  /// - Throws: `Refusal`: 69 when git is not there, 74 when it could not list them.
  init(_ listing: Result<Child, Refusal>) throws(Refusal) {
    var graph = CommitGraph()
    var rest: [UInt8] = []
    let ending = try listing.get().finish { piece in
      var piece = piece
      Progress.step("commits", by: piece.count / 83)
      if !rest.isEmpty {
        let end = piece.firstIndex(of: 0x0A).map { $0 + 1 } ?? piece.count
        rest += piece[..<end]
        piece = UnsafeRawBufferPointer(rebasing: piece[end...])
        guard rest.last == 0x0A else { return }
        rest.withUnsafeBytes { graph.append(lines: $0) }
        rest = []
      }
      let last = piece.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      graph.append(lines: UnsafeRawBufferPointer(rebasing: piece[..<last]))
      rest += piece[last...]
    }
    guard ending.code == 0 else {
      throw Child.missingGit
        ?? GitProcess.failure(
          "git could not list the commits", ending.errors, remedy: "check with git fsck")
    }
    self = graph
  }
}
