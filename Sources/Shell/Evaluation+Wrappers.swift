/// Programs that run the command in their arguments.
extension Evaluation {
  /// How a wrapper's own arguments end and the command begins.
  private struct Wrapper {
    /// Short options with a value.
    var valued = ""
    /// Long options whose value is a word of its own.
    var long: [String] = []
    /// Operands before the command.
    var operands = 0
    /// Options whose value is a text for a shell.
    var texts: [String] = []
    /// Whether the arguments make one text for a shell.
    var joins = false
    /// The words of which one must come first (`poetry run`); empty where the command follows at once.
    var verbs: [String] = []
    /// Options whose value is a file that gets written.
    var files: [String] = []
    /// Whether the operand before the command is such a file.
    var writesOperand = false
    /// Whether `NAME=value` may stand before the command.
    var assigns = false
  }

  /// Any number of operands, up to `--` or a text.
  private static let any = 100

  private static let wrappers: [String: Wrapper] = [
    "sudo": Wrapper(
      valued: "ugCDhpRrTtU",
      long: ["--user", "--group", "--chdir", "--host", "--prompt", "--role", "--type", "--other-user"],
      assigns: true),
    "doas": Wrapper(valued: "uC"), "pkexec": Wrapper(long: ["--user"]), "run0": Wrapper(long: ["--user"]),
    "nohup": Wrapper(), "setsid": Wrapper(), "exec": Wrapper(valued: "a"), "builtin": Wrapper(),
    "time": Wrapper(valued: "fo", long: ["--format", "--output"], files: ["-o", "--output"]),
    "gtime": Wrapper(valued: "fo", files: ["-o", "--output"]),
    "chroot": Wrapper(operands: 1), "nsenter": Wrapper(valued: "tSG"), "ssh-agent": Wrapper(valued: "aEt"),
    "gpg-agent": Wrapper(), "dbus-launch": Wrapper(), "faketime": Wrapper(valued: "f", operands: 1),
    "logsave": Wrapper(operands: 1, writesOperand: true), "uvx": Wrapper(long: ["--from", "--with"]),
    "watchexec": Wrapper(
      valued: "wefiosdN", long: ["--watch", "--exts", "--filter", "--ignore", "--shell", "--debounce"],
      joins: true),
    "op": Wrapper(verbs: ["run"]), "doppler": Wrapper(valued: "pc", verbs: ["run"]),
    "infisical": Wrapper(verbs: ["run"]), "chamber": Wrapper(operands: 1, verbs: ["exec"]),
    "aws-vault": Wrapper(operands: 1, verbs: ["exec"]), "dotenv": Wrapper(valued: "f", verbs: ["run"]),
    "dotenvx": Wrapper(valued: "f", verbs: ["run"]), "pixi": Wrapper(valued: "e", verbs: ["run"]),
    "pipx": Wrapper(verbs: ["run"]), "tox": Wrapper(valued: "e", verbs: ["exec"]),
    "devbox": Wrapper(verbs: ["run"]), "rbenv": Wrapper(verbs: ["exec"]), "pyenv": Wrapper(verbs: ["exec"]),
    "nodenv": Wrapper(verbs: ["exec"]), "goenv": Wrapper(verbs: ["exec"]),
    "devenv": Wrapper(verbs: ["shell"]),
    "guix": Wrapper(operands: any), "just": Wrapper(verbs: ["--command"]),
    "nice": Wrapper(valued: "n"), "ionice": Wrapper(valued: "cnpPu"),
    "chrt": Wrapper(valued: "TPD", operands: 1),
    "taskset": Wrapper(operands: 1), "numactl": Wrapper(valued: "imNCp"), "prlimit": Wrapper(),
    "stdbuf": Wrapper(valued: "ioe"), "unbuffer": Wrapper(), "chronic": Wrapper(), "busybox": Wrapper(),
    "toybox": Wrapper(), "fakeroot": Wrapper(valued: "lsbu"), "dbus-run-session": Wrapper(),
    "xvfb-run": Wrapper(valued: "enpsfw"), "caffeinate": Wrapper(valued: "tw"),
    "proxychains": Wrapper(valued: "f"),
    "proxychains4": Wrapper(valued: "f"), "torsocks": Wrapper(), "rlwrap": Wrapper(valued: "bcfHpsS"),
    "linux64": Wrapper(), "setarch": Wrapper(operands: 1), "unshare": Wrapper(valued: "SG"),
    "firejail": Wrapper(),
    "catchsegv": Wrapper(), "cpulimit": Wrapper(valued: "lpe"), "entr": Wrapper(),
    "retry": Wrapper(valued: "dtm"),
    "systemd-run": Wrapper(valued: "puEtM", long: ["--unit", "--property", "--setenv"]),
    "systemd-inhibit": Wrapper(), "gdb": Wrapper(valued: "xp"), "valgrind": Wrapper(files: ["--log-file"]),
    "perf": Wrapper(verbs: ["stat", "record"]),
    "strace": Wrapper(valued: "eoEpsSaIPbuXU", files: ["-o"]),
    "ltrace": Wrapper(valued: "eonspulaFDS", files: ["-o"]),
    "timeout": Wrapper(valued: "ks", long: ["--kill-after", "--signal"], operands: 1),
    "gtimeout": Wrapper(valued: "ks", long: ["--kill-after", "--signal"], operands: 1),
    "flock": Wrapper(
      valued: "wE", long: ["--wait", "--timeout", "--conflict-exit-code"], operands: 1,
      texts: ["-c", "--command"]),
    "script": Wrapper(
      valued: "cETmoIOB", long: ["--log-io", "--log-out"], operands: 1, texts: ["-c", "--command"],
      files: ["-O", "--log-out", "-B", "--log-io"], writesOperand: true),
    "su": Wrapper(valued: "gGsw", operands: 1, texts: ["-c", "--command"]),
    "runuser": Wrapper(valued: "gGsuw", operands: 1, texts: ["-c", "--command"]),
    "sg": Wrapper(operands: 1, texts: ["-c"], joins: true), "watch": Wrapper(valued: "nq", joins: true),
    "hyperfine": Wrapper(valued: "wrmMpSN", long: ["--warmup", "--runs", "--prepare"], joins: true),
    "expect": Wrapper(texts: ["-c"]),
    "tmux": Wrapper(
      valued: "sntcxyF",
      verbs: ["new", "new-session", "split-window", "neww", "new-window", "run-shell", "run"]),
    "screen": Wrapper(valued: "SXceshTt"),
    "nix-shell": Wrapper(valued: "pAI", texts: ["--run", "--command"]),
    "nix": Wrapper(operands: any, texts: ["-c", "--command"]),
    "npx": Wrapper(valued: "p", texts: ["-c", "--call"]),
    "bunx": Wrapper(), "npm": Wrapper(texts: ["-c", "--call"], verbs: ["exec", "x"]),
    "pnpm": Wrapper(verbs: ["exec", "dlx"]),
    "yarn": Wrapper(verbs: ["exec", "dlx"]), "bundle": Wrapper(verbs: ["exec"]),
    "poetry": Wrapper(verbs: ["run"]),
    "pipenv": Wrapper(verbs: ["run"]), "pdm": Wrapper(verbs: ["run"]), "hatch": Wrapper(verbs: ["run"]),
    "rye": Wrapper(verbs: ["run"]),
    "uv": Wrapper(valued: "p", long: ["--with", "--python", "--directory", "--project"], verbs: ["run"]),
    "conda": Wrapper(valued: "np", verbs: ["run"]), "mamba": Wrapper(valued: "np", verbs: ["run"]),
    "mise": Wrapper(operands: any, verbs: ["exec", "x"]), "direnv": Wrapper(operands: 1, verbs: ["exec"]),
    "asdf": Wrapper(verbs: ["exec"]),
  ]

  /// Follows the command that a wrapper runs; nil when the program is none.
  mutating func wrapped(_ name: String, _ arguments: [String]) -> String? {
    if name == "command" {
      if let first = arguments.first, ["-v", "-V", "-pv"].contains(first) {
        return arguments.dropFirst().first.map { $0 + "\n" } ?? ""
      }
      return start(Array(arguments.drop { $0 == "-p" || $0 == "--" }))
    }
    guard let wrapper = Self.wrappers[name] else { return nil }
    var rest = arguments[...]
    var operands = wrapper.operands
    // `runuser -u NAME COMMAND`: the user is no operand then.
    if name == "runuser", arguments.contains(where: { $0 == "-u" || $0.hasPrefix("--user") }) { operands = 0 }
    if !wrapper.verbs.isEmpty {
      while let word = rest.first, word.hasPrefix("-"), !wrapper.verbs.contains(word) { rest.removeFirst() }
      // `dotenv -- COMMAND`.
      let isEnded = arguments.first == "--"
      guard let verb = isEnded ? wrapper.verbs.first : rest.popFirst(), wrapper.verbs.contains(verb) else {
        emit([name] + arguments)
        return Self.unknown
      }
    }
    let written = values(of: wrapper.files, in: arguments).filter { !$0.hasPrefix("/dev/") }
    if !written.isEmpty { emit([], outputs: written) }
    var output: String?
    let before = shell.variables
    let wasEmpty = shell.isEnvironmentEmpty
    defer {
      everywhere {
        $0.variables = before
        $0.isEnvironmentEmpty = wasEmpty
      }
    }
    if isLogin(name, arguments) { shell.isEnvironmentEmpty = true }
    while let word = rest.first {
      if word == "--" {
        rest.removeFirst()
        if operands == Self.any { operands = 0 }
        if operands == 0 { break }
      } else if let text = wrapper.texts.first(where: {
        word == $0 || word.hasPrefix($0 + "=") || isCluster(word, $0)
      }) {
        rest.removeFirst()
        let inline = word.hasPrefix(text + "=") ? String(word.dropFirst(text.count + 1)) : nil
        guard let value = inline ?? rest.popFirst() else { break }
        let line = value.hasPrefix("spawn ") ? String(value.dropFirst(6)) : value
        // `nix develop -c` takes words, the others one text.
        let words = name == "nix" ? [line] + rest : []
        output = inSubshell { words.isEmpty ? $0.run(text: line) : $0.start(words) }
        if name == "nix" { return output }
      } else if word.hasPrefix("-"), word.count > 1 {
        rest.removeFirst()
        let takesValue =
          word.hasPrefix("--")
          ? wrapper.long.contains(word) : word.last.map { wrapper.valued.contains($0) } ?? false
        if takesValue { _ = rest.popFirst() }
      } else if wrapper.assigns, let equals = word.firstIndex(of: "="), word[..<equals].isShellName {
        rest.removeFirst()
        shell.variables[String(word[..<equals])] = String(word[word.index(after: equals)...])
      } else if operands > 0 || word == "-" {
        if word != "-", operands != Self.any { operands -= 1 }
        if wrapper.writesOperand, !word.hasPrefix("/dev/") { emit([], outputs: [word]) }
        rest.removeFirst()
      } else {
        break
      }
    }
    // `su`, `script`: the command comes only as a text.
    if !wrapper.texts.isEmpty, output != nil || name == "su" { return output ?? "" }
    guard !rest.isEmpty else { return output ?? "" }
    if wrapper.joins {
      return inSubshell { $0.run(text: rest.joined(separator: name == "hyperfine" ? " ; " : " ")) }
    }
    if rest.count == 1, let only = rest.first, only.utf8.contains(0x20),
      ["tmux", "screen", "entr"].contains(name)
    {
      return inSubshell { $0.run(text: only) }
    }
    return start(Array(rest))
  }

  /// Whether a wrapper gives the command a fresh environment.
  private func isLogin(_ name: String, _ arguments: [String]) -> Bool {
    let own = arguments.prefix { $0.hasPrefix("-") }
    switch name {
    case "sudo": return own.contains { $0 == "--login" || isShort($0, "i") }
    case "su", "runuser": return arguments.contains { ["-", "-l", "--login"].contains($0) }
    case "exec": return own.contains { isShort($0, "c") }
    default: return false
    }
  }

  /// Whether short options end in one whose value is the next word (`-qc`).
  private func isCluster(_ word: String, _ option: String) -> Bool {
    option.count == 2 && word.hasPrefix("-") && !word.hasPrefix("--") && word.last == option.last
      && word.count < 7
  }

  // MARK: env

  /// `env [-i] [-u NAME] [-C DIR] [-S TEXT] [NAME=value…] COMMAND`.
  mutating func environment(_ arguments: [String]) -> String {
    let before = shell
    defer { (shell, others) = (before, []) }
    var rest = arguments[...]
    while let word = rest.first {
      rest.removeFirst()
      switch word {
      case "-i", "-", "--ignore-environment": shell.isEnvironmentEmpty = true
      case "-u", "--unset": if let name = rest.popFirst() { remove(name) }
      case "-C", "--chdir": if let target = rest.popFirst() { shell.directory = directory(target) }
      case "-S", "--split-string":
        let text = rest.popFirst() ?? ""
        return run(text: "env " + text + " " + rest.map(Mark.quoted).joined(separator: " "))
      case _ where word.hasPrefix("--unset="): remove(String(word.dropFirst(8)))
      case _ where word.hasPrefix("--chdir="): shell.directory = directory(String(word.dropFirst(8)))
      case _ where word.hasPrefix("--split-string="):
        return run(text: "env " + word.dropFirst(15) + " " + rest.map(Mark.quoted).joined(separator: " "))
      case _ where word.hasPrefix("-S"):
        return run(text: "env " + word.dropFirst(2) + " " + rest.map(Mark.quoted).joined(separator: " "))
      case _ where !word.hasPrefix("--") && word.hasSuffix("S"):
        if word.dropFirst().contains("i") { shell.isEnvironmentEmpty = true }
        let text = rest.popFirst() ?? ""
        return run(text: "env " + text + " " + rest.map(Mark.quoted).joined(separator: " "))
      case _ where word.hasPrefix("-u"): remove(String(word.dropFirst(2)))
      case _ where word.hasPrefix("-"):
        if word.dropFirst().contains("i"), !word.hasPrefix("--") { shell.isEnvironmentEmpty = true }
      default:
        if let equals = word.firstIndex(of: "="), word[..<equals].isShellName {
          shell.variables[String(word[..<equals])] = String(word[word.index(after: equals)...])
          shell.exported.insert(String(word[..<equals]))
        } else {
          return start([word] + rest)
        }
      }
    }
    emit(["env"])
    return Self.unknown
  }

  mutating func remove(_ name: String) {
    shell.variables[name] = nil
    shell.removed.insert(name)
  }

  // MARK: Lists of files

  /// `find … -exec COMMAND`: the command runs on what find finds.
  mutating func find(_ name: String, _ arguments: [String]) {
    let isFd = name != "find"
    let heads = ["-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"]
    let found = arguments.map(Word.init(raw:))
    let target = Mark.alternatives((isFd ? FindLine.places(ofFd: found) : FindLine.places(found)).map(\.raw))
    var rest = arguments[...]
    while let start = rest.firstIndex(where: { heads.contains($0) }) {
      let command = rest[(start + 1)...].prefix { $0 != ";" && $0 != "+" }
      rest = rest[(start + 1 + command.count)...]
      guard !command.isEmpty else { continue }
      var words = command.map { $0.replacing("{}", with: target) }
      // fd puts what it finds at the end.
      if isFd, words == Array(command) { words.append(target) }
      _ = inSubshell { $0.with(input: nil) { $0.start(words.flatMap { Mark.fields($0) }) } }
    }
  }

  /// What a program that lists files prints, as far as their place is known; nil for others.
  func listing(_ name: String, _ arguments: [String]) -> String? {
    let plain = arguments.filter { !$0.hasPrefix("-") }
    let some = { (paths: [String]) -> String in
      let places = paths.isEmpty ? ["."] : paths
      return places.map { Word(raw: $0).isPattern ? $0 : "\($0)/\(Mark.some)" }.joined(separator: "\n") + "\n"
    }
    switch name {
    case "find":
      return FindLine.places(arguments.map(Word.init(raw:))).map(\.raw).joined(separator: "\n") + "\n"
    case "fd", "fdfind":
      return FindLine.places(ofFd: arguments.map(Word.init(raw:))).map(\.raw).joined(separator: "\n") + "\n"
    case "grep", "egrep", "fgrep", "rg", "ag", "ack":
      guard arguments.contains(where: { $0 == "--files-with-matches" || isShort($0, "l") }) else {
        return nil
      }
      return some(Array(plain.dropFirst()))
    case "ls": return plain.isEmpty ? "./\(Mark.some)\n" : some(plain)
    default: return nil
    }
  }

  func isShort(_ word: String, _ option: Character) -> Bool {
    word.hasPrefix("-") && !word.hasPrefix("--") && word.contains(option)
  }

  /// xargs runs a command with what it reads.
  mutating func xargs(_ arguments: [String]) -> String {
    var rest = arguments[...]
    var input = self.input
    var placeholder: String?
    while let word = rest.first, word.hasPrefix("-"), word.count > 1 {
      rest.removeFirst()
      if word == "-I" || word == "-J" || word == "--replace" {
        placeholder = word == "--replace" ? "{}" : rest.popFirst()
      } else if word.hasPrefix("-I") {
        placeholder = String(word.dropFirst(2))
      } else if word == "-i" {
        placeholder = "{}"
      } else if word.hasPrefix("--replace=") {
        placeholder = String(word.dropFirst(10))
      } else if word == "-a" || word == "--arg-file", let file = rest.popFirst() {
        input = absolute(file).flatMap { files[$0] }
      } else if word == "--delimiter" || word == "--max-args" || word == "--max-procs" {
        _ = rest.popFirst()
      } else if word.count == 2, let letter = word.last, "dELnPs".contains(letter) {
        _ = rest.popFirst()
      }
    }
    guard !rest.isEmpty else { return input ?? Self.unknown }
    let read = input ?? Self.unknown
    let values = read.split {
      placeholder == nil ? $0 == " " || $0 == "\n" || $0 == "\0" : $0 == "\n" || $0 == "\0"
    }
    .map(String.init)
    let words: [String]
    if let placeholder {
      let value = values.count == 1 ? values[0] : values.isEmpty ? Self.unknown : Mark.alternatives(values)
      words = rest.flatMap { Mark.fields($0.replacing(placeholder, with: value)) }
    } else {
      words = Array(rest) + values.prefix(200)
    }
    return inSubshell { $0.with(input: nil) { $0.start(words) } }
  }

  /// GNU parallel: `parallel COMMAND ::: VALUES`, or a command for each line that it reads.
  mutating func parallel(_ arguments: [String]) {
    var rest = arguments[...]
    var input = self.input
    while let word = rest.first, word.hasPrefix("-") {
      rest.removeFirst()
      if word == "-a" || word == "--arg-file", let file = rest.popFirst() {
        input = absolute(file).flatMap { files[$0] }
        continue
      }
      let isLong = ["--jobs", "--max-procs", "--delay", "--timeout", "--colsep", "--max-args"]
        .contains(word)
      if isLong || word.count == 2 && word.last.map({ "jNnLdSPC".contains($0) }) == true {
        _ = rest.popFirst()
      }
    }
    let command = rest.prefix { !$0.hasPrefix(":::") }
    let given = rest.dropFirst(command.count).filter { !$0.hasPrefix(":::") }
    let values = given.isEmpty ? (input ?? Self.unknown).split(separator: "\n").map(String.init) : given
    let value = values.count == 1 ? values[0] : Mark.alternatives(values)
    _ = inSubshell { evaluation in
      evaluation.with(input: nil) {
        if command.isEmpty {
          for line in values.prefix(20) { $0.run(text: line) }
          return ""
        }
        let joined = command.joined(separator: " ")
        let text = joined.contains("{}") ? joined.replacing("{}", with: value) : joined + " " + value
        return $0.run(text: text)
      }
    }
  }
}
