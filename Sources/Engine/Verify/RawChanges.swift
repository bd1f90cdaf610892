import Core
import Platform

/// What commits change, as git-diff-tree(1) tells it in its raw format. Replacements and grafts have no say in it: both
/// are files that anybody can write.
enum RawChanges {
  /// Tells each change of each commit; a commit without parents adds what it has.
  ///
  /// - Parameters:
  ///   - paths: those that matter, as they are; all where none is named.
  ///   - isCombined: of a merge, what differs from each of its parents; else nothing of a merge is told.
  ///   - body: takes the commit, the path, and the words before it: modes, names and the status.
  /// - Throws: `Refusal`: 69 when git is not there, 74 when it cannot compare them.
  static func each(
    of commits: [ObjectID], in paths: [String] = [], isCombined: Bool = false,
    _ body: (ObjectID, _ path: ArraySlice<UInt8>, _ words: [ArraySlice<UInt8>]) -> Void
  ) throws(Refusal) {
    guard !commits.isEmpty else { return }
    var setup = Child.Setup()
    setup.environment = Child.environmentOfPlainPaths
    (setup.input, setup.errors) = (
      .bytes(Array(commits.map { $0.description + "\n" }.joined().utf8)), .kept
    )
    var command =
      Child.gitOfPlainPaths + ["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--root"]
    if isCombined { command.append("-c") }
    let ending = try Child.run(command + ["--"] + paths, setup)
    guard ending.code == 0 else {
      throw Child.missingGit
        ?? GitProcess.failure(
          "git could not compare the commits", ending.errors, remedy: "check with git fsck")
    }
    // A change begins with a colon, for each parent that it is compared with; its path is the next field.
    var fields = ending.output.split(separator: 0)[...]
    var commit: ObjectID?
    while let field = fields.popFirst() {
      guard field.first == UInt8(ascii: ":") else {
        commit = ObjectID(hex: String(decoding: field, as: UTF8.self))
        continue
      }
      guard let commit, let path = fields.popFirst() else { continue }
      body(commit, path, field.split(separator: UInt8(ascii: " ")))
    }
  }
}
