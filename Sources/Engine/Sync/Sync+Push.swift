import Core
import Git
import Hook
import Ledger
import Platform

/// What `sync` gives to a remote.
extension Sync {
  /// How a push of ledgers and notes ended.
  enum Given {
    /// The remote has them; whether it has the branch too.
    case done(hasBranch: Bool)
    /// Somebody else was there first.
    case lost
    /// The remote takes nothing from here: what it gave is here all the same.
    case readOnly
  }

  /// A branch and the commit up to which it is pushed.
  struct SealedBranch {
    /// The short name.
    let name: String
    /// The full name that it has at the remote.
    let there: String
    let commit: ObjectID

    /// What git push takes (gitrevisions(7), "refspec").
    var refspec: String { "\(commit):\(there)" }
  }

  /// HEAD's branch, up to the commit that was sealed.
  ///
  /// - Throws: `Refusal` (1) when HEAD is on no branch with a commit.
  func sealedBranch(_ engine: borrowing Engine) throws -> SealedBranch {
    guard let sealed, let branch = sealed.branch, let commit = sealed.commit else {
      throw Refusal(
        .refused, "HEAD is on no branch with a commit: nothing to push", remedy: "git switch BRANCH")
    }
    let name = branch.shortBranch ?? branch
    let isTracked = try engine.repository.configuration("branch.\(name).remote") == remote
    let there = try isTracked ? engine.repository.configuration("branch.\(name).merge") ?? branch : branch
    return SealedBranch(name: name, there: there, commit: commit)
  }

  /// Pushes what the remote has not of ledgers and notes, and the branch in the same transaction where that can be.
  ///
  /// - Parameter there: the ledgers that it has.
  mutating func push(
    _ engine: borrowing Engine, _ clone: String, beyond there: [Repository.Tip], with branch: SealedBranch?
  ) throws -> Given {
    let names = try refspecs(engine, clone, there)
    // A hook looks at what is pushed, and is not shown ledgers.
    if let branch, try !isAsked(engine) {
      let result = try push(names + [branch.refspec], ["--atomic"])
      if result.code == 0 {
        report.append("\(remote) has the ledger, the notes and \(branch.name) up to \(branch.commit.short)")
        return .done(hasBranch: true)
      }
    }
    guard !names.isEmpty else {
      if branch == nil { report.append("\(remote) is up to date") }
      return .done(hasBranch: false)
    }
    var result = try push(names, ["--atomic"])
    if result.code != 0, result.errors.contains("atomic") { result = try push(names, []) }
    guard result.code != 0 else {
      report.append(
        "\(remote) has the ledger and the notes" + (branch == nil ? "; now push the commits" : ""))
      return .done(hasBranch: false)
    }
    return try refusal(of: result, isBranchWanted: branch != nil)
  }

  /// Whether a hook is asked about this push: ours about an agent's, and one of somebody's about any.
  private func isAsked(_ engine: borrowing Engine) throws -> Bool {
    if engine.identity.actor.isAgent { return true }
    // Hooks of the configuration (git-hook(1), `hook.<name>.event`).
    let configured = ["config", "--get-regexp", #"^hook\..*\.event$"#, "^pre-push$"]
    if try GitProcess.run(configured, in: worktree).code == 0 { return true }
    // Where they lie git knows in any case, and asks them.
    guard let hooks = try? HooksDirectory(of: worktree, common: engine.repository.commonDirectory) else {
      return true
    }
    let hook = hooks.path + "pre-push"
    return HookFile.isOurs(hook) ? KeptHook.isKept(for: hook) : Files.isExecutable(hook)
  }

  /// What the remote has not, as refspecs.
  private mutating func refspecs(
    _ engine: borrowing Engine, _ clone: String, _ there: [Repository.Tip]
  ) throws -> [String] {
    let has = Repository.Tip.byName(there)
    var names: [String] = []
    for tip in try engine.repository.tips(matching: Ledger.prefix + "*") {
      let name = tip.name.dropFirst(Ledger.prefix.count)
      guard Ledger.isLocal(tip.name) || Ledger.isOfClone(name) else { continue }
      let target = (Ledger.isLocal(tip.name) ? clone + "/" : "") + name
      if has[(incoming + target).rawBytes] == tip.id { continue }
      if Ledger.isLocal(tip.name), try !isNamed(tip.id, tip.name, clone, engine.repository) {
        report.append(
          "the ledger \(name) is older than this clone's name: run llmos-hook sync in that worktree")
        continue
      }
      names.append("\(tip.name):\(Ledger.prefix)\(target)")
    }
    let notes = try engine.repository.target(of: Notes.reference)
    if let notes, try notes != engine.repository.target(of: incomingNotes) {
      names.append("\(Notes.reference):\(Notes.reference)")
    }
    return names
  }

  /// What a push of ledgers and notes that was refused comes to.
  private mutating func refusal(of result: Child.Ending, isBranchWanted: Bool) throws -> Given {
    let lines = result.errors.split(separator: "\n").map(String.init)
    // The server compares with what it has by then: somebody else was there first.
    if ["would lose records", "has moved meanwhile"].contains(where: result.errors.contains) { return .lost }
    if let said = lines.first(where: { $0.contains("llmos-hook: ") }) {
      let words = said.replacing("remote: ", with: "").replacing("llmos-hook: ", with: "")
      throw Refusal(.refused, "\(remote) refused: \(words.trimmed)", remedy: "llmos-hook doctor")
    }
    if result.text.contains("[rejected]") || result.errors.contains("failed to update ref")
      || result.errors.contains("cannot lock ref")
    {
      refused = lines.first { $0.contains(".lock'") }.map { $0.replacing("remote: ", with: "") }
      return .lost
    }
    if let rejected = result.text.split(separator: "\n").first(where: { $0.contains("[remote rejected]") }) {
      throw Refusal(
        .refused,
        "\(remote) takes no refs/llmos/* and refs/notes/llmos: \(Self.reason(in: String(rejected)))",
        why: "without the ledgers there, nobody else can tell what your commits are",
        remedy: "let it take them, on a server of yours: git config --add receive.hideRefs '!refs/llmos'")
    }
    guard try isAccessDenied(result.errors), !isBranchWanted else { throw failed("push", result) }
    report.append("\(remote) takes nothing from you, so it has not got your ledger; what it has is here")
    return .readOnly
  }

  /// git-push(1), "OUTPUT": the reason stands in parentheses, at the end.
  private static func reason(in line: String) -> String {
    line.split(separator: "(").last.map { String($0.prefix { $0 != ")" }) } ?? "its own rules"
  }

  /// The words of ssh, of hosts and of the file system for somebody who may only read.
  private func isAccessDenied(_ errors: String) throws -> Bool {
    // git names the remote in what it says, whatever went wrong.
    let address = try GitProcess.run(["remote", "get-url", "--push", remote], in: worktree).text
    let words = errors.replacing(address.isEmpty ? remote : address, with: "").lowercased()
    return [
      "permission denied", "permission to ", "access denied", "returned error: 403", "error: 403",
      "not allowed to push",
      "read-only", "read only", "unauthorized",
    ].contains { words.contains($0) }
  }

  func push(_ names: [String], _ options: [String]) throws -> Child.Ending {
    let push = ["push", "--porcelain", "--no-verify"] + options + [remote] + names
    // While another worktree of this clone fetches, a commit that the remote has can be here a moment before its parents.
    for _ in 0..<3 {
      let result = try GitProcess.run(push, in: worktree)
      guard result.code != 0, result.errors.contains("Could not read ") else { return result }
      System.sleep(microseconds: 200_000)
    }
    return try GitProcess.run(push, in: worktree)
  }

  // MARK: The branch by itself

  /// Pushes the branch alone, with the hooks that look at it.
  ///
  /// - Throws: `Refusal`: 1 when the remote refuses, 74 when it cannot be reached.
  mutating func push(_ branch: SealedBranch) throws {
    isBranchAsked = true
    let result = try GitProcess.run(
      ["push", "--quiet", "--porcelain", remote, branch.refspec], in: worktree)
    guard result.code != 0 else {
      return report.append("\(remote) has \(branch.name) up to \(branch.commit.short)")
    }
    let lines = (result.errors + "\n" + result.text).split(separator: "\n").map(String.init)
    if let said = lines.first(where: { $0.contains("llmos-hook: ") }) {
      let words = said.replacing("remote: ", with: "").replacing("llmos-hook: ", with: "")
      // Our own pre-push says it without the remote's mark.
      guard said.contains("remote: ") else {
        throw Refusal(.refused, words.trimmed, remedy: "the owner pushes it")
      }
      throw Refusal(.refused, "\(remote) refused: \(words.trimmed)", remedy: "llmos-hook verify")
    }
    // A hook or a rule of the host, such as a protected branch.
    if let rejected = lines.first(where: { $0.contains("[remote rejected]") }) {
      let said = lines.first { $0.hasPrefix("remote: ") }
        .map { $0.dropFirst(8).replacing("error: ", with: "") }
      throw Refusal(
        .refused, "\(remote) refused \(branch.name): \(Self.reason(in: rejected))",
        why: said.map { String($0).trimmed },
        remedy: "if \(branch.name) is protected there, push another branch and open a pull request")
    }
    let isBehind = lines.contains { $0.contains("[rejected]") }
    let there = branch.there.hasPrefix("refs/heads/") ? String(branch.there.dropFirst(11)) : branch.there
    throw Refusal(
      isBehind ? .refused : .io, "cannot push \(branch.name) to \(remote)",
      why: isBehind ? "the remote's branch has commits that are not here" : lines.first,
      // Without `--no-rebase` git asks first how to join the two, and without the names it may not know them (git-pull(1)).
      remedy: isBehind
        ? "git pull --no-rebase \(remote) \(shellWord(there)), then llmos-hook sync --push"
        : "run git push \(remote) to see why")
  }
}
