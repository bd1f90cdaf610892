import Git
import Glibc
import Scenario

extension Repository {
  /// Opens the repository that git's environment or the current directory names.
  ///
  /// - Throws: `Refusal`: 66 with the reason and a remedy when there is none that can be opened.
  public static func current(in directory: String = ".") throws(Refusal) -> Repository {
    let open = { (isTrusted: Bool) throws(GitError) in
      let repository = try Repository(
        discovering: directory, gitDir: System.environment("GIT_DIR"),
        workTree: System.environment("GIT_WORK_TREE"), isTrusted: isTrusted)
      if let incoming = System.environment("GIT_QUARANTINE_PATH") {
        try repository.addObjects(in: incoming)
      }
      return repository
    }
    do {
      return try open(false)
    } catch {
      // libgit2 knows less of git's safe.directory than git: what git takes, we take.
      guard error.isOfAnotherUser, Child.output(of: ["git", "rev-parse", "--git-dir"]) != nil else {
        throw Refusal(unopenable: error)
      }
    }
    do {
      return try open(true)
    } catch {
      throw Refusal(unopenable: error)
    }
  }

  /// The worktree's root, with a trailing slash.
  ///
  /// - Throws: `Refusal` (66) in a bare repository.
  public func worktree() throws(Refusal) -> String {
    guard let workDirectory else {
      throw Refusal(
        .noInput, "\(gitDirectory) is a bare repository: it has no worktree to govern",
        remedy: "run the command in a clone")
    }
    return workDirectory
  }

  /// The newest seal of this worktree. A linked worktree that has no ledger yet takes over the main
  /// worktree's state, in an entry of its own.
  ///
  /// - Throws: `Refusal`: 66 when nothing was ever sealed, 65 when the ledger is damaged.
  public func currentSeal(at head: Head) throws -> Seal {
    let seal = try sealInForce()
    if seal.reference == ledgerReference { return seal }
    // Where the ledger is signed and no key is here, a new worktree stands as the other one does.
    if seal.isSigned, try configuration("llmos.signingKey") == nil { return seal }
    return try adopt(seal, at: head)
  }

  /// The newest seal that holds in this worktree: its own, else the one that it will take over.
  public func sealInForce() throws -> Seal {
    let own = ledgerReference
    if let seal = try seal(under: own) { return seal }
    let main = Ledger.reference(linkedWorktree: nil)
    let others = try localLedgers()
    guard let reference = others.contains(main) ? main : others.first,
      let origin = try seal(under: reference)
    else {
      throw Refusal(
        .noInput, "no state is sealed here (\(own) does not exist)", remedy: "llmos-hook install")
    }
    return origin
  }

  /// The same, or nil where nothing was ever sealed.
  func sealInForceIfAny() throws -> Seal? {
    try localLedgers().isEmpty ? nil : sealInForce()
  }

  /// The ledgers of this clone's worktrees.
  public func localLedgers() throws -> [String] {
    try references(matching: Ledger.prefix + "*").filter(Ledger.isLocal)
  }

  private func adopt(_ origin: Seal, at head: Head) throws -> Seal {
    let worktree = try worktree()
    var record = origin.record
    record.sequence = 1
    record.isAdopted = true
    let entry = LedgerEntry(
      sequence: 1, kind: "genesis", seconds: System.now,
      identity: Identity(actor: .system), head: head, place: record.place, trigger: "worktree",
      rules: record.rules)
    let bytes = try blob(origin.state)
    let seal: Seal
    do {
      seal = try append(entry, stateBytes: bytes, record: record, previous: nil, adopting: origin)
    } catch let error as GitError where [.exists, .locked].contains(error.code) {
      // Another first call in this worktree did the same at this moment.
      guard let other = try self.seal(under: ledgerReference) else { throw error }
      return other
    }
    if case .missing = System.read(worktree + StatePath.name, limit: StatePath.limit) {
      try System.replace(worktree + StatePath.name, with: bytes, scratch: gitDirectory)
    }
    System.write("llmos-hook: this worktree begins at \(record.place), as \(origin.worktree) stands\n", to: 2)
    return seal
  }

  /// Compares the state file in the worktree with a seal.
  public func fileCondition(_ seal: Seal) throws -> FileCondition {
    var file = System.read(try worktree() + StatePath.name, limit: StatePath.limit)
    if case .missing = file, System.environment("GIT_WORK_TREE") != nil, linkedWorktree == nil {
      // filter-branch works in a scratch worktree of its own: the state stays where it is.
      file = System.read(commonDirectory + "../" + StatePath.name, limit: StatePath.limit)
    }
    switch file {
    case .missing: return .missing
    case .unusable(let fact): return .unusable(fact)
    case .bytes(let bytes):
      let id = try Repository.blobID(of: bytes)
      if id == seal.state { return .sealed }
      if try sealed(id, before: seal) { return .older }
      guard !bytes.isEmpty else { return .unusable("it is empty") }
      guard String(validating: bytes, as: UTF8.self) != nil else { return .unusable("it is not UTF-8") }
      return .edited(try Self.firstDifference(bytes, blob(seal.state)))
    }
  }

  /// `line 3 says "phase: QA", sealed is "phase: BRIEF"`.
  private static func firstDifference(_ found: [UInt8], _ sealed: [UInt8]) -> String {
    let newline = UInt8(ascii: "\n")
    let now = found.split(separator: newline, omittingEmptySubsequences: false)
    let then = sealed.split(separator: newline, omittingEmptySubsequences: false)
    let line = zip(now, then).enumerated().first { $1.0 != $1.1 }?.offset ?? min(now.count, then.count)
    let quoted = { (lines: [ArraySlice<UInt8>]) -> String in
      // The last of the lines is what stands behind the last line feed.
      guard line < lines.count - 1 || line < lines.count && !lines[line].isEmpty else { return "nothing" }
      let text = String(decoding: lines[line], as: UTF8.self).unicodeScalars
      let shown = text.filter { ContextValue.isUsable(String($0)) }.prefix(60)
      return "\"" + String(String.UnicodeScalarView(shown)) + "\""
    }
    return "line \(String(line + 1)) says \(quoted(now)), sealed is \(quoted(then))"
  }

  /// HEAD as an override of the owner's names it; nil once a commit has made use of the newest one.
  public func overridable(_ head: Head, _ seal: Seal) -> String? {
    let used = System.read(gitDirectory + "llmos/override", limit: 100).text
    return used == seal.entry.description ? nil : head.commit?.description ?? "unborn"
  }

  /// Writes down that the override of a seal was made use of: it is good for one commit.
  func useOverride(_ seal: Seal) throws {
    try System.makeDirectory(gitDirectory + "llmos")
    try System.replace(
      gitDirectory + "llmos/override", with: Array(seal.entry.description.utf8),
      scratch: gitDirectory + "llmos/")
  }

  /// Writes the sealed bytes into the worktree.
  public func restoreStateFile(_ seal: Seal) throws {
    try System.replace(try worktree() + StatePath.name, with: blob(seal.state), scratch: gitDirectory)
  }
}

/// The proof that a commit came through step.sh: a file in the git directory, bound to the tree that
/// is being committed, good for a limited time and removed when step.sh ends.
public enum StepTicket {
  /// Seconds for which a proof is good: as long as slow hooks before the commit may take.
  public static let lifetime: Int64 = 600

  /// Where it lies, below `$GIT_DIR`.
  public static func path(in repository: borrowing Repository) -> String {
    repository.gitDirectory + "llmos/step"
  }

  /// The file's text.
  public static func text(tree: String, now: Int64) -> String {
    "tree \(tree)\nexpires \(String(now + lifetime))\n"
  }

  /// Compares a proof with what is about to be committed.
  ///
  /// - Parameters:
  ///   - tree: tells the tree of the index, as 40 hexadecimal digits; only asked when there is a proof.
  public static func condition(_ text: String, now: Int64, tree: () -> String?) -> StepProof {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
    guard lines.count == 2, lines[0].hasPrefix("tree "), lines[1].hasPrefix("expires "),
      let expires = Int64(lines[1].dropFirst(8))
    else { return .none }
    guard now <= expires, expires <= now + lifetime else { return .expired }
    return tree() == String(lines[0].dropFirst(5)) ? .valid : .otherTree
  }
}

extension GitError {
  /// git's `safe.directory` rule; libgit2 1.5 tells it by its words alone when it found no other repository.
  var isOfAnotherUser: Bool {
    code == .owner || message.contains("not owned by") || message.contains("safe.directory")
  }
}

extension Seal {
  /// The worktree whose ledger this is, for a message.
  var worktree: String {
    reference == Ledger.reference(linkedWorktree: nil)
      ? "the main one" : String(reference.dropFirst(Ledger.prefix.count))
  }
}

extension Identity {
  /// Who called this process. A hook's stdin is never a terminal: there its stderr is looked at.
  public static func current() -> Identity {
    Identity(environment: System.environment, onTerminal: isatty(0) == 1 || isatty(2) == 1)
  }
}

extension Refusal {
  /// Why a repository does not open, and what to do.
  public init(unopenable error: GitError) {
    let words = error.message
    switch error.code {
    case _ where error.isOfAnotherUser:
      self.init(
        .noInput, "the repository belongs to another user", why: words,
        remedy: "git config --global --add safe.directory DIR, if you trust it")
    case .notFound where !words.contains("extension"):
      self.init(
        .noInput, "not a git repository (or any of its parents)", remedy: "git init, or llmos-hook -C DIR")
    default:
      self.init(
        .noInput, "this repository's format is not supported: \(words)",
        why: "libgit2 opens SHA-1 repositories with files as references",
        remedy: "use a repository made by plain git init")
    }
  }

  /// What went wrong underneath, as a refusal: a fault never lets a commit through.
  public init(_ error: any Error) {
    switch error {
    case let refusal as Refusal: self = refusal
    case let error as GitError:
      switch error.code {
      case .locked, .modified, .exists:
        self.init(
          .tryAgain, "another process was first: \(error.operation)", remedy: "the same command again")
      default:
        self.init(.io, "cannot \(error.operation): \(error.message)", remedy: "git fsck")
      }
    default: self.init(.software, "an error of ours: \(String(describing: error))")
    }
  }
}
