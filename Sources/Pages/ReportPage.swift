import Core
import Verify

/// What happened in a repository, as one HTML page that needs nothing from elsewhere.
public struct ReportPage: Sendable {
  /// A ledger entry.
  public struct Entry: Sendable {
    /// Its number in the ledger, from 1.
    public var sequence: Int
    /// UTC.
    public var at: String
    /// `genesis`, `transition`, `phase-completed`, `override`, `rollback`, …
    public var kind: String
    /// The state after it.
    public var place: Place
    /// The command or event.
    public var trigger: String
    /// `OWNER`, `SYSTEM`, `AGENT` or `AGENT:ROLE`.
    public var actor: String
    /// What the actor claimed to be; nil when nothing.
    public var claimed: String?
    /// The variable by which an agent's harness was recognised; nil when none was.
    public var detected: String?
    /// The full name of the branch; nil when HEAD was detached.
    public var branch: String?
    /// The code commit, hexadecimal; nil before the first.
    public var head: String?
    /// Why, in the actor's words.
    public var reason: String?
    /// How many commits it answers for.
    public var commits: Int
    /// What the move passed over.
    public var skipped: [Place]
    /// The entry's id, hexadecimal.
    public var id: String

    /// An entry of these parts.
    public init(
      sequence: Int, at: String, kind: String, place: Place, trigger: String, actor: String,
      claimed: String? = nil, detected: String? = nil, branch: String? = nil, head: String? = nil,
      reason: String? = nil, commits: Int = 0, skipped: [Place] = [], id: String = ""
    ) {
      self.sequence = sequence
      self.at = at
      self.kind = kind
      self.place = place
      self.trigger = trigger
      self.actor = actor
      self.claimed = claimed
      self.detected = detected
      self.branch = branch
      self.head = head
      self.reason = reason
      self.commits = commits
      self.skipped = skipped
      self.id = id
    }
  }

  /// A line of the notes.
  public struct Record: Sendable {
    /// UTC.
    public var at: String
    /// `phase-completed`, `checkpoint`, `rollback`, `verdict` or `override`.
    public var kind: String
    /// The phase that it is about.
    public var place: Place
    /// The role whose phase it was.
    public var role: String
    /// Who did it.
    public var actor: String
    /// The code commit that the note stands on, hexadecimal.
    public var commit: String
    /// Why, in the actor's words.
    public var reason: String?
    /// What the move passed over, as `SCENARIO:PHASE`.
    public var skipped: [String]

    /// A record of these parts.
    public init(
      at: String, kind: String, place: Place, role: String, actor: String, commit: String,
      reason: String? = nil, skipped: [String] = []
    ) {
      self.at = at
      self.kind = kind
      self.place = place
      self.role = role
      self.actor = actor
      self.commit = commit
      self.reason = reason
      self.skipped = skipped
    }
  }

  /// A commit and what is said of it.
  public struct Verdict: Sendable {
    /// The commit, hexadecimal.
    public var commit: String
    /// The judgement.
    public var judgement: Judgement
    /// Why, in a few words.
    public var reason: String

    /// A verdict of these parts.
    public init(commit: String, judgement: Judgement, reason: String) {
      self.commit = commit
      self.judgement = judgement
      self.reason = reason
    }
  }

  /// What the repository is called.
  public var title: String
  /// When the page was made, UTC.
  public var at: String
  /// Where the state stands.
  public var place: Place
  /// The state's status.
  public var status: Status
  /// The role whose turn it is.
  public var role: String
  /// The ledger's entries, newest first.
  public var entries: [Entry]
  /// The notes' records, newest first.
  public var records: [Record]
  /// How many lines of the notes are not ours.
  public var foreignNotes: Int
  /// Every commit of HEAD.
  public var verdicts: [Verdict]
  /// What is wrong with the ledgers.
  public var findings: [String]
  /// The scenarios' picture.
  public var graph: Graph

  /// A page of these facts.
  public init(
    title: String, at: String, place: Place, status: Status, role: String, entries: [Entry],
    records: [Record], foreignNotes: Int = 0, verdicts: [Verdict], findings: [String], graph: Graph
  ) {
    self.title = title
    self.at = at
    self.place = place
    self.status = status
    self.role = role
    self.entries = entries
    self.records = records
    self.foreignNotes = foreignNotes
    self.verdicts = verdicts
    self.findings = findings
    self.graph = graph
  }
}

extension ReportPage {
  /// The page. Every word from the repository is escaped, and the page's own policy lets a browser neither
  /// run nor load anything.
  public var html: String {
    let title = Self.escape("\(self.title): process report")
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>\(Self.style)</style></head><body>
      <h1>\(title)</h1>
      <p>\(Self.escape(at)). The state stands at <strong>\(Self.escape(place.description))</strong>
      (\(status.rawValue)); it is \(Self.escape(role))'s turn.
      Ledger entries: \(entries.count); records in the notes: \(records.count);
      commits of HEAD: \(verdicts.count).</p>
      <nav><a href="#judged">Commits</a> <a href="#scenarios">Scenarios</a> <a href="#completed">Phases
      completed</a> <a href="#timeline">Timeline</a></nav>
      \(judged)
      <h2 id="scenarios">Scenarios</h2>
      <div class="wide">\(graph.svg)</div>
      \(completed)
      \(timeline)
      </body></html>

      """
  }

  private static let style = """
    body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1f2328;\
    background:#fff}table{border-collapse:collapse;width:100%;font-size:.85rem}\
    th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #d1d9e0;\
    overflow-wrap:anywhere}th{position:sticky;top:0;background:#f6f8fa}code{font-size:.9em}\
    .wide{overflow-x:auto}.wide svg{max-width:100%;min-width:60rem;height:auto}.bad{color:#cf222e;font-weight:bold}.good{color:#1a7f37}.note{color:#9a6700}\
    .soft{color:#59636e}.time{white-space:nowrap}nav a{margin-right:1rem}\
    @media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}th{background:#161b22}\
    th,td{border-color:#3d444d}a{color:#4493f8}.bad{color:#ff7b72}.good{color:#3fb950}\
    .note{color:#d29922}.soft{color:#9198a1}}
    """

  private var judged: String {
    var counts: [Judgement: Int] = [:]
    for verdict in verdicts { counts[verdict.judgement, default: 0] += 1 }
    let summary = Judgement.allCases.compactMap { kind in
      counts[kind].map { "<span class=\"\(Self.style(of: kind))\">\(kind.rawValue) \($0)</span>" }
    }
    let notable = verdicts.filter {
      [.violation, .unseen, .unproven, .overridden, .rollback].contains($0.judgement)
    }
    let rows = notable.map { verdict in
      Self.row([
        "<span class=\"\(Self.style(of: verdict.judgement))\">\(verdict.judgement.rawValue)</span>",
        Self.commit(verdict.commit), Self.escape(verdict.reason),
      ])
    }
    var out = "<h2 id=\"judged\">Commits</h2>\n<p>"
    out += summary.isEmpty ? "HEAD has no commits." : summary.joined(separator: ", ") + "."
    out += counts[.violation] == nil ? " <span class=\"good\">No violations.</span></p>\n" : "</p>\n"
    if !findings.isEmpty {
      let items = findings.map { "<li class=\"bad\">\(Self.escape($0))</li>" }
      out += "<p>Problems in the ledgers:</p><ul>\(items.joined())</ul>\n"
    }
    return out + (rows.isEmpty ? "" : Self.table(["Verdict", "Commit", "Why"], rows))
  }

  private var completed: String {
    let rows = records.map { record in
      Self.row([
        Self.time(record.at), Self.escape(record.kind), Self.escape(record.place.description),
        Self.escape(record.role), Self.escape(record.actor), Self.commit(record.commit),
        Self.quote(record.reason) + Self.passedOver(record.skipped),
      ])
    }
    var out = "<h2 id=\"completed\">Phases completed</h2>\n"
    if foreignNotes > 0 {
      out += "<p class=\"note\">\(foreignNotes) lines of the notes are not records and are not shown.</p>\n"
    }
    let heads = ["When (UTC)", "What", "Phase", "Role", "By", "Commit", "Reason"]
    return out + (rows.isEmpty ? "<p>None yet.</p>\n" : Self.table(heads, rows))
  }

  private var timeline: String {
    let rows = entries.map { entry in
      let marks = [entry.claimed, entry.detected.map { "saw " + $0 }].compactMap { $0 }
      let style = ["override": "note", "rollback": "bad", "phase-completed": "good"][entry.kind] ?? ""
      return Self.row([
        String(entry.sequence), Self.time(entry.at),
        "<span class=\"\(style)\">\(Self.escape(entry.kind))</span>",
        Self.escape(entry.place.description),
        Self.escape(entry.trigger)
          + (entry.commits > 0 ? " <span class=\"soft\">(covers \(entry.commits))</span>" : ""),
        Self.escape(entry.actor)
          + (marks.isEmpty
            ? "" : " <span class=\"soft\">\(Self.escape(marks.joined(separator: ", ")))</span>"),
        (entry.head.map(Self.commit) ?? "unborn")
          + " <span class=\"soft\">\(Self.escape(entry.branch ?? "detached"))</span>",
        Self.quote(entry.reason) + Self.passedOver(entry.skipped.map(\.description)),
      ])
    }
    let heads = ["#", "When (UTC)", "Kind", "State after it", "Trigger", "By", "Code", "Reason"]
    return "<h2 id=\"timeline\">Timeline</h2>\n" + Self.table(heads, rows)
  }

  private static func style(of judgement: Judgement) -> String {
    switch judgement {
    case .satisfied, .checkpoint, .derived: "good"
    case .violation: "bad"
    case .overridden, .unproven, .unseen, .rollback: "note"
    case .predates, .incoming: "soft"
    }
  }

  private static func table(_ heads: [String], _ rows: [String]) -> String {
    let head = heads.map { "<th scope=\"col\">\($0)</th>" }.joined()
    return "<table><thead><tr>\(head)</tr></thead>\n<tbody>\n" + rows.joined() + "</tbody></table>\n"
  }

  private static func row(_ cells: [String]) -> String {
    "<tr><td>" + cells.joined(separator: "</td><td>") + "</td></tr>\n"
  }

  private static func time(_ text: String) -> String { "<span class=\"time\">\(escape(text))</span>" }

  private static func commit(_ id: String) -> String { "<code>\(escape(String(id.prefix(10))))</code>" }

  private static func passedOver(_ skipped: [String]) -> String {
    skipped.isEmpty
      ? "" : " <span class=\"note\">skipped: \(escape(skipped.joined(separator: ", ")))</span>"
  }

  private static func quote(_ text: String?) -> String {
    text.map { "<q>\(escape($0))</q>" } ?? ""
  }

  /// Escaped, and without marks that turn the direction of the text around it.
  private static func escape(_ text: String) -> String { Markup.escape(Graph.visible(text)) }
}
