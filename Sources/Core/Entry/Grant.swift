/// What an owner's entry opens to an agent: to work in one phase, on one branch, from any machine.
public struct Grant: Hashable, Sendable {
  /// The branch's full name.
  public var branch: String
  /// The phase.
  public var place: Place
  /// The agent's public key (`ssh-ed25519 AAAA...`); nil where the ledger has no keys.
  public var key: String?
  /// Seconds since 1970 at which it ends; nil where only the owner ends it.
  public var until: Int64?

  /// A grant of these.
  public init(branch: String, place: Place, key: String? = nil, until: Int64? = nil) {
    self.branch = branch
    self.place = place
    self.key = key
    self.until = until
  }

  /// The branch's short name.
  public var name: String { Self.name(of: branch) }

  /// A branch's short name.
  public static func name(of branch: String) -> String {
    branch.shortBranch ?? branch
  }
}

/// What an agent's record says of the grant under which it stands: what the gate holds each commit to.
public struct GrantInForce: Hashable, Sendable {
  /// The owner's entry that gave it.
  public var entry: ObjectID
  /// The branch's full name.
  public var branch: String
  /// Seconds since 1970 at which it ends; nil where only the owner ends it.
  public var until: Int64?

  /// One of these.
  public init(entry: ObjectID, branch: String, until: Int64? = nil) {
    self.entry = entry
    self.branch = branch
    self.until = until
  }

  /// The branch's short name.
  public var name: String { Grant.name(of: branch) }

  /// For people: `of the owner, for agent/login alone, until 2026-12-31T00:00:00Z`.
  public var words: String {
    "of the owner, for \(name) alone" + (until.map { ", until " + Timestamp.text($0) } ?? "")
  }

  /// What an agent does where it holds no longer.
  ///
  /// - Parameter place: the phase for which it was given.
  public func wayToRenew(at place: Place) -> String {
    "ask the owner: llmos-hook grant \(name) --key FILE --phase \(place); then llmos-hook sync"
  }

  /// For `status --json`.
  public var json: JSON {
    .object([
      ("branch", .string(name)), ("entry", JSON(entry)), ("until", JSON(until.map(Timestamp.text))),
    ])
  }

  /// The value of the record's line: the entry, the end or `-`, the branch.
  var text: String { "\(entry) \(until.map(Timestamp.text) ?? "-") \(branch)" }

  /// Reads that; nil for anything else.
  init?(text: String) {
    let words = text.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2).map { String(Substring($0)) }
    guard words.count == 3, let entry = ObjectID(hex: words[0]), words[2].shortBranch != nil else {
      return nil
    }
    let until = words[1] == "-" ? nil : Timestamp.seconds(words[1])
    guard until != nil || words[1] == "-" else { return nil }
    self.init(entry: entry, branch: words[2], until: until)
  }

  /// How far a commit lies outside it, in a few words; nil when it does not.
  ///
  /// - Parameters:
  ///   - branch: the full name of what moves, or `HEAD`; nil where HEAD is on no branch.
  ///   - seconds: when, since 1970.
  public func excess(on branch: String?, at seconds: Int64) -> String? {
    guard branch?.rawBytes == self.branch.rawBytes else {
      return "the owner's grant is for \(name), not for \(branch.map(Grant.name) ?? "a detached HEAD")"
    }
    guard let until, seconds >= until else { return nil }
    return "the owner's grant for \(name) ended at \(Timestamp.text(until))"
  }
}

// MARK: In entry.json

extension Grant {
  /// The value of `grant` in the owner's entry.
  var json: JSON {
    .object([
      ("branch", .string(branch)), ("key", JSON(key)), ("phase", .string(place.description)),
      ("until", JSON(until.map(Timestamp.text))),
    ])
  }

  /// Reads that; nil for anything else.
  init?(json: JSON) {
    guard let branch = json["branch"]?.string, branch.shortBranch != nil,
      let words = json["phase"]?.string?.split(separator: ":").map(String.init), words.count == 2
    else { return nil }
    let until = json["until"]?.string.map(Timestamp.seconds)
    // One that cannot be read ends nothing, and so opens nothing.
    if let until, until == nil { return nil }
    self.init(
      branch: branch, place: Place(words[0], words[1]), key: json["key"]?.string, until: until ?? nil)
  }
}
