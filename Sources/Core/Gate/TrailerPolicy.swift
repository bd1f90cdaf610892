/// `commits.trailers`: whose commits get trailers.
public enum TrailerPolicy: String, Sendable, CaseIterable {
  /// `Scenario:` in all commits, `Agent:` in those of agents.
  case all
  /// Both in commits of agents, none in others.
  case agents
  case none

  /// The trailers of a commit, a line each.
  ///
  /// - Parameter role: of the agent that commits; nil for anybody else.
  public func lines(at place: Place, role: String?) -> [String] {
    guard self == .all || (self == .agents && role != nil) else { return [] }
    return ["Scenario: \(place.scenario)/\(place.phase)"] + (role.map { ["Agent: \($0)"] } ?? [])
  }
}
