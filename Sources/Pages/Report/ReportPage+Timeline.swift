import Core
import Verify

// A row a lane, its times in percent of the row's width: so it fits a phone as well as a wall, and no text is scaled.
extension ReportPage {
  var pictureOfTime: String {
    guard !timeline.lanes.isEmpty else {
      return "<section id=\"time\"><h2>Timeline</h2><p>Nothing happened in this time.</p></section>"
    }
    let facts = report.facts
    var note = "\(Self.time(timeline.period.lowerBound)) to \(Self.time(timeline.period.upperBound)) UTC."
    if report.entryCount > report.shownEntries.count {
      note +=
        " The newest \(Report.grouped(min(rows, report.shownEntries.count))) of \(Report.grouped(report.entryCount)) ledger entries."
    }
    if timeline.laneCount > timeline.lanes.count {
      note += " The newest \(timeline.lanes.count) of \(Report.grouped(timeline.laneCount)) lanes."
    }
    let axis = timeline.axis().map {
      "<span style=\"left:\(Self.percent(timeline.position($0.at)))\">\($0.text)</span>"
    }
    let lanes = timeline.lanes.map(lane)
    return """
      <section id="time"><h2>Timeline</h2>
      <p class="soft">\(note) Bars are phases, numbered as in their scenario; ticks below them are commits.
      \(facts.ledgers.count > 1 ? "Work side by side stands in rows of its own." : "")
      <span class="screen">Point at anything, or reach it with the tab key, and the line at the bottom tells more. \
      <a href="#features">Skip the picture</a></span></p>
      \(key)
      <div class="timeline">
      <div class="axis" aria-hidden="true"><div class="track">\(axis.joined())</div></div>
      <ol>
      \(lanes.joined(separator: "\n"))
      </ol></div></section>
      """
  }

  /// What shapes and colours of the picture mean, beside it.
  private var key: String {
    let marks = Set(timeline.lanes.flatMap { $0.marks.map(\.kind) })
    let items = Timeline.Mark.Kind.allCases.filter(marks.contains).map { kind in
      "<li>\(Self.symbol(kind)) \(kind.words)</li>"
    }
    let isRework = timeline.lanes.contains { $0.spans.contains { report.spans[$0].isRework } }
    let bars = isRework ? "<li><span class=\"swatch rework\"></span> rework (hatched)</li>" : ""
    return
      "<ul class=\"key\">\(items.joined())\(bars)<li><span class=\"swatch tick\"></span> commit</li></ul>"
  }

  private func lane(_ lane: Timeline.Lane) -> String {
    let colour = colour(lane.key.scenario)
    let spans = lane.spans.suffix(rows).map { bar(report.spans[$0]) }
    let ticks = lane.commits.compactMap { report.time(of: report.facts.commits[$0]) }
    let marks = lane.marks.sorted { $0.at < $1.at }.suffix(rows).map(mark)
    return """
      <li><span class="name">\(Self.text(lane.name))</span>\
      <div class="track \(colour)">\(grid)\(spans.joined())\(Self.ticks(ticks.map(timeline.position)))\(marks.joined())</div>\
      \(ticks.isEmpty ? "" : "<span class=\"told\">\(Report.count(ticks.count, "commit"))</span>")</li>
      """
  }

  private var grid: String {
    timeline.axis().map { "<i style=\"left:\(Self.percent(timeline.position($0.at)))\"></i>" }.joined()
  }

  /// Commits that stand closer than can be told apart are one tick.
  private static func ticks(_ positions: [Int]) -> String {
    var out = ""
    for position in Set(positions.map { $0 / 10 }).sorted() {
      out += "<s style=\"left:\(left(position * 10))\"></s>"
    }
    return out
  }

  private func bar(_ span: Span) -> String {
    let begin = timeline.position(span.start)
    let end = timeline.position(span.end ?? report.facts.now)
    let catalog = report.facts.graph.catalog
    let number = catalog.scenario(span.place.scenario)?.phases.firstIndex { $0.name == span.place.phase }
    let told = span.isRework ? " rework" : ""
    let open = span.end == nil ? " open" : ""
    let style = "left:\(Self.left(begin));width:\(Self.percent(end - begin))"
    return
      "<span class=\"bar\(told)\(open)\" style=\"\(style)\" tabindex=\"0\"><span class=\"fit\" aria-hidden=\"true\">"
      + "<b>\(number.map { String($0 + 1) } ?? "")</b><span class=\"label\">\(Self.escape(span.place.phase))</span></span>"
      + "<span class=\"tip\">\(Self.text(words(span)))</span></span>"
  }

  /// A bar in words.
  private func words(_ span: Span) -> String {
    var words = "\(span.place)"
    if let feature = span.feature { words += " of \(feature)" }
    if let environment = span.environment, span.place.scenario == "DEPLOYMENT" {
      words += " to \(environment)"
    }
    words += ", \(span.role), \(ReportTime.moment(span.start)) to \(span.end.map(ReportTime.moment) ?? "now")"
    words += ", \(ReportTime.text(span.seconds(until: report.facts.now)))"
    if span.isRework { words += ", rework" }
    if span.isSetAside { words += ", then set aside" }
    return words
  }

  private func mark(_ mark: Timeline.Mark) -> String {
    let style = "left:\(Self.percent(timeline.position(mark.at)))"
    return "<span class=\"mark\" style=\"\(style)\" tabindex=\"0\">\(Self.symbol(mark.kind))"
      + "<span class=\"tip\">\(Self.text(mark.text))</span></span>"
  }

  /// Where something begins that has some pixels at least: at the end it still is within its row.
  private static func left(_ hundredths: Int) -> String {
    hundredths < 9900 ? percent(hundredths) : "min(\(percent(hundredths)),100% - 3px)"
  }

  /// Hundredths of a percent as CSS has it.
  static func percent(_ hundredths: Int) -> String {
    let rest = hundredths % 100
    return "\(hundredths / 100)" + (rest == 0 ? "" : rest < 10 ? ".0\(rest)" : ".\(rest)") + "%"
  }

  /// The class of a scenario's colour.
  func colour(_ scenario: String) -> String {
    report.facts.graph.catalog.scenarios.firstIndex { $0.name == scenario }.map { "c\($0 % 10)" } ?? "c9"
  }

  // MARK: Symbols

  static func symbol(_ kind: Timeline.Mark.Kind) -> String {
    "<svg class=\"symbol \(kind.rawValue)\" aria-hidden=\"true\"><use href=\"#s-\(kind.rawValue)\"/></svg>"
  }

  /// Each mark has a shape of its own, so that nobody needs its colour.
  static let symbols: String = {
    let shapes: [(Timeline.Mark.Kind, String)] = [
      (.violation, "<path d=\"M8 0 16 8 8 16 0 8z\"/><path class=\"on\" d=\"M7 3h2v6H7zM7 10.5h2v2H7z\"/>"),
      (
        .unproven, "<circle cx=\"8\" cy=\"8\" r=\"7\" class=\"ring\"/><path d=\"M7 3h2v6H7zM7 10.5h2v2H7z\"/>"
      ),
      (.pass, "<circle cx=\"8\" cy=\"8\" r=\"8\"/><path class=\"on line\" d=\"M4 8.5 7 11.5 12 5\"/>"),
      (
        .fail,
        "<rect width=\"16\" height=\"16\" rx=\"2\"/><path class=\"on line\" d=\"M4 4 12 12M12 4 4 12\"/>"
      ),
      (.rollback, "<path d=\"M0 8 8 1v4h8v6H8v4z\"/>"),
      (.override, "<path d=\"M8 0 16 15H0z\"/>"),
      (.deployed, "<path d=\"M8 0 15 8h-4v8H5V8H1z\"/>"),
    ]
    let drawn = shapes.map { "<symbol id=\"s-\($0.0.rawValue)\" viewBox=\"0 0 16 16\">\($0.1)</symbol>" }
    return "<svg width=\"0\" height=\"0\" class=\"hidden\" aria-hidden=\"true\">\(drawn.joined())</svg>"
  }()
}
