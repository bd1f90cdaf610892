import Core
import Git
import Hook
import Ledger
import Platform

/// `run --all`: a `run` in each worktree of a clone, some of them at once. Each is a process of its own, so that one which
/// fails or waits stops no other.
public struct RunAll: Sendable {
  /// Something that happened, with the worktree's name.
  public enum Event: Sendable {
    /// Its run begins; the file that keeps all it prints.
    case begins(String, log: String)
    /// A line that it prints.
    case line(String, String)
    /// Its run has ended.
    case ends(Ended)
    /// It has nothing of its own to run: why.
    case skipped(String, String)
  }

  /// How one worktree's run ended.
  public struct Ended: Sendable {
    /// The worktree's name.
    public let name: String
    /// Its root.
    public let path: String
    /// The exit code of its run: 0, 1, 3, 130, …
    public let code: Int32
    /// Its log.
    public let log: String
    /// What it printed on stdout: with `--json` one object.
    public let result: String
  }

  private let jobs: Int
  private let words: [String]
  private let isPolled: (@Sendable () -> Void)?
  private let report: @Sendable (Event) -> Void

  /// - Parameters:
  ///   - jobs: how many run at once.
  ///   - words: what each `run` is given, such as `--once`.
  ///   - isPolled: is called some ten times a second, for a display that is live.
  ///   - report: takes what happens, line by line.
  public init(
    jobs: Int, words: [String], isPolled: (@Sendable () -> Void)? = nil,
    report: @escaping @Sendable (Event) -> Void
  ) {
    self.jobs = jobs
    self.words = words
    self.isPolled = isPolled
    self.report = report
  }

  /// Runs all, to the end of the last.
  ///
  /// - Returns: how each ended, in the order of the worktrees.
  /// - Throws: `Refusal`: 1 for an agent, and inside another run, 69 where a run cannot be started.
  public func run(_ engine: borrowing Engine) throws -> [Ended] {
    try Run.requireMayRun(engine)
    Interrupts.watch()
    var waiting = try tasks(engine)
    let order = waiting.map(\.name)
    var running: [Running] = []
    var ended: [Ended] = []
    var toldAt: ContinuousClock.Instant?
    do {
      while !waiting.isEmpty || !running.isEmpty {
        while running.count < jobs, !waiting.isEmpty, !Interrupts.hasCome {
          running.append(try begin(waiting.removeFirst(), engine))
        }
        if Interrupts.hasCome {
          waiting = []
          end(running, &toldAt)
        }
        for index in running.indices.reversed() {
          forward(&running[index])
          if running[index].child.hasEnded { ended.append(finish(running.remove(at: index))) }
        }
        isPolled?()
        if !running.isEmpty { System.sleep(microseconds: 20_000) }
      }
    } catch {
      // What could not be started takes those with it that run: nothing goes on unseen.
      for one in running { one.child.terminate() }
      for one in running { _ = finish(one) }
      throw error
    }
    return ended.sorted { (order.firstIndex(of: $0.name) ?? 0) < (order.firstIndex(of: $1.name) ?? 0) }
  }

  /// Ctrl-C: each run is told to end, ends what it has started and says so; what has not done so in ten seconds is killed.
  private func end(_ running: [Running], _ toldAt: inout ContinuousClock.Instant?) {
    guard let told = toldAt else {
      for one in running { one.child.terminate() }
      toldAt = .now
      return
    }
    if ContinuousClock.now - told > .seconds(10) { for one in running { one.child.kill() } }
  }

  // MARK: Which

  private struct Task {
    let name: String
    let worktree: Worktree
  }

  private func tasks(_ engine: borrowing Engine) throws -> [Task] {
    let worktrees = try engine.repository.worktrees()
    let names = worktrees.map { $0.path.pathParts.last ?? $0.path }
    var tasks: [Task] = []
    for (worktree, plain) in zip(worktrees, names) {
      let name = names.filter { $0 == plain }.count == 1 ? plain : worktree.path
      if let reason = try reasonToSkip(worktree, engine) {
        report(.skipped(name, reason))
      } else {
        tasks.append(Task(name: name, worktree: worktree))
      }
    }
    return tasks
  }

  /// A worktree that has begun like the main one, and no more, would run what the main one runs once more.
  private func reasonToSkip(_ worktree: Worktree, _ engine: borrowing Engine) throws -> String? {
    guard worktree.isThere else { return "its directory is gone" }
    guard let id = worktree.id else { return nil }
    let isBegun = Files.isReachable(worktree.gitDirectory + Layout.begun.path)
    guard isBegun, let seal = try engine.repository.seal(under: Ledger.reference(linkedWorktree: id)),
      !seal.record.isAdopted
    else { return "it has entered no scenario of its own" }
    return nil
  }

  // MARK: One run

  private struct Running {
    let task: Task
    let child: Child
    let log: String
    var shown: Int64 = 0
    /// The beginning of a line whose end has not come yet.
    var rest: [UInt8] = []
  }

  private func begin(_ task: Task, _ engine: borrowing Engine) throws -> Running {
    let time = Timestamp.text(System.now).filter { $0 != "-" && $0 != ":" }
    let directory = task.worktree.gitDirectory + Layout.runs.path + "\(time)-\(System.processID)-all"
    try Files.makeDirectories(directory)
    let log = directory + "/run.log"
    Files.remove(log)
    try Files.touch(log)
    var setup = Child.Setup()
    (setup.isGroup, setup.input, setup.errors) = (true, .bytes([]), .file(log))
    setup.environment = Self.environment(engine.identity)
    report(.begins(task.name, log: log))
    let program = Program.own ?? "llmos-hook"
    return Running(
      task: task, child: try Child([program, "-C", task.worktree.path, "run"] + words, setup), log: log)
  }

  /// Ours, without the variables by which git is told where it works. Without a terminal on stdin, the mark of a harness
  /// in a person's terminal would make an agent of the person: who started it is handed on.
  private static func environment(_ identity: Identity) -> [String: String?] {
    var changes: [String: String?] = [:]
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"] {
      changes[name] = .some(nil)
    }
    if identity.detected != nil, !identity.actor.isAgent { changes[Layout.actorVariable.text] = "OWNER" }
    return changes
  }

  /// Hands on whole lines that have been printed since the last time.
  private func forward(_ one: inout Running, isLast: Bool = false) {
    guard let reader = OpenFile(one.log) else { return }
    while true {
      let bytes = reader.read(at: one.shown, count: 1 << 16)
      guard !bytes.isEmpty else { break }
      one.shown += Int64(bytes.count)
      one.rest += bytes
    }
    var lines = one.rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    one.rest = isLast ? [] : lines.popLast().map(Array.init) ?? []
    for line in lines where !line.isEmpty {
      report(.line(one.task.name, String(decoding: line, as: UTF8.self)))
    }
  }

  private func finish(_ one: Running) -> Ended {
    let ending = one.child.finish()
    var one = one
    forward(&one, isLast: true)
    let ended = Ended(
      name: one.task.name, path: one.task.worktree.path, code: ending.code, log: one.log, result: ending.text)
    report(.ends(ended))
    return ended
  }
}
