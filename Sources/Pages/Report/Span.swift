import Core

/// A time that a worktree spent in one phase.
struct Span: Sendable {
  /// The position of its ledger among the facts'.
  var ledger: Int
  /// The position of the entry that opened it, in that ledger.
  var opening: Int
  /// That of the entry that ended it; nil while it lasts.
  var closing: Int?
  var place: Place
  var role: String
  /// The feature at hand; in a scenario that names none, the last that there was.
  var feature: String?
  var environment: String?
  /// Seconds since 1970.
  var start: Int64
  /// Nil while it lasts.
  var end: Int64?
  /// Whether the phase was completed with it.
  var isCompleted = false
  /// Whether the scenario was set aside with it.
  var isSetAside = false
  /// Whether the feature had completed this phase before.
  var isRework = false

  /// Seconds until its end, or until now.
  func seconds(until now: Int64) -> Int64 { max(0, (end ?? now) - start) }
}

/// A phase that was passed over.
struct Skip: Hashable, Sendable {
  var feature: String?
  var place: Place
  /// The owner's words; nil when there are none.
  var reason: String?
}

/// Reads the times spent in phases, and the phases passed over, off one ledger.
struct SpanReader {
  private(set) var spans: [Span] = []
  private(set) var skips: [Skip] = []
  private let catalog: Catalog
  private let number: Int
  private let entries: [ReportFacts.Entry]
  private var open: Span?
  private var feature: String?
  private var time: Int64 = 0
  private var completed: Set<Done> = []

  /// A phase that a feature has completed.
  private struct Done: Hashable {
    var feature: String?
    var place: Place
  }

  init(_ ledger: ReportFacts.Ledger, number: Int, catalog: Catalog) {
    (self.number, self.catalog, entries) = (number, catalog, ledger.entries)
    for index in entries.indices { take(index) }
    guard var last = open else { return }
    // Where the worktree is gone, nobody works on.
    if !ledger.isThere { last.end = max(last.start, time) }
    spans.append(last)
  }

  private mutating func take(_ index: Int) {
    let entry = entries[index]
    time = entry.at ?? time
    let isDevelopment = entry.place.scenario == "FEATURE_DEVELOPMENT"
    if isDevelopment || entry.feature != nil { feature = entry.feature }
    if var span = open {
      let isSame = span.place == entry.place && entry.status.isOpen && entry.kind != "phase-completed"
      if isSame, span.feature == nil || span.feature == feature {
        // The name of a feature, or an environment, that was given later.
        (span.feature, span.environment) = (feature, entry.environment ?? span.environment)
        open = span
        return
      }
      close(span, at: index)
    }
    guard entry.status.isOpen, !entry.isAdopted else { return }
    var span = Span(
      ledger: number, opening: index, place: entry.place, role: entry.role, feature: feature,
      environment: entry.environment, start: time)
    span.isRework =
      entry.status == .rework
      || isDevelopment && completed.contains(Done(feature: feature, place: entry.place))
    open = span
    noteSkips(to: entry)
  }

  private mutating func close(_ span: Span, at index: Int) {
    let entry = entries[index]
    var span = span
    // Clocks can be set back; no phase lasts less than nothing.
    (span.end, span.closing) = (max(span.start, time), index)
    span.isCompleted = entry.kind == "phase-completed"
    span.isSetAside = !span.isCompleted && entry.suspended.first == span.place
    spans.append(span)
    open = nil
    guard span.isCompleted else { return }
    completed.insert(Done(feature: span.feature, place: span.place))
    // A gate that was passed completes the phase that it was about, too.
    if entry.trigger == "quality-gate-pass", let about = entries[index - 1].suspended.first,
      let last = spans.lastIndex(where: { $0.place == about })
    {
      spans[last].isCompleted = true
      completed.insert(Done(feature: spans[last].feature, place: about))
    }
  }

  /// What the entry says was passed over, and the phases before one that `set` entered, as far as nobody completed them.
  private mutating func noteSkips(to entry: ReportFacts.Entry) {
    for place in entry.skipped { note(skip: place, entry) }
    guard entry.trigger == "set", let scenario = catalog.scenario(entry.place.scenario) else { return }
    for phase in scenario.phases.prefix(while: { $0.name != entry.place.phase }) where !phase.isOptional {
      let place = Place(scenario.name, phase.name)
      guard !completed.contains(Done(feature: feature, place: place)) else { continue }
      note(skip: place, entry)
    }
  }

  private mutating func note(skip place: Place, _ entry: ReportFacts.Entry) {
    let skip = Skip(feature: feature, place: place, reason: entry.reason)
    if !skips.contains(where: { $0.feature == skip.feature && $0.place == place }) { skips.append(skip) }
  }
}
