import Core
import Foundation
import Testing
import Verify

@testable import Pages

@Suite struct ReportPageTests {
  static let hostile =
    "</td></q><script>alert(1)</script>]]><img src=x onerror=\"a\" 'b'>&amp;\u{202E}\u{0}\u{1B}[31m\u{200F}`|*_"
    + "@all #1 http://x " + String(repeating: "x", count: 10_000)

  /// A report in which every text that a stranger can write is this one.
  static func report(_ word: String, entries count: Int = 8) -> Report {
    var facts = ReportFacts(
      title: word, now: 1_800_000_000,
      graph: Graph(
        Catalog.canonical.overridden(by: [
          Scenario(
            name: word, when: word,
            phases: [Phase(name: word, summary: word, role: word, actions: [word], next: nil)])
        ])))
    let places = [
      Place("FEATURE_DEVELOPMENT", "BRIEF"), Place("QUALITY_GATE", "VERDICT"), Place(word, word),
      Place("ROLLBACK", "EXECUTE"),
    ]
    let kinds = ["transition", "override", "phase-completed", "rollback", word]
    let entries = (0..<count).map { index in
      ReportFacts.Entry(
        sequence: index + 1, at: 1_799_000_000 + Int64(index) * 60, kind: kinds[index % 5],
        place: places[index % 4],
        status: index % 7 == 6 ? .rework : .inProgress, role: word, trigger: index % 3 == 0 ? "set" : word,
        actor: word,
        claimed: word, detected: word, branch: word, reason: word, feature: word, environment: word,
        incident: word,
        suspended: [Place(word, word)], isFrozen: true, commits: 2, id: Tale.id(index))
    }
    facts.ledgers = [
      ReportFacts.Ledger(name: word, entries: entries),
      ReportFacts.Ledger(name: word + "2", entries: entries),
    ]
    facts.commits = Judgement.allCases.enumerated().map { index, judgement in
      ReportFacts.Commit(
        id: Tale.id(500 + index), judgement: judgement, why: word, entry: Tale.id(0), landed: 1_799_000_030,
        actor: word, text: ReportFacts.CommitText(subject: word, author: word, date: 1_799_000_000))
    }
    facts.records = [
      ReportFacts.Record(
        at: word, kind: word, place: Place(word, word), role: word, actor: word, commit: Tale.id(500),
        reason: word)
    ]
    facts.foreignNotes = 1
    facts.findings = [word]
    facts.hindrances = [ReportFacts.Hindrance(kind: word, fact: word, remedy: word)]
    facts.briefs = [word: word]
    return Report(facts)
  }

  static func read(_ report: Report) throws -> XMLReader {
    let html = ReportPage(report).html
    let reader = XMLReader()
    let body = try #require(html.range(of: "<body>"))
    let text = String(html[body.lowerBound...]).replacing("</html>", with: "").replacing("<wbr>", with: "")
      .replacing(
        "<br>", with: "")
    #expect(reader.read(text), "\(reader.problem)")
    return reader
  }

  /// The page of hostile words has the same elements as that of harmless ones, each well formed.
  @Test func noWordBreaksThePage() throws {
    let harmless = try Self.read(Self.report("wörd"))
    let hostile = try Self.read(Self.report(Self.hostile))
    #expect(hostile.elements == harmless.elements)
    #expect(hostile.classes == harmless.classes)
    #expect(!hostile.elements.contains("script") && !hostile.elements.contains("img"))
    let html = ReportPage(Self.report(Self.hostile)).html
    for mark in ["\u{202E}", "\u{200F}", "\u{1B}", "\u{0}", "<script", "<img"] {
      #expect(!html.contains(mark))
    }
    #expect(html.contains("<title>&lt;/td&gt;&lt;/q&gt;&lt;script&gt;"))
    #expect(html.contains("default-src 'none'"))
    #expect(!html.contains(String(repeating: "x", count: 300)), "a long word is cut")
  }

  @Test func itShowsWhoWhatAndWhy() {
    let html = ReportPage(Self.report("wörd")).html
    #expect(html.contains("<strong>VIOLATION</strong> <code>1000050800</code> <bdi>wörd (wörd): wörd</bdi>"))
    #expect(html.contains("<bdi>wörd, saw wörd</bdi>"))
    #expect(html.contains("<q><bdi>wörd</bdi></q>"))
    #expect(html.contains("1 lines of the notes are not records"))
  }

  /// A page has at most three megabytes, however many entries there are and however long their words, and says what it
  /// leaves out.
  @Test func aHundredThousandEntriesAreAPageOfThreeMegabytes() {
    let word = String(repeating: "<", count: 60)
    let report = Self.report(word, entries: 50_000)
    let html = ReportPage(report).html
    #expect(html.utf8.count < 3_000_000, "\(html.utf8.count)")
    #expect(html.contains(" of 100,000 ledger entries."))
    #expect(report.json.text.utf8.count < 6_000_000)
  }

  @Test func markdownHasNothingOfAStrangersMarkup() {
    let markdown = Self.report(Self.hostile).markdown
    for mark in ["<script", "\u{202E}", "\u{1B}", "@all", "#1", "http://"] {
      #expect(!markdown.contains(mark), "\(mark)")
    }
    let harmless = Self.report("word").markdown
    #expect(markdown.split(separator: "\n").count == harmless.split(separator: "\n").count, "no line more")
    #expect(harmless.contains("- **Is anything wrong?** ❌ Yes: "))
    #expect(Markdown.text("a|b\n`c`") == "a\\|b \\`c\\`")
  }

  /// JSON has the words as they are.
  @Test func jsonHasTheSame() throws {
    let json = try #require(JSON(reading: Self.report(Self.hostile).json.text.utf8))
    #expect(json["schema"]?.integer == 1 && json["answers"]?["wrong"]?.isTrue == true)
    #expect(json["commits"]?.elements?.count == Judgement.allCases.count)
    #expect(json["entry_count"]?.integer == 16)
    #expect(json["features"]?.elements?.first?["brief"]?.string == Self.hostile)
  }
}
