/// Globs over paths and branch names: `*` and `?` cross slashes, as in git's pathspecs; a pattern that ends
/// in a slash, or matches a directory, covers what is below it.
public enum Glob {
  /// Whether a pattern covers a path.
  public static func matches(_ pattern: String, _ path: String) -> Bool {
    let pattern = Array(pattern.utf8)
    let path = Array(path.utf8)
    let below = pattern + (pattern.last == UInt8(ascii: "/") ? "*" : "/*").utf8
    return matches(pattern, path) || matches(below, path)
  }

  private static func matches(_ pattern: [UInt8], _ path: [UInt8]) -> Bool {
    var (p, t) = (0, 0)
    var star: (p: Int, t: Int)?
    while t < path.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == path[t] || pattern[p] == UInt8(ascii: "?") {
        p += 1
        t += 1
      } else if let last = star {
        star = (last.p, last.t + 1)
        p = last.p + 1
        t = last.t + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
