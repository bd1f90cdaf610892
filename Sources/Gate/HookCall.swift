import Git
import Glibc
import Scenario

/// One call of a git hook, top to bottom: observe, decide, apply, print, exit code.
public struct HookCall {
  /// The hooks that ask the gate for leave to commit (githooks(5)).
  public static let committing = [
    "pre-commit", "prepare-commit-msg", "commit-msg", "pre-merge-commit", "applypatch-msg",
    "pre-applypatch", "pre-rebase",
  ]

  /// Compiles the record anew when the repository's own rules have changed since it was sealed. The
  /// small hook executable cannot (it reads no YAML) and hands over to `llmos-hook`.
  public typealias Recompile = @Sendable (borrowing Repository, Head, Seal) throws -> GateRecord

  let name: String
  let arguments: [String]
  /// The hook's own file, beside which a kept hook lies; nil when called by hand.
  let file: String?

  /// Which hook a command line means: by the program's name (`.git/hooks/pre-commit`), or
  /// `hook NAME [ARG]…`; nil when it means none.
  public init?(commandLine: [String]) {
    guard let program = commandLine.first else { return nil }
    if let name = Self.hookName(program) {
      (self.name, arguments, file) = (name, Array(commandLine.dropFirst()), program)
    } else if commandLine.count > 2, commandLine[1] == "hook" {
      (name, arguments) = (commandLine[2], Array(commandLine.dropFirst(3)))
      file = System.environment(Self.fileVariable)
    } else {
      return nil
    }
  }

  /// By which the shell form of a hook tells its own path.
  static let fileVariable = "LLMOS_HOOK_FILE"

  /// A hook manager that moves our hook aside (pre-commit's `.legacy`) runs it under a longer name.
  private static func hookName(_ program: String) -> String? {
    let last = program.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? ""
    if committing.contains(last) { return last }
    return committing.first { last == $0 + ".legacy" }
  }

  /// Runs the call; does not return when it ends in another program.
  public func run(recompile: Recompile?) -> Int32 {
    do {
      guard Self.committing.contains(name) else {
        throw Refusal(
          .usage, "there is no hook \(name)", why: "hooks: " + Self.committing.joined(separator: ", "))
      }
      let repository = try Repository.current()
      let seal = try decide(repository, recompile)
      if name == "commit-msg", let message = arguments.first {
        try Trailers.write(seal.record, role: Identity.current().actor.role, to: message, repository)
      }
      return try KeptHook(of: file)?.run(arguments) ?? ExitCode.done.rawValue
    } catch {
      let refusal = Refusal(error)
      System.write(refusal.lines, to: 2)
      return refusal.code.rawValue
    }
  }

  /// Lets the commit pass, or throws why not. What is only out of date is brought up to date.
  private func decide(_ repository: borrowing Repository, _ recompile: Recompile?) throws -> Seal {
    let head = try repository.head()
    var seal = try repository.currentSeal(at: head)
    if try repository.rulesVersion(at: head) != seal.record.rules {
      guard let recompile else { throw handOver() }
      seal = Seal(
        entry: seal.entry, state: seal.state, record: try recompile(repository, head, seal),
        reference: seal.reference)
    }
    let condition = try repository.fileCondition(seal)
    let identity = Identity.current()
    let facts = Snapshot(
      record: seal.record, file: condition, identity: identity,
      proof: proof(repository, needed: identity.actor.isAgent || seal.record.through == .stepAlways))
    if var refusal = gate(.commit, facts) {
      refusal.what = (name == "pre-rebase" ? "rebase refused: " : "commit refused: ") + refusal.what
      throw refusal
    }
    // In the middle of a rebase or merge the file belongs to git: a rewrite would stop the next pick.
    if condition == .older, repository.operationInProgress == nil {
      try repository.restoreStateFile(seal)
      System.write("llmos-hook: \(StatePath.name) was an older seal; brought up to date\n", to: 2)
    }
    return seal
  }

  private func proof(_ repository: borrowing Repository, needed: Bool) -> StepProof {
    guard needed, case .bytes(let bytes) = System.read(StepTicket.path(in: repository), limit: 200) else {
      return .none
    }
    return StepTicket.condition(String(decoding: bytes, as: UTF8.self), now: System.now) {
      Child.output(of: ["git", "write-tree"])
    }
  }

  /// Goes on as `llmos-hook`, which reads YAML; returns only when that is not to be found.
  private func handOver() -> Refusal {
    var paths: [String] = []
    if let repository = try? Repository.current() {
      paths.append(repository.commonDirectory + "llmos/bin/llmos-hook")
    }
    if let file { setenv(Self.fileVariable, file, 1) }
    for program in paths + ["llmos-hook"] {
      Child.become([program, "hook", name] + arguments)
    }
    return Refusal(
      .unavailable, "the repository's rules have changed, and llmos-hook is not there to read them",
      remedy: "put llmos-hook on PATH, or install it again")
  }
}
