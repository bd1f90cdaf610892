import Core
import Verify

/// The scenarios in force as a picture: phases in order, what leads from one scenario to another, and
/// where the state stands.
public struct Graph: Sendable {
  /// Scenarios in order.
  public let catalog: Catalog
  /// Where the state stands; nil for a picture without a mark.
  public let current: Place?
  /// Whether the scenario there still runs.
  public let isOpen: Bool
  /// The phases that were completed in this run through the scenario.
  public let completed: Set<Place>

  /// A picture of a catalog.
  public init(_ catalog: Catalog, current: Place? = nil, isOpen: Bool = true, completed: Set<Place> = []) {
    self.catalog = catalog
    self.current = current
    self.isOpen = isOpen
    self.completed = completed
  }

  /// A form in which the picture is drawn.
  public enum Format: String, Sendable, CaseIterable {
    case mermaid, dot, svg
  }

  /// The width of a picture where none is asked for, in pixels.
  public static let standardWidth = 1300

  /// The picture as text, ended by a newline.
  ///
  /// - Parameter width: the most pixels that the SVG takes.
  public func text(_ format: Format, width: Int = standardWidth) -> String {
    switch format {
    case .mermaid: mermaid
    case .dot: dot
    case .svg: svg(width: width)
    }
  }

  /// What leads out of a scenario.
  struct Crossing: Hashable, Sendable {
    /// Where it begins.
    enum Origin: Hashable, Sendable {
      /// At one phase.
      case phase(Place)
      /// At every phase of a scenario.
      case scenario(String)

      var scenario: String {
        switch self {
        case .phase(let place): place.scenario
        case .scenario(let name): name
        }
      }
    }
    let origin: Origin
    /// Where it leads; nil for the scenario that was set aside.
    let destination: Place?
    /// The event, or the move.
    let label: String
  }

  /// What leads from scenario to scenario, as `advance` has it. What begins or ends at a phase that the
  /// catalog does not have is left out.
  var crossings: [Crossing] {
    let last = { (scenario: String) in
      (catalog.scenario(scenario)?.phases ?? []).filter { $0.next == nil }.map {
        Crossing.Origin.phase(Place(scenario, $0.name))
      }
    }
    var all: [Crossing] = last("FEATURE_DEVELOPMENT").map {
      Crossing(
        origin: $0, destination: Place("DEPLOYMENT", "PRE_DEPLOY"), label: Event.featureCompleted.rawValue)
    }
    all.append(
      Crossing(
        origin: .scenario("DEPLOYMENT"), destination: Place("INCIDENT_RECOVERY", "FREEZE"),
        label: Event.deployFailure.rawValue))
    let verdict = Crossing.Origin.phase(Place("QUALITY_GATE", "VERDICT"))
    all.append(
      Crossing(
        origin: verdict, destination: Place("ROLLBACK", "IDENTIFY"), label: Event.qualityGateFail.rawValue))
    all.append(
      Crossing(origin: verdict, destination: nil, label: Event.qualityGatePass.rawValue + ": its next phase"))
    all += last("ROLLBACK").map { Crossing(origin: $0, destination: nil, label: "rollback-finished: REWORK") }
    all += last("INCIDENT_RECOVERY").map { Crossing(origin: $0, destination: nil, label: "resume") }
    return all.filter { crossing in
      let begins =
        switch crossing.origin {
        case .phase(let place): catalog.phase(at: place) != nil
        case .scenario(let name): catalog.scenario(name) != nil
        }
      return begins && crossing.destination.map { catalog.phase(at: $0) != nil } ?? true
    }
  }

  /// What the node for the scenario set aside says.
  static let setAside = "the suspended scenario"
  /// The same in a box.
  static let setAsideLines = ["the suspended", "scenario"]

  /// What a phase's box says, a line each: told apart without colours, too.
  func lines(_ scenario: Scenario, _ phase: Phase) -> [String] {
    let place = Place(scenario.name, phase.name)
    let mark = isCurrent(scenario, phase) && isOpen ? "▶ " : completed.contains(place) ? "✓ " : ""
    return [
      mark + phase.name, phase.role + (phase.isOptional ? " (optional)" : ""),
      phase.allowsCommits ? "commits land here" : nil,
    ].compactMap { $0 }
  }

  /// A name as a box has room for it; the box's title has all of it.
  static func cut(_ text: String) -> String { Markup.cut(Visible.line(text), most: 30) }

  /// The position of a phase in the catalog: of its scenario, and in it.
  func position(of place: Place) -> (scenario: Int, phase: Int)? {
    guard let scenario = catalog.scenarios.firstIndex(where: { $0.name == place.scenario }),
      let phase = catalog.scenarios[scenario].phases.firstIndex(where: { $0.name == place.phase })
    else { return nil }
    return (scenario, phase)
  }

  func isCurrent(_ scenario: Scenario, _ phase: Phase) -> Bool {
    current == Place(scenario.name, phase.name)
  }
}

// MARK: Mermaid

extension Graph {
  /// A flowchart in Mermaid's language, as GitHub draws it in a `mermaid` block. Nodes have names of ours
  /// (`s0p1`), and a catalog's words stand in quotes alone.
  var mermaid: String {
    var out = ["flowchart TB"]
    var commits: [String] = []
    for (s, scenario) in catalog.scenarios.enumerated() {
      out.append("  subgraph s\(s)[\"\(Self.mermaidText(scenario.name))\"]")
      for (p, phase) in scenario.phases.enumerated() {
        let label = lines(scenario, phase).map(Self.mermaidText)
          .joined(separator: "<br/>")
        let (left, right) = phase.allowsCommits ? ("([", "])") : ("[", "]")
        out.append("    s\(s)p\(p)\(left)\"\(label)\"\(right)")
        if phase.allowsCommits { commits.append("s\(s)p\(p)") }
      }
      for (p, phase) in scenario.phases.enumerated() {
        guard let next = phase.next, let to = position(of: Place(scenario.name, next)) else { continue }
        out.append("    s\(s)p\(p) --> s\(s)p\(to.phase)")
      }
      out.append("  end")
    }
    let crossings = crossings
    if crossings.contains(where: { $0.destination == nil }) {
      out.append("  aside{{\"\(Self.mermaidText(Self.setAside))\"}}")
    }
    for crossing in crossings {
      guard let from = name(crossing.origin) else { continue }
      let to = crossing.destination.flatMap(name) ?? "aside"
      out.append("  \(from) -. \"\(Self.mermaidText(crossing.label))\" .-> \(to)")
    }
    out.append("  classDef commits fill:#d3f2d8,stroke:#1a7f37,color:#0b3d17")
    out.append("  classDef done stroke-width:2px,stroke:#57606a")
    out.append("  classDef current fill:#ddf4ff,stroke:#0550ae,stroke-width:4px,color:#0a3069")
    if !commits.isEmpty { out.append("  class \(commits.joined(separator: ",")) commits") }
    let done = completed.compactMap(name).sorted()
    if !done.isEmpty { out.append("  class \(done.joined(separator: ",")) done") }
    if let current, let name = name(current) { out.append("  class \(name) current") }
    return out.joined(separator: "\n") + "\n"
  }

  private func name(_ place: Place) -> String? {
    position(of: place).map { "s\($0.scenario)p\($0.phase)" }
  }

  private func name(_ origin: Crossing.Origin) -> String? {
    switch origin {
    case .phase(let place): name(place)
    case .scenario(let name):
      catalog.scenarios.firstIndex { $0.name == name }.map { "s\($0)" }
    }
  }

  /// Text inside quotes. Mermaid has no backslash: anything but letters and digits that could mean something
  /// is written as `#35;`, and what cannot be seen as a blank.
  static func mermaidText(_ text: String) -> String {
    var out = ""
    for scalar in Visible.line(text).unicodeScalars {
      switch scalar {
      case "0"..."9", "A"..."Z", "a"..."z", "_", "-", ".", ",", ":", " ", "(", ")", "▶", "✓":
        out.unicodeScalars.append(scalar)
      case let scalar where scalar.value > 0x7F && scalar.properties.isAlphabetic:
        out.unicodeScalars.append(scalar)
      default: out += "#\(scalar.value);"
      }
    }
    return out
  }
}

// MARK: dot

extension Graph {
  /// A graph in graphviz's language, a cluster a scenario.
  var dot: String {
    var out = [
      "digraph llmos {", "  graph [rankdir=TB, compound=true, fontname=\"Helvetica\"];",
      "  node [shape=box, fontname=\"Helvetica\"];", "  edge [fontname=\"Helvetica\", fontsize=10];",
    ]
    for (s, scenario) in catalog.scenarios.enumerated() {
      out += ["  subgraph cluster_\(s) {", "    label=\(Self.dotText([scenario.name]));"]
      for (p, phase) in scenario.phases.enumerated() {
        let isCurrent = isCurrent(scenario, phase)
        var attributes = ["label=" + Self.dotText(lines(scenario, phase))]
        if phase.allowsCommits || isCurrent {
          attributes.append("style=\"\(phase.allowsCommits ? "rounded,filled" : "filled")\"")
          attributes +=
            isCurrent
            ? ["fillcolor=\"#ddf4ff\"", "color=\"#0550ae\""] : ["fillcolor=\"#d3f2d8\"", "color=\"#1a7f37\""]
        }
        if isCurrent || completed.contains(Place(scenario.name, phase.name)) {
          attributes.append("penwidth=\(isCurrent ? 4 : 2)")
        }
        out.append("    s\(s)p\(p) [\(attributes.joined(separator: ", "))];")
      }
      for (p, phase) in scenario.phases.enumerated() {
        guard let next = phase.next, let to = position(of: Place(scenario.name, next)) else { continue }
        out.append("    s\(s)p\(p) -> s\(s)p\(to.phase);")
      }
      out.append("  }")
    }
    let crossings = crossings
    if crossings.contains(where: { $0.destination == nil }) {
      out.append("  aside [label=\(Self.dotText([Self.setAside])), shape=hexagon, style=dashed];")
    }
    for crossing in crossings {
      let to = crossing.destination.flatMap(name) ?? "aside"
      var attributes = ["label=" + Self.dotText([crossing.label]), "style=dashed", "constraint=false"]
      let from: String?
      switch crossing.origin {
      case .phase(let place): from = name(place)
      case .scenario(let scenario):
        // An edge of graphviz ends at nodes; `ltail` cuts it at the frame.
        guard let index = catalog.scenarios.firstIndex(where: { $0.name == scenario }) else { continue }
        from = catalog.scenarios[index].phases.isEmpty ? nil : "s\(index)p0"
        attributes.append("ltail=cluster_\(index)")
      }
      guard let from else { continue }
      out.append("  \(from) -> \(to) [\(attributes.joined(separator: ", "))];")
    }
    return (out + ["}"]).joined(separator: "\n") + "\n"
  }

  /// A quoted string of lines. A backslash begins an escape, and graphviz reads entities in any label.
  static func dotText(_ lines: [String]) -> String {
    let escaped = lines.map { line in
      Visible.line(line).unicodeScalars.reduce(into: "") { out, scalar in
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "&": out += "&amp;"
        default: out.unicodeScalars.append(scalar)
        }
      }
    }
    return "\"" + escaped.joined(separator: "\\n") + "\""
  }
}
