import Shell

/// Programs that write the files which some of their options or operands name, whatever else they do.
enum WrittenByOption {
  /// Options of a program whose value is a file that it writes.
  private static let options: [String: [String]] = [
    "sort": ["-o", "--output"], "shuf": ["-o", "--output"], "iconv": ["-o", "--output"],
    "pandoc": ["-o", "--output"], "gpg": ["-o", "--output"], "xmllint": ["-o", "--output"], "protoc": ["-o"],
    "dot": ["-o"], "msgfmt": ["-o", "--output-file"], "zstd": ["-o"], "age": ["-o", "--output"],
    "openssl": ["-out", "-keyout", "-certout", "-signature_out"], "csplit": ["-f", "--prefix"],
    "cpio": ["-D", "--directory", "-F", "-O"], "patch": ["-o", "--output", "-r", "--reject-file"],
    "wget": ["-o", "-a", "--output-file", "--append-output", "--save-cookies"],
    "curl": [
      "-D", "--dump-header", "-c", "--cookie-jar", "--trace", "--trace-ascii", "--stderr", "--etag-save",
      "--hsts", "--libcurl",
    ],
    "ssh-keygen": ["-f"], "pg_dump": ["-f", "--file"], "mysqldump": ["-r", "--result-file"],
  ]

  /// The same of compilers and tests. What they make is a product and no edit: only what is protected matters.
  private static let products: [String: [String]] = [
    "gcc": ["-o"], "cc": ["-o"], "g++": ["-o"], "c++": ["-o"], "clang": ["-o"], "clang++": ["-o"],
    "ld": ["-o"], "as": ["-o"], "rustc": ["-o"], "strip": ["-o"], "swiftc": ["-o"], "ghc": ["-o"],
    "go": ["-o", "-coverprofile", "-cpuprofile", "-memprofile"], "tsc": ["--outFile", "--outDir"],
    "cargo": ["--target-dir"], "esbuild": ["--outfile", "--outdir"], "rollup": ["-o", "--file"],
    "javac": ["-d"], "pytest": ["--junitxml", "--junit-xml"], "terraform": ["-out"], "helm": ["--output-dir"],
    "jupyter": ["--output"],
  ]

  /// Programs whose last operand is a file that they write, where there are so many, and their options with a value.
  private static let lastOperands: [String: (count: Int, valued: String)] = [
    "ffmpeg": (1, "itf"), "convert": (2, ""), "magick": (2, ""), "objcopy": (1, "OIFBjRNKLW"),
    "uniq": (2, "fsw"),
    "xxd": (2, "cglosnR"), "link": (2, ""), "sftp": (2, "PiobBcDFlRsS"), "split": (2, "abClnt"),
    "cwebp": (2, "q"),
    "rsvg-convert": (2, "fwhxyz"), "pdftotext": (2, "flr"),
  ]

  static func written(by name: String, _ options: CommandOptions) -> [WritingPrograms.Written] {
    var words: [Word] = []
    for option in Self.options[name] ?? [] { words += options.values(of: option) }
    if let (count, valued) = lastOperands[name] {
      let operands = options.operands(valued: valued)
      if operands.count >= count, let last = operands.last { words.append(last) }
    }
    let products = (Self.products[name] ?? []).flatMap { options.values(of: $0) }
    return products.map { WritingPrograms.Written(word: $0, change: .touches) }
      + words.filter { $0.text != "-" && !$0.text.hasPrefix("/dev/") }.map { word in
        // `split` and `csplit` put letters behind the name.
        WritingPrograms.Written(
          word: name == "split" || name == "csplit" ? Word(raw: word.raw + "aa") : word, change: .edits)
      }
  }
}
