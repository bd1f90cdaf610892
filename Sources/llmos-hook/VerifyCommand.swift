import ArgumentParser
import Engine
import Gate
import Git
import Scenario

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Tell for each commit whether it was made in a phase that allows it.",
    discussion: """
      Every commit of RANGE (all of HEAD's history by default) is SATISFIED, \
      CHECKPOINT, ROLLBACK, OVERRIDDEN, PREDATES, INCOMING, VIOLATION or \
      UNPROVEN. Exits with 1 on VIOLATION, with --strict on UNPROVEN too.

      Example: llmos-hook verify --strict origin/main..HEAD
      """)
  @OptionGroup var global: GlobalOptions
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Take UNPROVEN for a violation.") var strict = false
  @Argument(help: "As git log takes it, such as origin/main..HEAD.") var range: String?

  func run() throws {
    try global.enter()
    let repository = try Repository.current()
    let words = range.map { [$0] } ?? ["HEAD"]
    guard Child.output(of: ["git", "rev-list", "-n", "1"] + words + ["--"]) != nil else {
      throw Refusal(.usage, "\(words[0]) is no commit or range", remedy: "llmos-hook verify HEAD~10..HEAD")
    }
    let commits = Child.lines(of: ["git", "--no-replace-objects", "rev-list"] + words + ["--"])
    let verify = try Verify(repository)
    let lines = try verify.judge(
      commits.compactMap(ObjectID.init(hex:)), in: repository, isServer: repository.workDirectory == nil)
    var counts: [Judgement: Int] = [:]
    for line in lines { counts[line.judgement, default: 0] += 1 }
    let summary = Judgement.allCases.compactMap { kind in counts[kind].map { "\(kind.rawValue) \($0)" } }
    if json {
      Report.result(
        JSON.object([
          ("schema", .int(1)),
          ("commits", .array(lines.map(object))),
          ("counts", .object(Judgement.allCases.map { ($0.rawValue, .int(counts[$0] ?? 0)) })),
          ("findings", .array(verify.findings.map(JSON.string))),
        ]).text)
    } else {
      for line in lines where line.judgement != .predates {
        let entry = line.entry.map { "  entry \($0.short)" } ?? ""
        Report.result("\(line.judgement.rawValue)  \(line.commit.short)  \(line.reason)\(entry)")
      }
      for finding in verify.findings { System.write("llmos-hook: \(finding)\n", to: 2) }
      global.say(summary.isEmpty ? "no commits" : summary.joined(separator: ", "))
    }
    let isBroken =
      counts[.violation] != nil || (strict && (counts[.unproven] != nil || !verify.findings.isEmpty))
    if isBroken { throw ExitStatus(code: ExitCode.refused.rawValue) }
  }

  private func object(_ line: Verify.Line) -> JSON {
    .object([
      ("commit", .string(line.commit.description)), ("verdict", .string(line.judgement.rawValue)),
      ("reason", .string(line.reason)), ("entry", JSON(line.entry?.description)),
    ])
  }
}
