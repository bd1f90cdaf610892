import Core
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import Verify

/// The rules in force: the canonical catalog with what HEAD's tree adds to it.
///
/// They are read from HEAD and never from the worktree, so that an edit which is not committed has no
/// effect.
public struct Rules: Sendable {
  /// The scenarios in force.
  public let catalog: Catalog
  /// `.llmos/config.yml`, or the defaults.
  public let configuration: Configuration
  /// Which version of the repository's own rules this is.
  public let version: RulesVersion
  /// The scenarios that the repository defines, and the file of each.
  public let files: [String: String]

  /// Reads the rules of a commit.
  ///
  /// - Throws: `Refusal` (65) with file, line and column of what cannot be read.
  public init(_ repository: borrowing Repository, at head: Head) throws {
    for name in ["scenarios", ".llmos"] { try Self.requireDirectory(name, repository, head) }
    try self.init(repository, version: repository.rulesVersion(at: head), areInForce: true)
  }

  /// Reads the rules of a version, by its trees.
  ///
  /// - Parameter areInForce: whether the names in them must be known. Rules of the past stand as they were taken.
  /// - Throws: `Refusal` (65) with file, line and column of what cannot be read, `GitError` where a tree is gone.
  init(_ repository: borrowing Repository, version: RulesVersion, areInForce: Bool = false) throws {
    var scenarios: [(path: String, bytes: [UInt8])] = []
    var configuration: [UInt8]?
    if let tree = version.scenarios.flatMap(ObjectID.init(hex:)) {
      for entry in try repository.entries(ofTree: tree) where entry.name.hasSuffix(".yml") && !entry.isTree {
        let path = "scenarios/" + entry.name
        scenarios.append((path, try Self.content(entry.id, path, repository)))
      }
    }
    if let tree = version.configuration.flatMap(ObjectID.init(hex:)),
      let entry = try repository.entry(at: "config.yml", inTree: tree)
    {
      guard entry.mode == 0o100644 || entry.mode == 0o100755 else {
        throw Refusal(.data, "\(ConfigurationFile.path) is not a regular file", remedy: Self.mend)
      }
      configuration = try Self.content(entry.id, ConfigurationFile.path, repository)
    }
    try self.init(version, scenarios, configuration, areInForce: areInForce)
  }

  /// Reads the files of a worktree: the rules that would be in force once they are committed.
  ///
  /// - Parameter worktree: its root, with a trailing slash.
  /// - Throws: `Refusal`: 65 with file, line and column of what cannot be understood, 74 for what cannot be read.
  public init(worktree: String) throws {
    let read = { (path: String) throws -> [UInt8]? in
      switch Files.read(worktree + path, limit: StatePath.limit) {
      case .bytes(let bytes): bytes
      case .missing: nil
      default: throw Refusal(.io, "\(worktree)\(path) cannot be read", remedy: "check the file")
      }
    }
    let names = Files.names(in: worktree + "scenarios").filter { $0.hasSuffix(".yml") }
    let scenarios = try names.map { ("scenarios/" + $0, try read("scenarios/" + $0) ?? []) }
    try self.init(RulesVersion(), scenarios, read(ConfigurationFile.path), areInForce: true)
  }

  private init(
    _ version: RulesVersion, _ scenarios: [(path: String, bytes: [UInt8])], _ configuration: [UInt8]?,
    areInForce: Bool
  ) throws {
    self.version = version
    var own: [Scenario] = []
    var files: [String: String] = [:]
    for (path, bytes) in scenarios {
      let scenario = try ScenarioFile.decode(bytes, path: path, base: .canonical)
      own.append(scenario)
      files[scenario.name] = path
    }
    self.files = files
    let catalog = Catalog.canonical.overridden(by: own)
    self.catalog = catalog
    self.configuration =
      try configuration.map { try ConfigurationFile.decode($0, catalog: areInForce ? catalog : nil) }
      ?? Configuration()
  }

  private static let mend = "llmos-hook allow --once --reason WHY, then commit the fix"

  private static func content(
    _ id: ObjectID, _ path: String, _ repository: borrowing Repository
  ) throws -> [UInt8] {
    do {
      return try repository.blob(id)
    } catch {
      throw Refusal(.data, "\(path) cannot be read: \(error.message)", remedy: mend)
    }
  }

  private static func requireDirectory(
    _ name: String, _ repository: borrowing Repository, _ head: Head
  ) throws {
    guard let id = head.commit,
      let entry = try repository.entry(at: name, inTree: repository.commit(id).tree), !entry.isTree
    else { return }
    throw Refusal(.data, "\(name) is not a directory in HEAD", remedy: mend)
  }

  /// What their author should know, with the scripts that a worktree does not have.
  ///
  /// - Parameter worktree: its root, with a trailing slash.
  /// - Throws: `Refusal` (65) for a scenario file that cannot be read.
  public func findings(in worktree: String) throws -> [Finding] {
    try catalog.scenarios.flatMap { scenario in
      let path = files[scenario.name]
      let bytes = path.flatMap { Files.content(worktree + $0, limit: StatePath.limit) }
      let names = try bytes.map { try ScenarioFile.newNames($0, path: path ?? "", configuration) } ?? []
      return scenario.findings + names
        + scenario.phases.flatMap { phase in
          phase.scripts.filter { !Files.exists(worktree + $0) }.map { script in
            let isSkipped = configuration.missingScripts == .skip
            return Finding(
              place: "\(scenario.name):\(phase.name)",
              text: "the script \(script) is missing" + (isSkipped ? ", so that run skips it" : ""),
              isError: !isSkipped)
          }
        }
    }
  }

  /// Compiles a state into the record that the gate reads.
  public func record(_ state: State, sequence: Int) throws(Refusal) -> GateRecord {
    try GateRecord(
      state: state, catalog: catalog, sequence: sequence, rules: version, configuration: configuration)
  }

  /// What a phase requires before it is complete.
  public func requirements(_ place: Place, _ state: State) throws(Refusal) -> [Requirement] {
    guard let scenario = catalog.scenario(place.scenario), let phase = scenario.phase(place.phase) else {
      return []
    }
    // A phase that was skipped is no reason to go on without what it needed.
    let needs = (scenario.phases(before: phase.name) + [phase]).flatMap(\.needs)
    let open = needs.filter { state.contextValue($0)?.isEmpty ?? true || isUnknown($0, state) }
    let own = try phase.requirements(state, more: configuration.requires[place.description] ?? [])
    return (open.map(Requirement.context) + own).uniqued
  }

  /// Whether a context key has a value that it cannot have, as a state file from elsewhere can bring it.
  public func isUnknown(_ key: String, _ state: State) -> Bool {
    guard let value = state.contextValue(key) else { return false }
    return ContextRules(catalog, configuration).refusal(of: ContextValue(key, value)) != nil
  }
}
