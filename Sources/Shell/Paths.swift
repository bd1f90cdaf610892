/// Paths as text: nothing looks at the disk.
public enum ShellPath {
  /// A path made absolute, without `.`, `..` and doubled slashes; `/` for the root.
  public static func normal(_ path: String, in directory: String) -> String {
    let full = path.utf8.first == UInt8(ascii: "/") ? path : directory + "/" + path
    var parts: [Substring.UTF8View] = []
    for part in full.utf8.split(separator: UInt8(ascii: "/")) {
      if part.elementsEqual("..".utf8) {
        _ = parts.popLast()
      } else if !part.elementsEqual(".".utf8) {
        parts.append(part)
      }
    }
    return "/" + parts.map { String(Substring($0)) }.joined(separator: "/")
  }

  /// Whether a path is a directory or lies below it; both are absolute and normal.
  public static func isInside(_ path: String, _ directory: String) -> Bool {
    path == directory || directory == "/" || path.hasPrefix(directory + "/")
  }

  /// A path from a directory, empty for itself; nil where it is not in it. Both are absolute and normal.
  public static func relative(_ path: String, to directory: String) -> String? {
    guard isInside(path, directory) else { return nil }
    let rest = path.utf8.dropFirst(directory == "/" ? 1 : directory.utf8.count + 1)
    return String(rest) ?? ""
  }

  /// A path with the links on its way followed: by their paths, where they lead.
  public static func following(_ links: [String: String], _ path: String) -> String {
    var path = path
    // Links that lead to each other are followed no longer than the system does.
    for _ in 0..<40 {
      guard let link = links.keys.filter({ isInside(path, $0) }).max(by: { $0.utf8.count < $1.utf8.count }),
        let target = links[link], let rest = relative(path, to: link)
      else { return path }
      path = rest.isEmpty ? target : normal(rest, in: target)
    }
    return path
  }

  /// The directory of a path.
  public static func parent(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
  }

  /// The name at the end of a path.
  public static func last(_ path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.utf8.index(after: $0)...]) } ?? path
  }

  /// Whether a name matches a pattern of the shell, whose `*` crosses slashes where `crosses` is set.
  public static func matches(_ pattern: String, _ name: String, crosses: Bool = false) -> Bool {
    let pattern = Array(pattern.utf8)
    let name = Array(name.utf8)
    var (p, n) = (0, 0)
    var star: (p: Int, n: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, n)
        p += 1
      } else if p < pattern.count, let width = width(pattern, p, name[n], crosses) {
        p += width
        n += 1
      } else if let last = star, crosses || name[last.n] != UInt8(ascii: "/") {
        star = (last.p, last.n + 1)
        p = last.p + 1
        n = last.n + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// Whether a pattern of `FindLine.places` finds a path below the directory.
  public static func finds(_ pattern: String, _ path: String) -> Bool {
    pattern.hasPrefix("/") ? matches(pattern, "/./" + path, crosses: true) : matches(pattern, last(path))
  }

  /// How much of a pattern matches one byte; nil when it does not.
  private static func width(_ pattern: [UInt8], _ start: Int, _ byte: UInt8, _ crosses: Bool) -> Int? {
    switch pattern[start] {
    case UInt8(ascii: "?"): return crosses || byte != UInt8(ascii: "/") ? 1 : nil
    case UInt8(ascii: "["):
      guard let end = pattern[start...].dropFirst(2).firstIndex(of: UInt8(ascii: "]")) else {
        return byte == pattern[start] ? 1 : nil
      }
      var set = pattern[(start + 1)..<end]
      let isNegated = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
      if isNegated { set = set.dropFirst() }
      var hit = false
      var index = set.startIndex
      while index < set.endIndex {
        if index + 2 < set.endIndex, set[index + 1] == UInt8(ascii: "-") {
          hit = hit || (set[index] <= byte && byte <= set[index + 2])
          index += 3
        } else {
          hit = hit || set[index] == byte
          index += 1
        }
      }
      return hit != isNegated ? end + 1 - start : nil
    default: return byte == pattern[start] ? 1 : nil
    }
  }
}
