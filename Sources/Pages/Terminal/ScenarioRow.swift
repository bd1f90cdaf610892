import Core

/// A scenario as a small picture for a terminal: its phases in a row, what is done, where it stands, what comes next.
public struct ScenarioRow: Sendable {
  private let words: [String]
  private let arrow: String

  /// A picture of a scenario.
  ///
  /// - Parameters:
  ///   - current: the phase at hand.
  ///   - isOpen: whether the scenario still runs.
  ///   - completed: the phases that were completed in this run through it.
  ///   - isPlain: whether it has to do with ASCII.
  public init(
    _ scenario: Scenario, current: Place, isOpen: Bool, completed: Set<Place>, isPlain: Bool = false
  ) {
    arrow = isPlain ? " -> " : " → "
    words = scenario.phases.map { phase in
      let place = Place(scenario.name, phase.name)
      let name = Visible.line(phase.name)
      if place == current, isOpen { return (isPlain ? "[" : "▶ ") + name + (isPlain ? "]" : "") }
      if completed.contains(place) { return (isPlain ? "x " : "✓ ") + name }
      return phase.isOptional ? "(" + name + ")" : name
    }
  }

  /// The lines of the picture: no wider than so many columns, as long as one phase's name is not.
  public func lines(width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for (index, word) in words.enumerated() {
      let isLast = index + 1 == words.count
      let piece = word + (isLast ? "" : arrow)
      let length = Visible.width(word) + (isLast ? 0 : Visible.width(arrow) - 1)
      if !line.isEmpty, Visible.width(line) + length > width {
        lines.append(Self.trimmed(line))
        line = "  "
      }
      line += piece
    }
    return lines + (words.isEmpty ? [] : [line])
  }

  private static func trimmed(_ line: String) -> String {
    var line = Substring(line)
    while line.last == " " { line.removeLast() }
    return String(line)
  }
}
