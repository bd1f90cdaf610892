import Foundation
import Testing

/// What the messages of entries say of their trees: `verify` judges by it, and servers and `doctor` hold it to the trees.
@Suite struct EntryMessageTests {
  private static let git = "git -c core.hooksPath=/dev/null"

  /// Puts an entry like the newest in its place, with its message edited.
  private static func rewritten(_ edit: String) -> String {
    """
    set -e; l=refs/llmos/ledger/main
    n=$(git log -1 --format=%B $l | \(edit) | git commit-tree -p $l^ $l^{tree})
    \(git) update-ref $l $n
    """
  }

  /// Entries of many kinds, read by their messages as a clone reads them, and by their parts as a server does.
  @Test func judgedByMessagesOrByPartsIsTheSame() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e
      for i in 1 2 3; do git commit -q --allow-empty -m $i; llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason t
        \(Self.git) commit -q --allow-empty -m "bad $i"
        llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t
        \(Self.git) commit -q --allow-empty -m "unseen $i"; done
      llmos-hook --quiet allow --commits HEAD~1..HEAD --reason fine
      mkdir .llmos; echo 'commits: {message: "^[a-z]"}' >.llmos/config.yml; git add .llmos; git commit -qm rules
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t
      git commit -q --allow-empty -m good; llmos-hook --quiet allow --once --reason x
      git commit -q --allow-empty -m once; git tag v1; git commit -q --allow-empty -m two
      llmos-hook --quiet rollback v1 --force; git commit -q --allow-empty -m four
      llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason t; llmos-hook doctor
      git clone -q --mirror . ../mirror
      """
    ).succeeds()
    let byMessages = try await s.sh("llmos-hook verify HEAD")
    #expect(try await s.sh("llmos-hook verify HEAD", in: s.root + "/mirror").all == byMessages.all)
    for kind in ["SATISFIED", "UNSEEN", "VIOLATION", "OVERRIDDEN", "ROLLBACK", "PREDATES"] {
      #expect(byMessages.all.contains(kind), "\(byMessages.all)")
    }
    let landings = try await s.sh("git log --format=%B refs/llmos/ledger/main | grep -c '^1 [0-9a-f]* made'")
      .out
    #expect(Int(landings.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 > 5)
  }

  /// A message that says otherwise than its tree.
  @Test(arguments: [
    "sed 's/^gate .*/gate '$(git log --format=%B refs/llmos/ledger/main^ | sed -n 's/^gate //p' | tail -1)'/'",
    "sed '/^1 /d'", "sed 's/^at 20/at 19/'", "sed 's/^state ./state 0/'", "sed 's/^head .*/head -/'",
    "sed 's/^seq .*/seq 7/'", "sed 's/^replaced -/replaced '$(git rev-parse HEAD)'/'",
  ]) func whoHoldsItToTheTreeSeesIt(edit: String) async throws {
    let s = try await Sandbox.copy(of: "EntryMessageTests") {
      let s = try await Sandbox.governed()
      try await s.sh(
        """
        set -e; git init -q --bare ../server.git; git remote add origin ../server.git
        llmos-hook --quiet -C ../server.git install --server
        git commit -q --allow-empty -m a; llmos-hook --quiet next-phase; llmos-hook --quiet sync
        llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t
        git commit -q --allow-empty -m b; llmos-hook --quiet next-phase --reason t; llmos-hook doctor
        """
      ).succeeds()
      return s
    }
    try await s.sh(Self.rewritten(edit)).succeeds()
    let doctor = try await s.llmos("doctor")
    #expect(doctor.code == 1 && doctor.all.contains("contradict"), "\(edit): \(doctor.all)")
    let push = try await s.sh("llmos-hook sync")
    #expect(push.code != 0 && push.all.contains("contradict"), "\(edit): \(push.all)")
  }
}
