import Core
import Platform

extension Repository {
  /// Opens the repository that git's environment or the current directory names.
  ///
  /// - Throws: `Refusal`: 66 with the reason and a remedy when there is none that can be opened.
  public static func current(in directory: String = ".") throws(Refusal) -> Repository {
    let open = { (isTrusted: Bool) throws(GitError) in
      let repository = try Repository(
        discovering: directory, gitDir: System.environment("GIT_DIR"),
        workTree: System.environment("GIT_WORK_TREE"), isTrusted: isTrusted)
      try repository.requireReadable()
      // A bare repository that git has to find by itself is none where `safe.bareRepository` is `explicit`.
      if repository.workDirectory == nil, System.environment("GIT_DIR") == nil {
        System.setEnvironment("GIT_DIR", to: repository.gitDirectory)
      }
      if Sharing.mayApply(to: repository.commonDirectory),
        let value = try repository.configuration("core.sharedRepository")
      {
        Sharing.adopt(value)
      }
      for directory in Repository.objectsElsewhere { try repository.addObjects(in: directory) }
      return repository
    }
    do {
      return try open(false)
    } catch {
      // libgit2 knows less of git's safe.directory than git: what git takes, we take.
      guard error.isOfAnotherUser, Child.output(of: ["git", "rev-parse", "--git-dir"]) != nil else {
        throw Refusal(unopenable: error, from: directory)
      }
    }
    do {
      return try open(true)
    } catch {
      throw Refusal(unopenable: error, from: directory)
    }
  }

  /// Where git's environment says that objects are besides the repository's own: what a push brings until it is accepted
  /// (git-receive-pack(1), "QUARANTINE ENVIRONMENT"), or what somebody has named (git(1), `GIT_OBJECT_DIRECTORY`).
  public static var objectsElsewhere: [String] {
    if let incoming = System.environment("GIT_QUARANTINE_PATH") { return [incoming] }
    let others = System.environment("GIT_ALTERNATE_OBJECT_DIRECTORIES")?.split(separator: ":") ?? []
    return ([System.environment("GIT_OBJECT_DIRECTORY")] + others.map(String.init)).compactMap { $0 }
      .filter(Files.isDirectory)
  }

  /// What may not be read in these would look like what is not there, is damaged, or is of another format.
  private func requireReadable() throws(GitError) {
    let names = ["config", "objects", "refs", "reftable"]
    for path in [gitDirectory + "HEAD"] + names.map({ commonDirectory + $0 }) {
      if let failure = SystemFailure(hiding: path) {
        throw GitError(
          operation: "read the repository", code: .hidden, message: "'\(path)': \(failure.words)")
      }
    }
  }

  /// The worktree's root, with a trailing slash.
  ///
  /// - Throws: `Refusal` (66) in a bare repository.
  public func worktree() throws(Refusal) -> String {
    guard let workDirectory else {
      // One that people work in by its worktrees alone; a server has none.
      let own = (try? worktrees())?.first(where: \.isThere)
      throw Refusal(
        .noInput, "\(gitDirectory) is a bare repository: it has no worktree",
        remedy: own.map { "cd \"\($0.path)\", or into another worktree (git worktree list)" }
          ?? "run the command in a clone")
    }
    return workDirectory
  }
}

extension GitError {
  /// git's `safe.directory` rule; libgit2 1.5 tells it by its words alone when it found no other repository.
  var isOfAnotherUser: Bool {
    code == .owner || message.contains("not owned by") || message.contains("safe.directory")
  }

  /// A configuration that cannot be read; libgit2 tells it by its words alone.
  var isOfConfiguration: Bool {
    code == .badConfiguration || message.contains("failed to parse config file")
  }
}

extension Refusal {
  /// Why a repository does not open, and what to do.
  ///
  /// - Parameter directory: where it was looked for.
  public init(unopenable error: GitError, from directory: String = ".") {
    let words = error.message
    switch error.code {
    case _ where error.isOfAnotherUser:
      let place = Discovery.safeDirectory(from: directory).map { "\"\($0)\"" } ?? "DIR"
      self.init(
        .noInput, "the repository belongs to another user", why: words,
        remedy: "git config --global --add safe.directory \(place), if you trust it")
    case .hidden: self.init(error)
    case .notFound where !words.contains("extension"):
      if let path = Discovery.hidden(from: directory), let failure = SystemFailure(hiding: path) {
        self = Files.failure("look for a git repository at", path, .noInput, failure)
      } else if System.directory == nil {
        self.init(
          .noInput, "the current directory is gone", why: "somebody has removed or replaced it",
          remedy: "cd \"$PWD\", or into another directory, then run the same command again")
      } else {
        self.init(
          .noInput, "not a git repository (or any of its parents)", remedy: "git init, or llmos-hook -C DIR")
      }
    case _ where error.isOfConfiguration: self.init(error)
    case _ where SystemFailure(namedIn: words) != nil: self.init(error)
    default:
      self.init(
        .noInput, "this repository's format is not supported: \(words)",
        remedy: "git status, which says whether git opens it")
    }
  }

  /// What went wrong underneath, as a refusal: a fault never lets a commit through.
  public init(_ error: any Error) {
    switch error {
    case let refusal as Refusal: self = refusal
    case let error as GitError:
      // libgit2 takes what we have no right to for locked.
      if let failure = SystemFailure(namedIn: error.message) {
        self.init(.io, "cannot \(error.operation): \(error.message)", remedy: failure.remedy())
        return
      }
      switch error.code {
      case _ where error.isOfConfiguration:
        self.init(
          .data, "git's configuration cannot be read: \(error.message)",
          remedy: "mend that line, or the file, then run the same command again")
      case .locked where error.lock != nil:
        let lock = error.lock.map { "\"\($0)\"" } ?? ""
        self.init(
          .tryAgain, "another git holds the lock of all references", why: lock,
          remedy: "run the same command again; if no git is at work: rm \(lock)")
      case .locked, .modified, .exists:
        self.init(
          .tryAgain, "another process changed it first: \(error.operation)",
          remedy: "run the same command again")
      case .noGit:
        self.init(
          .unavailable, "git cannot be started", remedy: "put git on PATH, then run the same command again")
      case .unknownFormat:
        self.init(
          .noInput, "this repository's format is not supported by the git on PATH: \(error.message)",
          remedy: error.message.contains("v1-only extension")
            ? "take the extension out of .git/config, or set repositoryformatversion = 1 there, below [core]"
            : "put a git on PATH that opens it; git --version says which one is there")
      default:
        self.init(
          .io, "cannot \(error.operation): \(error.message)", remedy: "git fsck")
      }
    default: self.init(.software, "internal error: \(String(describing: error))")
    }
  }
}
