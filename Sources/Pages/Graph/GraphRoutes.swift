import Core

/// Which way the connections of the picture go, all but the heights.
///
/// Boxes stand in lines, a scenario's phases side by side, as many as the width has room for; every line of a connection
/// runs between these lines, in a channel, or beside them all. Boxes have ports: connections leave below, right of the
/// middle, and arrive above, left of it, so that no two meet. Within a channel each connection has a track, by the
/// left-edge method (A. Hashimoto, J. Stevens: Wire routing by optimizing channel assignment, 1971); its label belongs to
/// its track, and stands where nothing crosses it.
struct GraphRoutes: Sendable {
  typealias Measure = GraphLayout.Measure

  /// Boxes that stand side by side.
  struct Line {
    var scenario: Int?
    var phases: Range<Int>
  }

  /// A stretch of a connection in a channel.
  struct Stretch {
    var channel: Int
    var left: Double
    var right: Double
    var label: String?
    var labelX = 0.0
    var track = 0
  }

  /// A connection while it is laid: it leaves a box, or a scenario's frame, and arrives at a box.
  struct Wire {
    var isEvent: Bool
    var label: String?
    var from: (line: Int, x: Double)
    /// Whether it leaves a scenario's frame, and not a box.
    var leavesFrame = false
    /// Whether it leaves to the right, from the middle of the box.
    var leavesRight = false
    var to: (line: Int, x: Double)
    /// Whether it arrives from below.
    var arrivesBelow = false
    /// Whether it arrives from the right, at this height above or below the middle of the box.
    var arrivesRight: Double?
    var bus: Int?
    var stretches: [Int] = []
  }

  private(set) var lines: [Line] = []
  private(set) var stretches: [Stretch] = []
  private(set) var wires: [Wire] = []
  private(set) var boxWidth = 0.0
  private var nameWidth = 0.0
  let columns: Int
  /// Of all, what runs beside the boxes too.
  private(set) var width = 0.0
  private(set) var busX = 0.0
  private var busCount = 0
  private var below: [Int: Int] = [:]
  private var above: [Int: Int] = [:]
  /// The lines whose last box is left to the right.
  private var leftRight: Set<Int> = []
  /// How many connections arrive at the scenario set aside.
  private var asideCount = 0
  /// The boxes that lead to the one right of them.
  private(set) var neighbours: [(line: Int, column: Int)] = []
  /// Where connections leave a line downwards or arrive at it from below, by line; and from above.
  private var verticals: [Int: [Double]] = [:]

  /// The routes with so many boxes side by side.
  init(_ graph: Graph, columns: Int) {
    self.columns = max(1, columns)
    measure(graph)
    breakLines(graph)
    connect(graph)
    placeLabels()
    assignTracks()
  }

  static func pixels(_ text: String, bold: Bool = false) -> Double {
    Double(Visible.width(text)) * Measure.character + (bold ? 2 : 0)
  }

  private mutating func measure(_ graph: Graph) {
    let scenarios = graph.catalog.scenarios
    let texts =
      scenarios.flatMap { scenario in scenario.phases.flatMap { graph.lines(scenario, $0) } }
      + Graph.setAsideLines
    boxWidth = (texts.map { Self.pixels(Graph.cut($0)) }.max() ?? 0) + 2 * Measure.padding
    nameWidth =
      (scenarios.map { Self.pixels(Graph.cut($0.name), bold: true) }.max() ?? 0) + 2 * Measure.padding
  }

  private mutating func breakLines(_ graph: Graph) {
    for (index, scenario) in graph.catalog.scenarios.enumerated() {
      var start = 0
      repeat {
        let end = min(start + columns, scenario.phases.count)
        lines.append(Line(scenario: index, phases: start..<end))
        start = end
      } while start < scenario.phases.count
    }
    if graph.crossings.contains(where: { $0.destination == nil }) {
      lines.append(Line(scenario: nil, phases: 0..<1))
    }
  }

  /// The left edge of a column of boxes.
  func x(_ column: Int) -> Double {
    Measure.margin + nameWidth + Double(column) * (boxWidth + Measure.gap)
  }

  /// The column where the scenario set aside stands: the last one, next to the tracks that lead there.
  var contentRight: Double { x(columns - 1) + boxWidth + Measure.padding }

  private func line(_ scenario: Int, _ phase: Int) -> (line: Int, column: Int) {
    let line = lines.firstIndex { $0.scenario == scenario && $0.phases.contains(phase) } ?? 0
    return (line, phase - lines[line].phases.lowerBound)
  }

  // MARK: Connections

  private mutating func connect(_ graph: Graph) {
    for (number, scenario) in graph.catalog.scenarios.enumerated() {
      for (index, phase) in scenario.phases.enumerated() {
        guard let next = phase.next, let to = scenario.phases.firstIndex(where: { $0.name == next }) else {
          continue
        }
        let (from, target) = (line(number, index), line(number, to))
        if to == index + 1, from.line == target.line {
          neighbours.append(from)
          continue
        }
        if target.line == from.line + 1, target.column == from.column {
          drop(from, target)
          continue
        }
        wire(
          Wire(isEvent: false, label: nil, from: leave(from), to: (target.line, 0)), to: target)
      }
    }
    for crossing in graph.crossings {
      guard let from = graph.catalog.scenarios.firstIndex(where: { $0.name == crossing.origin.scenario })
      else {
        continue
      }
      var wire = Wire(isEvent: true, label: crossing.label, from: (0, 0), to: (0, 0))
      let target = crossing.destination.flatMap(graph.position).map { line($0.scenario, $0.phase) }
      switch crossing.origin {
      case .phase(let place):
        let source = line(from, graph.position(of: place)?.phase ?? 0)
        let isLast = source.column == lines[source.line].phases.count - 1
        if isLast, target.map({ $0.line != source.line + 1 }) ?? true, leftRight.insert(source.line).inserted
        {
          wire.from = (source.line, x(source.column) + boxWidth)
          wire.leavesRight = true
        } else {
          wire.from = leave(source)
        }
      case .scenario:
        // Out of the frame, beside the boxes: where no port is.
        let last = lines.lastIndex { $0.scenario == from } ?? 0
        wire.from = (last, x(0) + boxWidth + Measure.gap / 2)
        wire.leavesFrame = true
        verticals[last, default: []].append(wire.from.x)
      }
      self.wire(wire, to: target)
    }
  }

  /// A port below a box, right of its middle.
  private mutating func leave(_ place: (line: Int, column: Int)) -> (line: Int, x: Double) {
    let key = place.line * 1000 + place.column
    below[key, default: 0] += 1
    let x = min(
      x(place.column) + boxWidth / 2 + Measure.port * Double(below[key] ?? 1), x(place.column) + boxWidth - 4)
    verticals[place.line, default: []].append(x)
    return (place.line, x)
  }

  /// A port above a box, left of its middle.
  private mutating func arrive(_ place: (line: Int, column: Int)) -> (line: Int, x: Double) {
    let key = place.line * 1000 + place.column
    above[key, default: 0] += 1
    let x = max(x(place.column) + boxWidth / 2 - Measure.port * Double(above[key] ?? 1), x(place.column) + 4)
    verticals[place.line - 1, default: []].append(x)
    return (place.line, x)
  }

  /// Straight down to the box below: the middle of a box is no other's port.
  private mutating func drop(_ from: (line: Int, column: Int), _ target: (line: Int, column: Int)) {
    let x = x(from.column) + boxWidth / 2
    verticals[from.line, default: []].append(x)
    var wire = Wire(isEvent: false, label: nil, from: (from.line, x), to: (target.line, x))
    stretch(&wire, channel: from.line, x, x, label: nil)
    wires.append(wire)
  }

  private mutating func wire(_ wire: Wire, to target: (line: Int, column: Int)?) {
    var wire = wire
    if let target {
      if target.line == wire.from.line, !wire.leavesRight {
        wire.to = leave(target)
        wire.arrivesBelow = true
      } else {
        wire.to = arrive(target)
      }
    } else {
      let last = lines.count - 1
      wire.to = (last, x(columns - 1) + boxWidth)
      wire.arrivesRight = Double(asideCount)
      asideCount += 1
    }
    let isBelow = wire.arrivesBelow || wire.to.line == wire.from.line + 1 && wire.arrivesRight == nil
    if !wire.leavesRight, isBelow {
      stretch(&wire, channel: wire.from.line, wire.from.x, wire.to.x, label: wire.label)
    } else {
      wire.bus = busCount
      busCount += 1
      if !wire.leavesRight {
        stretch(&wire, channel: wire.from.line, wire.from.x, .infinity, label: wire.label)
      }
      if wire.arrivesRight == nil {
        stretch(&wire, channel: wire.to.line - 1, wire.to.x, .infinity, label: nil)
      }
    }
    wires.append(wire)
  }

  private mutating func stretch(
    _ wire: inout Wire, channel: Int, _ from: Double, _ to: Double, label: String?
  ) {
    wire.stretches.append(stretches.count)
    stretches.append(Stretch(channel: channel, left: min(from, to), right: max(from, to), label: label))
  }

  // MARK: Labels and tracks

  /// Puts each label where nothing goes up or down through its channel; beyond all boxes there is always room.
  private mutating func placeLabels() {
    busX = contentRight + Measure.padding
    for index in wires.indices {
      guard let label = wires[index].label else { continue }
      let length = Self.pixels(label) + 12
      if wires[index].leavesRight {
        busX = max(busX, wires[index].from.x + length + 8)
        continue
      }
      guard let first = wires[index].stretches.first else { continue }
      let stretch = stretches[first]
      let crossing = (verticals[stretch.channel] ?? []).sorted()
      var start = stretch.left + 4
      while let wall = crossing.first(where: { $0 > start - 4 && $0 < start + length }) { start = wall + 5 }
      stretches[first].labelX = start
      stretches[first].right = max(stretches[first].right, start + length)
      busX = max(busX, start + length + 8)
    }
    for index in stretches.indices where stretches[index].right == .infinity { stretches[index].right = busX }
    width = busX + Double(busCount) * 10 + Measure.margin
  }

  /// The left-edge method: from left to right, each stretch on the first track that is free there.
  private mutating func assignTracks() {
    for channel in Set(stretches.map(\.channel)) {
      var ends: [Double] = []
      let own = stretches.indices.filter { stretches[$0].channel == channel }
      for index in own.sorted(by: { stretches[$0].left < stretches[$1].left }) {
        if let track = ends.firstIndex(where: { $0 + 6 < stretches[index].left }) {
          stretches[index].track = track
          ends[track] = stretches[index].right
        } else {
          stretches[index].track = ends.count
          ends.append(stretches[index].right)
        }
      }
    }
  }
}
