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

  static func edits(_ words: [Word]) -> [Written] { words.map { Written(word: $0, change: .edits) } }

  private static func arguments(of invocation: Invocation) -> [Written] {
    let options = CommandOptions(invocation.arguments)
    let name = invocation.program
    return WrittenByOption.written(by: name, options) + operands(of: name, options, invocation)
  }

  private static func operands(of name: String, _ options: CommandOptions, _ invocation: Invocation)
    -> [Written]
  {
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
      if name == "install", options.has("d", "--directory") {
        return options.operands(valued: "mgo").map { Written(word: $0, change: .touches) }
      }
      // Through a hard link the file changes too.
      if name == "ln", !options.has("s", "--symbolic") {
        return copies(options) + options.operands.dropLast().map { Written(word: $0, change: .touches) }
      }
      if name == "rsync", options.has("n", "--dry-run") { return [] }
      return copies(options) + (name == "rsync" ? removed(byRsync: options) : [])
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
      guard options.has("i", "--in-place") || options.hasPrefix("-i") else { return [] }
      let hasScript = options.value("e", "--expression") != nil || options.value("f", "--file") != nil
      var files = options.operands(valued: "efl")
      // BSD's `-i ''`.
      if files.first?.text == "" { files.removeFirst() }
      return edits(Array(files.dropFirst(hasScript ? 0 : 1)))
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
    case "curl", "wget", "aria2c", "http", "https", "xh", "gh-dl":
      return downloaded(name, options, invocation)
    case "patch": return patched(options, invocation)
    case "apply_patch", "applypatch":
      let text = (invocation.arguments.map(\.text) + [invocation.input?.text].compactMap { $0 }).joined(
        separator: "\n")
      let paths = PatchText.paths(in: text)
      return paths.isEmpty
        ? [Written(word: ".", change: .fills)] : edits(paths.map { Word(stringLiteral: $0) })
    case "tar", "bsdtar", "gtar", "unzip", "zip", "7z", "7za", "7zz", "cpio", "pax", "jar", "bunzip2",
      "gunzip",
      "unxz", "gzip", "xz", "bzip2", "zstd":
      return unpacked(name, options, invocation.arguments)
    case "rename", "mmv", "prename", "perl-rename", "file-rename":
      return options.has("n", "--no-act")
        ? [] : options.operands.dropFirst(name == "mmv" ? 0 : 1).map { Written(word: $0, change: .removes) }
    case "fallocate", "xmlstarlet", "mount", "umount": return changed(name, options)
    case "remove-item", "Remove-Item", "ri", "del", "erase":
      return options.operands.map { Written(word: $0, change: .removes, isForced: true, isRecursive: true) }
    case "Set-Content", "Add-Content", "Out-File", "New-Item", "Clear-Content":
      return edits(Array(options.operands.prefix(1)))
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

  /// `rsync --delete` takes what is not at the source, `--remove-source-files` what is.
  private static func removed(byRsync options: CommandOptions) -> [Written] {
    let operands = options.operands(valued: "efB")
    guard operands.count > 1, let target = operands.last else { return [] }
    var words = options.texts.contains("--remove-source-files") ? Array(operands.dropLast()) : []
    if options.hasPrefix("--delete"), !target.text.contains(":") { words.append(target) }
    return words.map { Written(word: $0, change: .removes, isRecursive: true) }
  }

  private static func changed(_ name: String, _ options: CommandOptions) -> [Written] {
    switch name {
    case "fallocate": return edits(options.operands(valued: "lo"))
    case "xmlstarlet": return options.has("L", "--inplace") ? edits(options.operands.suffix(1)) : []
    default:
      // What is mounted over a place hides it.
      return options.operands(valued: "toL").suffix(name == "mount" && options.operands.count < 2 ? 0 : 1).map
      {
        Written(word: $0, change: .touches)
      }
    }
  }

  static func lastName(_ word: Word) -> String? {
    guard word.isKnown, !word.isPattern else { return nil }
    // Of `host:file` it is the file's.
    return word.text.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init)
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

  /// `find … -delete`, `-fprint FILE`.
  private static func found(_ arguments: [Word]) -> [Written] {
    let outputs = edits(FindLine.outputs(arguments))
    guard arguments.contains(where: { $0.text == "-delete" }) else { return outputs }
    return outputs
      + FindLine.places(arguments).map {
        Written(word: $0, change: .removes, isForced: true, isRecursive: true)
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
