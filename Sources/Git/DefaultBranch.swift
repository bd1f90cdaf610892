import Core
import Platform

extension Repository {
  /// A remote's default branch in short, as a clone or `git remote set-head` wrote it down; nil where nobody has.
  public func defaultBranch(ofRemote remote: String) -> String? {
    let prefix = "refs/remotes/\(remote)/"
    guard let target = (try? symbolicTarget(of: "refs/remotes/\(remote)/HEAD")) ?? nil,
      target.hasPrefix(prefix)
    else { return nil }
    return String(target.dropFirst(prefix.count))
  }
}
