import Core
import Verify

extension ReportPage {
  // MARK: Measures

  var figures: String {
    let items = report.measures().map { measure in
      "<li><span>\(measure.name)</span> <strong>\(Self.text(measure.value))</strong> "
        + "<span>\(measure.definition)</span></li>"
    }
    let times = report.cycleTimes().map { time in
      [
        Self.text(time.place.description), String(time.count), ReportTime.text(time.median),
        ReportTime.text(time.ninety),
      ]
    }
    let by = report.commitsBy()
    return """
      <section id="measures"><h2>Measures</h2>
      <ul class="measures">\(items.joined())</ul>
      <h3>Cycle time by phase</h3>
      <p class="soft">How often phases were completed, and how long they took from when they were entered: half of them no \
      longer than the median, nine of ten no longer than the last figure.</p>
      \(times.isEmpty ? "<p>No phase was completed in this time.</p>" : Self.table("Cycle time by phase", ["Phase", "Times", "Median", "90 %"], times, numbers: 1))
      <h3>Commits</h3>
      \(verdicts)
      <h4>By role, actor and author</h4>
      <p class="soft">The role is that of the phase, or the agent's own; the actor is who the hook saw commit. Both are of \
      all commits that a hook saw; authors, as git has them, of the commits that this page shows.</p>
      <div class="columns">\(Self.tally("Role", by.roles))\(Self.tally("Actor", by.actors))\(Self.tally("Author", by.authors))</div>
      </section>
      """
  }

  private var verdicts: String {
    let rows = Judgement.allCases.compactMap { kind in
      report.counts[kind].map {
        [
          "<span class=\"verdict \(Self.style(of: kind))\">\(kind.rawValue)</span>", Report.grouped($0),
          Self.escape(kind.meaning),
        ]
      }
    }
    return rows.isEmpty
      ? "<p>There are no commits.</p>"
      : Self.table("Commits by verdict", ["Verdict", "Commits", "Meaning"], rows)
  }

  private static func tally(_ name: String, _ all: [(name: String, count: Int)]) -> String {
    guard !all.isEmpty else { return "" }
    let rows = all.prefix(20).map { [text($0.name), Report.grouped($0.count)] }
    return table("Commits by \(name.lowercased())", [name, "Commits"], rows, numbers: 1)
  }

  // MARK: Scenarios and legend

  var scenarios: String {
    """
    <section id="scenarios"><h2>Scenarios</h2>
    <div class="wide" role="region" aria-label="The scenarios as a picture" tabindex="0">\(report.facts.graph.text(.svg))</div>
    </section>
    """
  }

  var legend: String {
    let symbols = Timeline.Mark.Kind.allCases.map {
      "<li>\(Self.symbol($0)) \($0.words)</li>"
    }
    let catalog = report.facts.graph.catalog
    let colours = catalog.scenarios.map { scenario in
      let phases = scenario.phases.enumerated().map { "\($0 + 1) \(Self.text($1.name))" }.joined(
        separator: ", ")
      return
        "<li><span class=\"swatch \(colour(scenario.name))\"></span> <strong>\(Self.text(scenario.name))</strong>: \(phases)</li>"
    }
    let verdicts = Judgement.allCases.map {
      "<dt class=\"verdict \(Self.style(of: $0))\">\($0.rawValue)</dt><dd>\(Self.escape($0.meaning))</dd>"
    }
    return """
      <section id="legend"><h2>Legend</h2>
      <h3>Scenarios and the numbers of their phases</h3><ul class="scenarios">\(colours.joined())</ul>
      <h3>Marks</h3><ul class="key">\(symbols.joined())<li><span class="swatch rework"></span> rework</li>\
      <li><span class="swatch tick"></span> commit</li></ul>
      <h3>Verdicts</h3><dl class="facts">\(verdicts.joined())</dl>
      </section>
      """
  }

  // MARK: Appendix

  var appendix: String {
    """
    <section id="appendix"><h2>Appendix</h2>
    <h3>Check it with plain git</h3>
    <p>Nothing on this page has to be taken on trust. An entry is a commit; its tree has the sealed state, what it says of \
    itself, the decision that the hooks read, and the commits that they saw land since the entry before.</p>
    <pre tabindex="0"><code>git log --first-parent refs/llmos/ledger/main     the entries, newest first
    git show refs/llmos/ledger/main:entry.json        who, when, why, and on which commit
    git show refs/llmos/ledger/main:gate              the phase, and what it allows
    git show refs/llmos/ledger/main:landed            the commits that the hooks let land under the entry before
    git verify-commit refs/llmos/ledger/main          who signed it, where keys are used
    git notes --ref=llmos show COMMIT                 the phases completed at a commit
    llmos-hook verify --strict                        all of it at once, with exit code 1 when something is wrong</code></pre>
    \(entries)
    \(records)
    </section>
    """
  }

  private var entries: String {
    let isMany = report.facts.ledgers.count > 1
    let rows = report.shownEntries.prefix(rows).map { position -> [String] in
      let entry = report[position]
      let marks = [entry.claimed, entry.detected.map { "saw " + $0 }].compactMap { $0 }
      var cells = [
        String(entry.sequence), entry.at.map(Self.time) ?? "no time", Self.text(entry.kind),
        Self.text(entry.place.description) + (entry.status == .inProgress ? "" : " " + entry.status.rawValue),
        Self.text(entry.trigger),
        Self.text(entry.actor)
          + (marks.isEmpty ? "" : " <span class=\"soft\">\(Self.text(marks.joined(separator: ", ")))</span>"),
        (entry.head.map(Self.id) ?? "unborn")
          + " <span class=\"soft\">\(Self.text(Self.branch(entry.branch)))</span>",
        Self.why(entry.reason, entry.skipped.map(\.description)),
      ]
      if isMany { cells.insert(Self.text(report.facts.ledgers[position.ledger].name), at: 0) }
      return cells
    }
    let heads = ["No.", "When (UTC)", "Kind", "State after it", "Trigger", "By", "Code", "Reason"]
    let note =
      report.entryCount > rows.count
      ? "The newest \(Report.grouped(rows.count)) of \(Report.grouped(report.entryCount))."
      : "All of this time."
    return "<h3>Ledger entries</h3><p class=\"soft\">\(note)</p>\n"
      + Self.table("Ledger entries", (isMany ? ["Worktree"] : []) + heads, rows)
  }

  /// The reason, and what was passed over for it.
  private static func why(_ reason: String?, _ skipped: [String]) -> String {
    (reason.map { "<q>\(text($0))</q>" } ?? "")
      + (skipped.isEmpty
        ? "" : " <span class=\"soft\">skipped: \(text(skipped.joined(separator: ", ")))</span>")
  }

  private static func branch(_ name: String?) -> String {
    guard let name else { return "detached" }
    return name.shortBranch ?? name
  }

  private var records: String {
    let facts = report.facts
    let rows = facts.records.prefix(rows / 4).map { record in
      [
        Self.text(record.at), Self.text(record.kind), Self.text(record.place.description),
        Self.text(record.role),
        Self.text(record.actor), Self.id(record.commit),
        Self.why(record.reason, record.skipped),
      ]
    }
    var out = "<h3>Records in the notes</h3>\n"
    if facts.foreignNotes > 0 {
      out +=
        "<p class=\"note\">\(facts.foreignNotes) lines of the notes are not records and are not shown.</p>\n"
    }
    if rows.count < facts.records.count {
      out += "<p class=\"soft\">The newest \(rows.count) of \(Report.grouped(facts.records.count)).</p>"
    }
    return rows.isEmpty
      ? out + "<p>None yet.</p>"
      : out
        + Self.table(
          "Records in the notes", ["When (UTC)", "What", "Phase", "Role", "By", "Commit", "Reason"], rows)
  }

  // MARK: Tables

  /// A table that scrolls by itself where it is wider than the page.
  ///
  /// - Parameter numbers: from which column on figures stand; they line up on the right.
  static func table(_ name: String, _ heads: [String], _ rows: [[String]], numbers: Int = .max) -> String {
    let head = heads.enumerated().map { "<th scope=\"col\"\($0 >= numbers ? " class=\"n\"" : "")>\($1)</th>" }
    let body = rows.map { row in
      "<tr>" + row.enumerated().map { "<td\($0 >= numbers ? " class=\"n\"" : "")>\($1)</td>" }.joined()
        + "</tr>\n"
    }
    let wide = heads.count > 4
    return
      "<div class=\"\(wide ? "wide" : "narrow")\"\(wide ? " role=\"region\" aria-label=\"\(name)\" tabindex=\"0\"" : "")>"
      + "<table><caption class=\"unseen\">\(name)</caption><thead><tr>\(head.joined())</tr></thead>\n<tbody>\n"
      + body.joined() + "</tbody></table></div>\n"
  }
}
