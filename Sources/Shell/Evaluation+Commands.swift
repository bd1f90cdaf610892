/// Programs of another purpose that run a command when an option, an argument or their input says so.
extension Evaluation {
  /// Options whose value is a text for a shell.
  private static let commandOptions: [String: [String]] = [
    "tar": tarOptions, "gtar": tarOptions, "bsdtar": tarOptions, "rsync": ["-e", "--rsh"],
    "man": ["-P", "--pager"], "nodemon": ["-x", "--exec"], "cargo": ["-s", "--shell"], "rg": ["--pre"],
    "sort": ["--compress-program"], "split": ["--filter"], "ncat": ["-e", "-c", "--exec", "--sh-exec"],
    "nc": ["-e", "-c"], "xterm": ["-e"], "fzf": ["--preview"], "go": ["-exec", "-toolexec"],
    "hyperfine": ["-p", "--prepare", "-s", "--setup", "-c", "--cleanup"], "watchman-make": ["--run"],
    "zip": ["-TT", "--unzip-command"], "fish": ["--command", "--init-command"], "mutagen": ["--command"],
  ]

  private static let tarOptions = [
    "--to-command", "-I", "--use-compress-program", "--rsh-command", "-F", "--info-script",
    "--new-volume-script", "--checkpoint-action",
  ]

  /// How a command begins that a program of this name gives to a shell, in its arguments and its input.
  private static let escapes: [String: [String]] = [
    "sqlite3": [".shell ", ".system "], "gdb": ["shell ", "!"], "lldb": ["platform shell ", "shell "],
    "psql": ["\\! ", "\\!"], "mysql": ["system ", "\\! "], "mariadb": ["system ", "\\! "],
    "less": ["+!", "!"], "more": ["+!", "!"], "sftp": ["!"], "ftp": ["!"], "lftp": ["!"],
    "tclsh": ["exec "], "wish": ["exec "], "expect": ["spawn ", "exec "],
    "socat": ["EXEC:", "SYSTEM:", "exec:", "system:"],
    "osascript": ["do shell script \""],
  ]

  /// How a file is named that such a program writes.
  private static let writingEscapes: [String: [String]] = [
    "sqlite3": [".output ", ".once ", ".save ", ".backup "], "psql": ["\\o "],
    "socat": ["OPEN:", "CREATE:", "FILE:", "GOPEN:", "open:", "create:", "file:", "gopen:"],
  ]

  /// Follows what a program runs besides its own work.
  mutating func runCommands(of name: String, _ arguments: [String]) {
    for value in values(of: Self.commandOptions[name] ?? [], in: arguments) {
      runInside(value.hasPrefix("exec=") ? String(value.dropFirst(5)) : value)
    }
    let lines = { (input: String?) in (input ?? "").split(separator: "\n").map(String.init) }
    for (heads, writes) in [(Self.escapes[name], false), (Self.writingEscapes[name], true)] {
      guard let heads else { continue }
      for text in arguments + lines(input) {
        guard let head = heads.first(where: { text.hasPrefix($0) }) else { continue }
        let rest = text.dropFirst(head.count).prefix { !(head.hasSuffix("\"") && $0 == "\"") }
        if writes {
          emit([], outputs: [String(rest.prefix { $0 != "," })])
        } else {
          runInside(String(rest))
        }
      }
    }
    switch name {
    case "sed", "gsed": sed(arguments)
    case "make", "gmake", "bmake": make(arguments)
    case "concurrently": for word in arguments where !word.hasPrefix("-") { runInside(word) }
    case "tmux" where arguments.contains("send-keys") || arguments.contains("send"):
      for word in arguments { runInside(word) }
    case "screen" where arguments.contains("stuff"): if let word = arguments.last { runInside(word) }
    case "crontab" where arguments.contains("-"):
      for line in lines(input) where !line.hasPrefix("#") {
        let times = line.hasPrefix("@") ? 1 : 5
        if let command = line.split(separator: " ", maxSplits: times).dropFirst(times).first {
          runInside(String(command))
        }
      }
    case "gh" where arguments.starts(with: ["alias", "set"]):
      for word in arguments.dropFirst(2) {
        runInside(word.hasPrefix("!") ? String(word.dropFirst()) : "gh " + word)
      }
      if arguments.contains("--shell") || arguments.contains("-s"), let last = arguments.last {
        runInside(last)
      }
    case "emacs", "emacsclient":
      for text in values(of: ["--eval", "-e", "-eval", "--execute"], in: arguments) { lisp(text) }
    case "pwsh", "powershell":
      for text in values(of: ["-c", "-Command", "-command"], in: arguments) { runInside(text) }
    default: break
    }
  }

  /// Follows a text that may be no command at all.
  private mutating func runInside(_ text: String) {
    _ = inSubshell { $0.with(input: nil) { $0.runIfReadable(text) } }
  }

  /// The values of options: the next word, or what stands behind the option in its own.
  func values(of options: [String], in words: [String]) -> [String] {
    var found: [String] = []
    for (index, word) in words.enumerated() {
      for option in options {
        if word == option {
          if index + 1 < words.count { found.append(words[index + 1]) }
        } else if word.hasPrefix(option + "=") {
          found.append(String(word.dropFirst(option.count + 1)))
        } else if option.utf8.count == 2, word.hasPrefix(option) {
          found.append(String(word.dropFirst(2)))
        }
      }
    }
    return found
  }

  /// `e COMMAND`, `w FILE`, `s/…/…/e` and `s/…/…/w FILE`.
  private mutating func sed(_ arguments: [String]) {
    var scripts = values(of: ["-e", "--expression"], in: arguments)
    scripts += arguments.indices.dropLast().filter {
      isShort(arguments[$0], "e") && arguments[$0].hasSuffix("e") && arguments[$0].count > 2
    }.map { arguments[$0 + 1] }
    for file in values(of: ["-f", "--file"], in: arguments) {
      if let text = file == "-" || file == "/dev/stdin" ? input : absolute(file).flatMap({ files[$0] }) {
        scripts.append(text)
      }
    }
    if scripts.isEmpty, let first = arguments.first(where: { !$0.hasPrefix("-") }) { scripts = [first] }
    for script in scripts where script.utf8.contains(where: { "weW".utf8.contains($0) }) {
      let script = SedScript(Mark.plain(script))
      for file in script.files where file.first != "/" || !file.hasPrefix("/dev/") {
        emit([], outputs: [file])
      }
      for command in script.commands { runInside(command.replacing("&", with: input ?? Self.unknown)) }
    }
  }

  /// The recipes of a makefile that the line has: on stdin, in a file that it wrote, or behind `--eval`.
  private mutating func make(_ arguments: [String]) {
    var texts = values(of: ["--eval"], in: arguments)
    let given = values(of: ["-f", "--file", "--makefile"], in: arguments)
    for file in given.isEmpty ? ["Makefile", "makefile", "GNUmakefile"] : given {
      if let text = file == "-" || file == "/dev/stdin" ? input : absolute(file).flatMap({ files[$0] }) {
        texts.append(text)
      }
    }
    for line in texts.flatMap({ $0.split(separator: "\n") }).prefix(200) {
      // `target: ; recipe`, or a line that begins with a tab.
      let recipe = line.hasPrefix("\t") ? line.dropFirst() : line.drop { $0 != ";" }.dropFirst()
      runInside(String(recipe.drop { "@-+ \t".contains($0) }).replacing("$$", with: "$"))
    }
  }

  /// The calls of a program in Lisp that run commands and write files, where they are given as plain text.
  private mutating func lisp(_ text: String) {
    let runs = [
      "shell-command", "shell-command-to-string", "async-shell-command", "call-process-shell-command",
    ]
    let writes = [
      "write-file", "append-to-file", "write-region", "delete-file", "rename-file", "delete-directory",
    ]
    for call in text.split(separator: "(") {
      let name = String(call.prefix { $0 != " " })
      guard runs.contains(name) || writes.contains(name) else { continue }
      for (index, part) in call.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      where index % 2 == 1 {
        if runs.contains(name) { runInside(String(part)) } else { emit([], outputs: [String(part)]) }
      }
    }
  }
}
