import Foundation
import FoundationXML
import Testing

/// Hosts of code that run no hooks of ours: the action, GitLab's component and the script for the rest, over a bare
/// repository to which everybody pushes and in which the host merges by plumbing.
@Suite struct HostTests {
  /// A host `team/project` without hooks, a clone of it, and a pull request of two proven commits, number 1.
  private func host() async throws -> Sandbox {
    try await Sandbox.copy(of: "HostTests") {
      let s = try await Sandbox()
      try await s.sh(
        """
        set -e
        git init -q --bare -b main ../host/team/project; git remote add origin ../host/team/project
        echo one >README; git add README; git commit -qm first
        llmos-hook --quiet install --no-scripts; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
        echo two >README; git commit -qam 'on main'; llmos-hook --quiet sync --push origin
        git switch -q -c feature/page
        mkdir src; echo 1 >'src/a page.txt'; git add .; git commit -qm 'Add a page'
        echo 2 >>'src/a page.txt'; git commit -qam 'Add a line'; llmos-hook --quiet sync --push origin
        git switch -q main; echo m >m; git add m; git commit -qm 'meanwhile'; llmos-hook --quiet sync --push origin
        git -C ../host/team/project update-ref refs/pull/1/head feature/page
        """
      ).succeeds()
      return s
    }
  }

  /// The action as a workflow of the host would call it, with programs that were built already.
  private func runner(
    _ s: Sandbox, event: String, _ more: [String: String], archive: Bool = true
  ) async throws -> ActionRunner {
    // Its own files, but nothing that would take minutes: what is built is there already.
    try await s.sh(
      """
      set -e
      mkdir -p ../action/Sources; cd ../action
      for name in action.yml docs hooks scripts Package.swift step.sh llmos; do cp -r "$PACKAGE/$name" .; done
      mkdir -p out/bin; printf '#!/bin/sh\\nexec "%s/llmos-hook" "$@"\\n' "$PROGRAMS" >out/bin/llmos-hook
      printf '#!/bin/sh\\nmkdir -p "$2"; cp -r "$(dirname "$0")/out/bin" "$2"; echo built\\n' >install.sh
      chmod +x install.sh out/bin/llmos-hook; tar -czf ../programs.tar.gz -C out .
      """, env: ["PACKAGE": Sandbox.package, "PROGRAMS": Sandbox.binaries]
    ).succeeds()
    var context = more
    context["github.event_name"] = event
    context["github.server_url"] = "file://\(s.root)/host"
    context["github.repository"] = "team/project"
    context["github.token"] = "secret"
    if archive { context["inputs.archive"] = s.root + "/programs.tar.gz" }
    return ActionRunner(context: context, sandbox: s, action: s.root + "/action")
  }

  private func commit(_ s: Sandbox, _ name: String) async throws -> String {
    try await s.git("rev-parse", name).succeeds().out.trimmed
  }

  private func pullRequest(_ s: Sandbox, _ more: [String: String] = [:]) async throws -> [String: String] {
    [
      "github.event.pull_request.base.sha": try await commit(s, "main"),
      "github.event.pull_request.head.sha": try await commit(s, "feature/page"),
      "github.event.pull_request.head.repo.full_name": "team/project",
      "github.sha": String(repeating: "1", count: Sandbox.digits),
    ].merging(more) { $1 }
  }

  // MARK: GitHub

  /// The five steps of docs/teams.md, from the first install to a squash that the check proves.
  @Test(.mergesTrees) func fiveStepsLeadToARequiredCheck() async throws {
    let steps = try String(contentsOfFile: Sandbox.package + "/docs/teams.md", encoding: .utf8)
    func run(_ s: Sandbox, _ command: String, in directory: String? = nil) async throws {
      #expect(steps.contains("`\(command.replacing("login", with: "NAME"))`"), "docs/teams.md: \(command)")
      try await s.sh(command, in: directory).succeeds()
    }
    let s = try await Sandbox()
    try await s.sh(
      """
      set -e
      git init -q --bare -b main ../host/team/project; git remote add origin ../host/team/project
      echo one >README; git add README; git commit -qm first; git push -q -u origin main
      """
    ).succeeds()
    let first = try await commit(s, "main")
    try await run(s, "llmos-hook install")
    try s.write(
      ".github/workflows/process.yml",
      try String(contentsOfFile: Sandbox.package + "/docs/ci/github.yml", encoding: .utf8))
    try await run(s, "git add .github docs/features llmos scripts step.sh")
    try await run(s, "llmos-hook allow --once --reason \"the process begins\"")
    try await run(s, "git commit -m \"Begin the process\"")
    #expect(try await s.git("status", "--porcelain").out == "", "nothing of what was installed is left over")
    try await run(s, "llmos-hook sync --push origin")
    let begun = try await commit(s, "main")
    var result = try await runner(
      s, event: "push", ["github.event.before": first, "github.sha": begun]
    ).run()
    #expect(result.outcome.code == 0, "\(result.outcome.all)")

    try await run(s, "llmos-hook feature start login")
    let worktree = s.repository + "-login"
    try await s.sh(
      """
      set -e
      echo 'People log in.' >>docs/features/login/feature_brief.md
      for phase in 1 2 3; do llmos-hook --quiet next-phase; done
      echo 1 >login; LLMOS_AGENT=DEV ./step.sh 'Add the login page'
      """, in: worktree
    ).succeeds()
    try await run(s, "llmos-hook sync --push origin", in: worktree)
    let host = s.root + "/host/team/project"
    let head = try await commit(s, "feature/login")
    try await s.git("update-ref", "refs/pull/1/head", head, in: host).succeeds()
    result = try await runner(
      s, event: "pull_request",
      [
        "github.event.pull_request.base.sha": begun, "github.event.pull_request.head.sha": head,
        "github.event.pull_request.head.repo.full_name": "team/project",
      ]
    ).run()
    #expect(
      result.outcome.code == 0 && result.summary.contains("every commit is proven"), "\(result.outcome.all)")

    try await s.sh(
      "git update-ref refs/heads/main \"$(git commit-tree -p main -m 'Login (#1)' \(head)^{tree})\"; git update-ref -d refs/heads/feature/login",
      in: host
    ).succeeds()
    let squash = try await s.git("rev-parse", "main", in: host).out.trimmed
    result = try await runner(s, event: "push", ["github.event.before": begun, "github.sha": squash]).run()
    #expect(result.outcome.code == 0 && result.summary.contains("| DERIVED | 1 |"), "\(result.outcome.all)")
    try await run(s, "git pull")
    try await s.sh("for phase in 1 2 3; do llmos-hook --quiet next-phase; done", in: worktree).succeeds()
    try await run(s, "llmos-hook feature finish login")
    let main = try await commit(s, "main")
    #expect(!s.exists(worktree) && main == squash)
  }

  @Test func aProvenPullRequestPassesWithProgramsThatAreBuiltOnce() async throws {
    let s = try await host()
    var runner = try await runner(s, event: "pull_request", pullRequest(s), archive: false)
    let first = try await runner.run()
    first.outcome.succeeds()
    #expect(first.outcome.out.hasSuffix("built\n"), "\(first.outcome.out)")
    #expect(first.ran == ["programs", "cache", "2", "3"])
    #expect(first.summary.hasPrefix("## Process: every commit is proven\n"), "\(first.summary)")
    #expect(first.summary.contains("| SATISFIED | 2 |"), "\(first.summary)")
    // The cache has them the next time.
    runner.foreign["actions/cache@v4"] = ["cache-hit": "true"]
    let second = try await runner.run()
    second.outcome.succeeds()
    #expect(second.ran == ["programs", "cache", "3"])
    #expect(!first.outcome.all.contains("secret"))
  }

  /// A fix that was picked onto a release, on top of other work and later than it was made, is squashed on main.
  @Test(.mergesTrees) func aSquashOfWhatWasPickedElsewhereToo() async throws {
    let s = try await Sandbox()
    try await s.sh(
      """
      set -e
      git init -q --bare -b main ../host; git remote add origin ../host; git commit -q --allow-empty -m base
      llmos-hook --quiet install --no-scripts; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      git push -q origin main
      git switch -q -c fix; echo fix >fix; git add fix; git commit -qm fix
      git switch -q -c release main; echo other >other; git add other; git commit -qm other
      now=$(date +%s); GIT_COMMITTER_DATE="$((now + 60)) +0000" git cherry-pick fix >/dev/null
      git push -q origin fix release; git switch -q main
      squash=$(git -C ../host commit-tree -p main -m 'fix (#1)' 'fix^{tree}')
      git -C ../host update-ref refs/heads/main $squash
      git pull -q origin main
      """
    ).succeeds()
    let verified = try await s.llmos("verify", "--strict").succeeds()
    #expect(verified.out.contains("DERIVED"), "\(verified.all)")
  }

  @Test func aBadCommitIsAnnotatedOnItsLine() async throws {
    let s = try await host()
    try await s.sh(
      """
      set -e
      git switch -q feature/page
      echo 3 >>'src/a page.txt'; git -c core.hooksPath=/dev/null commit -qam '50%: a, b'
      llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason test
      git -c core.hooksPath=/dev/null commit -q --allow-empty -m 'nothing | <b>'
      llmos-hook --quiet sync; git push -q origin feature/page
      git -C ../host/team/project update-ref refs/pull/1/head feature/page
      """
    ).succeeds()
    var context = try await pullRequest(s)
    context["inputs.sarif"] = s.root + "/log.sarif"
    let result = try await runner(s, event: "pull_request", context).run()
    #expect(result.outcome.code == 1, "\(result.outcome.all)")
    let head = try await commit(s, "feature/page")
    let unseen = try await commit(s, "feature/page~1")
    let lines = result.outcome.out.split(separator: "\n").map(String.init)
    try #require(lines.count == 2, "\(lines)")
    #expect(
      lines[0].hasPrefix(
        "::error title=VIOLATION \(head.prefix(10))::nothing | <b>: no hook saw it land, and "
          + "FEATURE_DEVELOPMENT:QA allows no commits%0AThe owner accepts it"), "\(lines[0])")
    #expect(
      lines[1].hasPrefix(
        "::error file=src/a page.txt,line=3,title=UNSEEN \(unseen.prefix(10))::50%25: a, b: no hook saw it land"
      ),
      "\(lines[1])")
    #expect(
      result.summary.contains("| \(head) | nothing \\| \\<b\\> | VIOLATION |"), "\(result.summary)")
    #expect(result.summary.hasPrefix("## Process: not proven\n"))
    try checkSARIF(try s.read(s.root + "/log.sarif"), [head, unseen])
  }

  /// More than GitHub shows: the last one says so.
  @Test func theEleventhAnnotationIsCounted() async throws {
    let s = try await host()
    try await s.sh(
      """
      set -e; git switch -q feature/page
      for i in 1 2 3 4 5 6 7 8 9 10 11 12; do git -c core.hooksPath=/dev/null commit -q --allow-empty -m "x$i"; done
      llmos-hook --quiet sync; git push -q origin feature/page
      git -C ../host/team/project update-ref refs/pull/1/head feature/page
      """
    ).succeeds()
    let result = try await runner(s, event: "pull_request", pullRequest(s)).run()
    let lines = result.outcome.out.split(separator: "\n")
    #expect(lines.count == 10)
    #expect(lines.last?.hasPrefix("::error title=and 3 more::GitHub shows ten at most") == true, "\(lines)")
    #expect(result.summary.components(separatedBy: "| UNSEEN |").count == 14, "\(result.summary)")
  }

  /// What a host makes of a pull request, with its branch deleted at once, is proven by what the host keeps of it.
  @Test(.mergesTrees, arguments: ["merge", "squash", "rebase"]) func aPushOfWhatTheHostMadePasses(
    kind: String
  ) async throws {
    let s = try await host()
    let before = try await commit(s, "main")
    try await s.sh(
      """
      set -e; cd ../host/team/project
      tree=$(git merge-tree --write-tree main feature/page)
      case \(kind) in
      merge) new=$(git commit-tree -p main -p feature/page -m 'Merge pull request #1' $tree) ;;
      squash) new=$(git commit-tree -p main -m 'A page (#1)' $tree) ;;
      rebase)
        git worktree add -q --detach ../work feature/page; git -C ../work rebase -q main
        new=$(git -C ../work rev-parse HEAD); git worktree remove --force ../work ;;
      esac
      git update-ref refs/heads/main $new; git update-ref -d refs/heads/feature/page
      """
    ).succeeds()
    let main = try await s.git("ls-remote", "origin", "refs/heads/main").out.prefix(Sandbox.digits)
    let result = try await runner(
      s, event: "push", ["github.event.before": before, "github.sha": String(main)]
    ).run()
    result.outcome.succeeds()
    #expect(result.summary.contains("| DERIVED | \(kind == "rebase" ? 2 : 1) |"), "\(result.summary)")
  }

  /// A queue tests A and B together, then A alone lands: one merge on top of the other, each of proven work.
  @Test(.mergesTrees) func aMergeQueueIsDerived() async throws {
    let s = try await host()
    try await s.sh(
      """
      set -e
      git switch -q -c feature/b main; echo b >b; git add b; git commit -qm b; llmos-hook --quiet sync --push origin
      cd ../host/team/project
      tree=$(git merge-tree --write-tree main feature/page)
      a=$(git commit-tree -p main -p feature/page -m 'Merge A' $tree); git update-ref refs/heads/queue/a $a
      tree=$(git merge-tree --write-tree $a feature/b)
      b=$(git commit-tree -p $a -p feature/b -m 'Merge B' $tree); git update-ref refs/heads/queue/b $b
      """
    ).succeeds()
    try await s.git("fetch", "-q", "origin").succeeds()
    let base = try await commit(s, "main")
    for name in ["origin/queue/b", "origin/queue/a"] {
      let result = try await runner(
        s, event: "merge_group",
        [
          "github.event.merge_group.base_sha": base,
          "github.event.merge_group.head_sha": try await commit(s, name),
        ]
      ).run()
      result.outcome.succeeds()
      #expect(result.summary.contains("| DERIVED | \(name.hasSuffix("b") ? 2 : 1) |"), "\(result.summary)")
    }
    // A alone lands, and the queue builds B anew on top of it.
    try await s.sh(
      "cd ../host/team/project; git update-ref refs/heads/main queue/a; git update-ref -d refs/heads/queue/b"
    ).succeeds()
    try await s.sh("'\(Sandbox.package)/docs/ci/verify.sh' ../host/team/project main").succeeds()
  }

  /// A new branch has no commit before it, and a forced push one that is gone: what main does not have is judged.
  @Test(arguments: ["0", "2"]) func aPushWithoutACommitBeforeIsJudgedFromMain(digit: String) async throws {
    let s = try await host()
    let result = try await runner(
      s, event: "push",
      [
        "github.event.before": String(repeating: digit, count: Sandbox.digits),
        "github.sha": try await commit(s, "feature/page"),
      ]
    ).run()
    result.outcome.succeeds()
    #expect(result.summary.contains("| SATISFIED | 2 |"), "\(result.summary)")
  }

  @Test func whatCannotBeJudgedIsAnError() async throws {
    let s = try await host()
    let gone = String(repeating: "3", count: Sandbox.digits)
    let noCommit = try await runner(s, event: "push", ["github.event.before": gone, "github.sha": gone]).run()
    #expect(noCommit.outcome.code == 66, "\(noCommit.outcome.all)")
    #expect(noCommit.outcome.out.hasPrefix("::error title=llmos-hook::\(gone) is not there%0Anext: push it"))
    try await s.sh(
      "cd ../host/team/project; git for-each-ref --format='delete %(refname)' refs/llmos | git update-ref --stdin"
    ).succeeds()
    let noLedger = try await runner(s, event: "pull_request", pullRequest(s)).run()
    #expect(noLedger.outcome.code == 66, "\(noLedger.outcome.all)")
    #expect(
      noLedger.outcome.out.hasPrefix(
        "::error title=llmos-hook::no ledger is here, so nothing is proven%0Anext: llmos-hook sync"))
    var other = try await pullRequest(s)
    other["inputs.sha256"] = String(repeating: "0", count: 64)
    let wrong = try await runner(s, event: "pull_request", other).run()
    #expect(wrong.outcome.code == 69, "\(wrong.outcome.all)")
    #expect(wrong.outcome.out.hasPrefix("::error title=llmos-hook::the archive's SHA-256 is not 000"))
  }

  // MARK: Forks

  /// A contributor with a fork: a clone with hooks whose ledger goes to the fork.
  private func fork(_ s: Sandbox, hooks: Bool = true) async throws {
    try await s.sh(
      """
      set -e; cd ..
      git clone -q --bare host/team/project host/stranger/project
      git -C host/stranger/project for-each-ref --format='delete %(refname)' refs/llmos | git -C host/stranger/project update-ref --stdin
      git clone -q host/stranger/project stranger; cd stranger
      if \(hooks); then llmos-hook --quiet install --no-scripts; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; fi
      git switch -q -c fix; echo fix >fix; git add fix; git commit -qm 'A fix'
      if \(hooks); then llmos-hook --quiet sync --push origin; else git push -q origin fix; fi
      git -C ../host/team/project fetch -q ../../stranger/project fix:refs/pull/2/head
      """
    ).succeeds()
  }

  private func forksContext(_ s: Sandbox) async throws -> [String: String] {
    try await s.git("fetch", "-q", "origin", "refs/pull/2/head:refs/remotes/origin/pull-2").succeeds()
    return try await pullRequest(
      s,
      [
        "github.event.pull_request.head.sha": try await commit(s, "origin/pull-2"),
        "github.event.pull_request.head.repo.full_name": "stranger/project",
      ])
  }

  @Test func aForksLedgerIsFetchedFromTheFork() async throws {
    let s = try await host()
    try await fork(s)
    let result = try await runner(s, event: "pull_request", forksContext(s)).run()
    result.outcome.succeeds()
    #expect(result.summary.contains("| SATISFIED | 1 |"), "\(result.summary)")
  }

  /// With keys a stranger's ledger proves nothing: the owner looks at the commits and accepts them.
  @Test func withKeysTheOwnerAcceptsAForksCommits() async throws {
    let s = try await host()
    try await s.sh(
      """
      set -e
      ssh-keygen -q -t ed25519 -N '' -f ../key; git config llmos.signingKey "$PWD/../key"
      mkdir .llmos; echo "# version: 1" >.llmos/allowed_signers
      echo "OWNER,SYSTEM $(cat ../key.pub)" >>.llmos/allowed_signers
      git add .llmos; git commit -qm signers; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      llmos-hook --quiet sync --push origin
      """
    ).succeeds()
    try await fork(s, hooks: false)
    let context = try await forksContext(s)
    let refused = try await runner(s, event: "pull_request", context).run()
    #expect(refused.outcome.code == 1, "\(refused.outcome.all)")
    #expect(refused.outcome.out.contains("::error file=fix,line=1,title=UNPROVEN "), "\(refused.outcome.all)")
    try await s.sh(
      "llmos-hook --quiet allow --commits main..origin/pull-2 --reason reviewed; llmos-hook --quiet sync"
    ).succeeds()
    let accepted = try await runner(s, event: "pull_request", context).run()
    accepted.outcome.succeeds()
    #expect(accepted.summary.contains("| OVERRIDDEN | 1 |"), "\(accepted.summary)")
  }

  // MARK: GitLab and the rest

  @Test func gitlabsJobWritesAReport() async throws {
    let s = try await host()
    let text = try String(contentsOfFile: Sandbox.package + "/templates/verify.yml", encoding: .utf8)
    let parts = try yaml(text)
    let (header, job) = (parts.first, parts.last?["process"] as? [String: Any])
    #expect(parts.count == 2)
    let inputs = try #require((header?["spec"] as? [String: Any])?["inputs"] as? [String: Any])
    let script = try #require(job?["script"] as? [String]).joined(separator: "\n")
    for match in text.matches(of: /\$\[\[ inputs\.([a-z]+) \]\]/) {
      #expect(inputs[String(match.1)] != nil, "\(match.0)")
    }
    _ = try await runner(s, event: "push", [:])
    try await s.sh("mkdir ../job").succeeds()
    // The component's own files, as a repository.
    try await s.sh(
      """
      set -e; mkdir ../source; cd ../source; cp -r "$PACKAGE/docs" .; git init -q -b main; git add .; git commit -qm source
      """, env: ["PACKAGE": Sandbox.package]
    ).succeeds()
    let environment: [String: String?] = [
      "LLMOS_SOURCE": "file://\(s.root)/source", "LLMOS_VERSION": "main", "PATH": Sandbox.pathOfOthers,
      "LLMOS_ARCHIVE": s.root + "/programs.tar.gz", "CI_SERVER_URL": "file://\(s.root)/host",
      "CI_PROJECT_PATH": "team/project", "CI_JOB_TOKEN": "secret",
      "CI_COMMIT_SHA": try await commit(s, "feature/page"), "CI_MERGE_REQUEST_IID": "1",
      "CI_MERGE_REQUEST_DIFF_BASE_SHA": try await commit(s, "main"),
      "CI_MERGE_REQUEST_PROJECT_PATH": "team/project",
      "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "team/project",
    ]
    // GitLab serves PROJECT.git.
    try await s.sh("ln -s project ../host/team/project.git").succeeds()
    let job1 = try await s.sh("set -e\n" + script, in: s.root + "/job", env: environment)
    job1.succeeds()
    #expect(
      try s.read(s.root + "/job/llmos-process.xml").contains(
        #"tests="1" failures="0" errors="0" skipped="0">"#))
    try await s.sh(
      """
      set -e; git switch -q feature/page; git -c core.hooksPath=/dev/null commit -q --allow-empty -m 'a & "b"'
      llmos-hook --quiet sync; git push -q origin feature/page; rm -rf ../job/.llmos-source
      """
    ).succeeds()
    let bad = try await s.sh(
      "set -e\n" + script, in: s.root + "/job",
      env: environment.merging(["CI_COMMIT_SHA": try await commit(s, "feature/page")]) { $1 })
    #expect(bad.code == 1, "\(bad.all)")
    let report = s.root + "/job/llmos-process.xml"
    #expect(try s.read(report).contains("a &amp; &quot;b&quot;\"><failure type=\"UNSEEN\""))
    let document = try XMLCheck.parse(report)
    #expect(document.tests == 2)
    #expect(document.failures == 1)
  }

  @Test func theFormsOfVerifyContradictNothing() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("verify", "--json", "--format", "text").isRefused(
      64, "--json and --format text contradict each other")
    #expect(try await s.llmos("verify", "--format", "xml").code == 64)
    #expect(try await s.llmos("verify", "--format", "github").succeeds().out.isEmpty)
    let json = try await s.llmos("verify", "--format", "json").succeeds().out
    #expect(try await s.llmos("verify", "--json").out == json)
    #expect(try await s.llmos("verify", "--format", "text").out == s.llmos("verify").out)
    try checkSARIF(try await s.llmos("verify", "--format", "sarif").succeeds().out, [])
  }
}

/// Holds a log to SARIF 2.1.0: of each object that we write, the properties that the standard knows and demands.
private func checkSARIF(
  _ text: String, _ commits: [String], _ location: SourceLocation = #_sourceLocation
) throws {
  let known: [String: (all: Set<String>, required: Set<String>)] = [
    "log": (["$schema", "version", "runs"], ["version", "runs"]),
    "run": (["tool", "invocations", "results", "properties"], ["tool"]),
    "driver": (["name", "version", "rules"], ["name"]),
    "rule": (["id", "shortDescription", "help", "defaultConfiguration"], ["id"]),
    "result": (
      ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"], ["message", "ruleId"]
    ),
    "invocation": (["executionSuccessful", "toolExecutionNotifications"], ["executionSuccessful"]),
    "location": (["physicalLocation", "logicalLocations"], ["physicalLocation"]),
    "physical": (["artifactLocation", "region"], ["artifactLocation"]),
  ]
  func check(_ kind: String, _ value: Any?) throws -> [String: Any] {
    let object = try #require(value as? [String: Any], "\(kind)", sourceLocation: location)
    let rule = try #require(known[kind])
    #expect(rule.all.isSuperset(of: object.keys), "\(kind): \(object.keys)", sourceLocation: location)
    #expect(rule.required.isSubset(of: Set(object.keys)), "\(kind)", sourceLocation: location)
    return object
  }
  let log = try check("log", JSONSerialization.jsonObject(with: Data(text.utf8)))
  #expect(log["version"] as? String == "2.1.0", sourceLocation: location)
  let runs = try #require(log["runs"] as? [Any], sourceLocation: location)
  let run = try check("run", runs.first)
  let tool = try #require(run["tool"] as? [String: Any])
  let rules = try #require(try check("driver", tool["driver"])["rules"] as? [Any])
  let names = try rules.map { try #require(check("rule", $0)["id"] as? String) }
  for invocation in run["invocations"] as? [Any] ?? [] { _ = try check("invocation", invocation) }
  let results = try #require(run["results"] as? [Any], sourceLocation: location)
  var found: [String] = []
  for result in results {
    let result = try check("result", result)
    let index = try #require(result["ruleIndex"] as? Int)
    #expect(names[index] == result["ruleId"] as? String, sourceLocation: location)
    #expect(["none", "note", "warning", "error"].contains(result["level"] as? String ?? ""))
    let message = try #require((result["message"] as? [String: Any])?["text"] as? String)
    #expect(!message.isEmpty)
    let place = try check("location", (result["locations"] as? [Any])?.first)
    let physical = try check("physical", place["physicalLocation"])
    let uri = try #require((physical["artifactLocation"] as? [String: Any])?["uri"] as? String)
    #expect(URL(string: uri) != nil && !uri.contains(" "), "\(uri)", sourceLocation: location)
    #expect((physical["region"] as? [String: Any])?["startLine"] as? Int ?? 0 >= 1)
    let prints = try #require(result["partialFingerprints"] as? [String: String])
    found.append(try #require(prints["commit/v1"]))
  }
  #expect(found == commits, sourceLocation: location)
}

/// Reads a JUnit report.
private final class XMLCheck: NSObject, XMLParserDelegate {
  var tests = 0
  var failures = 0

  static func parse(_ path: String) throws -> XMLCheck {
    let check = XMLCheck()
    let parser = XMLParser(data: try Data(contentsOf: URL(filePath: path)))
    parser.delegate = check
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    return check
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    if name == "testcase" { tests += 1 }
    if name == "failure" { failures += 1 }
  }
}
