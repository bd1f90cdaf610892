/// When a grant ends, as people write it.
public enum GrantTime {
  /// Seconds since 1970 of `8h`, `3d`, `90m`, `2026-12-31` (its first moment, UTC) or `2026-12-31T18:00:00Z`.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Throws: `Refusal` (64) for what is no time, or over.
  public static func seconds(_ text: String, now: Int64) throws(Refusal) -> Int64 {
    guard let seconds = span(text).map({ now + $0 }) ?? moment(text) else {
      throw Refusal(
        .usage, "\(text) is no time",
        remedy: "--until 8h, --until 3d, --until 2026-12-31, or 2026-12-31T18:00:00Z")
    }
    guard seconds > now else {
      throw Refusal(.usage, "\(text) is over", remedy: "--until 8h, or another time to come")
    }
    return seconds
  }

  private static func span(_ text: String) -> Int64? {
    let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard let last = text.last, let unit = units[last], let count = Int64(text.dropLast()),
      (1...100_000).contains(count), text.utf8.dropLast().allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return count * unit
  }

  private static func moment(_ text: String) -> Int64? {
    let whole = text.utf8.count == 10 ? text + "T00:00:00Z" : text
    // What is no day of any month would be another one.
    return Timestamp.seconds(whole).flatMap { Timestamp.text($0) == whole ? $0 : nil }
  }
}
