import Glibc

/// A POSIX extended regular expression (regex(7)): what `commits.message` is.
public struct RegularExpression: ~Copyable {
  private var compiled = regex_t()

  /// Compiles a pattern; nil when it is none. `^` and `$` match at each line.
  public init?(_ pattern: String) {
    guard regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) == 0 else { return nil }
  }

  deinit {
    var compiled = compiled
    regfree(&compiled)
  }

  /// Whether it matches somewhere in a text.
  public borrowing func matches(_ text: String) -> Bool {
    var compiled = compiled
    return regexec(&compiled, text, 0, nil, 0) == 0
  }
}
