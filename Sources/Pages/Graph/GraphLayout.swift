import Core

/// Where everything of the picture stands, in pixels.
struct GraphLayout: Sendable {
  struct Box: Sendable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double
    var right: Double { x + width }
    var bottom: Double { y + height }
  }

  struct Point: Hashable, Sendable {
    var x: Double
    var y: Double
  }

  /// A connection, along the axes from point to point.
  struct Connection: Sendable {
    var points: [Point]
    var isEvent: Bool
  }

  struct Label: Sendable {
    var text: String
    /// Where its letters stand.
    var box: Box
  }

  var width: Double { routes.width }
  private(set) var height = 0.0
  /// The ground of each scenario, in the catalog's order.
  private(set) var frames: [Box] = []
  /// The phases' boxes, by scenario and phase.
  private(set) var boxes: [[Box]] = []
  /// The box of the scenario set aside; nil where nothing leads there.
  private(set) var aside: Box?
  private(set) var connections: [Connection] = []
  private(set) var labels: [Label] = []

  enum Measure {
    /// Pixels that a character of the 12 px monospaced font takes, rounded up.
    static let character = 7.4
    static let boxHeight = 50.0
    static let gap = 24.0
    static let padding = 12.0
    static let track = 21.0
    static let port = 9.0
    static let margin = 12.0
  }

  private let routes: GraphRoutes
  /// Where each line of boxes begins.
  private var tops: [Double] = []

  /// Lays out a graph within a width, as far as that has room for one box.
  init(_ graph: Graph, width wanted: Double) {
    var routes = GraphRoutes(graph, columns: graph.catalog.scenarios.map(\.phases.count).max() ?? 1)
    // How many boxes have room beside names, labels and what runs beside them is known only when all is laid out.
    while routes.width > wanted, routes.columns > 1 {
      routes = GraphRoutes(graph, columns: routes.columns - 1)
    }
    self.routes = routes
    placeLines(graph)
    draw()
  }

  private mutating func placeLines(_ graph: Graph) {
    var y = Measure.margin + Measure.padding
    boxes = graph.catalog.scenarios.map { _ in [] }
    frames = graph.catalog.scenarios.map { _ in Box(x: 0, y: 0, width: 0, height: 0) }
    for (index, line) in routes.lines.enumerated() {
      tops.append(y)
      let height = height(of: index)
      if let scenario = line.scenario {
        for column in 0..<line.phases.count {
          boxes[scenario].append(Box(x: routes.x(column), y: y, width: routes.boxWidth, height: height))
        }
        let top = frames[scenario].width == 0 ? y - Measure.padding : frames[scenario].y
        frames[scenario] = Box(
          x: Measure.margin, y: top, width: routes.contentRight - Measure.margin,
          height: y + height + Measure.padding - top)
      } else {
        aside = Box(x: routes.x(routes.columns - 1), y: y, width: routes.boxWidth, height: height)
      }
      y += height + Measure.padding
      let tracks = routes.stretches.filter { $0.channel == index }.map { $0.track + 1 }.max() ?? 0
      y += Double(tracks) * Measure.track + (tracks > 0 ? 8 : 2) + Measure.padding
    }
    height = y - Measure.padding + Measure.margin / 2
  }

  private func height(of line: Int) -> Double { routes.lines[line].phases.isEmpty ? 20 : Measure.boxHeight }

  private func trackY(_ stretch: GraphRoutes.Stretch) -> Double {
    tops[stretch.channel] + height(of: stretch.channel) + Measure.padding + 18
      + Double(stretch.track) * Measure.track
  }

  private mutating func draw() {
    drawNext()
    for wire in routes.wires {
      var points: [Point] = []
      var rest = wire.stretches[...]
      let middle = tops[wire.from.line] + Measure.boxHeight / 2
      if wire.leavesRight {
        points.append(Point(x: wire.from.x, y: middle))
        label(wire.label, x: wire.from.x + 8, baseline: middle - 5)
      } else if let first = rest.popFirst() {
        let y = trackY(routes.stretches[first])
        let bottom =
          tops[wire.from.line] + height(of: wire.from.line) + (wire.leavesFrame ? Measure.padding : 0)
        points += [Point(x: wire.from.x, y: bottom), Point(x: wire.from.x, y: y)]
        label(routes.stretches[first].label, x: routes.stretches[first].labelX, baseline: y - 5)
      }
      if let bus = wire.bus {
        let x = routes.busX + Double(bus) * 10 + 4
        points.append(Point(x: x, y: points.last?.y ?? 0))
        if let offset = wire.arrivesRight {
          let y = tops[wire.to.line] + 10 + offset * 12
          points += [Point(x: x, y: y), Point(x: wire.to.x + 1, y: y)]
        } else if let last = rest.popFirst() {
          let y = trackY(routes.stretches[last])
          points += [Point(x: x, y: y), Point(x: wire.to.x, y: y)]
        }
      } else {
        points.append(Point(x: wire.to.x, y: points.last?.y ?? 0))
      }
      if wire.arrivesBelow {
        points.append(Point(x: wire.to.x, y: tops[wire.to.line] + height(of: wire.to.line) + 1))
      } else if wire.arrivesRight == nil {
        points.append(Point(x: wire.to.x, y: tops[wire.to.line] - 1))
      }
      connections.append(Connection(points: points, isEvent: wire.isEvent))
    }
  }

  /// From each box to the one right of it.
  private mutating func drawNext() {
    for (line, column) in routes.neighbours {
      let y = tops[line] + Measure.boxHeight / 2
      connections.append(
        Connection(
          points: [
            Point(x: routes.x(column) + routes.boxWidth, y: y), Point(x: routes.x(column + 1) - 1, y: y),
          ], isEvent: false))
    }
  }

  private mutating func label(_ text: String?, x: Double, baseline: Double) {
    guard let text else { return }
    labels.append(
      Label(text: text, box: Box(x: x, y: baseline - 10, width: GraphRoutes.pixels(text), height: 13)))
  }
}
