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
}
