import Core
import Git
import Hook
import Ledger
import Platform
import ToolGate

/// git clones no hooks: a fresh clone of a governed repository is not gated until somebody installs. What people and
/// agents touch first arms it.
public enum Arming {
  /// How a clone stands.
  public enum Outcome: Sendable {
    /// The gate is here, or nothing says that it belongs here.
    case nothing
    /// It was put in now; what its users should know, in one line.
    case armed(String)
    /// It belongs here and is not; why, in one line.
    case failed(String)

    /// The line, where there is one.
    public var line: String? {
      switch self {
      case .nothing: nil
      case .armed(let line), .failed(let line): line
      }
    }
  }

  /// Which remotes are asked for ledgers, where the commits say nothing.
  public enum Asked: Sendable {
    case none
    /// Directories of this machine, which answer at once.
    case near
    /// All, which can take seconds.
    case all
  }

  /// Installs in the clone of the current directory, where the repository says that it is governed and nothing was ever
  /// sealed here.
  public static func arm(asking remotes: Asked, by identity: Identity = .current()) -> Outcome {
    do {
      return try arm(Engine(identity: identity), asking: remotes)
    } catch {
      let refusal = Refusal(error)
      // Outside a worktree there is nothing to arm.
      if refusal.code == .noInput { return .nothing }
      return .failed("this clone is governed, and the gate could not be installed: \(refusal.what)")
    }
  }

  /// The same for an open worktree.
  static func arm(_ engine: borrowing Engine, asking remotes: Asked) throws -> Outcome {
    let seal: Seal?
    do {
      seal = try engine.repository.sealInForceIfAny()
    } catch let refusal as Refusal where refusal.code == .data {
      // No fresh clone: what is wrong with its ledger the command itself tells.
      return .nothing
    }
    if seal != nil {
      // Somebody has taken the gate out, or lost it: that is the owner's.
      guard !Files.isReachable(engine.repository.commonDirectory + Layout.gate.path) else { return .nothing }
      return .failed("the gate is not installed in this clone: the owner runs llmos-hook install")
    }
    if try engine.repository.flag(Layout.armKey.text) == false { return .nothing }
    guard let evidence = try evidence(engine, asking: remotes) else { return .nothing }
    do {
      var install = Install(engine)
      try install.arm(engine)
    } catch {
      let refusal = Refusal(error)
      return .failed(
        "this clone is governed (\(evidence)), and the gate could not be installed: \(refusal.what)"
          + (refusal.remedy.map { "; next: " + $0 } ?? ""))
    }
    var remarks = try takeUpGrant(engine, asking: remotes)
    if remarks.isEmpty, let ended = try engine.endedGrant() { remarks.append(ended) }
    let record = try engine.repository.sealInForce().record
    let first = try engine.repository.remotes().isEmpty ? "" : "llmos-hook sync, then "
    return .armed(
      "this clone is governed (\(evidence)): the gate is installed now, at \(record.place); "
        + (remarks.isEmpty
          ? "the owner runs \(first)llmos-hook set SCENARIO PHASE" : remarks.joined(separator: "; ")))
  }

  /// Begins where an owner's grant for the branch and this machine's key says, when the remotes that may be asked have
  /// one.
  ///
  /// - Returns: what people should know, a line each.
  public static func takeUpGrant(
    _ engine: borrowing Engine, asking remotes: Asked = .all
  ) throws -> [String] {
    guard remotes != .none, try engine.mayTakeUpGrant() else { return [] }
    do {
      var sync = try Sync(engine, remote: nil)
      guard try isNear(sync.remote, engine) || remotes == .all else { return [] }
      try sync.begin(engine)
      return sync.report
    } catch let refusal as Refusal where refusal.code == .usage {
      // There is no remote to ask.
      return []
    }
  }

  /// Whether a remote is a directory of this machine.
  private static func isNear(_ remote: String, _ engine: borrowing Engine) throws -> Bool {
    let address = try engine.repository.configuration("remote.\(remote).url") ?? ""
    return ["/", ".", "file://"].contains { address.hasPrefix($0) }
  }

  /// What says that a repository is governed, in words; nil where nothing does.
  private static func evidence(_ engine: borrowing Engine, asking remotes: Asked) throws -> String? {
    if let commit = try engine.repository.head().commit {
      let tree = try engine.repository.commit(commit).tree
      if try engine.repository.entry(at: ".llmos", inTree: tree)?.isTree == true {
        return "it commits .llmos/"
      }
      for path in ["step.sh", "llmos", "scripts/scenario_engine.sh"] {
        guard let entry = try engine.repository.entry(at: path, inTree: tree), !entry.isTree else { continue }
        // Other repositories have scripts of these names too.
        let bytes = try engine.repository.blob(entry.id, limit: 1 << 20).prefix(1 << 16)
        if String(decoding: bytes, as: UTF8.self).contains("llmos/bin/llmos-hook") {
          return "it commits \(path)"
        }
      }
    }
    return remotes == .none ? nil : try remoteWithLedgers(engine, remotes).map { "\($0) has ledgers" }
  }

  /// The remote that has ledgers; nil where none has, or cannot be asked within seconds and without questions.
  private static func remoteWithLedgers(_ engine: borrowing Engine, _ asked: Asked) throws -> String? {
    for name in try engine.repository.remotes() {
      guard try isNear(name, engine) || asked == .all else { continue }
      let asked = try GitProcess.run(
        [
          "-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=5", "ls-remote", "--refs", name,
          Ledger.prefix + "*",
        ],
        in: engine.worktree,
        environment: Sync.unattended)
      if asked.code == 0, !asked.text.isEmpty { return name }
    }
    return nil
  }
}
