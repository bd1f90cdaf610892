import Core
import Git
import Ledger

/// What needs YAML. The small hook executable has none of it and hands over to `llmos-hook`.
public protocol RulesReader: Sendable {
  /// Compiles a seal's record anew, when the repository's own rules have changed since.
  ///
  /// - Throws: `Refusal` (65) for rules that cannot be read.
  func recompile(_ seal: Seal, at head: Head, in repository: borrowing Repository) throws -> GateRecord

  /// Says what is wrong in a state file, with line and column; nil when it can be read.
  func diagnose(_ stateFile: [UInt8], at head: Head, in repository: borrowing Repository) -> Refusal?
}
