import Shell

/// Downloads, patches and archives.
extension WritingPrograms {
  static func downloaded(_ name: String, _ options: CommandOptions, _ invocation: Invocation)
    -> [Written]
  {
    if name == "curl", options.values(of: "-o").count > 1 { return edits(options.values(of: "-o")) }
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

  static func patched(_ options: CommandOptions, _ invocation: Invocation) -> [Written] {
    // With `-o` the original stays.
    if options.texts.contains("--dry-run") || options.has("v", "--version")
      || !options.values(of: "-o").isEmpty || !options.values(of: "--output").isEmpty
    {
      return []
    }
    if let file = options.operands(valued: "dipzDFYorB").first { return edits([file]) }
    let strip = options.value("p", "--strip").flatMap { Int($0.text) }
    let base = options.value("d", "--directory").map { $0.raw + "/" } ?? ""
    let paths = invocation.input.map { PatchText.diffPaths(in: $0.text, strip: strip ?? 1) } ?? []
    if paths.isEmpty { return [Written(word: Word(raw: base.isEmpty ? "." : base), change: .fills)] }
    return edits(paths.map { Word(raw: base + $0) })
  }

  static func unpacked(_ name: String, _ options: CommandOptions, _ arguments: [Word]) -> [Written] {
    let texts = arguments.map(\.text)
    let fills = { (word: Word?) in [Written(word: word ?? ".", change: .fills)] }
    switch name {
    case "tar", "bsdtar", "gtar":
      let first = texts.first ?? ""
      let letters =
        texts.filter { $0.hasPrefix("-") && !$0.hasPrefix("--") }.joined()
        + (first.hasPrefix("-") ? "" : first)
      let removed =
        texts.contains("--remove-files")
        ? options.operands(valued: "fCTXI").filter { $0 != options.value("f", "--file") }.map {
          Written(word: $0, change: .removes, isRecursive: true)
        } : []
      let extracts = letters.contains("x") || texts.contains("--extract") || texts.contains("--get")
      if letters.contains("O") || texts.contains("--to-stdout") { return [] }
      let archive = options.value("f", "--file") ?? (first.hasPrefix("-") ? nil : arguments.dropFirst().first)
      if !extracts {
        return removed
          + (letters.contains("c") || letters.contains("r")
            ? edits([archive].compactMap { $0?.text == "-" ? nil : $0 }) : [])
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
    case "zip":
      let archive = options.operands(valued: "bnti").first
      let moved =
        options.has("m", "--move")
        ? options.operands.dropFirst().map { Written(word: $0, change: .removes, isRecursive: true) } : []
      return edits([archive].compactMap { $0?.text == "-" ? nil : $0 }) + moved
    case "7z", "7za", "7zz":
      if ["a", "u", "d"].contains(texts.first), options.operands.count > 1 {
        return edits([options.operands[1]])
      }
      return texts.first == "x" || texts.first == "e"
        ? fills(arguments.compactMap { $0.dropping("-o") }.first) : []
    case "cpio":
      // `-D` and `-F` are judged by themselves.
      if options.has("p", "--pass-through") { return fills(options.operands(valued: "HDE").last) }
      return options.has("i", "--extract") && !options.has("t", "--list") && options.values(of: "-D").isEmpty
        && options.values(of: "--directory").isEmpty ? fills(nil) : []
    case "pax":
      guard options.has("r", "-r") else { return [] }
      return fills(options.has("w", "-w") ? options.operands(valued: "fs").last : nil)
    case "jar": return texts.first?.contains("x") == true ? fills(nil) : []
    case "zstd":
      return options.has("-", "--rm")
        ? options.operands(valued: "oTD").map { Written(word: $0, change: .removes) } : []
    default:
      // The compressors replace the file that they are given.
      return options.has("c", "--stdout") || options.has("k", "--keep") || options.has("t", "--test")
        || options.has("l", "--list")
        ? [] : options.operands.map { Written(word: $0, change: .removes) }
    }
  }
}
