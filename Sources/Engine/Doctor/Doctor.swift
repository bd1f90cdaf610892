import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// `doctor`: checks that everything the gate needs is as `install` left it.
public struct Doctor: Sendable {
  /// One thing that was checked.
  public struct Check: Sendable {
    /// Its name, in a word or two.
    public let name: String
    /// What is wrong; nil when all is well.
    public let problem: String?
    /// What to do about it.
    public let remedy: String?
    /// Whether all works all the same, so that it is said and nothing more.
    public var isNote = false

    /// Whether something is broken.
    public var isFailed: Bool { problem != nil && !isNote }
  }

  /// Checks a governed worktree. An error is a failed check too.
  public static func checks(_ engine: borrowing Engine) -> [Check] {
    var checks: [Check] = []
    func check(_ name: String, _ remedy: String, _ body: () throws -> String?) {
      do {
        let problem = try body()
        checks.append(Check(name: name, problem: problem, remedy: problem == nil ? nil : remedy))
      } catch {
        let refusal = Refusal(error)
        checks.append(Check(name: name, problem: refusal.what, remedy: refusal.remedy ?? remedy))
      }
    }
    let repository = Location(engine)
    var unopened: (any Error)?
    do { try engine.repository.requireOpenedByGit() } catch { unopened = error }
    check("repository", "git status") {
      if let unopened { throw unopened }
      return nil
    }
    // What is asked of a git that does not open it would be answered wrongly.
    if unopened != nil { return checks }
    check("git", "put a newer git first on PATH") {
      try GitProcess.requireVersion()
      return nil
    }
    checks += lock(repository)
    check("hooks", "llmos-hook install") { try hooks(repository) }
    check("hooks' switches", "git config --unset-all KEY, where git config --show-origin KEY shows it") {
      try switchedOff(repository)
    }
    check("gate", "llmos-hook install") { gate(repository) }
    check("program", "llmos-hook install") { program(repository) }
    check("notes", "llmos-hook install") { try configuration(repository) }
    checks.append(agents(engine))
    checks += ledger(engine)
    return checks
  }

  /// The directories of a repository, as plain values.
  private struct Location: Sendable {
    let worktree: String
    let common: String

    init(_ engine: borrowing Engine) {
      worktree = engine.worktree
      common = engine.repository.commonDirectory
    }
  }

  /// The one lock of a reftable, where a git that was killed has left it: nothing can be committed then.
  private static func lock(_ at: Location) -> [Check] {
    let path = at.common + "reftable/tables.list.lock"
    let stamp = FileStamp(path.rawBytes)
    let seconds = System.now - stamp.changed / 1_000_000_000
    guard stamp.isRegular, seconds >= 60 else { return [] }
    return [
      Check(
        name: "references", problem: "\(path) has been there for \(seconds) s: nobody else moves a reference",
        remedy: "rm \"\(path)\", if no git is at work")
    ]
  }

  private static func hooks(_ at: Location) throws -> String? {
    let found = try HooksDirectory(of: at.worktree, common: at.common)
    try found.requireExecutable()
    let directory = found.path
    let missing = HookNames.installed.filter { !HookFile.isOurs(directory + $0) }
    if !missing.isEmpty {
      let words = "not ours in \(directory): \(missing.joined(separator: ", "))"
      for name in missing where try !Install.isTracked(directory + name, in: at.worktree) {
        return words
      }
      throw Refusal(words + ", which git tracks", remedy: Install.remedyOfTracked)
    }
    let idle = HookNames.installed.filter { !Files.isExecutable(directory + $0) }
    guard idle.isEmpty else {
      return "not executable, so git ignores them: \(idle.joined(separator: ", "))"
    }
    let longer = HookNames.installed.filter { !HookFile.linesBehind(directory + $0).isEmpty }
    return longer.isEmpty
      ? nil : "lines behind ours, which do not run there: \(longer.joined(separator: ", "))"
  }

  /// `hook.<event>.enabled` (git-config(1), git 2.55 and newer) switches the hooks of an event off.
  private static func switchedOff(_ at: Location) throws -> String? {
    let listed = try GitProcess.run(
      ["config", "--type=bool", "--get-regexp", #"^hook\..*\.enabled$"#], in: at.worktree)
    let keys = listed.text.split(separator: "\n").filter { $0.hasSuffix(" false") }.map { $0.dropLast(6) }
    return keys.first { key in HookNames.installed.contains { key == "hook.\($0).enabled" } }.map {
      "\($0) is false: git may run no hook of ours then"
    }
  }

  private static func gate(_ at: Location) -> String? {
    let path = at.common + Layout.gate.path
    guard Files.exists(path) else { return "\(path) is missing: our hooks block every commit" }
    guard Files.isExecutable(path) else { return "\(path) cannot be executed: our hooks block every commit" }
    guard let own = Program.own else { return nil }
    let newest = Files.directory(of: own) + "llmos-gate"
    guard let bytes = Files.content(newest, limit: 1 << 30) else { return nil }
    return Files.content(path, limit: 1 << 30) == bytes ? nil : "\(path) is of another version"
  }

  private static func program(_ at: Location) -> String? {
    let path = at.common + Layout.program.path
    if Files.isExecutable(path) { return nil }
    let fact = Files.exists(path) ? "cannot be executed" : "does not exist"
    return "\(path) \(fact): step.sh and llmos need llmos-hook on PATH"
  }

  private static func configuration(_ at: Location) throws -> String? {
    let values = try GitProcess.run(["config", "--get-all", "notes.rewriteRef"], in: at.worktree)
    // git-config(1): 1 for a key that is not set.
    guard values.code < 2 else {
      throw GitProcess.failure("git config failed (\(values.code))", values.errors)
    }
    let names = values.text.split(separator: "\n")
    // A pattern, too (git-config(1)).
    let isSet = names.contains {
      $0 == Notes.reference || $0.last == "*" && Notes.reference.hasPrefix($0.dropLast())
    }
    return isSet
      ? nil : "notes.rewriteRef is not set, so git commit --amend loses records"
  }

  private static func agents(_ engine: borrowing Engine) -> Check {
    do {
      let problem = try Install.agentsProblem(engine)
      return Check(
        name: "agents", problem: problem?.fact,
        remedy: problem.map { "llmos-hook install --agent \($0.harness.rawValue)" })
    } catch {
      let refusal = Refusal(error)
      return Check(name: "agents", problem: refusal.what, remedy: refusal.remedy)
    }
  }

  private static func ledger(_ engine: borrowing Engine) -> [Check] {
    do {
      let standing = try engine.standing()
      var checks = [Check(name: "rules", problem: nil, remedy: nil)]
      func add(_ name: String, _ problem: String?, _ remedy: String?, isNote: Bool = false) {
        checks.append(
          Check(name: name, problem: problem, remedy: problem == nil ? nil : remedy, isNote: isNote))
      }
      let refusal = refusal(ofFile: standing.file)
      add(
        "state file", refusal?.what ?? (standing.file == .older ? "an older seal" : nil), "llmos-hook restore"
      )
      let copied = try engine.state(of: standing.seal, standing.rules)
      let isKnown = standing.rules.catalog.phase(at: copied.place) != nil
      add("catalog", isKnown ? nil : "it has no phase \(copied.place)", "llmos-hook set SCENARIO PHASE")
      let place = standing.seal.record.place
      add(
        "allowed_actions", isKnown ? try StateCopies.staleActions(engine, standing) : nil,
        "llmos-hook set \(place.scenario) \(place.phase), which writes them anew", isNote: true)
      add(
        "scripts", StateCopies.writers(engine),
        "use llmos-hook set, next-phase, event or run there instead", isNote: true)
      let intent = Result { try Intent.read(engine.repository) }
      if case .failure(let error) = intent {
        let refusal = Refusal(error)
        add("interrupted move", refusal.what, refusal.remedy ?? "")
      }
      let isPending = engine.repository.isRollbackPending
      add(
        "rollback", isPending ? "one was started and is not finished: no commit lands" : nil,
        "llmos-hook rollback --continue, or --abort")
      add(
        "branch lock", branchLock(engine, standing),
        engine.repository.keepsReferencesInFiles
          ? "llmos-hook restore" : "git refs migrate --ref-format=files, or commits.lock without the scenario"
      )
      let quarantine = try engine.quarantine(standing)
      add("quarantine", quarantine?.fact, quarantine?.remedy)
      let verify = try Verification(engine.repository, isWhole: true)
      add(
        "records", try Evidence.notes(engine.repository, verify).first,
        "git log refs/notes/llmos shows who wrote it; the ledger decides")
      add(
        "history", try Evidence.replacements(engine.repository, [standing.head.commit].compactMap { $0 }),
        "git replace -d OBJECT"
      )
      add("times", Evidence.times(verify), "check llmos-hook log and this machine's clock")
      add("ledger", verify.findings.first, "llmos-hook verify --strict")
      return checks
    } catch {
      let refusal = Refusal(error)
      return [Check(name: "ledger", problem: refusal.what, remedy: refusal.remedy)]
    }
  }

  private static func branchLock(_ engine: borrowing Engine, _ standing: Engine.Standing) -> String? {
    let held =
      BranchLock.held(engine.repository) ?? BranchLock.orphan(engine.repository, at: standing.head)
    let wanted = BranchLock.wanted(standing.seal.record, at: standing.head)
    if let wanted, !engine.repository.keepsReferencesInFiles {
      return "commits.lock asks for \(wanted), but a reftable has one lock for all references"
    }
    if held == wanted { return nil }
    return wanted.map { "\($0) is not locked, but commits.lock asks for it" }
      ?? "\(held ?? "") is locked, but commits.lock does not ask for it"
  }
}
