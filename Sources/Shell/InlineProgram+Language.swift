extension InlineProgram {
  /// A language by how its programs are written.
  enum Language {
    case python, javascript, ruby, perl, php, awk, lua, r, julia, elixir, groovy
    /// The commands of vim's `:call`.
    case vim

    /// Whether its functions need no module before them.
    var isFree: Bool {
      switch self {
      case .perl, .ruby, .php, .r, .julia, .vim: true
      default: false
      }
    }

    init?(program name: String) {
      switch name.prefix(while: { !$0.isNumber && $0 != "." }) {
      case "python", "pypy", "ipython": self = .python
      case "node", "deno", "bun", "nodejs", "tsx", "ts-node": self = .javascript
      case "ruby", "jruby": self = .ruby
      case "perl": self = .perl
      case "php": self = .php
      case "awk", "gawk", "mawk", "nawk": self = .awk
      case "lua", "luajit", "texlua": self = .lua
      case "Rscript", "R", "littler": self = .r
      case "julia": self = .julia
      case "elixir": self = .elixir
      case "groovy": self = .groovy
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
      case .awk, .vim: false
      case .lua, .r, .julia, .elixir, .groovy: ["-e", "--eval", "-E"].contains(option)
      }
    }

    /// Whether an option has another value.
    func takesValue(_ option: String) -> Bool {
      switch self {
      case .python: ["-W", "-X"].contains(option)
      case .javascript: ["-r", "--require", "--import"].contains(option)
      case .awk: ["-F", "-v", "-i"].contains(option)
      case .ruby, .perl: option == "-I"
      case .lua: option == "-l"
      case .php, .r, .julia, .elixir, .groovy, .vim: false
      }
    }
  }
}
