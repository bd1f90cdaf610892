import Core
import Git
import Hook
import Ledger
import Platform

extension Repository {
  /// The first other worktree of this clone whose incident freezes deployments: frozen is frozen for all. One whose
  /// directory is gone freezes nothing.
  ///
  /// - Returns: the worktree's path; nil when none does.
  public func frozenElsewhere() throws -> String? {
    try frozenWorktree { $0.gitDirectory != gitDirectory }
  }

  /// The first worktree of this clone, this one too, whose incident freezes deployments; nil when none does.
  public func frozenSomewhere() throws -> String? { try frozenWorktree { _ in true } }

  private func frozenWorktree(where isAsked: (Worktree) -> Bool) throws -> String? {
    for worktree in try worktrees() where isAsked(worktree) && worktree.isThere {
      let isBegun = worktree.id == nil || Files.isReachable(worktree.gitDirectory + Layout.begun.path)
      let reference = Ledger.reference(linkedWorktree: worktree.id)
      if isBegun, let seal = try seal(under: reference), seal.record.isFrozen { return worktree.path }
    }
    return nil
  }
}

extension Engine {
  /// Tells a state of another worktree's incident, where a move could bring a deployment on.
  func tellFreeze(_ state: inout State, _ move: Move, _ catalog: Catalog) throws {
    let canDeploy =
      switch move {
      case .nextPhase: state.place.scenario == "DEPLOYMENT" || catalog.phase(at: state.place)?.next == nil
      case .set(let scenario, _): scenario == "DEPLOYMENT"
      case .event(let event): event != .deployFailure
      case .verdict, .resume: true
      }
    if canDeploy { state.frozenBy = try repository.frozenElsewhere() }
  }

  /// Refuses to bring on a deployment while another worktree's incident freezes it.
  func requireNotFrozen(_ place: Place) throws {
    guard place.scenario == "DEPLOYMENT", let other = try repository.frozenElsewhere() else { return }
    throw Refusal.frozen(by: other)
  }
}
