import Foundation
import Testing

/// `backups`: what was displaced is listed, shown and restored.
@Suite struct BackupsTests {
  /// A repository that was rolled back to `good`, with edited, staged and untracked files before.
  private func rolledBack() async throws -> Sandbox {
    try await Sandbox.copy(of: "BackupsTests") {
      let s = try await Sandbox.governed()
      try await s.sh(
        """
        set -e; git tag good; echo two >README; echo b >b; mkdir d; echo c >d/c; git add .; git commit -qm two
        echo staged >b; git add b; echo edited >b; echo new >'d/n w'; rm README
        llmos-hook --quiet rollback good --force --reason t
        """
      ).succeeds()
      return s
    }
  }

  private func ids(_ s: Sandbox) async throws -> [String] {
    try await s.llmos("backups", "list").succeeds().out.split(separator: "\n").compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
  }

  @Test func theRollbackThatHeadIsTheResultOfIsUndone() async throws {
    let s = try await rolledBack()
    let before = try await s.head("%H", in: nil)
    let id = try #require(try await ids(s).first)
    try await s.llmos("backups", "restore", id).succeeds()
    #expect(try await s.head("%s") == "two")
    #expect(try s.read("b") == "edited\n")
    #expect(try await s.git("show", ":b").out == "staged\n")
    #expect(!s.exists("README"))
    // And that can be taken back too: a backup was made first.
    let undo = try #require(try await ids(s).first)
    #expect(undo != id)
    #expect(try await s.llmos("backups", "show", undo).out.contains(String(before.prefix(10))))
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// A person's, or an agent's: nothing but files moves.
  @Test(arguments: [[:], ["LLMOS_AGENT": "DEV"]]) func filesComeBackLater(env: [String: String]) async throws
  {
    let s = try await rolledBack()
    let id = try #require(try await ids(s).first)
    try await s.sh(
      "set -e; rm 'd/n w'; echo more >more; git add more; git commit -qm more; echo mine >README; echo x >'d/n w'"
    ).succeeds()
    let head = try await s.head()
    let ledger = try await s.git("rev-parse", "refs/llmos/ledger/main").out
    let outcome = try await s.llmos("backups", "restore", String(id.prefix(12)), env: env).succeeds()
    #expect(outcome.err.contains("HEAD stays at \(head.prefix(10))"), "\(outcome.err)")
    #expect(try await s.head() == head)
    #expect(try await s.git("rev-parse", "refs/llmos/ledger/main").out == ledger)
    #expect(try s.read("b") == "edited\n")
    #expect(try s.read("d/n w") == "new\n")
    #expect(!s.exists("README") && !s.exists("more"))
    #expect(try await s.git("show", ":b").out == "staged\n")
    #expect(try await s.git("ls-files", "--others", "--exclude-standard", "d").out.contains("n w"))
    // What stood there is in the newest backup.
    let mine = try #require(try await ids(s).first)
    #expect(try await s.llmos("backups", "list").out.contains("\(mine)  restore"))
    try await s.llmos("backups", "restore", mine).succeeds()
    #expect(try s.read("README") == "mine\n")
    #expect(try s.read("d/n w") == "x\n")
    #expect(try s.read("more") == "more\n")
    try await s.llmos("status").succeeds()
  }

  @Test func whatIsInABackup() async throws {
    let s = try await rolledBack()
    let id = try #require(try await ids(s).first)
    let shown = try await s.llmos("backups", "show", id).succeeds().out
    #expect(shown.contains("\n  deleted  README\n"), "\(shown)")
    #expect(shown.contains("\n  changed  b\n") && shown.contains("\n  untracked  d/n w\n"), "\(shown)")
    let json = try await s.llmos("backups", "show", id, "--json").succeeds().out
    #expect(json.contains(#""schema":1,"id":"\#(id)","kind":"rollback""#), "\(json)")
    #expect(json.contains(#"{"change":"untracked","path":"d/n w"}"#), "\(json)")
    #expect(try await s.llmos("--json", "backups").succeeds().out.contains(#""backups":[{"id":"\#(id)""#))
    try await s.llmos("backups", "show", "2001").isRefused(64, "there is no backup 2001", "backups list")
    try await s.llmos("backups", "restore", "").isRefused(64, "there is no backup")
    // What is not of our form is named, and stops nothing.
    try await s.sh("git -c core.hooksPath=/dev/null update-ref refs/llmos/backup/20200101T000000Z HEAD")
      .succeeds()
    #expect(try await s.llmos("backups").succeeds().out.contains("20200101T000000Z  unreadable"))
    try await s.llmos("backups", "restore", "20200101T000000Z").isRefused(65, "is not a backup")
  }

  @Test func aDroppedCommitGetsABranch() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git add -A; llmos-hook allow --once --reason scripts; git commit -qm scripts; export LLMOS_AGENT=DEV
      echo a >a; ./step.sh first a; echo b >a; ./step.sh --amend second a
      """
    ).succeeds()
    let list = try await s.llmos("backups", env: ["LLMOS_AGENT": "DEV"]).succeeds().out
    let id = try #require(list.split(separator: " ").first.map(String.init))
    #expect(list.contains("\(id)  dropped  ") && list.contains("first"), "\(list)")
    #expect(try await s.llmos("backups", "show", id).out.contains("\n  added  a\n"))
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("backups", "restore", id, env: ["LLMOS_AGENT": "DEV"]).succeeds()
    try await s.llmos("backups", "restore", id).succeeds()
    #expect(try await s.git("show", "restored-\(id):a").out == "a\n")
    #expect(try await s.llmos("status").all.contains("quarantine") == false)
    try await s.llmos("verify", "--strict").succeeds()
  }

  @Test func whatIsOldIsDeleted() async throws {
    let s = try await rolledBack()
    let id = try #require(try await ids(s).first)
    let recent = try await s.sh("date -u -d '29 days ago' +%Y%m%dT%H%M%SZ").succeeds().out.trimmed
    func age() async throws {
      try await s.sh(
        """
        set -e; u='git -c core.hooksPath=/dev/null update-ref'
        $u refs/llmos/backup/20200101T000000Z refs/llmos/backup/\(id)
        $u refs/llmos/dropped/20200101T000000Z-0123456789 HEAD
        $u refs/llmos/dropped/\(recent)-0123456789 HEAD
        """
      ).succeeds()
    }
    let all = { try await s.git("for-each-ref", "refs/llmos/backup", "refs/llmos/dropped").out }
    func remains(_ backups: Int, _ dropped: Int) async throws {
      let left = try await all()
      #expect(left.matches(of: /llmos\/backup/).count == backups, "\(left)")
      #expect(left.matches(of: /llmos\/dropped/).count == dropped, "\(left)")
    }
    try await age()
    #expect(
      try await s.llmos("next-phase", "--reason", "t").succeeds().err.contains(
        "deleted 1 backup older than 30 days"))
    try await remains(2, 1)
    try await age()
    try await s.sh("git init -q --bare ../r.git; git remote add origin ../r.git; llmos-hook sync").succeeds()
    try await remains(2, 1)
    try await age()
    try await s.llmos("backups", "prune", env: ["LLMOS_AGENT": "DEV"]).succeeds()
    try await remains(2, 1)
    let outcome = try await s.llmos("backups", "prune").succeeds()
    #expect(outcome.out.contains("deleted 20200101T000000Z  rollback"), "\(outcome.out)")
    try await remains(1, 1)
    #expect(
      try await s.llmos("backups", "prune", "--json").succeeds().out.trimmed == #"{"schema":1,"deleted":[]}"#)
  }
}
