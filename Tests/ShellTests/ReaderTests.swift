import Testing

@testable import Shell

/// Command lines in, what they start out: words in a list, `>` before what is written.
@Suite struct ReaderTests {
  private static func read(_ line: String) -> [String] {
    let world = ShellWorld(
      directory: "/w/repo", environment: { ["HOME": "/h", "SET": "a b"][$0] }, root: { _ in "/w/repo" },
      branch: { "topic" }, gitAlias: { $0 == "ci" ? "commit" : nil })
    let read = ShellLine(line, in: world)
    if let why = read.unreadable { return ["unreadable: " + why] }
    return read.invocations.compactMap { invocation in
      let words = invocation.words.map(\.text) + invocation.outputs.map { ">" + $0.text }
      return words.isEmpty ? nil : words.joined(separator: "|")
    }
  }

  static let lines: [(String, [String])] = [
    ("", []), ("# only", []), ("a b  c", ["a|b|c"]), ("a;b&&c||d|e&f", ["a", "b", "c", "d", "e", "f"]),
    (#"a 'b c' "d e" f\ g"#, ["a|b c|d e|f g"]), ("a$'\\x41\\t\\'\\u00e9'", ["aA\t'é"]),
    ("a \"b'c\" 'd\"e'", ["a|b'c|d\"e"]), ("a b#c #d 'e", ["a|b#c"]), ("a \\\nb", ["a|b"]),
    ("a ''", ["a|"]), ("a \"$SET\" $SET", ["a|a b|a|b"]), ("x=1 a $x", ["a|"]),
    ("x=1; a $x ${x}2", ["a|1|12"]),
    ("a ${x:-it's}", ["unreadable: a quote is not closed"]), ("a \"${x:-it's}\"", ["a|it's"]),
    ("x=ab.c; a ${x%.c} ${x#a} ${x/b/z}", ["a|ab|b.c|az.c"]), ("a ~/b", ["a|/h/b"]),
    ("a {b,c}d {e} {f}g", ["a|bd|cd|{e}|{f}g"]), ("a >b 2>&1 >>c &>d <e", [">b|>c|>d", "a"]),
    ("a >&2 2>&-", ["a"]), ("(cd /x; a); b", ["a", "b"]),
    ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
    ("while a; do b; done", ["a", "b"]), ("for i in x y; do a $i; done", ["a|x", "a|y"]),
    ("for ((i=0; i<$(b); i++)); do a; done", ["b", "a"]),
    ("case $(a) in (b|c) d;; *) e;; esac", ["a", "d", "e"]),
    ("[[ $(a) < b && (c =~ ^(d|e)$) ]] && f", ["a", "f"]), ("f() { a $1; }; f b", ["a|b"]),
    ("function f { a; }; b", ["b"]), ("! a", ["a"]), ("time -p a", ["a"]), ("coproc a", ["a"]),
    ("{ a; } >b", [">b", "a"]), ("a $(b `c \"d\"`)", ["c|d", "b|", "a|"]), ("a $((1 << 2)) $((b))", ["a||"]),
    ("a $(( $(b) ))", ["b", "a|"]), ("((1 > 2)) && a", ["a"]), ("((a); b)", ["a", "b"]),
    ("a <(b) >(c)", ["b", "c", "a|/dev/fd/63|/dev/fd/62"]), ("x=$(a # don't\n)", ["a"]),
    ("cat <<E\nit's $(a)\nE\nb", ["a", "cat", "b"]), ("cat <<'E'\n$(a)\nE", ["cat"]),
    ("cat <<-E\n\tx\n\tE\na", ["cat", "a"]), ("cat <<A <<B\nx'\nA\ny\"\nB\nc", ["cat", "c"]),
    ("a \"$(cat <<'E'\n1) it's\nE\n)\" b", ["cat", "a|1) it's|b"]), ("cat <<E\nno end", ["cat"]),
    ("a=(b 'c d'); \"${a[@]}\"", ["b|c d"]), ("a ${x[@]:1} ${#x}", ["a||"]), ("ls !(a|b)", ["ls|!*"]),
    ("!(a)", ["a"]), ("a '", ["unreadable: a quote is not closed"]),
    ("a (", ["unreadable: something that was begun does not end"]),
    ("a)", ["unreadable: there is a ) too many"]),
    ("echo $(", ["unreadable: something that was begun does not end"]),
    // What runs what.
    ("bash -c 'a b'", ["bash|-c|a b", "a|b"]), ("eval a b", ["a|b"]), ("echo 'a b' | sh", ["sh", "a|b"]),
    ("sh <<< 'a'", ["sh", "a"]), ("env -u X A=1 a b", ["a|b"]), ("env -S 'a b' c", ["a|b|c"]),
    ("timeout -s KILL 5 a b", ["a|b"]), ("flock -w 1 /l a b", ["a|b"]), ("flock /l -c 'a b'", ["a|b"]),
    ("su - x -c 'a b'", ["a|b"]), ("xargs -n 1 a <<< 'b c'", ["a|b|c"]),
    ("echo b | xargs -I% a %c", ["a|bc"]),
    ("find d -exec a {} +", ["a|d/*", "find|d|-exec|a|{}|+"]), ("parallel a ::: b c", ["a|b|c"]),
    ("trap 'a b' EXIT", ["a|b"]), ("git ci -m x", ["git|commit|-m|x"]),
    ("git -c alias.x='!a b' x c", ["a|b|c"]),
    ("x=$(git branch --show-current); a $x", ["git|branch|--show-current", "a|topic"]),
    ("cd d && a $(pwd)", ["pwd", "a|/w/repo/d"]),
    ("cd /x; cd - >/dev/null; a $PWD", [">/dev/null", "a|/w/repo"]),
    ("echo a > s; sh s", ["echo|a", ">s", "sh|s", "a"]),
    ("python3 -c \"import os; os.system('a b')\"", ["python3|-c|import os; os.system('a b')", "a|b"]),
    ("python3 - <<E\np='x'\nopen(p,'w')\nE", ["python3|-", ">x"]),
  ]

  @Test(arguments: lines.indices)
  func aLineIsReadAsAShellReadsIt(index: Int) {
    let (line, expected) = Self.lines[index]
    let isPlain = { (command: String) in
      !["echo", "pwd", ":", "[["].contains { command.hasPrefix($0) } && command != ""
    }
    #expect(Self.read(line).filter(isPlain).sorted() == expected.filter(isPlain).sorted(), "\(line)")
  }

  static let places: [(String, [ShellDirectory])] = [
    ("a", [.known("/w/repo")]), ("cd b; a", [.known("/w/repo/b")]), ("(cd b); a", [.known("/w/repo")]),
    ("cd ../..; a", [.known("/")]), ("pushd b; a; popd; a", [.known("/w/repo/b"), .known("/w/repo")]),
    ("cd $(mktemp -d); a", [.temporary]), ("t=`mktemp -d`; cd \"$t/x\"; a", [.temporary]),
    ("cd \"$unknown\"; a", [.unknown]), ("cd \"$(git rev-parse --show-toplevel)\"; a", [.known("/w/repo")]),
    ("cd b | cat; a", [.known("/w/repo")]), ("cd b & a", [.known("/w/repo")]),
    ("env -C b a", [.known("/w/repo/b")]),
    ("cd -- b; a", [.known("/w/repo/b")]), ("cd; a", [.known("/h")]),
  ]

  @Test(arguments: places.indices)
  func whereItRunsIsKnown(index: Int) {
    let (line, expected) = Self.places[index]
    let world = ShellWorld(
      directory: "/w/repo", environment: { $0 == "HOME" ? "/h" : nil }, root: { _ in "/w/repo" })
    let found = ShellLine(line, in: world).invocations.filter { $0.program == "a" }.map(\.directory)
    #expect(found == expected, "\(line)")
  }

  @Test func patternsMatchAsTheShellsDo() {
    #expect(ShellPath.matches("*.yml", "a.yml") && !ShellPath.matches("*.yml", "b/a.yml"))
    #expect(ShellPath.matches("[a-c]?[!x]", "bzy") && !ShellPath.matches("[a-c]", "d"))
    #expect(ShellPath.matches("*", "a/b", crosses: true) && ShellPath.matches("a[", "a["))
    #expect(
      ShellPath.normal("../x/./y//z/", in: "/a/b") == "/a/x/y/z" && ShellPath.normal("..", in: "/") == "/")
  }

  @Test func loopsInLoopsAreReadOnce() {
    let line =
      String(repeating: "for i in 1 2 3; do ", count: 8) + "a $i" + String(repeating: "; done", count: 8)
    let read = ShellLine(line, in: ShellWorld(directory: "/"))
    #expect(read.unreadable == nil && (1...100).contains(read.invocations.count))
    let long = ShellLine("a " + String(repeating: "b ", count: 3 << 20), in: ShellWorld(directory: "/"))
    #expect(long.unreadable == "it is too long")
  }

  /// Long and deep lines end soon, and long here-documents are read in one go.
  @Test func longLinesEnd() {
    let time = ContinuousClock().measure {
      for line in [
        String(repeating: "$(", count: 50_000), String(repeating: "(", count: 100_000),
        String(repeating: "{ ", count: 50_000), String(repeating: "if a; then ", count: 20_000),
        String(repeating: "`", count: 50_001), String(repeating: "sudo ", count: 50_000),
        "f() { f; f; }; f", String(repeating: "a;", count: 100_000),
        "x=a; " + String(repeating: "x=$x$x; ", count: 60) + "echo $x",
        "a {b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}{b,c}",
        "cat <<E\n" + String(repeating: "it's $x \"\n", count: 40_000) + "E",
      ] { _ = Self.read(line) }
    }
    #expect(time < .seconds(30), "\(time), unoptimised")
  }
}
