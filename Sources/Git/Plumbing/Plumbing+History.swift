import Core
import Platform

extension Plumbing {
  func commits(from tip: ObjectID, hiding others: [ObjectID], limit: Int) throws(GitError) -> [ObjectID] {
    var input = "\(tip)\n"
    for other in others { input += "^\(other)\n" }
    let count = limit == .max ? [] : ["--max-count=\(limit)"]
    return try lines(["rev-list", "--stdin"] + count, input: Array(input.utf8), "walk from \(tip)").compactMap
    {
      ObjectID(hex: $0)
    }
  }

  func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws(GitError) -> Bool {
    // What most ask about is the commit before.
    if try commit(descendant).parents.contains(ancestor) { return true }
    return try run(
      ["merge-base", "--is-ancestor", ancestor.description, descendant.description], allowed: [0, 1],
      "compare \(descendant) with \(ancestor)"
    ).code == 0
  }

  /// git-check-ignore(1): 1 is no. A repository without a worktree ignores nothing.
  func isIgnored(_ path: String) throws(GitError) -> Bool {
    guard let root = place.workDirectory else { return false }
    // It knows no literal paths (git-check-ignore(1)); what begins in a dot is no magic.
    return try run(
      ["-C", root, "--work-tree=.", "check-ignore", "--quiet", "--no-index", "--", "./" + path],
      allowed: [0, 1],
      isLiteral: false, "look whether \(path) is ignored"
    ).code == 0
  }

  func resolve(_ name: String) throws(GitError) -> Resolution {
    var places: [(name: String, id: ObjectID)] = []
    for prefix in ["refs/tags/", "refs/heads/", "refs/remotes/"] {
      guard let id = try? target(of: prefix + name) else { continue }
      places.append((prefix + name, try commit(behind: id) ?? id))
    }
    if Set(places.map(\.id)).count > 1 { return .ambiguous(places.map(\.name)) }
    guard !name.hasPrefix("-") else { return .missing }
    let found = try run(["rev-parse", "--verify", name], allowed: [0, 128], "resolve \(name)")
    guard found.code == 0, let id = ObjectID(hex: found.text) else {
      return found.errors.contains("ambiguous") && !found.errors.contains("unknown revision")
        ? .ambiguous([]) : .missing
    }
    if let commit = try commit(behind: id) { return .commit(commit) }
    return .other(kind: try info(id.description, "resolve \(name)")?.kind ?? "object")
  }
}
