import Testing

@testable import Shell

/// What a script of sed writes and runs besides its output.
@Suite struct SedScriptTests {
  @Test(arguments: [
    ("w out", ["out"]), ("/x/w out", ["out"]), ("1,$w out\np", ["out"]), ("s/a/b/w out", ["out"]),
    ("s|a/b|c|gw out\nw other", ["out", "other"]), ("/x/{w out\n}", ["out"]), ("$!{p;W out\n}", ["out"]),
    ("\\,a,w out", ["out"]),
  ]) func files(script: String, expected: [String]) {
    #expect(SedScript(script).files == expected, "\(script)")
  }

  @Test(arguments: [
    ("e date", ["date"]), ("1e date", ["date"]), ("s/.*/date/e", ["date"]), ("s/x/&/e;s/a/b/", ["&"]),
    ("/a/!e date", ["date"]),
  ]) func commands(script: String, expected: [String]) {
    #expect(SedScript(script).commands == expected, "\(script)")
  }

  @Test(arguments: [
    "s/w /e/", "/w out/p", "s/we/w out/g", "y/we/ab/", "a\\\nw out\\\ne date\np", "# w out", "r file w",
    "/e /d",
    "s,a\\,w,e,", "b we", ":w", "s/\n/w /", "s", "/", "\\", "{", "s/a",
  ]) func nothing(script: String) {
    #expect(SedScript(script).files == [] && SedScript(script).commands == [], "\(script)")
  }
}

/// What find finds.
@Suite struct FindLineTests {
  private static func finds(_ words: [String], _ path: String) -> Bool {
    FindLine.places(words.map(Word.init(raw:))).contains { place in
      place.partsAroundSome.map { !$0.after.isEmpty && ShellPath.finds($0.after, path) } ?? false
    }
  }

  @Test(arguments: [
    ([".", "-name", "*.sh", "-delete"], ["a.sh", "b/a.sh"], ["a.py"]),
    ([".", "-path", "./dist/*", "-delete"], ["dist/a", "dist/b/c"], ["src/dist/a", "dist"]),
    ([".", "-path", "*/b/*"], ["b/c", "a/b/c"], ["a/c"]),
    (["src", "-path", "src/b/*"], ["b/c"], ["a/b/c"]),
    ([".", "-iname", "A.SH"], ["a.sh", "x/A.sh"], ["b.sh"]),
    ([".", "-regex", ".*/a\\.sh"], ["a.sh", "b/a.sh"], ["ba.sh", "a_sh"]),
    ([".", "-name", "a", "-o", "-name", "b", "-delete"], ["b"], ["a"]),
    ([".", "(", "-name", "a", "-o", "-name", "b", ")", "-delete"], ["a", "b"], ["c"]),
    ([".", "-name", "x", "-prune", "-o", "-type", "f", "-print"], ["a", "b/c"], []),
    ([".", "-not", "-name", "a", "-delete"], [], ["a", "b"]),
  ]) func patterns(words: [String], found: [String], other: [String]) {
    for path in found { #expect(Self.finds(words, path), "\(words) \(path)") }
    for path in other { #expect(!Self.finds(words, path), "\(words) \(path)") }
  }
}
