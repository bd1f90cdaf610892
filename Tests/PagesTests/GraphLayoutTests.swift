import Core
import Testing

@testable import Pages

@Suite struct GraphLayoutTests {
  private static func random(_ seed: UInt64) -> (graph: Graph, width: Double) {
    var random = SplitMix(state: seed)
    let scenarios = (0..<Int.random(in: 0...4, using: &random)).map { number in
      let count = Int.random(in: 1...9, using: &random)
      let phases = (0..<count).map { index in
        let next = Int.random(in: 0..<(3 * count), using: &random)
        return Phase(
          name: "P\(index)" + String(repeating: "x", count: Int.random(in: 0...40, using: &random)),
          summary: "", role: "字ROLE", actions: index == 1 ? [Action.commit] : [],
          // Mostly the next one, sometimes any: forward, back, itself.
          next: next < count ? "P\(next)" : index + 1 < count ? "P\(index + 1)" : nil)
      }
      // The names have to be those that `next` gives.
      let names = phases.map(\.name)
      let mended = phases.map { phase in
        Phase(
          name: phase.name, summary: "", role: phase.role, actions: phase.actions,
          next: phase.next.flatMap { wanted in names.first { $0.hasPrefix(wanted) } })
      }
      return Scenario(
        name: number == 0 ? "FEATURE_DEVELOPMENT" : number == 1 ? "ROLLBACK" : "S\(number)", when: "",
        phases: mended)
    }
    let graph = Graph(Catalog.canonical.overridden(by: scenarios), current: Place("DEPLOYMENT", "EXECUTE"))
    return (graph, Double(Int.random(in: 100...2000, using: &random)))
  }

  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  /// Whether the inside of a box has some of a line along an axis.
  private static func crosses(_ from: GraphLayout.Point, _ to: GraphLayout.Point, _ box: GraphLayout.Box)
    -> Bool
  {
    min(from.x, to.x) < box.right - 1 && max(from.x, to.x) > box.x + 1 && min(from.y, to.y) < box.bottom - 1
      && max(from.y, to.y) > box.y + 1
  }

  private static func overlap(_ first: GraphLayout.Box, _ second: GraphLayout.Box) -> Bool {
    first.x < second.right && second.x < first.right && first.y < second.bottom && second.y < first.bottom
  }

  /// In any catalog, at any width: no line goes through a box or a label, no label over a box, another label or the edge.
  @Test(arguments: 0..<300) func nothingGoesThroughAnything(seed: Int) {
    let (graph, width) = Self.random(UInt64(seed))
    let layout = GraphLayout(graph, width: width)
    let boxes = layout.boxes.flatMap { $0 } + [layout.aside].compactMap { $0 }
    let labels = layout.labels.map(\.box)
    for connection in layout.connections {
      for (from, to) in zip(connection.points, connection.points.dropFirst()) {
        #expect(from.x == to.x || from.y == to.y, "along the axes")
        for box in boxes + labels {
          #expect(!Self.crosses(from, to, box), "\(seed): \(from) to \(to) goes through \(box)")
        }
      }
      for point in connection.points {
        #expect((0...layout.width).contains(point.x) && (0...layout.height).contains(point.y))
      }
    }
    for (index, label) in labels.enumerated() {
      #expect(!boxes.contains { Self.overlap($0, label) }, "\(seed): \(layout.labels[index].text)")
      #expect(!labels.dropFirst(index + 1).contains { Self.overlap($0, label) })
      #expect(label.x >= 0 && label.right <= layout.width && label.bottom <= layout.height)
    }
    for (index, box) in boxes.enumerated() {
      #expect(!boxes.dropFirst(index + 1).contains { Self.overlap($0, box) })
    }
    #expect(layout.connections.count { $0.isEvent } == graph.crossings.count)
  }

  /// One below the other, phases lead straight down.
  @Test func aColumnHasNoBends() {
    let layout = GraphLayout(Graph(.canonical), width: 300)
    let flows = layout.connections.filter { !$0.isEvent }
    #expect(flows.count == Catalog.canonical.scenarios.reduce(0) { $0 + $1.phases.count - 1 })
    #expect(flows.allSatisfy { Set($0.points.map(\.x)).count == 1 })
  }

  @Test func graphvizIsToldEachThingOnce() {
    let dot = Graph(.canonical, current: Place("FEATURE_DEVELOPMENT", "IMPLEMENTATION")).text(.dot)
    for line in dot.split(separator: "\n") where line.contains(" [label=") {
      let names = line.matches(of: /(\w+)=/).map(\.1)
      #expect(Set(names).count == names.count, "\(line)")
    }
    #expect(dot.contains("style=\"rounded,filled\", fillcolor=\"#ddf4ff\", color=\"#0550ae\", penwidth=4"))
  }

  @Test(arguments: [600, 800, 1300, 3000]) func itFitsThePage(width: Int) throws {
    let svg = Graph(.canonical).text(.svg, width: width)
    let shown = try #require(svg.firstMatch(of: /width="([0-9]+)" height="([0-9]+)">/))
    #expect(Int(shown.1) ?? .max <= width)
    let layout = GraphLayout(Graph(.canonical), width: Double(width))
    #expect(width < 800 || layout.width <= Double(width), "it need not be made smaller")
  }

  /// What a person told apart by colour alone would miss, stands in words or signs too.
  @Test func marksNeedNoColour() {
    let place = Place("FEATURE_DEVELOPMENT", "DESIGN")
    let graph = Graph(.canonical, current: place, completed: [Place("FEATURE_DEVELOPMENT", "BRIEF")])
    for text in [graph.text(.svg), graph.text(.mermaid), graph.text(.dot)] {
      #expect(text.contains("▶ DESIGN") && text.contains("✓ BRIEF") && !text.contains("✓ DESIGN"))
      #expect(!text.contains("cf222e"), "the current phase is no alarm")
    }
    let over = Graph(.canonical, current: place, isOpen: false, completed: [place]).text(.svg)
    #expect(over.contains("✓ DESIGN") && !over.contains("▶"))
  }
}
