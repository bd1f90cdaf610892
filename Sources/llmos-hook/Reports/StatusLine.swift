import Core
import Engine
import Hook
import Platform

/// `status --line`: one short line for a prompt, or for the status line of an agents' harness.
enum StatusLine {
  /// Prints it: nothing where no state is sealed, so that a prompt can have it everywhere.
  static func print() throws {
    do {
      let engine = try Engine()
      _ = try? engine.putBackMissingStateFile()
      System.write(line(try engine.askedFacts()) + "\n", to: 1)
    } catch let refusal as Refusal where refusal.code == .noInput {
      return
    }
  }

  private static func line(_ facts: Snapshot) -> String {
    let record = facts.record
    var parts = ["\(record.place)"]
    parts.append(record.status == .inProgress ? record.role : "\(record.role) \(record.status.rawValue)")
    parts.append(gate(.action(Action.commit, role: nil, paths: []), facts) == nil ? "commits" : "no commits")
    if record.isFrozen { parts.append("frozen") }
    if facts.isRollbackPending { parts.append("rollback not finished") }
    if refusal(ofFile: facts.file) != nil { parts.append("state file differs") }
    return parts.joined(separator: " · ")
  }
}
