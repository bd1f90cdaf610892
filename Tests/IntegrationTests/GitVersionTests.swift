import Foundation
import Testing

/// gits that are too old, and what newer ones brought.
@Suite struct GitVersionTests {
  @Test func whatIsTooOldIsRefused() async throws {
    let s = try await Sandbox()
    try s.write(
      s.root + "/old/git",
      "#!/bin/sh\n[ \"$1\" != --version ] || { echo git version 2.30.9; exit; }\nexec '\(Sandbox.gitPath)' \"$@\"\n",
      executable: true)
    let path = ["PATH": s.root + "/old:" + Sandbox.path]
    try await s.llmos("install", env: path).isRefused(
      69, "git 2.30 is too old: llmos-hook needs 2.31 or newer", "newer git")
    #expect(!s.exists(".git/llmos") && !s.exists("SCENARIO_STATE.yml"))
    try await s.llmos("install").succeeds()
    let doctor = try await s.llmos("doctor", env: path)
    #expect(doctor.code == 1 && doctor.out.contains("git 2.30 is too old"), "\(doctor.all)")
  }

  /// What needs a merge without a worktree says so where git has none, and everything else goes on.
  @Test(.enabled(if: !Sandbox.git(isAtLeast: 2, 39))) func whatAnOlderGitCannotDoIsSaid() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e
      git switch -q -c feature; echo b >b; git add b; git commit -qm b; git switch -q main; echo c >c; git add c
      git commit -qm c; git -c core.hooksPath=/dev/null merge -q --no-ff -m merged feature
      """
    ).succeeds()
    try await s.llmos("verify").isRefused(
      69, "git cannot merge trees by itself\n", "install git 2.39 or newer")
    try await s.llmos("verify", "HEAD^").succeeds()
  }

  /// What a host made cannot be looked at then, and the ledger is exchanged all the same.
  @Test func syncGoesOnWithAnOlderGit() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e
      git init -q --bare -b main ../server.git; git remote add origin ../server.git; git push -q -u origin main
      git switch -q -c f; echo f >f; git add f; git commit -qm f; git switch -q main; llmos-hook --quiet sync
      git push -q origin f; git clone -q ../server.git ../host; cd ../host; git merge -q --squash origin/f
      git -c user.name=h -c user.email=h@h commit -qm host; git push -q; cd "$OLDPWD"; git pull -q
      """
    ).succeeds()
    try s.write(
      s.root + "/old/git",
      """
      #!/bin/sh
      case " $* " in *" merge-tree "*) echo "usage: git merge-tree <base-tree> <branch1> <branch2>" >&2; exit 129 ;; esac
      exec '\(Sandbox.gitPath)' "$@"

      """, executable: true)
    let sync = try await s.llmos("sync", env: ["PATH": s.root + "/old:" + Sandbox.path]).succeeds()
    #expect(
      sync.err.contains(
        "not looked at what came here: git cannot merge trees by itself; next: install git 2.39 or newer"),
      "\(sync.all)")
    let tip = "$(git rev-parse refs/llmos/ledger/main)"
    #expect(try await s.sh("git -C ../server.git for-each-ref | grep \(tip)").succeeds().out != "")
    guard Sandbox.git(isAtLeast: 2, 39) else { return }
    #expect(try await s.llmos("sync").succeeds().err.contains("sealed: 1 commit has exactly the content"))
  }

  /// git-config(1), `hook.<event>.enabled`.
  @Test(arguments: ["pre-commit", "reference-transaction"]) func hooksThatAreSwitchedOffAreTold(name: String)
    async throws
  {
    let s = try await Sandbox.governed()
    try await s.git("config", "hook.\(name).enabled", "no").succeeds()
    let doctor = try await s.llmos("doctor")
    #expect(doctor.code == 1 && doctor.out.contains("hook.\(name).enabled is false"), "\(doctor.all)")
    try await s.sh("git config hook.\(name).enabled true; git config hook.linter.enabled false").succeeds()
    try await s.llmos("doctor").succeeds()
  }

  /// git-hook(1), `hook.<name>.command`: a formatter that runs before ours.
  @Test(.enabled(if: Sandbox.git(isAtLeast: 2, 54)), arguments: ["", "f"])
  func whatAConfiguredHookStagesGoesAlong(paths: String) async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      "git config hook.format.event pre-commit; git config hook.format.command 'echo formatted >f; git add f'"
    ).succeeds()
    try await s.sh("echo a >f; LLMOS_AGENT=DEV ./step.sh text \(paths)").succeeds()
    #expect(try await s.git("show", "HEAD:f").out == "formatted\n")
    // What step.sh has not looked at does not.
    try await s.sh("git config hook.format.command 'echo more >other; git add other'; echo b >f").succeeds()
    try await s.sh("LLMOS_AGENT=DEV ./step.sh text \(paths)").isRefused(
      1, "what is staged is not what step.sh checked")
    try await s.llmos("verify", "--strict").succeeds()
  }
}
