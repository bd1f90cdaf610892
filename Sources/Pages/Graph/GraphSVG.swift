import Core

extension Graph {
  /// A self-contained picture in SVG, for light and dark pages, that is no wider than asked for: where even one box in a
  /// line is too wide, all of it is made smaller.
  func svg(width: Int) -> String {
    let layout = GraphLayout(self, width: Double(width))
    let shown = min(layout.width, Double(width)).rounded()
    let height = (layout.height * shown / layout.width).rounded()
    var out = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"llmos-graph\" role=\"img\" "
        + "viewBox=\"0 0 \(Self.number(layout.width)) \(Self.number(layout.height))\" "
        + "width=\"\(Self.number(shown))\" height=\"\(Self.number(height))\">",
      "<title>Scenarios and phases</title>",
      "<desc>\(Markup.line(description, most: 4000))</desc>",
      "<style>\(Self.style)</style>",
      "<defs><marker id=\"llmos-graph-arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
        + "markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0 8 4 0 8z\"/></marker></defs>",
      "<rect class=\"page\" width=\"100%\" height=\"100%\"/>",
    ]
    for (index, scenario) in catalog.scenarios.enumerated() {
      out += draw(scenario, layout.frames[index], layout.boxes[index])
    }
    if let aside = layout.aside {
      out.append(Self.box(aside, name: Self.setAside, lines: Self.setAsideLines, style: "box aside"))
    }
    out += layout.connections.map(Self.path)
    out += layout.labels.map { Self.text($0.text, x: $0.box.x, y: $0.box.y + 10, style: "soft label") }
    return (out + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// The picture in words, for people who cannot see it.
  private var description: String {
    var sentences = catalog.scenarios.map { scenario in
      Self.cut(scenario.name) + ": "
        + scenario.phases.map { phase in
          Self.cut(phase.name) + " (" + Self.cut(phase.role)
            + (phase.allowsCommits ? ", commits land here" : "") + ")"
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
    if let current {
      sentences.insert(isOpen ? "The current phase is \(current)." : "\(current.scenario) is over.", at: 0)
    }
    return sentences.joined(separator: " ")
  }

  /// Each rule has its colours, since not every viewer knows variables.
  private static let style =
    rules(
      ink: "#1f2328", soft: "#57606a", line: "#6e7781", fill: "#fff", frame: "#f6f8fa", go: "#0f5c29",
      goFill: "#e6f9ea", now: "#0550ae", nowFill: "#ddf4ff")
    + ".llmos-graph{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    + ".llmos-graph text{text-anchor:middle}.llmos-graph .name{font-weight:bold;text-anchor:start}"
    + ".llmos-graph .soft,.llmos-graph .go{font-size:11px}.llmos-graph .aside{stroke-dasharray:4 3}"
    + ".llmos-graph .commits,.llmos-graph .done{stroke-width:2}.llmos-graph .current{stroke-width:4}"
    + ".llmos-graph path{fill:none;stroke-width:1.5}.llmos-graph path.event{stroke-dasharray:5 3}"
    + ".llmos-graph path.head{stroke:none}.llmos-graph text.label{text-anchor:start}"
    + "@media screen and (prefers-color-scheme:dark){"
    + rules(
      ink: "#e6edf3", soft: "#a2abb5", line: "#8b949e", fill: "#0d1117", frame: "#161b22",
      go: "#6fdd8b", goFill: "#10291a", now: "#79b8ff", nowFill: "#0c2d4f") + "}"

  private static func rules(
    ink: String, soft: String, line: String, fill: String, frame: String, go: String, goFill: String,
    now: String, nowFill: String
  ) -> String {
    [
      ("text", "fill:\(ink)"), ("text.soft", "fill:\(soft)"), ("text.go", "fill:\(go)"),
      (".frame", "fill:\(frame);stroke:none"), (".box", "fill:\(fill);stroke:\(line)"),
      (".commits", "fill:\(goFill);stroke:\(go)"), (".current", "stroke:\(now);fill:\(nowFill)"),
      (".page", "fill:\(fill)"), ("path", "stroke:\(line)"), ("path.head", "fill:\(line)"),
    ].map { ".llmos-graph " + $0 + "{" + $1 + "}" }.joined()
  }

  private func draw(_ scenario: Scenario, _ frame: GraphLayout.Box, _ boxes: [GraphLayout.Box]) -> [String] {
    var out = [
      "<g><title>\(Markup.line(scenario.name, most: 240))</title>"
        + "<rect class=\"frame\" rx=\"8\" \(Self.attributes(frame))/>"
        + Self.text(
          Self.cut(scenario.name), x: frame.x + 10,
          y: (boxes.first.map { $0.y + $0.height / 2 } ?? frame.y + 20) + 4,
          style: "name") + "</g>"
    ]
    for (phase, box) in zip(scenario.phases, boxes) {
      let place = Place(scenario.name, phase.name)
      let style =
        "box" + (phase.allowsCommits ? " commits" : "") + (completed.contains(place) ? " done" : "")
        + (isCurrent(scenario, phase) ? " current" : "")
      out.append(
        Self.box(
          box, name: place.description + ": " + phase.summary, lines: lines(scenario, phase), style: style))
    }
    return out
  }

  private static func box(_ box: GraphLayout.Box, name: String, lines: [String], style: String) -> String {
    var out =
      "<g><title>\(Markup.line(name, most: 240))</title><rect class=\"\(style)\" rx=\"6\" \(attributes(box))/>"
    let first = box.y + box.height / 2 + 4 - Double(lines.count - 1) * 7
    for (index, line) in lines.enumerated() {
      out += text(
        cut(line), x: box.x + box.width / 2, y: first + Double(index) * 14,
        style: style.hasSuffix("aside") ? "" : ["", "soft", "go"][min(index, 2)])
    }
    return out + "</g>"
  }

  private static func attributes(_ box: GraphLayout.Box) -> String {
    "x=\"\(number(box.x))\" y=\"\(number(box.y))\" width=\"\(number(box.width))\" height=\"\(number(box.height))\""
  }

  private static func path(_ connection: GraphLayout.Connection) -> String {
    var line = ""
    var last: GraphLayout.Point?
    for point in connection.points where point != last {
      line += (last == nil ? "M" : "L") + "\(number(point.x)) \(number(point.y))"
      last = point
    }
    return "<path class=\"\(connection.isEvent ? "event" : "flow")\" d=\"\(line)\" "
      + "marker-end=\"url(#llmos-graph-arrow)\"/>"
  }

  private static func text(_ text: String, x: Double, y: Double, style: String) -> String {
    let style = style.isEmpty ? "" : " class=\"\(style)\""
    return "<text\(style) x=\"\(number(x))\" y=\"\(number(y))\">\(Markup.escape(text))</text>"
  }

  /// Tenths of a pixel are enough.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
  }
}
