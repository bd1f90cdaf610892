/// A line of what reference-transaction is told of a symbolic reference (githooks(5)): `OLD ref:TARGET NAME`. git tells of
/// them from 2.46 on.
public struct SymbolicMove: Hashable, Sendable {
  /// The full name.
  public let name: String
  /// The reference that it names from now on.
  public let target: String

  /// A move of these.
  public init(name: String, target: String) {
    (self.name, self.target) = (name, target)
  }

  /// Reads one line; nil for what moves to an object.
  public init?(line: Substring) {
    let parts = line.split(separator: " ", maxSplits: 2)
    guard parts.count == 3, parts[1].hasPrefix("ref:") else { return nil }
    self.init(name: String(parts[2]), target: String(parts[1].dropFirst(4)))
  }

  /// The lines that git gives a hook on stdin; what is not of that form is left out.
  public static func all(in bytes: [UInt8]) -> [SymbolicMove] {
    // Most transactions have none, and some have thousands of lines.
    let mark = Array(" ref:".utf8)
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let target = line.dropFirst(line.firstIndex(of: mark[0]).map { $0 - line.startIndex } ?? line.count)
      return target.starts(with: mark) ? SymbolicMove(line: Substring(String(raw: line))) : nil
    }
  }

  /// Why it may not be; nil for what may. What lands through a branch that names a tag, git tells of as a tag's move, which
  /// nobody looks at; and nobody reads a ledger that is another name for something else.
  public var refusal: Refusal? {
    switch ReferenceMove.kind(of: name) {
    case .exempt: return nil
    case .engine, .notes:
      return Refusal(
        .refused, "only the engine moves \(name)",
        remedy: "leave it as it is; llmos-hook log shows its entries")
    case .code:
      guard ReferenceMove.kind(of: target) != .code else { return nil }
      return Refusal(
        .refused, "symbolic reference refused: \(name) would name \(target), where no hook sees what lands",
        remedy: "git symbolic-ref \(name) refs/heads/BRANCH")
    }
  }
}
