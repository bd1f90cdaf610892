/// The files below `llmos/`, in the order of docs/formats.md.
extension Layout {
  // MARK: In each worktree's git directory

  /// The files of a worktree, in `$GIT_DIR/llmos`.
  public static let worktreeFiles = [
    lock, begun, intent, lyingAbout, lyingAboutNext, lyingAboutSuspended, checkpoint, checkpointIndex,
    checkpointTree, auditIndex,
    step, stepIndex, signing, rollbackLock,
    rollbackJournal,
    rollback, backupLock, backupIndex, runLock, finishLock, runs,
    lastFailure, refused, template, asked, override,
    branchLock,
    verifiedText, verifiedJSON, derived, grantRevoked, agentSessions, agentLog, named, temporary,
  ]

  /// The lock that every change of the state takes.
  public static let lock = File(
    "lock", what: "flock(2): one process at a time changes the state",
    writtenBy: "every command that changes the state", removedBy: "stays, empty")

  /// The mark of a linked worktree whose ledger it is.
  public static let begun = File(
    "begun",
    what:
      "a linked worktree has begun its ledger. Where this is missing, a ledger of its name was that of a worktree "
      + "which is gone: the new one begins like the main one, in the same ledger",
    writtenBy: "the first hook or command in the worktree that seals something", removedBy: "stays, empty")

  /// The rest of an interrupted state change.
  public static let intent = File(
    "intent", what: "what an interrupted state change still has to do: its entry and its notes",
    writtenBy: "every command that changes the state",
    removedBy: "the same command, or the next one, which finishes the work")

  /// What lay about when the phase began.
  public static let lyingAbout = File(
    "lying-about",
    what:
      "what was changed or untracked when the phase began, which a checkpoint leaves alone: the entry, then mode, size, "
      + "time, content and path of each, separated by NUL",
    writtenBy: "`install`, every command that enters a phase", removedBy: "replaced by the next phase")

  /// The same for a phase that is about to begin.
  public static let lyingAboutNext = File(
    "lying-about-next", what: "the same for the phase that is about to begin",
    writtenBy: "`install`, every command that enters a phase",
    removedBy: "the same command, or the next one: it takes the place of `lying-about`")

  /// The same for scenarios that are set aside.
  public static let lyingAboutSuspended = File(
    "lying-about.", "SCENARIO", what: "the same for the phase in which a scenario was set aside",
    writtenBy: "every command that sets one aside", removedBy: "replaced when the scenario is set aside again"
  )

  /// A checkpoint in progress.
  public static let checkpoint = File(
    "checkpoint",
    what:
      "a checkpoint in progress: the branch, its old and its new commit. `index.lock` is a hard link to it meanwhile",
    writtenBy: "`next-phase --checkpoint`, `run`",
    removedBy:
      "the same command when the ledger covers the commit, or the next one, which undoes the checkpoint")

  /// The index into which git stages a checkpoint.
  public static let checkpointIndex = File(
    "checkpoint-index",
    what: "the index into which git stages a checkpoint; it replaces the repository's index",
    writtenBy: "`next-phase --checkpoint`, `run`", removedBy: "the same command, or the next one")

  /// The index of a checkpoint's tree.
  public static let checkpointTree = File(
    "checkpoint-tree",
    what: "the index of what a checkpoint commits, where something else is staged too",
    writtenBy: "`next-phase --checkpoint`, `run`", removedBy: "the same command, or the next one")

  /// The index that records the worktree as a tree.
  public static let auditIndex = File(
    "audit-index", what: "an index for recording the worktree as a tree",
    writtenBy: "entering or ending a quality gate",
    removedBy: "the same command; a leftover is replaced by the next one")

  /// The proof that a commit comes through step.sh.
  public static let step = File(
    "step",
    what: "the proof that a commit comes through step.sh: the tree and when it expires (10 minutes)",
    writtenBy: "`step`, renewed by the hooks after a kept hook has run",
    removedBy: "`step`, when git has ended")

  /// The index that computes the tree of a commit of named paths.
  public static let stepIndex = File(
    "step-index", what: "an index for computing the tree of a commit of named paths",
    writtenBy: "`step PATH…`", removedBy: "the same command; a leftover is replaced by the next one")

  /// The directories in which ssh-keygen signs and verifies.
  public static let signing = File(
    "sign-", "XXXXXX/", what: "the content, the signature and the signers that ssh-keygen reads",
    writtenBy: "signing or verifying an entry", removedBy: "the same command")

  /// The lock of a rollback.
  public static let rollbackLock = File(
    "rollback.lock",
    what: "flock(2): one rollback at a time; git processes started by the rollback hold it too",
    writtenBy: "`rollback`", removedBy: "the same command")

  /// The journal of a rollback.
  public static let rollbackJournal = File(
    "rollback.json", what: "the journal of a rollback; while it exists, no commit lands",
    writtenBy: "`rollback`", removedBy: "the same command at its end, else `rollback --continue` or `--abort`"
  )

  /// The rollback's own indexes.
  public static let rollback = File(
    "rollback/",
    what: "the rollback's own indexes (`index`, `index-before`, `index-untracked`, `index-stages`, "
      + "`index-resolved`) and `lock`, to which `index.lock` is a hard link meanwhile",
    writtenBy: "`rollback`", removedBy: "the same command at its end, else `rollback --continue` or `--abort`"
  )

  /// The lock of a backup.
  public static let backupLock = File(
    "backup.lock", what: "flock(2): one backup before an agent's command at a time",
    writtenBy: "`agent-hook`", removedBy: "stays, empty")

  /// The index of a backup.
  public static let backupIndex = File(
    "backup/", what: "the index of a backup that is being made before an agent's command",
    writtenBy: "`agent-hook`", removedBy: "the same command; a leftover is replaced by the next one")

  /// The lock of `run`.
  public static let runLock = File(
    "run", what: "flock(2): one `run` at a time", writtenBy: "`run`", removedBy: "stays, empty")

  /// The lock of `feature finish`, in the worktree into which it merges.
  public static let finishLock = File(
    "finish", what: "flock(2): one `feature finish` at a time merges into this worktree",
    writtenBy: "`feature finish`",
    removedBy: "stays, empty")

  /// The output of what `run` started.
  public static let runs = File(
    "runs/", "<run>/", what: "the output of child processes", writtenBy: "`run`",
    removedBy: "nothing: delete it when you no longer need it", outlivesUninstall: true)

  /// What an action failed with.
  public static let lastFailure = File(
    "last-failure",
    what:
      "the newest entry, and with what an action has failed since; `brief` says it until another entry comes",
    writtenBy: "`run`", removedBy: "`run`, when the actions pass; replaced by the next failure")

  /// What a refused move has left in the worktree.
  public static let refused = File(
    "refused",
    what:
      "HEAD, and the commit that was refused: the next commit must not include what a refused merge or reset "
      + "left in the worktree",
    writtenBy: "reference-transaction, on a refusal", removedBy: "replaced by the next refusal")

  /// The message that git made from a template.
  public static let template = File(
    "template", what: "the hash of the message that git made from a template",
    writtenBy: "prepare-commit-msg", removedBy: "the next prepare-commit-msg")

  /// The git process that has just asked about a message.
  public static let asked = File(
    "asked", what: "the git process that has just asked about a message: what it moves next is that commit",
    writtenBy: "prepare-commit-msg, applypatch-msg",
    removedBy: "reference-transaction of the same process, else replaced by the next one")

  /// The override that a commit used.
  public static let override = File(
    "override", what: "the ledger entry of the owner override that a commit used",
    writtenBy: "the hook that let the commit land", removedBy: "replaced by the next one")

  /// The branch that is locked.
  public static let branchLock = File(
    "branch-lock", what: "the branch that `commits.lock` locks",
    writtenBy: "commands that change the state, `restore`", removedBy: "the end of the locked scenario")

  /// The history that `verify` found good, as text.
  public static let verifiedText = File(
    "verified.text",
    what: "the history that `verify` found good, so that it is not checked again",
    writtenBy: "`verify`", removedBy: "replaced by the next `verify`")

  /// Where `sync` has looked for derived commits.
  public static let derived = File(
    "derived",
    what: "the branches, as far as `sync` has looked there for what was derived from proven commits",
    writtenBy: "`sync`", removedBy: "replaced by the next `sync`; without it all is looked at again")

  /// The history that `verify` found good, as JSON.
  public static let verifiedJSON = File(
    "verified.json", what: "the same for `verify --json`", writtenBy: "`verify --json`",
    removedBy: "replaced by the next `verify --json`")

  /// The grant that is known to be revoked.
  public static let grantRevoked = File(
    "grant-revoked",
    what:
      "the owner's grant under which an agent works here, once it is known to be revoked: no commit lands",
    writtenBy: "`sync`, of an agent", removedBy: "`sync`, when a grant is taken up")

  /// What was told to agents' sessions.
  public static let agentSessions = File(
    "agent-sessions",
    what:
      "what sessions of agents were told, so that it is said once, and which commits they made: a line each",
    writtenBy: "`agent-hook`, `step`", removedBy: "stays; at most 500 lines")

  /// What `agent-hook` did not understand.
  public static let agentLog = File(
    "agent-hook.log",
    what: "what `agent-hook` did not understand, for a report: names, nothing of what a call held",
    writtenBy: "`agent-hook`", removedBy: "stays; at most 64 KiB")

  /// What a server's ledgers name.
  public static let named = File(
    "named", what: "on a server: which ledgers name which commits, so that a push need not read them all",
    writtenBy: "pre-receive", removedBy: "replaced when ledgers have moved")

  /// A file that does not have its final name yet.
  public static let temporary = File(
    ".llmos-new-", "<process>", what: "a file before it is renamed to its final name",
    writtenBy: "every command", removedBy: "the same command; a killed one leaves it")

  // MARK: In the common git directory

  /// The files for all worktrees, in `$GIT_COMMON_DIR/llmos`.
  public static let commonFiles = [gate, program, installed, landings, branches, droppedFile, merges]

  /// The directory of the programs.
  public static let programs = directory + "bin/"

  /// The gate, which the hooks run.
  public static let gate = File(
    "bin/llmos-gate", what: "the program that the hooks run: a copy", writtenBy: "`install`",
    removedBy: "`uninstall`")

  /// The way to llmos-hook.
  public static let program = File(
    "bin/llmos-hook", what: "a symlink to llmos-hook where it was installed", writtenBy: "`install`",
    removedBy: "`uninstall`")

  /// What `install` added.
  public static let installed = File(
    "install", what: "the list of what `install` added", writtenBy: "`install`",
    removedBy: "`uninstall`, last")

  /// What landed in a worktree and is not sealed yet.
  public static let landings = File(
    "landings/", "<worktree>",
    what: "what hooks saw land in a worktree, until an entry seals it: a line each",
    writtenBy: "reference-transaction",
    removedBy:
      "the worktree's next entry; where the worktree is gone, the next command that changes a state")

  /// Where the branches stand.
  public static let branches = File(
    "branches",
    what: "where each branch stood when an entry was last sealed, as hooks saw it: lines of `ID NAME`",
    writtenBy: "`install`, every command that changes the state", removedBy: "replaced by the next entry")

  /// What is to be kept once git has ended.
  public static let droppedFile = File(
    "dropped",
    what:
      "commits for `refs/llmos/dropped/`, written down while git holds the lock of a reftable: lines of `SECONDS ID`",
    writtenBy: "reference-transaction",
    removedBy: "reference-transaction when git has moved its references, or the next command")

  /// The repositories in which git merges by itself.
  public static let merges = File(
    "merges-", "XXXXXX/", what: "a throw-away repository in which git makes merges again, to compare them",
    writtenBy: "`verify` and what asks it, a server on a push",
    removedBy: "the same command; a killed one leaves it")
}
