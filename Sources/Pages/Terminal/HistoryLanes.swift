/// The lines that `log --graph` puts before entries: a lane for the scenario at hand, and one more to the right for each
/// that it set aside while it ran.
public struct HistoryLanes: Sendable {
  private var depth: Int?
  private let isPlain: Bool

  /// Lanes that begin with the newest entry.
  ///
  /// - Parameter isPlain: whether they have to do with ASCII.
  public init(isPlain: Bool = false) { self.isPlain = isPlain }

  /// The lines for the next older entry: connections to the one above it, then what stands before the entry itself, and
  /// before what has no room on its line.
  ///
  /// - Parameter depth: how many scenarios were set aside then.
  public mutating func next(depth: Int) -> (
    connections: [String], entry: String, below: String
  ) {
    // More than a few is a picture no more.
    let depth = min(depth, 9)
    defer { self.depth = depth }
    let bar = isPlain ? "| " : "│ "
    var connections: [String] = []
    if let above = self.depth {
      if depth > above {
        for level in above..<depth {
          connections.append(String(repeating: bar, count: level) + (isPlain ? "|\\" : "├─╮"))
        }
      } else {
        for level in (depth..<above).reversed() {
          connections.append(String(repeating: bar, count: level) + (isPlain ? "|/" : "├─╯"))
        }
      }
    }
    let lane = String(repeating: bar, count: depth)
    return (connections, lane + (isPlain ? "* " : "● "), lane + bar)
  }
}
