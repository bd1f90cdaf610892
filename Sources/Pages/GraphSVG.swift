import Core
import Verify

/// Text for XML and HTML, in content as well as in a quoted attribute.
public enum Markup {
  /// Escapes what means something there; characters that XML does not allow become U+FFFD.
  public static func escape(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      case "\t", "\n": out.unicodeScalars.append(scalar)
      case let scalar where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value): out += "\u{FFFD}"
      case "\u{FFFE}", "\u{FFFF}": out += "\u{FFFD}"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}

// A column a scenario, its phases from top to bottom; below them a lane for each crossing, so that no line
// goes through a box.
extension Graph {
  private enum Measure {
    /// Pixels that a character of the 12 px monospaced font takes, rounded up.
    static let character = 7.4
    static let boxHeight = 48.0
    static let boxGap = 26.0
    static let padding = 14.0
    static let columnGap = 44.0
    static let top = 16.0
    static let title = 30.0
    static let lane = 24.0
    /// Characters after which a name is cut; its whole is in the box's title.
    static let longest = 30
  }

  private struct Column {
    var left: Double
    var width: Double
    var height: Double
  }

  /// A self-contained picture in SVG, for light and dark pages.
  var svg: String {
    let crossings = crossings
    let hasAside = crossings.contains { $0.destination == nil }
    var columns: [Column] = []
    var left = Measure.top
    for scenario in catalog.scenarios {
      let texts =
        [scenario.name] + scenario.phases.flatMap { Self.lines($0, isCurrent: isCurrent(scenario, $0)) }
      columns.append(Self.column(at: left, texts, boxes: scenario.phases.count))
      left += (columns.last?.width ?? 0) + Measure.columnGap
    }
    if hasAside {
      columns.append(Self.column(at: left, [Self.setAside], boxes: 1))
      left += (columns.last?.width ?? 0) + Measure.columnGap
    }
    let bottom = Measure.top + (columns.map(\.height).max() ?? 0)
    let width = left - Measure.columnGap + Measure.top
    let height = bottom + Measure.lane * Double(crossings.count) + 2 * Measure.padding
    var out = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"llmos-graph\" role=\"img\" "
        + "aria-labelledby=\"llmos-graph-title llmos-graph-desc\" "
        + "viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" "
        + "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\">",
      "<title id=\"llmos-graph-title\">Scenarios and phases</title>",
      "<desc id=\"llmos-graph-desc\">\(Markup.escape(description))</desc>", "<style>\(Self.style)</style>",
      "<defs><marker id=\"llmos-graph-arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
        + "markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0 8 4 0 8z\"/></marker></defs>",
      "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
    ]
    for (scenario, column) in zip(catalog.scenarios, columns) { out += draw(scenario, column) }
    if hasAside, let column = columns.last {
      out.append(Self.box(column, at: 0, name: Self.setAside, lines: [Self.setAside], style: "box aside"))
    }
    let lines = crossings.enumerated().map { draw($1, $0, of: crossings.count, columns, below: bottom) }
    out += lines.map(\.path) + lines.map(\.label)
    return (out + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// The picture in words, for who does not see it.
  private var description: String {
    var sentences = catalog.scenarios.map { scenario in
      scenario.name + ": "
        + scenario.phases.map { phase in
          phase.name + " (" + phase.role + (phase.allowsCommits ? ", commits land here" : "") + ")"
        }.joined(separator: ", ") + "."
    }
    sentences += crossings.map { crossing in
      let from =
        switch crossing.origin {
        case .phase(let place): place.description
        case .scenario(let name): name
        }
      return "\(crossing.label): from \(from) to \(crossing.destination?.description ?? Self.setAside)."
    }
    if let current { sentences.append("The current phase is \(current).") }
    return sentences.joined(separator: " ")
  }

  /// Colours stand in each rule, since not every viewer knows variables.
  private static let style =
    rules(
      ink: "#1f2328", soft: "#59636e", line: "#8c959f", fill: "#fff", frame: "#f6f8fa", go: "#1a7f37",
      goFill: "#dafbe1", now: "#cf222e")
    + ".llmos-graph{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    + ".llmos-graph text{text-anchor:middle}.llmos-graph .name{font-weight:bold}"
    + ".llmos-graph .soft,.llmos-graph .go{font-size:11px}.llmos-graph .aside{stroke-dasharray:4 3}"
    + ".llmos-graph .commits{stroke-width:2}.llmos-graph .current{stroke-width:4}"
    + ".llmos-graph path{fill:none;stroke-width:1.5}.llmos-graph path.event{stroke-dasharray:5 3}"
    + ".llmos-graph path.head{stroke:none}"
    + ".llmos-graph text.label{text-anchor:start;paint-order:stroke;stroke-width:4px}"
    + "@media(prefers-color-scheme:dark){"
    + rules(
      ink: "#e6edf3", soft: "#9198a1", line: "#656c76", fill: "#0d1117", frame: "#161b22",
      go: "#3fb950", goFill: "#12321c", now: "#ff7b72") + "}"

  private static func rules(
    ink: String, soft: String, line: String, fill: String, frame: String, go: String, goFill: String,
    now: String
  ) -> String {
    [
      ("text", "fill:\(ink)"), ("text.soft", "fill:\(soft)"), ("text.go", "fill:\(go)"),
      (".frame", "fill:\(frame);stroke:\(line)"), (".box", "fill:\(fill);stroke:\(line)"),
      (".commits", "fill:\(goFill);stroke:\(go)"), (".current", "stroke:\(now)"),
      (".page", "fill:\(fill)"),
      ("text.label", "stroke:\(fill)"), ("path", "stroke:\(line)"), ("path.head", "fill:\(line)"),
    ].map { ".llmos-graph " + $0 + "{" + $1 + "}" }.joined()
  }

  private static func column(at left: Double, _ texts: [String], boxes: Int) -> Column {
    let longest = texts.map { width(of: cut($0)) }.max() ?? 0
    let height =
      Measure.title + Double(boxes) * (Measure.boxHeight + Measure.boxGap) - Measure.boxGap + Measure.padding
    return Column(
      left: left, width: Double(longest) * Measure.character + 4 * Measure.padding, height: height)
  }

  private func draw(_ scenario: Scenario, _ column: Column) -> [String] {
    var out = [
      "<g><title>\(Markup.escape(scenario.name))</title>",
      "<rect class=\"frame\" rx=\"8\" x=\"\(Self.number(column.left))\" y=\"\(Self.number(Measure.top))\" "
        + "width=\"\(Self.number(column.width))\" height=\"\(Self.number(column.height))\"/>",
      Self.text(
        Self.cut(scenario.name), x: column.left + column.width / 2, y: Measure.top + 20, style: "name"),
    ]
    for (index, phase) in scenario.phases.enumerated() {
      let isCurrent = isCurrent(scenario, phase)
      let style = "box" + (phase.allowsCommits ? " commits" : "") + (isCurrent ? " current" : "")
      out.append(
        Self.box(
          column, at: index, name: Place(scenario.name, phase.name).description + ": " + phase.summary,
          lines: Self.lines(phase, isCurrent: isCurrent), style: style))
      if let next = phase.next, let to = scenario.phases.firstIndex(where: { $0.name == next }) {
        out.append(Self.arrow(column, from: index, to: to))
      }
    }
    return out + ["</g>"]
  }

  private static func y(_ index: Int) -> Double {
    Measure.top + Measure.title + Double(index) * (Measure.boxHeight + Measure.boxGap)
  }

  private static func box(
    _ column: Column, at index: Int, name: String, lines: [String], style: String
  ) -> String {
    let y = y(index)
    var out =
      "<g><title>\(Markup.escape(name))</title><rect class=\"\(style)\" rx=\"6\" "
      + "x=\"\(number(column.left + Measure.padding))\" y=\"\(number(y))\" "
      + "width=\"\(number(column.width - 2 * Measure.padding))\" height=\"\(number(Measure.boxHeight))\"/>"
    let first = y + Measure.boxHeight / 2 + 4 - Double(lines.count - 1) * 7
    for (index, line) in lines.enumerated() {
      out += text(
        cut(line), x: column.left + column.width / 2, y: first + Double(index) * 14,
        style: ["", "soft", "go"][min(index, 2)])
    }
    return out + "</g>"
  }

  /// To the phase below it is a straight line, to any other one beside the boxes.
  private static func arrow(_ column: Column, from: Int, to: Int) -> String {
    let middle = column.left + column.width / 2
    if to == from + 1 {
      return path("M\(number(middle)) \(number(y(from) + Measure.boxHeight))V\(number(y(to) - 1))", "next")
    }
    let edge = column.left + Measure.padding
    let beside = column.left + 4
    let (start, end) = (y(from) + Measure.boxHeight * 0.7, y(to) + Measure.boxHeight * 0.3)
    return path(
      "M\(number(edge)) \(number(start))H\(number(beside))V\(number(end))H\(number(edge - 1))", "next")
  }

  /// Out of the box to the right, down to a lane of its own, along it, and up beside the destination.
  private func draw(
    _ crossing: Crossing, _ index: Int, of count: Int, _ columns: [Column], below bottom: Double
  ) -> (path: String, label: String) {
    guard let from = catalog.scenarios.firstIndex(where: { $0.name == crossing.origin.scenario }) else {
      return ("", "")
    }
    let to = crossing.destination.flatMap(position) ?? (columns.count - 1, 0)
    let lane = bottom + Measure.padding + Measure.lane * Double(index) + 8
    // Lines of different crossings stand side by side in the gap between two columns: those that go down in
    // its left half, those that go up in its right.
    let shift = (Measure.columnGap / 2 - 4) * Double(index + 1) / Double(count + 1)
    let source = columns[from]
    let target = columns[to.scenario]
    let turn = target.left - Measure.columnGap / 2 + shift
    var line: String
    let begins: Double
    if case .phase(let place) = crossing.origin, let phase = position(of: place)?.phase {
      begins = source.left + source.width + 4 + shift
      let y = Self.y(phase) + Measure.boxHeight / 2 + shift - Measure.columnGap / 4
      line = "M\(Self.number(source.left + source.width - Measure.padding)) \(Self.number(y))"
      line += "H\(Self.number(begins))"
    } else {
      begins = source.left + source.width / 2
      line = "M\(Self.number(begins)) \(Self.number(Measure.top + source.height))"
    }
    let end = Self.y(to.phase) + Measure.boxHeight / 2 + shift - Measure.columnGap / 4
    line += "V\(Self.number(lane))H\(Self.number(turn))V\(Self.number(end))"
    line += "H\(Self.number(target.left + Measure.padding - 1))"
    let label = Self.text(
      crossing.label, x: min(begins, turn) + 8, y: lane - 5, style: "soft label")
    return (Self.path(line, "event"), label)
  }

  private static func path(_ line: String, _ style: String) -> String {
    "<path class=\"\(style)\" d=\"\(line)\" marker-end=\"url(#llmos-graph-arrow)\"/>"
  }

  private static func text(_ text: String, x: Double, y: Double, style: String) -> String {
    let style = style.isEmpty ? "" : " class=\"\(style)\""
    return "<text\(style) x=\"\(number(x))\" y=\"\(number(y))\">\(Markup.escape(text))</text>"
  }

  private static func cut(_ text: String) -> String {
    let text = visible(text)
    return text.count <= Measure.longest ? text : String(text.prefix(Measure.longest - 1)) + "…"
  }

  /// Columns of a monospaced font; scripts from U+1100 on may take two.
  private static func width(of text: String) -> Int {
    text.unicodeScalars.reduce(0) {
      $0 + ($1.value >= 0x1100 && $1.value < 0x2000 || $1.value >= 0x2E80 ? 2 : 1)
    }
  }

  /// Tenths of a pixel are enough.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
  }
}
