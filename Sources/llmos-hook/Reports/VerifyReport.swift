import Core
import Engine
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import ToolGate
import Verify

/// What `verify` prints. Without a range, only commits since the last time are judged.
enum VerifyReport {
  struct Options {
    var form = VerifyForm.text
    var isStrict = false
    var range: String?
    var quiet = false

    var json: Bool { form == .json }
  }

  /// The options of a plain `verify` command line; nil for any other, which ArgumentParser reads.
  static func options(of line: [String]) -> Options? {
    guard line.first == "verify" else { return nil }
    var options = Options()
    for word in line.dropFirst() {
      switch word {
      case "--json": options.form = .json
      case "--strict": options.isStrict = true
      case "--quiet": options.quiet = true
      default: return nil
      }
    }
    return options
  }

  /// Prints a line for each commit, or one object. Without a range: of HEAD, every branch and every worktree.
  ///
  /// - Returns: the exit code: 1 for a violation.
  static func print(_ options: Options) throws -> Int32 {
    GlobalOptions.putBackStateFile(isQuiet: options.quiet)
    let repository = try Repository.current()
    let ledgers = try repository.tips(matching: Ledger.prefix + "*")
    if let range = options.range {
      let (tips, hidden) = try revisions(range, repository)
      return try kept(options, from: tips, hiding: hidden, repository, ledgers)
        ?? full(options, from: tips, hiding: hidden, repository, ledgers)
    }
    let head = try repository.head().commit
    let others = try repository.tips(besides: head)
    guard let head, repository.workDirectory != nil, options.form.listsEverything else {
      return try full(options, from: [head].compactMap { $0 } + others, hiding: [], repository, ledgers)
    }
    let form = options.json ? "json" : "text"
    let now = try VerifiedHistory.Circumstances(ledgers, repository)
    if others.isEmpty, let known = try VerifiedHistory(form, repository, now),
      let newer = try known.newer(than: repository, head: head),
      let lines = try Verification.judge(newer, by: ledgers, sinceLogOf: known.logSize, in: repository)
    {
      let text = try rendered(lines, options, repository)
      return output(text, counts(lines), [], known, options)
    }
    return try full(
      options, from: [head], hiding: [], besides: others, repository, ledgers, keptAs: (form, now))
  }

  /// Answers for a few commits in one line, as in `HEAD~1..`, by what was found of the whole history before; nil where that
  /// does not tell.
  private static func kept(
    _ options: Options, from tips: [ObjectID], hiding hidden: [ObjectID], _ repository: borrowing Repository,
    _ ledgers: [Repository.Tip]
  ) throws -> Int32? {
    guard options.form.listsEverything, repository.workDirectory != nil, tips.count == 1, hidden.count == 1,
      let known = try VerifiedHistory(
        options.json ? "json" : "text", repository, VerifiedHistory.Circumstances(ledgers, repository)),
      let asked = try VerifiedHistory.line(from: tips[0], to: hidden[0], repository),
      let newer = try known.newer(than: repository, head: tips[0]),
      let judged = try Verification.judge(newer, by: ledgers, sinceLogOf: known.logSize, in: repository)
    else { return nil }
    let lines = Array(judged.prefix(asked.count))
    let text = try rendered(lines, options, repository)
    guard asked.count > lines.count else { return output(text, counts(lines), [], options) }
    guard
      let rest = known.printed(of: asked.dropFirst(lines.count), before: hidden[0], isJSON: options.json)
    else { return nil }
    let comma = options.json && !text.isEmpty ? Array(",".utf8) : []
    return output(
      text + comma + rest.text, counts(lines).merging(rest.counts, uniquingKeysWith: +), [], options)
  }

  /// Judges from the beginning, and keeps what it found of HEAD's history where that is good.
  private static func full(
    _ options: Options, from tips: [ObjectID], hiding hidden: [ObjectID], besides others: [ObjectID] = [],
    _ repository: borrowing Repository, _ ledgers: [Repository.Tip],
    keptAs kept: (form: String, now: VerifiedHistory.Circumstances)? = nil
  ) throws -> Int32 {
    let isWhole = hidden.isEmpty && !tips.isEmpty
    let listing = isWhole ? try Verification.begin(from: tips, in: repository) : nil
    let verify = try Verification(repository, ledgers: ledgers)
    // Before the first commit there is nothing to judge but the ledger.
    let lines = try tips.isEmpty ? [] : verify.judge(from: tips, hiding: hidden, in: repository, listing)
    let isAll = options.range == nil
    let findings =
      try verify.findings
      + verify.evidence(of: isAll ? nil : lines.map(\.commit), in: repository)
    guard options.form.listsEverything else {
      let report = try CheckReport(
        lines, counts: counts(lines), findings: findings, isStrict: options.isStrict, version: Version.text)
      try options.form.print(report)
      return code(counts(lines), findings, options)
    }
    if let remark = try verify.replacements(at: tips, in: repository), !options.quiet {
      System.write("llmos-hook: note: \(remark)\n", to: 2)
    }
    let text = try rendered(lines, options, repository, isPart: !hidden.isEmpty)
    if let kept, let tip = tips.first, findings.isEmpty {
      try? VerifiedHistory.keep(kept.form, text, tip: tip, counts: counts(lines), repository, kept.now)
    }
    guard !others.isEmpty else { return output(text, counts(lines), findings, options) }
    let more = try verify.judge(from: others, hiding: tips, in: repository)
    let before = try rendered(more, options, repository)
    let comma = options.json && !before.isEmpty && !text.isEmpty ? Array(",".utf8) : []
    return output(before + comma + text, counts(more + lines), findings, options)
  }

  /// The commit that a revision names, as git reads it (gitrevisions(7)).
  static func commit(_ revision: String) throws -> ObjectID {
    guard !revision.hasPrefix("-"),
      let id = Child.output(of: [
        "git", "--no-replace-objects", "rev-parse", "-q", "--verify", revision + "^{commit}",
      ])
      .flatMap({ ObjectID(hex: $0) })
    else {
      throw Child.missingGit
        ?? Refusal(.usage, "\(revision) is not a commit", remedy: "llmos-hook verify --show COMMIT")
    }
    return id
  }

  /// What a range means, as git reads it (gitrevisions(7)).
  private static func revisions(
    _ range: String, _ repository: borrowing Repository
  ) throws -> (tips: [ObjectID], hidden: [ObjectID]) {
    let words = Child.lines(of: ["git", "--no-replace-objects", "rev-parse", "--revs-only", range, "--"])
    // A tag leads to its commit.
    let tips = try words.compactMap(ObjectID.init(hex:)).compactMap { try repository.commit(behind: $0) }
    let hidden = try words.filter { $0.hasPrefix("^") }.compactMap { ObjectID(hex: String($0.dropFirst())) }
      .compactMap { try repository.commit(behind: $0) }
    // Two ends are what `A..B` means; what git left out of anything else it says.
    let isPlain = range.contains("..") && tips.count == 1 && hidden.count == 1
    guard !range.hasPrefix("-"), !tips.isEmpty,
      isPlain || Child.output(of: ["git", "rev-list", "-n", "1", range, "--"]) != nil
    else {
      throw Child.missingGit
        ?? Refusal(.usage, "\(range) is not a commit or range", remedy: "llmos-hook verify HEAD~10..HEAD")
    }
    return (tips, hidden)
  }

  private static func counts(_ lines: [JudgedCommit]) -> [Judgement: Int] {
    var counts: [Judgement: Int] = [:]
    for line in lines { counts[line.judgement, default: 0] += 1 }
    return counts
  }

  private static func output(
    _ text: [UInt8], _ counts: [Judgement: Int], _ findings: [String], _ known: borrowing VerifiedHistory,
    _ options: Options
  ) -> Int32 {
    let counts = counts.merging(known.counts, uniquingKeysWith: +)
    return output(text, counts, findings, options) {
      if options.json, !text.isEmpty, !known.isEmpty { System.write(",", to: 1) }
      guard isWrapped(options) else { return known.file.sendToStandardOutput(from: known.start) }
      write(known.file.read(at: known.start, count: Int(known.file.size - known.start)), options)
    }
  }

  private static func output(
    _ text: [UInt8], _ counts: [Judgement: Int], _ findings: [String], _ options: Options,
    rest: () -> Void = {}
  ) -> Int32 {
    if options.json { System.write("{\"schema\":1,\"commits\":[", to: 1) }
    write(text, options)
    rest()
    if options.json {
      let rest = JSON.object([
        ("counts", .object(Judgement.allCases.map { ($0.rawValue, .int(counts[$0] ?? 0)) })),
        ("findings", .array(findings.map(JSON.string))),
      ])
      Report.result("]," + rest.text.dropFirst())
    } else {
      for finding in findings { System.write("llmos-hook: \(Visible.line(finding))\n", to: 2) }
      let summary = Judgement.allCases.compactMap { kind in counts[kind].map { "\(kind.rawValue) \($0)" } }
      if !options.quiet {
        let text = summary.isEmpty ? "no commits" : summary.joined(separator: ", ")
        let said =
          Visible.wrapped(text, after: "llmos-hook: ", columns: Terminal.columns(2)) + explanation(counts)
        System.write(said.joined(separator: "\n") + "\n", to: 2)
      }
    }
    return code(counts, findings, options)
  }

  /// 1 for what fails a check.
  private static func code(_ counts: [Judgement: Int], _ findings: [String], _ options: Options) -> Int32 {
    let isBroken = counts[.violation] != nil
    let isDoubtful =
      [.unseen, .incoming, .unproven].contains { counts[$0] != nil } || !findings.isEmpty
    return isBroken || (options.isStrict && isDoubtful) ? ExitCode.refused.rawValue : ExitCode.done.rawValue
  }

  /// The most commits older than the ledger that are named, in a range that ends somewhere.
  private static let oldLimit = 1000

  /// The lines as bytes: for people one for each commit not older than the ledger, or in a range; else the members of
  /// a JSON array.
  private static func rendered(
    _ lines: [JudgedCommit], _ options: Options, _ repository: borrowing Repository, isPart: Bool = false
  ) throws -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(lines.count * (options.json ? 300 : 160))
    // In thousands of lines most say what the line before says.
    var last: JudgedCommit?
    var said: [UInt8] = []
    // Most of a history can be older than the ledger: what is not judged is not looked at either.
    let namesOld = isPart && lines.count(where: { $0.judgement == .predates }) <= oldLimit
    for line in lines where options.json || namesOld || line.judgement != .predates {
      if last?.entry != line.entry || last?.judgement != line.judgement || last?.reason != line.reason {
        said = Array(saying(line, options).utf8)
        last = line
      }
      let summary = line.judgement == .predates && !namesOld ? nil : try repository.summary(of: line.commit)
      if options.json {
        if !out.isEmpty { out.append(UInt8(ascii: ",")) }
        out += "{\"commit\":\"".utf8
        line.commit.append(to: &out)
        out += said
        out += Array(members(of: summary).utf8)
      } else {
        out += verdict(line.judgement).utf8
        out += "  ".utf8
        line.commit.append(to: &out, digits: 10)
        out += said
        out += Array(words(of: summary).utf8)
      }
    }
    return out
  }

  /// A verdict as wide as the longest, so that the lines are a table.
  private static func verdict(_ judgement: Judgement) -> String {
    let longest = 10
    return judgement.rawValue + String(repeating: " ", count: max(0, longest - judgement.rawValue.utf8.count))
  }

  /// What each verdict that occurs means, a line each.
  private static func explanation(_ counts: [Judgement: Int]) -> [String] {
    Judgement.allCases.filter { counts[$0] != nil }.flatMap {
      Visible.wrapped($0.meaning, after: "  \(verdict($0))  ", columns: Terminal.columns(2))
    }
  }

  /// Whether people read it in a terminal's width.
  private static func isWrapped(_ options: Options) -> Bool { !options.json && Terminal.columns() != nil }

  /// Writes lines as they are, or each with what has no room beside it below it, so that verdicts stand in a column.
  private static func write(_ lines: [UInt8], _ options: Options) {
    guard isWrapped(options) else { return System.write(lines[...], to: 1) }
    let columns = Terminal.columns()
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      let lead = String(decoding: line.prefix(12), as: UTF8.self)
      let text = String(decoding: line.dropFirst(12), as: UTF8.self)
      Report.result(Visible.wrapped(text, after: lead, columns: columns).joined(separator: "\n"))
    }
  }

  private static func saying(_ line: JudgedCommit, _ options: Options) -> String {
    guard options.json else {
      return "  \(line.reason.onOneLine)" + (line.entry.map { "  entry \($0.short)" } ?? "")
    }
    let rest = JSON.object([
      ("verdict", .string(line.judgement.rawValue)), ("reason", .string(line.reason)),
      ("entry", JSON(line.entry?.description)),
    ])
    return "\"," + rest.text.dropFirst().dropLast()
  }

  /// `  Add a page (Ann, 2025-12-27)`, and the line's end.
  private static func words(of summary: CommitSummary?) -> String {
    guard let summary else { return "\n" }
    let day = Timestamp.text(summary.time).prefix(10)
    return "  \(Visible.line(summary.subject)) (\(Visible.line(summary.author)), \(day))\n"
  }

  private static func members(of summary: CommitSummary?) -> String {
    guard let summary else { return "}" }
    let object = JSON.object([
      ("subject", .string(summary.subject)), ("author", .string(summary.author)),
      ("date", .string(Timestamp.text(summary.time))),
    ])
    return "," + object.text.dropFirst()
  }
}
