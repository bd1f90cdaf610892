import Core
import Git
import Ledger
import Platform

/// One call of a git hook, top to bottom: observe, decide, apply, print, exit code.
public struct HookCall {
  let hook: CalledHook
  private let reader: (any RulesReader)?
  private let judge: (any PushJudge)?
  let prover: (any Prover)?
  /// What was read on stdin before.
  private let read: [UInt8]

  /// A call of a hook.
  ///
  /// - Parameters:
  ///   - reader: nil hands over to `llmos-hook` where rules are to be read.
  ///   - judge: nil hands over to `llmos-hook` where a push is to be judged.
  ///   - prover: nil hands over to `llmos-hook` where only proved work may land.
  ///   - read: what `QuietTransaction` has read on stdin.
  public init(
    _ hook: CalledHook, reader: (any RulesReader)? = nil, judge: (any PushJudge)? = nil,
    prover: (any Prover)? = nil, read: [UInt8] = []
  ) {
    (self.hook, self.reader, self.judge, self.prover, self.read) = (hook, reader, judge, prover, read)
  }

  /// Runs the call; does not return when it ends in another program.
  ///
  /// - Returns: the exit code; whatever is not 0 was said on stderr, and stops git.
  public func run() -> Int32 {
    do {
      switch hook.task {
      case .commit: return try commit()
      case .referenceTransaction: return try transact()
      case .push: return try receive()
      case .outgoing: return try send()
      case .none: return try becomeKeptHook()
      case .unknown:
        throw Refusal.unknown("hook", hook.name, among: HookNames.installed) { "llmos-hook hook \($0)" }
      }
    } catch {
      let refusal = Refusal(error)
      System.write(refusal.lines, to: 2)
      return refusal.code.rawValue
    }
  }

  // MARK: A commit

  /// The hooks around a commit: each asks the gate, and what git made of the message is looked at on the way.
  private func commit() throws -> Int32 {
    let repository = try Repository.current()
    let head = try repository.head()
    var remarks: [String] = []
    let seal = try repository.adoptSealInForce(at: head, &remarks)
    for remark in remarks { System.write("llmos-hook: \(remark)\n", to: 2) }
    // Also where the commit is refused: whoever is, looks for it there.
    if let remark = try repository.putBackMissingStateFile(seal) {
      System.write("llmos-hook: \(remark)\n", to: 2)
    }
    let record = try recordOrHandOver(seal, head, repository)
    var facts = try repository.observe(.commit, by: .current(), under: record, of: seal, at: head)
    if facts.proof == .otherTree, hook.name == "pre-commit", try repository.renewProof(at: head) {
      facts.proof = .valid
    }
    if let refusal = try diagnoseOrHandOver(facts.file, head, repository) ?? gate(.commit, facts),
      let refusal = try mayBeProvenMerge(facts, repository)
        ? refusalOfMerge(refusal, head, repository) : refusal
    {
      throw refusal.ofCommit(.whereGitWasCalled)
    }
    try refreshStateFile(facts.file, seal, repository)
    try writeMessage(facts, repository)
    // A formatter that runs behind us may stage what it changed: what we let pass goes on to be ours.
    if hook.name == "pre-commit", facts.proof == .valid, let kept = KeptHook(of: hook.file) {
      return try renewProof(behind: kept, repository)
    }
    return try becomeKeptHook()
  }

  /// Whether this is a merge of the owner's in a phase that takes proven work.
  private func mayBeProvenMerge(_ facts: Snapshot, _ repository: borrowing Repository) -> Bool {
    guard facts.identity.actor == .owner, facts.record.takesProvenWork,
      facts.file == .sealed || facts.file == .older,
      !facts.isRollbackPending
    else { return false }
    switch hook.name {
    case "pre-merge-commit": return true
    case "prepare-commit-msg": return hook.arguments.dropFirst().first == "merge"
    default: return isMerging(repository)
    }
  }

  /// Whether git has written down a merge that is not concluded.
  func isMerging(_ repository: borrowing Repository) -> Bool {
    Files.isReachable(repository.gitDirectory + Self.mergeHead)
  }

  private static var mergeHead: String { "MERGE_HEAD" }

  /// Looks at what is merged where git has just written it down, while `git merge --abort` still takes it back. All of it
  /// is looked at again when the branch moves.
  ///
  /// - Returns: nil when it may go on.
  private func refusalOfMerge(
    _ refusal: Refusal, _ head: Head, _ repository: borrowing Repository
  ) throws -> Refusal? {
    guard hook.name == "prepare-commit-msg" else { return nil }
    let merged = Files.read(repository.gitDirectory + Self.mergeHead, limit: 1 << 20).text ?? ""
    for id in merged.split(separator: "\n").compactMap({ ObjectID(hex: String($0)) }) {
      guard let prover else { throw try hook.becomeLlmosHook(to: "tell what is proved", repository) }
      if let unproved = try prover.firstUnproved(from: id, beyond: head.commit, in: repository) {
        return refusal.because(unproved, isMerging: true)
      }
    }
    return nil
  }

  /// The record under the rules that HEAD has now. Where they have changed, the small executable ends in `llmos-hook`.
  func recordOrHandOver(
    _ seal: Seal, _ head: Head, _ repository: borrowing Repository, input: [UInt8]? = nil,
    _ kept: KeptHook? = nil
  ) throws -> GateRecord {
    if let record = try repository.record(of: seal, at: head) { return record }
    guard let reader else {
      throw try hook.becomeLlmosHook(
        to: "read the rules, which have changed", input: input, environment: kept?.hasRun ?? [:], repository)
    }
    return try reader.recompile(seal, at: head, in: repository)
  }

  /// What is wrong in an edited state file; nil when it is no edit, or nothing more can be said of it. Only
  /// `llmos-hook` can tell, and without it the edit is refused all the same.
  private func diagnoseOrHandOver(
    _ file: FileCondition, _ head: Head, _ repository: borrowing Repository
  ) throws -> Refusal? {
    guard case .edited = file else { return nil }
    guard let reader else {
      _ = try hook.becomeLlmosHook(to: "say what is wrong", repository)
      return nil
    }
    guard let worktree = repository.workDirectory,
      case .bytes(let bytes) = Files.read(worktree + StatePath.name, limit: StatePath.limit)
    else { return nil }
    return reader.diagnose(bytes, at: head, in: repository)
  }

  /// Writes the sealed bytes over an older seal, and says so. In the middle of a rebase or merge the file belongs to
  /// git: a rewrite would stop it.
  private func refreshStateFile(
    _ file: FileCondition, _ seal: Seal, _ repository: borrowing Repository
  ) throws {
    guard file == .older, repository.operationInProgress == nil else { return }
    try repository.restoreStateFile(seal)
    System.write("llmos-hook: \(StatePath.name) was an older seal; brought up to date\n", to: 2)
  }

  private func writeMessage(_ facts: Snapshot, _ repository: borrowing Repository) throws {
    guard let path = hook.arguments.first else { return }
    if hook.name == "applypatch-msg" { try AskedMessage.remember(repository) }
    if hook.name == "prepare-commit-msg" {
      try AskedMessage.remember(repository)
      try Trailers.mergeOurs(in: path, facts.record, repository)
      let isTemplate = hook.arguments.dropFirst().first == "template"
      try Trailers.rememberTemplate(isTemplate ? path : nil, repository)
    } else if hook.name == "commit-msg" {
      for pattern in facts.messages { try Trailers.require(pattern, in: path, repository) }
      try Trailers.write(facts.record, by: facts.identity.actor, to: path, repository)
    }
  }

  /// Runs a kept hook and binds the proof to the tree that it left.
  private func renewProof(behind kept: KeptHook, _ repository: borrowing Repository) throws -> Int32 {
    let code = try kept.run(hook.arguments)
    if code == 0, let tree = Child.output(of: ["git", "write-tree"]) {
      try StepTicket.write(tree: tree, in: repository)
    }
    return code
  }

  /// Ends in the hook that stood here before ours.
  ///
  /// - Parameter input: what was read on stdin, for it to read again; nil when nothing was.
  private func becomeKeptHook(input: [UInt8]? = nil) throws -> Int32 {
    guard let kept = KeptHook(of: hook.file) else { return ExitCode.done.rawValue }
    if let input { try Child.provideInput(input) }
    return try kept.become(hook.arguments)
  }

  // MARK: References that move

  /// reference-transaction: only its `prepared` state can refuse, and unknown states of newer gits pass. A kept hook
  /// runs first, because what we write down must be the last that is asked.
  private func transact() throws -> Int32 {
    guard hook.arguments.first == "prepared" else {
      // The compiled form of the hook comes here only where a kept hook is told of it.
      if let file = hook.file, Files.isReachable(Files.directory(of: file) + "../" + Layout.droppedFile.path)
      {
        try Repository.current().keepWrittenDown()
      }
      return try becomeKeptHook()
    }
    let input = try System.input(after: read)
    let kept = KeptHook(of: hook.file)
    let code = try kept?.run(hook.arguments, input: input) ?? 0
    guard code == 0 else { return code }
    let transaction = ReferenceTransaction(input)
    if transaction.matters { try land(transaction, input, kept) }
    return ExitCode.done.rawValue
  }

  // MARK: A push

  /// pre-push: only what an agent pushes is looked at.
  private func send() throws -> Int32 {
    guard Identity.current().actor.isAgent else { return try becomeKeptHook() }
    let input = try System.input()
    try requirePushAllowed(input, Repository.current())
    return try becomeKeptHook(input: input)
  }

  /// pre-receive and update, on a server: `update` is for one that runs no pre-receive of ours.
  private func receive() throws -> Int32 {
    // What our pre-receive let pass is judged.
    if hook.name == "update", HookFile.runs("pre-receive", beside: hook) { return try becomeKeptHook() }
    if judge == nil { hook.becomeLlmosHookBeside() }
    let repository = try Repository.current()
    guard let judge else { throw try hook.becomeLlmosHook(to: "check the push", repository) }
    guard hook.name == "update" else {
      let input = try System.input()
      try judge.judge(ReferenceMove.all(in: input), in: repository)
      return try becomeKeptHook(input: input)
    }
    let words = hook.arguments
    guard words.count == 3 else { throw Refusal(.usage, "update takes REF OLD NEW (githooks(5))") }
    try judge.judge([ReferenceMove(old: words[1], new: words[2], name: words[0])], in: repository)
    return try becomeKeptHook()
  }
}
