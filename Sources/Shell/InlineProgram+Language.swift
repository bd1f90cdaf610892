extension InlineProgram {
  /// A language by how its programs are written.
  enum Language {
    case python, javascript, ruby, perl, php, awk

    init?(program name: String) {
      switch name.prefix(while: { !$0.isNumber && $0 != "." }) {
      case "python", "pypy", "ipython": self = .python
      case "node", "deno", "bun", "nodejs", "tsx", "ts-node": self = .javascript
      case "ruby", "jruby": self = .ruby
      case "perl": self = .perl
      case "php": self = .php
      case "awk", "gawk", "mawk", "nawk": self = .awk
      default: return nil
      }
    }

    /// Whether an option has the program's text as its value.
    func takesText(_ option: String) -> Bool {
      switch self {
      case .python: option.hasPrefix("-") && !option.hasPrefix("--") && option.hasSuffix("c")
      case .javascript: ["-e", "--eval", "-p", "--print", "eval", "-pe"].contains(option)
      case .ruby, .perl:
        option.hasPrefix("-") && !option.hasPrefix("--")
          && (option.hasSuffix("e") || (self == .perl && option.hasSuffix("E"))) && option.count < 8
      case .php: option == "-r"
      case .awk: false
      }
    }

    /// Whether an option has another value.
    func takesValue(_ option: String) -> Bool {
      switch self {
      case .python: ["-W", "-X"].contains(option)
      case .javascript: ["-r", "--require", "--import"].contains(option)
      case .awk: ["-F", "-v", "-i"].contains(option)
      case .ruby, .perl: option == "-I"
      case .php: false
      }
    }
  }
}
