import Core
import Git
import Ledger
import Platform
import StateFile

/// What `doctor` finds in repositories that had LLM-OS before: a copy of the allowed actions that disagrees with the
/// catalog, and scripts that write the state by hand.
enum StateCopies {
  /// How `allowed_actions` in the sealed file differ from what the catalog allows; nil when they agree.
  static func staleActions(_ engine: borrowing Engine, _ standing: Engine.Standing) throws -> String? {
    let place = standing.seal.record.place
    let copied = try StateFile.copiedActions(in: engine.repository.blob(standing.seal.state))
    let allowed = standing.rules.catalog.phase(at: place)?.actions ?? []
    guard Set(copied) != Set(allowed) else { return nil }
    let list = { (actions: [String]) in actions.isEmpty ? "nothing" : actions.joined(separator: ", ") }
    return "\(StatePath.name) says \(list(copied)), but \(place) allows \(list(allowed)), and that decides"
  }

  /// The scripts that write the state file, with the first line that does; nil when none does.
  static func writers(_ engine: borrowing Engine) -> String? {
    let names = Child.records(
      of: [
        "git", "-C", engine.worktree, "grep", "-lIzF", "--untracked", "--full-name", "-e", StatePath.name,
        "--", ":/",
      ])
    var found: [String] = []
    for name in names.sorted() where isScript(name, in: engine.worktree) {
      guard let text = Files.read(engine.worktree + name, limit: 1 << 20).text,
        let line = StateWriting.firstLine(in: text)
      else { continue }
      found.append("\(name):\(line)")
    }
    guard !found.isEmpty else { return nil }
    let list = found.prefix(3).joined(separator: ", ") + (found.count > 3 ? ", …" : "")
    return
      "\(list) write\(found.count == 1 ? "s" : "") \(StatePath.name), which is refused as an edit by hand"
  }

  private static let endings = [".sh", ".bash", ".py", ".js", ".mjs", ".ts", ".rb", ".pl", ".mk", "Makefile"]

  private static func isScript(_ name: String, in worktree: String) -> Bool {
    Files.isExecutable(worktree + name) || endings.contains { name.hasSuffix($0) }
  }
}
