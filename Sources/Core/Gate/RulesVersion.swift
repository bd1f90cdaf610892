/// Which version of the repository's own rules a record was compiled from.
public struct RulesVersion: Hashable, Sendable {
  /// The tree at `scenarios`.
  public var scenarios: String?
  /// The tree at `.llmos`.
  public var configuration: String?

  /// The object ids of HEAD's `scenarios` and `.llmos`, hexadecimal; nil for what HEAD does not have.
  public init(scenarios: String? = nil, configuration: String? = nil) {
    self.scenarios = scenarios
    self.configuration = configuration
  }

  /// One word: `-` for the built-in rules.
  public var digest: String {
    scenarios == nil && configuration == nil ? "-" : (scenarios ?? "-") + "," + (configuration ?? "-")
  }
}
