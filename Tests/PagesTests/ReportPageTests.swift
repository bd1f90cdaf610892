import Core
import Pages
import Testing
import Verify

@Suite struct ReportPageTests {
  private static let hostile =
    "</td></q><script>alert(1)</script><img src=x onerror=\"a\" 'b'>&amp;\u{202E}\u{0}"

  private static func page(_ word: String, entries count: Int = 1) -> ReportPage {
    ReportPage(
      title: word, at: "2026-01-01T00:00:00Z", place: Place(word, word), status: .inProgress, role: word,
      entries: (0..<count).map {
        ReportPage.Entry(
          sequence: count - $0, at: word, kind: word, place: Place(word, word), trigger: word, actor: word,
          claimed: word, detected: word, branch: word, head: word, reason: word, commits: 2, id: word)
      },
      records: [
        ReportPage.Record(
          at: word, kind: word, place: Place(word, word), role: word, actor: word, commit: word, reason: word)
      ], foreignNotes: 1,
      verdicts: [ReportPage.Verdict(commit: word, judgement: .violation, reason: word)], findings: [word],
      graph: Graph(.canonical, current: nil))
  }

  /// The page of hostile words has the same elements as that of harmless ones, each well formed.
  @Test func noWordBreaksThePage() throws {
    let read = { (page: ReportPage) throws -> XMLReader in
      let reader = XMLReader()
      let body = try #require(page.html.range(of: "<body>"))
      #expect(
        reader.read(String(page.html[body.lowerBound...]).replacing("</html>", with: "")), "\(reader.problem)"
      )
      return reader
    }
    let harmless = try read(Self.page("word"))
    let hostile = try read(Self.page(Self.hostile))
    #expect(hostile.elements == harmless.elements && hostile.classes == harmless.classes)
    #expect(!hostile.elements.contains("script") && !hostile.elements.contains("img"))
    #expect(!Self.page(Self.hostile).html.contains("\u{202E}"))
    let head = Self.page(Self.hostile).html.prefix { $0 != "\u{0}" }
    #expect(head.contains("<title>&lt;/td&gt;&lt;/q&gt;&lt;script&gt;"))
    #expect(head.contains("default-src 'none'"))
  }

  @Test func itShowsWhoWhatAndWhy() {
    let html = Self.page("wörd").html
    #expect(html.contains("<span class=\"bad\">VIOLATION 1</span>"))
    #expect(html.contains("<li class=\"bad\">wörd</li>"))
    #expect(html.contains("wörd <span class=\"soft\">wörd, saw wörd</span>"))
    #expect(html.contains("<q>wörd</q>"))
    #expect(html.contains("1 lines of the notes are not records"))
  }

  @Test func tenThousandEntriesAreQuick() {
    let time = ContinuousClock().measure { _ = Self.page(Self.hostile, entries: 10_000).html }
    #expect(time < .seconds(30), "\(time), unoptimised")
  }
}
