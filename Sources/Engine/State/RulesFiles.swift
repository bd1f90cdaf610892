import Core
import Git
import Hook
import Ledger
import StateFile

/// What a hook needs YAML for: the rules' files, and the state file's errors.
public struct RulesFiles: RulesReader {
  /// The reader; what it reads is in the repository.
  public init() {}

  /// Compiles a seal's record under the rules of HEAD; while those wait for the owner's yes, the sealed record holds.
  ///
  /// - Throws: `Refusal` (65) with file, line and column of what cannot be read.
  public func recompile(_ seal: Seal, at head: Head, in repository: borrowing Repository) throws -> GateRecord
  {
    guard try repository.waitingRules(since: seal, at: head) == nil else {
      var record = seal.record
      record.override = nil
      return record
    }
    return try Engine.recompile(repository, head, seal, asksReplay: Identity.current().actor != .owner)
  }

  /// What is wrong in a state file, with line and column; nil when it can be read.
  public func diagnose(_ stateFile: [UInt8], at head: Head, in repository: borrowing Repository) -> Refusal? {
    do {
      _ = try StateFile.decode(stateFile, catalog: Rules(repository, at: head).catalog)
      return nil
    } catch {
      return Refusal(error)
    }
  }
}

extension Engine {
  /// The rules in force: those of HEAD, or the sealed ones while those of HEAD wait for the owner's yes.
  public func rules() throws -> Rules {
    let head = try repository.head()
    guard let seal = try repository.sealInForceIfAny() else { return try Rules(repository, at: head) }
    return try rules(under: seal, at: head).rules
  }

  /// Rules of HEAD that wait for the owner's yes; nil where there are none, or nothing is sealed here.
  public func waitingRules() throws -> RulesChange? {
    try repository.sealInForceIfAny().flatMap {
      try repository.waitingRules(since: $0, at: repository.head())
    }
  }

  /// The rules in force, and what waits.
  func rules(under seal: Seal, at head: Head) throws -> (rules: Rules, waiting: RulesChange?) {
    guard let waiting = try repository.waitingRules(since: seal, at: head) else {
      return (try Rules(repository, at: head), nil)
    }
    return (try Rules(repository, version: seal.record.rules, areInForce: true), waiting)
  }

  /// The sealed state.
  public func state(of seal: Seal, _ rules: Rules) throws -> State {
    try Self.sealedState(repository.blob(seal.state), rules)
  }

  /// Decodes sealed bytes. When the catalog no longer has their phase, the rules have changed.
  private static func sealedState(_ bytes: [UInt8], _ rules: Rules) throws -> State {
    do {
      return try StateFile.decode(bytes, catalog: rules.catalog)
    } catch {
      var refusal = error
      refusal.why = "the state is sealed, but scenarios/ in HEAD has no such phase"
      refusal.remedy = "llmos-hook allow --once --reason WHY, then commit the fixed scenario file"
      throw refusal
    }
  }

  /// The record of a seal under the rules of HEAD.
  ///
  /// - Parameter asksReplay: whether it matters that the rules are some of before: the ledger is walked for that, and the
  ///   gate lets the owner pass.
  static func recompile(
    _ repository: borrowing Repository, _ head: Head, _ seal: Seal, asksReplay: Bool = true
  ) throws -> GateRecord {
    let rules = try Rules(repository, at: head)
    let state = try sealedState(repository.blob(seal.state), rules)
    var record = try rules.record(state, sequence: seal.record.sequence)
    record.isReplayed = try asksReplay && repository.hasSuperseded(rules.version, before: seal)
    record.isAdopted = seal.record.isAdopted
    record.harnesses = seal.record.harnesses
    record.grant = seal.record.grant
    return record
  }
}
