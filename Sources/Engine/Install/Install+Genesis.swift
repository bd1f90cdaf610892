import Core
import Git
import Hook
import Ledger
import Platform
import StateFile

extension Install {
  /// The state that is sealed first, with the bytes of the state file if there is one.
  typealias Genesis = (state: State, bytes: [UInt8]?)

  /// The state to seal; nil where one is sealed already.
  ///
  /// - Parameter start: `--at`, which begins and moves nothing that has begun.
  mutating func genesis(_ engine: borrowing Engine, _ start: String?, isArming: Bool) throws -> Genesis? {
    let place = try start.map {
      try Rules(engine.repository, at: engine.repository.head()).catalog.place(
        named: $0, command: "llmos-hook install --at")
    }
    func require(_ found: Place, _ what: String) throws(Refusal) {
      guard let place, place != found else { return }
      throw Refusal(
        "\(what) at \(found) already",
        remedy: "llmos-hook install; llmos-hook set \(place.scenario) \(place.phase)")
    }
    guard try engine.repository.localLedgers().isEmpty else {
      try require(engine.repository.sealInForce().record.place, "the state is sealed")
      return nil
    }
    let bootstrap = Engine.start
    var genesis: Genesis = (State(place: place ?? bootstrap, at: Timestamp.text(System.now)), nil)
    if let (state, bytes) = try found(engine) {
      // An agent may have written it: it is not sealed because the agent asks. What git has, git gives back.
      if isArming, engine.identity.actor.isAgent, state.place != bootstrap,
        try isCommitted(bytes, as: StatePath.name, engine)
      {
        return genesis
      }
      try require(state.place, "\(StatePath.name) stands")
      genesis = (state, bytes)
    }
    guard !engine.identity.actor.isAgent || genesis.state.place == bootstrap else {
      throw Refusal(
        "an agent cannot seal a state at \(genesis.state.place)", remedy: "the owner runs llmos-hook install")
    }
    return genesis
  }

  /// What the state file says.
  private mutating func found(_ engine: borrowing Engine) throws -> (state: State, bytes: [UInt8])? {
    switch Files.read(worktree + StatePath.name, limit: StatePath.limit) {
    case .missing: return nil
    case .unusable(let fact):
      throw Refusal(
        .data, "\(StatePath.name) cannot be sealed: \(fact)",
        remedy: "move it away, then llmos-hook install")
    case .bytes(let checkedOut):
      let bytes = try asCommitted(checkedOut, engine)
      do {
        let rules = try Rules(engine.repository, at: engine.repository.head())
        return (try StateFile.decode(bytes, catalog: rules.catalog), bytes)
      } catch {
        var refusal = Refusal(error)
        refusal.remedy = "fix it or move it away, then llmos-hook install"
        throw refusal
      }
    }
  }

  /// The state file as HEAD has it, where a checkout only ended its lines in another way (core.autocrlf).
  private mutating func asCommitted(_ bytes: [UInt8], _ engine: borrowing Engine) throws -> [UInt8] {
    guard let plain = LineEnds.withoutReturns(bytes) else { return bytes }
    guard try isCommitted(plain, as: StatePath.name, engine) else { return bytes }
    respelled.append(StatePath.name)
    return plain
  }

  /// Whether HEAD has these bytes at a path.
  private func isCommitted(
    _ bytes: [UInt8], as path: String, _ engine: borrowing Engine
  ) throws -> Bool {
    guard let commit = try engine.repository.head().commit,
      let entry = try engine.repository.entry(at: path, inTree: engine.repository.commit(commit).tree)
    else { return false }
    return try entry.id == engine.repository.id(ofBlob: bytes)
  }
}
