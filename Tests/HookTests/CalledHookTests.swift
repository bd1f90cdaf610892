import Testing

@testable import Hook

/// Which hook a command line means.
@Suite struct CalledHookTests {
  private func called(_ line: [String], file: String? = nil) -> CalledHook? {
    CalledHook(commandLine: line) { $0 == "LLMOS_HOOK_FILE" ? file : nil }
  }

  @Test(arguments: [
    (".git/hooks/pre-commit", "pre-commit"), ("pre-commit", "pre-commit"),
    ("/r/.git/hooks/reference-transaction", "reference-transaction"),
    (".git/hooks/pre-commit.legacy", "pre-commit"), ("hooks/update", "update"),
    (".git/hooks/pre-rebase", "pre-rebase"), (".git/hooks/pre-commit.replaced.githook", "pre-commit"),
    (".git/hooks/commit-msg.pre-entire", "commit-msg"), ("hooks/pre-merge-commit_old", "pre-merge-commit"),
    ("hooks/pre-receive-old", "pre-receive"), ("hooks/pre-push~", "pre-push"),
  ])
  func byTheProgramsName(program: String, name: String) throws {
    // Its own path is the file, whatever the environment says.
    let hook = try #require(called([program, "a", "hook"], file: "/elsewhere"))
    #expect(hook.name == name)
    #expect(hook.arguments == ["a", "hook"])
    #expect(hook.file == program)
  }

  @Test func byTheCommandHook() throws {
    let line = ["/bin/llmos-gate", "hook", ".git/hooks/commit-msg.legacy", ".git/COMMIT_EDITMSG"]
    let hook = try #require(called(line, file: ".git/hooks/commit-msg"))
    #expect(hook.name == "commit-msg")
    #expect(hook.arguments == [".git/COMMIT_EDITMSG"])
    #expect(hook.file == ".git/hooks/commit-msg")
    #expect(called(line)?.file == nil)
    // One that we do not know is told so when it is run.
    #expect(called(["llmos-hook", "hook", "post-commit"])?.task == .unknown)
  }

  @Test(arguments: [
    [], ["llmos-hook"], ["llmos-hook", "hook"], ["llmos-hook", "status", "pre-commit"],
    ["llmos-hook", "hook", ""], ["llmos-hook", "hook", "/"], [".git/hooks/post-commit"],
    ["pre-commit.sample"], ["pre-commits"], ["old-pre-commit"], ["updated"],
  ])
  func elseNone(line: [String]) {
    #expect(called(line) == nil)
  }

  @Test func everyHookHasItsTask() {
    let tasks = { (names: [String]) in Set(names.compactMap { called(["hooks/" + $0])?.task }) }
    #expect(tasks(HookNames.committing) == [.commit])
    #expect(tasks(HookNames.server) == [.push])
    #expect(tasks(HookNames.retired) == [.none])
    #expect(tasks(["reference-transaction"]) == [.referenceTransaction])
    #expect(Set(HookNames.installed).isDisjoint(with: HookNames.server + HookNames.retired))
  }
}

/// Where a kept hook lies.
@Suite struct KeptHookTests {
  @Test(arguments: [
    (".git/hooks/pre-commit", ".git/hooks.llmos-kept/pre-commit", ".git/hooks/.llmos-kept/pre-commit"),
    ("/r/hooks/commit-msg", "/r/hooks.llmos-kept/commit-msg", "/r/hooks/.llmos-kept/commit-msg"),
    ("./hooks/update", "./hooks.llmos-kept/update", "./hooks/.llmos-kept/update"),
    ("my hooks/pre-commit", "my hooks.llmos-kept/pre-commit", "my hooks/.llmos-kept/pre-commit"),
  ])
  func besideTheHooksUnderItsOwnName(file: String, first: String, second: String) {
    #expect(KeptHook.places(of: file) == [first, second])
  }

  /// Beside such a directory there is no place of ours. Run by its path, never looked for on PATH.
  @Test(arguments: [
    ("pre-commit", ".llmos-kept/pre-commit"), ("./pre-commit", "./.llmos-kept/pre-commit"),
    ("../pre-commit", "../.llmos-kept/pre-commit"), ("/pre-commit", "/.llmos-kept/pre-commit"),
  ])
  func elseBelow(file: String, only: String) {
    #expect(KeptHook.places(of: file) == [only])
  }

  private func bothPlaces(of file: String) -> [String] {
    var found: [String] = []
    let isSure = Array(file.utf8).withUnsafeBytes { bytes in
      KeptHook.bothPlaces(of: bytes) {
        found.append(String(cString: $0))
        return true
      }
    }
    return isSure ? found : []
  }

  /// The short way looks where the long one does, or says that it does not know.
  @Test func theShortWayLooksAtTheSamePlaces() {
    #expect(bothPlaces(of: "hooks/a") == ["hooks.llmos-kept/a", "hooks/.llmos-kept/a"])
    var sure = 0
    for _ in 0..<10_000 {
      let words = [
        "hooks", "my hooks", "/", "/", ".", "..", "a", "\u{E9}", ".git", "pre-commit", "",
      ]
      let file = (0..<Int.random(in: 0...8)).map { _ in words.randomElement() ?? "" }.joined()
      let short = bothPlaces(of: file)
      if short.isEmpty { continue }
      sure += 1
      #expect(short == KeptHook.places(of: file), "\(file)")
    }
    #expect(sure > 1000)
    for file in ["", "/", "a", "/a", "./a", "../a", "x/./a", "x/../a", "x//a"] {
      #expect(bothPlaces(of: file) == [])
    }
  }

  /// One that a manager has moved aside has its kept hook under the plain name.
  @Test func aLongerNameIsForgotten() {
    #expect(KeptHook.plain("/r/hooks/pre-commit.legacy") == "/r/hooks/pre-commit")
    #expect(KeptHook.plain("/r/hooks/pre-commit.replaced.githook") == "/r/hooks/pre-commit")
    #expect(KeptHook.plain("/r/hooks.old/pre-commit") == "/r/hooks.old/pre-commit")
  }

  @Test func withoutAFileThereIsNone() {
    #expect(KeptHook(of: nil) == nil)
    #expect(KeptHook(of: "/nowhere/hooks/pre-commit") == nil)
  }
}
