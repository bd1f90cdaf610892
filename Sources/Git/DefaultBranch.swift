import Core
import Platform

extension Repository {
  /// A remote's default branch in short, as a clone or `git remote set-head` wrote it down; nil where nobody has.
  public func defaultBranch(ofRemote remote: String) -> String? {
    let prefix = "ref: refs/remotes/\(remote)/"
    guard let line = Files.read(commonDirectory + "refs/remotes/\(remote)/HEAD", limit: 4096).text,
      line.hasPrefix(prefix)
    else { return nil }
    return String(line.dropFirst(prefix.count).prefix { $0 != "\n" })
  }
}
