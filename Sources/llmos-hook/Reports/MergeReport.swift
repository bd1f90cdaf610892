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

/// `verify --show COMMIT`: the verdict on a merge or a squash, and what it has of its own.
enum MergeReport {
  /// Prints it on stdout.
  ///
  /// - Returns: the exit code, as of `verify`.
  static func print(
    _ commit: ObjectID, isStrict: Bool, json: Bool, color: ColorChoice
  ) throws -> Int32 {
    let difference = try MergeDifference(
      of: commit, color: !json && color.applies(to: 1), Repository.current())
    let judged = difference.judged
    if json {
      Report.result(
        JSON.object([
          ("schema", .int(1)), ("commit", .string(judged.commit.description)),
          ("verdict", .string(judged.judgement.rawValue)), ("reason", .string(judged.reason)),
          ("squash", .bool(difference.isSquash)),
          ("sides", .array(difference.sides.map { JSON($0) })),
          ("conflicts", .array(difference.conflicts.map(JSON.string))),
          ("patch", .string(String(decoding: difference.patch, as: UTF8.self))),
        ]).text)
    } else {
      Report.result(lines(difference).joined(separator: "\n"))
      System.write(difference.patch[...], to: 1)
    }
    let isDoubtful = [.unseen, .incoming, .unproven].contains(judged.judgement)
    return judged.judgement == .violation || (isStrict && isDoubtful)
      ? ExitCode.refused.rawValue : ExitCode.done.rawValue
  }

  private static func lines(_ difference: MergeDifference) -> [String] {
    let judged = difference.judged
    let sides = difference.sides.map(\.short).joined(separator: " and ")
    let merge = "the automatic merge of \(sides)" + (difference.isSquash ? ", which is nearest to it" : "")
    var lines = ["\(judged.judgement.rawValue)  \(judged.commit.short)  \(judged.reason.onOneLine)"]
    if !difference.conflicts.isEmpty {
      lines.append("git has conflicts there: " + difference.conflicts.joined(separator: ", ").onOneLine)
    }
    lines.append(difference.patch.isEmpty ? "exactly \(merge)" : "what it has that is not in \(merge):")
    return lines
  }
}
