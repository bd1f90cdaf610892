import Glibc

/// What a terminal can show.
public enum Terminal {
  /// Its width in columns: what the terminal says (ioctl_tty(2)), else `COLUMNS`, else 80.
  public static func width(_ descriptor: Int32 = 1) -> Int {
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return System.environment("COLUMNS").flatMap { Int($0) }.flatMap { (20...1000).contains($0) ? $0 : nil }
      ?? 80
  }

  /// Its width where a descriptor is a terminal; nil for a pipe or a file, whose lines are never broken.
  public static func columns(_ descriptor: Int32 = 1) -> Int? {
    System.isTerminal(descriptor) ? width(descriptor) : nil
  }

  /// Whether it has to do with ASCII: a dumb one, or a locale of another encoding than UTF-8 (locale(7)).
  public static var isPlain: Bool {
    if System.environment("TERM") == "dumb" { return true }
    let names = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { System.environment($0) }.filter { !$0.isEmpty }
    guard let locale = names.first?.uppercased() else { return false }
    return !locale.contains("UTF-8") && !locale.contains("UTF8")
  }
}
