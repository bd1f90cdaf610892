import Core

/// Times as people say them.
enum ReportTime {
  /// `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`, `40 d`.
  static func text(_ seconds: Int64) -> String {
    let seconds = max(0, seconds)
    func two(_ large: Int64, _ unit: String, _ small: Int64, _ part: String) -> String {
      "\(large) \(unit)" + (small == 0 ? "" : " \(small) \(part)")
    }
    return switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min"
    case ..<86_400: two(seconds / 3600, "h", seconds / 60 % 60, "min")
    case ..<(30 * 86_400): two(seconds / 86_400, "d", seconds / 3600 % 24, "h")
    default: "\(seconds / 86_400) d"
    }
  }

  /// `2026-01-05 14:03`, UTC.
  static func moment(_ seconds: Int64) -> String {
    let text = Timestamp.text(seconds)
    return text.prefix(10) + " " + text.dropFirst(11).prefix(5)
  }
}
