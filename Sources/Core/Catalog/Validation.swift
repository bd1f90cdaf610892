/// Something about a scenario that its author should know.
public struct Finding: Hashable, Sendable {
  /// `SCENARIO:PHASE`, or the scenario.
  public let place: String
  /// The finding, in words.
  public let text: String
  /// Whether the scenario cannot work as it is.
  public let isError: Bool

  /// A finding of these.
  public init(place: String, text: String, isError: Bool) {
    (self.place, self.text, self.isError) = (place, text, isError)
  }
}

extension Scenario {
  /// Unreachable phases, cycles, unknown next phases, and phases that allow commits.
  public var findings: [Finding] {
    var result: [Finding] = []
    var reached: Set<String> = []
    var next = phases.first
    while let phase = next {
      guard reached.insert(phase.name).inserted else {
        result.append(
          Finding(
            place: name, text: "the phases form a cycle at \(phase.name), so the scenario never ends",
            isError: true))
        break
      }
      if let following = phase.next, self.phase(following) == nil {
        result.append(
          Finding(
            place: "\(name):\(phase.name)", text: "next_phase \(following) is not a phase", isError: true))
      }
      next = phase.next.flatMap(self.phase)
    }
    for phase in phases {
      let place = "\(name):\(phase.name)"
      if !reached.contains(phase.name) {
        result.append(Finding(place: place, text: "unreachable: no phase leads to it", isError: true))
      }
      if phase.allowsCommits {
        result.append(Finding(place: place, text: "allows commits", isError: false))
      }
    }
    return result
  }
}
