/// The commands in what people read, as they work where they are read: `./step.sh` and `./llmos` only where ours are at
/// hand, else `llmos-hook` itself.
public struct ScriptWords: Hashable, Sendable {
  /// Whether `./step.sh` is at hand.
  public var hasStep: Bool
  /// Whether `./llmos` is at hand.
  public var hasLlmos: Bool

  /// What is at hand.
  public init(hasStep: Bool, hasLlmos: Bool) {
    (self.hasStep, self.hasLlmos) = (hasStep, hasLlmos)
  }

  /// A text with commands that work.
  public func adapted(_ text: String) -> String {
    var text = text
    if !hasStep {
      text = Self.replacing("./step.sh \"", with: "llmos-hook step -m \"", in: text)
      text = Self.replacing("./step.sh", with: "llmos-hook step", in: text)
    }
    return hasLlmos ? text : Self.replacing("./llmos", with: "llmos-hook", in: text)
  }

  /// A refusal with commands that work.
  public func adapted(_ refusal: Refusal) -> Refusal {
    var refusal = refusal
    refusal.remedy = refusal.remedy.map(adapted)
    return refusal
  }

  private static func replacing(_ part: String, with other: String, in text: String) -> String {
    let (bytes, part) = (Array(text.utf8), Array(part.utf8))
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index...].starts(with: part) {
        result += Array(other.utf8)
        index += part.count
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
