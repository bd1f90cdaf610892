import Core
import Git
import Hook
import Ledger
import Platform

/// What `install` says of scripts that are somebody else's, and what to do next.
extension Install {
  /// Names the scripts of our names that stay as they are, with what no longer works by them and what does instead.
  mutating func reportForeignScripts() {
    for (script, _) in Self.scripts
    where Files.exists(worktree + script) && !ScriptWords.isOurs(worktree + script) {
      let text = Files.read(worktree + script, limit: 1 << 20).text ?? ""
      var facts = ["\(script) is somebody else's and stays"]
      if text.contains("git commit") { facts.append("agents' commits by it are refused") }
      if StateWriting.firstLine(in: text) != nil {
        facts.append("what it writes into \(StatePath.name) is refused")
      }
      let instead =
        switch script {
        case "step.sh": "llmos-hook step -m TEXT"
        case "llmos": "llmos-hook run, llmos-hook status"
        default: "llmos-hook run, set, next-phase and status"
        }
      report.append(facts.joined(separator: "; ") + "; use \(instead)")
    }
  }

  /// Three lines, by what was found.
  mutating func tellNext(
    _ engine: borrowing Engine, _ genesis: Genesis?
  ) throws {
    let place = try engine.repository.sealInForce().record.place
    let feature = "llmos-hook set FEATURE_DEVELOPMENT BRIEF --context feature_slug=NAME"
    let isNew = try engine.repository.head().commit == nil
    var lines = [commitOfScripts(isNew: isNew) ?? "llmos-hook doctor"]
    if genesis == nil || genesis?.bytes != nil {
      lines += ["llmos-hook status", "llmos-hook next-phase, or llmos-hook set SCENARIO PHASE"]
    } else if isNew {
      lines += ["llmos-hook next-phase --checkpoint, when \(place) is done", feature]
    } else {
      lines += [feature, "llmos-hook allow --once --reason WHY, for a commit between times"]
    }
    let who = engine.identity.actor.isAgent ? "the owner: " : ""
    next = zip(["next: ", "then: ", "or:   "], lines).map { "  " + $0 + who + $1 }
  }

  /// The commit of what `install` added: agents and other clones need the scripts. Nil where git has them all.
  private func commitOfScripts(isNew: Bool) -> String? {
    let words = isNew ? ("the first commit", "First commit") : ("scripts", "Add the scripts of llmos-hook")
    let commit = "llmos-hook allow --once --reason \"\(words.0)\" && git commit -m \"\(words.1)\""
    if isNew { return "git add -A && \(commit)" }
    let ours = Self.scripts.map(\.path).filter { ScriptWords.isOurs(worktree + $0) }
    let pages = Self.documents.filter { path in
      manifest.entries.contains { $0.kind == "document" && $0.path == path } && Files.exists(worktree + path)
    }
    guard !(ours + pages).isEmpty else { return nil }
    let untracked = Child.records(
      of: ["git", "-C", worktree, "ls-files", "-z", "--others", "--exclude-standard", "--"] + ours + pages)
    return untracked.isEmpty ? nil : "git add \(untracked.joined(separator: " ")) && \(commit)"
  }
}
