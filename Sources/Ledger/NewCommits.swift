import Core
import Git
import Platform

extension Repository {
  /// The commits that a tip brings: reachable from it and from none of the others. In a shallow clone, where
  /// libgit2 does not know that history ends, git tells.
  ///
  /// - Parameter limit: the most to return.
  public func newCommits(
    from tip: ObjectID, hiding others: [ObjectID], limit: Int = .max
  ) throws -> [ObjectID] {
    do {
      return try commits(from: tip, hiding: others, limit: limit)
    } catch {
      guard isShallow else { throw error }
      var input = "\(tip)\n"
      for other in others { input += "^\(other)\n" }
      let command = ["git", "--no-replace-objects", "rev-list", "--ignore-missing", "--stdin"]
      let count = limit == .max ? [] : ["--max-count=\(limit)"]
      guard let bytes = Child.bytes(of: command + count, input: Array(input.utf8)) else { throw error }
      return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
        ObjectID(hex: String(decoding: $0, as: UTF8.self))
      }
    }
  }
}
