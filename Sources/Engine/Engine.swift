import Gate
import Git
import Glibc
import Scenario
import StateFile

/// A governed worktree: what every command that reads or moves the state works on.
public struct Engine: ~Copyable {
  /// The open repository.
  public let repository: Repository
  /// The worktree's root, with a trailing slash.
  public let worktree: String
  /// Who called.
  public let identity: Identity

  /// Opens the worktree of the current directory.
  ///
  /// - Throws: `Refusal` (66) outside a worktree.
  public init(identity: Identity = .current()) throws {
    let opened = try Repository.current()
    worktree = try opened.worktree()
    repository = opened
    self.identity = identity
  }

  /// Everything that is known of the state now.
  public struct Standing: Sendable {
    /// The branch and commit that HEAD names.
    public let head: Head
    /// The newest entry, its record compiled under `rules`.
    public let seal: Seal
    /// What HEAD's tree says.
    public let rules: Rules
    /// How the state file compares with the seal.
    public let file: FileCondition
  }

  /// Reads the seal, the rules and the state file's condition.
  public func standing() throws -> Standing {
    let head = try repository.head()
    var seal = try repository.currentSeal(at: head)
    let rules = try Rules(repository, at: head)
    if seal.record.rules != rules.version {
      seal = Seal(
        entry: seal.entry, state: seal.state, record: try Self.recompile(repository, head, seal),
        reference: seal.reference)
    }
    return Standing(head: head, seal: seal, rules: rules, file: try repository.fileCondition(seal))
  }

  /// The sealed state.
  public func state(of seal: Seal, _ rules: Rules) throws -> State {
    try StateFile.decode(repository.blob(seal.state), catalog: rules.catalog)
  }

  /// The record of a seal under the rules of HEAD.
  static func recompile(
    _ repository: borrowing Repository, _ head: Head, _ seal: Seal
  ) throws -> GateRecord {
    let rules = try Rules(repository, at: head)
    let state = try StateFile.decode(repository.blob(seal.state), catalog: rules.catalog)
    return try rules.record(state, sequence: seal.record.sequence)
  }

  /// What a hook needs YAML for; given to `HookCall` by the executable that has it.
  public static let parser = HookCall.Parser(
    recompile: recompile,
    diagnose: { repository, head, bytes in
      do {
        _ = try StateFile.decode(bytes, catalog: Rules(repository, at: head).catalog)
        return nil
      } catch {
        return Refusal(error)
      }
    })

  /// Moves the state: decided under the lock, sealed in the ledger, then written into the worktree. A
  /// process that dies in between leaves an older seal in the worktree, which the next call refreshes.
  ///
  /// - Parameters:
  ///   - context: context keys to set on the way.
  /// - Returns: what happened, with the new seal.
  /// - Throws: `Refusal`.
  public func perform(
    _ move: Move, context: [ContextValue] = [], reason: String? = nil
  ) throws -> (transition: Transition, seal: Seal) {
    for pair in context { try Self.validate(pair) }
    let lock = try StateLock(repository)
    defer { lock.release() }
    let standing = try standing()
    switch standing.file {
    case .sealed, .older: break
    default:
      if let refusal = gate(
        .action("", role: nil, paths: []),
        Snapshot(record: standing.seal.record, file: standing.file, identity: identity))
      {
        throw refusal
      }
    }
    let seconds = System.now
    var transition = try advance(
      move, from: try state(of: standing.seal, standing.rules), by: identity.actor,
      catalog: standing.rules.catalog, at: Timestamp.text(seconds))
    for pair in context { transition.state.setContext(pair.key, pair.value) }
    let seal = try seal(
      transition.state, kind: transition.completed.isEmpty ? "transition" : "phase-completed",
      trigger: move.trigger, reason: reason, previous: standing.seal, head: standing.head,
      rules: standing.rules, seconds: seconds)
    return (transition, seal)
  }

  /// Seals a state and writes the file. The caller holds the lock.
  func seal(
    _ state: State, bytes: [UInt8]? = nil, kind: String, trigger: String, reason: String? = nil,
    previous: Seal?, head: Head, rules: Rules, seconds: Int64
  ) throws -> Seal {
    let sequence = (previous?.record.sequence ?? 0) + 1
    let record = try rules.record(state, sequence: sequence)
    let entry = LedgerEntry(
      sequence: sequence, kind: kind, seconds: seconds, identity: identity, head: head,
      place: state.place, trigger: trigger, reason: reason, rules: rules.version,
      author: try author(seconds))
    let content = bytes ?? StateFile.encode(state, catalog: rules.catalog)
    // A state that could not be read back would leave nobody a way on.
    guard try StateFile.decode(content, catalog: rules.catalog) == state else {
      throw Refusal(.software, "the state does not read back as it was written", remedy: "report this")
    }
    let seal = try repository.append(entry, stateBytes: content, record: record, previous: previous)
    try repository.restoreStateFile(seal)
    return seal
  }

  /// Who runs the command, as git knows them; nil when git does not.
  func author(_ seconds: Int64) throws -> Signature? {
    let name = try System.environment("GIT_AUTHOR_NAME") ?? repository.configuration("user.name")
    let email = try System.environment("GIT_AUTHOR_EMAIL") ?? repository.configuration("user.email")
    guard let name, let email else { return nil }
    return Signature(name: name, email: email, time: seconds)
  }

  /// A context value ends in paths and in a child's environment: one line, no way out of a directory,
  /// nothing that reads as an option.
  static func validate(_ pair: ContextValue) throws(Refusal) {
    let isWord = { (text: String) in
      !text.isEmpty
        && text.utf8.allSatisfy { byte in
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
        }
    }
    guard isWord(pair.key) else {
      throw Refusal(.usage, "a context key has letters, digits and underscores, not \"\(pair.key)\"")
    }
    guard let value = pair.value else { return }
    let parts = value.utf8.split(separator: UInt8(ascii: "/"))
    guard ContextValue.isUsable(value), value.utf8.first != UInt8(ascii: "-"),
      !parts.contains(where: { $0.starts(with: "..".utf8) })
    else {
      throw Refusal(
        .usage, "the context value of \(pair.key) cannot be used",
        why: "no line breaks, no leading dash, no \"..\" in it")
    }
  }
}

/// One process at a time moves the state of a worktree: flock(2) on `$GIT_DIR/llmos/lock`, which the
/// system releases when its holder dies.
struct StateLock {
  private let descriptor: Int32

  /// How long another process is waited for, in seconds.
  private static let patience: Int64 = 60

  /// - Throws: `Refusal` (75) when the lock stays held, 73 when its file cannot be made.
  init(_ repository: borrowing Repository) throws(Refusal) {
    try System.makeDirectory(repository.gitDirectory + "llmos")
    let path = repository.gitDirectory + "llmos/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw Refusal(.cannotCreate, "cannot create \(path): \(String(cString: strerror(errno)))")
    }
    let end = System.now + Self.patience
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, System.now <= end else {
        close(descriptor)
        throw Refusal(
          .tryAgain, "another llmos-hook holds \(path)", remedy: "the same command again")
      }
      usleep(2000)
    }
    StaleLock.remove(of: [repository.ledgerReference], repository, values: nil)
  }

  func release() {
    close(descriptor)
  }
}
