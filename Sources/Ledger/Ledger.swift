import Core

/// The ledger of one worktree: a chain of commits under `refs/llmos/ledger/<worktree>`.
///
/// An entry's tree holds `SCENARIO_STATE.yml` (the exact sealed bytes), `entry.json`, `gate`, `landed` and the trees of
/// the rules. Its parent is the previous entry, when there is one. (An entry of the first form has the code HEAD as a
/// further parent, when one was born; entries of today name commits as text, and keep none alive.)
public enum Ledger {
  /// The names in an entry's tree.
  public static let recordName = "gate"
  /// The blob that says when, who, why and on which code.
  public static let entryName = "entry.json"
  /// The worktree's tree of a quality gate's first entry.
  public static let auditedName = "audited"
  /// The branches and tags as they stood before the ledger began, or, in entries of the first form, when a phase that
  /// allows commits ended: lines of `ID NAME`.
  public static let branchesName = "branches"
  /// The tree of `scenarios` under whose rules the entry was decided, so that it goes where the ledger goes.
  public static let scenariosName = "scenarios"
  /// The tree of `.llmos`, in the same way.
  public static let configurationName = "configuration"
  /// What the hooks let land since the entry before: lines of `Landing`.
  public static let landedName = "landed"
  /// What was replaced when the ledger began anew: the lines of `Replaced`.
  public static let replacedName = "replaced"
  /// Where the clone's name is configured, 16 hexadecimal digits, so that no two clones' entries are one.
  public static let cloneKey = Layout.cloneKey.text
  /// What every ledger reference begins with.
  public static let prefix = Layout.ledger.text

  /// The reference of a worktree's ledger.
  ///
  /// The main worktree's is `main`. A linked worktree has its own id; one whose id is `main`, or `main`
  /// followed by dashes, gets a dash more, so that no two share a ledger.
  ///
  /// - Parameter linkedWorktree: the worktree's id; nil for the main one.
  public static func reference(linkedWorktree: String?) -> String {
    guard let id = linkedWorktree.map(component) else { return prefix + "main" }
    let isLikeMain = id.hasPrefix("main") && id.utf8.dropFirst(4).allSatisfy { $0 == UInt8(ascii: "-") }
    return prefix + id + (isLikeMain ? "-" : "")
  }

  /// A worktree's id as one part of a reference's name (git-check-ref-format(1)): as it is, where it can be. git names
  /// worktrees so, but for a dot at the end; others, and older gits, name them as they like. What cannot stand in a name
  /// goes as `%` and two digits, and so does a `%` that could be taken for one.
  static func component(_ id: String) -> String {
    let bytes = id.rawBytes
    let isLock = bytes.suffix(5).elementsEqual(".lock".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    var name: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      let (isFirst, isLast) = (index == 0, index == bytes.count - 1)
      let before = isFirst ? 0 : bytes[index - 1]
      let isUnfit =
        switch byte {
        case UInt8(ascii: "."):
          isFirst || isLast || before == byte || isLock && index == bytes.count - 5
        case UInt8(ascii: "{"): before == UInt8(ascii: "@")
        case UInt8(ascii: "%"):
          bytes[(index + 1)...].prefix(2).count(where: digits.contains) == 2
        default: byte <= 0x20 || byte == 0x7F || " ~^:?*[\\/".utf8.contains(byte)
        }
      name += isUnfit ? [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]] : [byte]
    }
    // A reference's name is text to us, and what stands between slashes has to stay so.
    if let text = String(validating: name, as: UTF8.self), "/\(text)/".first == "/", "/\(text)/".last == "/" {
      return text
    }
    return String(
      decoding: name.flatMap { $0 < 0x80 ? [$0] : [0x25, digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
      as: UTF8.self)
  }

  /// Whether a ledger is one of this clone's worktrees'; another clone's has that clone's name before it.
  public static func isLocal(_ reference: String) -> Bool {
    reference.hasPrefix(prefix) && !reference.utf8.dropFirst(prefix.utf8.count).contains(UInt8(ascii: "/"))
  }

  /// Whether a name below `prefix` can be that of another clone's ledger: 16 hexadecimal digits and one component more.
  /// With any other, a reference could stand in the way of a ledger here.
  public static func isOfClone(_ name: some StringProtocol) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && isCloneName(String(parts[0])) && !parts[1].isEmpty
  }

  /// Whether a text is a clone's name: 16 hexadecimal digits, lower case.
  public static func isCloneName(_ text: String) -> Bool {
    text.utf8.count == 16
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }

  /// What an entry calls its worktree: the clone's name, where it has one, and the ledger's.
  public static func name(of reference: String, clone: String?) -> String {
    (clone.map { $0 + "/" } ?? "") + reference.dropFirst(prefix.count)
  }

  /// The entry before one, by its parents and its number: the first parent, but for the first entry, which has
  /// none before it.
  static func previous(among parents: [ObjectID], sequence: Int) -> ObjectID? {
    sequence > 1 ? parents.first : nil
  }
}
