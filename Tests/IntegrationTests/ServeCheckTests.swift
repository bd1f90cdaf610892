import Foundation
import Testing

/// A server for many: hosts' layouts in which pushes are judged, and what `serve-check` tells an administrator.
@Suite struct ServeCheckTests {
  /// A clone with the hooks, and an empty bare repository `../server.git`.
  private func clone() async throws -> Sandbox {
    try await Sandbox.copy(of: "ServeCheckTests") {
      let s = try await Sandbox.governed()
      try await s.sh("git init -q --bare -b main ../server.git; git remote add origin ../server.git")
        .succeeds()
      return s
    }
  }

  /// A commit past the hooks is refused, and one that they saw is taken.
  private func judges(_ s: Sandbox) async throws {
    try await s.sh("llmos-hook --quiet sync --push origin").succeeds()
    try await s.sh(
      """
      set -e; git switch -q -c past; llmos-hook --quiet next-phase
      git -c core.hooksPath=/dev/null commit -q --allow-empty -m past; llmos-hook --quiet sync
      """
    ).succeeds()
    let pushed = try await s.git("push", "origin", "past")
    #expect(pushed.code != 0 && pushed.err.contains("is VIOLATION"), "\(pushed.err)")
    try await s.git("switch", "-q", "main").succeeds()
    #expect(try await s.git("ls-remote", "origin", "refs/heads/*").out.contains("refs/heads/main"))
  }

  private func check(_ s: Sandbox) async throws -> Outcome {
    try await s.llmos("serve-check", in: s.root + "/server.git")
  }

  @Test(.mergesTrees) func whatIsMissingIsToldUntilNothingIs() async throws {
    let s = try await clone()
    let empty = try await check(s)
    #expect(empty.code == 1)
    #expect(
      empty.out.contains("hooks: nothing judges a push")
        && empty.out.contains("next: llmos-hook install --server"))
    #expect(empty.out.contains("ledgers: no ledger is here yet"), "\(empty.out)")
    try await s.llmos("install", "--server", in: s.root + "/server.git").succeeds()
    try await s.llmos("sync", "--push", "origin").succeeds()
    let lenient = try await check(s).succeeds()
    #expect(lenient.out.contains("strict: note, llmos.strict is not set"), "\(lenient.out)")
    try await s.git("-C", s.root + "/server.git", "config", "llmos.strict", "true").succeeds()
    let done = try await check(s).succeeds()
    #expect(done.out.split(separator: "\n").allSatisfy { $0.hasSuffix(": ok") }, "\(done.out)")
    // `doctor` is the same there.
    #expect(try await s.llmos("doctor", in: s.root + "/server.git").succeeds().out == done.out)
    let json = try await s.llmos("serve-check", "--json", in: s.root + "/server.git").succeeds().out
    #expect(try JSONSerialization.jsonObject(with: Data(json.utf8)) is [String: Any])
  }

  @Test(
    .mergesTrees,
    arguments: [
      ("chmod -x hooks/pre-receive", "hooks/pre-receive is not executable"),
      ("rm hooks/pre-receive", "hooks/pre-receive is missing"),
      ("rm -r llmos/bin", "so every push is refused"),
      ("printf '#!/bin/sh\\n# llmos-hook hook pre-receive\\n' >hooks/pre-receive", "is somebody else's"),
      (
        "git config receive.hideRefs refs/llmos",
        "receive.hideRefs hides refs/llmos/ledger/: no ledger is taken"
      ),
      (
        "git config transfer.hideRefs refs/notes",
        "transfer.hideRefs hides refs/notes/llmos: nobody can fetch it"
      ),
      ("echo /nowhere/objects >objects/info/alternates", "names /nowhere/objects, which is not there"),
      ("git config core.sharedRepository group; chmod -R g-w llmos", "is not writable by its group"),
    ])
  func whatIsWrongIsNamed(damage: String, words: String) async throws {
    let s = try await clone()
    try await s.llmos("install", "--server", in: s.root + "/server.git").succeeds()
    try await s.git("-C", s.root + "/server.git", "config", "llmos.strict", "true").succeeds()
    try await s.llmos("sync").succeeds()
    try await check(s).succeeds()
    try await s.sh(damage, in: s.root + "/server.git").succeeds()
    let outcome = try await check(s)
    #expect(outcome.code == 1 && outcome.out.contains(words), "\(outcome.out)")
    // The remedy, where it is a command, mends it.
    if let remedy = outcome.out.firstMatch(of: /next: ((?:git config|chmod|llmos-hook install)[^;\n]*)/) {
      try await s.sh(String(remedy.1), in: s.root + "/server.git").succeeds()
      try await check(s).succeeds()
    }
  }

  /// What hides and what shows again: the last value that fits holds.
  @Test func whatIsHiddenAndShownAgainIsShown() async throws {
    let s = try await clone()
    try await s.llmos("install", "--server", in: s.root + "/server.git").succeeds()
    try await s.sh(
      "git config --add transfer.hideRefs refs/; git config --add transfer.hideRefs '!refs/llmos'; git config --add transfer.hideRefs '!refs/notes'; git config --add transfer.hideRefs refs/llm",
      in: s.root + "/server.git"
    ).succeeds()
    #expect(try await check(s).out.contains("references: ok"))
  }

  // MARK: Layouts

  /// Gitea and GitLab call what lies in a directory of theirs; an administrator's hooks directory is for all
  /// repositories.
  @Test(.mergesTrees, arguments: ["gitea", "gitlab", "shared"])
  func aHostsOwnHooksCallOurs(layout: String) async throws {
    let s = try await clone()
    let ours = "printf '#!/bin/sh\\nexec llmos-hook hook pre-receive\\n'"
    let delegate = { (from: String) in
      """
      printf '#!/bin/sh\\ndata=$(cat); for h in "$GIT_DIR"/\(from)/*; do echo "$data" | "$h" || exit 1; done\\n' >hooks/pre-receive
      chmod +x hooks/pre-receive
      """
    }
    let setup =
      switch layout {
      case "gitea":
        "mkdir hooks/pre-receive.d; \(ours) >hooks/pre-receive.d/llmos; chmod +x hooks/pre-receive.d/llmos\n"
          + delegate("hooks/pre-receive.d")
      case "gitlab":
        "mkdir -p custom_hooks/pre-receive.d; \(ours) >custom_hooks/pre-receive.d/llmos; chmod +x custom_hooks/pre-receive.d/llmos\n"
          + delegate("custom_hooks/pre-receive.d")
      default:
        """
        mkdir ../hooks-of-all; git config core.hooksPath "$(cd ../hooks-of-all; pwd)"
        \(ours) >../hooks-of-all/pre-receive; chmod +x ../hooks-of-all/pre-receive
        """
      }
    try await s.sh("set -e\n" + setup, in: s.root + "/server.git").succeeds()
    try await judges(s)
    #expect(try await check(s).succeeds().out.contains("hooks: ok"))
  }

  /// Hooks that govern all repositories of a host are its administrator's to put there, and he is told how.
  @Test func aSharedHooksDirectoryIsNotWrittenInto() async throws {
    let s = try await clone()
    try await s.sh(
      "mkdir ../hooks-of-all; git config core.hooksPath \"$(cd ../hooks-of-all; pwd)\"",
      in: s.root + "/server.git"
    ).succeeds()
    try await s.llmos("install", "--server", in: s.root + "/server.git").isRefused(
      1, "leads out of this repository")
    #expect(try await check(s).out.contains("put a script with llmos-hook hook pre-receive there"))
  }

  /// A fork that borrows the objects of its origin, and a server of which git speaks only when it is named.
  @Test(.mergesTrees, arguments: ["alternates", "explicit", "group"])
  func aHostedRepositoryIsGoverned(layout: String) async throws {
    let s = try await clone()
    let setup =
      switch layout {
      case "alternates":
        """
        git push -q origin main; mv ../server.git ../origin.git
        git clone -q --bare --shared ../origin.git ../server.git; test -s ../server.git/objects/info/alternates
        """
      case "explicit": "git config --global safe.bareRepository explicit"
      default: "rm -r ../server.git; git init -q --bare -b main --shared=group ../server.git"
      }
    try await s.sh("set -e\n\(setup)\nllmos-hook --quiet -C ../server.git install --server").succeeds()
    try await judges(s)
    #expect(try await check(s).succeeds().out.contains("hooks: ok"))
    if layout == "group" {
      let files = try await s.sh("find llmos refs/llmos ! -perm -g+r", in: s.root + "/server.git")
      #expect(files.out == "", "\(files.out)")
    }
  }
}
