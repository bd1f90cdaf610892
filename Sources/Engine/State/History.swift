import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// A ledger entry as `log` shows it: what `entry.json` says.
public struct HistoryEntry: Sendable {
  /// Its number, from 1.
  public let seq: Int
  /// `genesis`, `transition`, `phase-completed`, `override`, …
  public let kind: String
  /// UTC.
  public let at: String
  /// `OWNER`, `SYSTEM`, `AGENT` or `AGENT:ROLE`.
  public let actor: String
  /// What the actor claimed to be.
  public let claimed: String?
  /// The harness's mark that was seen.
  public let detected: String?
  /// The full name of the branch.
  public let branch: String?
  /// The code commit.
  public let head: String?
  /// The scenario after it.
  public let scenario: String
  /// The phase after it.
  public let phase: String
  /// The command or event.
  public let trigger: String
  /// `--reason`.
  public let reason: String?
  /// The commits that it answers for.
  public let commits: [String]?
  /// The clone's and the ledger's name.
  public let worktree: String?
}

extension HistoryEntry {
  /// Reads `entry.json`; nil when it is not of our form.
  init?(_ bytes: [UInt8]) {
    guard let json = JSON(reading: bytes), let seq = json["seq"]?.integer, let kind = json["kind"]?.string,
      let at = json["at"]?.string, let actor = json["actor"]?.string, let scenario = json["scenario"]?.string,
      let phase = json["phase"]?.string, let trigger = json["trigger"]?.string
    else { return nil }
    (self.seq, self.kind, self.at, self.actor) = (seq, kind, at, actor)
    (self.scenario, self.phase, self.trigger) = (scenario, phase, trigger)
    claimed = json["claimed"]?.string
    detected = json["detected"]?.string
    branch = json["branch"]?.string
    head = json["head"]?.string
    reason = json["reason"]?.string
    commits = json["commits"]?.elements?.compactMap(\.string)
    worktree = json["worktree"]?.string
  }
}

extension Repository {
  /// What an entry of a ledger says of itself; nil when its `entry.json` is missing or not of our form.
  func historyEntry(of entry: Commit) throws -> HistoryEntry? {
    guard let blob = try self.entry(at: Ledger.entryName, inTree: entry.tree) else { return nil }
    // One that accepts many commits names them all.
    return HistoryEntry(try self.blob(blob.id, limit: 1 << 28))
  }
}

extension Engine {
  /// The newest entries of the ledger, newest first.
  ///
  /// - Parameters:
  ///   - limit: the most entries; nil for all.
  ///   - scenario: only entries that stand in this scenario; nil for all.
  /// - Throws: `Refusal` (65) for an entry that cannot be read.
  public func history(limit: Int?, scenario: String? = nil) throws -> [(entry: HistoryEntry, id: ObjectID)] {
    let seal = try repository.currentSeal(at: repository.head())
    var result: [(entry: HistoryEntry, id: ObjectID)] = []
    var next: ObjectID? = seal.entry
    while let id = next, result.count < limit ?? .max {
      let commit = try repository.commit(id)
      guard let entry = try repository.historyEntry(of: commit) else {
        throw Refusal(
          .data, "the ledger entry \(id.short) cannot be read", remedy: "git show \(id.short)")
      }
      if scenario == nil || entry.scenario == scenario { result.append((entry, id)) }
      next = entry.seq > 1 ? commit.parents.first : nil
    }
    return result
  }
}
