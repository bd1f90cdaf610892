import Foundation
import Testing

/// A secret has to go: `begin-anew`, and the page that tells how.
@Suite struct BeginAnewTests {
  private static let file = "config/secret.key"

  /// The page's blocks, with the secret's file and the server as the page names them.
  private func blocks() throws -> [String] {
    let text = try String(
      contentsOfFile: Sandbox.package + "/docs/purging-a-secret.md", encoding: .utf8)
    return text.matches(of: /```sh\n(.*?)```/.dotMatchesNewlines()).map { String($0.1) }
  }

  /// A strict server, and a clone of it that has committed a secret, with everything that can keep it: a backup, a dropped
  /// commit, an audited tree, a tag, a branch, another clone's ledger.
  private func leaked(keys: Bool = false) async throws -> Sandbox {
    try await Sandbox.copy(of: "leaked, keys: \(keys)") {
      let s = try await Sandbox.governed()
      let signing = """
        mkdir -p .llmos; ssh-keygen -q -t ed25519 -N '' -f ../key; git config --global llmos.signingKey "$PWD/../key"
        { echo '# version: 1'; echo "OWNER,SYSTEM $(cat ../key.pub)"; } >.llmos/allowed_signers
        git add .llmos; git commit -qm signers; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
        """
      try await s.sh(
        """
        set -e
        \(keys ? signing : "")
        git init -q --bare -b main project.git; echo /project.git >>.git/info/exclude
        llmos-hook --quiet -C project.git install --server; git -C project.git config llmos.strict true
        git remote add origin project.git; git tag before
        mkdir config; echo hunter2 >\(Self.file); git add config; git commit -qm leak; git tag leaked
        echo more >README; git commit -qam work
        llmos-hook --quiet sync --push origin; git push -q --tags origin
        git clone -q project.git ../other; git -C ../other checkout -q -b theirs
        llmos-hook --quiet rollback before --reason t; llmos-hook --quiet rollback --undo
        llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
        git checkout -q -b side; echo side >side; git add side; git commit -qm side; git checkout -q main
        llmos-hook --quiet set QUALITY_GATE AUDIT; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t
        llmos-hook --quiet next-phase; llmos-hook --quiet sync; git push -q --all origin
        """
      ).succeeds()
      if !keys {
        try await s.sh(
          "set -e; llmos-hook --quiet install; llmos-hook --quiet sync", in: s.root + "/other"
        ).succeeds()
      }
      return s
    }
  }

  private static let blob = "$(printf 'hunter2\\n' | git hash-object --stdin)"

  /// A worktree that git reaches by a relative path (`extensions.relativeWorktrees`, git 2.48) goes on in it.
  @Test func aWorktreeOfARelativePathGoesOn() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e; git worktree add -q -b w ../w; echo '../../../../w/.git' >.git/worktrees/w/gitdir
      (cd ../w; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t; git commit -q --allow-empty -m x)
      llmos-hook begin-anew --reason t; git rev-parse -q --verify refs/llmos/ledger/w
      cd ../w; llmos-hook verify; git commit -q --allow-empty -m y; llmos-hook verify --strict
      """
    ).succeeds()
  }

  @Test(arguments: [true, false]) func thePageRunsAsItStands(keys: Bool) async throws {
    let s = try await leaked(keys: keys)
    var steps = try blocks()
    try #require(steps.count == 8)
    try await s.sh("git cat-file -e \(Self.blob) && git -C project.git cat-file -e \(Self.blob)").succeeds()
    let hasFilterRepo = try await s.sh("command -v git-filter-repo").code == 0
    steps.remove(at: hasFilterRepo ? 2 : 1)
    if keys { steps.remove(at: 3) }
    let place = try await s.place()
    try await s.sh("set -e\n" + steps.joined(separator: "\n")).succeeds()
    for directory in ["repo sitory", "repo sitory/project.git", "fresh"] {
      let at = s.root + "/" + directory
      #expect(try await s.sh("git cat-file -e \(Self.blob)", in: at).code != 0, "\(directory) has the secret")
      let verify = try await s.llmos("verify", "--strict", "main", in: at).succeeds()
      #expect(verify.out.contains("OVERRIDDEN"), "\(verify.out)")
    }
    #expect(try await s.place() == place)
    try await s.llmos("doctor").succeeds()
    try await s.llmos("doctor", in: s.root + "/fresh").succeeds()
    #expect(try await s.git("notes", "--ref=llmos", "list").out.isEmpty == false)
    // What comes after is proved, and what no hook saw is not.
    try await s.sh(
      """
      set -e; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; git commit -q --allow-empty -m new
      llmos-hook --quiet sync --push; llmos-hook verify HEAD^..HEAD | grep SATISFIED
      git -c core.hooksPath=/dev/null commit -q --allow-empty -m unseen; llmos-hook --quiet sync
      """
    ).succeeds()
    #expect(try await s.llmos("verify", "HEAD^..HEAD").out.contains("UNSEEN"))
    try await s.git("push", "-q", "origin", "main").isRefusedByServer("UNSEEN")
    if keys { return }
    // An old clone is told, whatever it does.
    let other = s.root + "/other"
    try await s.llmos("sync", in: other).isRefused(1, "begun anew", "clone again")
    try await s.sh(
      "git push -q origin refs/llmos/ledger/main:refs/llmos/ledger/$(git config llmos.clone)/main", in: other
    ).isRefusedByServer("was replaced")
    try await s.sh(
      "git checkout -q main; git commit -q --allow-empty -m old; git push -q origin main:old", in: other
    ).isRefusedByServer("UNPROVEN")
  }

  /// A push to a server without keys deletes no ledger, whoever signed what.
  @Test func onlyTheAdministratorDeletesWithoutKeys() async throws {
    let s = try await leaked()
    try await s.sh("llmos-hook sync && llmos-hook begin-anew --reason t").succeeds()
    let before = try await s.sh("git -C project.git for-each-ref refs/llmos/ledger").out
    try await s.llmos("sync").isRefused(1, "keeps 2 replaced ledgers", "administrator")
    let after = try await s.sh("git -C project.git for-each-ref refs/llmos/ledger").out
    #expect(before.split(separator: "\n").allSatisfy { after.contains($0) })
    try await s.sh(
      "ssh-keygen -q -t ed25519 -N '' -f ../key; git config llmos.signingKey \"$PWD/../key\"; llmos-hook --quiet begin-anew --reason t"
    ).succeeds()
    #expect(try await s.llmos("sync").code == 1)
    try await s.llmos("-C", "project.git", "begin-anew", "--reason", "t", env: ["LLMOS_AGENT": "DEV"])
      .isRefused(1, "only the owner")
    try await s.llmos("-C", "project.git", "begin-anew", "--reason", "t").succeeds()
    #expect(
      try await s.sh("git -C project.git for-each-ref refs/llmos/ledger").out.split(separator: "\n").count
        == 1)
    try await s.llmos("sync").succeeds()
  }

  @Test func everyWorktreeGoesOnWhereItIs() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    let two = s.root + "/two"
    try await s.sh(
      """
      set -e; git worktree add -q -b two ../two; git worktree add -q -b gone ../gone
      for d in two gone; do (cd ../$d; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; git commit -q --allow-empty -m $d); done
      git worktree remove --force ../gone; cd ../two; llmos-hook --quiet set QUALITY_GATE AUDIT
      """
    ).succeeds()
    try await s.llmos("begin-anew", "--reason", "t").succeeds()
    #expect(try await s.place() == "FEATURE_DEVELOPMENT:QA")
    #expect(try await s.place(in: two) == "QUALITY_GATE:AUDIT")
    let ledgers = try await s.git("for-each-ref", "--format=%(refname)", "refs/llmos").out
    #expect(ledgers == "refs/llmos/ledger/main\nrefs/llmos/ledger/two\n")
    for ledger in ["main", "two"] {
      #expect(try await s.git("rev-list", "--count", "refs/llmos/ledger/" + ledger).out.trimmed == "1")
      #expect(try await s.git("reflog", "show", "refs/llmos/ledger/" + ledger).out.isEmpty)
    }
    // The audit goes on: with the worktree as it stood when the ledger began anew.
    try s.write(two + "/README", "changed\n")
    try await s.sh("llmos-hook --quiet next-phase", in: two).succeeds()
    try await s.llmos("verdict", "PASS", in: two).isRefused(1, "README")
    try await s.git("checkout", "-q", "README", in: two).succeeds()
    try await s.llmos("verdict", "PASS", in: two).succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    // A command that was killed on the way is run again.
    try await s.llmos("begin-anew", "--reason", "again").succeeds()
    let list = try await s.git("show", "refs/llmos/ledger/main:replaced").out
    #expect(list.matches(of: /\n/).count == 6, "\(list)")
    try await s.llmos("doctor").succeeds()
    try await s.llmos("uninstall").succeeds()
    #expect(try await s.git("config", "llmos.clone").out.isEmpty)
  }

  @Test(arguments: [["LLMOS_AGENT": "DEV"], ["LLMOS_ACTOR": "SYSTEM"]])
  func onlyTheOwnerBeginsAnew(env: [String: String]) async throws {
    let s = try await Sandbox.governed()
    let before = try await s.git("for-each-ref").out
    try await s.llmos("begin-anew", "--reason", "t", env: env).isRefused(1, "only the owner can begin anew")
    #expect(try await s.git("for-each-ref").out == before)
    try await s.llmos("begin-anew", "--reason", " ").isRefused(64)
  }

  /// What was in quarantine, or moved behind the hooks' back, the owner accepts with the rest.
  @Test func historyIsAcceptedAsItStands() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    try await s.sh(
      "git -c core.hooksPath=/dev/null commit -q --allow-empty -m bad; git -c core.hooksPath=/dev/null branch more $(git commit-tree -p HEAD -m more HEAD^{tree})"
    ).succeeds()
    #expect(try await s.llmos("status").all.contains("quarantine"))
    try await s.llmos("begin-anew", "--reason", "t").succeeds()
    #expect(try await s.llmos("status").all.contains("quarantine") == false)
    try await s.llmos("verify", "--strict").succeeds()
    try await s.sh("git -c core.hooksPath=/dev/null commit -q --allow-empty -m bad").succeeds()
    #expect(try await s.llmos("status").all.contains("quarantine"))
    #expect(try await s.llmos("verify").code == 1)
  }
}

extension Outcome {
  /// A push that a server refused, with these words.
  fileprivate func isRefusedByServer(_ words: String) {
    #expect(code == 1, "\(all)")
    #expect(err.contains("push refused: ") && err.contains(words), "\(err)")
  }
}
