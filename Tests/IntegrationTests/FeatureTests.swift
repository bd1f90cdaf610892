import Foundation
import Testing

/// Features side by side: started, shown and finished.
@Suite struct FeatureTests {
  /// A clone of a host, governed, with the scripts committed; `main` stands at PROJECT_BOOTSTRAP.
  private func project() async throws -> Sandbox {
    try await Sandbox.copy(of: "FeatureTests") {
      let s = try await Sandbox()
      try await s.sh(
        """
        set -e
        git init -q --bare -b main ../host.git; git remote add origin ../host.git
        echo one >README; git add README; git commit -qm first; git push -q -u origin main
        llmos-hook --quiet install; llmos-hook --quiet allow --once --reason scripts; git add -A; git commit -qm scripts
        llmos-hook --quiet sync --push
        """
      ).succeeds()
      return s
    }
  }

  /// Through the phases as a team would: a brief, a commit by an agent, to the end of RELEASE.
  private func release(_ s: Sandbox, _ slug: String, _ file: String = "page") async throws {
    try await s.sh(
      """
      set -e
      mkdir -p docs/features/\(slug); printf '# \(slug)\\n\\nOne page.\\n' >docs/features/\(slug)/feature_brief.md
      for phase in BRIEF IMPACT_ANALYSIS DESIGN; do llmos-hook --quiet next-phase --checkpoint; done
      echo \(slug) >\(file); LLMOS_AGENT=DEV ./step.sh 'Add it' \(file)
      for phase in IMPLEMENTATION QA RELEASE; do llmos-hook --quiet next-phase; done
      """, in: worktree(s, slug)
    ).succeeds()
  }

  private func worktree(_ s: Sandbox, _ slug: String) -> String { s.repository + "-" + slug }

  private func standings(_ s: Sandbox) async throws -> [[String: Any]] {
    let out = try await s.llmos("status", "--all", "--json").succeeds().out
    let object = try JSONSerialization.jsonObject(with: Data(out.utf8)) as? [String: Any]
    return try #require(object?["worktrees"] as? [[String: Any]])
  }

  // MARK: Start

  @Test func theBriefsTemplateIsInPlace() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git add . && git commit -qm scripts").succeeds()
    let started = try await s.llmos("feature", "start", "login").succeeds()
    let brief = "docs/features/login/feature_brief.md"
    #expect(started.err.contains("\(brief) is to be filled in"), "\(started.err)")
    let text = try s.read(s.repository + "-login/" + brief)
    #expect(text.contains("login") && !text.contains("{feature_slug}"), "\(text)")
    // What nobody has filled in is no brief, and what is laid out is the phase's own.
    try await s.llmos("next-phase", "--checkpoint", in: s.repository + "-login").isRefused()
    try await s.sh("echo 'One page.' >>\(brief)", in: s.repository + "-login").succeeds()
    try await s.llmos("next-phase", "--checkpoint", in: s.repository + "-login").succeeds()
  }

  @Test func aFeatureBeginsInAWorktreeOfItsOwn() async throws {
    let s = try await project()
    let outcome = try await s.llmos("feature", "start", "login").succeeds()
    let path = worktree(s, "login")
    #expect(outcome.out.hasPrefix("Work in \(path) as PM (LLMOS_AGENT=PM)."), "\(outcome.out)")
    #expect(try await s.place(in: path) == "FEATURE_DEVELOPMENT:BRIEF")
    #expect(try await s.git("symbolic-ref", "HEAD", in: path).out == "refs/heads/feature/login\n")
    #expect(try await s.git("rev-parse", "main", "HEAD", in: path).out.split(separator: "\n").count == 2)
    #expect(try s.read(path + "/SCENARIO_STATE.yml").contains("feature_slug: login"))
    // What main has in progress is main's.
    #expect(try await s.place() == "PROJECT_BOOTSTRAP:INITIALIZATION")
    // The brief's template is in place, for the phase to commit.
    #expect(
      try await s.git("status", "--porcelain", "-uall", in: path).out
        == "?? docs/features/login/feature_brief.md\n")
    try await s.llmos("verify", "--strict", "feature/login").succeeds()
    // A second time nothing is made, and nothing lost.
    try await s.llmos("feature", "start", "login").isRefused(
      1, "the feature login is there already: FEATURE_DEVELOPMENT:BRIEF", "cd '\(path)'")
  }

  /// Neither an incident of main's nor what it has suspended is the new feature's.
  @Test func anIncidentOfMainIsNotTheFeatures() async throws {
    let s = try await project()
    try await s.sh("llmos-hook --quiet set DEPLOYMENT; llmos-hook --quiet event deploy-failure").succeeds()
    try await s.llmos("feature", "start", "login").succeeds()
    let state = try s.read(worktree(s, "login") + "/SCENARIO_STATE.yml")
    #expect(state.contains("FEATURE_DEVELOPMENT"))
    #expect(!state.contains("suspended"), "\(state)")
  }

  @Test func theScriptsComeAlongWhenNobodyCommittedThem() async throws {
    let s = try await Sandbox.governed()
    try await s.llmos("feature", "start", "login", "--dir", "../elsewhere").succeeds()
    let path = s.root + "/elsewhere"
    try await s.llmos(
      "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--context", "feature_slug=login", "--reason", "a test",
      in: path
    )
    .succeeds()
    try await s.sh("echo x >x; LLMOS_AGENT=DEV ./step.sh x && ./llmos status", in: path).succeeds()
    #expect(try await s.git("show", "--name-only", "--format=", in: path).out == "x\n")
  }

  @Test func aStartThatWasKilledGoesOn() async throws {
    let s = try await project()
    // As far as git: the worktree is there, and nobody has said what it is for.
    try await s.git("worktree", "add", "-q", "-b", "feature/login", worktree(s, "login"), "main").succeeds()
    try await s.llmos("feature", "start", "login").succeeds()
    #expect(try await s.place(in: worktree(s, "login")) == "FEATURE_DEVELOPMENT:BRIEF")
    try await s.llmos("verify", "--strict", "feature/login").succeeds()
  }

  @Test func whatIsInTheWayIsSaid() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "log in").isRefused(
      64, "a feature's name has only letters", "llmos-hook feature start log-in")
    try await s.llmos("feature", "start", "--", "-x").isRefused(64, "llmos-hook feature start x")
    try await s.git("branch", "feature/taken").succeeds()
    try await s.llmos("feature", "start", "taken").isRefused(1, "the branch feature/taken exists already")
    try await s.sh("mkdir ../'repo sitory-full'; echo x >../'repo sitory-full'/x").succeeds()
    try await s.llmos("feature", "start", "full").isRefused(1, "full exists already", "--dir DIR")
    #expect(try await s.git("branch", "--list", "feature/full").out.isEmpty)
    try await s.llmos("feature", "start", "x", "--from", "nowhere").isRefused(
      64, "nowhere")
    try await s.llmos("feature", "start", "x", env: ["LLMOS_AGENT": "PM"]).isRefused(
      1, "an agent cannot feature start", "ask the owner: llmos-hook feature start SLUG")
    try await s.sh("git branch -D -q feature/taken; git branch feature").succeeds()
    try await s.llmos("feature", "start", "x").isRefused(
      1, "the branch feature exists, so that feature/x cannot")
    #expect(try await s.git("worktree", "list").out.split(separator: "\n").count == 1)
  }

  // MARK: What is seen

  @Test func everyWorktreeHasALine() async throws {
    let s = try await project()
    for slug in ["login", "search", "gone"] { try await s.llmos("feature", "start", slug).succeeds() }
    try await release(s, "login")
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "QA", "--reason", "a test", in: worktree(s, "search"))
      .succeeds()
    try await s.sh(
      "git -c core.hooksPath=/dev/null commit -q --allow-empty -m bad", in: worktree(s, "search")
    )
    .succeeds()
    try await s.sh("mv '\(worktree(s, "gone"))' ../away").succeeds()
    let all = try await standings(s)
    #expect(all.map { $0["feature"] as? String } == [nil, "gone", "login", "search"])
    #expect(
      all.map { $0["branch"] as? String } == ["main", "feature/gone", "feature/login", "feature/search"])
    #expect(all.map { $0["current"] as? Bool } == [true, false, false, false])
    #expect(all.map { $0["missing"] as? Bool } == [false, true, false, false])
    #expect(all[2]["commits"] as? Int == 2)
    #expect(all[2]["phase"] as? String == "PRE_DEPLOY")
    #expect(all[3]["commits"] as? Int == 1)
    #expect((all[3]["quarantine"] as? [String])?.count == 1)
    #expect(all[3]["waits_for"] as? String == "the owner: allow --commits, or rollback")
    #expect((all[1]["waits_for"] as? String)?.hasPrefix("the directory is gone") == true)
    let table = try await s.llmos("status", "--all").succeeds().out
    #expect(table.split(separator: "\n").count == 5, "\(table)")
    #expect(table.contains("1 in quarantine; the owner: allow --commits, or rollback"), "\(table)")
    let features = try await s.llmos("feature", "list").succeeds().out
    #expect(features.split(separator: "\n").count == 4, "\(features)")
    #expect(try await s.llmos("feature", "list", "--json").out.contains(#""feature":"search""#))
    try await s.llmos("status", "--watch").isRefused(64, "--watch needs --all")
  }

  /// `--watch` in a pipe prints again when something has changed, and ends by Ctrl-C.
  @Test func aWatchPrintsWhatChanges() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "login").succeeds()
    let outcome = try await s.sh(
      """
      llmos-hook status --all --watch >../seen & id=$!
      for i in $(seq 50); do grep -q BRIEF ../seen && break; sleep 0.1; done
      llmos-hook --quiet -C '\(worktree(s, "login"))' set FEATURE_DEVELOPMENT QA --reason test
      for i in $(seq 50); do grep -q QA ../seen && break; sleep 0.1; done
      kill -INT $id; wait $id; echo "ended with $?"; cat ../seen
      """)
    #expect(outcome.out.contains("ended with 130"), "\(outcome.all)")
    #expect(
      outcome.out.contains("FEATURE_DEVELOPMENT:BRIEF") && outcome.out.contains("FEATURE_DEVELOPMENT:QA"))
  }

  // MARK: Finish

  @Test(.mergesTrees) func aFinishedFeatureIsInMainAndProven() async throws {
    let s = try await project()
    for slug in ["login", "search"] { try await s.llmos("feature", "start", slug).succeeds() }
    try await s.llmos("feature", "finish", "login").isRefused(
      1, "the feature login is not complete: it is at FEATURE_DEVELOPMENT:BRIEF")
    for slug in ["login", "search"] { try await release(s, slug, slug + ".txt") }
    for slug in ["login", "search"] {
      try await s.llmos("feature", "finish", slug).succeeds()
      #expect(!s.exists(worktree(s, slug)))
    }
    #expect(
      try await s.git("log", "--first-parent", "-2", "--format=%s").out
        == "Merge feature/search\nMerge feature/login\n")
    #expect(
      try await s.git("rev-parse", "main").out == s.git("ls-remote", "origin", "main").out.prefix {
        $0 != "\t" && $0 != "\n" && $0 != " "
      } + "\n")
    try await s.llmos("verify", "--strict").succeeds()
    try await s.sh("'\(Sandbox.package)/docs/ci/verify.sh' ../host.git main").succeeds()
    // The records and the branches stay.
    #expect(try await s.git("branch", "--list", "feature/*").out.split(separator: "\n").count == 2)
    #expect(try await s.git("for-each-ref", "refs/llmos/ledger").out.contains("sitory-login"))
    try await s.llmos("feature", "finish", "login").isRefused(64, "no worktree has the branch feature/login")
  }

  @Test func nothingThatIsNotCommittedGoes() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    let path = worktree(s, "login")
    try await s.sh("echo more >>page; echo new >'a b'", in: path).succeeds()
    try await s.llmos("feature", "finish", "login").isRefused(1, "has uncommitted work: page, a b")
    try await s.llmos("-C", path, "feature", "finish", "login").isRefused(1, "this is the worktree that goes")
    try await s.sh("git checkout -q page; rm 'a b'", in: path).succeeds()
    // A run that goes on there is waited for by nobody.
    let busy = try await s.sh(
      "flock \"$(git -C '\(path)' rev-parse --git-dir)/llmos/run\" llmos-hook feature finish login")
    busy.isRefused(75, "a run is in progress in")
    let agent = try await s.sh(
      """
      (cd '\(path)' && LLMOS_AGENT=DEV exec sleep 60) & agent=$!
      until [ "$(readlink /proc/$agent/cwd)" = '\(path)' ] && grep -q LLMOS_AGENT /proc/$agent/environ; do :; done
      cd '\(s.repository)'; llmos-hook feature finish login; code=$?; kill $agent; exit $code
      """)
    agent.isRefused(75, "an agent is at work in \(path): process ", "wait for its end, or end it")
    // What landed after RELEASE was not released.
    try await s.sh(
      "llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=login --reason test; echo late >late; ./step.sh late late",
      in: path
    ).succeeds()
    try await s.llmos("feature", "finish", "login").isRefused(1, "the feature login is not complete")
    #expect(s.exists(path))
    #expect(try await s.head("%s") == "scripts")
  }

  @Test(.mergesTrees) func mainMovedOnAndAConflictIsTakenBack() async throws {
    let s = try await project()
    for slug in ["login", "search", "third"] { try await s.llmos("feature", "start", slug).succeeds() }
    try await release(s, "login", "page")
    try await release(s, "search", "page")
    try await release(s, "third", "other")
    try await s.llmos("feature", "finish", "login").succeeds()
    let main = try await s.head()
    let outcome = try await s.llmos("feature", "finish", "search")
    outcome.isRefused(1, "feature/search is in conflict with main: page", "nothing was merged")
    #expect(try await s.head() == main)
    #expect(try await s.git("status", "--porcelain").out.isEmpty)
    #expect(s.exists(worktree(s, "search")))
    // The resolution is a commit of its own, in a phase that allows it.
    try await s.sh(
      """
      set -e
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=search --reason test
      ! git merge -q main; echo both >page; git add page; git commit -qm 'Resolve'
      for phase in IMPLEMENTATION QA RELEASE; do llmos-hook --quiet next-phase; done
      """, in: worktree(s, "search")
    ).succeeds()
    for slug in ["search", "third"] { try await s.llmos("feature", "finish", slug).succeeds() }
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// Where the state file is tracked, a feature's commits carry what its own worktree sealed: main goes on where it was.
  @Test(.mergesTrees) func aTrackedStateFileIsMergedAndStaysMains() async throws {
    let s = try await project()
    try await s.sh(
      """
      set -e
      llmos-hook --quiet allow --once --reason test; git add -f SCENARIO_STATE.yml; git commit -qm 'Track the state'
      llmos-hook --quiet sync --push
      """
    ).succeeds()
    for slug in ["login", "search"] {
      try await s.llmos("feature", "start", slug).succeeds()
      try await release(s, slug, slug + ".txt")
      try await s.sh(
        """
        set -e
        llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=\(slug) --reason test
        echo more >>\(slug).txt; git commit -qam 'More, and the state'
        for phase in IMPLEMENTATION QA RELEASE; do llmos-hook --quiet next-phase; done
        """, in: worktree(s, slug)
      ).succeeds()
    }
    try await s.llmos("next-phase").succeeds()
    let state = try s.read("SCENARIO_STATE.yml")
    for slug in ["login", "search"] {
      try await s.llmos("feature", "finish", slug).succeeds()
      #expect(try s.read("SCENARIO_STATE.yml") == state)
    }
    #expect(try await s.place() == "PROJECT_BOOTSTRAP:REQUIREMENTS")
    try await s.llmos("verify", "--strict").succeeds()
    try await s.llmos("doctor").succeeds()
    // What git merges by hand is no edit either.
    try await s.sh(
      """
      set -e
      git branch other feature/search~3; git worktree add -q ../other other; cd ../other
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      echo other >other.txt; git add other.txt; git commit -qam other
      cd -; git checkout -q HEAD SCENARIO_STATE.yml; git merge -q --no-edit other
      """
    ).succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    #expect(try await s.place() == "PROJECT_BOOTSTRAP:REQUIREMENTS")
  }

  /// What lies about in the main worktree is not written over.
  @Test(.mergesTrees) func aFileOfTheOwnersIsInTheWay() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    try s.write("page", "mine")
    try await s.llmos("feature", "finish", "login").isRefused(1, "has its own page", "move them away")
    #expect(try s.read("page") == "mine")
    #expect(s.exists(worktree(s, "login")))
  }

  /// A teammate's work on main, whose ledger came with no pull: the feature that was brought up to date with it is merged.
  @Test(.mergesTrees) func whatNobodySyncedIsSyncedAtTheEnd() async throws {
    let s = try await project()
    for slug in ["login", "search"] {
      try await s.llmos("feature", "start", slug).succeeds()
      try await release(s, slug)
    }
    try await s.sh(
      """
      set -e
      llmos-hook --quiet feature finish login; git clone -q ../host.git ../ben; cd ../ben; llmos-hook --quiet install
      llmos-hook --quiet sync; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      echo cart >cart; git add cart; git commit -qm cart; llmos-hook --quiet sync --push
      cd -; git pull -q --ff-only; cd '\(worktree(s, "search"))'
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --context feature_slug=search --reason test
      ! git merge -q main; echo both >page; git add page; git commit -qm 'Resolve'
      for phase in IMPLEMENTATION QA RELEASE; do llmos-hook --quiet next-phase; done
      """
    ).succeeds()
    try await s.llmos("feature", "finish", "search").succeeds()
    #expect(s.exists("cart") && !s.exists(worktree(s, "search")))
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// A host has squashed the feature, and others have changed the same lines since: there is nothing to merge again.
  @Test(.mergesTrees) func whatWasSquashedAndChangedSinceIsThere() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    try await s.sh(
      """
      set -e; cd '\(worktree(s, "login"))'; llmos-hook --quiet sync --push; cd ../host.git
      git update-ref refs/heads/main \
        $(git commit-tree -p main -m 'Login (#1)' $(git merge-tree --write-tree main feature/login))
      git clone -q . ../ben; cd ../ben; llmos-hook --quiet install; llmos-hook --quiet sync
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      echo changed >page; git commit -qam changed; llmos-hook --quiet sync --push
      """
    ).succeeds()
    let outcome = try await s.llmos("feature", "finish", "login").succeeds()
    #expect(outcome.err.contains("main has the feature already"), "\(outcome.err)")
    #expect(try s.read("page") == "changed\n" && !s.exists(worktree(s, "login")))
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// A host brings the branch of a pull request up to date after RELEASE, and it is pulled: that is no work that nobody
  /// released. A commit of its own is.
  @Test(.mergesTrees) func aBranchThatWasBroughtUpToDateIsReleased() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    try await s.sh(
      """
      set -e; llmos-hook --quiet allow --once --reason test; echo here >here; git add here; git commit -qm here
      llmos-hook --quiet sync --push; cd '\(worktree(s, "login"))'; llmos-hook --quiet sync --push
      cd ../host.git; git update-ref refs/heads/feature/login $(git commit-tree -p feature/login -p main -m Update \
        $(git merge-tree --write-tree feature/login main))
      cd '\(worktree(s, "login"))'; git pull -q --ff-only origin feature/login
      """
    ).succeeds()
    let tip = try await s.git("rev-parse", "HEAD", in: worktree(s, "login")).out
    try await s.sh(
      "git -c core.hooksPath=/dev/null commit -q --allow-empty -m late; llmos-hook --quiet allow --commits HEAD --reason test",
      in: worktree(s, "login")
    ).succeeds()
    try await s.llmos("feature", "finish", "login").isRefused(1, "has commits that came after its last phase")
    try await s.sh("git reset -q --hard \(tip.trimmed)", in: worktree(s, "login")).succeeds()
    try await s.llmos("feature", "finish", "login").succeeds()
    #expect(s.exists("page") && !s.exists(worktree(s, "login")))
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// What git remembers of an earlier resolution (git-rerere(1)) is not merged unseen, and is called what it is.
  @Test(.mergesTrees) func aRememberedResolutionIsAConflict() async throws {
    let s = try await project()
    for slug in ["login", "search"] {
      try await s.llmos("feature", "start", slug).succeeds()
      try await release(s, slug)
    }
    try await s.llmos("feature", "finish", "login").succeeds()
    try await s.sh(
      """
      set -e; git config rerere.enabled true; git config rerere.autoUpdate true
      git worktree add -q --detach ../try main; cd ../try
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      ! git merge -q feature/search; echo both >page; git add page; git commit -qm both
      """
    ).succeeds()
    let main = try await s.head()
    try await s.llmos("feature", "finish", "search").isRefused(
      1, "feature/search is in conflict with main: page", "nothing was merged")
    #expect(try await s.head() == main)
    #expect(try await s.git("status", "--porcelain").out.isEmpty)
  }

  /// Several that are finished at once wait for each other.
  @Test(.mergesTrees) func severalAreFinishedAtOnce() async throws {
    let s = try await project()
    let slugs = ["a", "b", "c"]
    for slug in slugs {
      try await s.llmos("feature", "start", slug).succeeds()
      try await release(s, slug, slug)
    }
    try await s.sh(
      """
      for slug in \(slugs.joined(separator: " ")); do
        (llmos-hook feature finish $slug >../$slug.out 2>&1 || { cat ../$slug.out; touch ../failed; }) &
      done; wait; ! [ -e ../failed ]
      """
    ).succeeds()
    for slug in slugs { #expect(s.exists(slug) && !s.exists(worktree(s, slug))) }
    #expect(
      try await s.git("rev-parse", "main", in: s.root + "/host.git").out == s.git("rev-parse", "main").out)
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// Where main has gone on here and at the host, it is said before anything is merged.
  @Test(.mergesTrees) func aMainThatHasGoneApartIsSaidFirst() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    try await s.sh(
      """
      set -e
      git clone -q ../host.git ../ben; cd ../ben; llmos-hook --quiet install; llmos-hook --quiet sync
      llmos-hook --quiet allow --once --reason test; echo cart >cart; git add cart; git commit -qm cart
      llmos-hook --quiet sync --push
      cd -; llmos-hook --quiet allow --once --reason test; echo here >here; git add here; git commit -qm here
      """
    ).succeeds()
    let main = try await s.head()
    try await s.llmos("feature", "finish", "login").isRefused(
      1, "main and origin/main each have commits that the other has not", "nothing was merged",
      "next: llmos-hook sync, git -C '\(s.repository)' pull --no-rebase origin main, then run this again")
    #expect(try await s.head() == main)
    try await s.sh(
      "llmos-hook --quiet sync && git pull -q --no-rebase --no-edit && llmos-hook feature finish login"
    )
    .succeeds()
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// A connection that breaks when the merge is pushed: the same command gives it to the host, and only then the worktree
  /// goes.
  @Test(.mergesTrees) func aMergeThatDidNotGetThereGetsThere() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    let hook = s.root + "/host.git/hooks/pre-receive"
    try s.write(hook, "#!/bin/sh\nkill -9 $PPID; sleep 1\n", executable: true)
    try await s.llmos("feature", "finish", "login").isRefused(
      74, "cannot push with origin",
      "the merge is kept here; when origin takes it, run the same command again")
    #expect(s.exists(worktree(s, "login")))
    try await s.sh("rm '\(hook)'").succeeds()
    try await s.llmos("feature", "finish", "login").succeeds()
    #expect(
      try await s.git("rev-parse", "main", in: s.root + "/host.git").out == s.git("rev-parse", "main").out)
    #expect(!s.exists(worktree(s, "login")))
  }

  /// A worktree that git would not remove, or that is on a disk which is gone, is said before anything is merged.
  @Test func aWorktreeThatCannotGoIsSaidFirst() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    let (path, main) = (worktree(s, "login"), try await s.head())
    try await s.git("worktree", "lock", "--reason", "on a stick", path).succeeds()
    try await s.llmos("feature", "finish", "login").isRefused(
      1, "\(path) is locked: on a stick", "git worktree unlock '\(path)', then run the same command again")
    try await s.git("worktree", "unlock", path).succeeds()
    try await s.sh("mv '\(path)' ../away").succeeds()
    try await s.llmos("feature", "finish", "login").isRefused(
      1, "the worktree of feature/login is not there: \(path)",
      "git worktree prune, and git merge feature/login")
    try await s.llmos("feature", "start", "login").isRefused(
      1, "\(path) is gone, but git still has its worktree",
      "git worktree prune, then run the same command again")
    try await s.llmos("feature", "start", "login", "--dir", "../new").isRefused(
      1, "it is checked out in \(path)", "bring that directory back, or git worktree prune")
    #expect(try await s.head() == main)
    // Each way on is one: what was released is merged, and the branch can be gone on with.
    try await s.sh("git worktree prune && git merge -q --no-edit feature/login").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
    let refused = try await s.llmos("feature", "start", "login")
    refused.isRefused(
      1, "the branch feature/login exists already",
      "to go on with it: git worktree add '\(path)' feature/login, then run this again")
    try await s.git("worktree", "add", "-q", path, "feature/login").succeeds()
    try await s.llmos("feature", "start", "login").succeeds()
    #expect(try await s.place(in: path) == "FEATURE_DEVELOPMENT:BRIEF")
    try await s.llmos("feature", "start", "login", "--dir", "../new").isRefused(
      1, "the branch feature/login exists already: it is checked out in \(path)", "cd '\(path)'")
  }

  /// An agent's harness that waits for its person has no mark of its own: its name is one.
  @Test(.mergesTrees) func aHarnessThatWaitsIsAtWork() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    let path = worktree(s, "login")
    let outcome = try await s.sh(
      """
      cp "$(command -v sleep)" ../claude
      (cd '\(path)' && exec ../claude 60) & agent=$!
      for i in $(seq 100); do [ "$(cat /proc/$agent/comm)" = claude ] && break; sleep 0.05; done
      llmos-hook feature finish login; code=$?; kill $agent; exit $code
      """)
    outcome.isRefused(
      75, "an agent is at work in \(path): process ", ", claude",
      "wait for its end, or end it, or let it leave the directory")
    // Whatever else stands there is the owner's own.
    try await s.sh(
      """
      (cd '\(path)' && exec sleep 60) & other=$!
      for i in $(seq 100); do [ "$(readlink /proc/$other/cwd)" = '\(path)' ] && break; sleep 0.05; done
      llmos-hook feature finish login; code=$?; kill $other; exit $code
      """
    ).succeeds()
  }

  /// A host that protects main: the merge is taken back, the branch is there for a pull request, and after the host
  /// has squashed it the same command ends the feature.
  @Test(.mergesTrees) func aProtectedMainGetsAPullRequest() async throws {
    let s = try await project()
    try s.write(
      s.root + "/host.git/hooks/update",
      "#!/bin/sh\n[ \"$1\" != refs/heads/main ] || { echo 'GH006: Protected branch update failed' >&2; exit 1; }\n",
      executable: true)
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    let main = try await s.head()
    try await s.llmos("feature", "finish", "login").isRefused(
      1, "main was not merged: origin refused main: hook declined",
      "the merge was taken back here, and origin has feature/login",
      "open a pull request from feature/login into main; when it is merged, run this again")
    #expect(try await s.head() == main)
    #expect(try await s.git("ls-remote", "origin", "feature/login").out.contains("refs/heads/feature/login"))
    try await s.sh(
      """
      set -e; cd ../host.git
      new=$(git commit-tree -p main -m 'Login (#1)' $(git merge-tree --write-tree main feature/login))
      git update-ref refs/heads/main $new
      """
    ).succeeds()
    try await s.llmos("feature", "finish", "login").succeeds()
    #expect(!s.exists(worktree(s, "login")))
    #expect(try await s.head("%s") == "Login (#1)")
    try await s.llmos("verify", "--strict").succeeds()
  }

  // MARK: One clone's worktrees

  /// Frozen means frozen for all: an incident in one worktree stops deployments and merges in each, and no feature.
  @Test(.mergesTrees) func anIncidentFreezesEveryWorktree() async throws {
    let s = try await project()
    for slug in ["login", "search", "deploy"] { try await s.llmos("feature", "start", slug).succeeds() }
    try await release(s, "login")
    let other = worktree(s, "deploy")
    try await s.sh(
      "llmos-hook --quiet set DEPLOYMENT EXECUTE --context target_environment=dev; llmos-hook --quiet event deploy-failure",
      in: other
    )
    .succeeds()
    try await s.llmos("set", "DEPLOYMENT").isRefused(1, "deployments are frozen by the incident in \(other)")
    try await s.llmos("next-phase", in: worktree(s, "login")).isRefused(1, "deployments are frozen by")
    try await s.llmos("run", in: worktree(s, "login")).isRefused(1, "deployments are frozen by")
    try await s.llmos("feature", "finish", "login").isRefused(
      1, "nothing is merged while the incident in \(other)")
    // A feature goes on, up to the end of RELEASE.
    try await release(s, "search", "search.txt")
    #expect(try await s.place(in: worktree(s, "search")) == "FEATURE_DEVELOPMENT:RELEASE")
    #expect(try await s.llmos("status", in: worktree(s, "search")).out.contains("COMPLETED"))
    // The incident ends, and all goes on; so does it when its worktree is taken away.
    try await s.git("worktree", "remove", "--force", other).succeeds()
    for slug in ["login", "search"] { try await s.llmos("feature", "finish", slug).succeeds() }
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// What was rolled back on main does not come back with a feature that began on top of it.
  @Test func aRollbackOfMainHoldsForFeatures() async throws {
    let s = try await project()
    let good = try await s.head()
    try await s.sh(
      "llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; echo bad >bad; git add bad; git commit -qm bad"
    ).succeeds()
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    try await s.llmos("rollback", good, "--mode", "reset", "--reason", "bad").succeeds()
    // The feature's own state and work stay as they are.
    #expect(try await s.llmos("status", in: worktree(s, "login")).out.hasPrefix("DEPLOYMENT:PRE_DEPLOY"))
    try await s.llmos("feature", "finish", "login").isRefused(
      1, "feature/login would bring back", "which was rolled back")
    #expect(try await s.head() == good)
  }

  /// With `revert` the undone commits are history, and a feature on top of them brings only its own.
  @Test(.mergesTrees) func aRevertedMainTakesTheFeatureAlone() async throws {
    let s = try await project()
    let good = try await s.head()
    try await s.sh(
      "llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test; echo bad >bad; git add bad; git commit -qm bad"
    ).succeeds()
    try await s.llmos("feature", "start", "login").succeeds()
    try await release(s, "login")
    try await s.llmos("rollback", good, "--reason", "bad").succeeds()
    try await s.llmos("feature", "finish", "login").succeeds()
    #expect(!s.exists("bad") && s.exists("page"))
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// A branch that stands where it may not is everybody's matter whose phase forbids commits.
  @Test func aQuarantineIsSeenFromEachWorktree() async throws {
    let s = try await project()
    for slug in ["login", "search"] { try await s.llmos("feature", "start", slug).succeeds() }
    try await s.llmos(
      "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test", in: worktree(s, "search")
    ).succeeds()
    try await s.sh("git -c core.hooksPath=/dev/null commit -q --allow-empty -m bad", in: worktree(s, "login"))
      .succeeds()
    let all = try await standings(s)
    #expect(all.map { ($0["quarantine"] as? [String])?.count ?? 0 } == [1, 1, 0])
    try await s.llmos("next-phase").isRefused(1, "in quarantine")
    try await s.llmos("next-phase", in: worktree(s, "search")).succeeds()
  }

  /// A branch that nobody has checked out goes where the phase of the worktree in which git runs allows it.
  @Test func aBranchOfNobodyIsJudgedWhereGitRuns() async throws {
    let s = try await project()
    try await s.llmos("feature", "start", "login").succeeds()
    try await s.llmos(
      "set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test", in: worktree(s, "login")
    ).succeeds()
    try await s.git("branch", "free").succeeds()
    let move = "git update-ref refs/heads/free $(git commit-tree -p free -m free 'free^{tree}')"
    let refused = try await s.sh(move)
    #expect(refused.code != 0 && refused.err.contains("does not allow commit_changes"), "\(refused.all)")
    try await s.sh(move, in: worktree(s, "login")).succeeds()
    try await s.llmos("verify", "--strict", "free").succeeds()
    // Nobody saw this one, and the two worktrees would judge it differently.
    try await s.sh(
      "git -c core.hooksPath=/dev/null update-ref refs/heads/free $(git commit-tree -p free -m unseen 'free^{tree}')"
    ).succeeds()
    let judged = try await s.llmos("verify", "--json", "free^..free")
    #expect(judged.out.contains("UNPROVEN"), "\(judged.all)")
  }

  /// The brief's template is at its place, and what is printed works where a path has a space.
  @Test func theBriefIsLaidOutAndPathsAreQuoted() async throws {
    let s = try await Sandbox.governed()
    try await s.sh("git add -A; git commit -qm all").succeeds()
    try await s.llmos("feature", "start", "login", "--dir", "../a worktree").succeeds()
    #expect(s.exists("../a worktree/docs/features/login/feature_brief.md"))
    let refused = try await s.llmos("feature", "finish", "login")
    #expect(refused.code == 1 && refused.err.contains("a worktree' next-phase"), "\(refused.err)")
  }
}
