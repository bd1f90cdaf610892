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

  /// A git that has no merge without a worktree, as before 2.39, first on PATH.
  private func oldGit(_ s: Sandbox) throws -> [String: String?] {
    try s.write(
      s.root + "/old/git",
      """
      #!/bin/sh
      case " $* " in *" merge-tree "*) echo "usage: git merge-tree <base-tree> <branch1> <branch2>" >&2; exit 129 ;; esac
      exec '\(Sandbox.gitPath)' "$@"

      """, executable: true)
    return ["PATH": s.root + "/old:" + Sandbox.path]
  }

  /// What needs a merge without a worktree says so where git has none, and everything else goes on.
  @Test func whatAnOlderGitCannotDoIsSaid() async throws {
    let s = try await Sandbox.governed()
    let path = try oldGit(s)
    try await s.sh(
      """
      set -e
      git init -q --bare -b main ../server.git; git remote add origin ../server.git
      llmos-hook --quiet -C ../server.git install --server; llmos-hook --quiet sync; git push -q origin main
      git switch -q -c feature; echo b >b; git add b; git commit -qm b; git switch -q main; echo c >c; git add c
      git commit -qm c; git -c core.hooksPath=/dev/null merge -q --no-ff -m merged feature
      """
    ).succeeds()
    let verify = try await s.llmos("verify", env: path).succeeds()
    #expect(
      verify.out.contains("UNSEEN")
        && verify.out.contains("git 2.39 or newer is needed to compare its content"),
      "\(verify.all)")
    // A server that is not strict takes what no hook saw, whether it is somebody's merge or not. git puts its own
    // directory before PATH where it runs a hook, so the hook is run here.
    let receive = """
      llmos-hook --quiet sync; cd ../server.git; git fetch -q "$OLDPWD" main
      echo "$(git rev-parse main FETCH_HEAD | tr '\\n' ' ')refs/heads/main" | env PATH='\(path["PATH"]! ?? "")' hooks/pre-receive
      """
    try await s.sh(receive).succeeds()
    try await s.git("push", "-q", "origin", "main").succeeds()
    // What is forbidden unless it is such a merge, it cannot judge.
    try await s.sh(
      """
      set -e
      git switch -q feature; git commit -q --allow-empty -m d; git switch -q main; llmos-hook --quiet next-phase
      git -c core.hooksPath=/dev/null merge -q --no-ff -m again feature; llmos-hook --quiet set FEATURE_DEVELOPMENT QA \
        --reason t; llmos-hook --quiet sync
      """
    ).succeeds()
    try await s.sh(receive).isRefused(69, "git cannot merge trees by itself\n", "install git 2.39 or newer")
  }

  /// The git of a hook cannot be another one than the command's, so this needs such a git.
  @Test(.enabled(if: !Sandbox.git(isAtLeast: 2, 39))) func finishSaysWhatAnOlderGitLacks() async throws {
    let s = try await Sandbox.governed()
    try await s.sh(
      """
      set -e
      llmos-hook --quiet feature start f --dir ../f; cd ../f
      llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason t; git commit -q --allow-empty -m f
      llmos-hook --quiet set FEATURE_DEVELOPMENT RELEASE --reason t; llmos-hook --quiet next-phase
      cd "$OLDPWD"; llmos-hook --quiet set FEATURE_DEVELOPMENT QA --reason t
      """
    ).succeeds()
    try await s.llmos("feature", "finish", "f").isRefused(
      1, "git cannot merge trees by itself", "next: install git 2.39 or newer")
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
    let sync = try await s.llmos("sync", env: oldGit(s)).succeeds()
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
