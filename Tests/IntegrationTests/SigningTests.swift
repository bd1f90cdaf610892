import Foundation
import Testing

/// Signed ledgers: who may append an entry is proved by a key, and by what was believed before.
@Suite struct SigningTests {
  private static let aroundHooks = "git -c core.hooksPath=/dev/null"

  /// A ledger signed by the owner's key; the keys are `../owner`, `../dev` and `../stranger`.
  private func signed() async throws -> Sandbox {
    try await Sandbox.copy(of: "SigningTests") {
      let s = try await Sandbox.governed()
      try await s.sh(
        """
        set -e
        for k in owner dev stranger; do ssh-keygen -q -t ed25519 -N '' -C $k -f ../$k; done
        mkdir .llmos
        { echo '# version: 1'; echo "OWNER,SYSTEM $(cat ../owner.pub)"; echo "AGENT:DEV $(cat ../dev.pub)"; } >.llmos/allowed_signers
        git add .llmos; git commit -qm signers; git config llmos.signingKey "$PWD/../owner"
        llmos-hook --quiet next-phase
        llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
        """
      ).succeeds()
      return s
    }
  }

  private func finding(_ s: Sandbox) async throws -> String {
    let outcome = try await s.llmos("verify", "--strict")
    #expect(outcome.code == 1, "\(outcome.all)")
    #expect(try await s.llmos("doctor").out.contains("refs/llmos/ledger/main"))
    return outcome.err
  }

  @Test(.signsWithSSH) func entriesAreSignedAsGitSigns() async throws {
    let s = try await signed()
    try await s.llmos("verify", "--strict").succeeds()
    try await s.git(
      "-c", "gpg.ssh.allowedSignersFile=.llmos/allowed_signers", "verify-commit", "refs/llmos/ledger/main"
    )
    .succeeds()
    // The public key alone, its other half in an agent; and the key itself in the configuration.
    let agent = try await s.sh(
      """
      eval $(ssh-agent) >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT; ssh-add -q ../owner
      git config llmos.signingKey "$PWD/../owner.pub"; llmos-hook --quiet next-phase || exit 1
      git config llmos.signingKey "key::$(cat ../owner.pub)"; llmos-hook --quiet next-phase || exit 1
      """)
    agent.succeeds()
    try await s.llmos("verify", "--strict").succeeds()
  }

  @Test func withoutARightKeyNothingIsAppended() async throws {
    let s = try await signed()
    try await s.git("config", "llmos.signingKey", s.root + "/dev").succeeds()
    try await s.llmos("next-phase").isRefused(1, "may not act as OWNER")
    // Where the caller ignores SIGCHLD, as some runners do, what ssh-keygen says is heard all the same.
    try await s.sh("env --ignore-signal=CHLD llmos-hook next-phase").isRefused(1, "may not act as OWNER")
    try await s.git("config", "llmos.signingKey", s.root + "/stranger").succeeds()
    try await s.llmos("next-phase").isRefused(1, "may not act as OWNER")
    try await s.git("config", "llmos.signingKey", s.root + "/nowhere").succeeds()
    try await s.llmos("next-phase").isRefused(69, "cannot be signed")
    try await s.git("config", "--unset", "llmos.signingKey").succeeds()
    try await s.llmos("next-phase").isRefused(1, "this ledger is signed")
    // Commits need no key.
    try await s.git("commit", "-q", "--allow-empty", "-m", "x").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
  }

  /// Forged entries: each is named, and proves nothing.
  @Test(
    .signsWithSSH,
    arguments: [
      ("c=$(git commit-tree -p $l -m x $t)", "it is not signed"),
      (
        "c=$(git -c gpg.format=ssh -c user.signingkey=../stranger commit-tree -S -p $l -m x $t)",
        "not signed by a key that may act as OWNER"
      ),
      (
        "c=$(git -c gpg.format=ssh -c user.signingkey=../dev commit-tree -S -p $l -m x $t)",
        "not signed by a key that may act as OWNER"
      ),
      (
        "c=$(git cat-file commit $l | sed 's/IMPLEMENTATION/QA/' | git hash-object -w -t commit --stdin)",
        "not signed by a key that may"
      ),
    ])
  func aForgedEntryIsNamed(make: String, words: String) async throws {
    let s = try await signed()
    try await s.sh(
      """
      set -e; l=refs/llmos/ledger/main
      j=$(git cat-file blob $l:entry.json | sed 's/"seq":\\([0-9]*\\)/"seq":NEXT/; s/"kind":"[a-z-]*"/"kind":"transition"/' )
      n=$(git cat-file blob $l:entry.json | sed 's/.*"seq":\\([0-9]*\\).*/\\1/'); j=$(printf '%s' "$j" | sed "s/NEXT/$((n+1))/" | git hash-object -w --stdin)
      g=$(git cat-file blob $l:gate | sed "s/^seq .*/seq $((n+1))/" | git hash-object -w --stdin)
      t=$(git ls-tree $l | sed "s/[0-9a-f]\\{40,64\\}\\(.entry.json\\)/$j\\1/; s/[0-9a-f]\\{40,64\\}\\(.gate\\)/$g\\1/" | git mktree)
      \(make)
      \(Self.aroundHooks) update-ref $l $c
      git commit -q --allow-empty -m x || \(Self.aroundHooks) commit -q --allow-empty -m x
      """
    ).succeeds()
    let err = try await finding(s)
    #expect(err.contains(words), "\(err)")
    #expect(try await s.llmos("verify").out.hasPrefix("UNPROVEN"))
  }

  /// Put back to before it was signed: the state file, HEAD's signers and the notes tell.
  @Test func aLedgerThatWasPutBackIsNamed() async throws {
    let s = try await signed()
    let ledger = "refs/llmos/ledger/main"
    try await s.sh("\(Self.aroundHooks) update-ref \(ledger) \(ledger)~2").succeeds()
    try await s.git("commit", "--allow-empty", "-m", "x").isRefused(1, "edited by hand")
    let verified = try await s.llmos("verify", "--strict")
    #expect(verified.code == 1 && verified.err.contains("no ledger has sealed it"), "\(verified.err)")
    let findings = try await s.llmos("doctor").out
    #expect(findings.contains("no ledger has sealed it") && findings.contains("is not a ledger entry"))
  }

  @Test func signersChangeOnlyByTheOwnerAndOnlyForward() async throws {
    let s = try await signed()
    // Committed around the gate, and by an older version: the owner's next entry does not take it.
    try await s.sh("sed -i 's/AGENT:DEV/AGENT:DEV,OWNER/' .llmos/allowed_signers; git commit -qam evil")
      .succeeds()
    #expect(try await s.llmos("next-phase").succeeds().err.contains("without a higher version"))
    try await s.git("config", "llmos.signingKey", s.root + "/dev").succeeds()
    try await s.llmos("next-phase").isRefused(1, "may not act as OWNER")
    try await s.git("config", "llmos.signingKey", s.root + "/owner").succeeds()
    try await s.llmos("set", "FEATURE_DEVELOPMENT", "IMPLEMENTATION", "--reason", "a test").succeeds()
    try await s.sh("sed -i 's/version: 1/version: 2/' .llmos/allowed_signers; git commit -qam two").succeeds()
    try await s.llmos("next-phase").succeeds()
    try await s.git("config", "llmos.signingKey", s.root + "/dev").succeeds()
    try await s.llmos("next-phase").succeeds()
    try await s.llmos("verify", "--strict").succeeds()
  }

  @Test func anExpiredOrRevokedKeyIsRefused() async throws {
    let s = try await signed()
    try await s.sh(
      """
      set -e
      { echo '# version: 2'; echo "OWNER,SYSTEM $(cat ../owner.pub)"; echo "OWNER valid-before=\\"20200101\\" $(cat ../dev.pub)"; echo "OWNER $(cat ../stranger.pub)"; } >.llmos/allowed_signers
      cat ../stranger.pub >.llmos/revoked_keys
      git add .llmos; git commit -qm two; llmos-hook --quiet next-phase
      """
    ).succeeds()
    for key in ["dev", "stranger"] {
      try await s.git("config", "llmos.signingKey", s.root + "/" + key).succeeds()
      try await s.llmos("next-phase").isRefused(1, "may not act as OWNER")
    }
  }

  /// On a server a new clone's ledger is held to the signers that are known there.
  @Test func aStrangersLedgerIsNotTakenByAServer() async throws {
    let s = try await signed()
    try await s.sh(
      """
      set -e
      git init -q --bare -b main ../server.git; git remote add origin ../server.git
      llmos-hook --quiet -C ../server.git install --server
      llmos-hook --quiet sync; git push -q origin main
      git clone -q ../server.git ../two; cd ../two
      echo '# version: 9' >.llmos/allowed_signers; echo "OWNER $(cat ../stranger.pub)" >>.llmos/allowed_signers
      git commit -qam mine; git config llmos.signingKey "$PWD/../stranger"
      llmos-hook --quiet install; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      """
    ).succeeds()
    let outcome = try await s.llmos("sync", in: s.root + "/two")
    outcome.isRefused(1, "origin refused")
    // One who is known is taken.
    try await s.sh(
      """
      set -e
      git clone -q ../server.git ../three; cd ../three; git config llmos.signingKey "$PWD/../owner"
      llmos-hook --quiet install; llmos-hook --quiet set FEATURE_DEVELOPMENT IMPLEMENTATION --reason test
      git commit -q --allow-empty -m three; llmos-hook --quiet sync; git push -q origin main
      """
    ).succeeds()
    #expect(
      try await s.llmos("verify", "--strict", "main", in: s.root + "/server.git").err.contains("SATISFIED 2"))
  }
}
