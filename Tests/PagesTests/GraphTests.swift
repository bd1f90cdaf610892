import Core
import Foundation
import Testing

@testable import Pages

@Suite struct GraphTests {
  private static let hostile = [
    "A\"B", "a\\", "\\\"", "<b>&amp;</b>", "x]\n  evil[y", "\"]; end; %% {{#quot;}} `md` |x|", "é 字 \u{202E}",
    "--", "\u{0}\u{1B}[31m", "</svg><script>alert(1)</script>", "'\"><x y='", "\\N\\G\\l", "end", "#35;",
  ]

  private static func graph(_ words: [String]) -> Graph {
    let phases = words.enumerated().map { index, word in
      Phase(
        name: word, summary: word, role: word, actions: index == 1 ? [Action.commit] : [word],
        next: index + 1 < words.count ? words[index + 1] : words[0])
    }
    return Graph(
      Catalog.canonical.overridden(by: words.map { Scenario(name: $0, when: $0, phases: phases) }),
      current: Place(words[0], words[1]))
  }

  /// Each crossing of the picture is a move that `advance` makes, and there is none that it does not draw.
  @Test func theCrossingsAreTheMovesOfTheEngine() throws {
    var drawn: Set<String> = []
    for crossing in Graph(.canonical).crossings {
      let places =
        switch crossing.origin {
        case .phase(let place): [place]
        case .scenario(let name): Catalog.canonical.scenario(name)?.phases.map { Place(name, $0.name) } ?? []
        }
      for place in places {
        var state = State(place: place, at: "2026-01-01T00:00:00Z")
        state.suspended = [Suspended(Place("FEATURE_DEVELOPMENT", "DESIGN"))]
        let word = crossing.label.split(separator: ":")[0]
        let move: Move
        switch word {
        case "resume":
          state.status = .completed
          move = .resume
        case "rollback-finished": move = .nextPhase
        default: move = .event(try #require(Event(rawValue: String(word))))
        }
        let to = try advance(
          move, from: state, by: .owner, catalog: .canonical, at: "2026-01-01T00:00:01Z"
        ).state
        switch crossing.destination {
        case .some(let destination): #expect(to.place == destination)
        case nil: #expect(to.place.scenario == "FEATURE_DEVELOPMENT")
        }
      }
      drawn.insert(String(crossing.label.split(separator: ":")[0]))
    }
    #expect(drawn == Set(Event.allCases.map(\.rawValue)).union(["resume", "rollback-finished"]))
  }

  @Test func mermaidHasPhasesInOrderRolesAndTheMark() {
    let lines = Graph(.canonical, current: Place("FEATURE_DEVELOPMENT", "QA")).mermaid
      .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(lines.first == "flowchart TB")
    #expect(lines.contains("subgraph s1[\"FEATURE_DEVELOPMENT\"]"))
    #expect(lines.contains("s1p0[\"BRIEF<br/>PM\"]"))
    #expect(lines.contains("s1p3([\"IMPLEMENTATION<br/>DEV<br/>commits land here\"])"))
    #expect(lines.contains("s1p4[\"▶ QA<br/>QA\"]"))
    #expect(lines.contains("s1p3 --> s1p4"))
    #expect(lines.contains("s2 -. \"deploy-failure\" .-> s3p0"))
    #expect(lines.contains("class s1p3 commits"))
    #expect(lines.contains("class s1p4 current"))
    #expect(!Graph(.canonical).mermaid.contains("class s1p4"))
  }

  /// Every line is one of the forms that we write, whatever the names are: between its quotes stands
  /// nothing that could end them or begin something else.
  @Test func noNameBreaksMermaid() throws {
    let text = #"[A-Za-z0-9_.,:() #;▶\-<br/>\p{L}]*"#
    let forms = [
      "flowchart TB", #"subgraph s\d+\["\#(text)"\]"#,
      #"s\d+p\d+(\[|\(\[)"\#(text)"(\]|\]\))"#,
      #"s\d+p\d+ --> s\d+p\d+"#, "end", #"aside\{\{"\#(text)"\}\}"#,
      #"s\d+(p\d+)? -\. "\#(text)" \.-> (s\d+p\d+|aside)"#, "classDef .*",
      #"class [sp\d,]+ (commits|current)"#,
    ].map { "^\\s*" + $0 + "$" }
    for line in Self.graph(Self.hostile).mermaid.split(separator: "\n", omittingEmptySubsequences: false)
      .dropLast()
    {
      #expect(
        forms.contains { String(line).range(of: $0, options: .regularExpression) != nil }, "\(line)")
    }
    #expect(Graph.mermaidText("a\"b#%`<") == "a#34;b#35;#37;#96;#60;")
  }

  @Test func noNameBreaksDot() {
    let dot = Self.graph(Self.hostile).dot
    // Outside of quoted strings are only words, numbers and marks of ours.
    var outside = ""
    var isInside = false
    var isEscaped = false
    for scalar in dot.unicodeScalars {
      if isInside {
        if isEscaped {
          isEscaped = false
        } else if scalar == "\\" {
          isEscaped = true
        } else if scalar == "\"" {
          isInside = false
        }
        #expect(scalar != "\n")
      } else if scalar == "\"" {
        isInside = true
      } else {
        outside.unicodeScalars.append(scalar)
      }
    }
    #expect(!isInside)
    #expect(outside.unicodeScalars.count { $0 == "{" } == outside.unicodeScalars.count { $0 == "}" })
    #expect(outside.range(of: #"[^A-Za-z0-9_\[\]{}=,;>\-\s]"#, options: .regularExpression) == nil)
    #expect(!outside.contains("evil"))
    #expect(Graph.dotText(["a\"\\", "&amp;"]) == #""a\"\\\n&amp;amp;""#)
  }

  /// Well-formed, with as many boxes as phases, and nothing that runs or loads.
  @Test(arguments: [Graph(.canonical, current: Place("QUALITY_GATE", "VERDICT")), graph(hostile)])
  func svgIsWellFormed(graph: Graph) throws {
    let svg = graph.text(.svg)
    let reader = XMLReader()
    #expect(reader.read(svg), "\(reader.problem)")
    let phases = graph.catalog.scenarios.reduce(0) { $0 + $1.phases.count }
    #expect(reader.classes.count { $0.split(separator: " ").contains("box") } == phases + 1)
    #expect(reader.classes.count { $0.split(separator: " ").contains("current") } == 1)
    #expect(
      reader.elements.subtracting(
        ["svg", "title", "desc", "style", "defs", "marker", "path", "g", "rect", "text"]).isEmpty)
    #expect(!svg.contains("href"))
    // Paper is light, whatever the screen is.
    #expect(svg.contains("@media screen and (prefers-color-scheme:dark)"))
  }

  @Test func markupEscapes() {
    #expect(
      Markup.escape("<a b=\"c\" d='e'>&\u{0}\u{1B}é")
        == "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\u{FFFD}\u{FFFD}é")
  }
}

/// The elements and classes of an XML document. (Foundation's parser of XML would be a library more; this
/// reads what well-formed text without processing instructions may have, and refuses anything else.)
final class XMLReader {
  var elements: Set<String> = []
  var classes: [String] = []
  var problem = ""

  func read(_ text: String) -> Bool {
    var open: [String] = []
    var rest = Substring(text)
    while let less = rest.firstIndex(of: "<") {
      guard isText(rest[..<less]) else { return fail("text: " + rest[..<less]) }
      rest = rest[less...]
      guard
        let tag = rest.prefixMatch(
          of: /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z:\-]+="[^"<]*")*)\s*(\/?)>/)
      else { return fail("tag: " + rest.prefix(60)) }
      let name = String(tag.2)
      elements.insert(name)
      for attribute in String(tag.3).matches(of: /([A-Za-z:\-]+)="([^"]*)"/) {
        guard isText(attribute.2) else { return fail("attribute: " + attribute.0) }
        if attribute.1 == "class" { classes.append(String(attribute.2)) }
      }
      if tag.1 == "/" {
        guard open.popLast() == name else { return fail("closes " + name) }
      } else if tag.4 == "" {
        open.append(name)
      }
      rest = rest[tag.range.upperBound...]
    }
    return open.isEmpty && isText(rest) ? true : fail("open: " + open.joined(separator: " "))
  }

  private func isText(_ text: Substring) -> Bool {
    text.wholeMatch(of: /(?:[^<&]|&(?:amp|lt|gt|quot|#39);)*/) != nil
      && !text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }
  }

  private func fail(_ words: String) -> Bool {
    problem = words
    return false
  }
}
