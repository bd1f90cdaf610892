import Core
import Git
import Ledger
import Platform

/// One call of a git hook, top to bottom: observe, decide, apply, print, exit code.
public struct HookCall {
  /// The hooks that ask the gate for leave to commit (githooks(5)).
  public static let committing = [
    "pre-commit", "prepare-commit-msg", "commit-msg", "pre-merge-commit", "applypatch-msg",
    "pre-applypatch",
  ]

  /// Hooks that earlier versions put in: they let pass. (A rebase can bring nothing; what it brings, the
  /// others see, and one refused in its middle is aborted as any.)
  static let retired = ["pre-rebase"]

  /// Every hook that `install` puts in.
  public static let installed = committing + [referenceTransaction]

  /// The hooks that `install --server` puts in.
  public static let server = ["pre-receive", "update"]
  static let referenceTransaction = "reference-transaction"

  /// What needs YAML. The small hook executable has none of it and hands over to `llmos-hook`.
  public struct Parser: Sendable {
    /// Compiles a seal's record anew, when the repository's own rules have changed since.
    public let recompile: @Sendable (borrowing Repository, Head, Seal) throws -> GateRecord
    /// Says what is wrong in a state file, with line and column; nil when it can be read.
    public let diagnose: @Sendable (borrowing Repository, Head, [UInt8]) -> Refusal?
    /// Judges a push, on a server.
    public let receive: @Sendable (borrowing Repository, [ReferenceMove]) throws -> Void

    /// A parser of these.
    public init(
      recompile: @escaping @Sendable (borrowing Repository, Head, Seal) throws -> GateRecord,
      diagnose: @escaping @Sendable (borrowing Repository, Head, [UInt8]) -> Refusal?,
      receive: @escaping @Sendable (borrowing Repository, [ReferenceMove]) throws -> Void
    ) {
      self.recompile = recompile
      self.diagnose = diagnose
      self.receive = receive
    }
  }

  let name: String
  let arguments: [String]
  /// The hook's own file, beside which a kept hook lies; nil when called by hand.
  let file: String?

  /// Which hook a command line means: by the program's name (`.git/hooks/pre-commit`), or
  /// `hook NAME [ARG]…`; nil when it means none.
  public init?(commandLine: [String]) {
    guard let program = commandLine.first else { return nil }
    if let name = Self.plain(program), (Self.installed + Self.server + Self.retired).contains(name) {
      (self.name, arguments, file) = (name, Array(commandLine.dropFirst()), program)
    } else if commandLine.count > 2, commandLine[1] == "hook", let name = Self.plain(commandLine[2]) {
      (self.name, arguments) = (name, Array(commandLine.dropFirst(3)))
      file = System.environment(Self.fileVariable)
    } else {
      return nil
    }
  }

  /// By which the shell form of a hook tells its own path.
  static let fileVariable = "LLMOS_HOOK_FILE"

  /// A hook's name from its path. A manager that moves our hook aside (pre-commit's `.legacy`) runs it
  /// under a longer one.
  private static func plain(_ program: String) -> String? {
    let last = program.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) }
    return last.map { $0.hasSuffix(".legacy") ? String($0.dropLast(7)) : $0 }
  }

  /// Runs the call; does not return when it ends in another program.
  public func run(_ parser: Parser?) -> Int32 {
    do {
      if name == Self.referenceTransaction { return try transact(parser) }
      if Self.server.contains(name) { return try receive(parser) }
      if Self.retired.contains(name) {
        return try KeptHook(of: file)?.become(arguments) ?? ExitCode.done.rawValue
      }
      guard Self.committing.contains(name) else {
        throw Refusal(
          .usage, "unknown hook: \(name)", why: "hooks: " + Self.installed.joined(separator: ", "))
      }
      let repository = try Repository.current()
      let (record, proof) = try decide(repository, parser)
      try writeMessage(record, repository)
      guard let kept = KeptHook(of: file) else { return ExitCode.done.rawValue }
      // A formatter that runs behind us may stage what it changed: what we let pass goes on to be ours.
      if name == "pre-commit", proof == .valid { return try renewing(repository) { try kept.run(arguments) } }
      return try kept.become(arguments)
    } catch {
      let refusal = Refusal(error)
      System.write(refusal.lines, to: 2)
      return refusal.code.rawValue
    }
  }

  /// reference-transaction: only its `prepared` state can refuse, and unknown states of newer gits pass.
  private func transact(_ parser: Parser?) throws -> Int32 {
    let kept = KeptHook(of: file)
    guard arguments.first == "prepared" else { return try kept?.become(arguments) ?? ExitCode.done.rawValue }
    let transaction = try ReferenceTransaction()
    if transaction.matters { try transaction.decide(self, parser) }
    guard let kept else { return ExitCode.done.rawValue }
    try Child.provideInput(transaction.input)
    return try kept.become(arguments)
  }

  /// pre-receive and update, on a server: `update` is for one that runs no pre-receive of ours.
  private func receive(_ parser: Parser?) throws -> Int32 {
    let repository = try Repository.current()
    guard let parser else { throw handOver(repository, to: "check the push") }
    let isPush = name == "pre-receive"
    let input = isPush ? try System.input() : []
    let kept = KeptHook(of: file)
    if isPush {
      try parser.receive(repository, ReferenceMove.all(in: input))
      if kept != nil { try Child.provideInput(input) }
    } else {
      guard arguments.count == 3 else { throw Refusal(.usage, "update takes REF OLD NEW (githooks(5))") }
      let before = file.map { $0.dropLast(name.utf8.count) + "pre-receive" }
      if before.map({ !HookFile.isOurs(String($0)) || !Files.isExecutable(String($0)) }) ?? true {
        let move = ReferenceMove(old: arguments[1], new: arguments[2], name: arguments[0])
        try parser.receive(repository, [move])
      }
    }
    return try kept?.become(arguments) ?? ExitCode.done.rawValue
  }

  /// The record under the rules that HEAD has now.
  ///
  /// - Parameter input: what was read on stdin, for `llmos-hook` to read again; nil when nothing was.
  func currentRecord(
    _ seal: Seal, _ repository: borrowing Repository, _ head: Head, _ parser: Parser?, input: [UInt8]? = nil
  ) throws -> GateRecord {
    // The owner's word for the next commit is good whatever the rules say, and when nobody can read them; one
    // that was made use of frees no further commit of anything.
    if let override = seal.record.override, override == repository.overridable(head, seal) {
      return seal.record
    }
    if try repository.rulesVersion(at: head) == seal.record.rules {
      var record = seal.record
      record.override = nil
      return record
    }
    guard let parser else {
      if let input { try Child.provideInput(input) }
      throw handOver(repository, to: "read the rules, which have changed")
    }
    return try parser.recompile(repository, head, seal)
  }

  /// Lets the commit pass, or throws why not. What is only out of date is brought up to date.
  private func decide(_ repository: borrowing Repository, _ parser: Parser?) throws -> (GateRecord, StepProof)
  {
    let head = try repository.head()
    let seal = try repository.currentSeal(at: head)
    let record = try currentRecord(seal, repository, head, parser)
    let condition = try repository.fileCondition(seal)
    if case .edited = condition, let wrong = diagnose(repository, head, parser) { throw refused(wrong) }
    let identity = Identity.current()
    var facts = Snapshot(
      record: record, file: condition, identity: identity,
      proof: proof(repository, needed: identity.actor.isAgent || record.through == .stepAlways),
      head: repository.overridable(head, seal))
    facts.isRollbackPending = repository.isRollbackPending
    facts.landed = try seen(seal, record, head, repository)
    facts.isEnforced = record.enforces(head)
    if let refusal = gate(.commit, facts) { throw refused(refusal) }
    // In the middle of a rebase or merge the file belongs to git: a rewrite would stop it.
    if condition == .older, repository.operationInProgress == nil {
      try repository.restoreStateFile(seal)
      System.write("llmos-hook: \(StatePath.name) was an older seal; brought up to date\n", to: 2)
    }
    return (record, facts.proof)
  }

  /// A commit on HEAD that the newest entry does not answer for, where none may be: short.
  private func seen(
    _ seal: Seal, _ record: GateRecord, _ head: Head, _ repository: borrowing Repository
  ) throws -> String? {
    guard seal.record.override == nil else { return nil }
    return try repository.landed(since: seal, record, at: head, isHeadOnly: true, limit: 1).first?.short
  }

  private func refused(_ refusal: Refusal) -> Refusal {
    var refusal = refusal
    refusal.what = "commit refused: " + refusal.what
    // The remedy has to work where git was called, which it tells by GIT_PREFIX; hooks run at the top.
    let script = "./step.sh "
    if let remedy = refusal.remedy, remedy.hasPrefix(script),
      !Files.isExecutable(script.dropLast().description) || System.environment("GIT_PREFIX")?.isEmpty == false
    {
      refusal.remedy = "llmos-hook step -m " + remedy.dropFirst(script.utf8.count)
    }
    return refusal
  }

  /// What is wrong in an edited state file; only `llmos-hook` can tell, and without it the edit is refused
  /// all the same.
  private func diagnose(_ repository: borrowing Repository, _ head: Head, _ parser: Parser?) -> Refusal? {
    guard let parser else {
      _ = handOver(repository, to: "say what is wrong")
      return nil
    }
    guard let worktree = repository.workDirectory,
      case .bytes(let bytes) = Files.read(worktree + StatePath.name, limit: StatePath.limit)
    else { return nil }
    return parser.diagnose(repository, head, bytes)
  }

  private func writeMessage(_ record: GateRecord, _ repository: borrowing Repository) throws {
    guard let path = arguments.first else { return }
    if name == "prepare-commit-msg" {
      try Trailers.mergePairs(in: path, repository)
      try Trailers.rememberTemplate(arguments.dropFirst().first == "template" ? path : nil, repository)
    } else if name == "commit-msg" {
      if let pattern = record.message, record.override == nil {
        try Trailers.require(pattern, in: path, repository)
      }
      try Trailers.write(record, role: Identity.current().actor.role, to: path, repository)
    }
  }

  private func proof(_ repository: borrowing Repository, needed: Bool) -> StepProof {
    guard needed, case .bytes(let bytes) = Files.read(StepTicket.path(in: repository), limit: 200) else {
      return .none
    }
    return StepTicket.condition(String(decoding: bytes, as: UTF8.self), now: System.now) {
      Child.output(of: ["git", "write-tree"])
    }
  }

  /// Runs a kept hook and binds the proof to the tree that it left.
  private func renewing(_ repository: borrowing Repository, _ body: () throws -> Int32) throws -> Int32 {
    let code = try body()
    if code == 0, let tree = Child.output(of: ["git", "write-tree"]) {
      try Files.replace(
        StepTicket.path(in: repository), with: Array(StepTicket.text(tree: tree, now: System.now).utf8),
        scratch: repository.gitDirectory + "llmos/", mode: 0o600)
    }
    return code
  }

  /// Goes on as `llmos-hook`, which reads YAML; returns only when that is not to be found.
  ///
  /// - Parameter task: what it is needed for.
  private func handOver(_ repository: borrowing Repository, to task: String) -> Refusal {
    let environment = file.map { [Self.fileVariable: $0] } ?? [:]
    for program in [repository.commonDirectory + "llmos/bin/llmos-hook", "llmos-hook"] {
      Child.become([program, "hook", name] + arguments, environment: environment)
    }
    return Refusal(
      .unavailable, "refused: llmos-hook is missing, and is needed to \(task)",
      remedy: "put llmos-hook on PATH, or install it again")
  }
}
