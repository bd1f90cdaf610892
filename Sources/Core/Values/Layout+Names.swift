/// References, configuration keys and variables, in the order of docs/formats.md.
extension Layout {
  // MARK: References

  /// How all our references begin that are no notes.
  public static let referencePrefix = "refs/llmos/"

  /// The references.
  public static let references = [
    ledger, backup, pending, dropped, incoming, replaced, notes, incomingNotes, mergedNotes,
  ]

  /// The ledgers.
  public static let ledger = Name(
    "refs/llmos/ledger/", "<worktree>",
    what: "a worktree's ledger; another clone's is `refs/llmos/ledger/<clone>/<worktree>`",
    writtenBy: "every command that changes the state, `sync`",
    removedBy: "`begin-anew`; else nothing: it is a record")

  /// The backups of rollbacks.
  public static let backup = Name(
    "refs/llmos/backup/", "<id>",
    what: "what a rollback replaced, or an agent's command was about to lose, in the form of a stash",
    writtenBy: "`rollback`, `backups restore`, `agent-hook`",
    removedBy: "`rollback --keep N`, `backups prune` after 30 days, `begin-anew`")

  /// The commit that a rollback moves the branch to.
  public static let pending = Name(
    "refs/llmos/pending/", "<id>", what: "the commit of a rollback in progress, until the branch has it",
    writtenBy: "`rollback`", removedBy: "the same command at its end, else `rollback --continue` or `--abort`"
  )

  /// Commits that an agent's move took out of a branch.
  public static let dropped = Name(
    "refs/llmos/dropped/", "<time>-<commit>",
    what: "a commit that an agent's amend took out of a branch, "
      + "or that an agent made on none",
    writtenBy: "reference-transaction",
    removedBy: "`backups prune` after 30 days, which `sync` and `next-phase` call; `begin-anew`")

  /// Other clones' ledgers as they were fetched.
  public static let incoming = Name(
    "refs/llmos/incoming/", "<remote>/", what: "the ledgers that were last fetched from a remote",
    writtenBy: "`sync`", removedBy: "the next `sync`, when the remote no longer has them")

  /// What a server takes no more.
  public static let replaced = Name(
    "refs/llmos/replaced",
    what: "on a server: the ledgers that its administrator removed, which it takes no more",
    writtenBy: "`begin-anew` on a server", removedBy: "nothing: it is a record")

  /// The notes.
  public static let notes = Name(
    "refs/notes/llmos", what: "the notes", writtenBy: "every command that completes something, `sync`",
    removedBy: "`uninstall`, while they are empty")

  /// Other clones' notes as they were fetched.
  public static let incomingNotes = Name(
    "refs/notes/llmos-remotes/", "<remote>", what: "the notes that were last fetched from a remote",
    writtenBy: "`sync`", removedBy: "nothing")

  /// Notes while git merges them.
  public static let mergedNotes = Name(
    "refs/notes/llmos-merge-", "<process>", what: "the notes while git merges them", writtenBy: "`sync`",
    removedBy: "the same command; a killed one leaves it")

  // MARK: Configuration

  /// The keys in the repository's configuration.
  public static let configurationKeys = [
    cloneKey, syncKey, strictKey, armKey, signingKey, mergeDriverName, mergeDriverCommand,
  ]

  /// The clone's name.
  public static let cloneKey = Name(
    "llmos.clone", what: "the clone's name: 16 random hexadecimal digits", writtenBy: "`install`, `sync`",
    removedBy: "`uninstall`, when `install` wrote it")

  /// The remote of `sync`.
  public static let syncKey = Name(
    "llmos.sync",
    what: "the remote that `sync` last exchanged ledgers with; `step --push` syncs with it first",
    writtenBy: "`sync`", removedBy: "nothing")

  /// A server's stricter rule.
  public static let strictKey = Name(
    "llmos.strict",
    what: "on a server: whether a commit that no ledger proves, or no hook saw land, is refused",
    writtenBy: "the owner of the server", removedBy: "the owner of the server")

  /// Whether a clone is armed at first contact.
  public static let armKey = Name(
    "llmos.arm",
    what: "`false` in a clone that is not to be armed at first contact, whatever it commits",
    writtenBy: "you", removedBy: "you")

  /// The key that signs entries.
  public static let signingKey = Name(
    "llmos.signingKey", what: "the ssh key that signs entries: a path, or `key::` and the public key",
    writtenBy: "you", removedBy: "you")

  /// The merge driver, for people.
  public static let mergeDriverName = Name(
    "merge.llmos-state.name", what: "what git says of the merge driver", writtenBy: "`install`",
    removedBy: "`uninstall`")

  /// The merge driver.
  public static let mergeDriverCommand = Name(
    "merge.llmos-state.driver", what: "the merge driver that lets the sealed state file win",
    writtenBy: "`install`", removedBy: "`uninstall`")

  // MARK: Variables

  /// The variables of the environment. Nothing removes one: it ends with its process.
  public static let variables = [
    agentVariable, actorVariable, scenarioVariable, phaseVariable, roleVariable, actionsVariable, runVariable,
    briefVariable, feedbackVariable,
    contextVariables, rollbackTargetVariable, rollbackFromVariable, hookFileVariable, keptHookVariable,
  ]

  private static func variable(
    _ text: String, _ rest: String = "", what: String, writtenBy: String
  ) -> Name {
    Name(text, rest, what: what, writtenBy: writtenBy, removedBy: "")
  }

  /// The role of an agent.
  public static let agentVariable = variable(
    "LLMOS_AGENT", what: "the role of an agent: whoever has it set is one",
    writtenBy: "an agent's harness, `run` for an agent")

  /// Who acts, when that is no agent.
  public static let actorVariable = variable(
    "LLMOS_ACTOR", what: "`OWNER` or `SYSTEM`: who acts, against a hint of an agent",
    writtenBy: "a person, `run` for scripts and actions")

  /// The scenario of a child.
  public static let scenarioVariable = variable(
    "LLMOS_SCENARIO", what: "the scenario in progress", writtenBy: "`run`")

  /// The phase of a child.
  public static let phaseVariable = variable("LLMOS_PHASE", what: "its phase", writtenBy: "`run`")

  /// The role of the phase.
  public static let roleVariable = variable("LLMOS_ROLE", what: "the role of the phase", writtenBy: "`run`")

  /// What the phase allows.
  public static let actionsVariable = variable(
    "LLMOS_ALLOWED_ACTIONS", what: "the actions that the phase allows, separated by spaces",
    writtenBy: "`run`")

  /// The run that started a process.
  public static let runVariable = variable(
    "LLMOS_RUN_ID", what: "the run, and the name of its directory in `runs/`", writtenBy: "`run`")

  /// What an agent is told.
  public static let briefVariable = variable(
    "LLMOS_BRIEF", what: "what `llmos-hook brief` says", writtenBy: "`run`")

  /// What failed before.
  public static let feedbackVariable = variable(
    "LLMOS_FEEDBACK", what: "what failed when it was last tried", writtenBy: "`run`")

  /// The context of the state.
  public static let contextVariables = variable(
    "LLMOS_", "<KEY>", what: "each value of the context, its key in capitals", writtenBy: "`run`")

  /// The target of a rollback.
  public static let rollbackTargetVariable = variable(
    "LLMOS_ROLLBACK_TARGET", what: "for the verify command: the commit that was rolled back to",
    writtenBy: "`rollback`")

  /// HEAD before a rollback.
  public static let rollbackFromVariable = variable(
    "LLMOS_ROLLBACK_FROM", what: "for the verify command: HEAD before the rollback", writtenBy: "`rollback`")

  /// The hook file that git called.
  public static let hookFileVariable = variable(
    "LLMOS_HOOK_FILE", what: "the hook file that git called", writtenBy: "the hook files")

  /// The kept hook that runs.
  public static let keptHookVariable = variable(
    "LLMOS_KEPT_HOOK", what: "the kept hook that is running, which is not entered twice",
    writtenBy: "the hooks, for a kept hook")
}
