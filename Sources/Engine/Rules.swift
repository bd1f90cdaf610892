import Gate
import Git
import Scenario
import StateFile

/// The rules in force: the canonical catalog with what HEAD's tree adds to it.
///
/// They are read from HEAD and never from the worktree, so that an edit which is not committed has no
/// effect.
public struct Rules: Sendable {
  /// The scenarios in force.
  public let catalog: Catalog
  /// Which version of the repository's own rules this is.
  public let version: RulesVersion
  /// `commits.through`.
  public let through: CommitPath

  /// Reads the rules of a commit.
  public init(_ repository: borrowing Repository, at head: Head) throws {
    version = try repository.rulesVersion(at: head)
    catalog = .canonical
    through = .step
  }

  /// Compiles a state into the record that the gate reads.
  public func record(_ state: State, sequence: Int) throws(Refusal) -> GateRecord {
    try GateRecord(state: state, catalog: catalog, sequence: sequence, rules: version, through: through)
  }
}
