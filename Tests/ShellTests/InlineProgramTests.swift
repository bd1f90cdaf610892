import Testing

@testable import Shell

/// Which files a program on a command line writes.
@Suite struct InlineProgramTests {
  private static func written(_ text: String, _ language: InlineProgram.Language) -> [String] {
    var found: [String] = []
    for case .writes(let path) in InlineProgram.acts(of: text, in: language, arguments: []) {
      found += Mark.fields(path).map { ShellPath.normal(Mark.plain($0), in: "/") }
    }
    return Array(Set(found)).sorted()
  }

  @Test(arguments: [
    "for f in ['a', 'b']:\n    open(f, 'w').write('x')", "for f in ('a', 'b'):\n  open(f,'w')",
    "fs = ['a', 'b']\nfor f in fs:\n    p = Path(f)\n    p.write_text('x')",
    "[open(f,'w') for f in ['a','b']]",
    "def edit(path):\n    open(path, 'w')\nedit('a')\nedit('b')",
    "w = lambda p: open(p, 'w'); w('a'); w('b')",
    "def edit(path: str, old, new='x'):\n    Path(path).write_text(old)\nedit('a', 'x')\nedit('b', 'y')",
    "import os\nopen(os.getcwd() + '/a', 'w'); open(f'{os.getcwd()}/b', 'w')",
    "(Path.cwd() / 'a').write_text('x'); r = Path.cwd(); (r / 'b').write_text('x')",
    "open(file='a', mode='w'); open('b', encoding='utf8', mode='w')",
    "import fileinput\nfor l in fileinput.input('a', inplace=True): print(l)\nopen('b','w')",
    "edits = {'a': 'x', 'b': 'y'}\nfor path, text in edits.items():\n    open(path, 'w').write(text)",
    "for path, old, new in [('a', 'x', 'y'), ('b', 'z', 'w')]:\n    open(path, 'w').write(old)",
    "o = open; o('a', 'w'); o('b', 'w')",
  ]) func python(text: String) { #expect(Self.written(text, .python) == ["/a", "/b"], "\(text)") }

  @Test(arguments: [
    "const fs=require('fs'); for (const f of ['a','b']) fs.writeFileSync(f,'x')",
    "['a','b'].forEach(f => require('fs').writeFileSync(f,'x'))",
    "const l = ['a', 'b']; l.forEach((f) => { fs.writeFileSync(f, 'x') })",
    "['a','b'].forEach(function (f) { fs.writeFileSync(f,'x') })",
    "fs.writeFileSync(process.cwd()+'/a','x'); fs.writeFileSync(`${process.cwd()}/b`,'x')",
    "const p=path.join(process.cwd(),'a'); fs.writeFileSync(p,'x'); fs.writeFileSync(__dirname+'/b','')",
    "function edit(p) { fs.writeFileSync(p, 'x') } edit('a'); edit('b')",
    "const edit = (p) => fs.writeFileSync(p, 'x'); edit('a'); edit('b')",
    "for (const [f, t] of Object.entries({'a': 'x', 'b': 'y'})) fs.writeFileSync(f, t)",
  ]) func javascript(text: String) { #expect(Self.written(text, .javascript) == ["/a", "/b"], "\(text)") }

  @Test func filesThatNobodyNames() {
    #expect(Self.written("for f in glob.glob('src/*.py'):\n  open(f,'w')", .python) == ["/src/*.py"])
    #expect(Self.written("for p in Path('src').glob('*.py'):\n  p.write_text('')", .python) == ["/src/*.py"])
    #expect(
      Self.written(
        "for r, d, fs in os.walk('src'):\n  for f in fs:\n    open(os.path.join(r, f), 'w')", .python
      )
      .allSatisfy { $0.hasPrefix("/src") })
  }

  @Test(arguments: [
    "for f in ['a','b']:\n  print(open(f).read())", "def edit(path):\n  return open(path).read()\nedit('a')",
    "open(file='a')", "import fileinput\nfor l in fileinput.input('a'): print(l)", "x = input('w')",
    "for f in ['a']:\n  s = f.replace('a', 'b')",
  ]) func readsAlone(text: String) { #expect(Self.written(text, .python) == [], "\(text)") }

  @Test func otherWays() {
    let acts = { InlineProgram.acts(of: $0, in: $1, arguments: []) }
    #expect(acts("__import__('os').system('git commit')", .python) == [.runs("git commit")])
    #expect(
      acts("subprocess.run(['./step.sh'], env={})", .python) == [.hides, .starts(["./step.sh"]), .shows])
    #expect(acts("subprocess.run(['a'], env={**os.environ, 'B': 'c'})", .python) == [.starts(["a"])])
    let commit = InlineProgram.Act.starts(["git", "commit"])
    #expect(acts("def run(*a):\n  subprocess.run(a)\nrun('git', 'commit')", .python).contains(commit))
    #expect(acts("g = lambda *a: subprocess.run(['git', *a])\ng('commit')", .python).contains(commit))
    #expect(
      acts("const g = (...a) => execFileSync('git', [...a]); g('commit')", .javascript).contains(commit))
    #expect(
      acts("for a in (['git','add'], ['git','commit']):\n  subprocess.run(a)", .python).contains(commit))
    #expect(acts("os.execvp('git', ['git', 'commit'])", .python) == [commit])
    #expect(
      acts("os.environ['A'] = 'b'; os.environ.pop('C'); del os.environ['D']", .python)
        == [.sets("A", "b"), .sets("C", nil), .sets("D", nil)])
    #expect(
      acts("process.env.A = 'b'; delete process.env.C", .javascript) == [.sets("A", "b"), .sets("C", nil)])
    #expect(acts("if (process.env.A === 'b') print(process.env.C)", .javascript) == [])
    #expect(acts("os.chmod('a', 0o644)", .python) == [.starts(["chmod", "644", "a"])])
    #expect(acts("os.execute(\"a\")", .lua) == [.runs("a")])
    #expect(acts("system(\"a\"); file.remove(\"b\")", .r) == [.runs("a"), .removes("b")])
    #expect(acts("run(`a b`)", .julia) == [.runs("a b")])
    #expect(acts("\"a b\".execute()", .groovy) == [.runs("a b")])
    #expect(acts("BEGIN{f=\"a\"; print > f}", .awk) == [.writes("a")])
    #expect(
      InlineProgram.acts(of: "{ print \"x\" > f }", in: .awk, arguments: [], variables: ["f": "a"]) == [
        .writes("a")
      ])
  }
}
