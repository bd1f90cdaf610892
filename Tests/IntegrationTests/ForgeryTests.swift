import Foundation
import Testing

/// Everything that proves something, forged: `verify` or `doctor` names each.
@Suite struct ForgeryTests {
  private static let git = "git -c core.hooksPath=/dev/null"
  /// Puts an entry like the newest in its place, with one file of its tree edited.
  private static func entry(_ name: String, _ edit: String) -> String {
    """
    l=refs/llmos/ledger/main; b=$(git cat-file blob $l:\(name) | \(edit) | git hash-object -w --stdin)
    t=$(git ls-tree $l | sed "s/[0-9a-f]\\{40,64\\}\\(.\(name)\\)/$b\\1/" | git mktree)
    \(git) update-ref $l $(git commit-tree -p $l^ -m forged $t)
    """
  }

  /// A command that forges something, and the words by which it is named.
  private static let forgeries: [(forge: String, words: String)] = [
    ("sed -i 's/QA/IMPLEMENTATION/' SCENARIO_STATE.yml", "SCENARIO_STATE.yml was edited by hand"),
    ("sed -i 's/run_tests/commit_changes/' SCENARIO_STATE.yml", "SCENARIO_STATE.yml was edited by hand"),
    ("\(git) update-ref -d refs/llmos/ledger/main", "no state is sealed"),
    // Taken back by an entry: the state file and the notes know better.
    ("\(git) update-ref refs/llmos/ledger/main refs/llmos/ledger/main^", "was edited by hand"),
    (
      "\(git) update-ref refs/llmos/ledger/main refs/llmos/ledger/main^; llmos-hook restore",
      "which is not a ledger entry"
    ),
    // Taken back behind git's back, where references are files: its reflog knows better.
    Sandbox.keepsReferencesInFiles
      ? (
        "git rev-parse refs/llmos/ledger/main^ >../old; cp ../old .git/refs/llmos/ledger/main",
        "refs/llmos/ledger/main was wound back"
      ) : ("\(git) update-ref -d refs/llmos/ledger/main", "no state is sealed"),
    ("\(git) update-ref refs/llmos/ledger/main HEAD", "is not a ledger entry"),
    ("\(git) symbolic-ref refs/llmos/ledger/main refs/heads/main", "symbolic reference"),
    (entry("gate", "sed 's/action .*/action commit_changes/'"), "allows more than its rules"),
    (entry("gate", "sed 's/^seq .*/seq 99/'"), "contradict each other"),
    (entry("entry.json", "sed 's/\"head\":\"[0-9a-f]*\"/\"head\":null/'"), "contradict each other"),
    (entry("entry.json", "sed 's/\"phase\":\"QA\"/\"phase\":\"RELEASE\"/'"), "contradict each other"),
    (entry("entry.json", "tr -d '{'"), "its entry.json cannot be read"),
    (entry("entry.json", "sed 's/\"at\":\"20/\"at\":\"21/'"), "is in the future"),
    (entry("entry.json", "sed 's/\"at\":\"20/\"at\":\"19/'"), "is older than the one before it"),
    // A record that no entry stands behind, in a flat tree and in one that is fanned out.
    (
      "n=$(printf '{\"at\":\"2026-01-01T00:00:00Z\",\"commit\":\"%s\",\"entry\":\"%s\",\"kind\":\"phase-completed\"}' $(git rev-parse HEAD HEAD) | git hash-object -w --stdin); h=$(git rev-parse HEAD); \(git) update-ref refs/notes/llmos $(git commit-tree -m x $(printf '100644 blob %s\\t%s\\n' $n $h | git mktree))",
      "which is not a ledger entry"
    ),
    (
      "n=$(printf '{\"at\":\"2026-01-01T00:00:00Z\",\"commit\":\"%s\",\"entry\":\"%s\",\"kind\":\"phase-completed\"}' $(git rev-parse HEAD HEAD) | git hash-object -w --stdin); h=$(git rev-parse HEAD); s=$(printf '100644 blob %s\\t%s\\n' $n ${h#??} | git mktree); \(git) update-ref refs/notes/llmos $(git commit-tree -m x $(printf '040000 tree %s\\t%s\\n' $s $(echo $h | cut -c1-2) | git mktree))",
      "which is not a ledger entry"
    ),
    (
      "n=$(git notes --ref=llmos show | sed 's/\"at\":\"20../\"at\":\"1999/'); \(git) notes --ref=llmos add -f -m \"$n\"",
      "its entry"
    ),
    ("\(git) replace HEAD HEAD^", "refs/replace/"),
    ("mkdir -p .git/info; echo $(git rev-parse HEAD) >.git/info/grafts", "info/grafts"),
    ("git config core.hooksPath /dev/null", "leads nowhere in"),
    ("rm .git/hooks/reference-transaction", "not ours in"),
    ("chmod -x .git/hooks/pre-commit", "not executable"),
    ("rm .git/llmos/bin/llmos-gate", "is missing"),
  ]

  @Test(arguments: forgeries.indices) func isNamed(index: Int) async throws {
    let (forge, words) = Self.forgeries[index]
    let s = try await Sandbox.copy(of: "ForgeryTests") {
      let s = try await Sandbox.governed()
      try await s.git("commit", "-q", "--allow-empty", "-m", "good").succeeds()
      try await s.llmos("next-phase").succeeds()
      try await s.llmos("doctor").succeeds()
      return s
    }
    try await s.sh("set -e; \(forge)").succeeds()
    let doctor = try await s.llmos("doctor")
    #expect(doctor.code == 1, "\(forge): \(doctor.all)")
    #expect(doctor.all.contains(words), "\(forge): \(doctor.all)")
  }

  /// An agent that goes back to a branch with a kinder catalog.
  @Test func anOlderCatalogIsNotBroughtBack() async throws {
    let s = try await Sandbox.governed("FEATURE_DEVELOPMENT", "QA")
    let kind = """
      scenario: FEATURE_DEVELOPMENT
      phases:
        QA: {active_role: QA, allowed_actions: [run_tests, commit_changes]}
      """
    try s.write("scenarios/FEATURE_DEVELOPMENT.yml", kind)
    try await s.sh(
      """
      set -e
      llmos-hook --quiet allow --once --reason x; git add scenarios; git commit -qm kind; git branch kind
      llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason test
      git rm -q scenarios/FEATURE_DEVELOPMENT.yml; git commit -qm strict
      llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason test
      git checkout -q kind; echo x >f
      """
    ).succeeds()
    try await s.sh("./step.sh x", env: ["LLMOS_AGENT": "QA"]).isRefused(
      1, "are older than those in the ledger")
    try await s.sh("git add f; git commit -qm x", env: ["LLMOS_AGENT": "QA"]).isRefused(
      1, "are older than those in the ledger")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test").succeeds()
    try await s.sh("./step.sh x", env: ["LLMOS_AGENT": "QA"]).succeeds()
  }

  /// What an agent claims stands in the ledger, beside what was seen of it.
  @Test func aClaimIsWrittenDownBesideTheMark() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("next-phase", env: ["CLAUDECODE": "1", "LLMOS_ACTOR": "OWNER"]).succeeds()
    let entry = try await s.git("cat-file", "blob", "refs/llmos/ledger/main:entry.json").out
    #expect(entry.contains("\"claimed\":\"LLMOS_ACTOR=OWNER\""))
    #expect(entry.contains("\"detected\":\"CLAUDECODE\""))
  }

  /// Words of a ledger that somebody else made steer no terminal.
  @Test func foreignWordsAreShownPlainly() async throws {
    let s = try await Sandbox.governed()
    let steer =
      #"sed 's/"actor":"OWNER"/"actor":"\\u001b[31mX\\u009b\\u202e"/; s/"reason":null/"reason":"\\u001b[2J"/'"#
    try await s.sh(
      """
      set -e; git commit -q --allow-empty -m a; llmos-hook next-phase; l=refs/llmos/ledger/main
      \(Self.entry("entry.json", steer))
      git -c core.hooksPath=/dev/null update-ref refs/llmos/ledger/0123456789abcdef/x $l
      """
    ).succeeds()
    try await s.sh("git show refs/llmos/ledger/main:entry.json | grep -q u001b").succeeds()
    for words in ["log", "log HEAD", "verify", "doctor", "status", "status --all", "sync", "report --html -"]
    {
      let shown = try await s.sh("llmos-hook " + words).all
      for scalar in ["\u{1B}", "\u{9B}", "\u{202E}"] as [Unicode.Scalar] {
        #expect(!shown.unicodeScalars.contains(scalar), "\(words): \(shown)")
      }
    }
  }
}
