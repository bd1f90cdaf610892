import Foundation
import Testing

/// `verify --show`: what a merge or a squash that a host made has of its own.
@Suite(.mergesTrees) struct MergeShowTests {
  /// A bare host with `main` and a proven feature of two commits; both sides change `page`, without a conflict.
  private func host(conflict: Bool = false) async throws -> Sandbox {
    try await Sandbox.copy(of: "MergeShowTests \(conflict)") {
      let s = try await Sandbox.governed()
      try await s.sh(
        """
        set -e
        git init -q --bare -b main ../host.git; git remote add origin ../host.git
        seq 20 >page; git add page; git commit -qm page; llmos-hook --quiet sync --push origin
        git switch -q -c feature; sed -i 's/^20$/last/' page; git commit -qam last; echo more >more; git add more
        git commit -qm more; llmos-hook --quiet sync --push origin
        git switch -q main; sed -i '\(conflict ? "s/^20$/end/" : "s/^1$/first/")' page; git commit -qam first
        llmos-hook --quiet sync --push origin
        """
      ).succeeds()
      return s
    }
  }

  private func show(_ s: Sandbox, _ script: String, _ options: String = "") async throws -> Outcome {
    try await s.sh(
      "set -e\n" + script + "\nllmos-hook verify --show main \(options)", in: s.root + "/host.git")
  }

  private let tree = "tree=$(git merge-tree --write-tree main feature)"

  @Test func aMergeOfGitsOwnHasNothingOfItsOwn() async throws {
    let s = try await host()
    let outcome = try await show(
      s, tree + "; git update-ref refs/heads/main $(git commit-tree -p main -p feature -m M $tree)")
    outcome.succeeds()
    let lines = outcome.out.split(separator: "\n")
    try #require(lines.count == 2)
    #expect(lines[0].hasPrefix("DERIVED  "))
    #expect(lines[1].hasPrefix("exactly the automatic merge of "), "\(outcome.out)")
  }

  /// Strategies that a host can be told to use, and an evil merge: UNPROVEN, with the difference.
  @Test(arguments: [
    ("ours", "new=$(git commit-tree -p main -p feature -m M 'main^{tree}')", "-last\n+20"),
    ("a line more", "\(line)", "+mine"),
  ])
  func whatAMergeHasOfItsOwnIsShown(kind: String, script: String, words: String) async throws {
    let s = try await host()
    let outcome = try await show(s, "\(tree); \(script); git update-ref refs/heads/main $new")
    outcome.succeeds()
    #expect(outcome.out.hasPrefix("UNPROVEN  "), "\(outcome.out)")
    #expect(
      outcome.out.contains("and it is not the automatic merge of its parents (verify --show "),
      "\(outcome.out)")
    #expect(outcome.out.contains("\nwhat it has that is not in the automatic merge of "))
    #expect(outcome.out.contains(words), "\(outcome.out)")
    #expect(!outcome.out.contains("SCENARIO_STATE.yml"))
    try await s.llmos("verify", "--strict", "--show", "main", in: s.root + "/host.git").isRefusedSilently()
    let json = try await s.llmos("verify", "--show", "main", "--json", in: s.root + "/host.git").succeeds()
      .out
    let object = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(object["verdict"] as? String == "UNPROVEN")
    #expect((object["patch"] as? String)?.contains(words.replacing("\\n", with: "\n")) == true)
    #expect((object["sides"] as? [String])?.count == 2)
  }

  private static let line = """
    export GIT_INDEX_FILE=i; git read-tree $tree; b=$( (git cat-file blob $tree:more; echo mine) | git hash-object -w --stdin)
    git update-index --cacheinfo 100644,$b,more; new=$(git commit-tree -p main -p feature -m M $(git write-tree))
    """

  /// A host that follows no renames: the change of a file that was renamed meanwhile is lost or in another file.
  @Test func aMergeWithoutRenamesIsShown() async throws {
    let s = try await host()
    try await s.sh("git mv page renamed; git commit -qm rename; llmos-hook --quiet sync --push origin")
      .succeeds()
    let outcome = try await show(
      s,
      """
      export GIT_INDEX_FILE=i; git read-tree main
      git update-index --add --cacheinfo 100644,$(git rev-parse feature:more),more
      git update-ref refs/heads/main $(git commit-tree -p main -p feature -m M $(git write-tree))
      """)
    outcome.succeeds()
    #expect(outcome.out.hasPrefix("UNPROVEN  ") && outcome.out.contains("-last"), "\(outcome.out)")
    #expect(outcome.out.contains("b/renamed"))
  }

  @Test func theResolutionOfAConflictIsShownAndAccepted() async throws {
    let s = try await host(conflict: true)
    let outcome = try await show(
      s,
      """
      export GIT_INDEX_FILE=i; git read-tree main
      b=$(git cat-file blob main:page | sed 's/^end$/both/' | git hash-object -w --stdin)
      git update-index --cacheinfo 100644,$b,page; git update-index --add --cacheinfo 100644,$(git rev-parse feature:more),more
      git update-ref refs/heads/main $(git commit-tree -p main -p feature -m M $(git write-tree))
      """)
    outcome.succeeds()
    #expect(outcome.out.contains("\ngit has conflicts there: page\n"), "\(outcome.out)")
    #expect(outcome.out.contains("->>>>>>> ") && outcome.out.contains("\n+both\n"), "\(outcome.out)")
    try await s.sh(
      "git pull -q --ff-only origin main; llmos-hook --quiet allow --commits HEAD --reason seen; llmos-hook --quiet sync"
    ).succeeds()
    try await s.llmos("verify", "--strict", "main", in: s.root + "/host.git").succeeds()
    #expect(
      try await s.llmos("verify", "--show", "main", in: s.root + "/host.git").out.hasPrefix("OVERRIDDEN  "))
  }

  /// With rerere git resolves by itself what the owner resolved once: the commit is a landing like any other.
  @Test func aResolutionInAnAllowingPhaseIsALanding() async throws {
    let s = try await host(conflict: true)
    try await s.sh(
      """
      set -e; git config rerere.enabled true; git config rerere.autoupdate true
      ! git merge -q feature; sed -i '/^[<=>]/d' page; git add page; git commit -qm resolved
      git reset -q --hard HEAD^; ! git merge -q feature; git commit -qm 'by rerere'
      llmos-hook verify --strict; llmos-hook verify --show HEAD
      """
    ).succeeds()
    #expect(try await s.llmos("verify", "--show", "HEAD").out.hasPrefix("SATISFIED  "))
  }

  @Test func aSquashIsHeldToWhatItWasMadeOf() async throws {
    let s = try await host()
    let script =
      tree + "; " + Self.line.replacing("-p feature ", with: "") + "; git update-ref refs/heads/main $new"
    let outcome = try await show(s, script)
    outcome.succeeds()
    #expect(outcome.out.hasPrefix("UNPROVEN  "), "\(outcome.out)")
    #expect(
      outcome.out.contains(", which is nearest to it:\n") && outcome.out.contains("+mine"), "\(outcome.out)")
    #expect(!outcome.out.contains("-last"))
  }

  @Test func whatIsNoMergeIsSaid() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("echo own >own; git add own; git -c core.hooksPath=/dev/null commit -qm own").succeeds()
    try await s.llmos("verify", "--show", "HEAD").isRefused(
      1, "is no merge, and no proven commit changes a file")
    try await s.llmos("verify", "--show", "nowhere").isRefused(64, "nowhere is not a commit")
    try await s.llmos("verify", "--show", "HEAD", "--format", "sarif").isRefused(
      64, "--show takes one commit")
  }
}

extension Outcome {
  /// Exit code 1 without a message of its own: what is wrong stands in the result.
  fileprivate func isRefusedSilently(_ location: SourceLocation = #_sourceLocation) {
    #expect(code == 1 && err.isEmpty, "\(all)", sourceLocation: location)
  }
}
