import Core
import Shell

/// Which files a program writes, as its arguments name them.
enum WritingPrograms {
  /// A file that is written.
  struct Written: Hashable {
    var word: Word
    var change: EditRules.Change
    /// `rm -f`: it need not be there. `touch`: it may be.
    var isForced = false
    /// Whether directories are removed too.
    var isRecursive = false
    /// The name that it gets where the word is a directory (`cp FILE DIRECTORY`).
    var name: String?
  }

  /// What a program writes, with its redirections.
  static func written(by invocation: Invocation) -> [Written] {
    invocation.outputs.map { Written(word: $0, change: .edits) } + arguments(of: invocation)
  }

  private static func edits(_ words: [Word]) -> [Written] { words.map { Written(word: $0, change: .edits) } }

  private static func arguments(of invocation: Invocation) -> [Written] {
    let options = CommandOptions(invocation.arguments)
    let name = invocation.program
    switch name {
    case "rm", "unlink", "shred", "rmdir", "srm", "trash", "trash-put", "grm":
      let isForced =
        options.has("f", "--force") || options.has("r", "--recursive") || options.has("R", "--recursive")
      return options.operands.map {
        Written(
          word: $0, change: name == "rmdir" ? .touches : .removes, isForced: isForced,
          isRecursive: options.has("r", "--recursive") || options.has("R", "--recursive")
            || name.hasPrefix("trash"))
      }
    case "mv", "gmv":
      let sources =
        options.value("t", "--target-directory") == nil
        ? Array(options.operands.dropLast()) : options.operands
      return copies(options) + sources.map { Written(word: $0, change: .removes, isRecursive: true) }
    case "cp", "install", "rsync", "scp", "gcp", "ditto", "ginstall", "ln":
      if name == "install", options.has("d", "--directory") { return [] }
      if name == "rsync", options.has("n", "--dry-run") { return [] }
      return copies(options)
    case "tee", "sponge", "truncate", "gtruncate", "mkfifo", "mknod":
      return edits(options.operands(valued: name == "truncate" ? "sr" : "m"))
    case "touch", "gtouch":
      return options.operands(valued: "drt").map { Written(word: $0, change: .edits, isForced: true) }
    case "chmod", "gchmod": return modes(invocation.arguments)
    case "chown", "chgrp", "chattr", "setfacl", "setfattr":
      return options.operands.dropFirst().map { Written(word: $0, change: .touches) }
    case "mkdir": return options.operands(valued: "m").map { Written(word: $0, change: .touches) }
    case "dd": return edits(invocation.arguments.compactMap { $0.dropping("of=") })
    case "find": return found(invocation.arguments)
    default: return edited(by: name, options, invocation)
    }
  }

  /// Programs that change the files they are given, mostly by an option.
  private static func edited(by name: String, _ options: CommandOptions, _ invocation: Invocation)
    -> [Written]
  {
    switch name {
    case "sed", "gsed":
      let script = options.value("e", "--expression")?.text ?? options.operands.first?.text ?? ""
      let written = edits(writtenBySed(script).map { Word(stringLiteral: $0) })
      guard options.has("i", "--in-place") || options.hasPrefix("-i") else { return written }
      let hasScript = options.value("e", "--expression") != nil || options.value("f", "--file") != nil
      var files = options.operands(valued: "efl")
      // BSD's `-i ''`.
      if files.first?.text == "" { files.removeFirst() }
      return written + edits(Array(files.dropFirst(hasScript ? 0 : 1)))
    case "perl", "ruby":
      guard options.hasInPlace else { return [] }
      return edits(options.operands(valued: "eEIMm"))
    case "awk", "gawk":
      guard invocation.arguments.contains(where: { $0.text == "inplace" || $0.text == "-iinplace" }) else {
        return []
      }
      return edits(Array(options.operands(valued: "iFvf").dropFirst()))
    case "yq", "sd", "rpl", "crudini", "dos2unix", "unix2dos", "ed", "ex", "vim", "vi", "nvim", "emacs",
      "nano", "red":
      return inPlace(name, options)
    case "openssl":
      return edits(
        invocation.arguments.indices.dropLast().filter {
          ["-out", "-keyout", "-certout", "-signature_out"].contains(options.texts[$0])
        }.map { invocation.arguments[$0 + 1] })
    case "sort", "iconv", "pandoc", "gpg", "xmllint", "protoc", "dot", "msgfmt", "shuf":
      return edits([options.value("o", "--output")].compactMap { $0 })
    case "curl", "wget", "aria2c", "http", "https", "xh", "gh-dl":
      return downloaded(name, options, invocation)
    case "patch": return patched(options, invocation)
    case "apply_patch", "applypatch":
      let text = (invocation.arguments.map(\.text) + [invocation.input?.text].compactMap { $0 }).joined(
        separator: "\n")
      let paths = PatchText.paths(in: text)
      return paths.isEmpty
        ? [Written(word: ".", change: .fills)] : edits(paths.map { Word(stringLiteral: $0) })
    case "tar", "bsdtar", "gtar", "unzip", "7z", "cpio", "pax", "jar", "bunzip2", "gunzip", "unxz", "gzip",
      "xz", "bzip2":
      return unpacked(name, options, invocation.arguments)
    case "split", "csplit", "xxd", "uniq":
      return name == "split" || name == "csplit" || options.operands.count < 2
        ? [] : edits([options.operands[1]])
    default: return formatted(name, options, invocation.arguments)
    }
  }

  // MARK: Copies and modes

  private static func copies(_ options: CommandOptions) -> [Written] {
    let valued = "tSmgo"
    let operands = options.operands(valued: valued)
    if let target = options.value("t", "--target-directory") {
      return operands.map { Written(word: target, change: .edits, name: lastName($0)) }
    }
    guard operands.count > 1, let target = operands.last else { return [] }
    // A remote place of scp and rsync.
    if target.text.contains(":"), !target.text.hasPrefix("/"), !target.text.hasPrefix(".") { return [] }
    return operands.dropLast().map { Written(word: target, change: .edits, name: lastName($0)) }
  }

  private static func lastName(_ word: Word) -> String? {
    guard word.isKnown, !word.isPattern else { return nil }
    return word.text.split(separator: "/").last.map(String.init)
  }

  /// chmod: a mode that leaves the owner reading and running takes nothing away.
  private static func modes(_ arguments: [Word]) -> [Written] {
    var words = arguments.filter {
      !$0.text.hasPrefix("-") || $0.text.dropFirst().allSatisfy { "rwxXst".contains($0) }
    }
    guard let mode = words.first?.text else { return [] }
    words.removeFirst()
    if let number = Int(mode, radix: 8) {
      if number & 0o500 == 0o500 { return [] }
    } else if mode.split(separator: ",").allSatisfy({
      $0.contains("+") || ($0.contains("=") && $0.contains("x"))
    }) {
      return []
    }
    return words.map { Written(word: $0, change: .touches) }
  }

  /// `find … -delete`.
  private static func found(_ arguments: [Word]) -> [Written] {
    guard arguments.contains(where: { $0.text == "-delete" }) else { return [] }
    return FindLine.places(arguments).map {
      Written(word: $0, change: .removes, isForced: true, isRecursive: true)
    }
  }

  /// `w FILE` in a script of sed.
  private static func writtenBySed(_ script: String) -> [String] {
    script.split(whereSeparator: { $0 == "\n" || $0 == ";" }).compactMap { command in
      guard let at = command.firstRange(of: "w ") else { return nil }
      let before = command[..<at.lowerBound]
      guard
        before.allSatisfy({ $0.isNumber || "$,/ ".contains($0) }) || before.hasSuffix("/")
          || before.hasSuffix("/g")
      else { return nil }
      return String(command[at.upperBound...])
    }
  }

  private static func inPlace(_ name: String, _ options: CommandOptions) -> [Written] {
    switch name {
    case "yq":
      guard
        options.has("i", "--inplace") || options.has("i", "--in-place") || options.has("y", "--in-place-yaml")
      else { return [] }
      let operands = options.operands
      return edits(
        Array(
          operands.first?.text == "eval" || operands.first?.text == "e"
            ? operands.dropFirst(2) : operands.dropFirst()))
    case "sd", "rpl": return edits(Array(options.operands.dropFirst(2)))
    case "crudini":
      return options.texts.contains("--set") || options.texts.contains("--del")
        ? edits(Array(options.operands.prefix(1))) : []
    case "vim", "vi", "nvim", "ex", "emacs":
      // To look at a file writes nothing.
      if name != "emacs", options.has("R", "--readonly") || options.has("M", "--readonly") { return [] }
      // `+COMMAND` and the values of options are no files.
      return edits(
        options.operands(valued: "cSuTW", long: ["--cmd", "--eval", "--load", "-l", "-f"]).filter {
          !$0.text.hasPrefix("+")
        })
    case "nano" where options.has("v", "--view"): return []
    default: return edits(options.operands(valued: "p"))
    }
  }

  // MARK: Downloads, patches and archives

  private static func downloaded(_ name: String, _ options: CommandOptions, _ invocation: Invocation)
    -> [Written]
  {
    let output =
      name == "wget"
      ? options.value("O", "--output-document", behind: "qvdbcNSrlkKmpHLEhVxF46n")
      : options.value("o", "--output", behind: "sSfLkgijnNqvaGIlMOJRZ#0123467")
    if let output, output.text != "-" {
      guard let directory = options.value("d", "--output-dir") ?? options.value("P", "--directory-prefix"),
        !output.text.hasPrefix("/"), name == "curl" || name == "aria2c"
      else { return edits([output]) }
      return edits([Word(raw: directory.raw + "/" + output.raw)])
    }
    guard name == "curl" ? options.has("O", "--remote-name") : name == "wget" && output == nil else {
      return []
    }
    if options.texts.contains("--spider") { return [] }
    let directory =
      name == "curl" ? options.value("d", "--output-dir") : options.value("P", "--directory-prefix")
    let base = directory.map { $0.raw + "/" } ?? ""
    let names = options.operands.compactMap { $0.text.contains("://") ? lastName($0) : nil }
    return edits(names.map { Word(raw: base + $0) })
  }

  private static func patched(_ options: CommandOptions, _ invocation: Invocation) -> [Written] {
    if options.texts.contains("--dry-run") || options.has("v", "--version") { return [] }
    if let file = options.operands(valued: "dipzDFYorB").first { return edits([file]) }
    let strip = options.value("p", "--strip").flatMap { Int($0.text) }
    let base = options.value("d", "--directory").map { $0.raw + "/" } ?? ""
    let paths = invocation.input.map { PatchText.diffPaths(in: $0.text, strip: strip ?? 1) } ?? []
    if paths.isEmpty { return [Written(word: Word(raw: base.isEmpty ? "." : base), change: .fills)] }
    return edits(paths.map { Word(raw: base + $0) })
  }

  private static func unpacked(_ name: String, _ options: CommandOptions, _ arguments: [Word]) -> [Written] {
    let texts = arguments.map(\.text)
    let fills = { (word: Word?) in [Written(word: word ?? ".", change: .fills)] }
    switch name {
    case "tar", "bsdtar", "gtar":
      let first = texts.first ?? ""
      let letters =
        texts.filter { $0.hasPrefix("-") && !$0.hasPrefix("--") }.joined()
        + (first.hasPrefix("-") ? "" : first)
      let extracts = letters.contains("x") || texts.contains("--extract") || texts.contains("--get")
      if letters.contains("O") || texts.contains("--to-stdout") { return [] }
      let archive = options.value("f", "--file") ?? (first.hasPrefix("-") ? nil : arguments.dropFirst().first)
      if !extracts {
        return letters.contains("c") || letters.contains("r")
          ? edits([archive].compactMap { $0?.text == "-" ? nil : $0 }) : []
      }
      let base = options.value("C", "--directory")
      // Members that are named, behind the archive.
      let members = options.operands(valued: "fCTX").filter { $0 != archive && $0.text != first }
      if members.isEmpty { return fills(base) }
      return edits(members.map { Word(raw: (base.map { $0.raw + "/" } ?? "") + $0.raw) })
    case "unzip":
      if options.has("l", "--list") || options.has("t", "--test") || options.has("p", "--pipe")
        || options.has("Z", "-Z")
      {
        return []
      }
      let base = options.value("d", "--dir")
      let members = options.operands(valued: "dx").dropFirst()
      if members.isEmpty { return fills(base) }
      return edits(members.map { Word(raw: (base.map { $0.raw + "/" } ?? "") + $0.raw) })
    case "7z":
      return texts.first == "x" || texts.first == "e"
        ? fills(arguments.compactMap { $0.dropping("-o") }.first) : []
    case "cpio", "pax", "jar":
      return options.has("i", "--extract") || texts.first?.contains("x") == true ? fills(nil) : []
    default:
      // The compressors replace the file that they are given.
      return options.has("c", "--stdout") || options.has("k", "--keep") || options.has("t", "--test")
        || options.has("l", "--list")
        ? [] : options.operands.map { Written(word: $0, change: .removes) }
    }
  }

  // MARK: Formatters

  /// Formatters and fixers, where their options say that they write.
  private static func formatted(_ name: String, _ options: CommandOptions, _ arguments: [Word]) -> [Written] {
    let texts = arguments.map(\.text)
    let has = { (names: String...) in names.contains { texts.contains($0) } }
    let files = { (operands: ArraySlice<Word>) -> [Written] in
      (operands.isEmpty ? ["."] : Array(operands)).map {
        Written(word: $0, change: $0.isPattern ? .edits : .fills)
      }
    }
    switch name {
    case "prettier": return has("--write", "-w") ? files(options.operands[...]) : []
    case "eslint", "stylelint", "biome", "rubocop", "golangci-lint", "oxlint", "standard", "swiftlint",
      "ktlint":
      guard has("--fix", "--write", "-a", "-A", "--autocorrect", "--fix-dangerously", "-F", "--apply") else {
        return []
      }
      return files(options.operands.drop { ["check", "lint", "format", "run"].contains($0.text) })
    case "black", "isort", "docformatter", "pyupgrade":
      if has("--check", "--diff", "--version", "-c", "--check-only", "--help", "-") { return [] }
      return options.operands.isEmpty ? [] : files(options.operands[...])
    case "autopep8", "yapf", "clang-format", "swift-format", "gofmt", "goimports", "gofumpt", "shfmt", "buf":
      guard has("-i", "-w", "--in-place", "--write") || options.hasPrefix("-i") else { return [] }
      return files(options.operands.drop { $0.text == "format" })
    case "ruff":
      let verb = texts.first
      if verb == "format", !has("--check", "--diff") { return files(options.operands.dropFirst()) }
      return verb == "check" && has("--fix", "--unsafe-fixes") ? files(options.operands.dropFirst()) : []
    case "cargo", "go", "terraform", "tofu", "mix", "dart", "zig", "deno", "dotnet":
      guard options.operands.first?.text == "fmt" || options.operands.first?.text == "format" else {
        return []
      }
      return has("--check", "--dry-run", "-n", "--check-formatted", "-check", "--verify-no-changes")
        ? [] : files([])
    case "rustfmt": return has("--check") ? [] : files(options.operands[...])
    default: return []
    }
  }
}
