extension Entry {
  /// `entry.json`: keys sorted, every key always there but those that few have: `skipped`, `grant`, `granted`,
  /// `kept`, `revoked`.
  public var json: JSON {
    var pairs: [(key: String, value: JSON)] = [
      ("actor", .string(actor.text)), ("at", .string(at)), ("branch", JSON(branch)),
      ("catalog", .string(rules.digest)), ("claimed", JSON(claimed)), ("commits", JSON(commits)),
      ("detected", JSON(detected)), ("head", JSON(head)), ("kind", .string(kind.rawValue)),
      ("phase", .string(place.phase)), ("reason", JSON(reason)), ("scenario", .string(place.scenario)),
      ("seq", .int(sequence)), ("trigger", .string(trigger)), ("v", .int(version)),
      ("worktree", JSON(worktree)),
    ]
    if let grant { pairs.append(("grant", grant.json)) }
    if let granted { pairs.append(("granted", JSON(granted))) }
    if !kept.isEmpty { pairs.append(("kept", JSON(kept))) }
    if !revoked.isEmpty { pairs.append(("revoked", JSON(revoked))) }
    if !skipped.isEmpty { pairs.append(("skipped", .array(skipped.map { .string($0.description) }))) }
    return .object(pairs.sorted { $0.key < $1.key })
  }

  /// Reads `entry.json`; nil when it is not of our form.
  ///
  /// Keys that every version writes are required. The others may be absent or null, as in entries of earlier
  /// versions, but must otherwise have the right form: a HEAD that is not the name of a commit cannot be believed.
  public init?(json: JSON) {
    guard let version = Self.version(json["v"]), let sequence = json["seq"]?.integer,
      (1...1 << 53).contains(sequence),
      let kind = json["kind"]?.string, let at = json["at"]?.string, let actor = json["actor"]?.string,
      let scenario = json["scenario"]?.string, let phase = json["phase"]?.string,
      let trigger = json["trigger"]?.string,
      let claimed = Self.text(json["claimed"]), let detected = Self.text(json["detected"]),
      let branch = Self.text(json["branch"]), let reason = Self.text(json["reason"]),
      let worktree = Self.text(json["worktree"]), let head = Self.id(json["head"]),
      let rules = Self.rules(json["catalog"]), let commits = Self.ids(json["commits"]),
      let skipped = Self.places(json["skipped"]), let granted = Self.id(json["granted"]),
      let revoked = Self.ids(json["revoked"]), let kept = Self.ids(json["kept"])
    else { return nil }
    self.version = version
    self.sequence = sequence
    self.kind = Kind(rawValue: kind)
    self.at = at
    self.actor = RecordedActor(text: actor)
    self.claimed = claimed
    self.detected = detected
    self.branch = branch
    self.head = head
    place = Place(scenario, phase)
    self.trigger = trigger
    self.reason = reason
    self.rules = rules
    self.commits = commits
    self.worktree = worktree
    self.skipped = skipped
    grant = json["grant"].flatMap(Grant.init(json:))
    self.granted = granted
    self.revoked = revoked
    self.kept = kept
  }

  // MARK: What may be absent: nil inside where it is, nil outside where it is not of our form

  private static func version(_ value: JSON?) -> Int? {
    switch value {
    case .none, .null: 1
    case .some(let value): value.integer
    }
  }

  private static func text(_ value: JSON?) -> String?? {
    switch value {
    case .none, .null: .some(nil)
    case .string(let text): .some(text)
    default: nil
    }
  }

  private static func id(_ value: JSON?) -> ObjectID?? {
    guard let text = text(value) else { return nil }
    guard let text else { return .some(nil) }
    return ObjectID(hex: text).map { .some($0) }
  }

  private static func ids(_ value: JSON?) -> [ObjectID]? {
    switch value {
    case .none, .null: return []
    case .array(let values):
      let ids = values.compactMap { $0.string.flatMap { ObjectID(hex: $0) } }
      return ids.count == values.count ? ids : nil
    default: return nil
    }
  }

  private static func places(_ value: JSON?) -> [Place]? {
    switch value {
    case .none, .null: return []
    case .array(let values):
      let places = values.compactMap { value -> Place? in
        let words = value.string?.split(separator: ":").map(String.init) ?? []
        return words.count == 2 ? Place(words[0], words[1]) : nil
      }
      return places.count == values.count ? places : nil
    default: return nil
    }
  }

  private static func rules(_ value: JSON?) -> RulesVersion? {
    guard let text = text(value) else { return nil }
    guard let text else { return RulesVersion() }
    return RulesVersion(digest: text)
  }
}

extension RulesVersion {
  /// Reads what `digest` gives; nil for anything else.
  public init?(digest: String) {
    if digest == "-" {
      self.init()
      return
    }
    let words = digest.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 2, words.allSatisfy({ $0 == "-" || ObjectID(hex: $0) != nil }) else { return nil }
    self.init(
      scenarios: words[0] == "-" ? nil : words[0], configuration: words[1] == "-" ? nil : words[1])
  }
}
